"""Find and keep contacts: by ref, else by e-mail among those without one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, bindparam, exists, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from ..domain.eligibility import is_partner
from ..domain.person import email_folded, email_key, keyed_hash, person_keys
from ..models import AddressType, Balance, Code, Contact, Merged
from ..models.base import insert_for_id
from ..shop import Customer
from . import eligibility, inbox, own_fields
from .context import Context

_CONTACT = Contact.__table__
_BELOW = _CONTACT.alias("below")
_SPONSOR = _CONTACT.alias("sponsor")
_MERGED = Merged.__table__
HASHES = "person keys"
PLAIN = ("ref:", "email:")
"""How the person keys begin that name a person in plain words."""


class Overtaken(Exception):  # noqa: N818 - not an error: the caller does the call again
    """Another process has just inserted the same contact; everything must be read again."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a buyer: the contact (None: new) and whether the same person has bought."""

    customer: Customer | None = None
    row: Row[Any] | None = None
    bought: bool = False
    keys: frozenset[str] = frozenset()
    """Person keys under the signing key."""
    all_keys: frozenset[str] = frozenset()
    """Person keys under every key."""
    owns: dict[int, bool] = field(default_factory=dict, compare=False)
    """Whether codes are the person's own, as far as that was asked, by their ids."""

    @property
    def id(self) -> int | None:
        """The contact's id, or None where there is none yet."""
        return None if self.row is None else int(self.row.id)

    @property
    def reachable(self) -> bool:
        """Whether the person can be told from others: by ref or e-mail."""
        return self.customer is not None and bool(self.customer.ref or self.customer.email)


def _query() -> Select[Any]:
    owns_code = exists().where(Code.owner_id == _CONTACT.c.id).label("owns_code")
    has_below = exists().where(_BELOW.c.sponsor_id == _CONTACT.c.id).label("has_below")
    has_money = exists().where(Balance.partner_id == _CONTACT.c.id).label("has_money")
    merged_into = select(_MERGED.c.winner_id).where(_MERGED.c.loser_id == _CONTACT.c.id)
    has_merged = exists().where(_MERGED.c.winner_id == _CONTACT.c.id).label("has_merged")
    doubles = (merged_into.scalar_subquery().label("merged_into"), has_merged)
    sponsor = [_SPONSOR.c.ref.label("sponsor_ref"), *eligibility.columns(_SPONSOR, "sponsor_")]
    return (
        select(_CONTACT, has_below, has_money, owns_code, *doubles, *sponsor)
        .select_from(_CONTACT.outerjoin(_SPONSOR, _SPONSOR.c.id == _CONTACT.c.sponsor_id))
        .order_by(_CONTACT.c.id)
    )


_QUERY = _query()
_CHANGE = update(_CONTACT).where(_CONTACT.c.id == bindparam("of_id"))


def find(
    ctx: Context,
    customer: Customer | None,
    *,
    order_ref: str | None = None,
    lock: bool = False,
    beside: int | None = None,
) -> Known:
    """Find who buys. `order_ref` is left out of what counts as bought before.

    `lock` keeps others off until the end, `beside` one more contact with it: all in the order of their ids.
    """
    if customer is None or not (customer.ref or customer.email):
        return Known(customer=customer)
    folded = email_folded(customer.email) if customer.email else None
    query = _finding(bool(customer.ref), bool(customer.email), lock=lock, beside=beside is not None)
    values = {"of_ref": customer.ref, "of_folded": folded, "of_id": beside}
    if customer.email:
        values["of_guest"] = email_key(customer.email)
    rows = list(ctx.conn.execute(query, values))
    row, doubles = _with_doubles(ctx, customer, _own_row(customer, rows), lock=lock)
    keys, all_keys = _keys(ctx, _merged(customer, row))
    for double in doubles:
        more = _keys(ctx, _person(double))
        keys, all_keys = keys | more[0], all_keys | more[1]
    rows = [*(() if row is None else (row,)), *doubles, *rows]
    same_person = [
        r for r in rows if r is row or r in doubles or (folded is not None and r.email_folded == folded)
    ]
    bought = any(r.has_bought or r.first_order_ref not in (None, order_ref) for r in same_person)
    return Known(customer=customer, row=row, bought=bought, keys=keys, all_keys=all_keys)


def only_customer(ctx: Context, email: str) -> int | None:
    """Give the contact of the one customer of the shop who has this address; None for many or nobody."""
    has_it = (_CONTACT.c.email_key == email_key(email), _CONTACT.c.ref.is_not(None), ~merged(_CONTACT.c.id))
    query = select(_CONTACT.c.id).where(*has_it).limit(2)
    found = ctx.conn.execute(query).scalars().all()
    return found[0] if len(found) == 1 else None


def get(ctx: Context, contact_id: int) -> Row[Any]:
    """Give a contact by its id, or the one that it was merged into."""
    row = ctx.conn.execute(_QUERY.where(_CONTACT.c.id == contact_id)).one()
    return row if row.merged_into is None else get(ctx, row.merged_into)


def by_id(ctx: Context, contact_id: int) -> Known:
    """Give a contact by its id, or the one that it was merged into, locked for this call."""
    row = ctx.conn.execute(_locked(contact_id)).one()
    return Known(row=row) if row.merged_into is None else by_id(ctx, row.merged_into)


def _locked(contact_id: int) -> Select[Any]:
    return _QUERY.where(_CONTACT.c.id == contact_id).with_for_update(of=_CONTACT, key_share=True)


def _with_doubles(
    ctx: Context, customer: Customer, row: Row[Any] | None, *, lock: bool
) -> tuple[Row[Any] | None, Sequence[Row[Any]]]:
    """Give the contact that goes on for one that was merged, and all that were merged into it."""
    if row is None or (row.merged_into is None and not row.has_merged):
        return row, ()
    winner = row
    if row.merged_into is not None:
        query = _locked(row.merged_into) if lock else _QUERY.where(_CONTACT.c.id == row.merged_into)
        winner = ctx.conn.execute(query).one()
        if _needs_proof(customer, row, winner):
            return None, ()
    losers = select(_MERGED.c.loser_id).where(_MERGED.c.winner_id == winner.id)
    return winner, ctx.conn.execute(_QUERY.where(_CONTACT.c.id.in_(losers))).all()


def _needs_proof(customer: Customer, double: Row[Any], winner: Row[Any]) -> bool:
    """Say whether a new log-in with the e-mail of a merged guest must not get at the one that goes on."""
    if customer.ref is None or double.ref == customer.ref:
        return False
    guarded = winner.partner_since is not None or winner.has_below or winner.has_money
    return winner.ref is not None or bool(guarded and not customer.email_verified)


def _person(row: Row[Any]) -> Customer:
    """Give what the person keys of a stored contact are made of."""
    return Customer(**{name: getattr(row, name) for name in _NAMED})


_NAMED = ("ref", "email", "name", "phone", "address", "country")


def id_of_ref(ref: str) -> ScalarSelect[int]:
    """Give as SQL the id of the contact with a ref, or of the one that it was merged into."""
    named = _CONTACT.alias()
    found = select(func.coalesce(_MERGED.c.winner_id, named.c.id)).where(named.c.ref == ref)
    return found.select_from(named.outerjoin(_MERGED, _MERGED.c.loser_id == named.c.id)).scalar_subquery()


def id_that_goes_on(contact_id: int | ColumnElement[int]) -> ColumnElement[int]:
    """Give as SQL the id of a contact, or of the one that it was merged into."""
    winner = select(_MERGED.c.winner_id).where(_MERGED.c.loser_id == contact_id).scalar_subquery()
    return func.coalesce(winner, contact_id)


def going_on(ctx: Context, contact_id: int) -> int:
    """Give a contact, or the one that it was merged into."""
    return int(ctx.conn.execute(select(id_that_goes_on(contact_id))).scalar_one())


def merged(contact_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a column
    """Say as SQL that a contact was merged into another one."""
    return exists().where(_MERGED.c.loser_id == contact_id)


def lock(ctx: Context, contact_id: int | None) -> None:
    """Lock a contact before coupons and codes, so that parallel calls cannot lock each other out."""
    if contact_id is not None:
        query = select(_CONTACT.c.id).where(_CONTACT.c.id == contact_id)
        ctx.conn.execute(query.with_for_update(key_share=True))


def lock_all(ctx: Context, contact_ids: Iterable[int]) -> None:
    """Lock contacts as `lock` does, in the order of their ids."""
    query = select(_CONTACT.c.id).where(_CONTACT.c.id.in_(sorted(set(contact_ids)))).order_by(_CONTACT.c.id)
    ctx.conn.execute(query.with_for_update(key_share=True))


def with_keys(ctx: Context, known: Known) -> Known:
    """Add the person keys of a contact that was found by its id."""
    if known.row is None:
        return known
    names = ("ref", "email", "name", "phone", "address", "country")
    keys, all_keys = _keys(ctx, Customer(**{name: getattr(known.row, name) for name in names}))
    return replace(known, keys=keys, all_keys=all_keys)


@cache
def _finding(by_ref: bool, by_email: bool, *, lock: bool, beside: bool) -> Select[Any]:
    """Give the query by what is known of a customer."""
    wanted: list[ColumnElement[bool]] = []
    if by_ref:
        wanted.append(_CONTACT.c.ref == bindparam("of_ref"))
    if by_email:
        wanted.append(_CONTACT.c.guest_key == bindparam("of_guest"))
        wanted.append(_CONTACT.c.email_folded == bindparam("of_folded"))
    if beside:
        wanted.append(_CONTACT.c.id == bindparam("of_id"))
    query = _QUERY.where(or_(*wanted))
    return query.with_for_update(of=_CONTACT, key_share=True) if lock else query


def _own_row(customer: Customer, rows: list[Row[Any]]) -> Row[Any] | None:
    by_ref = next((row for row in rows if customer.ref and row.ref == customer.ref), None)
    if by_ref is not None or not customer.email:
        return by_ref
    key = email_key(customer.email)
    guest = next((row for row in rows if row.guest_key == key), None)
    if guest is None or customer.ref is None or customer.email_verified:
        return guest
    # Binding a contact that has money or people below it to a new log-in needs proof of the e-mail.
    guarded = guest.partner_since is not None or guest.has_below or guest.has_money
    return None if guarded else guest


def _merged(customer: Customer, row: Row[Any] | None) -> Customer:
    if row is None:
        return customer
    names = ("ref", "email", "name", "phone", "address", "country")
    return replace(customer, **{n: getattr(customer, n) or getattr(row, n) for n in names}, has_bought=None)


def _keys(ctx: Context, customer: Customer) -> tuple[frozenset[str], frozenset[str]]:
    by_id = {key_id: _keys_under(ctx, customer, key_id) for key_id in ctx.keys.secrets}
    found = frozenset[str]().union(*by_id.values())
    # The claims of somebody who was erased stand under hashes of the plain keys.
    plain = [key for key in found if key.startswith(PLAIN)]
    erased = (hashed_key(ctx, key, key_id) for key in plain for key_id in ctx.keys.secrets)
    return by_id[ctx.keys.signing_id], found.union(erased)


def _keys_under(ctx: Context, customer: Customer, key_id: str) -> frozenset[str]:
    return frozenset(
        person_keys(
            customer.ref,
            customer.email,
            customer.phone,
            customer.country,
            customer.name,
            customer.address,
            key_id=key_id,
            key=ctx.keys.secret(key_id, HASHES),
        )
    )


def ref_of(ctx: Context, contact_id: int | None) -> str | None:
    """Give the shop's ref of a contact, or None."""
    if contact_id is None:
        return None
    return ctx.conn.execute(select(_CONTACT.c.ref).where(_CONTACT.c.id == contact_id)).scalar()


def hashed_key(ctx: Context, key: str, key_id: str) -> str:
    """Give a person key as a keyed hash, under which an erased person's claims stay."""
    kind = key.partition(":")[0]
    return f"{kind}:{key_id}:{keyed_hash(key, ctx.keys.secret(key_id, HASHES))}"


def plain_keys(ctx: Context, row: Row[Any]) -> list[str]:
    """Give the person keys of a stored contact that name it in plain words."""
    known = with_keys(ctx, Known(row=row))
    return sorted(key for key in known.keys if key.startswith(PLAIN))


def keys_of(ctx: Context, row: Row[Any], prefix: str = "") -> frozenset[str]:
    """Give the person keys of a stored contact; `prefix` is that of its columns in the row."""
    names = ("ref", "email", "name", "phone", "address", "country")
    return _keys(ctx, Customer(**{name: getattr(row, prefix + name) for name in names}))[1]


def address_type(row: Row[Any] | Contact | None, now: datetime) -> AddressType:
    """Derive the shown type of a contact."""
    if row is None:
        return AddressType.PROSPECT
    if is_partner(eligibility.bar_of(row, now)):
        return AddressType.PARTNER
    bought = row.first_order_ref is not None or row.has_bought
    return AddressType.CUSTOMER if bought else AddressType.PROSPECT


def may_have_below(row: Row[Any]) -> bool:
    """Say whether others stand below a contact, or could come there by its code at this very moment."""
    return bool(row.has_below or row.owns_code)


def details(customer: Customer, row: Row[Any] | None) -> dict[str, object]:
    """Give the columns that a customer's details fill or change; what is not given stays.

    What is said under the ref or e-mail of a double changes nothing of the contact that goes on for it.
    """
    if row is not None and _is_double(customer, row):
        return {"has_bought": True} if customer.has_bought is True and not row.has_bought else {}
    given = {
        name: getattr(customer, name) for name in ("email", "name", "phone", "address", "country", "locale")
    }
    values: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if customer.ref is not None:
        values["ref"] = customer.ref
    if customer.email is not None:
        values["email_key"] = email_key(customer.email)
        values["email_folded"] = email_folded(customer.email)
    ref = customer.ref or (row.ref if row is not None else None)
    key = values.get("email_key") or (row.email_key if row is not None else None)
    values["guest_key"] = None if ref else key
    if customer.email_verified is not None:
        values["email_verified"] = customer.email_verified
    if customer.has_bought is True:
        values["has_bought"] = True
    if customer.data:
        values["data"] = own_fields.with_given(row, inbox.pack(customer.data))
    return values if row is None else {n: v for n, v in values.items() if getattr(row, n) != v}


def _is_double(customer: Customer, row: Row[Any]) -> bool:
    if customer.ref is not None:
        return row.ref is not None and row.ref != customer.ref
    return customer.email is not None and row.guest_key != email_key(customer.email)


def insert_contact(ctx: Context, values: dict[str, object]) -> int | None:
    """Insert a contact; None where another process was quicker."""
    blank: dict[str, object] = {
        "email_verified": False,
        "data": {},
        "tags": [],
        "has_bought": False,
        "path": "",
        "created_at": ctx.now,
    }
    statement = insert_for_id(_CONTACT, ctx.conn.dialect.name)
    return ctx.conn.execute(statement, {**blank, **values}).scalar()


def update_contact(ctx: Context, contact_id: int, values: dict[str, object]) -> None:
    """Change a contact that this call holds locked."""
    ctx.conn.execute(_CHANGE, {"of_id": contact_id, **values})
