"""The card of a contact: who it is, who is above and below, codes, orders, commissions, what happened."""

from __future__ import annotations

from collections.abc import Iterator

from flask import abort, render_template
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from ..domain.roles import Permission
from ..i18n import gettext as _
from ..i18n import last_day, ngettext
from ..i18n import lazy_gettext as _l
from ..models import (
    AccountKind,
    Accrual,
    AddressType,
    Balance,
    ChangeState,
    Code,
    Contact,
    Document,
    History,
    HistoryKind,
    Payout,
    Redemption,
    SponsorChange,
    Statement,
    Suspicion,
    Task,
    TouchSource,
)
from ..services import code_figures, code_portions, contact_notes, payout_details
from ..services.code_figures import CodeFigures
from ..services.eligibility import is_partner
from ..services.listing import AnyRow
from ..services.lookup import old_numbers
from . import accruals, codes, contacts, orders, payouts, redemptions, statements, suspicions, tasks
from .consents import consents_of
from .edge import blueprint, may, now, session, settings
from .excerpts import SHOWN, Excerpt, excerpt
from .mailings import opted_out
from .merge import doubles_of, goes_on_as
from .nouns import Column, Kind
from .partners import partner_state
from .payout_view import way_to_be_paid
from .postbacks import postbacks_of
from .reason_words import reason_name
from .show import contact_link, contact_name, terms_link, type_of
from .statement_forms import tax_facts
from .ways_in import ways_in

_PARTNER = aliased(Contact, name="Partner")
_OWNED = ("code", "coupon", "uses", "limit", "state")


@blueprint.get("/contacts/<firstline_id:contact_id>")
def card(contact_id: int) -> str:
    """Show the card of a contact."""
    contact = session().get(Contact, contact_id)
    if contact is None or contact.erased_at is not None:
        abort(404)
    was_partner = contact.partner_since is not None
    return render_template(
        "firstline/admin/card.html",
        here="partners" if was_partner else "contacts",
        contact=contact,
        name=contact_name(contact),
        kind=type_of(contact, now()).value,
        state=partner_state(contact, now()) if was_partner else None,
        at_work=is_at_work(contact),
        pay=way_to_be_paid(contact_id) if was_partner else None,
        tax=tax_facts(contact_id) if was_partner and may(Permission.BANK) else None,
        ways_in=ways_in(contact_id) if was_partner else None,
        terms_link=terms_link,
        blocked=payout_details.blocked(session().connection(), contact_id),
        parent_until=last_day(contact.parent_commission_until) if contact.parent_commission_until else None,
        sponsor=session().get(Contact, contact.sponsor_id) if contact.sponsor_id else None,
        contact_name=contact_name,
        contact_link=contact_link,
        owed=_balances(contact_id) if was_partner else (),
        below=_below(contact_id),
        brought=_brought(contact_id),
        planned=_planned(contact_id),
        notes=contact_notes.list_notes(session().connection(), contact_id),
        no_mails=opted_out(session(), contact_id),
        goes_on_as=goes_on_as(session(), contact_id),
        doubles=doubles_of(session(), contact_id),
        old_numbers=old_numbers(session(), contact_id),
        excerpts=list(_excerpts(contact_id, was_partner)),
    )


def _planned(contact_id: int) -> SponsorChange | None:
    """Give the change of the sponsor that waits."""
    waits = (SponsorChange.contact_id == contact_id, SponsorChange.state == ChangeState.WAITING.value)
    return session().scalars(select(SponsorChange).where(*waits)).one_or_none()


def is_at_work(contact: Contact) -> bool:
    """Say whether a contact is a partner now, suspended or not."""
    return type_of(contact, now()) is AddressType.PARTNER


def _balances(contact_id: int) -> list[tuple[str, int, int, int]]:
    """Give currency, on hold, payable and paid."""
    rows = session().execute(
        select(Balance.currency, Balance.kind, func.sum(Balance.amount))
        .where(Balance.partner_id == contact_id)
        .group_by(Balance.currency, Balance.kind)
    )
    found: dict[str, dict[str, int]] = {settings().currency: {}}
    for currency, kind, amount in rows:
        found.setdefault(currency, {})[kind] = int(amount)
    kinds = (AccountKind.ON_HOLD.value, AccountKind.PAYABLE.value, AccountKind.PAID.value)
    return [(currency, *(held.get(kind, 0) for kind in kinds)) for currency, held in sorted(found.items())]  # type: ignore[misc]


def _below(contact_id: int) -> str:
    """Say how many stand in the first line, by address type."""
    partner = func.count().filter(is_partner(now()))
    rows = session().execute(
        select(func.count(), partner).where(Contact.sponsor_id == contact_id, Contact.erased_at.is_(None))
    )
    everybody, partners = rows.one()
    if not everybody:
        return _("nobody")
    people = ngettext("%(num)s contact", "%(num)s contacts", everybody)
    return people + ", " + ngettext("%(num)s partner", "%(num)s partners", partners) if partners else people


def _brought(contact_id: int) -> CodeFigures | None:
    """Give what the contact's own codes brought together, None where nobody has redeemed one."""
    owned = select(Code.id).where(Code.owner_id == contact_id)
    found = code_figures.figures(session().connection(), owned)
    return found if found.uses else None


def _excerpts(contact_id: int, was_partner: bool) -> Iterator[Excerpt]:
    yield excerpt(
        contacts.NOUN,
        _("First line"),
        Contact.sponsor_id == contact_id,
        ("name", "ref", "first_order", "type"),
        key="line",
        empty=_("Nobody came through this contact yet."),
        sponsor=contact_id,
    )
    if was_partner:
        yield excerpt(
            accruals.NOUN,
            _("Accruals"),
            Accrual.partner_id == contact_id,
            ("order", "why", "level", "amount", "reversed", "payable", "state"),
            key="accruals",
            empty=_("Nothing was earned yet."),
            partner=contact_id,
        )
        yield excerpt(
            payouts.NOUN,
            _("Payouts"),
            Payout.partner_id == contact_id,
            ("run", "method", "payable", "amount", "at", "state"),
            key="payouts",
            empty=_("Nothing was paid out yet."),
            partner=contact_id,
        )
        yield excerpt(
            statements.NOUN,
            _("Statements"),
            Statement.partner_id == contact_id,
            ("number", "period", "net", "vat", "gross", "at", "state"),
            key="statements",
            empty=_("No statement was issued yet."),
            partner=contact_id,
        )
        own = postbacks_of(contact_id)
        if own is not None:
            yield own
    yield excerpt(
        suspicions.NOUN,
        _("Suspicions"),
        or_(Suspicion.partner_id == contact_id, Suspicion.other_id == contact_id),
        ("about", "partner", "seen", "at", "state"),
        key="suspicions",
        empty=_("This contact is not under suspicion."),
        of=contact_id,
    )
    yield excerpt(
        tasks.NOUN,
        _("Tasks"),
        Task.contact_id == contact_id,
        ("title", "due", "assignee", "at", "state"),
        key="tasks",
        empty=_("There is nothing to do about this contact."),
        of=contact_id,
    )
    yield excerpt(
        orders.NOUN,
        _("Orders"),
        Document.contact_id == contact_id,
        ("order", "partner", "total", "paid", "placed", "state"),
        key="orders",
        empty=_("Nothing was ordered yet."),
        buyer=contact_id,
    )
    yield from _codes(contact_id)
    yield consents_of(contact_id)
    yield _history(contact_id)


def _codes(contact_id: int) -> Iterator[Excerpt]:
    yield excerpt(
        codes.NOUN,
        _("Own codes"),
        code_portions.is_of(contact_id),
        _OWNED,
        key="owned",
        empty=_("This contact owns no code."),
        owner=contact_id,
    )
    yield excerpt(
        codes.NOUN,
        _("Codes kept for this contact"),
        Code.holder_id == contact_id,
        _OWNED,
        key="held",
        empty=_("No code is kept for this contact."),
        holder=contact_id,
    )
    yield excerpt(
        redemptions.NOUN,
        _("Redeemed codes"),
        Redemption.contact_id == contact_id,
        ("order", "code", "coupon", "discount", "at", "state"),
        key="redeemed",
        empty=_("This contact has redeemed no code."),
        buyer=contact_id,
    )


def _history(contact_id: int) -> Excerpt:
    query = (
        select(History, _PARTNER, Code)
        .join(_PARTNER, _PARTNER.id == History.partner_id, isouter=True)
        .join(Code, Code.id == History.code_id, isouter=True)
        .where(History.contact_id == contact_id)
        .order_by(History.id.desc())
        .limit(SHOWN * 3)
    )
    rows = session().execute(query).all()
    return Excerpt(
        key="history", title=_("What happened"), columns=_HISTORY, rows=rows, empty=_("Nothing happened yet.")
    )


def _event(row: AnyRow) -> str:
    entry: History = row.History
    if entry.kind == HistoryKind.ADDRESS_TYPE.value:
        before, after = address_type_name(entry.before), address_type_name(entry.after)
        return _("Address type from %(before)s to %(after)s", before=before, after=after)
    if entry.kind == HistoryKind.SPONSOR.value:
        if row.Partner is None:
            return _("No sponsor any more")
        return _("Sponsor: %(name)s", name=contact_name(row.Partner))
    if entry.kind == HistoryKind.TOUCH.value:
        return (
            _("Came through %(name)s", name=contact_name(row.Partner))
            if row.Partner is not None
            else _("Touch")
        )
    return _("Details changed")


def address_type_name(kind: str | None) -> str:
    """Name an address type; a dash where there was none."""
    names = {
        AddressType.PROSPECT.value: _("Prospect"),
        AddressType.CUSTOMER.value: _("Customer"),
        AddressType.PARTNER.value: _("Partner"),
    }
    return names.get(kind or "", kind or "–")


def _reason(row: AnyRow) -> str:
    entry: History = row.History
    said = [_how(entry.how)]
    if row.Code is not None:
        said.append(_("code %(code)s", code=row.Code.display))
    if entry.order_ref:
        said.append(_("order %(ref)s", ref=entry.order_ref))
    if entry.how in {source.value for source in TouchSource} and entry.after:
        said.append(entry.after.lower())
    said += [reason_name(entry.why)] if entry.why else []
    return ", ".join(text for text in said if text)


def _how(how: str) -> str:
    names = {
        "code": _("code redeemed"),
        "sign-up": _("sign-up"),
        "link": _("a partner's link"),
        "host": _("a partner's own address"),
        "admin": _("by an admin"),
        "order": _("by an order"),
        "cancel": _("by a cancelled order"),
        "merge": _("merged with a double"),
    }
    return names.get(how, how)


_HISTORY = (
    Column(name="event", label=_l("What"), value=_event),
    Column(name="reason", label=_l("By what"), value=_reason, place="full"),
    Column(name="by", label=_l("Who"), value=lambda row: row.History.by),
    Column(name="at", label=_l("When"), kind=Kind.MOMENT, value=lambda row: row.History.at),
)
