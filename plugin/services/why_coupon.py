"""The coupon side of an explanation: the checks in their order, and how the discount fell on the lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.basket import Basket, BasketLine, vat_inside
from ..domain.coupon import CouponTerms
from ..domain.judging import Buyer, CodeState, Judgement, checks
from ..models import Code, Coupon, Document, Redemption, RedemptionState
from .documents import unpack_terms


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One check: `ok` is None where it was not asked after an earlier one did not hold."""

    name: str
    ok: bool | None
    data: dict[str, object]


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


def coupons(session: Session, document: Document) -> Iterator[CouponTrace]:
    """Give every code that the order was placed with."""
    pinned = document.sale.get("coupons", ())
    for code_id, display, packed in pinned:
        redemption = session.scalars(
            select(Redemption)
            .where(
                Redemption.code_id == code_id,
                Redemption.source == document.source,
                Redemption.order_ref == document.ref,
            )
            .order_by(Redemption.id.desc())
        ).first()
        code = session.get(Code, code_id)
        coupon = session.get(Coupon, code.coupon_id) if code is not None else None
        terms = _as_judged(unpack_terms(packed), coupon)
        refused = redemption.note if redemption is not None else ""
        yield CouponTrace(
            code=display,
            code_id=code_id,
            coupon_id=coupon.id if coupon is not None else None,
            name=terms.name,
            state=redemption.state if redemption is not None else RedemptionState.REDEEMED.value,
            refused=refused,
            discount=redemption.discount if redemption is not None else 0,
            held=code is not None and code.holder_id is not None,
            spread=terms.vat_rate,
            redemption_id=redemption.id if redemption is not None else None,
            proofs=tuple(_proofs(session, document, terms, code, redemption, refused)),
        )


def _as_judged(pinned: CouponTerms, coupon: Coupon | None) -> CouponTerms:
    """Add dates and limits, which are judged once and not pinned."""
    if coupon is None:
        return pinned
    return replace(
        pinned,
        valid_from=coupon.valid_from,
        valid_until=coupon.valid_until,
        max_uses=coupon.max_uses,
        max_per_code=coupon.max_per_code,
        max_per_customer=coupon.max_per_customer,
    )


def _proofs(
    session: Session,
    document: Document,
    terms: CouponTerms,
    code: Code | None,
    redemption: Redemption | None,
    refused: str,
) -> Iterator[Proof]:
    """Go through the checks as when the order was placed; a code that was used had passed them all."""
    judgement = Judgement(
        terms=terms,
        state=CodeState(
            code=code.display if code is not None else "",
            code_max=code.max_uses if code is not None else None,
            coupon_used=_place_in(session, redemption, Redemption.coupon_id),
            code_used=_place_in(session, redemption, Redemption.code_id),
            holder=code is not None and code.holder_id is not None,
            holder_is_buyer=True,
        ),
        buyer=Buyer(),
        basket=basket(document),
        currency=document.currency,
        now=document.placed_at,
        placing=True,
    )
    keys = len(redemption.person_keys) if redemption is not None else 0
    failed = False
    for check in checks(judgement):
        here = bool(refused) and check.name in _CHECKS_OF.get(refused, ())
        data = {**check.data, "keys": keys, "owner": code is not None and code.owner_id is not None}
        yield Proof(name=check.name, ok=None if failed else not here, data=data)
        failed = failed or here


_CHECKS_OF = {
    "inactive": ("active",),
    "not_yet": ("from",),
    "expired": ("until",),
    "not_yours": ("holder",),
    "own_code": ("own code",),
    "new_customers_only": ("new customer",),
    "email_needed": ("e-mail",),
    "used_up": ("uses of the coupon", "uses of the code", "uses by this customer"),
    "currency": ("currency",),
    "not_stackable": ("alone",),
    "minimum": ("minimum",),
    "maximum": ("maximum",),
    "products": ("products",),
}


def _place_in(session: Session, redemption: Redemption | None, column: Any) -> int:  # noqa: ANN401 - a mapped column
    """Count the uses before this one that still count."""
    if redemption is None:
        return 0
    same = column == getattr(redemption, column.key)
    counted = Redemption.state != RedemptionState.RELEASED.value
    query = select(func.count()).select_from(Redemption).where(same, counted, Redemption.id < redemption.id)
    return session.scalar(query) or 0


def basket(document: Document) -> Basket:
    """Give the sale as it was judged."""
    sale = document.sale
    rate = sale["shipping_rate"]
    return Basket(
        currency=document.currency,
        lines=tuple(
            BasketLine(
                key=line["key"],
                product_ref=line["product"],
                quantity=Decimal(line["quantity"]),
                total=line["total"],
                vat_rate=None if line["rate"] is None else Decimal(line["rate"]),
                coupon_allowed=line.get("coupon", True),
                absolute_allowed=line.get("absolute", True),
                categories=tuple(line["categories"]),
            )
            for line in sale["lines"]
        ),
        shipping=sale["shipping"],
        shipping_vat_rate=None if rate is None else Decimal(rate),
        prices_include_vat=sale["include_vat"],
    )
