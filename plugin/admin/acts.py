"""Acts on rows that are ticked in a list; each gives how many rows it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..services import codes, coupons, partners, program
from .acting import Acting

Act = Callable[[Acting, Sequence[str]], int]


def _ids(keys: Sequence[str]) -> list[int]:
    """Give the ids in their order, so that parallel acts lock rows alike."""
    return sorted(int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) < 18)


def switch_coupons(active: bool) -> Act:
    """Switch coupons on or off."""

    def act(acting: Acting, keys: Sequence[str]) -> int:
        conn, who, now = acting.conn, acting.who, acting.now
        return sum(coupons.set_active(conn, key, active, who=who, now=now) for key in _ids(keys))

    return act


def switch_codes(active: bool) -> Act:
    """Switch codes on or off."""

    def act(acting: Acting, keys: Sequence[str]) -> int:
        conn, who, now = acting.conn, acting.who, acting.now
        return sum(codes.set_code_active(conn, key, active, who=who, now=now) for key in _ids(keys))

    return act


def suspend_partners(suspended: bool) -> Act:
    """Suspend partners or let them earn again."""

    def act(acting: Acting, keys: Sequence[str]) -> int:
        conn, who, now = acting.conn, acting.who, acting.now
        change = partners.suspend if suspended else partners.resume
        return sum(change(conn, key, why="", who=who, now=now) for key in _ids(keys))

    return act


def switch_products(*, takes_part: bool | None = None, absolute_coupons: bool | None = None) -> Act:
    """Change one of the switches of products; None leaves a switch as it is."""

    def act(acting: Acting, keys: Sequence[str]) -> int:
        given = {"takes_part": takes_part, "absolute_coupons": absolute_coupons}
        switches = {name: value for name, value in given.items() if value is not None}
        return sum(
            program.set_product(acting.conn, ref, **switches, who=acting.who, now=acting.now)
            for ref in sorted(keys)
        )

    return act


def remove_terms(acting: Acting, keys: Sequence[str]) -> int:
    """Remove commission terms."""
    return sum(program.remove_terms(acting.conn, key, who=acting.who, now=acting.now) for key in _ids(keys))
