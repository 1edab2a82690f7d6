"""A partner's codes with what they brought, and what is needed to make and switch own ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, RowMapping, and_, case, func, or_, select

from ..models import Accrual, Audit, Code, Coupon, Document, DocumentKind, Redemption, RedemptionState
from . import code_portions, codes
from .candidates import portions_of

COUNTED = (RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value)
Amounts = dict[str, int]
"""Minor units per currency."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A coupon as partners and buyers read it; amounts in minor units of `currency`."""

    id: int
    name: str
    kind: str
    amount: int | None
    percent: Decimal | None
    cap: int | None
    currency: str | None
    min_order: int | None
    new_customers_only: bool
    max_per_code: int | None
    valid_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class OwnCode:
    """A code of a partner. `max_uses` is the narrower of its own limit and its coupon's per code."""

    id: int
    display: str
    offer: Offer
    active: bool
    ended: bool
    used: int
    max_uses: int | None
    new_customers: int
    discount: Amounts
    commission: Amounts
    mine: bool = True
    """Whether the partner owns it; who only has a portion cannot switch it."""
    weight: int | None = None
    """Where it is shared: what the partner has of it, in hundredths of a per cent."""


def open_offers(conn: Connection, *, now: datetime) -> tuple[Offer, ...]:
    """Give the coupons on which partners may make own codes today."""
    rows = conn.execute(
        select(*_OFFER)
        .where(
            Coupon.open_to_partners,
            Coupon.active,
            or_(Coupon.valid_until.is_(None), Coupon.valid_until > now),
        )
        .order_by(Coupon.name)
    )
    return tuple(_offer(row) for row in rows.mappings())


_OFFER = (
    Coupon.id, Coupon.name, Coupon.kind, Coupon.amount, Coupon.percent, Coupon.cap, Coupon.currency,
    Coupon.min_order, Coupon.new_customers_only, Coupon.max_per_code, Coupon.valid_until,
)  # fmt: skip


def _offer(row: RowMapping) -> Offer:
    return Offer(**{column.key: row[column.key] for column in _OFFER})


def own_codes(conn: Connection, partner: int, *, now: datetime) -> tuple[OwnCode, ...]:
    """Give all codes that a partner owns or has a portion of with their figures, the most used first."""
    rows = (
        conn.execute(
            select(
                *_OFFER,
                Code.id.label("code_id"),
                Code.display,
                Code.active,
                Code.max_uses,
                Code.owner_id,
                Code.portions,
                Coupon.active.label("coupon_active"),
            )
            .join(Coupon, Coupon.id == Code.coupon_id)
            .where(code_portions.is_of(partner))
            .order_by(Code.id)
        )
        .mappings()
        .all()
    )
    figures = _Figures(conn, partner, [row["code_id"] for row in rows])
    found = [_own_code(row, partner, figures, now) for row in rows]
    return tuple(sorted(found, key=lambda code: -code.used))


def _own_code(row: RowMapping, partner: int, figures: _Figures, now: datetime) -> OwnCode:
    offer = _offer(row)
    weights = {one.partner_id: one.weight for one in portions_of(row["owner_id"], row["portions"])}
    limits = [limit for limit in (row["max_uses"], offer.max_per_code) if limit is not None]
    over = offer.valid_until is not None and offer.valid_until <= now
    return OwnCode(
        id=row["code_id"],
        display=row["display"],
        offer=offer,
        active=row["active"],
        ended=over or not row["coupon_active"],
        used=figures.used[row["code_id"]],
        max_uses=min(limits) if limits else None,
        new_customers=figures.new_customers[row["code_id"]],
        discount=figures.discount[row["code_id"]],
        commission=figures.commission[row["code_id"]],
        mine=row["owner_id"] == partner,
        weight=weights.get(partner),
    )


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What all codes brought together."""

    used: int
    new_customers: int
    discount: Amounts
    commission: Amounts


def sums(codes: Sequence[OwnCode]) -> Sums:
    """Add up the figures of codes, amounts per currency."""
    return Sums(
        used=sum(code.used for code in codes),
        new_customers=sum(code.new_customers for code in codes),
        discount=dict(sum((Counter(code.discount) for code in codes), Counter())),
        commission=dict(sum((Counter(code.commission) for code in codes), Counter())),
    )


class _Figures:
    """What codes brought, read in two statements for all of them."""

    def __init__(self, conn: Connection, partner: int, ids: Sequence[int]) -> None:
        self.used: dict[int, int] = defaultdict(int)
        self.new_customers: dict[int, int] = defaultdict(int)
        self.discount: dict[int, Amounts] = defaultdict(dict)
        self.commission: dict[int, Amounts] = defaultdict(dict)
        if ids:
            self._read_uses(conn, ids)
            self._read_commission(conn, partner, ids)

    def _read_uses(self, conn: Connection, ids: Sequence[int]) -> None:
        first = func.sum(case((Document.first_order, 1), else_=0))
        rows = conn.execute(
            select(
                Redemption.code_id, Redemption.currency, func.count(), func.sum(Redemption.discount), first
            )
            .join(Document, _ORDER, isouter=True)
            .where(Redemption.code_id.in_(ids), Redemption.state.in_(COUNTED))
            .group_by(Redemption.code_id, Redemption.currency)
        )
        for code_id, currency, uses, discount, new in rows:
            self.used[code_id] += uses
            self.new_customers[code_id] += new
            self.discount[code_id][currency] = int(discount)

    def _read_commission(self, conn: Connection, partner: int, ids: Sequence[int]) -> None:
        earned = func.sum(Accrual.amount - Accrual.reversed)
        rows = conn.execute(
            select(Redemption.code_id, Accrual.currency, earned)
            .join(Document, _ORDER)
            .join(Accrual, and_(Accrual.document_id == Document.id, Accrual.partner_id == partner))
            .where(Redemption.code_id.in_(ids), Redemption.state.in_(COUNTED))
            .group_by(Redemption.code_id, Accrual.currency)
        )
        for code_id, currency, amount in rows:
            self.commission[code_id][currency] = int(amount)


_ORDER = and_(
    Document.ref == Redemption.order_ref,
    Document.source == Redemption.source,
    Document.kind == DocumentKind.ORDER.value,
)


def suggest(
    conn: Connection,
    text: str,
    name: str,
    *,
    reserved: Collection[str] = (),
    forbidden: Collection[str] = (),
    now: datetime,
) -> str:
    """Give a free code near to the one that was wanted, "" where none is found."""
    for option in _options(text.strip(), name, now):
        if codes.check_own_code(conn, option, reserved=reserved, forbidden=forbidden) is None:
            return option
    return ""


def _options(text: str, name: str, now: datetime) -> Iterator[str]:
    last = name.split()[-1].lower() if name.split() else ""
    if last and last not in text.lower():
        yield f"{last}-{text}"
    yield f"{text}-{now:%y}"
    yield from (f"{text}-{n}" for n in range(2, 10))


def find_own(conn: Connection, partner: int, code_id: int) -> str | None:
    """Give the spelling of a code where it is the partner's own."""
    return conn.scalar(select(Code.display).where(Code.id == code_id, Code.owner_id == partner))


def find_seen(conn: Connection, partner: int, code_id: int) -> str | None:
    """Give the spelling of a code where the partner owns it or has a portion of it."""
    return conn.scalar(select(Code.display).where(Code.id == code_id, code_portions.is_of(partner)))


def switched_off_by_others(conn: Connection, display: str, who: str) -> bool:
    """Say whether somebody else than `who` was the last to switch a code off: then only they switch it on."""
    last = conn.scalar(
        select(Audit.who)
        .where(Audit.noun == "code", Audit.subject == display, Audit.act == "switch off")
        .order_by(Audit.id.desc())
        .limit(1)
    )
    return last is not None and last != who
