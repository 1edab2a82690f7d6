"""The leak radar: which codes are used as if they had leaked; reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from ..domain import leak
from ..domain.leak import Day, Kind, Record, Sign, Uses
from ..models import Audit, Code, Contact, Coupon
from .use_days import COUNTED, REDEMPTION, STRANGER, days_until, in_spans, midnight, number_of, per_span

ALL_IS_WELL = "all is well"
"""The act of an admin who has looked at a code; what was before it is suspicious no more."""
_LOOKED_AT = leak.PAST_DAYS + leak.BURST_DAYS
_MANY = 200
"""Codes that one statement is about."""
_RIGHT_AFTER = timedelta(microseconds=1)
_CODE = Code.__table__
_COUPON = Coupon.__table__
_OWNER = Contact.__table__.alias("owner")
_AUDIT = Audit.__table__


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A code that may have leaked, and why: the figures it was seen by."""

    id: int
    code: str
    coupon_id: int
    coupon: str
    owner_id: int | None
    owner: str
    record: Record
    signs: tuple[Sign, ...]

    @property
    def weight(self) -> tuple[int, int]:
        """How much there is to look at: the number of signs, then the uses that make them."""
        return len(self.signs), sum(sign.uses for sign in self.signs)


def suspects(conn: Connection, *, now: datetime, zone: ZoneInfo) -> tuple[Suspect, ...]:
    """Give the codes that look as if they had leaked, the clearest first.

    Left out are codes that are off, that count with their link only, that can be used once only, and store
    credit, which whoever holds it may spend.
    """
    busy = conn.execute(_busy(now.astimezone(zone).date(), zone)).all()
    found = _judged(conn, busy, now=now, zone=zone)
    return tuple(sorted((one for one in found if one.signs), key=lambda one: one.weight, reverse=True))


def look_at(conn: Connection, code_id: int, *, now: datetime, zone: ZoneInfo) -> Suspect | None:
    """Give what the radar sees of one code, whether suspicious or not; None where there is no such code."""
    rows = conn.execute(_codes().where(_CODE.c.id == code_id)).all()
    return next(iter(_judged(conn, rows, now=now, zone=zone)), None)


def _codes() -> Select[Any]:
    return select(
        _CODE.c.id,
        _CODE.c.display,
        _CODE.c.created_at,
        _CODE.c.coupon_id,
        _CODE.c.owner_id,
        _COUPON.c.name.label("coupon"),
        func.coalesce(_OWNER.c.name, _OWNER.c.email, _OWNER.c.ref, "").label("owner"),
    ).select_from(
        _CODE.join(_COUPON, _COUPON.c.id == _CODE.c.coupon_id).outerjoin(
            _OWNER, _OWNER.c.id == _CODE.c.owner_id
        )
    )


def _busy(today: date, zone: ZoneInfo) -> Select[Any]:
    """Ask for open codes with enough uses to be suspicious at all: most codes are judged no further."""
    by_strangers = and_(_CODE.c.owner_id.is_not(None), _CODE.c.id.in_(_typed_by_strangers(today, zone)))
    return (
        _codes()
        .where(or_(_CODE.c.id.in_(_used_on_a_day(today, zone)), by_strangers))
        .where(_CODE.c.active, _COUPON.c.active, _CODE.c.credit.is_(None))
        .where(_CODE.c.link_only.is_(False), _COUPON.c.link_only.is_(False))
        .where(or_(_CODE.c.max_uses.is_(None), _CODE.c.max_uses > 1))
        .where(or_(_COUPON.c.max_per_code.is_(None), _COUPON.c.max_per_code > 1))
        .order_by(_CODE.c.id)
    )


def _used_on_a_day(today: date, zone: ZoneInfo) -> Select[Any]:
    """Ask for codes with more uses than the slack on one of the days whose bursts are told."""
    starts = [midnight(day, zone) for day in days_until(today, leak.BURST_DAYS)]
    uses = in_spans(starts, midnight(today + timedelta(days=1), zone)).subquery()
    per_day = select(uses.c.code_id).group_by(uses.c.code_id, uses.c.span)
    return per_day.having(func.count() > leak.SLACK)


def _typed_by_strangers(today: date, zone: ZoneInfo) -> Select[Any]:
    """Ask for codes that so many strangers have used as the smallest suspicious share needs."""
    since = midnight(days_until(today, leak.PAST_DAYS)[0], zone)
    query = select(REDEMPTION.c.code_id).where(COUNTED, STRANGER, REDEMPTION.c.created_at >= since)
    fewest = leak.LEAST_RECENT * leak.LEAST_SHARE // 100
    return query.group_by(REDEMPTION.c.code_id).having(func.count() >= fewest)


def _judged(
    conn: Connection, rows: Sequence[Row[Any]], *, now: datetime, zone: ZoneInfo
) -> Iterable[Suspect]:
    for at in range(0, len(rows), _MANY):
        some = rows[at : at + _MANY]
        records = _records(conn, some, now=now, zone=zone)
        for row in some:
            record = records[row.id]
            yield Suspect(
                id=row.id,
                code=row.display,
                coupon_id=row.coupon_id,
                coupon=row.coupon,
                owner_id=row.owner_id,
                owner=row.owner,
                record=record,
                signs=tuple(leak.signs(record)),
            )


def _records(
    conn: Connection, rows: Sequence[Row[Any]], *, now: datetime, zone: ZoneInfo
) -> Mapping[int, Record]:
    today = now.astimezone(zone).date()
    days = days_until(today, _LOOKED_AT)
    starts, ends = [midnight(day, zone) for day in days], midnight(today + timedelta(days=1), zone)
    begins = midnight(days_until(today, leak.PAST_DAYS)[0], zone)
    said_well = _said_well(conn, [row.display for row in rows])
    uses = per_span(conn, [row.id for row in rows], starts, ends)
    none = [0] * len(days)
    found = {}
    for since, group in _by_since(rows, said_well):
        ids = [row.id for row in group]
        still_open = uses if since is None else per_span(conn, ids, starts, ends, since=since)
        sums = _sums(conn, ids, max(begins, since or begins))
        for row in group:
            counted = zip(days, uses.get(row.id, none), still_open.get(row.id, none), strict=True)
            recent, past = sums.get(row.id, (Uses(), Uses()))
            found[row.id] = Record(
                days=[Day(day=day, uses=all_, open=open_) for day, all_, open_ in counted],
                lived=(today - row.created_at.astimezone(zone).date()).days,
                recent=recent,
                past=past,
                owned=row.owner_id is not None,
            )
    return found


def _by_since(
    rows: Iterable[Row[Any]], said_well: Mapping[str, datetime]
) -> Iterable[tuple[datetime | None, list[Row[Any]]]]:
    groups: dict[datetime | None, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(said_well.get(row.display), []).append(row)
    return groups.items()


def _said_well(conn: Connection, displays: Sequence[str]) -> dict[str, datetime]:
    """Give for each code from when on its uses are open again: right after it was last called well."""
    query = (
        select(_AUDIT.c.subject, func.max(_AUDIT.c.at).label("at"))
        .where(_AUDIT.c.noun == "code", _AUDIT.c.subject.in_(displays), _AUDIT.c.act == ALL_IS_WELL)
        .group_by(_AUDIT.c.subject)
    )
    return {row.subject: row.at + _RIGHT_AFTER for row in conn.execute(query)}


def _sums(conn: Connection, ids: Sequence[int], since: datetime) -> dict[int, tuple[Uses, Uses]]:
    """Give the uses since a moment and those before it."""
    recent = REDEMPTION.c.created_at >= since
    query = (
        select(
            REDEMPTION.c.code_id,
            number_of(recent),
            number_of(and_(recent, STRANGER)),
            func.count(),
            number_of(STRANGER),
        )
        .where(REDEMPTION.c.code_id.in_(ids), COUNTED)
        .group_by(REDEMPTION.c.code_id)
    )
    return {
        code_id: (
            Uses(total=int(new), strangers=int(new_strangers)),
            Uses(total=int(total - new), strangers=int(strangers - new_strangers)),
        )
        for code_id, new, new_strangers, total, strangers in conn.execute(query)
    }


__all__ = ["ALL_IS_WELL", "Kind", "Suspect", "look_at", "suspects"]
