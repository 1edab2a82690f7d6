"""How long each kind of data is kept, what is due, and the nightly run that lets it go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, delete, func, or_, select, tuple_, update

from ..config import Settings
from ..domain.retention import PERIODS, Kept, Period
from ..models import Retention, RetentionRun
from ..models.base import dialect_insert, insert_for_id
from . import audit
from .context import Context
from .mistakes import BadPeriod
from .retention_ends import ENDINGS, Ending

NIGHT = "night"
_CHOSEN = Retention.__table__
_RUN = RetentionRun.__table__
_NIGHT_BEGINS = timedelta(hours=3)
"""So long after midnight, in the shop's zone, a night's run is due."""
_GIVEN_UP = timedelta(hours=2)
_KEPT_RUNS = timedelta(days=3653)
AT_ONCE = tuple(kind for kind, period in PERIODS.items() if period.at_once and kind in ENDINGS)
"""What goes with each round of the worker."""
BY_NIGHT = tuple(kind for kind in ENDINGS if kind not in AT_ONCE)
InUnit = Callable[[Callable[[Context], int]], int]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A kind of data as it is kept now; `due` rows would go in the next run."""

    period: Period
    days: int | None
    usual: int | None
    changed_by: str | None
    changed_at: datetime | None
    due: int


def usual(settings: Settings, kind: Kept) -> int | None:
    """Give the days that hold where nobody has chosen; None: without an end."""
    return settings.click_days if kind is Kept.CLICKS else PERIODS[kind].days


def bounds(settings: Settings, kind: Kept) -> tuple[int, int]:
    """Give the fewest and the most days; clicks are kept while a sale may still be credited by them."""
    period = PERIODS[kind]
    least = max(period.least, settings.attribution_days) if kind is Kept.CLICKS else period.least
    return least, period.most


def days_of(ctx: Context, kind: Kept) -> int | None:
    """Give the days that hold for a kind."""
    row = ctx.conn.execute(select(_CHOSEN.c.days).where(_CHOSEN.c.kind == kind.value)).one_or_none()
    return usual(ctx.settings, kind) if row is None else row.days


def standing(ctx: Context) -> list[Standing]:
    """Give all kinds with their periods, and how much of each is due."""
    chosen = {row.kind: row for row in ctx.conn.execute(select(_CHOSEN))}
    return [_standing(ctx, period, chosen.get(kind.value)) for kind, period in PERIODS.items()]


def _standing(ctx: Context, period: Period, row: Row[Any] | None) -> Standing:
    fallback = usual(ctx.settings, period.kind)
    days = fallback if row is None else row.days
    return Standing(
        period=period,
        days=days,
        usual=fallback,
        changed_by=None if row is None else row.changed_by,
        changed_at=None if row is None else row.changed_at,
        due=due(ctx, period.kind, days),
    )


def due(ctx: Context, kind: Kept, days: int | None) -> int:
    """Say how much would go if a kind were kept for so many days."""
    if days is None:
        return 0
    before = ctx.now - timedelta(days=days)
    counts = (
        select(func.count()).select_from(ending.table).where(ending.over(ctx, before))
        for ending in ENDINGS.get(kind, ())
    )
    return sum(int(ctx.conn.execute(query).scalar_one()) for query in counts)


def choose(ctx: Context, kind: Kept, days: int | None, *, who: str) -> bool:
    """Keep a kind for so many days from now on; False where it is so already. Raises BadPeriod."""
    least, most = bounds(ctx.settings, kind)
    if not PERIODS[kind].allows(days) or (days is not None and not least <= days <= most):
        raise BadPeriod(_asked(kind, least, most))
    before = days_of(ctx, kind)
    if before == days:
        return False
    values = {"days": days, "changed_by": who[:100], "changed_at": ctx.now}
    chosen = dialect_insert(_CHOSEN, ctx.conn.dialect.name).values(kind=kind.value, **values)
    ctx.conn.execute(chosen.on_conflict_do_update(index_elements=["kind"], set_=values))
    _log(ctx, "change", kind, before, days, who)
    return True


def _asked(kind: Kept, least: int, most: int) -> str:
    period = PERIODS[kind]
    if not period.can_be_set:
        return f"How long {kind.value} are kept cannot be set."
    off = ", or without an end" if period.can_be_off else ""
    return f"{kind.value}: {least} to {most} days{off}."


def reset(ctx: Context, kind: Kept, *, who: str) -> bool:
    """Let the usual period hold again; False where it does."""
    before = days_of(ctx, kind)
    if not ctx.conn.execute(delete(_CHOSEN).where(_CHOSEN.c.kind == kind.value)).rowcount:
        return False
    _log(ctx, "reset", kind, before, usual(ctx.settings, kind), who)
    return True


def _log(ctx: Context, act: str, kind: Kept, before: int | None, after: int | None, who: str) -> None:
    old, new = ({"keep_days": days} for days in (before, after))
    audit.record(
        ctx.conn, who=who, act=act, noun="retention", subject=kind.value, before=old, after=new, now=ctx.now
    )


def begin_night(ctx: Context) -> int | None:
    """Take the run of the night that is over, where nobody has; give its id."""
    local = ctx.now.astimezone(ctx.settings.zone).replace(tzinfo=None)
    night = (local - _NIGHT_BEGINS).date()
    row = ctx.conn.execute(select(_RUN).where(_RUN.c.night == night)).one_or_none()
    if row is None:
        values = {"night": night, "asked_by": NIGHT, "begun_at": ctx.now, "went": {}, "failed": []}
        return ctx.conn.execute(insert_for_id(_RUN, ctx.conn.dialect.name), values).scalar()
    dead = (_RUN.c.id == row.id, _RUN.c.ended_at.is_(None), _RUN.c.begun_at <= ctx.now - _GIVEN_UP)
    taken = update(_RUN).where(*dead).values(begun_at=ctx.now)
    return int(row.id) if ctx.conn.execute(taken).rowcount == 1 else None


def begin(ctx: Context, who: str) -> int:
    """Note a run that somebody asks for; give its id."""
    row = {"asked_by": who[:100], "begun_at": ctx.now, "went": {}, "failed": []}
    run_id = int(ctx.conn.execute(insert_for_id(_RUN, ctx.conn.dialect.name), row).scalar_one())
    audit.record(ctx.conn, who=who, act="run", noun="retention", subject=str(run_id), now=ctx.now)
    return run_id


def end(ctx: Context, run_id: int, went: Mapping[Kept, int], failed: Sequence[Kept]) -> None:
    """Keep what went in a run."""
    told = {kind.value: number for kind, number in went.items() if number}
    values = {"ended_at": ctx.now, "went": told, "failed": [kind.value for kind in failed]}
    ctx.conn.execute(update(_RUN).where(_RUN.c.id == run_id).values(**values))
    ctx.conn.execute(delete(_RUN).where(_RUN.c.begun_at < ctx.now - _KEPT_RUNS))


def runs(conn: Connection, limit: int = 10) -> list[Row[Any]]:
    """Give the last runs in which something went or failed, and the very last one."""
    newest = select(func.max(_RUN.c.id)).where(_RUN.c.ended_at.is_not(None)).scalar_subquery()
    told = or_(_RUN.c.went != {}, _RUN.c.failed != [], _RUN.c.id == newest)
    query = select(_RUN).where(_RUN.c.ended_at.is_not(None), told).order_by(_RUN.c.id.desc())
    return list(conn.execute(query.limit(limit)))


def let_go(in_unit: InUnit, kind: Kept) -> int:
    """Let all of a kind go that is over, some in each transaction; give their number."""
    return sum(_all_of(in_unit, kind, ending) for ending in ENDINGS.get(kind, ()))


def _all_of(in_unit: InUnit, kind: Kept, ending: Ending) -> int:
    number = 0
    while some := in_unit(lambda ctx: let_some_go(ctx, kind, ending)):
        number += some
        if some < ending.at_once:
            break
    return number


def let_some_go(ctx: Context, kind: Kept, ending: Ending) -> int:
    """Let some rows go that are over and in nobody's hands; the statement asks again whether they are."""
    days = days_of(ctx, kind)
    if days is None:
        return 0
    keys = list(ending.table.primary_key.columns)
    over = ending.over(ctx, ctx.now - timedelta(days=days))
    some = select(*keys).where(over).order_by(*keys).limit(ending.at_once)
    rows = ctx.conn.execute(some.with_for_update(skip_locked=True, of=ending.table)).all()
    if rows:
        ending.end(ctx, ending.table, _named(keys, rows) & over, [row[0] for row in rows])
    return len(rows)


def _named(keys: Sequence[Column[Any]], rows: Sequence[Row[Any]]) -> ColumnElement[bool]:
    if len(keys) == 1:
        return keys[0].in_([row[0] for row in rows])
    return tuple_(*keys).in_([tuple(row) for row in rows])
