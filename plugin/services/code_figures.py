"""What codes brought: uses, orders, discount, sales, people, commission, and by which way buyers came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, case, func, select

from ..models import Accrual, CameBy, Document, DocumentKind, DocumentState, Redemption, RedemptionState
from .use_days import COUNTED, days_until, midnight, per_span

# The ids of codes, or a statement that gives them: its type is spelled differently by SQLAlchemy 2.0 and 2.1.
Codes = Any
Amounts = Mapping[str, int]
"""Minor units per currency."""
DAYS = 28
WEEKS = 26
_ORDER = and_(
    Document.ref == Redemption.order_ref,
    Document.source == Redemption.source,
    Document.kind == DocumentKind.ORDER.value,
)


class Step(StrEnum):
    """How long each span of a row of uses is."""

    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True)
class CodeFigures:
    """What some codes brought together.

    `goods` are the goods of their orders after discount, with VAT. `repeat_buyers` have used them more than
    once. `commission` is what is posted on their orders, less what was taken back. `ways` counts uses by how
    the code came to the cart; `strangers` typed it and had not met the owner.
    """

    uses: int = 0
    orders: int = 0
    reserved: int = 0
    discount: Amounts = field(default_factory=dict)
    credit: Amounts = field(default_factory=dict)
    goods: Amounts = field(default_factory=dict)
    commission: Amounts = field(default_factory=dict)
    new_customers: int = 0
    repeat_buyers: int = 0
    ways: Mapping[str, int] = field(default_factory=dict)
    strangers: int = 0
    last_use: datetime | None = None

    def share(self, way: str) -> int:
        """Give the share of uses that came by a way, in whole per cent."""
        return (200 * self.ways.get(way, 0) + self.uses) // (2 * self.uses) if self.uses else 0


@dataclass(frozen=True, kw_only=True)
class Span:
    """The uses of one day, or of one week from its Monday."""

    begins: date
    uses: int


def figures(conn: Connection, code_ids: Codes, *, partner: int | None = None) -> CodeFigures:
    """Add up what these codes brought; `partner` counts the commission of that partner only."""
    uses = conn.execute(_USES.where(Redemption.code_id.in_(code_ids))).all()
    ways = conn.execute(_WAYS.where(Redemption.code_id.in_(code_ids))).all()
    by_way: Counter[str] = Counter()
    for row in ways:
        by_way[row.came_by] += row.uses
    return CodeFigures(
        uses=sum(row.uses for row in uses),
        orders=sum(int(row.orders) for row in uses),
        reserved=_reserved(conn, code_ids),
        discount={row.currency: int(row.discount) for row in uses if row.discount},
        credit={row.currency: int(row.credit) for row in uses if row.credit},
        goods={row.currency: int(row.goods) for row in uses if row.goods},
        commission=_commission(conn, code_ids, partner),
        new_customers=sum(int(row.new) for row in uses),
        repeat_buyers=_repeat_buyers(conn, code_ids),
        ways=dict(by_way),
        strangers=sum(row.uses for row in ways if row.came_by == CameBy.TYPED.value and not row.touched),
        last_use=max((row.last for row in uses), default=None),
    )


_OPEN = Document.state == DocumentState.OPEN.value
_USES = (
    select(
        Redemption.currency,
        func.count().label("uses"),
        func.sum(case((_OPEN, 1), else_=0)).label("orders"),
        func.sum(Redemption.discount).label("discount"),
        func.sum(Redemption.credit).label("credit"),
        func.sum(Redemption.goods).label("goods"),
        func.sum(case((Document.first_order, 1), else_=0)).label("new"),
        func.max(Redemption.created_at).label("last"),
    )
    .join(Document, _ORDER, isouter=True)
    .where(COUNTED)
    .group_by(Redemption.currency)
)
_WAYS = (
    select(Redemption.came_by, Redemption.touched, func.count().label("uses"))
    .where(COUNTED)
    .group_by(Redemption.came_by, Redemption.touched)
)


def _reserved(conn: Connection, code_ids: Codes) -> int:
    held = Redemption.state == RedemptionState.RESERVED.value
    query = select(func.count()).where(Redemption.code_id.in_(code_ids), held)
    return conn.execute(query).scalar_one()


def _commission(conn: Connection, code_ids: Codes, partner: int | None) -> Amounts:
    orders = select(Document.id).join(Redemption, _ORDER).where(Redemption.code_id.in_(code_ids), COUNTED)
    query = select(Accrual.currency, func.sum(Accrual.amount - Accrual.reversed)).where(
        Accrual.document_id.in_(orders), Accrual.level.is_not(None)
    )
    if partner is not None:
        query = query.where(Accrual.partner_id == partner)
    return {currency: int(amount) for currency, amount in conn.execute(query.group_by(Accrual.currency))}


def _repeat_buyers(conn: Connection, code_ids: Codes) -> int:
    several = (
        select(Redemption.contact_id)
        .where(Redemption.code_id.in_(code_ids), COUNTED, Redemption.contact_id.is_not(None))
        .group_by(Redemption.contact_id)
        .having(func.count() > 1)
        .subquery()
    )
    return conn.execute(select(func.count()).select_from(several)).scalar_one()


def uses_over_time(
    conn: Connection, code_ids: Codes, step: Step, *, now: datetime, zone: ZoneInfo
) -> tuple[Span, ...]:
    """Give the uses of these codes day by day for four weeks, or week by week for half a year."""
    today = now.astimezone(zone).date()
    if step is Step.DAY:
        days, length = days_until(today, DAYS), 1
    else:
        monday = today - timedelta(days=today.weekday())
        days, length = [monday - timedelta(weeks=n) for n in reversed(range(WEEKS))], 7
    starts = [midnight(day, zone) for day in days]
    ends = midnight(days[-1] + timedelta(days=length), zone)
    found = per_span(conn, code_ids, starts, ends)
    sums = [sum(column) for column in zip(*found.values(), strict=True)] or [0] * len(days)
    return tuple(Span(begins=day, uses=uses) for day, uses in zip(days, sums, strict=True))
