"""What disputes and suspicions keep from being paid out, for the previews of payout runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from ..domain.payout import Skip
from ..models import Accrual, Document, Payout, PayoutSkip
from ..models.base import insert_missing
from .context import Context

_ACCRUAL = Accrual.__table__
_DOCUMENT = Document.__table__
_SKIP = PayoutSkip.__table__
_LONGEST = 200
Place = tuple[int, str]
"""Partner and currency."""
Among = Sequence[int] | Select[*tuple[Any, ...]] | None


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is held of a partner in one currency: accruals, their sum in minor units, which orders, why."""

    accruals: int
    amount: int
    orders: str
    skip: Skip = Skip.DISPUTED


def held(ctx: Context, among: Among = None) -> Mapping[Place, Held]:
    """Give what disputes and suspicions hold, by partner and currency."""
    left = _ACCRUAL.c.amount - _ACCRUAL.c.reversed
    names = (_ACCRUAL.c.partner_id, _ACCRUAL.c.currency, left.label("amount"))
    query = (
        select(*names, _DOCUMENT.c.ref, _DOCUMENT.c.number, _DOCUMENT.c.disputed_at)
        .join(_DOCUMENT, _DOCUMENT.c.id == _ACCRUAL.c.document_id)
        .where(_ACCRUAL.c.held, left > 0)
        .order_by(_ACCRUAL.c.call_id, _ACCRUAL.c.seq)
    )
    if among is not None:
        query = query.where(_ACCRUAL.c.partner_id.in_(among))
    found: dict[Place, list[Any]] = {}
    for row in ctx.conn.execute(query):
        found.setdefault((row.partner_id, row.currency), []).append(row)
    return {
        place: Held(
            accruals=len(rows),
            amount=sum(int(row.amount) for row in rows),
            orders=", ".join(dict.fromkeys(str(row.number or row.ref) for row in rows))[:_LONGEST],
            skip=Skip.DISPUTED if any(row.disputed_at is not None for row in rows) else Skip.CHECKED,
        )
        for place, rows in found.items()
    }


def note(ctx: Context, run_id: int) -> None:
    """List in a run what disputes and suspicions hold of the partners whom it pays."""
    partners = select(Payout.partner_id).where(Payout.run_id == run_id)
    rows = [
        {
            "run_id": run_id,
            "partner_id": partner_id,
            "currency": currency,
            "reason": one.skip.value,
            "amount": one.amount,
            "accruals": one.accruals,
            "until": None,
            "note": one.orders,
        }
        for (partner_id, currency), one in held(ctx, partners).items()
    ]
    insert_missing(ctx.conn, _SKIP, rows)
