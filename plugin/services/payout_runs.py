"""Payout runs: what making, changing and releasing them have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, literal, select, true, update

from ..domain.money import major
from ..models import Accrual, Payout, PayoutAccrual, PayoutRun, PayoutState, RunState
from . import audit, payout_settings
from .context import Context
from .mistakes import Mistake, NotThere
from .payout_claims import FREE

_RUN = PayoutRun.__table__
_PAYOUT = Payout.__table__
_LINK = PayoutAccrual.__table__
_ACCRUAL = Accrual.__table__
POSTED = (PayoutState.RELEASED.value, PayoutState.SENT.value, PayoutState.PAID.value)
"""States in which the money counts as paid."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: the name for the log, and an id by which two pairs of eyes are told apart."""

    name: str
    id: str


class PayoutRefused(Mistake):
    """A payout that cannot be made so; `problem` names the reason for programs."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


def get_run(ctx: Context, run_id: int, *, lock: bool = False) -> Row[Any]:
    """Give a run's row or raise NotThere."""
    query = select(_RUN).where(_RUN.c.id == run_id)
    row = ctx.conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no payout run with the number {run_id}.")
    return row


def open_run(ctx: Context, run_id: int) -> Row[Any]:
    """Give a run that can still be changed, locked; raise PayoutRefused where it cannot."""
    payout_settings.lock(ctx.conn, ctx.now)
    run = get_run(ctx, run_id, lock=True)
    if run.state != RunState.DRAFT.value:
        raise PayoutRefused(run.state, f"The run {run_id} is {run.state} already; nothing was changed.")
    return run


def check_amount(amount: int, payable: int, currency: str) -> None:
    """Raise PayoutRefused where a payout would be nothing, or more than what is payable."""
    if not 0 < amount <= payable:
        most = f"{major(payable, currency)} {currency}"
        raise PayoutRefused("amount", f"The amount is above 0 and at most what is payable, {most}.")


def link(ctx: Context, run_id: int) -> None:
    """Fix which accruals the payouts of a run are for."""
    same = (_PAYOUT.c.partner_id == _ACCRUAL.c.partner_id) & (_PAYOUT.c.currency == _ACCRUAL.c.currency)
    columns = (_PAYOUT.c.id, _ACCRUAL.c.call_id, _ACCRUAL.c.seq, _ACCRUAL.c.amount - _ACCRUAL.c.reversed)
    found = (
        select(*columns, literal(True))
        .join_from(_ACCRUAL, _PAYOUT, same)
        .where(_PAYOUT.c.run_id == run_id, _PAYOUT.c.state == PayoutState.DRAFT.value, FREE)
    )
    names = ["payout_id", "call_id", "seq", "amount", "live"]
    ctx.conn.execute(insert(_LINK).from_select(names, found))


def unlink(ctx: Context, *where: Any) -> None:  # noqa: ANN401 - SQL
    """Let the accruals of payouts be free for other runs."""
    mine = select(_PAYOUT.c.id).where(*where)
    ctx.conn.execute(
        update(_LINK).where(_LINK.c.payout_id.in_(mine), _LINK.c.live == true()).values(live=False)
    )


def log(
    ctx: Context,
    run_id: int,
    act: str,
    actor: Actor,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    """Write an act on a run into the audit log."""
    audit.record(
        ctx.conn,
        who=actor.name,
        act=act,
        noun="payout run",
        subject=str(run_id),
        before=before,
        after=after,
        now=ctx.now,
    )
