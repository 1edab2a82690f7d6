"""Customers as the shop tells of them: registered, changed, erased, looked up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from ..domain.codes import canonical
from ..domain.judging import Buyer, Judgement, checks
from ..errors import Reason
from ..models import AddressType, CameBy, Contact
from ..shop import ContactView, Customer
from . import applied, attribution, candidates, contacts, judging, outbox, own_fields, touches
from .attribution import Owner
from .candidates import Candidate
from .carts import Holders
from .contacts import Known, Overtaken
from .context import Context
from .person_facts import PersonFacts

_CONTACT = Contact.__table__
_AT_SIGN_UP = frozenset({"active", "from", "until", "hours", "link", "holder", "own code"})


@dataclass(frozen=True, kw_only=True)
class SignUpCode:
    """The code of a sign-up: what it is, and why it does not attach."""

    candidate: Candidate | None = None
    refusal: Reason | None = None


def register(ctx: Context, customer: Customer, code: str | None, holders: Holders) -> ContactView:
    """Keep a new customer; a code with an owner attaches it to the owner's first line as a prospect."""
    known = contacts.find(ctx, customer, lock=True)
    found = sign_up_code(ctx, known, code, holders) if code else SignUpCode()
    owner = None
    if found.candidate is not None and found.refusal is None:
        owner = attribution.owner_of(ctx, [found.candidate], known)
    if owner is None or not owner.gains:
        owner = touches.owner_by_touch(ctx, holders, known) or owner
    contact_id = save(ctx, known, customer, owner)
    touches.tie(ctx, holders.visitor, contact_id)
    if found.candidate is not None and found.refusal is None:
        everywhere = replace(holders, customer=customer.ref or holders.customer)
        applied.keep(ctx, everywhere, {found.candidate.code_id: CameBy.SIGN_UP}, names=everywhere.names)
    code_id = None if owner is None else owner.code_id
    outbox.flush(ctx, outbox.fact(ctx, "customer_registered", contact_id=contact_id, code_id=code_id))
    return view(ctx, _row(ctx, contact_id), refusal=found.refusal)


def sign_up_code(ctx: Context, known: Known, code: str, holders: Holders) -> SignUpCode:
    """Judge the code of a sign-up: limits, minimum and products are not asked."""
    candidate = candidates.by_keys(ctx, [canonical(code)], holders).get(canonical(code))
    if candidate is None:
        return SignUpCode(refusal=Reason.UNKNOWN)
    judgement = Judgement(
        terms=candidate.terms,
        state=judging.code_state(ctx, candidate, known, PersonFacts()),
        buyer=Buyer(),
        basket=None,
        currency=ctx.settings.currency,
        now=ctx.now,
        zone=ctx.settings.zone,
    )
    wrong = next((c for c in checks(judgement) if c.name in _AT_SIGN_UP and not c.ok), None)
    return SignUpCode(candidate=candidate, refusal=None if wrong is None else wrong.reason)


def save(ctx: Context, known: Known, customer: Customer, owner: Owner | None) -> int:
    """Keep what is told of a person, and whose first line it joins; give the contact's id."""
    problem = attribution.sign_up_problem(ctx, known.row, owner) if owner else None
    values = contacts.details(customer, known.row)
    if owner is not None and problem is None:
        values |= attribution.sponsor_values(ctx, owner)
    contact_id = known.id
    if contact_id is None:
        contact_id = contacts.insert_contact(ctx, values)
        if contact_id is None:
            raise Overtaken
        ctx.fact("signed_up", contact_id, contact_id=contact_id)
    elif values:
        contacts.update_contact(ctx, contact_id, values)
        attribution.carry_below(ctx, known.row, values)
    own_fields.tell(ctx, contact_id, known.row, values)
    if owner is not None:
        entries = attribution.sign_up_entry(ctx, owner, problem)
        attribution.write_history(ctx, contact_id, entries)
        attribution.tell_entries(ctx, contact_id, customer.ref, entries)
    return contact_id


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
        partner=kind is AddressType.PARTNER,
        email=row.email,
        name=row.name,
        tags=tuple(row.tags or ()),
        refusal=refusal,
    )
