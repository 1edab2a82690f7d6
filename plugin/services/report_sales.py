"""Reports on orders with a code: sales, redemptions, new against known customers."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, literal, select
from sqlalchemy.orm import aliased

from ..domain.report import Column, Kind, Report, whole
from ..models import CameBy, Document, Redemption, RedemptionState, SaleReturn
from .report_asked import OF_ORDER, Asked, Query, over_time, per_span

_OVER_TIME = (Column(name="begins", kind=Kind.SPAN), Column(name="currency", kind=Kind.CURRENCY))
SALES = (
    *_OVER_TIME,
    Column(name="orders"),
    Column(name="sales", kind=Kind.MONEY),
    Column(name="returned", kind=Kind.MONEY),
    Column(name="net_sales", kind=Kind.MONEY),
    Column(name="discount", kind=Kind.MONEY),
    Column(name="credit", kind=Kind.MONEY),
)
REDEMPTIONS = (
    *_OVER_TIME,
    Column(name="redemptions"),
    Column(name="typed"),
    Column(name="by_link"),
    Column(name="at_sign_up"),
    Column(name="with_order"),
    Column(name="flagged"),
    Column(name="discount", kind=Kind.MONEY),
)
CUSTOMERS = (
    *_OVER_TIME,
    Column(name="orders"),
    Column(name="new_customers"),
    Column(name="known_customers"),
    Column(name="new_share", kind=Kind.SHARE, part="new_customers", whole="orders"),
    Column(name="new_sales", kind=Kind.MONEY),
    Column(name="known_sales", kind=Kind.MONEY),
)


def sales(conn: Connection, asked: Asked) -> Report:
    """Report what orders with a code came to by the day they were placed, and what went back by its day."""
    sold = per_span(conn, _sold(asked), ("orders", "sales", "discount", "credit"))
    back = per_span(conn, _went_back(asked), ("returned",))
    net = {
        place: {
            "net_sales": whole(sold.get(place, {}).get("sales")) - whole(back.get(place, {}).get("returned"))
        }
        for place in {*sold, *back}
    }
    return over_time(asked, "sales", SALES, sold, back, net)


def _sold(asked: Asked) -> Query:
    """Give each order once, however many codes it has."""
    return (
        select(
            Document.currency.label("currency"),
            asked.span(Document.placed_at),
            literal(1).label("orders"),
            charged().label("sales"),
            func.sum(Redemption.discount).label("discount"),
            func.sum(Redemption.credit).label("credit"),
        )
        .join_from(Document, Redemption, OF_ORDER)
        .where(asked.within(Document.placed_at), asked.uses())
        .group_by(Document.id)
    )


def _went_back(asked: Asked) -> Query:
    return (
        select(
            Document.currency.label("currency"),
            asked.span(SaleReturn.at),
            SaleReturn.amount.label("returned"),
        )
        .join_from(SaleReturn, Document, Document.id == SaleReturn.document_id)
        .where(asked.within(SaleReturn.at), asked.with_code())
    )


def redemptions(conn: Connection, asked: Asked) -> Report:
    """Report how often codes were redeemed, by which way they came, and what they took off."""
    ways = {
        "typed": CameBy.TYPED,
        "by_link": CameBy.LINK,
        "at_sign_up": CameBy.SIGN_UP,
        "with_order": CameBy.ORDER,
    }
    rows = select(
        Redemption.currency.label("currency"),
        asked.span(Redemption.created_at),
        literal(1).label("redemptions"),
        *(case((Redemption.came_by == way.value, 1), else_=0).label(name) for name, way in ways.items()),
        case((Redemption.state == RedemptionState.FLAGGED.value, 1), else_=0).label("flagged"),
        Redemption.discount.label("discount"),
    ).where(asked.within(Redemption.created_at), asked.uses())
    counted = per_span(conn, rows, ("redemptions", *ways, "flagged", "discount"))
    return over_time(asked, "redemptions", REDEMPTIONS, counted)


def customers(conn: Connection, asked: Asked) -> Report:
    """Report which orders with a code were the first of their customers."""
    first = Document.first_order
    rows = select(
        Document.currency.label("currency"),
        asked.span(Document.placed_at),
        literal(1).label("orders"),
        case((first, 1), else_=0).label("new_customers"),
        case((first, 0), else_=1).label("known_customers"),
        case((first, charged()), else_=0).label("new_sales"),
        case((first, 0), else_=charged()).label("known_sales"),
    ).where(asked.within(Document.placed_at), asked.with_code())
    names = ("orders", "new_customers", "known_customers", "new_sales", "known_sales")
    return over_time(asked, "customers", CUSTOMERS, per_span(conn, rows, names))


def charged() -> Query:
    """Give what an order came to, with the parts of it that invoices have taken out."""
    part = aliased(Document)
    parts = select(func.coalesce(func.sum(part.total), 0)).where(part.order_id == Document.id)
    return Document.total + parts.scalar_subquery()
