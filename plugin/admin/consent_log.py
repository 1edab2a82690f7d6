"""The log of consents: who agreed to what, when, in which words, and whether it was taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Consent, Contact, EndedBy, MailChoice, TermsAcceptance
from ..models.base import UtcDateTime
from ..services.listing import AnyRow, Query
from ..services.preferences import Place
from .common_filters import made_between, person
from .consents import ENDED
from .edge import now
from .nouns import Column, Filter, FilterKind, Kind, Noun, State
from .show import contact_link, contact_name, name_of

_SPONSOR = aliased(Contact, name="Sponsor")
_NO_TIME, _NO_TEXT = cast(null(), UtcDateTime), cast(null(), Text)
_KINDS = {
    "contact data": _l("Contact data for the sponsor"),
    "terms": _l("Partner terms"),
    "mailing": _l("No mails to many"),
    "program": _l("No mails of the program"),
    "reminder": _l("No reminders"),
}
_PLACES = {
    Place.ONE_CLICK.value: _l("one click in the mail program"),
    Place.DOUBLE.value: _l("with a double that was merged in"),
    Place.LINK.value: _l("link in a mail"),
    Place.PAGE.value: _l("page of the mails one gets"),
}
_BACK = aliased(MailChoice, name="back")
_COMES_BACK = (
    select(func.min(_BACK.at))
    .where(
        _BACK.contact_id == MailChoice.contact_id,
        _BACK.sort == MailChoice.sort,
        _BACK.id > MailChoice.id,
        _BACK.wanted,
    )
    .correlate(MailChoice)
    .scalar_subquery()
)
_ALL = union_all(
    select(
        (Consent.id * 3).label("number"), literal("contact data").label("kind"), Consent.contact_id,
        Consent.sponsor_id.label("sponsor_id"), Consent.email.label("email"), Consent.phone.label("phone"),
        Consent.version.label("version"), Consent.locale.label("locale"), Consent.wording.label("proof"),
        Consent.given_at.label("at"), Consent.until.label("until"), Consent.ended_at.label("ended_at"),
        Consent.ended_by.label("ended_by"), Consent.place.label("place"),
    ),
    select(
        TermsAcceptance.id * 3 + 1, literal("terms"), TermsAcceptance.contact_id, null(),
        cast(null(), Boolean), cast(null(), Boolean), cast(TermsAcceptance.version, Text),
        TermsAcceptance.locale, TermsAcceptance.digest, TermsAcceptance.at, _NO_TIME, _NO_TIME, _NO_TEXT,
        _NO_TEXT,
    ),
    select(
        MailChoice.id * 3 + 2, MailChoice.sort, MailChoice.contact_id, null(),
        cast(null(), Boolean), cast(null(), Boolean), _NO_TEXT, _NO_TEXT, _NO_TEXT, MailChoice.at, _NO_TIME,
        _COMES_BACK, case((_COMES_BACK.is_not(None), EndedBy.CONTACT.value)), MailChoice.place,
    ).where(MailChoice.wanted.is_(False)),
).subquery("consent_log")  # fmt: skip
T = _ALL.c


def _statement() -> Query:
    return (
        select(_ALL, Contact, _SPONSOR)
        .join(Contact, Contact.id == T.contact_id)
        .join(_SPONSOR, _SPONSOR.id == T.sponsor_id, isouter=True)
    )


def _what(row: AnyRow) -> str:
    said = [str(_KINDS[row.kind])]
    said += [_("E-mail")] if row.email else []
    said += [_("Phone")] if row.phone else []
    return ", ".join(said)


def _proof(row: AnyRow) -> str:
    """Give the words that were read, or the digest of the text that was."""
    return f"SHA-256 {row.proof}" if row.kind == "terms" else str(row.proof or "")


def _version(row: AnyRow) -> str:
    return ", ".join(part for part in (row.version, row.locale) if part)


def _place(row: AnyRow) -> str:
    """Name the page where it was read, or where a choice about mails was made."""
    return str(_PLACES.get(row.place, row.place or ""))


def _state(row: AnyRow) -> State:
    if row.ended_by is not None:
        return State("off", str(ENDED.get(row.ended_by, row.ended_by)))
    over = row.until is not None and row.until <= now()
    return State("off", _("over")) if over else State("ok", _("holds"))


def _by_kind(choice: str, at: datetime) -> ColumnElement[bool]:
    return T.kind == choice


def _by_state(choice: str, at: datetime) -> ColumnElement[bool]:
    live = and_(T.ended_at.is_(None), T.until.is_(None) | (T.until > at))
    return live if choice == "holds" else ~live


NOUN = Noun(
    name="consent_log",
    title=_l("Consent log"),
    lead=_l("Who agreed to what, when and in which words; what was taken back stays with its end."),
    icon="check",
    statement=_statement,
    keys=(T.number,),
    key=lambda row: str(row.number),
    columns=(
        Column(
            name="who",
            label=_l("Contact"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sort=name_of(Contact.name.expression),
        ),
        Column(name="what", label=_l("What"), value=_what, sub=_proof, place="full"),
        Column(
            name="sponsor",
            label=_l("Who may see it"),
            value=lambda row: contact_name(row.Sponsor) if row.Sponsor is not None else "",
            href=lambda row: contact_link(row.Sponsor),
        ),
        Column(name="version", label=_l("Version"), value=_version, sub=_place),
        Column(name="at", label=_l("Given"), kind=Kind.MOMENT, value=lambda row: row.at, sort=T.at),
        Column(name="ended", label=_l("Ended"), kind=Kind.MOMENT, value=lambda row: row.ended_at),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="-at",
    search=lambda text: person(Contact)(text, now()),
    search_hint=_l("Name, e-mail or customer number"),
    filters=(
        Filter(name="kind", label=_l("What"), where=_by_kind, choices=tuple(_KINDS.items())),
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(("holds", _l("holds")), ("over", _l("over"))),
        ),
        Filter(
            name="sponsor",
            label=_l("Who may see it"),
            where=person(_SPONSOR),
            kind=FilterKind.TEXT,
            rare=True,
        ),
        *made_between(T.at),
    ),
    file_columns=(
        Column(name="proof", label=_l("What was read"), value=_proof),
        Column(name="place", label=_l("Where"), value=_place),
        Column(name="until", label=_l("Until"), kind=Kind.MOMENT, value=lambda row: row.until),
    ),
    empty=_l("Nobody has agreed to anything yet."),
)
