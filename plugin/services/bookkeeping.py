"""Postings for bookkeeping: each with the accounts that it moves, and the sums per account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from sqlalchemy import Connection, and_, func, select, tuple_
from sqlalchemy.orm import aliased

from ..domain.bookkeeping import Entry, account_number
from ..models import Document, Payout, PayoutRun, Posting, Seal
from .report_asked import Asked, Query
from .report_money import postings

Numbers = Mapping[str, str]
"""The numbers of accounts that the shop has set."""
_AT_ONCE = 1_000
_PAID = aliased(Payout)
_FAILED = aliased(Payout)
_METHOD = func.coalesce(_PAID.method, _FAILED.method)


def entries(conn: Connection, asked: Asked, numbers: Numbers) -> Iterator[Entry]:
    """Give the postings of some days in their order, some read at a time; asked again they are the same."""
    sealed = _sealed_days(conn, asked)
    query = _with_method(
        select(
            Posting.call_id, Posting.seq, Posting.kind, Posting.origin, Posting.destination, Posting.amount,
            Posting.currency, Posting.partner_id, Posting.at, Document.ref, _METHOD.label("method"),
        ).join_from(Posting, Document, Document.id == Posting.document_id, isouter=True)
    )  # fmt: skip
    query = query.where(asked.within(Posting.at), postings(asked))
    query = query.order_by(Posting.call_id, Posting.seq).limit(_AT_ONCE)
    place = (0, 0)
    while True:
        rows = conn.execute(query.where(tuple_(Posting.call_id, Posting.seq) > place)).all()
        yield from (_entry(row, asked, numbers, sealed) for row in rows)
        if len(rows) < _AT_ONCE:
            return
        place = (rows[-1].call_id, rows[-1].seq)


def _with_method(query: Query) -> Query:
    """Join the payouts that postings are about: the way of paying may have an account of its own."""
    return (
        query.join(PayoutRun, PayoutRun.call_id == Posting.call_id, isouter=True)
        .join(
            _PAID,
            and_(
                _PAID.run_id == PayoutRun.id,
                _PAID.partner_id == Posting.partner_id,
                _PAID.currency == Posting.currency,
            ),
            isouter=True,
        )
        .join(_FAILED, _FAILED.failed_call_id == Posting.call_id, isouter=True)
    )


def _sealed_days(conn: Connection, asked: Asked) -> frozenset[date]:
    days = (asked.begins.astimezone(UTC).date(), asked.ends.astimezone(UTC).date())
    return frozenset(conn.execute(select(Seal.day).where(Seal.day.between(*days))).scalars())


def _entry(row: Any, asked: Asked, numbers: Numbers, sealed: frozenset[date]) -> Entry:  # noqa: ANN401 - a row
    return Entry(
        number=f"{row.call_id}-{row.seq}",
        day=row.at.astimezone(asked.zone).date(),
        kind=row.kind,
        debit=account_number(numbers, row.origin, row.kind, row.method),
        credit=account_number(numbers, row.destination, row.kind, row.method),
        amount=row.amount,
        currency=row.currency,
        document=row.ref or "",
        partner=row.partner_id,
        sealed=row.at.astimezone(UTC).date() in sealed,
    )


@dataclass(frozen=True, kw_only=True)
class AccountSum:
    """What was debited and credited on an account in one currency, in minor units."""

    account: str
    currency: str
    debit: int
    credit: int


def account_sums(conn: Connection, asked: Asked, numbers: Numbers) -> tuple[AccountSum, ...]:
    """Add up the postings of some days per account and currency."""
    kinds = (Posting.kind, Posting.origin, Posting.destination, Posting.currency)
    query = _with_method(
        select(*kinds, _METHOD.label("method"), func.sum(Posting.amount).label("amount")).select_from(Posting)
    )
    query = query.where(asked.within(Posting.at), postings(asked)).group_by(*kinds, _METHOD)
    debits: dict[tuple[str, str], int] = defaultdict(int)
    credits: dict[tuple[str, str], int] = defaultdict(int)
    for row in conn.execute(query):
        amount = int(row.amount)
        debits[row.currency, account_number(numbers, row.origin, row.kind, row.method)] += amount
        credits[row.currency, account_number(numbers, row.destination, row.kind, row.method)] += amount
    return tuple(
        AccountSum(
            account=account,
            currency=currency,
            debit=debits.get((currency, account), 0),
            credit=credits.get((currency, account), 0),
        )
        for currency, account in sorted({*debits, *credits})
    )


def sealed_until(conn: Connection) -> date | None:
    """Give the last day (UTC) that is sealed."""
    return conn.execute(select(func.max(Seal.day))).scalar()
