"""Acts on rows that are ticked in a list; each gives how many rows it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from ..models import Product
from ..services import codes, coupons, partners, program
from .acting import Acting

_PRODUCT = Product.__table__
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


def switch_products(**wanted: bool) -> Act:
    """Change some of the switches of products; the others stay."""

    def act(acting: Acting, keys: Sequence[str]) -> int:
        return sum(set_product(acting, ref, **wanted) for ref in sorted(keys))

    return act


def set_product(acting: Acting, ref: str, **wanted: object) -> bool:
    """Set what is wanted of a product; what is not named stays as it is."""
    names = ("takes_part", "absolute_coupons", "shown_in_desk")
    row = acting.conn.execute(select(_PRODUCT).where(_PRODUCT.c.ref == ref).with_for_update()).one_or_none()
    before = {} if row is None else {name: getattr(row, name) for name in names}
    values: dict[str, Any] = {"takes_part": None, **before, **wanted}
    return program.set_product(acting.conn, ref, **values, who=acting.who, now=acting.now)


def remove_terms(acting: Acting, keys: Sequence[str]) -> int:
    """Remove commission terms."""
    ids = _ids(keys)
    for terms_id in ids:
        program.remove_terms(acting.conn, terms_id, who=acting.who, now=acting.now)
    return len(ids)
