"""Customers as the shop tells of them: registered, changed, erased, looked up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select, update

from ..domain.codes import canonical
from ..domain.coupon import Buyer, Judgement, checks
from ..errors import Reason
from ..models import Call, Contact, PersonUse, Redemption
from ..shop import ContactView, Customer
from . import applied, attribution, contacts, outbox, quoting
from .applied import Candidate
from .attribution import Owner
from .carts import Holders
from .contacts import Known
from .context import Context
from .orders import Overtaken
from .quoting import PersonFacts

_CONTACT = Contact.__table__
_AT_SIGN_UP = frozenset({"active", "from", "until", "holder", "own code"})


@dataclass(frozen=True, kw_only=True)
class _Code:
    """The code of a sign-up: what it is, and why it does not attach."""

    candidate: Candidate | None = None
    refusal: Reason | None = None


def register(ctx: Context, customer: Customer, code: str | None, holders: Holders) -> ContactView:
    """Keep a new customer; a code with an owner attaches it to the owner's first line as a prospect."""
    known = contacts.find(ctx, customer, lock=True)
    found = _sign_up_code(ctx, known, code, holders) if code else _Code()
    owner = None
    if found.candidate is not None and found.refusal is None:
        owner = attribution.owner_of(ctx, [found.candidate], known)
    contact_id = _save(ctx, known, customer, owner)
    if found.candidate is not None and found.refusal is None:
        everywhere = replace(holders, customer=customer.ref or holders.customer)
        applied.keep(ctx, everywhere, [found.candidate.code_id], names=everywhere.names)
    outbox.flush(ctx)
    return view(ctx, _row(ctx, contact_id), refusal=found.refusal)


def _sign_up_code(ctx: Context, known: Known, code: str, holders: Holders) -> _Code:
    candidate = applied.by_keys(ctx, [canonical(code)], holders).get(canonical(code))
    if candidate is None:
        return _Code(refusal=Reason.UNKNOWN)
    judgement = Judgement(
        terms=candidate.terms,
        state=quoting.code_state(ctx, candidate, known, PersonFacts()),
        buyer=Buyer(),
        basket=None,
        currency=ctx.settings.currency,
        now=ctx.now,
    )
    wrong = next((c for c in checks(judgement) if c.name in _AT_SIGN_UP and not c.ok), None)
    return _Code(candidate=candidate, refusal=None if wrong is None else wrong.reason)


def _save(ctx: Context, known: Known, customer: Customer, owner: Owner | None) -> int:
    problem = attribution.sign_up_problem(ctx, known.row, owner) if owner else None
    values = contacts.details(customer, known.row)
    if owner is not None and problem is None:
        values |= attribution.sponsor_values(ctx, owner)
    contact_id = known.id
    if contact_id is None:
        contact_id = contacts.insert_contact(ctx, values)
        if contact_id is None:
            raise Overtaken
    elif values:
        contacts.update_contact(ctx, contact_id, values)
        attribution.carry_below(ctx, known.row, values)
    if owner is not None:
        entries = attribution.sign_up_entry(ctx, owner, problem)
        attribution.write_history(ctx, contact_id, entries)
        attribution.tell_entries(ctx, contact_id, customer.ref, entries)
    return contact_id


def erase(ctx: Context, customer_ref: str) -> bool:
    """Forget a person; what is booked stays. Hashed claims stay too, the ref and e-mail behind them go."""
    query = select(_CONTACT).where(_CONTACT.c.ref == customer_ref).with_for_update()
    row = ctx.conn.execute(query).one_or_none()
    if row is None:
        return False
    gone = ("ref", "guest_key", "email", "email_key", "email_folded", "name", "phone", "address", "locale")
    values: dict[str, object] = dict.fromkeys(gone)
    contacts.update_contact(ctx, row.id, {**values, "data": {}, "tags": [], "erased_at": ctx.now})
    _forget_keys(ctx, row)
    ctx.conn.execute(
        update(Call.__table__)
        .where(Call.__table__.c.subject_ref == customer_ref, Call.__table__.c.kind.like("customer_%"))
        .values(payload={}, subject_ref=None)
    )
    return True


def _forget_keys(ctx: Context, row: Row[Any]) -> None:
    """Put hashes in the place of the plain keys, so that claims still hold and name nobody."""
    plain = [f"ref:{row.ref}", *([f"email:{row.email_folded}"] if row.email_folded else [])]
    hashed = {key: contacts.hashed_key(ctx, key) for key in plain}
    uses, redemptions = PersonUse.__table__, Redemption.__table__
    for key, secret in hashed.items():
        ctx.conn.execute(update(uses).where(uses.c.person_key == key).values(person_key=secret))
    mine = select(redemptions.c.id, redemptions.c.person_keys).where(redemptions.c.contact_id == row.id)
    for redemption in ctx.conn.execute(mine).all():
        keys = sorted(hashed.get(key, key) for key in redemption.person_keys)
        ctx.conn.execute(
            update(redemptions).where(redemptions.c.id == redemption.id).values(person_keys=keys)
        )


def find_view(ctx: Context, customer: Customer) -> ContactView | None:
    """Give the contact of a customer as the shop may see it, or None."""
    known = contacts.find(ctx, customer)
    return None if known.row is None else view(ctx, known.row)


def find_id(ctx: Context, customer: Customer) -> int | None:
    """Give the id of a customer's contact, or None."""
    return contacts.find(ctx, customer).id


def _row(ctx: Context, contact_id: int) -> Row[Any]:
    row = contacts.by_id(ctx, contact_id).row
    if row is None:
        raise LookupError(f"contact {contact_id} vanished")
    return row


def view(ctx: Context, row: Row[Any], refusal: Reason | None = None) -> ContactView:
    """Give a contact as the shop may see it."""
    kind = contacts.address_type(row, ctx.now)
    return ContactView(
        ref=row.ref,
        address_type=kind.value,
        sponsor_ref=row.sponsor_ref,
        partner=contacts.is_partner(row.partner_since, row.partner_until, ctx.now),
        email=row.email,
        name=row.name,
        tags=tuple(row.tags or ()),
        refusal=refusal,
    )
