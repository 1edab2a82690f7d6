"""Goals G8 and G9: a first line and whole downlines of a million contacts, beside psycopg in the same run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, LiteralString, NamedTuple

import psycopg
from sqlalchemy import Connection

from flask_firstline.services import downline_counts, prospects
from flask_firstline.services.downline_sales import Period, line_sales
from tests.small_shop import SmallShop

from .recording import Sent, recorded, replay

PEOPLE = 1_000_000
ORDERS = 600_000
SIZES = (1_000, 100_000)
MOST = (1 / 0.23, 20 / 8.7)
"""Goal beside what the plain count took when the goal was set, in ms."""
MOST_SOLD = 4.0
"""Sales line by line, what was earned of them, what the open contact bought: the plainest adds up once."""
ROUNDS = 11
_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_AT = "2026-01-01 00:00:00+00"
_COLUMNS = (
    "id, ref, name, email_verified, data, tags, has_bought, first_order_ref, sponsor_id, path, "
    "partner_since, created_at"
)
FIRST_LINE: LiteralString = (
    "SELECT id, name FROM firstline_contact WHERE sponsor_id = %s ORDER BY id DESC LIMIT 26"
)
COUNTED: LiteralString = "SELECT count(*) FROM firstline_contact WHERE path >= %s AND path < %s"
SOLD: LiteralString = """SELECT count(*), sum(own_sales) FROM firstline_document JOIN firstline_contact c
 ON c.id = contact_id WHERE path >= %s AND path < %s AND credited_at >= %s AND credited_at < %s"""
LEVELS: LiteralString = """WITH RECURSIVE down AS (
 SELECT id, 1 AS level FROM firstline_contact WHERE sponsor_id = %s UNION ALL
 SELECT c.id, level + 1 FROM firstline_contact c JOIN down ON c.sponsor_id = down.id WHERE level < 3)
SELECT level, count(*) FROM down GROUP BY level"""
"""The plainest ways to ask: without address types, of one contact at a time."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """How long in ms: ours, its statements by psycopg alone, and the plainest statement that asks the same.

    `most` is how many times the plainest the statements may take: the goal beside what was measured for it,
    since milliseconds of a shared machine say nothing.
    """

    goal: str
    what: str
    ours: float
    sent: float
    plain: float
    most: float


class Plain(NamedTuple):
    """A statement and its values."""

    statement: LiteralString
    values: tuple[object, ...]


def seed(raw: psycopg.Connection[Any]) -> dict[int, tuple[int, str]]:
    """Copy a random tree of a million; give by size a contact with about so many below, and its path."""
    draw = random.Random(7)  # noqa: S311 - a tree, no secret
    sponsors, paths, below = [0] * (PEOPLE + 1), [""] * (PEOPLE + 1), [0] * (PEOPLE + 1)
    with raw.cursor() as cursor, cursor.copy(f"COPY firstline_contact ({_COLUMNS}) FROM STDIN") as copy:
        for one in range(1, PEOPLE + 1):
            if one > 1:
                above = sponsors[one] = draw.randrange(1, one)
                paths[one] = f"{paths[above]}{above}/"
            copy.write_row(_row(one, sponsors[one] or None, paths[one], draw.random()))
    raw.commit()
    for one in range(PEOPLE, 1, -1):
        below[sponsors[one]] += below[one] + 1
    raw.autocommit = True
    raw.execute("VACUUM ANALYZE firstline_contact")
    seed_sales(raw, sponsors)
    nearest = {size: min(range(2, PEOPLE), key=lambda one: abs(below[one] - size)) for size in SIZES}
    return {size: (one, f"{paths[one]}{one}") for size, one in nearest.items()}


def seed_sales(raw: psycopg.Connection[Any], sponsors: list[int]) -> None:
    """Copy orders over a year, each with what the two above its buyer earned."""
    draw = random.Random(11)  # noqa: S311 - orders, no secret
    columns = "id, source, kind, ref, contact_id, credit, state, currency, sale, quote, digest, total, paid"
    columns += ", given_back, returned, own_sales, kept, first_order, flags, placed_at, credited_at"
    buyers, accruals = [draw.randrange(2, PEOPLE + 1) for _ in range(ORDERS)], []
    # The accruals stand alone: what is measured reads neither postings nor calls.
    raw.execute("SET session_replication_role = replica")
    with raw.cursor() as cursor, cursor.copy(f"COPY firstline_document ({columns}) FROM STDIN") as copy:
        for one, buyer in enumerate(buyers, 1):
            at = _YEAR + timedelta(minutes=one * 365 * 1440 // ORDERS)
            copy.write_row(
                (one, "shop", "order", f"o{one}", buyer, "", "open", "EUR", "{}", "{}", "", 1190, 1190, 0,
                 "{}", 1000, "{}", False, "[]", at, at)
            )  # fmt: skip
            above = [sponsors[buyer], sponsors[sponsors[buyer]]]
            accruals += [(one, level, partner, at) for level, partner in enumerate(above, 1) if partner]
    columns = "call_id, seq, partner_id, document_id, line_key, level, amount, reversed, currency, trace"
    columns += ", sentence, at"
    with raw.cursor() as cursor, cursor.copy(f"COPY firstline_accrual ({columns}) FROM STDIN") as copy:
        for one, level, partner, at in accruals:
            copy.write_row((one, level, partner, one, "1", level, 100, 0, "EUR", "{}", "", at))
    raw.execute("SET session_replication_role = DEFAULT")
    raw.execute("VACUUM ANALYZE firstline_document")
    raw.execute("VACUUM ANALYZE firstline_accrual")


def _row(one: int, sponsor_id: int | None, path: str, chance: float) -> tuple[object, ...]:
    ordered = f"o{one}" if chance < 0.6 else None
    partner = _AT if chance < 0.1 else None
    name = f"Anna Nummer{one}"
    return one, f"c{one}", name, False, "{}", "[]", False, ordered, sponsor_id, path, partner, _AT


def measure(shop: SmallShop, raw: psycopg.Connection[Any]) -> Iterator[Found]:
    """Measure a page of a first line, three levels, and whole downlines by address type."""
    found, now = seed(raw), datetime(2026, 11, 22, tzinfo=UTC)
    nobody = downline_counts.Below()

    def conn() -> Connection:
        return shop.session.connection()

    large = found[SIZES[-1]][0]
    first, three = Plain(FIRST_LINE, (large,)), Plain(LEVELS, (large,))
    yield beside(shop, raw, "G8", f"prospects of a first line, of {PEOPLE} people", 1 / 0.16,
                  lambda: prospects.prospects(conn(), large, now=now), first)  # fmt: skip
    yield beside(shop, raw, "G9", f"three levels of a downline of {SIZES[-1]}", 1 / 0.36,
                  lambda: downline_counts.levels(conn(), large, nobody, now=now), three)  # fmt: skip
    for size, most in zip(SIZES, MOST, strict=True):
        one, path = found[size]
        counted: Callable[[], object] = partial(_count, conn, one, now)
        plain = Plain(COUNTED, (f"{path}/", f"{path}0"))
        yield beside(
            shop, raw, "G9", f"downline of {size} of {PEOPLE}, by address type", most, counted, plain
        )
        yield from _sales(shop, raw, size, one, path)


def _sales(shop: SmallShop, raw: psycopg.Connection[Any], size: int, one: int, path: str) -> Iterator[Found]:
    """Measure the sales of a page of lines beside the plainest sum over the whole downline."""
    lines = "SELECT id FROM firstline_contact WHERE sponsor_id = %s ORDER BY id DESC LIMIT 25"
    shown = [row[0] for row in raw.execute(lines, (one,)).fetchall()]
    for days in (30, 365):
        period = Period(begins=_YEAR, ends=_YEAR + timedelta(days=days))
        plain = Plain(SOLD, (f"{path}/", f"{path}0", period.begins, period.ends))
        what = f"sales of {len(shown)} lines of a downline of {size}, of {ORDERS * days // 365} orders"

        def sold(period: Period = period) -> object:
            return line_sales(shop.session.connection(), shown, period, opened=one, earner=one)

        yield beside(shop, raw, "G9", what, MOST_SOLD, sold, plain)


def _count(conn: Callable[[], Connection], contact_id: int, now: datetime) -> object:
    return downline_counts.count_below(conn(), [contact_id], now=now)


def beside(
    shop: SmallShop, raw: psycopg.Connection[Any], goal: str, what: str, most: float,
    ours: Callable[[], object], plain: Plain,
) -> Found:  # fmt: skip
    """Time a call, its statements by psycopg, and the plainest statement, in turns."""
    sent = recorded(shop, ours)
    bare = [Sent(statement=plain.statement, parameters=plain.values, many=False)]
    rounds = [
        (_timed(ours), _timed(lambda: replay(raw, sent)), _timed(lambda: replay(raw, bare)))
        for _ in range(ROUNDS)
    ]
    mine, theirs, least = (median(column) for column in zip(*rounds, strict=True))
    return Found(goal=goal, what=what, ours=mine, sent=theirs, plain=least, most=most)


def _timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return (perf_counter() - started) * 1000
