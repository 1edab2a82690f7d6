"""Work parked calls off again, once the bug behind them is mended."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from ..errors import Refused
from ..models import Call, Outcome
from ..services import customers, erasing, inbox, order_changes, order_ends, placing, receiving
from ..services.carts import Holders
from ..services.context import Context
from ..services.inbox import Json
from ..state import State, log

_CALL = Call.__table__


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """How the replay of one call ended; `error` is empty where it was worked off."""

    id: int
    kind: str
    key: str
    error: str = ""


def replay(state: State, call_id: int | None = None) -> list[Replayed]:
    """Work off one parked call, or all of them in the order in which they came, each in a unit of its own."""
    session = state.session()
    query = (
        select(_CALL.c.id, _CALL.c.source).where(_CALL.c.outcome == Outcome.PARKED.value).order_by(_CALL.c.id)
    )
    if call_id is not None:
        query = query.where(_CALL.c.id == call_id)
    rows = session.connection().execute(query).all()
    session.rollback()
    return [_again(state, row.id, row.source) for row in rows]


def _again(state: State, call_id: int, source: str) -> Replayed:
    def once(session: Session) -> Replayed:
        ctx = state.context(session.connection(), source=source)
        row = ctx.conn.execute(select(_CALL).where(_CALL.c.id == call_id).with_for_update()).one()
        if row.outcome == Outcome.PARKED.value:
            _work(replace(ctx, as_fact=True), row)
            state.send(ctx)
        return Replayed(id=row.id, kind=row.kind, key=row.key)

    try:
        done: Replayed = state.in_own_unit(once)
    except Exception as error:
        log.exception("parked call %s failed again", call_id)
        return _failed(state, call_id, error)
    return done


def _failed(state: State, call_id: int, error: Exception) -> Replayed:
    said = "".join(traceback.format_exception_only(error)).strip()

    def note(session: Session) -> Replayed:
        conn = session.connection()
        conn.execute(
            update(_CALL).where(_CALL.c.id == call_id).values(error=said, attempts=_CALL.c.attempts + 1)
        )
        row = conn.execute(select(_CALL).where(_CALL.c.id == call_id)).one()
        return Replayed(id=row.id, kind=row.kind, key=row.key, error=said)

    noted: Replayed = state.in_own_unit(note)
    return noted


def _work(ctx: Context, row: Row[Any]) -> None:
    if row.kind in {"invoice_paid", "invoice_refunded", "order_completed"}:
        receiving.work_again(ctx, row.id, row.kind, row.payload)
        return
    _WORK[row.kind](ctx, row.payload)
    inbox.settle(ctx, row.id, Outcome.DONE, error=None)


def _place(ctx: Context, payload: Json) -> None:
    order = inbox.unpack_order(payload["order"])
    holders = Holders.unpacked(payload["holders"])
    try:
        placing.place_either_way(ctx, order, holders)
    except Refused as refused:
        raise RuntimeError(f"the order was refused: {refused.reason}") from refused


def _change(ctx: Context, payload: Json) -> None:
    order_changes.change(ctx, inbox.unpack_order(payload["order"]))


def _register(ctx: Context, payload: Json) -> None:
    customer = inbox.unpack_customer(payload["customer"])
    customers.register(ctx, customer, payload.get("code"), Holders())


def _cancel(ctx: Context, payload: Json) -> None:
    order_ends.cancel(ctx, payload["ref"])


def _fail(ctx: Context, payload: Json) -> None:
    ref = payload["ref"]
    order_ref = None if ref.startswith("cart:") and payload.get("cart_key") else ref
    order_ends.fail_payment(ctx, order_ref, payload.get("cart_key"))


def _erase(ctx: Context, payload: Json) -> None:
    erasing.erase(ctx, payload["ref"])


def _keep_event(ctx: Context, payload: Json) -> None:
    """Leave it at that: an event is worked by being stored."""


_WORK: dict[str, Callable[[Context, Json], None]] = {
    "order_placed": _place,
    "order_changed": _change,
    "order_cancelled": _cancel,
    "payment_failed": _fail,
    "customer_registered": _register,
    "customer_changed": _register,
    "customer_erased": _erase,
    "event": _keep_event,
}
