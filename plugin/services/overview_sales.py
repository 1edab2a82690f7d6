"""This month beside the last one, and who brought the most: as the reports count it. Minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from ..domain.report import Report, whole
from ..models import Contact, Document, DocumentKind, SaleReturn
from . import report_money, report_sales
from .report_asked import Asked


@dataclass(frozen=True, kw_only=True)
class Month:
    """Sales with codes less what went back, and commissions, in one currency; `before` is the last month."""

    currency: str
    sales: int
    sales_before: int
    earned: int
    earned_before: int


@dataclass(frozen=True, kw_only=True)
class Seller:
    """A partner with the orders of a period, what they came to without what went back, and new customers."""

    contact: Contact
    currency: str
    orders: int
    sales: int
    new_customers: int


def months(conn: Connection, asked: Asked) -> tuple[Month, ...]:
    """Give the two months that are asked for, by currency, the shop's own first."""
    sold = _by_currency(report_sales.sales(conn, asked), "net_sales")
    earned = _by_currency(report_money.commissions(conn, asked), "earned")
    return tuple(
        Month(
            currency=currency,
            sales=sold.get(currency, (0, 0))[1],
            sales_before=sold.get(currency, (0, 0))[0],
            earned=earned.get(currency, (0, 0))[1],
            earned_before=earned.get(currency, (0, 0))[0],
        )
        for currency in sorted({asked.home, *sold, *earned}, key=lambda code: (code != asked.home, code))
    )


def _by_currency(report: Report, name: str) -> dict[str, tuple[int, int]]:
    """Give a figure of the first and the second span by currency, of those where there was anything."""
    found: dict[str, list[int]] = {}
    for row in report.rows:
        found.setdefault(str(row["currency"]), []).append(whole(row[name]))
    return {currency: (before, now) for currency, (before, now) in found.items() if before or now}


def top_sellers(session: Session, begins: datetime, ends: datetime, most: int = 5) -> tuple[Seller, ...]:
    """Give the partners whose orders of a period came to the most; failed orders do not count."""
    went_back = select(func.coalesce(func.sum(SaleReturn.amount), 0)).where(
        SaleReturn.document_id == Document.id
    )
    amount = func.sum(report_sales.charged() - went_back.scalar_subquery())
    rows = session.execute(
        select(Contact, Document.currency, func.count(), amount, func.count().filter(Document.first_order))
        .join(Contact, Contact.id == Document.partner_id)
        .where(
            Document.kind == DocumentKind.ORDER.value,
            Document.placed_at >= begins,
            Document.placed_at < ends,
            Document.state != "failed",
        )
        .group_by(Contact.id, Document.currency)
        .order_by(amount.desc(), Contact.id)
        .limit(most)
    )
    return tuple(
        Seller(contact=row[0], currency=row[1], orders=row[2], sales=int(row[3]), new_customers=row[4])
        for row in rows
    )
