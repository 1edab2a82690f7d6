"""Reports on what partners earn, from the postings alone: they never change, so a past day never does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, union
from sqlalchemy.orm import aliased

from ..domain.report import MOST_ROWS, Column, Kind, Report, with_shares
from ..models import AccountKind, Contact, Document, Posting, PostingKind, Redemption
from .report_asked import LIVE, OF_ORDER, Asked, Query, currencies, over_time, per_span

COMMISSIONS = (
    Column(name="begins", kind=Kind.SPAN),
    Column(name="currency", kind=Kind.CURRENCY),
    Column(name="accrued", kind=Kind.MONEY),
    Column(name="by_hand", kind=Kind.MONEY),
    Column(name="reversed", kind=Kind.MONEY),
    Column(name="earned", kind=Kind.MONEY),
    Column(name="became_payable", kind=Kind.MONEY),
    Column(name="paid", kind=Kind.MONEY),
)
PARTNERS = (
    Column(name="partner", kind=Kind.TEXT),
    Column(name="currency", kind=Kind.CURRENCY),
    Column(name="sales_credited"),
    Column(name="accrued", kind=Kind.MONEY),
    Column(name="reversed", kind=Kind.MONEY),
    Column(name="earned", kind=Kind.MONEY),
    Column(name="paid", kind=Kind.MONEY),
)
_EXPENSE, _ON_HOLD, _PAYABLE, _PAID = (
    kind.value for kind in (AccountKind.EXPENSE, AccountKind.ON_HOLD, AccountKind.PAYABLE, AccountKind.PAID)
)


def moved(origin: str | None = None, to: str | None = None, *kinds: PostingKind) -> ColumnElement[int]:
    """Give a posting's amount where it leaves or reaches an account (and is of a kind), else 0."""
    asked = [
        *(() if origin is None else (Posting.origin == origin,)),
        *(() if to is None else (Posting.destination == to,)),
        *((Posting.kind.in_([kind.value for kind in kinds]),) if kinds else ()),
    ]
    return case((and_(*asked), Posting.amount), else_=0)


_ACCRUED = moved(_EXPENSE, None, PostingKind.COMMISSION)
_BY_HAND = moved(_EXPENSE, None, PostingKind.MANUAL) - moved(None, _EXPENSE, PostingKind.MANUAL)
# What takes away by hand is taken back by a reversal that gives again.
_REVERSED = moved(None, _EXPENSE, PostingKind.REVERSAL) - moved(_EXPENSE, None, PostingKind.REVERSAL)
_EARNED = moved(_EXPENSE) - moved(None, _EXPENSE)
_FREED = moved(_ON_HOLD, _PAYABLE) - moved(_PAYABLE, _ON_HOLD)
_PAID_OUT = moved(None, _PAID) - moved(_PAID)


def commissions(conn: Connection, asked: Asked) -> Report:
    """Report what partners earned, what was taken back, became payable and was paid, by the day posted."""
    figures = {
        "accrued": _ACCRUED,
        "by_hand": _BY_HAND,
        "reversed": _REVERSED,
        "earned": _EARNED,
        "became_payable": _FREED,
        "paid": _PAID_OUT,
    }
    rows = select(
        Posting.currency.label("currency"),
        asked.span(Posting.at),
        *(figure.label(name) for name, figure in figures.items()),
    ).where(asked.within(Posting.at), postings(asked))
    return over_time(asked, "commissions", COMMISSIONS, per_span(conn, rows, tuple(figures)))


def postings(asked: Asked) -> ColumnElement[bool]:
    """Ask for postings by partner, currency, and the coupon of their sale."""
    more: list[ColumnElement[bool]] = [asked.in_currency(Posting.currency)]
    if asked.partner is not None:
        more.append(Posting.partner_id == asked.partner)
    if asked.coupon is not None:
        more.append(Posting.document_id.in_(_sales_with(asked.coupon)))
    return and_(*more)


def _sales_with(coupon: int) -> Query:
    """Give the orders with a coupon, and the invoices that stand for parts of them."""
    orders = select(Document.id).join(Redemption, OF_ORDER).where(LIVE, Redemption.coupon_id == coupon)
    part = aliased(Document)
    return union(orders, select(part.id).where(part.order_id.in_(orders)))


def partners(conn: Connection, asked: Asked) -> Report:
    """Report who earned the most, by what was posted in the days of the report."""
    earned = func.sum(_EARNED)
    sold = case((Posting.kind == PostingKind.COMMISSION.value, Posting.document_id))
    query = (
        select(
            Contact.id,
            Contact.name,
            Contact.ref,
            Posting.currency,
            func.count(sold.distinct()).label("sales_credited"),
            func.sum(_ACCRUED + _BY_HAND).label("accrued"),
            func.sum(_REVERSED).label("reversed"),
            earned.label("earned"),
            func.sum(_PAID_OUT).label("paid"),
        )
        .join_from(Posting, Contact, Contact.id == Posting.partner_id)
        .where(asked.within(Posting.at), postings(asked))
        .group_by(Contact.id, Contact.name, Contact.ref, Posting.currency)
        .order_by(earned.desc(), Contact.id)
    )
    names = [column.name for column in PARTNERS if column.is_sum]
    return ranking(conn, asked, "partners", PARTNERS, query, names, label="partner")


def ranking(
    conn: Connection,
    asked: Asked,
    name: str,
    columns: tuple[Column, ...],
    query: Query,
    names: Iterable[str],
    *,
    label: str,
) -> Report:
    """Make a report of the first rows of a query, by currency; its labels are people's unless it has some."""
    found = conn.execute(query.limit(MOST_ROWS + 1)).all()
    order = currencies(asked, [row.currency for row in found])
    rows = [
        with_shares(
            {
                label: named(row),
                "id": row.id,
                "currency": row.currency,
                **{one: int(getattr(row, one) or 0) for one in names},
            },
            columns,
        )
        for row in found[:MOST_ROWS]
    ]
    rows.sort(key=lambda row: order.index(str(row["currency"])))
    return Report(name=name, columns=columns, rows=rows, left_out=len(found) > MOST_ROWS)


def named(row: Any) -> str:  # noqa: ANN401 - a row
    """Give what a row is called: its label, a person's name, the customer number, or our own."""
    known = row._mapping
    return str(known.get("label") or known.get("name") or known.get("ref") or f"#{known['id']}")
