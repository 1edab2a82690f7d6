"""Recorded calls: each fact once, with its content, so that repeats are seen and nothing is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from ..models import Call, Outcome
from ..models.base import insert_for_id
from ..shop import Customer, Invoice, Line, Order, Refund, RefundLine, plain_text
from .context import Context

ONCE = frozenset(
    {"order_placed", "order_cancelled", "order_completed", "invoice_paid", "invoice_refunded", "event"}
)
"""Kinds of calls that are worked once by their key; all others set a state, each time they come."""
ADMIN = "admin"
"""The source of what admins record for the shop."""
_CALL = Call.__table__
_SETTLE = update(_CALL).where(_CALL.c.id == bindparam("of_id"))
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A recorded call: new, or found again with what became of it."""

    id: int
    new: bool
    outcome: Outcome
    digest: str


def record(
    ctx: Context,
    kind: str,
    key: str,
    payload: Json,
    *,
    subject_ref: str | None = None,
    order_ref: str | None = None,
    outcome: Outcome = Outcome.DONE,
    **values: object,
) -> Recorded:
    """Store a call once, or give the one that was stored before. `values` are further columns."""
    digest = digest_of(payload)
    columns = {
        "source": ctx.told_by or ctx.source,
        "kind": kind,
        "key": key,
        "subject_ref": subject_ref,
        "order_ref": order_ref,
        "payload": payload,
        "digest": digest,
        "outcome": outcome.value,
        "attempts": 0,
        "at": ctx.now,
        **values,
    }
    call_id = ctx.conn.execute(insert_for_id(_CALL, ctx.conn.dialect.name), columns).scalar()
    if call_id is not None:
        return Recorded(id=call_id, new=True, outcome=outcome, digest=digest)
    row = find(ctx, kind, key)
    if row is None:
        raise LookupError(f"the recorded call {kind} {key} vanished")
    return Recorded(id=row.id, new=False, outcome=Outcome(row.outcome), digest=row.digest)


def find(ctx: Context, kind: str, key: str) -> Row[Any] | None:
    """Give the recorded call, or None."""
    source = ctx.told_by or ctx.source
    query = select(_CALL).where(_CALL.c.source == source, _CALL.c.kind == kind, _CALL.c.key == key)
    return ctx.conn.execute(query).one_or_none()


def settle(ctx: Context, call_id: int, outcome: Outcome, **values: object) -> None:
    """Note what became of a call."""
    ctx.conn.execute(_SETTLE, {"of_id": call_id, "outcome": outcome.value, **values})


def waiting_for(ctx: Context, order_ref: str) -> list[Row[Any]]:
    """Give the calls that wait for this order, in the order in which they came."""
    query = (
        select(_CALL)
        .where(
            _CALL.c.source == ctx.source,
            _CALL.c.order_ref == order_ref,
            _CALL.c.outcome == Outcome.WAITING.value,
        )
        .order_by(_CALL.c.id)
    )
    return list(ctx.conn.execute(query))


def waiting_for_invoice(ctx: Context, invoice_ref: str) -> list[Row[Any]]:
    """Give the refunds that came before their invoice and name no order."""
    query = select(_CALL).where(
        _CALL.c.kind == "invoice_refunded",
        _CALL.c.subject_ref == invoice_ref,
        _CALL.c.source == ctx.source,
        _CALL.c.outcome == Outcome.WAITING.value,
        _CALL.c.order_ref.is_(None),
    )
    return list(ctx.conn.execute(query.order_by(_CALL.c.id)))


def digest_of(payload: Json) -> str:
    """Give a digest of the content of a call."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def pack(fact: object) -> Any:  # noqa: ANN401 - JSON
    """Turn a fact into JSON: decimals as text, times as ISO 8601; callables must be resolved before."""
    if is_dataclass(fact):
        packed = {item.name: pack(getattr(fact, item.name)) for item in fields(fact)}
        return {name: value for name, value in packed.items() if value not in (None, [], {}, "")}
    if isinstance(fact, Decimal):
        return str(fact)
    if isinstance(fact, datetime):
        return fact.isoformat()
    if isinstance(fact, Mapping):
        return {plain_text(name): pack(value) for name, value in fact.items()}
    if isinstance(fact, (list, tuple)):
        return [pack(item) for item in fact]
    if callable(fact):
        return None
    return fact if isinstance(fact, (int, type(None))) else plain_text(fact)


def unpack_customer(packed: Json) -> Customer:
    """Read a recorded customer."""
    return Customer(**packed)


def unpack_order(packed: Json) -> Order:
    """Read a recorded order."""
    values = dict(packed)
    values["lines"] = [Line(**line) for line in values.get("lines", ())]
    if values.get("customer"):
        values["customer"] = unpack_customer(values["customer"])
    return Order(**_with_times(values, "placed_at"))


def unpack_invoice(packed: Json) -> Invoice:
    """Read a recorded invoice."""
    values = dict(packed)
    if "lines" in values:
        values["lines"] = [Line(**line) for line in values["lines"]]
    if values.get("customer"):
        values["customer"] = unpack_customer(values["customer"])
    return Invoice(**_with_times(values, "paid_at"))


def unpack_refund(packed: Json) -> Refund:
    """Read a recorded refund."""
    values = dict(packed)
    values["lines"] = tuple(RefundLine(**line) for line in values.get("lines", ()))
    return Refund(**_with_times(values, "at"))


def _with_times(values: Json, name: str) -> Json:
    if values.get(name):
        values[name] = datetime.fromisoformat(values[name])
    return values
