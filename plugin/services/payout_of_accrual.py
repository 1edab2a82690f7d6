"""In which payout an accrual is."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from ..models import Accrual, Payout, PayoutAccrual
from .payout_runs import POSTED


def payout_of() -> ColumnElement[int | None]:
    """Give the number of the payout that was released for an accrual and not taken back, as SQL."""
    return (
        select(Payout.id)
        .join(PayoutAccrual, PayoutAccrual.payout_id == Payout.id)
        .where(
            PayoutAccrual.call_id == Accrual.call_id,
            PayoutAccrual.seq == Accrual.seq,
            PayoutAccrual.live,
            Payout.state.in_(POSTED),
        )
        .correlate(Accrual)
        .scalar_subquery()
    )
