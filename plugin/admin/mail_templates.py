"""Mails of the shop's own, for rules to send: what they say in each language, with places for words."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, request
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import MailTemplate, MailText
from ..services import templated
from ..services.listing import Query
from ..services.mistakes import BadTemplate, InUse, NameTaken
from .acting import Acting
from .edge import blueprint, done, perform, session, settings
from .fields import CheckField, CodeField, NoteField, NounForm, TextField
from .nouns import Column, Editor, Kind, Noun, Values, Way
from .removing import removal, used_by
from .show import to

_LANGUAGES = (("en", "English"), ("de", "Deutsch"), ("nl", "Nederlands"), ("ru", "Русский"))
_SUBJECT, _TEXT = _l("Subject"), _l("Text")


class TemplateForm(NounForm):
    """What a mail is called, and what it says in each language."""

    name = CodeField(
        _l("Name for rules"), needed=True, longest=40, hint=_l("Small letters, digits and _; stays as it is.")
    )
    title = TextField(_l("Title"), needed=True, longest=100, hint=_l("As it stands in lists."))
    can_be_left = CheckField(
        _l("Readers may end it"),
        default=True,
        hint=_l("Off only for mails that serve a contract; the mail says then why it comes."),
    )
    subject_en = TextField(_SUBJECT, longest=templated.LONGEST_SUBJECT)
    text_en = NoteField(_TEXT, longest=templated.LONGEST_TEXT)
    subject_de = TextField(_SUBJECT, longest=templated.LONGEST_SUBJECT)
    text_de = NoteField(_TEXT, longest=templated.LONGEST_TEXT)
    subject_nl = TextField(_SUBJECT, longest=templated.LONGEST_SUBJECT)
    text_nl = NoteField(_TEXT, longest=templated.LONGEST_TEXT)
    subject_ru = TextField(_SUBJECT, longest=templated.LONGEST_SUBJECT)
    text_ru = NoteField(_TEXT, longest=templated.LONGEST_TEXT)
    groups = (
        (_l("Mail"), ("name", "title", "can_be_left")),
        *((name, (f"subject_{locale}", f"text_{locale}")) for locale, name in _LANGUAGES),
    )


def _load(current: Session, key: str) -> dict[str, object] | None:
    row = current.get(MailTemplate, key[:40])
    if row is None or row.removed_at is not None:
        return None
    found: dict[str, object] = {"name": row.name, "title": row.title, "can_be_left": row.can_be_left}
    for locale, said in templated.texts(current.connection(), row.name).items():
        found |= {f"subject_{locale}": said.subject, f"text_{locale}": said.text}
    return found


def _prepare(current: Session, form: NounForm, row: Values) -> None:
    if row:
        for name in ("name", "title", "can_be_left"):
            del form[name]
    for locale, _name in _LANGUAGES:
        if locale not in settings().locales:
            del form[f"subject_{locale}"]
            del form[f"text_{locale}"]


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    name = key or str(form["name"].data)
    if key is None:
        _add(act, form, name)
    written = 0
    for locale in settings().locales:
        if f"text_{locale}" in form and (form[f"subject_{locale}"].data or form[f"text_{locale}"].data):
            _keep(act, form, name, locale)
            written += 1
    if not written:
        raise ValueError(_("Please write the mail in one language at least."))
    return _("The mail is saved.")


def _add(act: Acting, form: NounForm, name: str) -> None:
    try:
        left = bool(form["can_be_left"].data)
        templated.add_template(act, name, form["title"].data, can_be_left=left, who=act.who)
    except NameTaken as taken:
        raise ValueError(_("There is a mail of this name already.")) from taken
    except BadTemplate as bad:
        raise ValueError(_("The name has small letters, digits and _ only.")) from bad


def _keep(act: Acting, form: NounForm, name: str, locale: str) -> None:
    subject, text = form[f"subject_{locale}"].data or "", form[f"text_{locale}"].data or ""
    try:
        templated.set_text(act, name, locale, subject, text, who=act.who)
    except BadTemplate as bad:
        if bad.place is None:
            raise ValueError(
                _("A mail needs a subject and a text, in each language in which it begins.")
            ) from bad
        line, sign = bad.place
        known = ", ".join(f"{{{word}}}" for word in sorted(templated.WORDS))
        raise ValueError(
            _(
                "%(language)s: what stands in braces in line %(line)s, sign %(sign)s, is no word of this "
                "mail. It knows: %(known)s",
                language=dict(_LANGUAGES)[locale], line=line, sign=sign, known=known,
            )
        ) from bad  # fmt: skip


def _notes(current: Session, row: Values) -> tuple[str, ...]:
    known = " ".join(f"{{{word}}}" for word in sorted(templated.WORDS))
    return (
        _("Each line is a paragraph. The greeting is put in. Places for words: %(known)s", known=known),
        _("Who reads a language in which it says nothing gets the shop's first language."),
    )


def _statement() -> Query:
    written = select(func.count()).select_from(MailText).where(MailText.template == MailTemplate.name)
    count = written.correlate(MailTemplate).scalar_subquery().label("written")
    return select(MailTemplate, count).where(MailTemplate.removed_at.is_(None))


def _ways(row: Values) -> Sequence[Way]:
    return (
        Way(icon="mail", text=_("Preview"), href=to("mail_template_preview", key=row["name"])),
        Way(icon="trash", text=_("Delete"), href=to("mail_template_remove", key=row["name"])),
    )


@blueprint.route("/mail_templates/<key>/remove", methods=["GET", "POST"])
def mail_template_remove(key: str) -> str | BaseResponse:
    """Ask whether a mail is deleted; a post does it, unless rules send it."""
    row = _load(session(), key)
    if row is None:
        abort(404)
    edit = to("mail_templates_edit", key=key)
    if request.method != "POST":
        sentence = _("Its texts go, and what waits of it is not sent. The audit log keeps what it said.")
        action = to("mail_template_remove", key=key)
        return removal("mail_templates", str(row["title"]), sentence, action, edit)
    try:
        perform(lambda act: templated.remove(act, key, who=act.who))
    except InUse as used:
        return done(edit, used_by(used), ok=False)
    return done(to("mail_templates"), _("The mail is deleted."))


NOUN = Noun(
    name="mail_templates",
    title=_l("Own mails"),
    lead=_l("Mails in your words, for the rules of the program to send."),
    icon="mail",
    statement=_statement,
    keys=(MailTemplate.name.expression,),
    columns=(
        Column(
            name="title",
            label=_l("Title"),
            value=lambda row: row.MailTemplate.title,
            sub=lambda row: row.MailTemplate.name,
            href=lambda row: to("mail_templates_edit", key=row.MailTemplate.name),
            sort=MailTemplate.title.expression,
        ),
        Column(name="written", label=_l("Languages"), kind=Kind.COUNT, value=lambda row: row.written),
        Column(
            name="left",
            label=_l("Readers may end it"),
            value=lambda row: _l("yes") if row.MailTemplate.can_be_left else _l("no"),
        ),
        Column(name="who", label=_l("Made by"), value=lambda row: row.MailTemplate.made_by),
    ),
    sort="title",
    search=lambda text: or_(
        MailTemplate.title.icontains(text, autoescape=True),
        MailTemplate.name.icontains(text, autoescape=True),
    ),
    search_hint=_l("Title or name"),
    editor=Editor(
        form=TemplateForm,
        load=_load,
        save=_save,
        prepare=_prepare,
        notes=_notes,
        ways=_ways,
        title=lambda row: str(row["title"]),
    ),
    new_label=_l("New mail"),
    empty=_l("There are no mails of your own yet. The rules of the program can send them."),
)
