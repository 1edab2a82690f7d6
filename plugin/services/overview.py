"""The few figures that an admin looks at first. Amounts in minor units."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..models import (
    AccountKind,
    Accrual,
    Balance,
    Call,
    Code,
    CommissionTerms,
    Contact,
    Coupon,
    Document,
    DocumentKind,
    Outcome,
    Redemption,
    RedemptionState,
)
from .listing import Query

COUNTED = (RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value)


@dataclass(frozen=True, kw_only=True)
class Period:
    """What happened in a period: orders in all and of partners, uses of codes, new customers, discount."""

    orders: int
    partner_orders: int
    redemptions: int
    new_customers: int
    discount: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What partners have in one currency. `payable` counts only those above zero, `below` those below."""

    currency: str
    on_hold: int
    payable: int
    below: int


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits for somebody: parked calls, calls without their order, redemptions to be checked."""

    parked: int
    waiting: int
    oldest_waiting: datetime | None
    flagged: int


@dataclass(frozen=True, kw_only=True)
class Beginnings:
    """What is there at all, to say what comes next in a new program."""

    partners: bool
    coupons: bool
    codes: bool
    terms: bool
    orders: bool


def period(session: Session, begins: datetime, ends: datetime) -> Period:
    """Count what happened from `begins` to before `ends`."""
    order = (
        Document.kind == DocumentKind.ORDER.value,
        Document.placed_at >= begins,
        Document.placed_at < ends,
        Document.state != "failed",
    )
    partner = func.count(Document.partner_id)
    first = func.count().filter(Document.first_order)
    counted = session.execute(
        select(func.count().label("orders"), partner.label("partners"), first.label("new")).where(*order)
    ).one()
    used = (
        Redemption.state.in_(COUNTED),
        Redemption.created_at >= begins,
        Redemption.created_at < ends,
    )
    discounts = session.execute(
        select(Redemption.currency, func.count(), func.sum(Redemption.discount))
        .where(*used)
        .group_by(Redemption.currency)
    ).all()
    return Period(
        orders=counted.orders,
        partner_orders=counted.partners,
        redemptions=sum(uses for _currency, uses, _sum in discounts),
        new_customers=counted.new,
        discount={currency: int(amount) for currency, _, amount in discounts},
    )


def owed(session: Session, currency: str, now: datetime) -> tuple[Owed, ...]:
    """Give what partners have per currency; a hold that is over counts as payable."""
    held: dict[str, int] = defaultdict(int, {currency: 0})
    payable: dict[tuple[int, str], int] = defaultdict(int)
    rows = session.execute(
        select(Balance.partner_id, Balance.currency, Balance.kind, func.sum(Balance.amount))
        .where(Balance.kind.in_((AccountKind.ON_HOLD.value, AccountKind.PAYABLE.value)))
        .group_by(Balance.partner_id, Balance.currency, Balance.kind)
    )
    for partner_id, code, kind, amount in rows:
        held[code] += int(amount) if kind == AccountKind.ON_HOLD.value else 0
        payable[partner_id, code] += int(amount) if kind == AccountKind.PAYABLE.value else 0
    for partner_id, code, amount in session.execute(_due(now)):
        held[code] -= int(amount)
        payable[partner_id, code] += int(amount)
    return tuple(
        Owed(
            currency=code,
            on_hold=amount,
            payable=sum(n for (_partner, of), n in payable.items() if of == code and n > 0),
            below=sum(n for (_partner, of), n in payable.items() if of == code and n < 0),
        )
        for code, amount in sorted(held.items(), key=lambda item: (item[0] != currency, item[0]))
    )


def _due(now: datetime) -> Query:
    return (
        select(Accrual.partner_id, Accrual.currency, func.sum(Accrual.amount - Accrual.reversed))
        .where(Accrual.released_at.is_(None), Accrual.payable_at <= now, Accrual.held.is_(False))
        .group_by(Accrual.partner_id, Accrual.currency)
    )


@dataclass(frozen=True, kw_only=True)
class Books:
    """What was earned in one currency by the accruals, and what partners have by their balances."""

    currency: str
    earned: int
    held: int

    @property
    def difference(self) -> int:
        """0 where the books add up."""
        return self.held - self.earned


def books(session: Session) -> tuple[Books, ...]:
    """Compare accruals with balances per currency: the quick part of `flask firstline check`."""
    earned = select(Accrual.currency, func.sum(Accrual.amount - Accrual.reversed)).group_by(Accrual.currency)
    held = select(Balance.currency, func.sum(Balance.amount)).group_by(Balance.currency)
    by_accrual = {currency: int(amount) for currency, amount in session.execute(earned)}
    by_balance = {currency: int(amount) for currency, amount in session.execute(held)}
    return tuple(
        Books(currency=currency, earned=by_accrual.get(currency, 0), held=by_balance.get(currency, 0))
        for currency in sorted(by_accrual | by_balance)
    )


def waiting(session: Session) -> Waiting:
    """Count what waits for somebody."""
    outcomes = session.execute(
        select(Call.outcome, func.count(), func.min(Call.at))
        .where(Call.outcome.in_((Outcome.PARKED.value, Outcome.WAITING.value)))
        .group_by(Call.outcome)
    ).all()
    found = {outcome: (number, at) for outcome, number, at in outcomes}
    flagged = select(func.count()).where(Redemption.state == RedemptionState.FLAGGED.value)
    return Waiting(
        parked=found.get(Outcome.PARKED.value, (0, None))[0],
        waiting=found.get(Outcome.WAITING.value, (0, None))[0],
        oldest_waiting=found.get(Outcome.WAITING.value, (0, None))[1],
        flagged=session.scalar(flagged) or 0,
    )


def beginnings(session: Session) -> Beginnings:
    """Say what is there at all."""

    def there(query: Query) -> bool:
        return session.execute(query.limit(1)).first() is not None

    return Beginnings(
        partners=there(select(Contact.id).where(Contact.partner_since.is_not(None))),
        coupons=there(select(Coupon.id)),
        codes=there(select(Code.id)),
        terms=there(select(CommissionTerms.id).where(CommissionTerms.ended.is_(False))),
        orders=there(select(Document.id)),
    )


def month_of(day: date) -> tuple[date, date]:
    """Give the first day of a day's month and of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, kw_only=True)
class Top:
    """A partner with what was earned in a period, over all levels."""

    contact: Contact
    currency: str
    documents: int
    commission: int


def top_partners(session: Session, begins: datetime, ends: datetime, most: int = 5) -> tuple[Top, ...]:
    """Give the partners who earned the most in a period."""
    amount = func.sum(Accrual.amount - Accrual.reversed)
    documents = func.count(Accrual.document_id.distinct())
    rows = session.execute(
        select(Contact, Accrual.currency, documents, amount)
        .join(Contact, Contact.id == Accrual.partner_id)
        .where(Accrual.at >= begins, Accrual.at < ends, Accrual.amount != Accrual.reversed)
        .group_by(Contact.id, Accrual.currency)
        .order_by(amount.desc(), Contact.id)
        .limit(most)
    )
    return tuple(
        Top(contact=row[0], currency=row[1], documents=row[2], commission=int(row[3])) for row in rows
    )
