"""What the rewards of a rule are worth, and whether a code can be worth that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .money import minor_exact
from .reward import RewardTerms
from .rule import Filled

MOST_WORTH = Decimal(10**12)
_ANY_CURRENCY = "EUR"


@dataclass(frozen=True, kw_only=True)
class Worth:
    """An amount of a currency, or a per cent."""

    worth: Decimal
    currency: str
    is_percent: bool = False


def worths(filled: Mapping[str, Filled | None]) -> Iterator[Worth]:
    """Give each worth that a reward may have; without a currency it has two decimals, as most have."""
    currency, steps = str(filled["currency"] or _ANY_CURRENCY), filled["steps"]
    for name in ("amount", "percent"):
        worth = filled[name]
        if isinstance(worth, Decimal):
            yield Worth(worth=worth, currency=currency, is_percent=name == "percent")
    for _begins, worth in steps if isinstance(steps, tuple) else ():
        yield Worth(worth=worth, currency=currency)


def is_worth(asked: Worth) -> bool:
    """Say whether a code can be worth so much."""
    try:
        if asked.is_percent:
            RewardTerms(label="x", percent=asked.worth)
        else:
            amount = minor_exact(asked.worth, asked.currency)
            RewardTerms(label="x", amount=amount, currency=asked.currency)
    except ValueError:
        return False
    return asked.worth < MOST_WORTH
