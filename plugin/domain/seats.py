"""Who sits on which level above a sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
    """A level of the chain and who sits there."""

    level: int
    partner_id: int
    barred: str | None = None


def seats(
    chain: Sequence[Link], *, levels: int, buyer_id: int | None, own_first: bool = False
) -> tuple[Seat, ...]:
    """Give partners their levels: who is no partner is skipped, who is barred uses the level up.

    The buyer never earns on the own order; `own_first` says that level 1 came by the buyer's own code.
    """
    found: list[Seat] = []
    for link in chain:
        if len(found) == levels:
            break
        if not link.is_partner:
            continue
        barred = "own order" if link.contact_id == buyer_id or (own_first and not found) else link.barred
        found.append(Seat(level=len(found) + 1, partner_id=link.contact_id, barred=barred))
    return tuple(found)
