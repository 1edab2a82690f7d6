"""The consents of a contact on its card: what, to whom, until when, what was read, how often looked at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from .. import i18n
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Consent, ConsentView, Contact, EndedBy
from ..services.listing import AnyRow
from .edge import now, session
from .excerpts import SHOWN, Excerpt
from .nouns import Column, Kind, State
from .show import contact_link, contact_name

_SPONSOR = aliased(Contact, name="Sponsor")
ENDED = {
    EndedBy.CONTACT.value: _l("taken back"),
    EndedBy.REPLACED.value: _l("replaced"),
    EndedBy.SPONSOR.value: _l("ended with the sponsor"),
    EndedBy.ERASED.value: _l("ended by erasure"),
}
"""What ended a consent, in words."""


def consents_of(contact_id: int) -> Excerpt:
    """Give what a contact let its sponsors see, the newest first."""
    looks = select(func.count()).where(ConsentView.consent_id == Consent.id).scalar_subquery()
    query = (
        select(Consent, _SPONSOR, looks.label("looks"))
        .join(_SPONSOR, _SPONSOR.id == Consent.sponsor_id)
        .where(Consent.contact_id == contact_id)
        .order_by(Consent.id.desc())
        .limit(SHOWN)
    )
    return Excerpt(
        key="consents",
        title=_("Consents"),
        columns=_COLUMNS,
        rows=session().execute(query).all(),
        empty=_("Nobody was allowed to see the contact data."),
    )


def _what(row: AnyRow) -> str:
    consent: Consent = row.Consent
    parts = [_("E-mail")] if consent.email else []
    return ", ".join([*parts, _("Phone")] if consent.phone else parts)


def _until(row: AnyRow) -> str:
    until: datetime | None = row.Consent.until
    return i18n.day_text(i18n.last_day(until)) if until else _("until taken back")


def _state(row: AnyRow) -> State:
    consent: Consent = row.Consent
    if consent.ended_by is not None:
        return State("off", str(ENDED.get(consent.ended_by, consent.ended_by)))
    over = consent.until is not None and consent.until <= now()
    return State("off", _("over")) if over else State("ok", _("holds"))


_COLUMNS = (
    Column(name="what", label=_l("What"), value=_what, sub=lambda row: row.Consent.wording),
    Column(
        name="sponsor",
        label=_l("Who may see it"),
        value=lambda row: contact_name(row.Sponsor),
        href=lambda row: contact_link(row.Sponsor),
    ),
    Column(name="until", label=_l("Until"), value=_until),
    Column(name="looks", label=_l("Looks"), kind=Kind.COUNT, value=lambda row: row.looks),
    Column(name="given", label=_l("Given"), kind=Kind.MOMENT, value=lambda row: row.Consent.given_at),
    Column(name="state", label=_l("State"), kind=Kind.STATE, place="corner", value=_state),
)
