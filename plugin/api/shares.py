"""Credit that several partners share, in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..domain.money import major
from ..domain.portions import Portion, weight_of
from ..services import code_portions, contacts
from ..services.context import Context
from ..services.mistakes import BadPortions
from ..services.sharing import Shared
from .named import contact_id, naming

EXAMPLE: Mapping[str, Any] = {
    "shares": [{"partner": "2001", "percent": "60"}, {"partner": "2000", "percent": "40"}],
    "reason": "they run the fair together",
}


def read(ctx: Context, given: Mapping[str, Any]) -> tuple[Portion, ...]:
    """Read the portions of a body. Raises BadPortions, or Mistake where nobody has a ref."""
    return tuple(_portion(ctx, one) for one in given["shares"])


def _portion(ctx: Context, one: Mapping[str, str]) -> Portion:
    with naming():
        partner_id = contact_id(ctx, one["partner"]) or 0
    try:
        weight = weight_of(one["percent"])
    except ValueError as error:
        raise BadPortions("weights", f"{one['partner']}: {error}.") from error
    return Portion(partner_id=partner_id, weight=weight)


def shown(ctx: Context, portions: Sequence[Portion]) -> list[dict[str, object]]:
    """Give portions as they are answered."""
    if not portions:
        return []
    return [{"partner": ref, "percent": one.percent} for ref, one in code_portions.named(ctx.conn, portions)]


def moved(ctx: Context, done: Shared) -> dict[str, object]:
    """Give what sharing the credit of an order has moved."""
    return {
        "new": done.new,
        "moved": [
            {
                "partner": contacts.ref_of(ctx, row.partner_id),
                "level": row.level,
                "amount": major(row.amount, row.currency),
                "currency": row.currency,
            }
            for row in done.moved
        ],
        "barred": [{"partner": contacts.ref_of(ctx, one), "why": why} for one, why in done.barred],
    }
