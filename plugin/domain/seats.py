"""Who sits on which level above a sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .eligibility import Bar
from .portions import WHOLE, Portion


@dataclass(frozen=True, kw_only=True)
class Link:
    """One contact of the chain above a sale, nearest first. `barred` says why a partner gets nothing."""

    contact_id: int
    is_partner: bool
    barred: str | None = None
    currency: str | None = None
    """In which the partner is paid; None: in that of the sale."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A level of the chain and who sits there.

    Where the credit is shared, `portion` is the number of the portion whose chain it is, and `weight` what
    that one has, in hundredths of a per cent.
    """

    level: int
    partner_id: int
    barred: str | None = None
    portion: int = 0
    weight: int = WHOLE


def seats(
    chain: Sequence[Link],
    *,
    levels: int,
    buyer_id: int | None,
    own_first: bool = False,
    portion: Portion | None = None,
) -> tuple[Seat, ...]:
    """Give partners their levels: who is no partner is skipped, who is barred uses the level up.

    The buyer never earns on the own order; `own_first` says that level 1 came by the buyer's own code.
    Whose `portion` it is sits on level 1 in any case, so that it falls to nobody else.
    """
    number, weight = (0, WHOLE) if portion is None else (portion.number, portion.weight)
    found: list[Seat] = []
    for link in chain:
        if len(found) == levels:
            break
        holds = portion is not None and link.contact_id == portion.partner_id and not found
        if not link.is_partner and not holds:
            continue
        barred = link.barred if link.is_partner else Bar.NO_PARTNER.value
        if link.contact_id == buyer_id or (own_first and not found):
            barred = "own order"
        level = len(found) + 1
        found.append(
            Seat(level=level, partner_id=link.contact_id, barred=barred, portion=number, weight=weight)
        )
    return tuple(found)
