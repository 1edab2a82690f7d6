"""Reports on people: who bought again after a code, who came by links, what sharing brought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from ..domain.report import MOST_ROWS, Column, Kind, Report, with_shares
from ..models import (
    Campaign,
    ClickDay,
    Code,
    Document,
    DocumentKind,
    DocumentState,
    History,
    HistoryKind,
    Link,
    Promoter,
    Redemption,
    Share,
    TouchSource,
)
from .report_asked import LIVE, OF_ORDER, Asked, Query, over_time, per_span
from .spans import span_of

DAYS = (30, 90, 365)
_AGAIN = tuple(
    column
    for days in DAYS
    for column in (
        Column(name=f"waited_{days}"),
        Column(name=f"again_{days}"),
        Column(name=f"again_share_{days}", kind=Kind.SHARE, part=f"again_{days}", whole=f"waited_{days}"),
    )
)
REPEAT = (Column(name="code", kind=Kind.TEXT), Column(name="buyers"), *_AGAIN)
COHORTS = (Column(name="begins", kind=Kind.SPAN), Column(name="buyers"), *_AGAIN)
CONVERSION = (
    Column(name="begins", kind=Kind.SPAN),
    Column(name="clicks"),
    Column(name="visitors"),
    Column(name="joined"),
    Column(name="orders"),
    Column(name="order_share", kind=Kind.SHARE, part="orders", whole="visitors"),
)
SHARING = (
    Column(name="begins", kind=Kind.SPAN),
    Column(name="shared"),
    Column(name="shown"),
    Column(name="redemptions"),
    Column(name="used_share", kind=Kind.SHARE, part="redemptions", whole="shown"),
)
_NAMES = ("buyers", *(f"{what}_{days}" for days in DAYS for what in ("waited", "again")))
_NO_CURRENCY = literal("").label("currency")
_BY_LINK = (TouchSource.LINK.value, TouchSource.HOST.value, TouchSource.COUNTER.value)


def repeat(conn: Connection, asked: Asked) -> Report:
    """Report per code how many of those who first used it in these days have bought again."""
    buyers = _buyers(conn, asked).subquery()
    count = func.count()
    query = (
        select(
            Code.id,
            Code.display,
            *(func.sum(buyers.c[name]).label(name) for name in _NAMES if name != "buyers"),
        )
        .add_columns(count.label("buyers"))
        .join_from(buyers, Code, Code.id == buyers.c.code_id)
        .group_by(Code.id, Code.display)
        .order_by(count.desc(), Code.id)
    )
    found = conn.execute(query.limit(MOST_ROWS + 1)).all()
    rows = [
        with_shares(
            {"code": row.display, "id": row.id, **{name: int(getattr(row, name) or 0) for name in _NAMES}},
            REPEAT,
        )
        for row in found[:MOST_ROWS]
    ]
    return Report(name="repeat", columns=REPEAT, rows=rows, left_out=len(found) > MOST_ROWS)


def cohorts(conn: Connection, asked: Asked) -> Report:
    """Report by the time of their first use of a code how many have bought again."""
    buyers = _buyers(conn, asked).subquery()
    rows = select(
        _NO_CURRENCY,
        asked.span(buyers.c.at),
        literal(1).label("buyers"),
        *(buyers.c[name] for name in _NAMES if name != "buyers"),
    )
    return over_time(asked, "cohorts", COHORTS, per_span(conn, rows, _NAMES), money=False)


def _buyers(conn: Connection, asked: Asked) -> Query:
    """Give who first used a code in these days: whether some days are over, and who bought again in them."""
    first = _first_uses(asked).subquery()
    later = aliased(Document)
    again = (
        select(func.min(later.placed_at))
        .where(
            later.contact_id == first.c.contact_id,
            later.kind == DocumentKind.ORDER.value,
            later.state == DocumentState.OPEN.value,
            later.placed_at > first.c.at,
        )
        .scalar_subquery()
    )
    known = select(first.c.code_id, first.c.at, again.label("again")).subquery()
    waited = {days: known.c.at <= asked.now - timedelta(days=days) for days in DAYS}
    after = _days_between(known.c.at, known.c.again, conn.dialect.name)
    return select(
        known.c.code_id,
        known.c.at,
        *(case((waited[days], 1), else_=0).label(f"waited_{days}") for days in DAYS),
        *(case((and_(waited[days], after <= days), 1), else_=0).label(f"again_{days}") for days in DAYS),
    )


def _first_uses(asked: Asked) -> Query:
    before, order = aliased(Redemption), aliased(Document)
    earlier = (
        select(before.id)
        .join(order, and_(order.source == before.source, order.ref == before.order_ref))
        .where(
            before.contact_id == Redemption.contact_id,
            before.code_id == Redemption.code_id,
            before.state.in_(("redeemed", "flagged")),
            order.kind == DocumentKind.ORDER.value,
            order.placed_at < asked.begins,
        )
    )
    return (
        select(Redemption.code_id, Redemption.contact_id, func.min(Document.placed_at).label("at"))
        .join_from(Document, Redemption, OF_ORDER)
        .where(
            asked.within(Document.placed_at),
            asked.uses(),
            Redemption.contact_id.is_not(None),
            ~earlier.exists(),
        )
        .group_by(Redemption.code_id, Redemption.contact_id)
    )


def _days_between(begins: Any, ends: Any, dialect: str) -> ColumnElement[Any]:  # noqa: ANN401 - columns
    if dialect == "postgresql":
        return func.extract("epoch", ends - begins) / 86_400
    return func.julianday(ends) - func.julianday(begins)


def conversion(conn: Connection, asked: Asked) -> Report:
    """Report the clicks of partners' links, who joined by them, and the orders of those who did."""
    days = [span.begins for span in asked.spans]
    mine = () if asked.partner is None else (Link.partner_id == asked.partner,)
    clicks = (
        select(_NO_CURRENCY, span_of(ClickDay.day, days).label("span"), ClickDay.clicks, ClickDay.visitors)
        .join_from(ClickDay, Link, Link.id == ClickDay.link_id)
        .where(ClickDay.day >= asked.first, ClickDay.day <= asked.last, *mine)
    )
    joined = select(_NO_CURRENCY, asked.span(History.at), literal(1).label("joined")).where(
        asked.within(History.at), _came_by_link(asked)
    )
    came = select(History.id).where(
        History.contact_id == Document.contact_id,
        History.partner_id == Document.partner_id,
        _came_by_link(asked),
    )
    orders = select(_NO_CURRENCY, asked.span(Document.placed_at), literal(1).label("orders")).where(
        asked.within(Document.placed_at),
        Document.kind == DocumentKind.ORDER.value,
        Document.state == DocumentState.OPEN.value,
        came.exists(),
    )
    counted = (
        per_span(conn, clicks, ("clicks", "visitors")),
        per_span(conn, joined, ("joined",)),
        per_span(conn, orders, ("orders",)),
    )
    return over_time(asked, "conversion", CONVERSION, *counted, money=False)


def _came_by_link(asked: Asked) -> ColumnElement[bool]:
    mine = () if asked.partner is None else (History.partner_id == asked.partner,)
    return and_(
        History.kind == HistoryKind.SPONSOR.value,
        History.how.in_(_BY_LINK),
        History.partner_id.is_not(None),
        *mine,
    )


def sharing(conn: Connection, asked: Asked) -> Report:
    """Report what customers could share with friends, what of it was shown to them, and what was redeemed."""
    mine: list[ColumnElement[bool]] = []
    if asked.partner is not None:
        mine.append(Promoter.contact_id == asked.partner)
    if asked.coupon is not None:
        mine.append(Campaign.coupon_id == asked.coupon)
    shown = or_(Share.fetched_at.is_not(None), Share.mailed_at.is_not(None))
    shares = (
        select(
            _NO_CURRENCY,
            asked.span(Share.made_at),
            literal(1).label("shared"),
            case((shown, 1), else_=0).label("shown"),
        )
        .join_from(Share, Promoter, Promoter.id == Share.promoter_id)
        .join(Campaign, Campaign.id == Promoter.campaign_id)
        .where(asked.within(Share.made_at), *mine)
    )
    uses = (
        select(_NO_CURRENCY, asked.span(Redemption.created_at), literal(1).label("redemptions"))
        .join_from(Redemption, Promoter, Promoter.code_id == Redemption.code_id)
        .join(Campaign, Campaign.id == Promoter.campaign_id)
        .where(asked.within(Redemption.created_at), LIVE, *mine)
    )
    counted = (per_span(conn, shares, ("shared", "shown")), per_span(conn, uses, ("redemptions",)))
    return over_time(asked, "sharing", SHARING, *counted, money=False)
