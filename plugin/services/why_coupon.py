"""The coupon side of an explanation: the checks in their order, and how the discount fell on the lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.basket import vat_inside
from ..domain.coupon import CouponTerms
from ..models import Code, Coupon, Document, Redemption, RedemptionState
from .candidates import terms_of
from .credit_back import used_by_code
from .documents import unpack_terms
from .why_judged import Judged, Proof, proofs_of


@dataclass(frozen=True, kw_only=True)
class CouponTrace:
    """One code of an order: the coupon as pinned, what it took off, and every check."""

    code: str
    code_id: int
    coupon_id: int | None
    name: str
    state: str
    refused: str
    discount: int
    credit: int
    """What it pays as store credit, without what has gone back."""
    credit_back: int
    held: bool
    """Whether the code was kept for one customer."""
    spread: Decimal | None
    """The fixed VAT rate, None: spread over the lines."""
    redemption_id: int | None
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line with its discount; `net` is without VAT."""

    key: str
    title: str
    product_ref: str
    quantity: Decimal
    rate: Decimal | None
    total: int
    discount: int
    net: int

    @property
    def left(self) -> int:
        """What is left after the discount, as priced."""
        return self.total - self.discount


def lines(document: Document) -> tuple[PricedLine, ...]:
    """Give the lines of a document as sold."""
    include_vat: bool = document.sale["include_vat"]
    return tuple(_line(packed, include_vat=include_vat) for packed in document.sale["lines"])


def _line(packed: dict[str, Any], *, include_vat: bool) -> PricedLine:
    rate = None if packed["rate"] is None else Decimal(packed["rate"])
    left = packed["total"] - packed["discount"]
    return PricedLine(
        key=packed["key"],
        title=packed.get("title") or packed["product"],
        product_ref=packed["product"],
        quantity=Decimal(packed["quantity"]),
        rate=rate,
        total=packed["total"],
        discount=packed["discount"],
        net=left - vat_inside(left, rate) if include_vat else left,
    )


def coupons(session: Session, document: Document, zone: tzinfo) -> Iterator[CouponTrace]:
    """Give every code that the order was placed with."""
    earlier: list[CouponTerms] = []
    used = used_by_code(document)
    for code_id, display, packed in document.sale.get("coupons", ()):
        redemption = _redemption(session, document, code_id)
        code = session.get(Code, code_id)
        coupon = session.get(Coupon, code.coupon_id) if code is not None else None
        terms = _as_judged(unpack_terms(packed), session, coupon)
        judged = Judged(
            document=document,
            terms=terms,
            link_only=coupon is not None and coupon.link_only,
            code=code,
            redemption=redemption,
            beside=tuple(earlier),
            zone=zone,
        )
        earlier.append(terms)
        yield CouponTrace(
            code=display,
            code_id=code_id,
            coupon_id=coupon.id if coupon is not None else None,
            name=terms.name,
            state=redemption.state if redemption is not None else RedemptionState.REDEEMED.value,
            refused=judged.refused,
            discount=redemption.discount if redemption is not None else 0,
            credit=redemption.credit if redemption is not None else 0,
            credit_back=used.get(code_id, 0) - redemption.credit if redemption is not None else 0,
            held=code is not None and code.holder_id is not None,
            spread=terms.vat_rate,
            redemption_id=redemption.id if redemption is not None else None,
            proofs=tuple(proofs_of(session, judged)),
        )


def _redemption(session: Session, document: Document, code_id: int) -> Redemption | None:
    query = (
        select(Redemption)
        .where(
            Redemption.code_id == code_id,
            Redemption.source == document.source,
            Redemption.order_ref == document.ref,
        )
        .order_by(Redemption.id.desc())
    )
    return session.scalars(query).first()


def _as_judged(pinned: CouponTerms, session: Session, coupon: Coupon | None) -> CouponTerms:
    """Add dates and limits, which are judged once and not pinned."""
    if coupon is None:
        return pinned
    table = Coupon.__table__
    now = terms_of(session.execute(select(table).where(table.c.id == coupon.id)).one())
    return replace(pinned, link_only=False, **{name: getattr(now, name) for name in _JUDGED_ONCE})


_JUDGED_ONCE = (
    "valid_from", "valid_until", "days", "opens", "closes", "most_codes", "max_uses",
    "max_per_code", "max_per_customer", "period", "max_in_period", "max_per_customer_in_period", "budget",
    "order_budget",
)  # fmt: skip
