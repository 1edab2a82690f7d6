"""Reports on codes and products: which brought the most."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    case,
    cast,
    func,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from ..domain.report import Column, Kind, Report
from ..models import Accrual, Code, Document, Product, Redemption
from .report_asked import OF_ORDER, Asked, Query
from .report_money import ranking
from .report_sales import charged

CODES = (
    Column(name="code", kind=Kind.TEXT),
    Column(name="currency", kind=Kind.CURRENCY),
    Column(name="orders"),
    Column(name="sales", kind=Kind.MONEY),
    Column(name="discount", kind=Kind.MONEY),
    Column(name="new_customers"),
    Column(name="new_share", kind=Kind.SHARE, part="new_customers", whole="orders"),
)
PRODUCTS = (
    Column(name="product", kind=Kind.TEXT),
    Column(name="currency", kind=Kind.CURRENCY),
    Column(name="orders"),
    Column(name="goods", kind=Kind.MONEY),
    Column(name="discount", kind=Kind.MONEY),
    Column(name="commission", kind=Kind.MONEY),
)


def codes(conn: Connection, asked: Asked) -> Report:
    """Report which codes brought the most; an order with two codes counts for both."""
    sales = func.sum(charged())
    query = (
        select(
            Code.id,
            Code.display.label("label"),
            Document.currency,
            func.count().label("orders"),
            sales.label("sales"),
            func.sum(Redemption.discount).label("discount"),
            func.sum(case((Document.first_order, 1), else_=0)).label("new_customers"),
        )
        .join_from(Document, Redemption, OF_ORDER)
        .join(Code, Code.id == Redemption.code_id)
        .where(asked.within(Document.placed_at), asked.uses())
        .group_by(Code.id, Code.display, Document.currency)
        .order_by(sales.desc(), Code.id)
    )
    names = [column.name for column in CODES if column.is_sum]
    return ranking(conn, asked, "codes", CODES, query, names, label="code")


def products(conn: Connection, asked: Asked) -> Report:
    """Report what was sold with codes per product, and what partners have earned on it by now.

    Goods are lines after discount, as the shop prices them: with VAT or without.
    """
    lines = _sold_lines(asked, conn.dialect.name).subquery()
    goods, first = func.sum(lines.c.goods), func.min(lines.c.id)
    query = (
        select(
            first.label("id"),
            func.coalesce(Product.title, lines.c.ref).label("label"),
            lines.c.currency,
            func.count(lines.c.order_id.distinct()).label("orders"),
            goods.label("goods"),
            func.sum(lines.c.discount).label("discount"),
            func.sum(lines.c.commission).label("commission"),
        )
        .join_from(lines, Product, Product.ref == lines.c.ref, isouter=True)
        .group_by(lines.c.ref, Product.title, lines.c.currency)
        .order_by(goods.desc(), first)
    )
    names = [column.name for column in PRODUCTS if column.is_sum]
    return ranking(conn, asked, "products", PRODUCTS, query, names, label="product")


def _sold_lines(asked: Asked, dialect: str) -> Query:
    """Give every line of the orders of a report, with what it has earned."""
    paper, papers = aliased(Document), _papers(asked).subquery()
    line = _Lines(paper.sale, dialect)
    discount = line.number("discount")
    return (
        select(
            paper.id,
            papers.c.order_id,
            paper.currency,
            line.text("product").label("ref"),
            (line.number("total") - discount).label("goods"),
            discount.label("discount"),
            _earned_on(paper.id, line.text("key")).label("commission"),
        )
        .join_from(papers, paper, paper.id == papers.c.paper_id)
        .join(line.rows, true())
    )


def _papers(asked: Asked) -> Query:
    """Give the orders of a report and the invoices that stand for parts of them."""
    part = aliased(Document)
    mine = (asked.within(Document.placed_at), asked.with_code())
    orders = select(Document.id.label("paper_id"), Document.id.label("order_id")).where(*mine)
    parts = select(part.id, Document.id).join(part, part.order_id == Document.id).where(*mine)
    return union_all(orders, parts)


class _Lines:
    """The lines of kept sales as rows, in the words of one database."""

    def __init__(self, sale: Any, dialect: str) -> None:  # noqa: ANN401 - a column
        self._postgres = dialect == "postgresql"
        text = type_coerce(sale, Text)
        found = (
            func.jsonb_array_elements(cast(text, JSONB)["lines"])
            if self._postgres
            else func.json_each(text, "$.lines")
        )
        self.rows = found.table_valued("value", name="line")

    def text(self, name: str) -> ColumnElement[str]:
        """Give a field of a line."""
        value = self.rows.c.value
        if self._postgres:
            return cast(type_coerce(value, JSONB)[name].astext, Text)
        return type_coerce(func.json_extract(value, f"$.{name}"), Text)

    def number(self, name: str) -> ColumnElement[int]:
        """Give an amount of a line."""
        return cast(self.text(name), BigInteger)


def _earned_on(document: Any, key: ColumnElement[str]) -> Query:  # noqa: ANN401 - a column
    """Give what all levels have earned on a line, in the currency of the sale."""
    left = case(
        (Accrual.original_amount.is_not(None), Accrual.original_amount - Accrual.original_reversed),
        else_=Accrual.amount - Accrual.reversed,
    )
    return (
        select(func.coalesce(func.sum(left), 0))
        .where(Accrual.document_id == document, Accrual.line_key == key, Accrual.level.is_not(None))
        .scalar_subquery()
    )
