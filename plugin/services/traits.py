"""What people can be told apart by, kept as keyed hashes for a while: see `domain.suspicion.traits`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, select, update

from ..domain import suspicion
from ..domain.person import keyed_hash
from ..domain.suspicion import Facts, Signal
from ..models import Contact, PayoutDetails, TaxRecord, Trait
from ..models.base import insert_missing
from .context import Context

HASHES = "traits"
_STALE = timedelta(days=30)
ACCOUNT = "payment_account"
"""The field of a customer's own data that names a means of payment, one text or a list of them."""
_CONTACT = Contact.__table__
_TRAIT = Trait.__table__
_DETAILS = PayoutDetails.__table__
_TAX = TaxRecord.__table__
Hashes = dict[tuple[Signal, str], str]
"""Key id by kind and hash."""
Known = Mapping[int, frozenset[tuple[Signal, str]]]
"""Kinds and hashes by contact: under every key, of now and as far as they are kept of before."""


def note(ctx: Context, contact_ids: Iterable[int]) -> Known:
    """Keep what can be told of contacts now, and give that with what is kept of before."""
    ids = sorted(set(contact_ids))
    facts = _facts(ctx.conn, ids)
    kept: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in ctx.conn.execute(select(_TRAIT).where(_TRAIT.c.contact_id.in_(ids))):
        kept[row.contact_id].append(row)
    hashes = {contact_id: _hashes(ctx, facts[contact_id]) for contact_id in facts}
    _keep(ctx, hashes, kept)
    return {
        contact_id: frozenset(hashes.get(contact_id, {}))
        | {(Signal(row.kind), row.hash) for row in kept[contact_id]}
        for contact_id in ids
    }


def _hashes(ctx: Context, facts: Facts) -> Hashes:
    """Give the hashes of a person under every key."""
    secrets = {key_id: ctx.keys.secret(key_id, HASHES) for key_id in ctx.keys.secrets}
    return {
        (kind, keyed_hash(f"{kind}:{text}", secret)): key_id
        for kind, text in suspicion.traits(facts)
        for key_id, secret in secrets.items()
    }


def _keep(ctx: Context, hashes: Mapping[int, Hashes], kept: Mapping[int, Sequence[Row[Any]]]) -> None:
    """Insert what is new under the signing key, and see again what was not seen for a month."""
    stale = ctx.now - _STALE
    new, again = [], []
    for contact_id, found in hashes.items():
        before = {(row.kind, row.hash): row for row in kept.get(contact_id, ())}
        for (kind, digest), key_id in found.items():
            row = before.get((kind.value, digest))
            if row is None and key_id == ctx.keys.signing_id:
                names = {"contact_id": contact_id, "kind": kind.value, "key_id": key_id, "hash": digest}
                new.append({**names, "seen_at": ctx.now})
            elif row is not None and row.seen_at < stale:
                again.append({"of_contact": contact_id, "of_kind": kind.value, "of_hash": digest})
    insert_missing(ctx.conn, _TRAIT, new)
    if again:
        mine = and_(
            _TRAIT.c.contact_id == bindparam("of_contact"),
            _TRAIT.c.kind == bindparam("of_kind"),
            _TRAIT.c.hash == bindparam("of_hash"),
        )
        ctx.conn.execute(update(_TRAIT).where(mine).values(seen_at=ctx.now), again)


def _facts(conn: Connection, ids: Sequence[int]) -> dict[int, Facts]:
    """Give what is known of contacts who are not erased."""
    accounts: dict[int, list[str]] = defaultdict(list)
    paid_to = select(_DETAILS.c.contact_id, _DETAILS.c.data).where(
        _DETAILS.c.contact_id.in_(ids), _DETAILS.c.withdrawn_at.is_(None)
    )
    for contact_id, data in conn.execute(paid_to):
        accounts[contact_id] += [str(data[name]) for name in ("iban", "paypal") if data.get(name)]
    numbers = {
        row.contact_id: (row.tax_number, row.vat_id)
        for row in conn.execute(select(_TAX).where(_TAX.c.contact_id.in_(ids)))
    }
    rows = conn.execute(select(_CONTACT).where(_CONTACT.c.id.in_(ids), _CONTACT.c.erased_at.is_(None)))
    return {
        row.id: Facts(
            email=row.email,
            phone=row.phone,
            country=row.country,
            name=row.name,
            address=row.address,
            accounts=(*accounts[row.id], *_told_accounts(row.data)),
            tax=numbers.get(row.id, ()),
        )
        for row in rows
    }


def _told_accounts(data: object) -> Iterator[str]:
    """Give the means of payment that the shop names in a customer's own data."""
    told = data.get(ACCOUNT) if isinstance(data, Mapping) else None
    given = told if isinstance(told, list) else [told]
    yield from (one for one in given if isinstance(one, str) and one.strip())


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the hashes of somebody who is erased."""
    conn.execute(delete(_TRAIT).where(_TRAIT.c.contact_id == contact_id))
