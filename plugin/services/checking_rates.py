"""Check converted commissions: each is its original by its rate, and so is what is reversed of it."""

from __future__ import annotations

from sqlalchemy import and_, select

from ..domain.exchange import Rate, reversed_part
from ..models import Accrual, Posting
from .checking import Checked, Comparison
from .context import Context

_POSTING = Posting.__table__
_ACCRUAL = Accrual.__table__


def check_rates(ctx: Context) -> Checked:
    """Compare converted accruals with their originals, by the rates of their postings."""
    same = and_(_POSTING.c.call_id == _ACCRUAL.c.call_id, _POSTING.c.seq == _ACCRUAL.c.seq)
    names = ("rate", "rate_day", "original_amount", "original_currency")
    posted = [_POSTING.c[name].label(f"posted_{name}") for name in names]
    query = select(_ACCRUAL, *posted).join(_POSTING, same).where(_ACCRUAL.c.original_amount.is_not(None))
    comparison = Comparison("originals by their rates = converted commissions")
    for row in ctx.conn.execute(query.order_by(_ACCRUAL.c.call_id, _ACCRUAL.c.seq)):
        name = f"accrual {row.call_id}/{row.seq}"
        worth = 0
        if row.posted_rate is not None:
            rate = Rate(
                base=row.posted_original_currency,
                quote=row.currency,
                rate=row.posted_rate,
                day=row.posted_rate_day,
            )
            worth = rate.turn(row.posted_original_amount)
        comparison.amount(name, row.currency, computed=worth, kept=row.amount)
        back = reversed_part(row.amount, row.original_amount, row.original_reversed)
        comparison.amount(f"{name}, reversed", row.currency, computed=back, kept=row.reversed)
    return comparison.done()
