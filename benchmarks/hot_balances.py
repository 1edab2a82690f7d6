"""Goals G7 and G10: sixteen writers to one partner, and reading a balance that many postings made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from statistics import median
from typing import Any, LiteralString

import psycopg
from sqlalchemy import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from flask_firstline import Customer, Invoice, Order
from flask_firstline.models import Balance, Call
from flask_firstline.services import hot
from flask_firstline.services.ledger import SHARDS, add_to_account, balances
from tests.small_shop import SmallShop, line

from .downlines import Found, Plain, beside
from .writers import WRITERS, Job, writers

ROUNDS = 5
SLOW = "5 ms"
DISKS: Mapping[str, str] = {"fsync": "0", f"fsync of {SLOW}": "5000"}
"""What stands for the disk: `commit_delay` in microseconds, beside what a commit costs here."""
ENTRIES = (1_000, 1_000_000)
_READ_GOAL, _ROW_THEN = 0.3, 0.10
"""The goal in ms, and what one row took when it was set."""
_AT = datetime(2026, 11, 1, tzinfo=UTC)
_POSTING: LiteralString = (
    "INSERT INTO firstline_posting "
    "(call_id, seq, kind, partner_id, origin, destination, amount, currency, at) "
    "VALUES (%(call_id)s, %(seq)s, 'commission', %(of_partner)s, 'expense', 'on_hold', 1, 'EUR', %(at)s)"
)
_ONE_ROW: LiteralString = (
    "SELECT amount FROM firstline_balance "
    "WHERE partner_id = %s AND kind = 'on_hold' AND currency = 'EUR' AND shard = 0"
)


@dataclass(frozen=True, kw_only=True)
class Paces:
    """Pieces a second of sixteen writers: nobody in the way, one row for all, and our shards.

    `ratio` is shards beside nobody in the way, the median of the rounds.
    """

    what: str
    ratio: float
    free: float
    one_row: float
    shards: float


def measure_writers(shop: SmallShop, raw: psycopg.Connection[Any]) -> Iterator[Paces]:
    """Let sixteen post to one partner by the statements alone and by the whole call, on two disks."""
    _prepare(shop)
    url = str(shop.app.config["SQLALCHEMY_DATABASE_URI"])
    plans: dict[str, Sequence[Job]] = {
        "posting and balance alone, beside the posting alone": (_append, _post_to_cold, _post_to_hot),
        "invoice_paid, beside a partner for each": (_pay_own, _pay_cold, _pay_hot),
    }
    with writers(url) as field:
        for disk, delay in DISKS.items():
            with _disk(raw, delay):
                for what, jobs in plans.items():
                    rounds = [[field.rate(job) for job in jobs] for _ in range(ROUNDS)]
                    free, one_row, shards = (median(column) for column in zip(*rounds, strict=True))
                    ratio = median(paces[2] / paces[0] for paces in rounds)
                    yield Paces(
                        what=f"{what}, {disk}", ratio=ratio, free=free, one_row=one_row, shards=shards
                    )


@contextmanager
def _disk(raw: psycopg.Connection[Any], delay: str) -> Iterator[None]:
    """Let commits reach the disk, which takes as long as it does and a delay more; of a server of our own."""
    settings = {"fsync": "on", "synchronous_commit": "on", "commit_siblings": "0", "commit_delay": delay}
    raw.rollback()
    raw.autocommit = True
    try:
        for name, value in settings.items():
            raw.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        raw.execute("SELECT pg_reload_conf()")
        yield
    finally:
        for name in settings:
            raw.execute(f"ALTER SYSTEM RESET {name}")
        raw.execute("SELECT pg_reload_conf()")
        raw.autocommit = False


def _prepare(shop: SmallShop) -> None:
    """Make partners, codes, and for each writer an order that is paid in very many parts."""
    shop.terms("10")
    for ref in ("cold", "hot", *(f"own{number}" for number in range(WRITERS))):
        shop.partner(ref)
        shop.coupon(ref, codes=[f"code-{ref}"], owner=ref)
    with shop.seeding() as conn:
        hot.heat(conn, shop.partners["hot"], why="", who="bench", now=shop.time)
        common = {"source": "bench", "kind": "bench", "payload": {}, "digest": "", "outcome": "done"}
        calls = [{**common, "key": str(number), "at": shop.time} for number in range(WRITERS)]
        conn.execute(insert(Call.__table__), calls)
    for number in range(WRITERS):
        for ref in ("cold", "hot", f"own{number}"):
            shop.firstline.order_placed(
                Order(
                    ref=f"{ref}-{number}",
                    currency="EUR",
                    lines=[line("a", "90000000.00")],
                    customer=Customer(ref=f"c-{ref}-{number}", email=f"{ref}-{number}@shop.example"),
                    codes=(f"code-{ref}",),
                )
            )
    shop.session.commit()


@cache
def _known(shop_url: str) -> Mapping[str, int]:
    """Give the ids of partners by ref, and those of the writers' calls by number."""
    with psycopg.connect(shop_url) as conn:
        people = conn.execute("SELECT ref, id FROM firstline_contact WHERE partner_since IS NOT NULL")
        found = {str(ref): int(number) for ref, number in people.fetchall()}
        calls = conn.execute("SELECT key, id FROM firstline_call WHERE source = 'bench'")
        return found | {f"call {key}": int(number) for key, number in calls.fetchall()}


@cache
def _raw(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url)


@cache
def _add() -> tuple[str, Mapping[str, object]]:
    """Give the statement by which we add to an account, as psycopg gets it, with the constants in it."""
    compiled = add_to_account("postgresql").compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]
    return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}


def _append(shop: SmallShop, writer: int, piece: int) -> None:
    _by_psycopg(shop, writer, piece, "hot", adds=False)


def _post_to_cold(shop: SmallShop, writer: int, piece: int) -> None:
    _by_psycopg(shop, writer, piece, "cold", adds=True)


def _post_to_hot(shop: SmallShop, writer: int, piece: int) -> None:
    _by_psycopg(shop, writer, piece, "hot", adds=True)


def _by_psycopg(shop: SmallShop, writer: int, piece: int, ref: str, *, adds: bool) -> None:
    place = shop.engine.url
    url = f"host={place.query['host']} user={place.username} dbname={place.database}"
    raw, known = _raw(url), _known(url)
    values = {"call_id": known[f"call {writer}"], "seq": piece, "of_partner": known[ref], "at": _AT}
    raw.execute(_POSTING, values)
    if adds:
        account = {"of_kind": "on_hold", "of_currency": "EUR", "of_shard": piece % SHARDS, "more": 1}
        statement, constants = _add()
        raw.execute(statement, {**values, **constants, **account})
    raw.commit()


def _pay_own(shop: SmallShop, writer: int, piece: int) -> None:
    _pay(shop, f"own{writer}-{writer}", piece)


def _pay_cold(shop: SmallShop, writer: int, piece: int) -> None:
    _pay(shop, f"cold-{writer}", piece)


def _pay_hot(shop: SmallShop, writer: int, piece: int) -> None:
    _pay(shop, f"hot-{writer}", piece)


def _pay(shop: SmallShop, order_ref: str, piece: int) -> None:
    """Pay a part of an order, on which its partner earns."""
    part = Invoice(ref=f"{order_ref}-{piece}", order_ref=order_ref, currency="EUR", amount=Decimal(100))
    shop.firstline.invoice_paid(part)
    shop.session.commit()


def measure_reading(shop: SmallShop, raw: psycopg.Connection[Any]) -> Iterator[Found]:
    """Read the balances of a partner with few and very many postings, in one row and in all shards."""
    shop.chain(2)
    few, many = shop.partners["meier"], shop.partners["up1"]
    shop.session.rollback()
    with raw.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        columns = "call_id, seq, kind, partner_id, origin, destination, amount, currency, at"
        with cursor.copy(f"COPY firstline_posting ({columns}) FROM STDIN") as copy:
            for partner_id, entries in zip((few, many), ENTRIES, strict=True):
                for seq in range(entries):
                    copy.write_row(
                        (-partner_id, seq, "commission", partner_id, "expense", "on_hold", 1, "EUR", _AT)
                    )
        cursor.execute("SET session_replication_role = origin")
    raw.commit()
    _keep(shop, few, ENTRIES[0], 1)
    _keep(shop, many, ENTRIES[1], 1)
    raw.autocommit = True
    raw.execute("VACUUM ANALYZE firstline_posting")
    raw.autocommit = False
    for partner_id, entries in zip((few, many), ENTRIES, strict=True):
        yield _read(shop, raw, partner_id, f"{entries} postings")
    _keep(shop, many, ENTRIES[1], SHARDS)
    yield _read(shop, raw, many, f"{ENTRIES[1]} postings, {SHARDS} shards")


def _keep(shop: SmallShop, partner_id: int, amount: int, shards: int) -> None:
    """Let a balance lie in so many shards."""
    table = Balance.__table__
    with shop.seeding() as conn:
        conn.execute(table.delete().where(table.c.partner_id == partner_id))
        rows = [
            {"partner_id": partner_id, "kind": "on_hold", "currency": "EUR", "shard": shard, "amount": amount}
            for shard in range(shards)
        ]
        conn.execute(table.insert(), rows)


def _read(shop: SmallShop, raw: psycopg.Connection[Any], partner_id: int, what: str) -> Found:
    def ours() -> object:
        return balances(shop.state.context(shop.session.connection()), partner_id)

    plain = Plain(_ONE_ROW, (partner_id,))
    return beside(shop, raw, "G10", f"balance of {what}", _READ_GOAL / _ROW_THEN, ours, plain)
