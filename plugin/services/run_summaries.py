"""Payout runs as programs see them: what they come to, and whom they skip for which reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from ..models import Contact, Payout, PayoutSkip, PayoutState, RunState
from .context import Context
from .payout_changes import outdated
from .payout_runs import get_run

_PAYOUT = Payout.__table__
_SKIP = PayoutSkip.__table__
_PARTNER = Contact.__table__


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run: how many payouts it has, their sums per currency in minor units, and whom it skips.

    `outdated` says whether something has changed since, so that it cannot be released as it is.
    """

    run: Row[Any]
    count: int
    sums: Mapping[str, int]
    skips: Sequence[Row[Any]]
    outdated: bool


def summarize(ctx: Context, run_id: int) -> RunSummary:
    """Give what a run comes to. Raises NotThere."""
    run = get_run(ctx, run_id)
    left_out = () if run.state == RunState.DISCARDED.value else (PayoutState.DISCARDED.value,)
    counted = _PAYOUT.c.state.not_in((*left_out, PayoutState.FAILED.value))
    sums = (
        select(_PAYOUT.c.currency, func.count(), func.sum(_PAYOUT.c.amount))
        .where(_PAYOUT.c.run_id == run_id, counted)
        .group_by(_PAYOUT.c.currency)
        .order_by(_PAYOUT.c.currency)
    )
    skips = (
        select(_SKIP, _PARTNER.c.ref.label("partner_ref"))
        .join_from(_SKIP, _PARTNER, _PARTNER.c.id == _SKIP.c.partner_id)
        .where(_SKIP.c.run_id == run_id)
        .order_by(_SKIP.c.partner_id, _SKIP.c.currency)
    )
    found = ctx.conn.execute(sums).all()
    return RunSummary(
        run=run,
        count=sum(int(count) for _, count, _ in found),
        sums={currency: int(amount) for currency, _, amount in found},
        skips=ctx.conn.execute(skips).all(),
        outdated=run.state == RunState.DRAFT.value and bool(outdated(ctx, run_id)),
    )
