"""Mails to a selection of contacts: written, looked at, sent; and what was sent to how many."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from flask import current_app, url_for
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Mailing, MailingReceiver, MailOptOut
from ..services import mailings
from ..services.code_acts import Tally
from ..services.listing import Query
from ..services.mistakes import Mistake
from .acting import Acting
from .acts import ids_of
from .common_filters import made_between
from .fields import NoteField, NounForm, TextField
from .nouns import Bulk, Column, Kind, Noun
from .show import who_text


class MailingForm(NounForm):
    """What is written."""

    subject = TextField(_l("Subject"), needed=True, longest=mailings.LONGEST_SUBJECT)
    text = NoteField(
        _l("Text"),
        needed=True,
        longest=mailings.LONGEST_TEXT,
        hint=_l("Each line is a paragraph. The greeting, and the way to get no more of them, are put in."),
    )


def _send(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    if form is None or "firstline_checkout" not in current_app.blueprints:
        raise Mistake(_("This app has no pages for buyers, where such mails could be ended."))
    leave = unquote(url_for("firstline_checkout.leave_mails", ticket="{ticket}", _external=True))
    return mailings.send(
        act.conn, ids_of(keys), subject=form.subject.data, text=form.text.data, leave=leave, who=act.who,
        now=act.now,
    )  # fmt: skip


def _sample(form: NounForm) -> str:
    lines = (line.strip() for line in form.text.data.splitlines())
    parts = (form.subject.data, _("Hello %(name)s", name="…"), *(line for line in lines if line))
    return "\n\n".join((*parts, "-- ", _("Get no more of these mails")))


BULK = Bulk(
    name="mail",
    label=_l("Write a mail"),
    form=MailingForm,
    apply=_send,
    types_count=True,
    sample=_sample,
    preview=lambda n: ngettext("%(num)s contact gets this mail.", "%(num)s contacts get this mail.", n),
    done=lambda n: ngettext("%(num)s mail is on its way.", "%(num)s mails are on their way.", n),
    problems={
        mailings.NO_ADDRESS: _l("no e-mail known"),
        mailings.OPTED_OUT: _l("wants no such mails"),
        mailings.SAME_ADDRESS: _l("the same e-mail as another one"),
    },
)


def opted_out(session: Session, contact_id: int) -> MailOptOut | None:
    """Give when somebody said to want no such mails, or None."""
    return session.get(MailOptOut, contact_id)


def _statement() -> Query:
    mine = MailingReceiver.mailing_id == Mailing.id
    sent = select(func.count()).select_from(MailingReceiver).where(mine, MailingReceiver.sent_at.is_not(None))
    left = select(func.count()).select_from(MailOptOut).where(MailOptOut.mailing_id == Mailing.id)
    return select(
        Mailing,
        sent.correlate(Mailing).scalar_subquery().label("sent"),
        left.correlate(Mailing).scalar_subquery().label("left"),
    )


NOUN = Noun(
    name="mailings",
    title=_l("Mails to many"),
    lead=_l("What was written to a selection of contacts. Tick contacts in their list to write to them."),
    icon="mail",
    statement=_statement,
    keys=(Mailing.id.expression,),
    key=lambda row: str(row.Mailing.id),
    columns=(
        Column(
            name="subject",
            label=_l("Subject"),
            value=lambda row: row.Mailing.subject,
            sub=lambda row: row.Mailing.text[:200],
            sort=Mailing.subject.expression,
            place="full",
        ),
        Column(
            name="receivers",
            label=_l("Receivers"),
            kind=Kind.COUNT,
            value=lambda row: row.Mailing.receivers,
            sort=Mailing.receivers.expression,
        ),
        Column(name="sent", label=_l("Sent"), kind=Kind.COUNT, value=lambda row: int(row.sent)),
        Column(name="left", label=_l("Want no more since"), kind=Kind.COUNT, value=lambda row: int(row.left)),
        Column(name="who", label=_l("Who"), value=lambda row: who_text(row.Mailing.who)),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Mailing.created_at,
            sort=Mailing.created_at.expression,
        ),
    ),
    sort="-at",
    search=lambda text: or_(
        Mailing.subject.icontains(text, autoescape=True), Mailing.text.icontains(text, autoescape=True)
    ),
    search_hint=_l("Subject or text"),
    filters=made_between(Mailing.created_at),
    empty=_l("Nothing was written yet. In the list of contacts, choose whom, then Write a mail."),
)
