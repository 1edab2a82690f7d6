"""Carts and coupons for tests: as a shop hands them over, as the domain and as the oracle read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from flask_firstline.domain.basket import Basket
from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.domain.money import exponent, minor
from flask_firstline.services.carts import CartReader
from flask_firstline.shop import Cart, Line

from . import oracle

EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "examples.json").read_text(encoding="utf-8")
)
CURRENCIES = ("EUR", "JPY", "KWD")
RATES = (None, "0", "5", "7", "8.1", "19", "20", "99.9999")


@dataclass(frozen=True, kw_only=True)
class Given:
    """A cart with the coupons on it, and the products that take no absolute coupon."""

    cart: Cart
    coupons: tuple[tuple[str, CouponTerms], ...]
    switched_off: frozenset[str] = frozenset()

    @property
    def basket(self) -> Basket:
        basket = CartReader(self.cart).basket(dict.fromkeys(self.switched_off, False))
        assert basket is not None
        return basket

    @property
    def oracle_cart(self) -> oracle.Cart:
        scale = 10 ** exponent(self.cart.currency)
        assert isinstance(self.cart.lines, tuple)
        return oracle.Cart(
            lines=tuple(self._oracle_line(line, scale) for line in self.cart.lines),
            discount=oracle.hu(Fraction(self.cart.discount) * scale),
            shipping=oracle.hu(Fraction(self.cart.shipping) * scale),
            shipping_rate=_fraction(self.cart.shipping_vat_rate),
            with_vat=self.cart.prices_include_vat,
        )

    def _oracle_line(self, line: Line, scale: int) -> oracle.Line:
        return oracle.Line(
            key=line.key,
            quantity=Fraction(line.quantity),
            price=Fraction(line.unit_price) * scale,
            rate=_fraction(line.vat_rate),
            product=line.product_ref,
            categories=frozenset(line.categories),
            allowed=line.coupon_allowed,
            absolute=line.product_ref not in self.switched_off,
        )

    @property
    def oracle_coupons(self) -> list[oracle.Coupon]:
        return [_oracle_coupon(code, terms) for code, terms in self.coupons]


def _fraction(rate: Decimal | None) -> Fraction | None:
    return None if rate is None else Fraction(rate)


def _oracle_coupon(code: str, terms: CouponTerms) -> oracle.Coupon:
    return oracle.Coupon(
        code=code,
        amount=terms.amount if terms.kind is Kind.AMOUNT else None,
        percent=Fraction(terms.percent or 0) if terms.kind is Kind.PERCENT else None,
        cap=terms.cap,
        rate=_fraction(terms.vat_rate),
        priority=terms.priority,
        products=terms.products,
        categories=terms.categories,
        minimum=terms.min_order,
        maximum=terms.max_order,
    )


def example_given(case: dict[str, Any]) -> Given:
    """Read a worked case, its amounts handed over in the Python type it names."""
    facts = case["cart"]
    kind = {"str": str, "float": float, "int": int}[facts["amounts_as"]]
    lines = [
        Line(**{**line, "unit_price": kind(line["unit_price"]), "vat_rate": line["vat_rate"]})
        for line in facts["lines"]
    ]
    cart = Cart(
        currency=facts["currency"],
        lines=tuple(lines),
        shipping=kind(facts["shipping"]),
        shipping_vat_rate=facts["shipping_vat_rate"],
        prices_include_vat=facts["prices_include_vat"],
    )
    coupons = tuple((coupon["code"], example_terms(coupon, facts["currency"])) for coupon in case["coupons"])
    return Given(cart=cart, coupons=coupons)


def example_terms(coupon: dict[str, Any], currency: str) -> CouponTerms:
    """Read the terms of a worked case, as the command line would."""

    def money(name: str) -> int | None:
        return minor(coupon[name], currency) if name in coupon else None

    return CouponTerms(
        name=coupon["name"],
        kind=Kind.AMOUNT if "amount" in coupon else Kind.PERCENT,
        amount=money("amount"),
        percent=Decimal(coupon["percent"]) if "percent" in coupon else None,
        cap=money("cap"),
        currency=currency,
        min_order=money("min_order"),
        products=frozenset(coupon.get("products", ())),
        vat_rate=Decimal(coupon["vat_rate"]) if "vat_rate" in coupon else None,
        priority=coupon.get("priority", 100),
        stackable=True,
    )


def rates() -> st.SearchStrategy[Decimal | None]:
    """VAT rates, among them none, zero and an odd one."""
    return st.sampled_from(RATES).map(lambda rate: None if rate is None else Decimal(rate))


def quantities() -> st.SearchStrategy[Decimal]:
    """Whole pieces mostly, and parts of a kilo."""
    return st.sampled_from([Decimal(text) for text in ("1", "1", "2", "3", "7", "0.5", "1.25", "0")])


def _price(draw: st.DrawFn, digits: int, *, refunds: bool) -> Decimal:
    low = -300 if refunds else 0
    whole = draw(st.one_of(st.integers(low, 60), st.integers(low, 20_000)))
    finer = draw(st.sampled_from([0, 0, 0, 3]))
    return Decimal(whole * 10**finer + (draw(st.integers(0, 999)) if finer else 0)).scaleb(-digits - finer)


@st.composite
def carts(draw: st.DrawFn, *, rebates: bool = False) -> Cart:
    """Any cart; `rebates` lets lines cost less than nothing."""
    currency = draw(st.sampled_from(CURRENCIES))
    digits = exponent(currency)
    count = draw(st.integers(0, 5))
    lines = tuple(
        Line(
            key=f"k{i}",
            product_ref=draw(st.sampled_from(["p0", "p1", "p2", "p3"])),
            quantity=draw(quantities()),
            unit_price=_price(draw, digits, refunds=rebates),
            vat_rate=draw(rates()),
            coupon_allowed=draw(st.sampled_from([True, True, True, False])),
            categories=draw(st.sets(st.sampled_from(["c0", "c1"]), max_size=2)),
        )
        for i in range(count)
    )
    return Cart(
        currency=currency,
        lines=lines,
        discount=Decimal(draw(st.sampled_from([0, 0, 0, 1, 250]))).scaleb(-digits),
        shipping=Decimal(draw(st.sampled_from([0, 1, 3, 490]))).scaleb(-digits),
        shipping_vat_rate=draw(rates()),
        prices_include_vat=draw(st.booleans()),
    )


@st.composite
def coupon_terms(draw: st.DrawFn) -> CouponTerms:
    """Any terms that can be made, without limits and conditions on the order."""
    kind = draw(st.sampled_from([Kind.AMOUNT, Kind.AMOUNT, Kind.PERCENT, Kind.PERCENT, Kind.SHIPPING]))
    return CouponTerms(
        name=f"coupon by {kind}",
        kind=kind,
        amount=draw(st.integers(1, 3000)) if kind is Kind.AMOUNT else None,
        percent=Decimal(draw(st.sampled_from(["0.01", "7.5", "10", "33.33", "100"])))
        if kind is Kind.PERCENT
        else None,
        cap=draw(st.sampled_from([None, 1, 400])) if kind is Kind.PERCENT else None,
        products=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"p0", "p1"})])),
        categories=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"c0"})])),
        vat_rate=draw(st.sampled_from([None, None, Decimal(0), Decimal(7), Decimal(19)])),
        priority=draw(st.sampled_from([10, 100, 100])),
        stackable=True,
    )


@st.composite
def givens(draw: st.DrawFn, *, rebates: bool = False) -> Given:
    """Any cart with up to four coupons on it."""
    terms: Sequence[CouponTerms] = draw(st.lists(coupon_terms(), max_size=4))
    return Given(
        cart=draw(carts(rebates=rebates)),
        coupons=tuple((f"code{i}", each) for i, each in enumerate(terms)),
        switched_off=draw(st.sampled_from([frozenset(), frozenset(), frozenset({"p0"})])),
    )
