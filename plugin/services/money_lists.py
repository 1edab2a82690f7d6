"""Commissions, payouts and statements as programs list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, tuple_

from ..models import (
    Accrual,
    Contact,
    Document,
    DocumentKind,
    Payout,
    PayoutAccrual,
    PayoutRun,
    Posting,
    Statement,
)
from .context import Context
from .desk_accruals import State
from .mistakes import NotThere
from .payout_of_accrual import payout_of
from .slices import Conditions, wanted, within

_ACCRUAL = Accrual.__table__
_POSTING = Posting.__table__
_DOCUMENT = Document.__table__
_PAYOUT = Payout.__table__
_IN_PAYOUT = PayoutAccrual.__table__
_STATEMENT = Statement.__table__
_PARTNER = Contact.__table__
_ORDER = _DOCUMENT.alias("of_order")
Place = tuple[int, int]
"""Which posting: its call, and its number in it."""

ACCRUALS = (
    select(
        _ACCRUAL,
        _PARTNER.c.ref.label("partner_ref"),
        _DOCUMENT.c.kind.label("document_kind"),
        _DOCUMENT.c.ref.label("document_ref"),
        _ORDER.c.ref.label("order_ref"),
        payout_of().label("payout"),
    )
    .join_from(_ACCRUAL, _PARTNER, _PARTNER.c.id == _ACCRUAL.c.partner_id)
    .outerjoin(_DOCUMENT, _DOCUMENT.c.id == _ACCRUAL.c.document_id)
    .outerjoin(_ORDER, _ORDER.c.id == _DOCUMENT.c.order_id)
)
RUNS = select(PayoutRun.__table__)
PAYOUTS = select(_PAYOUT, _PARTNER.c.ref.label("partner_ref")).join_from(
    _PAYOUT, _PARTNER, _PARTNER.c.id == _PAYOUT.c.partner_id
)
STATEMENTS = select(_STATEMENT, _PARTNER.c.ref.label("partner_ref")).join_from(
    _STATEMENT, _PARTNER, _PARTNER.c.id == _STATEMENT.c.partner_id
)


@dataclass(frozen=True, kw_only=True)
class Accruals:
    """Some accruals, and the place after which the next ones come (None: no more)."""

    rows: Sequence[Row[Any]]
    next: Place | None


def accruals(ctx: Context, conditions: Conditions, *, after: Place, limit: int) -> Accruals:
    """Give the accruals that come after a place, the oldest first."""
    key = (_ACCRUAL.c.call_id, _ACCRUAL.c.seq)
    query = ACCRUALS.where(*conditions, tuple_(*key) > after).order_by(*key).limit(limit + 1)
    found = ctx.conn.execute(query).all()
    rows = found[:limit]
    more = len(found) > limit
    return Accruals(rows=rows, next=(rows[-1].call_id, rows[-1].seq) if more else None)


def accruals_where(
    now: datetime,
    *,
    partner: str | None = None,
    order: str | None = None,
    state: str | None = None,
    level: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows accruals; `since` and `until` (no part of it) are about when they were earned."""
    found: list[ColumnElement[bool]] = wanted((_PARTNER.c.ref, partner), (_ACCRUAL.c.level, level))
    if order is not None:
        is_order = and_(_DOCUMENT.c.kind == DocumentKind.ORDER.value, _DOCUMENT.c.ref == order)
        found.append(or_(is_order, _ORDER.c.ref == order))
    if state is not None:
        found.append(_STATES[State(state)](now))
    return [*found, *within(_ACCRUAL.c.at, since, until)]


def _is_free(now: datetime) -> ColumnElement[bool]:
    due = and_(_ACCRUAL.c.payable_at.is_not(None), _ACCRUAL.c.payable_at <= now, ~_ACCRUAL.c.held)
    return or_(_ACCRUAL.c.released_at.is_not(None), due)


_STATES: Mapping[State, Callable[[datetime], ColumnElement[bool]]] = {
    State.ON_HOLD: lambda now: ~_is_free(now),
    State.PAYABLE: lambda now: and_(_is_free(now), payout_of().is_(None)),
    State.PAID_OUT: lambda now: payout_of().is_not(None),
}


def state_of(row: Row[Any], now: datetime) -> State:
    """Say where an accrual stands; one that is due is payable, also before it was moved."""
    if row.payout is not None:
        return State.PAID_OUT
    due = row.payable_at is not None and row.payable_at <= now and not row.held
    return State.PAYABLE if row.released_at is not None or due else State.ON_HOLD


def accrual(ctx: Context, place: Place) -> Row[Any]:
    """Give one accrual. Raises NotThere."""
    query = ACCRUALS.where(_ACCRUAL.c.call_id == place[0], _ACCRUAL.c.seq == place[1])
    row = ctx.conn.execute(query).one_or_none()
    if row is None:
        raise NotThere("There is no such accrual.")
    return row


def postings_of(ctx: Context, place: Place) -> Sequence[Row[Any]]:
    """Give the posting of an accrual and those that reverse it, in their order."""
    own = and_(_POSTING.c.call_id == place[0], _POSTING.c.seq == place[1])
    against = and_(_POSTING.c.reverses_call_id == place[0], _POSTING.c.reverses_seq == place[1])
    query = select(_POSTING).where(or_(own, against)).order_by(_POSTING.c.call_id, _POSTING.c.seq)
    return ctx.conn.execute(query).all()


def runs_where(
    *, state: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> Conditions:
    """Give what narrows payout runs; `since` and `until` (no part of it) are about when they were made."""
    made = PayoutRun.__table__.c.made_at
    found = wanted((PayoutRun.__table__.c.state, state))
    return [*found, *within(made, since, until)]


def payouts_where(
    *,
    partner: str | None = None,
    run: int | None = None,
    state: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows payouts; `since` and `until` (no part of it) are about when they changed."""
    found = wanted((_PARTNER.c.ref, partner), (_PAYOUT.c.run_id, run), (_PAYOUT.c.state, state))
    return [*found, *within(_PAYOUT.c.changed_at, since, until)]


def accruals_of(ctx: Context, payout_id: int) -> Sequence[Row[Any]]:
    """Give the accruals that a payout is for, with what was left of each."""
    query = select(_IN_PAYOUT).where(_IN_PAYOUT.c.payout_id == payout_id)
    return ctx.conn.execute(query.order_by(_IN_PAYOUT.c.call_id, _IN_PAYOUT.c.seq)).all()


def statements_where(
    *, partner: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> Conditions:
    """Give what narrows statements; `since` and `until` (no part of it) are about when they were issued."""
    found = wanted((_PARTNER.c.ref, partner))
    return [*found, *within(_STATEMENT.c.issued_at, since, until)]
