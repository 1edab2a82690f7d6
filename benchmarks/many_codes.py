"""Goals G11 and G12: a large file imported beside raw COPY, a million codes drawn beside a million."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import delete

from flask_firstline.models import Code
from flask_firstline.services import code_uploads
from flask_firstline.services.code_drawing import generate_codes
from flask_firstline.services.code_importing import Act, Imported
from flask_firstline.services.code_imports import import_codes
from flask_firstline.services.code_wanted import Wanted
from tests.small_shop import WHO, SmallShop

ROWS = 100_000
MILLION = 1_000_000
ROUNDS = 3
_COPIED = (
    "coupon_id, display, key, skeleton, max_uses, used, active, link_only, valid_until, batch_id, created_at"
)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long an import took, in seconds, and what the same rows took by raw COPY (None: not asked)."""

    ours: float
    raw: float | None = None

    @property
    def rows_a_second(self) -> int:
        """How many rows were imported in a second."""
        return int(ROWS / self.ours)


def import_pace(shop: SmallShop, raw: psycopg.Connection[Any] | None = None) -> Pace:
    """Import a file of new codes, each time beside the same rows copied raw into the same table."""
    coupon_id = shop.coupon()
    found = [_pair(shop, coupon_id, raw) for _ in range(ROUNDS)]
    ours, theirs = median(pair[0] for pair in found), [pair[1] for pair in found]
    return Pace(ours=ours, raw=None if raw is None else median(theirs))


def _pair(shop: SmallShop, coupon_id: int, raw: psycopg.Connection[Any] | None) -> tuple[float, float]:
    names = _names()
    text = "code,max,until,occasion\n" + "".join(f"{name},1,2027-12-31,Fair\n" for name in names)
    done: list[Imported] = []
    ours = _timed(lambda: done.append(_import(shop, coupon_id, text)))
    if done[0].created != ROWS:
        raise AssertionError(f"{done[0].created} of {ROWS} codes were imported")
    _forget(shop)
    theirs = 0.0 if raw is None else _timed(lambda: _copy(raw, coupon_id, names))
    _forget(shop)
    return ours, theirs


def _names() -> list[str]:
    digits = os.urandom(ROWS * 8).hex()
    return [f"IMP-{digits[at : at + 16]}" for at in range(0, len(digits), 16)]


def _import(shop: SmallShop, coupon_id: int, text: str) -> Imported:
    state = shop.state

    def work(session: Any) -> Imported:  # noqa: ANN401 - a session
        source = code_uploads.source_of(
            text.encode(), coupon_id=coupon_id, file_name="f.csv", zone=state.settings.zone
        )
        return import_codes(session.connection(), source, Act(who=WHO, now=state.now()))

    done: Imported = state.in_own_unit(work)
    return done


def _copy(raw: psycopg.Connection[Any], coupon_id: int, names: Sequence[str]) -> None:
    """Copy the same rows as they stand at last: nothing is read, looked up or reported."""
    batch = raw.execute("SELECT max(id) FROM firstline_code_batch").fetchone()
    end = f"1\t0\tt\tf\t2028-01-01 00:00:00+00\t{batch[0] if batch else 0}\t2026-11-01 09:00:00+00"
    rows = []
    for name in names:
        key = name.lower().replace("-", "")
        rows.append(f"{coupon_id}\t{name}\t{key}\t{key.replace('i', 'l')}\t{end}\n")
    with raw.cursor() as cursor, cursor.copy(f"COPY firstline_code ({_COPIED}) FROM STDIN") as copy:
        copy.write("".join(rows))
    raw.commit()


def _forget(shop: SmallShop) -> None:
    """Leave the table as it was, for the next one: without codes and without dead rows."""
    with shop.engine.begin() as conn:
        if shop.engine_name == "postgresql":
            conn.exec_driver_sql("TRUNCATE firstline_code CASCADE")
        else:
            conn.execute(delete(Code.__table__))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Seconds for a million codes beside a million, and by how many MB the process has grown meanwhile."""

    seconds: float
    grown: int


def draw_pace(shop: SmallShop) -> Drawn:
    """Draw a million codes with check signs beside a million that are there."""
    coupon_id = shop.coupon("Million")
    _draw(shop, coupon_id)
    before = _peak()
    seconds = _timed(lambda: _draw(shop, coupon_id))
    return Drawn(seconds=seconds, grown=_peak() - before)


def _draw(shop: SmallShop, coupon_id: int) -> None:
    state = shop.state
    wanted = Wanted(coupon_id=coupon_id, count=MILLION, prefix="P")

    def work(session: Any) -> int:  # noqa: ANN401 - a session
        conn = session.connection()
        keys = state.context(conn).keys
        return generate_codes(conn, wanted, keys=keys, who=WHO, now=state.now())

    state.in_own_unit(work)


def _peak() -> int:
    """Give the most memory that this process has had, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // (2**20 if sys.platform == "darwin" else 2**10))


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started
