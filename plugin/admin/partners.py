"""Partners: contacts who own codes and earn commissions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from ..domain.eligibility import Bar
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import AccountKind, Balance, Code, Contact
from ..services.eligibility import bar_of, is_partner
from ..services.listing import AnyRow, Query
from . import acts
from .contacts import SPONSOR, contact_label, search
from .edge import now
from .nouns import Bulk, Column, Filter, Kind, Noun, Scope, State
from .partner_form import EDITOR
from .show import contact_link, contact_name, name_of, to

_BELOW = aliased(Contact)
_FIRST_LINE = (
    select(func.count())
    .select_from(_BELOW)
    .where(_BELOW.sponsor_id == Contact.id)
    .correlate(Contact)
    .scalar_subquery()
)
_CODES = (
    select(func.count())
    .select_from(Code)
    .where(Code.owner_id == Contact.id)
    .correlate(Contact)
    .scalar_subquery()
)


def _statement() -> Query:
    return (
        select(Contact, SPONSOR, _FIRST_LINE.label("below"), _CODES.label("codes"))
        .join(SPONSOR, SPONSOR.id == Contact.sponsor_id, isouter=True)
        .where(Contact.partner_since.is_not(None), Contact.erased_at.is_(None))
    )


def partner_state(contact: Contact, at: datetime) -> State:
    """Show whether a partner is at work."""
    barred = bar_of(contact, at)
    if barred is Bar.LEFT:
        return State("off", str(_l("left")))
    if barred is Bar.SUSPENDED:
        return State("bad", str(_l("suspended")))
    return State("ok", str(_l("active")))


def _by_state(choice: str, at: datetime) -> ColumnElement[bool]:
    if choice == "left":
        return and_(Contact.partner_until.is_not(None), Contact.partner_until <= at)
    suspended = Contact.partner_suspended_at.is_not(None)
    return and_(is_partner(at), suspended if choice == "suspended" else ~suspended)


def _owed(choice: str, at: datetime) -> ColumnElement[bool]:
    owed = (
        select(Balance.partner_id)
        .where(Balance.kind == AccountKind.PAYABLE.value)
        .group_by(Balance.partner_id)
    )
    total = func.sum(Balance.amount)
    return Contact.id.in_(owed.having(total > 0 if choice == "owed" else total < 0))


def _mail(row: AnyRow) -> str:
    return row.Contact.email if row.Contact.email and row.Contact.name else ""


_PREVIEW_SUSPEND = lambda n: ngettext(  # noqa: E731 - a sentence, kept beside its list
    "%(num)s partner is suspended: earns nothing on new payments, and the level stays used. "
    "What is earned stays.",
    "%(num)s partners are suspended: they earn nothing on new payments, and their levels stay used. "
    "What is earned stays.",
    n,
)

NOUN = Noun(
    name="partners",
    title=_l("Partners"),
    lead=_l("Who may own codes and earns commissions."),
    icon="people",
    statement=_statement,
    keys=(Contact.id.expression,),
    key=lambda row: str(row.Contact.id),
    columns=(
        Column(
            name="name",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sub=_mail,
            sort=name_of(Contact.name.expression),
        ),
        Column(
            name="ref",
            label=_l("Customer number"),
            value=lambda row: row.Contact.ref or _l("signs in by e-mail address"),
        ),
        Column(
            name="sponsor",
            label=_l("Sponsor"),
            value=lambda row: contact_name(row.Sponsor),
            href=lambda row: contact_link(row.Sponsor),
            sort=name_of(SPONSOR.name.expression),
        ),
        Column(
            name="below",
            label=_l("First line"),
            kind=Kind.COUNT,
            value=lambda row: row.below,
            sort=_FIRST_LINE,
            href=lambda row: to("contacts", sponsor=row.Contact.id) if row.below else None,
        ),
        Column(
            name="codes",
            label=_l("Codes"),
            kind=Kind.COUNT,
            value=lambda row: row.codes,
            sort=_CODES,
            href=lambda row: to("codes", owner=row.Contact.id) if row.codes else None,
        ),
        Column(
            name="since",
            label=_l("Partner since"),
            kind=Kind.DATE,
            value=lambda row: row.Contact.partner_since,
            sort=func.coalesce(Contact.partner_since, Contact.created_at),
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: partner_state(row.Contact, now()),
        ),
    ),
    sort="-since",
    search=search,
    search_hint=_l("Name, e-mail or customer number"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(("active", _l("active")), ("suspended", _l("suspended")), ("left", _l("left"))),
        ),
        Filter(
            name="balance",
            label=_l("Balance"),
            where=_owed,
            choices=(("owed", _l("something is payable")), ("below", _l("below zero"))),
        ),
    ),
    scopes=(Scope(name="sponsor", where=lambda wanted: Contact.sponsor_id == wanted, label=contact_label),),
    bulk=(
        Bulk(
            name="invite",
            label=_l("Send the way to the desk"),
            apply=acts.invite_partners,
            preview=lambda n: ngettext(
                "%(num)s partner gets a mail with the way to the desk.",
                "%(num)s partners get a mail with the way to the desk.",
                n,
            ),
            done=lambda n: ngettext("%(num)s mail is on its way.", "%(num)s mails are on their way.", n),
            problems={acts.NOT_REACHED: _l("no e-mail address, or no partner any more")},
        ),
        Bulk(
            name="suspend",
            label=_l("Suspend"),
            danger=True,
            apply=acts.suspend_partners(True),
            preview=_PREVIEW_SUSPEND,
            done=lambda n: ngettext("%(num)s partner is suspended.", "%(num)s partners are suspended.", n),
        ),
        Bulk(
            name="resume",
            label=_l("Let them earn again"),
            apply=acts.suspend_partners(False),
            preview=lambda n: ngettext(
                "%(num)s partner earns again on new payments.",
                "%(num)s partners earn again on new payments.",
                n,
            ),
            done=lambda n: ngettext("%(num)s partner earns again.", "%(num)s partners earn again.", n),
        ),
    ),
    editor=EDITOR,
    new_label=_l("New partner"),
    empty=_l("Here stand your partners. The first one can be a customer you already have."),
)
