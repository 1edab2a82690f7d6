"""What caps leave of a sale that invoices stand for parts of: together no more than of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .caps import GIVE_AWAY, Key, by_terms
from .commission import Limit, Share
from .money import allocate


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """What caps have left of a whole sale: per terms and partner with the cap that says so, and in all."""

    by_key: Mapping[Key, tuple[int, str]] = field(default_factory=dict)
    give_away: int | None = None


class _Part:
    """The shares of one part: as they were before any cap, and what is left of each."""

    def __init__(self, shares: Sequence[Share], limits: Mapping[str, Limit]) -> None:
        self.shares, self._limits = shares, limits
        self.left = {
            share.place: share.amount if share.place not in limits else limits[share.place].of(share.amount)
            for share in shares
        }
        self._by: dict[str, list[str]] = {}

    def within(self, shares: Sequence[Share], room: int, by: str) -> int:
        """Cut some shares to a room where they exceed it; gives what is left of that."""
        places = [share.place for share in shares]
        taken = sum(self.left[place] for place in places)
        if taken <= room:
            return room - taken
        for place, amount in zip(places, allocate(room, [self.left[place] for place in places]), strict=True):
            if amount < self.left[place]:
                self.left[place] = amount
                self._by.setdefault(place, []).append(by)
        return 0

    def cut(self) -> dict[str, Limit]:
        """Give the limits of the shares that were cut here."""
        return {
            share.place: Limit(full=share.amount, to=self.left[share.place], by=self._names(share.place))
            for share in self.shares
            if share.place in self._by
        }

    def _names(self, place: str) -> tuple[str, ...]:
        before = self._limits[place].by if place in self._limits else ()
        return tuple(dict.fromkeys((*before, *self._by[place])))


def limits_of_parts(
    parts: Iterable[Sequence[Share]], limits: Mapping[str, Limit], rooms: Rooms
) -> list[dict[str, Limit]]:
    """Give the limits that each part has beside those of the whole, the later parts cut first.

    `parts` are the shares of each before any cap. Rounded by itself each could exceed the rooms by a cent.
    """
    found = [_Part(shares, limits) for shares in parts]
    keys = [by_terms(part.shares) for part in found]
    for key, (room, by) in rooms.by_key.items():
        for part, of_key in zip(found, keys, strict=True):
            room = part.within(of_key.get(key, ()), room, by)
    if rooms.give_away is not None:
        room = max(0, rooms.give_away)
        for level in sorted({share.level for part in found for share in part.shares}):
            for part in found:
                mine = [share for share in part.shares if share.level == level]
                room = part.within(mine, room, GIVE_AWAY)
    return [part.cut() for part in found]
