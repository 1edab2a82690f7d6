"""The partner terms: every version that was ever shown, and the page for a new one."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..cards.printing import languages
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import PartnerTerms, TermsAcceptance
from ..services import partner_terms
from ..services.listing import Query
from .acting import Acting
from .edge import settings
from .fields import NoteField, NounForm
from .nouns import Column, Editor, Kind, Noun, Values
from .show import name_of, terms_link

_ACCEPTED = (
    select(func.count())
    .select_from(TermsAcceptance)
    .where(
        TermsAcceptance.version == PartnerTerms.version,
        TermsAcceptance.locale == PartnerTerms.locale,
    )
    .correlate(PartnerTerms)
    .scalar_subquery()
)


class WordingField(NoteField):
    """A long text."""

    rows = 16

    def __init__(self, label: str = "", **more: object) -> None:
        super().__init__(label, longest=partner_terms.LONGEST, **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was typed, up to one character more than is possible: so that it is said, not cut."""
        self.typed = valuelist[0][: partner_terms.LONGEST + 1] if valuelist else ""
        self.data = None


class PartnerTermsForm(NounForm):
    """A new version, in each of the shop's languages or some."""

    groups = (("English", ("en",)), ("Deutsch", ("de",)), ("Nederlands", ("nl",)), ("Русский", ("ru",)))
    en = WordingField()
    de = WordingField()
    nl = WordingField()
    ru = WordingField()

    def validate(self) -> bool:
        """Ask for the shop's first language: it is read by those whose own one is missing."""
        good = bool(super().validate())
        first = settings().locales[0].partition("_")[0]
        if first in self and not (self[first].typed or "").strip():
            self.complain(first, _("Please fill this in: it is read where another language is missing."))
            return False
        return good


def _load(session: Session, key: str) -> Values | None:
    return None


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    """Offer the shop's languages, with the last version in them."""
    offered = {name.partition("_")[0]: label for name, label in languages()}
    for name in ("en", "de", "nl", "ru"):
        if name not in offered:
            del form[name]
            continue
        form[name].label.text = offered[name]
        last = partner_terms.read(session.connection(), name)
        if form[name].typed is None and last is not None and last.locale == name:
            form[name].data = last.text


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    texts = {name: form[name].data or "" for name in ("en", "de", "nl", "ru") if name in form}
    version = partner_terms.write(act.conn, texts, who=act.who, now=act.now)
    return _("Version %(number)s holds. Partners are asked to accept it at their desk.", number=version)


def _statement() -> Query:
    return select(PartnerTerms, _ACCEPTED.label("accepted"))


NOUN = Noun(
    name="partner_terms",
    title=_l("Partner terms"),
    lead=_l("What partners agree to when they apply. A version is never changed; a new one takes its place."),
    icon="note",
    statement=_statement,
    keys=(PartnerTerms.version.expression, PartnerTerms.locale.expression),
    columns=(
        Column(
            name="version",
            label=_l("Version"),
            value=lambda row: str(row.PartnerTerms.version),
            href=lambda row: terms_link(row.PartnerTerms.version, row.PartnerTerms.locale),
            sort=PartnerTerms.version.expression,
        ),
        Column(
            name="language",
            label=_l("Language"),
            value=lambda row: dict(languages()).get(row.PartnerTerms.locale, row.PartnerTerms.locale),
            sort=name_of(PartnerTerms.locale.expression),
        ),
        Column(name="accepted", label=_l("Accepted"), kind=Kind.COUNT, value=lambda row: row.accepted),
        Column(name="who", label=_l("Who"), value=lambda row: row.PartnerTerms.written_by),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.PartnerTerms.created_at,
            sort=PartnerTerms.created_at.expression,
        ),
    ),
    sort="-version",
    editor=Editor(form=PartnerTermsForm, load=_load, save=_save, prepare=_prepare, title=lambda row: "",
                  edits=False),
    new_label=_l("New version"),
    empty=_l("There are no partner terms yet: who applies accepts nothing."),
)  # fmt: skip
