"""Checks of the books that are kept: one each night, and those that somebody asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from ..models import BookCheck
from ..models.base import insert_for_id, insert_once
from .checking import Checked, all_ok
from .checking_books import check_books
from .checking_counters import check_counters
from .checking_rewards import check_rewards
from .context import Context
from .sealing import check_seals

_CHECK = BookCheck.__table__
NIGHT = "night"
_HOUR = 3
"""From this hour on, in the shop's zone, the night's check is due."""
_GIVEN_UP = timedelta(hours=6)
_KEEP = timedelta(days=400)
_FEW = 50


def check_all(ctx: Context) -> list[Checked]:
    """Check everything; the connection should see one moment of the database."""
    return [*check_books(ctx), *check_counters(ctx), *check_rewards(ctx), check_seals(ctx)]


def ask(ctx: Context, who: str) -> bool:
    """Ask for a check; False where one is waiting already."""
    waiting = select(_CHECK.c.id).where(_CHECK.c.ended_at.is_(None)).limit(1)
    if ctx.conn.execute(waiting).first() is not None:
        return False
    ctx.conn.execute(insert(_CHECK), {"asked_by": who, "asked_at": ctx.now})
    return True


def claim(ctx: Context) -> int | None:
    """Take a check that is due and that nobody else has begun, and give its id."""
    _ask_at_night(ctx)
    free = or_(_CHECK.c.begun_at.is_(None), _CHECK.c.begun_at <= ctx.now - _GIVEN_UP)
    due = select(_CHECK.c.id).where(_CHECK.c.ended_at.is_(None), free).order_by(_CHECK.c.id).limit(1)
    found = ctx.conn.execute(due).scalar()
    if found is None:
        return None
    mine = update(_CHECK).where(_CHECK.c.id == found, free).values(begun_at=ctx.now)
    return int(found) if ctx.conn.execute(mine).rowcount == 1 else None


def _ask_at_night(ctx: Context) -> None:
    local = ctx.now.astimezone(ctx.settings.zone)
    tonight = select(_CHECK.c.id).where(_CHECK.c.night == local.date())
    if local.hour >= _HOUR and ctx.conn.execute(tonight).first() is None:
        row = {"night": local.date(), "asked_by": NIGHT, "asked_at": ctx.now}
        ctx.conn.execute(insert_once(_CHECK, ctx.conn.dialect.name), row)


def end(ctx: Context, check_id: int, checks: Sequence[Checked]) -> None:
    """Keep what a check has found."""
    ended = {"ended_at": ctx.now, "ok": all_ok(checks), "report": [_told(checked) for checked in checks]}
    ctx.conn.execute(update(_CHECK).where(_CHECK.c.id == check_id).values(**ended))
    ctx.conn.execute(delete(_CHECK).where(_CHECK.c.asked_at < ctx.now - _KEEP))


def keep(ctx: Context, who: str, checks: Sequence[Checked]) -> None:
    """Keep a check that was made just now."""
    row = {"asked_by": who, "asked_at": ctx.now, "begun_at": ctx.now}
    check_id = ctx.conn.execute(insert_for_id(_CHECK, ctx.conn.dialect.name), row).scalar_one()
    end(ctx, int(check_id), checks)


def _told(checked: Checked) -> dict[str, object]:
    return {
        "name": checked.name,
        "compared": checked.compared,
        "difference": {currency: str(amount) for currency, amount in checked.difference.items()},
        "differ": len(checked.findings),
        "first": [[one.subject, one.computed, one.kept] for one in checked.findings[:_FEW]],
    }


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a check that was kept. `difference` in major units; `first` are the first findings."""

    name: str
    compared: int
    differ: int
    difference: dict[str, Decimal]
    first: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """A check that has ended, by whom it was asked for, and its parts."""

    at: datetime
    asked_by: str
    ok: bool
    parts: tuple[Part, ...]

    @property
    def difference(self) -> dict[str, Decimal]:
        """The sums of all differences per currency, 0.00 where the books agree."""
        found: dict[str, Decimal] = {}
        for part in self.parts:
            for currency, amount in part.difference.items():
                found[currency] = found.get(currency, Decimal(0)) + amount
        return found

    @property
    def compared(self) -> int:
        """How many things were compared."""
        return sum(part.compared for part in self.parts)

    @property
    def differ(self) -> int:
        """How many of them do not agree."""
        return sum(part.differ for part in self.parts)


def last(conn: Connection) -> Result | None:
    """Give the check that ended last."""
    query = select(_CHECK).where(_CHECK.c.ended_at.is_not(None))
    row = conn.execute(query.order_by(_CHECK.c.ended_at.desc(), _CHECK.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _result(row)


def waits(conn: Connection) -> bool:
    """Say whether a check is asked for and has not ended."""
    return conn.execute(select(_CHECK.c.id).where(_CHECK.c.ended_at.is_(None)).limit(1)).first() is not None


def _result(row: Row[Any]) -> Result:
    parts = tuple(
        Part(
            name=part["name"],
            compared=part["compared"],
            differ=part["differ"],
            difference={currency: Decimal(amount) for currency, amount in part["difference"].items()},
            first=tuple((one[0], one[1], one[2]) for one in part["first"]),
        )
        for part in row.report
    )
    return Result(at=row.ended_at, asked_by=row.asked_by, ok=row.ok, parts=parts)
