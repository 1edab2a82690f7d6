"""Whose first line a contact joins, who is credited with an order, and when a prospect becomes a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, insert, select, update

from ..config import OrderCredit
from ..domain.eligibility import Bar, is_partner, may_sponsor
from ..domain.portions import Portion
from ..domain.tree import child_path
from ..models import AddressType, Contact, Document, DocumentKind, DocumentState, History, HistoryKind
from . import contacts, eligibility, sponsors
from .candidates import Candidate
from .contacts import Known
from .context import Context
from .judging import is_owner

_CONTACT = Contact.__table__
_HISTORY = insert(History.__table__)
_DOCUMENT = Document.__table__
Entry = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whom an order or a sign-up came through: the owner of its code, which may be the buyer, or of a link.

    `how` is "code", "link" or "host"; `by` is the tracking id of the link, or the host. `bar` says why the
    owner does not take part.
    """

    contact_id: int
    code_id: int | None
    path: str | None
    bar: Bar | None
    is_buyer: bool
    how: str = "code"
    by: str | None = None
    portions: tuple[Portion, ...] = ()
    """Where several partners share what the code brings, the owner first."""

    @property
    def gains(self) -> bool:
        """Whether people join the owner's first line: not the buyer's own, nor one who is barred."""
        return not self.is_buyer and may_sponsor(self.bar)


def owner_of(ctx: Context, candidates: Sequence[Candidate], known: Known) -> Owner | None:
    """Give the owner of the first applied code that has one."""
    candidate = next((c for c in candidates if c.owner_id is not None), None)
    if candidate is None or candidate.owner_id is None:
        return None
    row = candidate.row
    return Owner(
        contact_id=candidate.owner_id,
        code_id=candidate.code_id,
        path=row.owner_path,
        bar=eligibility.bar_of(row, ctx.now, "owner_"),
        is_buyer=is_owner(ctx, candidate, known),
        portions=candidate.portions,
    )


def owner_again(ctx: Context, packed: list[Any] | None) -> Owner | None:
    """Give the owner that was kept with an order, as (contact, code, is the buyer) or (..., how, by)."""
    if packed is None:
        return None
    contact_id, code_id, is_buyer, *link = packed
    how, by = link or ("code", None)
    row = contacts.get(ctx, contact_id)
    return Owner(
        contact_id=row.id,
        code_id=code_id,
        path=row.path,
        bar=eligibility.bar_of(row, ctx.now),
        is_buyer=is_buyer,
        how=how,
        by=by,
    )


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Who is credited with an order at level 1, and why: as `Document.credit` says.

    `portions` are those of a shared code by which it came.
    """

    partner_id: int | None = None
    why: str = ""
    portions: tuple[Portion, ...] = ()


def credit_of(ctx: Context, row: Row[Any] | None, owner: Owner | None) -> Credit:
    """Decide who earns: the buyer's sponsor as it stands after the order, or the code's owner.

    A sponsor who owns the shared code of the order shares it.
    """
    has_sponsor = row is not None and row.sponsor_id is not None
    if owner is not None and owner.how != "code" and has_sponsor:
        owner = None
    by_code = _by_code(owner)
    if ctx.settings.order_credit is OrderCredit.CODE and by_code.partner_id is not None:
        return by_code
    if row is not None and has_sponsor:
        if is_partner(eligibility.bar_of(row, ctx.now, "sponsor_")):
            shares = owner is not None and owner.contact_id == row.sponsor_id
            portions = owner.portions if owner is not None and shares else ()
            return Credit(partner_id=row.sponsor_id, why="sponsor", portions=portions)
        return by_code
    return by_code


def _by_code(owner: Owner | None) -> Credit:
    if owner is None or (owner.bar is not None and not owner.portions):
        return Credit()
    why = "own code" if owner.is_buyer else owner.how
    return Credit(partner_id=owner.contact_id, why=why, portions=owner.portions)


@dataclass(frozen=True, kw_only=True)
class Joining:
    """What completing an order does to its contact: columns to write and entries for the history."""

    values: dict[str, object]
    entries: tuple[Entry, ...]
    before: AddressType
    flips: bool
    joins: bool


def joining(
    ctx: Context, row: Row[Any] | None, owner: Owner | None, order_ref: str, *, completes: bool
) -> Joining:
    """Say what an order does to its contact when it is completed. `row` is None for a new contact."""
    before = contacts.address_type(row, ctx.now)
    if not completes:
        return Joining(values={}, entries=(), before=before, flips=False, joins=False)
    values: dict[str, object] = {}
    entries: list[Entry] = []
    if row is None or row.first_order_ref is None:
        values |= {"first_order_ref": order_ref, "first_order_at": ctx.now}
        if before is AddressType.PROSPECT:
            entries.append(_type_entry(ctx, before, AddressType.CUSTOMER, "order", order_ref))
    problem = _sponsor_problem(ctx, row, owner)
    if owner is not None and problem is None:
        values |= sponsor_values(ctx, owner)
        entries.append(_owner_entry(ctx, HistoryKind.SPONSOR, owner, owner.how, order_ref))
    if owner is not None:
        entries.append(_owner_entry(ctx, HistoryKind.TOUCH, owner, owner.how, order_ref, problem or ""))
    joins = owner is not None and problem is None
    return Joining(
        values=values, entries=tuple(entries), before=before, flips="first_order_ref" in values, joins=joins
    )


def sponsor_values(ctx: Context, owner: Owner) -> dict[str, object]:
    """Give the columns that put a contact into the owner's first line."""
    path = None if owner.path is None else child_path(owner.path, owner.contact_id)
    return {"sponsor_id": owner.contact_id, "sponsor_at": ctx.now, "path": path}


class LineNeeded(Exception):  # noqa: N818 - not an error: the caller does the call again
    """The contact may have others below it, so its line must be locked before anything else."""

    def __init__(self, contact_id: int, sponsor_id: int) -> None:
        super().__init__(contact_id, sponsor_id)
        self.contact_id, self.sponsor_id = contact_id, sponsor_id


def _sponsor_problem(ctx: Context, row: Row[Any] | None, owner: Owner | None) -> str | None:
    """Say why the owner does not become the sponsor, or None."""
    if owner is None:
        return None
    if not owner.gains:
        return "own code" if owner.is_buyer else str(owner.bar)
    if row is None:
        return None
    if row.sponsor_id is not None:
        return "has a sponsor already"
    if contacts.may_have_below(row):
        if not ctx.line_locked:
            raise LineNeeded(row.id, owner.contact_id)
        if row.id in sponsors.upline_ids(ctx.conn, owner.contact_id):
            return "would close a circle"
    return None


def with_line_locked(ctx: Context, contact_id: int, owner: list[Any] | None) -> Context:
    """Lock both places in the tree where an order is completed long after it was placed, and say so."""
    if ctx.line_locked or owner is None or not contacts.may_have_below(contacts.get(ctx, contact_id)):
        return ctx
    sponsors.lock_line(ctx.conn, contact_id, owner[0])
    return replace(ctx, line_locked=True)


def carry_below(ctx: Context, row: Row[Any] | None, values: Mapping[str, object]) -> None:
    """Let those below a contact follow it to its new place in the tree."""
    if row is not None and "path" in values and contacts.may_have_below(row):
        path = values["path"]
        sponsors.move_paths(ctx.conn, row.id, row.path, None if path is None else str(path))


def _entry(
    ctx: Context,
    kind: HistoryKind,
    how: str,
    partner_id: int | None = None,
    code_id: int | None = None,
    order_ref: str | None = None,
    why: str = "",
) -> Entry:
    return {
        "kind": kind.value,
        "how": how,
        "partner_id": partner_id,
        "code_id": code_id,
        "order_ref": order_ref,
        "before": None,
        "after": None,
        "why": why,
        "at": ctx.now,
    }


def _owner_entry(
    ctx: Context, kind: HistoryKind, owner: Owner, how: str, order_ref: str | None = None, why: str = ""
) -> Entry:
    entry = _entry(ctx, kind, how, owner.contact_id, owner.code_id, order_ref, why)
    return entry if owner.by is None else {**entry, "after": owner.by}


def _type_entry(
    ctx: Context, before: AddressType, after: AddressType, how: str, order_ref: str | None
) -> Entry:
    return {
        **_entry(ctx, HistoryKind.ADDRESS_TYPE, how, order_ref=order_ref),
        "before": before.value,
        "after": after.value,
    }


def sign_up_entry(ctx: Context, owner: Owner, problem: str | None) -> list[Entry]:
    """Give the entries of a sign-up with a code, or by a link."""
    how = "sign-up" if owner.how == "code" else owner.how
    touch = _owner_entry(ctx, HistoryKind.TOUCH, owner, how, why=problem or "")
    joined = _owner_entry(ctx, HistoryKind.SPONSOR, owner, how)
    return [touch] if problem else [joined, touch]


def sign_up_problem(ctx: Context, row: Row[Any] | None, owner: Owner) -> str | None:
    """Say why a sign-up with a code does not attach, or None."""
    return _sponsor_problem(ctx, row, owner)


def write_history(ctx: Context, contact_id: int, entries: Sequence[Entry]) -> None:
    """Store entries of a contact's history and tell of changed types."""
    if entries:
        ctx.conn.execute(_HISTORY, [{**entry, "contact_id": contact_id} for entry in entries])


def tell_joining(ctx: Context, contact_id: int, customer_ref: str | None, found: Joining) -> None:
    """Note for others what completing an order did to its contact."""
    tell_entries(ctx, contact_id, customer_ref, found.entries)


def tell_entries(ctx: Context, contact_id: int, customer_ref: str | None, entries: Sequence[Entry]) -> None:
    """Note for others that a contact joined a first line or changed its type."""
    for entry in entries:
        if entry["kind"] == HistoryKind.SPONSOR.value:
            ctx.tell(
                "firstline_joined",
                contact_id=contact_id,
                customer_ref=customer_ref,
                partner_id=entry["partner_id"],
                order_ref=entry["order_ref"],
            )
            joined = {"contact_id": contact_id, "partner_id": entry["partner_id"]}
            ctx.fact("joined", contact_id, **joined, order_ref=entry["order_ref"])
        if entry["kind"] == HistoryKind.ADDRESS_TYPE.value:
            ctx.tell(
                "address_type_changed",
                contact_id=contact_id,
                customer_ref=customer_ref,
                before=entry["before"],
                after=entry["after"],
                order_ref=entry["order_ref"],
            )


def unflip(ctx: Context, contact_id: int, order_ref: str, *, how: str) -> None:
    """Take back that an order made its contact a customer, unless another order did the same."""
    query = select(_CONTACT).where(_CONTACT.c.id == contact_id).with_for_update(key_share=True)
    row = ctx.conn.execute(query).one()
    if row.first_order_ref != order_ref:
        return
    other = _other_order(ctx, contact_id, order_ref)
    values: dict[str, object] = {
        "first_order_ref": other.ref if other else None,
        "first_order_at": other.placed_at if other else None,
    }
    before = contacts.address_type(row, ctx.now)
    ctx.conn.execute(
        update(_CONTACT)
        .where(_CONTACT.c.id == contact_id, _CONTACT.c.first_order_ref == order_ref)
        .values(**values)
    )
    if other is None and before is AddressType.CUSTOMER and not row.has_bought:
        entry = _type_entry(ctx, before, AddressType.PROSPECT, how, order_ref)
        found = Joining(values={}, entries=(entry,), before=before, flips=False, joins=False)
        write_history(ctx, contact_id, found.entries)
        tell_joining(ctx, contact_id, row.ref, found)


def _other_order(ctx: Context, contact_id: int, order_ref: str) -> Any:  # noqa: ANN401 - a row or None
    query = (
        select(_DOCUMENT.c.ref, _DOCUMENT.c.placed_at)
        .where(
            _DOCUMENT.c.contact_id == contact_id,
            _DOCUMENT.c.kind == DocumentKind.ORDER.value,
            _DOCUMENT.c.state == DocumentState.OPEN.value,
            _DOCUMENT.c.ref != order_ref,
        )
        .order_by(_DOCUMENT.c.id)
        .limit(1)
    )
    return ctx.conn.execute(query).one_or_none()
