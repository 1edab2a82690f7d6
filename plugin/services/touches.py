"""Touches: somebody came through a partner's link or host; counted once, kept with the evidence, purged."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from ..config import AttributionClick
from ..domain import tracking
from ..models import ClickDay, Contact, Link, Touch, TouchSource
from ..models.base import Insert, dialect_insert, insert_for_id
from . import contacts, eligibility
from .attribution import Owner
from .carts import Holders
from .contacts import Known
from .context import Context
from .links import Way

_TOUCH = Touch.__table__
_DAY = ClickDay.__table__
_LINK = Link.__table__


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One click: by which way, to which page, and what is known of who clicked.

    `visitor` only of those who agreed to be known again; `network` is an address that was cut. The page of
    one that the counter tells of may be on another host.
    """

    way: Way
    path: str
    visitor: str | None
    network: str | None
    referrer_host: str | None
    utm: Mapping[str, str]
    by_counter: bool = False

    @property
    def source(self) -> TouchSource:
        """What the click is evidence of."""
        if self.by_counter:
            return TouchSource.COUNTER
        return TouchSource.HOST if self.way.is_host else TouchSource.LINK


def record(ctx: Context, visit: Visit) -> bool:
    """Keep a click and say whether it counts: a repeat does not."""
    once = _once(ctx, visit)
    touch_id = _insert(ctx, visit, once)
    if touch_id is not None:
        _count(ctx, visit, touch_id)
        return True
    if visit.visitor is not None and _last_way(ctx, visit.visitor) != visit.way.link_id:
        # It counts no more, yet it was the last one: who came by another partner's link since came back.
        _insert(ctx, visit, None)
    return False


def take_up(ctx: Context, visit: Visit, at: datetime) -> None:
    """Tie a click that was counted before to a visitor who is known again since; it counts no more."""
    if visit.visitor is not None and _last_way(ctx, visit.visitor) != visit.way.link_id:
        _insert(ctx, visit, None, at)


def _insert(ctx: Context, visit: Visit, once: str | None, at: datetime | None = None) -> int | None:
    values = {
        "source": visit.source.value,
        "link_id": visit.way.link_id,
        "partner_id": visit.way.partner_id,
        "visitor": visit.visitor,
        "path": visit.path[: tracking.LONGEST_PATH],
        "referrer_host": visit.referrer_host and visit.referrer_host[:253],
        "utm": dict(visit.utm),
        "network": visit.network,
        "once": once,
        "at": at or ctx.now,
    }
    found: int | None = ctx.conn.execute(insert_for_id(_TOUCH, ctx.conn.dialect.name), values).scalar()
    return found


def _once(ctx: Context, visit: Visit) -> str:
    """Name who clicked which link in this window, in a way that cannot be read back."""
    named = f"{visit.way.link_id}|{visit.visitor or visit.network or ''}|{tracking.window_of(ctx.now)}"
    return hmac.new(ctx.keys.signing("clicks"), named.encode(), sha256).hexdigest()


def _last_way(ctx: Context, visitor: str) -> int | None:
    query = select(_TOUCH.c.link_id).where(_TOUCH.c.visitor == visitor).order_by(_TOUCH.c.id.desc()).limit(1)
    return ctx.conn.execute(query).scalar()


@cache
def _counting(dialect: str) -> Insert:
    return dialect_insert(_DAY, dialect).on_conflict_do_update(
        index_elements=[_DAY.c.link_id, _DAY.c.day], set_={"clicks": _DAY.c.clicks + 1}
    )


def _count(ctx: Context, visit: Visit, touch_id: int) -> None:
    """Count a click on its day, and its visitor where it is the first click of the day."""
    local = ctx.now.astimezone(ctx.settings.zone)
    link_id = visit.way.link_id
    row = {"link_id": link_id, "day": local.date(), "clicks": 1, "visitors": 1}
    counted = _counting(ctx.conn.dialect.name).returning(_DAY.c.clicks)
    # The row is locked from here on: of two first clicks at once the second one sees the other.
    if ctx.conn.execute(counted, row).scalar_one() == 1 or _was_here(ctx, visit, touch_id, local):
        return
    today = (_DAY.c.link_id == link_id, _DAY.c.day == local.date())
    ctx.conn.execute(update(_DAY).where(*today).values(visitors=_DAY.c.visitors + 1))


def _was_here(ctx: Context, visit: Visit, touch_id: int, local: datetime) -> bool:
    midnight = datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
    who = (
        _TOUCH.c.visitor == visit.visitor
        if visit.visitor is not None
        else _TOUCH.c.visitor.is_(None) & _TOUCH.c.network.is_not_distinct_from(visit.network)
    )
    query = select(_TOUCH.c.id).where(
        _TOUCH.c.link_id == visit.way.link_id, _TOUCH.c.at >= midnight, _TOUCH.c.id != touch_id, who
    )
    return ctx.conn.execute(query.limit(1)).first() is not None


_PARTNER = Contact.__table__
_PERSON = ("ref", "email", "name", "phone", "address", "country")
_MOST_JUDGED = 20


def owner_by_touch(ctx: Context, holders: Holders, known: Known) -> Owner | None:
    """Give whom a visitor came through, where no sponsor stands: by a link, else by a host.

    Of several the last click counts, or the first by FIRSTLINE_ATTRIBUTION_CLICK, within so many days; a
    visitor who is not known again has the link that the address carries. Links of the buyer's own and of
    partners who are barred do not count.
    """
    if known.row is not None and known.row.sponsor_id is not None:
        return None
    for row in _ways_of(ctx, holders):
        bar = eligibility.bar_of(row, ctx.now)
        if bar is None and not _is_self(ctx, known, row):
            return Owner(
                contact_id=row.partner_id,
                code_id=None,
                path=row.partner_path,
                bar=bar,
                is_buyer=False,
                how=(TouchSource.HOST if row.is_host else TouchSource.LINK).value,
                by=(row.label if row.is_host else row.tracking_id)[:64],
            )
    return None


def _ways_of(ctx: Context, holders: Holders) -> Iterator[Row[Any]]:
    if holders.visitor is not None:
        yield from ctx.conn.execute(_judged(ctx), {"of_visitor": holders.visitor})
    carried, since = holders.carried, ctx.now - timedelta(days=ctx.settings.attribution_days)
    if carried is not None and carried.at >= since:
        yield from ctx.conn.execute(_LINKS.where(_LINK.c.id == carried.link_id))


_LINKS = select(
    _LINK.c.partner_id, _LINK.c.tracking_id, _LINK.c.label, _LINK.c.is_host,
    _PARTNER.c.path.label("partner_path"), *(_PARTNER.c[name] for name in (*_PERSON, *eligibility.NAMES)),
).join(_PARTNER, _PARTNER.c.id == _LINK.c.partner_id)  # fmt: skip


def _judged(ctx: Context) -> Select[Any]:
    first = ctx.settings.attribution_click is AttributionClick.FIRST
    since = ctx.now - timedelta(days=ctx.settings.attribution_days)
    return (
        _LINKS.join(_TOUCH, _TOUCH.c.link_id == _LINK.c.id)
        .where(_TOUCH.c.visitor == bindparam("of_visitor"), _TOUCH.c.at >= since)
        .order_by(_LINK.c.is_host, _TOUCH.c.id if first else _TOUCH.c.id.desc())
        .limit(_MOST_JUDGED)
    )


def _is_self(ctx: Context, known: Known, row: Row[Any]) -> bool:
    same = known.id is not None and row.partner_id == known.id
    return same or not known.all_keys.isdisjoint(contacts.keys_of(ctx, row))


def tie(ctx: Context, visitor: str | None, contact_id: int) -> None:
    """Say of a visitor's touches whom the visitor turned out to be."""
    if visitor is not None:
        mine = (_TOUCH.c.visitor == visitor, _TOUCH.c.contact_id.is_(None))
        ctx.conn.execute(update(_TOUCH).where(*mine).values(contact_id=contact_id))


def forget(ctx: Context, contact_id: int) -> None:
    """Cut the touches of somebody who is erased off that person; what was counted stays."""
    nobody = {"contact_id": None, "visitor": None, "network": None}
    ctx.conn.execute(update(_TOUCH).where(_TOUCH.c.contact_id == contact_id).values(**nobody))
