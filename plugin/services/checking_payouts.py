"""Check payouts: what they say is what was posted, and what counts as paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, and_, func, select

from ..models import AccountKind, Accrual, Balance, Payout, PayoutAccrual, PayoutRun, Posting, PostingKind
from .checking import Checked, Comparison
from .context import Context
from .payout_runs import POSTED

_PAYOUT = Payout.__table__
_RUN = PayoutRun.__table__
_POSTING = Posting.__table__
_BALANCE = Balance.__table__
_LINK = PayoutAccrual.__table__
_ACCRUAL = Accrual.__table__
Place = tuple[int, int, str]
"""Call, partner and currency."""


def check_payouts(ctx: Context, names: Mapping[int, str | None]) -> list[Checked]:
    """Compare payouts with postings and balances, and see that no accrual is paid twice."""
    rows = ctx.conn.execute(
        select(_PAYOUT, _RUN.c.call_id).join(_RUN, _RUN.c.id == _PAYOUT.c.run_id).order_by(_PAYOUT.c.id)
    ).all()
    return [_posted(ctx, rows), _paid(ctx, rows, names), _linked(ctx)]


def _posted(ctx: Context, rows: Any) -> Checked:  # noqa: ANN401 - rows
    """Compare each payout, and each that failed, with its posting."""
    kinds = (PostingKind.PAYOUT.value, PostingKind.PAYOUT_BACK.value)
    query = select(_POSTING).where(_POSTING.c.kind.in_(kinds))
    posted: dict[Place, int] = defaultdict(int)
    for posting in ctx.conn.execute(query):
        posted[posting.call_id, posting.partner_id, posting.currency] += posting.amount
    told: dict[Place, int] = defaultdict(int)
    for row in rows:
        if row.state in (*POSTED, "failed"):
            told[row.call_id or 0, row.partner_id, row.currency] += row.amount
        if row.failed_call_id is not None:
            told[row.failed_call_id, row.partner_id, row.currency] += row.amount
    comparison = Comparison("payouts = their postings")
    for place in sorted({*posted, *told}):
        subject = f"call {place[0]}, partner #{place[1]}"
        comparison.amount(subject, place[2], computed=posted.get(place, 0), kept=told.get(place, 0))
    return comparison.done()


def _paid(ctx: Context, rows: Any, names: Mapping[int, str | None]) -> Checked:  # noqa: ANN401 - rows
    """Compare payouts that were not taken back with the balances that are paid."""
    told: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        if row.state in POSTED:
            told[row.partner_id, row.currency] += row.amount
    keys = (_BALANCE.c.partner_id, _BALANCE.c.currency)
    paid = select(*keys, func.sum(_BALANCE.c.amount)).where(_BALANCE.c.kind == AccountKind.PAID.value)
    kept = {(partner, currency): int(s) for partner, currency, s in ctx.conn.execute(paid.group_by(*keys))}
    comparison = Comparison("payouts = balances paid")
    for place in sorted({*told, *kept}):
        subject = f"partner {names.get(place[0]) or f'#{place[0]}'}"
        comparison.amount(subject, place[1], computed=told.get(place, 0), kept=kept.get(place, 0))
    return comparison.done()


def _linked(ctx: Context) -> Checked:
    """See that the accruals of a payout are its partner's, in its currency, and payable."""
    same = and_(_ACCRUAL.c.call_id == _LINK.c.call_id, _ACCRUAL.c.seq == _LINK.c.seq)
    query = (
        select(_PAYOUT, _ACCRUAL.c.partner_id.label("whose"), _ACCRUAL.c.currency.label("of"), _ACCRUAL.c.seq)
        .add_columns(_ACCRUAL.c.call_id.label("call_id"), _ACCRUAL.c.released_at)
        .join_from(_LINK, _ACCRUAL, same)
        .join(_PAYOUT, _PAYOUT.c.id == _LINK.c.payout_id)
        .where(_LINK.c.live)
    )
    comparison = Comparison("accruals of payouts = payable accruals of their partners")
    for row in ctx.conn.execute(query):
        comparison.states(
            f"accrual {row.call_id}/{row.seq}", computed=_told(row), kept="its partner's, payable"
        )
    return comparison.done()


def _told(row: Row[Any]) -> str:
    mine = (row.whose, row.of) == (row.partner_id, row.currency) and row.released_at is not None
    return "its partner's, payable" if mine else "another partner's, another currency's, or on hold"
