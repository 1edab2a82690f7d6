"""Acts on many codes at once: each is locked, changed where something differs, and logged by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from ..models import Code, Coupon
from . import audit
from .address_book import get_contact
from .codes import check_limit
from .counting import LIVE
from .mistakes import NotThere
from .use_days import REDEMPTION

_CODE = Code.__table__
_COUPON = Coupon.__table__
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many rows an act has changed, and which it could not: name and problem."""

    changed: int = 0
    refused: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: Tally) -> Tally:
        """Add two tallies up."""
        return Tally(changed=self.changed + other.changed, refused=self.refused + other.refused)


LIMIT_BELOW_USE = "limit_below_use"
ENDS_BEFORE_BEGIN = "ends_before_begin"
Values = Mapping[str, object]
Decide = Callable[[Sequence[Row[Any]]], Iterator[tuple[Row[Any], Values | str]]]
"""Gives for each code what becomes of its columns, or the problem that speaks against it."""


def set_active(conn: Connection, ids: Sequence[int], active: bool, *, who: str, now: datetime) -> Tally:
    """Switch codes on or off."""
    act = "switch on" if active else "switch off"
    return _change(conn, ids, _always({"active": active}), act, who=who, now=now, detailed=False)


def set_link_only(conn: Connection, ids: Sequence[int], link_only: bool, *, who: str, now: datetime) -> Tally:
    """Let codes count with their link only, or when typed too."""
    act = "link only" if link_only else "typed too"
    return _change(conn, ids, _always({"link_only": link_only}), act, who=who, now=now, detailed=False)


def set_owner(
    conn: Connection, ids: Sequence[int], owner_id: int | None, *, who: str, now: datetime
) -> Tally:
    """Give codes one owner, or none; nobody shares them any more. What was earned stays with whom it is."""
    if owner_id is not None:
        get_contact(conn, owner_id)
    return _change(conn, ids, _always({"owner_id": owner_id, "portions": None}), "change", who=who, now=now)


def set_end(conn: Connection, ids: Sequence[int], ends: datetime | None, *, who: str, now: datetime) -> Tally:
    """Set until when codes are valid, or for no end of their own; the coupon's dates hold beside it."""

    def decide(rows: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], Values | str]]:
        for row in rows:
            impossible = ends is not None and row.valid_from is not None and ends <= row.valid_from
            yield row, ENDS_BEFORE_BEGIN if impossible else {"valid_until": ends}

    return _change(conn, ids, decide, "change", who=who, now=now)


def set_limit(conn: Connection, ids: Sequence[int], limit: int | None, *, who: str, now: datetime) -> Tally:
    """Set how often each code can be used; those used more often already are refused."""
    check_limit(limit)

    def decide(rows: Sequence[Row[Any]]) -> Iterator[tuple[Row[Any], Values | str]]:
        uses = _uses(conn, [row.id for row in rows])
        for row in rows:
            used = uses.get(row.id, 0)
            counted = used if limit is not None or row.max_per_code is not None else 0
            if limit is not None and used > limit and limit != row.max_uses:
                yield row, LIMIT_BELOW_USE
            else:
                yield row, {"max_uses": limit, "used": counted}

    return _change(conn, ids, decide, "change", who=who, now=now)


def _always(values: Values) -> Decide:
    return lambda rows: ((row, values) for row in rows)


def _change(
    conn: Connection,
    ids: Sequence[int],
    decide: Decide,
    act: str,
    *,
    who: str,
    now: datetime,
    detailed: bool = True,
) -> Tally:
    """Change codes, some at a time in the order of their ids; `detailed` logs what they were before."""
    total = Tally()
    ordered = sorted(set(ids))
    for at in range(0, len(ordered), _CHUNK):
        rows = _locked(conn, ordered[at : at + _CHUNK])
        refused, changed = [], []
        for row, wanted in decide(rows):
            if isinstance(wanted, str):
                refused.append((str(row.display), wanted))
            elif any(getattr(row, name) != value for name, value in wanted.items() if name != "used"):
                changed.append((row, wanted))
        _store(conn, changed)
        _log(conn, changed, act, who=who, now=now, detailed=detailed)
        total += Tally(changed=len(changed), refused=tuple(refused))
    return total


def _locked(conn: Connection, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Lock coupons before codes, each in the order of their ids, as all others do."""
    coupon_ids = select(_CODE.c.coupon_id).where(_CODE.c.id.in_(ids))
    coupons = select(_COUPON.c.id, _COUPON.c.max_per_code).where(_COUPON.c.id.in_(coupon_ids))
    per_code = {
        row.id: row.max_per_code for row in conn.execute(coupons.order_by(_COUPON.c.id).with_for_update())
    }
    query = (
        select(_CODE, _COUPON.c.max_per_code)
        .join(_COUPON, _COUPON.c.id == _CODE.c.coupon_id)
        .where(_CODE.c.id.in_(ids))
        .order_by(_CODE.c.id)
        .with_for_update(of=_CODE)
    )
    rows = conn.execute(query).all()
    if len(rows) < len(ids) or not per_code:
        raise NotThere("Some of these codes are not there any more.")
    return rows


def _uses(conn: Connection, ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(REDEMPTION.c.code_id, func.count().label("uses"))
        .where(REDEMPTION.c.code_id.in_(ids), LIVE)
        .group_by(REDEMPTION.c.code_id)
    )
    return {row.code_id: row.uses for row in conn.execute(query)}


def _store(conn: Connection, changed: Sequence[tuple[Row[Any], Values]]) -> None:
    if not changed:
        return
    names = list(changed[0][1])
    statement = update(_CODE).where(_CODE.c.id == bindparam("of_id"))
    statement = statement.values({name: bindparam(f"new_{name}", type_=_CODE.c[name].type) for name in names})
    conn.execute(
        statement, [{"of_id": row.id, **{f"new_{n}": v for n, v in new.items()}} for row, new in changed]
    )


def _log(
    conn: Connection,
    changed: Sequence[tuple[Row[Any], Values]],
    act: str,
    *,
    who: str,
    now: datetime,
    detailed: bool,
) -> None:
    entries = []
    for row, new in changed:
        told = {name: value for name, value in new.items() if name != "used"} if detailed else None
        before = None if told is None else {name: getattr(row, name) for name in told}
        entries.append(
            audit.entry(
                who=who, act=act, noun="code", subject=row.display, before=before, after=told, now=now
            )
        )
    audit.record_all(conn, entries)
