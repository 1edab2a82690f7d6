"""What the shop owes at the end of a day: commissions, store credit, and kickbacks that are pending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from ..domain.report import Column, Kind, Report, Row, whole
from ..models import AccountKind, Campaign, Code, Contact, Coupon, CreditMove, Posting, Reward
from .report_asked import Asked, currencies
from .report_money import moved, named, postings

LIABILITIES = (
    Column(name="owed_as", kind=Kind.WORD),
    Column(name="owed_to", kind=Kind.TEXT),
    Column(name="currency", kind=Kind.CURRENCY),
    Column(name="number", summed=False),
    Column(name="on_hold", kind=Kind.MONEY),
    Column(name="payable", kind=Kind.MONEY),
    Column(name="owed", kind=Kind.MONEY),
)
COMMISSION, CREDIT, KICKBACK = "commission", "store_credit", "kickback"


def liabilities(conn: Connection, asked: Asked) -> Report:
    """Report what was owed when the last day of the report ended; the first day is not looked at."""
    rows = [*_commissions(conn, asked), *_credit(conn, asked), *_kickbacks(conn, asked)]
    order = currencies(asked, [str(row["currency"]) for row in rows])
    rows.sort(key=lambda row: order.index(str(row["currency"])))
    return Report(name="liabilities", columns=LIABILITIES, rows=rows)


def _commissions(conn: Connection, asked: Asked) -> Iterator[Row]:
    held, payable = (
        func.sum(moved(None, account.value) - moved(account.value))
        for account in (AccountKind.ON_HOLD, AccountKind.PAYABLE)
    )
    query = (
        select(
            Contact.id,
            Contact.name,
            Contact.ref,
            Posting.currency,
            held.label("held"),
            payable.label("payable"),
        )
        .join_from(Posting, Contact, Contact.id == Posting.partner_id)
        .where(Posting.at < asked.ends, postings(asked))
        .group_by(Contact.id, Contact.name, Contact.ref, Posting.currency)
        .having(or_(held != 0, payable != 0))
        .order_by((held + payable).desc(), Contact.id)
    )
    for row in conn.execute(query):
        yield _row(
            COMMISSION, named(row), row.currency, held=int(row.held), payable=int(row.payable), id=row.id
        )


def _row(
    kind: str,
    name: str,
    currency: str,
    *,
    number: int | None = None,
    held: int = 0,
    payable: int = 0,
    id: int | None = None,  # noqa: A002 - a key of rows
) -> Row:
    return {
        "owed_as": kind,
        "owed_to": name,
        "id": id,
        "currency": currency,
        "number": number,
        "on_hold": held,
        "payable": payable,
        "owed": held + payable,
    }


def _credit(conn: Connection, asked: Asked) -> Iterator[Row]:
    """Give what codes of store credit still held, by coupon."""
    change = (
        select(CreditMove.code_id, func.sum(CreditMove.amount).label("amount"))
        .where(CreditMove.at < asked.ends)
        .group_by(CreditMove.code_id)
        .subquery()
    )
    left = Code.credit + func.coalesce(change.c.amount, 0)
    query = (
        select(
            Coupon.id,
            Coupon.name,
            Coupon.currency,
            func.count().label("number"),
            func.sum(left).label("left"),
        )
        .join_from(Code, Coupon, Coupon.id == Code.coupon_id)
        .join(change, change.c.code_id == Code.id, isouter=True)
        .where(Code.credit.is_not(None), Code.created_at < asked.ends, left > 0, _coupons(asked))
        .group_by(Coupon.id, Coupon.name, Coupon.currency)
        .order_by(func.sum(left).desc(), Coupon.id)
    )
    for row in conn.execute(query):
        yield _row(CREDIT, row.name, row.currency, number=row.number, payable=int(row.left), id=row.id)


def _coupons(asked: Asked) -> ColumnElement[bool]:
    more: list[ColumnElement[bool]] = [asked.in_currency(Coupon.currency)]
    if asked.coupon is not None:
        more.append(Coupon.id == asked.coupon)
    if asked.partner is not None:
        more.append(or_(Code.owner_id == asked.partner, Code.holder_id == asked.partner))
    return and_(*more)


def _kickbacks(conn: Connection, asked: Asked) -> Iterator[Row]:
    """Give what is promised to sharers and others and not given yet, as far as it is an amount."""
    more: list[ColumnElement[bool]] = []
    if asked.coupon is not None:
        more.append(Campaign.coupon_id == asked.coupon)
    if asked.partner is not None:
        more.append(Reward.contact_id == asked.partner)
    query = (
        select(Campaign.id, Campaign.name, Reward.terms, func.count().label("number"))
        .join_from(Reward, Campaign, Campaign.id == Reward.campaign_id, isouter=True)
        .where(
            Reward.created_at < asked.ends,
            or_(Reward.active_at.is_(None), Reward.active_at >= asked.ends),
            or_(Reward.withdrawn_at.is_(None), Reward.withdrawn_at >= asked.ends),
            *more,
        )
        .group_by(Campaign.id, Campaign.name, Reward.terms)
        .order_by(Campaign.name, Campaign.id)
    )
    sums: dict[tuple[int | None, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in conn.execute(query):
        amount, currency = whole(row.terms.get("amount")), row.terms.get("currency") or asked.home
        if asked.currency in {None, currency}:
            found = sums[row.id, row.name or "", currency]
            found[0] += row.number
            found[1] += row.number * amount
    for (campaign, name, currency), (number, amount) in sums.items():
        yield _row(KICKBACK, name, currency, number=number, held=amount, id=campaign)
