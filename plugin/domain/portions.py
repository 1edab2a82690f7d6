"""Credit that several partners share: who has which portion of it, in per cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

WHOLE = 10_000
"""All of it, in hundredths of a per cent."""
MOST = 10
_DECIMALS = 2


@dataclass(frozen=True, kw_only=True)
class Portion:
    """What one partner has of a credit; `weight` in hundredths of a per cent.

    `number` tells the portions of one order apart; one that was given up is never given to somebody else.
    """

    partner_id: int
    weight: int = WHOLE
    number: int = 0

    @property
    def percent(self) -> Decimal:
        """The weight in per cent."""
        return percent_of(self.weight)


def percent_of(weight: int) -> Decimal:
    """Give a weight in per cent, as short as it can be written."""
    exact = (Decimal(weight) / 100).normalize()
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact


def weight_of(text: str) -> int:
    """Read a weight from per cent as people write it, with a point or a comma; raises ValueError."""
    try:
        percent = Decimal(text.strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no per cent") from error
    if not percent.is_finite() or not 0 < percent <= 100:
        raise ValueError("a weight is above 0 and at most 100 per cent")
    if percent != round(percent, _DECIMALS):
        raise ValueError("a weight has at most 2 decimals")
    return int(percent * 100)


BETWEEN, EQUALS = "|", "="


def written(shares: Iterable[tuple[str, int]]) -> str:
    """Write refs and weights as one text: meier=60|schulz=40."""
    return BETWEEN.join(f"{ref}{EQUALS}{percent_of(weight)}" for ref, weight in shares)


def read(text: str) -> list[tuple[str, int]]:
    """Read refs and weights out of one text; raises ValueError."""
    found = []
    for part in text.split(BETWEEN):
        ref, _, percent = part.rpartition(EQUALS)
        found.append((ref.strip(), weight_of(percent)))
    return found


def check(portions: Sequence[Portion]) -> None:
    """Raise ValueError unless the weights are above 0, add up to 100 per cent, and name each partner once."""
    if not 1 <= len(portions) <= MOST:
        raise ValueError(f"a credit is shared by 1 to {MOST} partners")
    if len({one.partner_id for one in portions}) < len(portions):
        raise ValueError("each partner is named once")
    if min(one.weight for one in portions) <= 0:
        raise ValueError("a weight is above 0")
    if sum(one.weight for one in portions) != WHOLE:
        found = percent_of(sum(one.weight for one in portions))
        raise ValueError(f"the weights add up to 100 per cent, not to {found}")


def numbered(wanted: Iterable[Portion], before: Sequence[Portion], used: int) -> tuple[Portion, ...]:
    """Give portions their numbers: a partner keeps the one of before, others get new ones above `used`."""
    known = {one.partner_id: one.number for one in before}
    found = []
    for one in wanted:
        number = known.get(one.partner_id)
        if number is None:
            used = number = used + 1
        found.append(Portion(partner_id=one.partner_id, weight=one.weight, number=number))
    return tuple(found)
