"""What lies in carts of tests: lines and carts with defaults for all that a test does not care about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..domain.money import Number
from ..shop import Cart, Customer, Line

#: What the shelves of a FakeShop hold: ref, price with VAT, rate in per cent.
SHELF: dict[str, tuple[str, str]] = {"tea": ("12.50", "7"), "soap": ("4.90", "19"), "towel": ("25.00", "19")}


def make_line(
    key: object = "a",
    price: Number = "12.50",
    *,
    quantity: Number = 1,
    product: object = None,
    vat_rate: Number | None = 19,
    coupon_allowed: bool = True,
    categories: Sequence[str] = (),
) -> Line:
    """Give a line of goods; its product is `p-<key>` where none is named."""
    return Line(
        key=key,
        product_ref=f"p-{key}" if product is None else product,
        quantity=quantity,
        unit_price=price,
        title=f"Article {key}",
        vat_rate=vat_rate,
        coupon_allowed=coupon_allowed,
        categories=categories,
    )


def make_customer(ref: object = "ina", email: str | None = None, **more: object) -> Customer:
    """Give a customer; `ref=None` is a guest. The e-mail follows from the ref where none is given."""
    address = f"{ref}@shop.example" if email is None and ref is not None else email
    return Customer(ref=None if ref is None else str(ref), email=address, **more)  # type: ignore[arg-type]


def make_cart(*lines: Line, key: object = "cart-1", currency: str = "EUR", **more: object) -> Cart:
    """Give a cart of one customer, with two lines of 12.50 where none are given."""
    goods = lines or (make_line("a"), make_line("b"))
    more.setdefault("customer", make_customer())
    return Cart(key=None if key is None else str(key), currency=currency, lines=goods, **more)  # type: ignore[arg-type]


def sum_of(lines: Sequence[Line]) -> Decimal:
    """Give what lines come to, before any discount and rounding."""
    return sum((line.quantity * line.unit_price for line in lines), Decimal(0))
