"""What caps leave of the commissions of a sale: each cut is kept with the amount before and after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from .commission import Limit, Share
from .money import allocate, half_up
from .portions import WHOLE
from .sale import SaleLine, line_base, net_before
from .terms import Place

ORDER, PARTNER, CUSTOMER, GIVE_AWAY = "order", "partner", "customer", "give-away"
Key = tuple[Place, int]
"""What terms stand for, and the partner who earns by them."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the terms of a place have given a partner in their period: in all, and from this customer."""

    partner: int = 0
    customer: int = 0


@dataclass
class _Cuts:
    """The amounts of shares as caps leave them, and which caps have cut each."""

    shares: Sequence[Share]
    left: dict[str, int] = field(default_factory=dict)
    by: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.left = {share.place: share.amount for share in self.shares}

    def total(self, shares: Sequence[Share]) -> int:
        return sum(self.left[share.place] for share in shares)

    def limits(self) -> dict[str, Limit]:
        """Give the limits of the shares that were cut."""
        return {
            share.place: Limit(full=share.amount, to=self.left[share.place], by=tuple(self.by[share.place]))
            for share in self.shares
            if share.place in self.by
        }

    def cut(self, shares: Sequence[Share], to: int, by: str) -> None:
        """Leave so much to some shares together, spread by what each has."""
        places = [share.place for share in shares]
        for place, amount in zip(places, allocate(to, [self.left[place] for place in places]), strict=True):
            if amount < self.left[place]:
                self.left[place] = amount
                self.by[place].append(by)


def limits(
    shares: Sequence[Share], given: Mapping[Key, Given], give_away: int | None = None
) -> dict[str, Limit]:
    """Give the limits of the shares that caps cut, by "level|line"; `give_away` is the room for all levels.

    Caps of terms come first; then the levels are filled from the first one up, so that what exceeds the
    room is cut from the top level down.
    """
    cuts = _Cuts(shares)
    grouped = by_terms(shares)
    for key, (allowed, by) in rooms(shares, given).items():
        if cuts.total(grouped[key]) > allowed:
            cuts.cut(grouped[key], allowed, by)
    if give_away is not None:
        _fill(cuts, shares, max(0, give_away))
    return cuts.limits()


def rooms(shares: Sequence[Share], given: Mapping[Key, Given]) -> dict[Key, tuple[int, str]]:
    """Give what caps of terms leave each partner on a sale, and which cap it is."""
    found = {}
    for key, of_key in by_terms(shares).items():
        allowed, by = _allowed(of_key, given.get(key, Given()))
        if allowed is not None:
            found[key] = allowed, by
    return found


def fill(shares: Sequence[Share], room: int | None) -> dict[str, Limit]:
    """Give the limits of the shares that exceed the room for all levels, the top level cut first."""
    cuts = _Cuts(shares)
    _fill(cuts, shares, max(0, room or 0))
    return cuts.limits()


def by_terms(shares: Sequence[Share]) -> dict[Key, list[Share]]:
    """Group shares by the place of their terms and their partner, where those terms have caps."""
    found: dict[Key, list[Share]] = defaultdict(list)
    for share in shares:
        if share.terms.clauses.caps is not None:
            found[share.terms.place, share.partner_id].append(share)
    return found


def _allowed(shares: Sequence[Share], given: Given) -> tuple[int | None, str]:
    """Give the least that the caps of terms leave a partner, and which one it is.

    Of the cap per order each portion has its part, rounded down, so that all together stay below it.
    """
    caps = shares[0].terms.clauses.caps
    if caps is None:
        return None, ""
    weight = sum({share.portion: share.weight for share in shares}.values())
    rooms = [
        (None if caps.order is None else caps.order * weight // WHOLE, ORDER),
        (None if caps.partner is None else max(0, caps.partner - given.partner), PARTNER),
        (None if caps.customer is None else max(0, caps.customer - given.customer), CUSTOMER),
    ]
    return min(((room, by) for room, by in rooms if room is not None), default=(None, ""))


def _fill(cuts: _Cuts, shares: Sequence[Share], room: int) -> None:
    levels: dict[int, list[Share]] = defaultdict(list)
    for share in shares:
        levels[share.level].append(share)
    for level in sorted(levels):
        taken = cuts.total(levels[level])
        if taken > room:
            cuts.cut(levels[level], room, GIVE_AWAY)
        room -= min(taken, room)


def give_away_room(
    lines: Sequence[SaleLine],
    grosses: Sequence[int],
    cap: Decimal | None,
    *,
    prices_include_vat: bool,
    kickback: int = 0,
) -> int | None:
    """Give what a cap in per cent of the goods' net leaves to all levels.

    The discount counts too, and the kickback that is promised to who has brought the buyer.
    """
    if cap is None:
        return None
    before = after = 0
    for line, gross in zip(lines, grosses, strict=True):
        if line.total > 0:
            before += net_before(line, prices_include_vat=prices_include_vat)
            after += line_base(line, gross, prices_include_vat=prices_include_vat)
    return half_up(before * Fraction(cap) / 100) - (before - after) - kickback
