"""Codes of a coupon as another shop is to have them, and which of them it has by us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..domain.coupon import Treatment
from ..models import Code, PushedCode
from ..models.base import insert_once
from .candidates import terms_of
from .context import Moment
from .coupons import get_coupon_by_name
from .mistakes import BadTerms
from .sources import platform_of

_CODE = Code.__table__
_PUSHED = PushedCode.__table__


@dataclass(frozen=True, kw_only=True)
class ToMake:
    """One code as the shop's API takes it."""

    code_id: int
    code: str
    said: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToEnd:
    """One code that we have made there and that is switched off here."""

    code_id: int
    code: str
    remote_id: str


@dataclass(frozen=True, kw_only=True)
class ToPush:
    """What is to be made there, what ends, how many are there by us already, and terms it cannot say."""

    codes: tuple[ToMake, ...]
    over: tuple[ToEnd, ...]
    there: int
    not_said: tuple[str, ...]


def to_push(ctx: Moment, source: Row[Any], coupon_name: str, *, everything: bool = False) -> ToPush:
    """Give the codes of a coupon that are on; with `everything` those that are there by us too.

    Raises Mistake where the shop cannot have them.
    """
    coupon = get_coupon_by_name(ctx.conn, coupon_name)
    terms, platform = terms_of(coupon), platform_of(source.platform)
    if terms.treatment is Treatment.MULTI_PURPOSE:
        raise BadTerms("Store credit is paid with here; no other shop can have its codes.")
    if terms.currency is not None and terms.currency != source.currency:
        raise BadTerms(f"The coupon is in {terms.currency}, the shop in {source.currency}.")
    rows = _codes(ctx.conn, source.id, coupon.id)
    on = [row for row in rows if row.active and coupon.active]
    codes = tuple(
        ToMake(
            code_id=row.id,
            code=row.display,
            said=platform.write_code(
                row.display, terms, source.name, most=row.max_uses, until=row.valid_until, now=ctx.now
            ),
        )
        for row in on
        if everything or row.remote_id is None
    )
    over = tuple(
        ToEnd(code_id=row.id, code=row.display, remote_id=row.remote_id)
        for row in rows
        if row.remote_id is not None and row.ended_at is None and not (row.active and coupon.active)
    )
    there = sum(1 for row in on if row.remote_id is not None)
    return ToPush(codes=codes, over=over, there=there, not_said=platform.not_said(terms, source.name))


def _codes(conn: Connection, source_id: int, coupon_id: int) -> list[Row[Any]]:
    mine = (_PUSHED.c.code_id == _CODE.c.id) & (_PUSHED.c.source_id == source_id)
    query = select(_CODE, _PUSHED.c.remote_id, _PUSHED.c.ended_at).join(_PUSHED, mine, isouter=True)
    return list(conn.execute(query.where(_CODE.c.coupon_id == coupon_id).order_by(_CODE.c.id)))


def made(ctx: Moment, source_id: int, found: Iterable[tuple[int, str]]) -> None:
    """Note (code, id there) of codes that were made there."""
    rows = [
        {"source_id": source_id, "code_id": code_id, "remote_id": remote_id[:200], "made_at": ctx.now}
        for code_id, remote_id in found
    ]
    if rows:
        ctx.conn.execute(insert_once(_PUSHED, ctx.conn.dialect.name), rows)


def ended(ctx: Moment, source_id: int, code_ids: Iterable[int]) -> None:
    """Note codes that were switched off there."""
    mine = (_PUSHED.c.source_id == source_id, _PUSHED.c.code_id.in_(list(code_ids)))
    ctx.conn.execute(update(_PUSHED).where(*mine).values(ended_at=ctx.now))
