"""Carts and orders as the use cases read them: each callable asked once, amounts in minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from ..domain.basket import Basket, BasketLine
from ..domain.money import allocate, exponent, half_up, minor
from ..domain.tracking import Carried
from ..errors import WrongFact
from ..shop import Cart, Customer, Line, Order, checked_lines


@dataclass(frozen=True)
class Holders:
    """Where codes of a cart may wait: the cart's key, the visitor, the customer."""

    cart: str | None = None
    visitor: str | None = None
    customer: str | None = None
    carried: Carried | None = None
    """The partner's link that a visitor without a cookie came by."""

    @property
    def names(self) -> list[str]:
        """The holders as stored."""
        pairs = (("cart", self.cart), ("visitor", self.visitor), ("customer", self.customer))
        return [f"{kind}:{value}" for kind, value in pairs if value]

    @property
    def own(self) -> list[str]:
        """The holders that a code typed into this cart is kept at."""
        return [name for name in self.names if not name.startswith("customer:")] or self.names

    @property
    def claim_key(self) -> str | None:
        """What reservations of this cart are kept under."""
        return self.own[0] if self.own else None

    def packed(self) -> dict[str, object]:
        """Give it as it is kept with a call."""
        names: dict[str, object] = {
            "cart": self.cart, "visitor": self.visitor, "customer": self.customer,
        }  # fmt: skip
        link = self.carried
        return names if link is None else {**names, "carried": [link.link_id, link.at.isoformat()]}

    @classmethod
    def unpacked(cls, kept: Mapping[str, Any]) -> Holders:
        """Read it back."""
        names, carried = {**kept}, kept.get("carried")
        if carried is not None:
            names["carried"] = Carried(link_id=carried[0], at=datetime.fromisoformat(carried[1]))
        return cls(**names)


class CartReader:
    """A cart or order whose callables are asked at most once, and only when needed."""

    def __init__(self, cart: Cart | Order) -> None:
        self.cart = cart

    @property
    def currency(self) -> str:
        """The currency of all its amounts."""
        return self.cart.currency

    @cached_property
    def customer(self) -> Customer | None:
        """Who buys, or None."""
        customer = self.cart.customer
        found = customer() if callable(customer) else customer
        if found is not None and not isinstance(found, Customer):
            raise WrongFact(f"customer gave {type(found).__name__}; give a flask_firstline.Customer or None")
        return found

    @cached_property
    def has_bought(self) -> bool | None:
        """Whether the shop knows of an earlier order."""
        if self.customer is None:
            return None
        known = self.customer.has_bought
        return known() if callable(known) else known

    @cached_property
    def lines(self) -> tuple[Line, ...] | None:
        """The lines of goods, or None where they are not known yet."""
        lines = self.cart.lines
        return checked_lines(lines() if callable(lines) else lines)

    def basket(self, absolute_coupons: Mapping[str, bool] | None = None) -> Basket | None:
        """Give the cart in minor units; `absolute_coupons` are the products' own switches."""
        if self.lines is None:
            return None
        switches = absolute_coupons or {}
        cart = self.cart
        totals = line_totals(self.lines, cart.currency, cart.discount)
        return Basket(
            currency=cart.currency,
            lines=tuple(
                _basket_line(line, total, switches, cart.currency)
                for line, total in zip(self.lines, totals, strict=True)
            ),
            shipping=minor(cart.shipping, cart.currency),
            shipping_vat_rate=cart.shipping_vat_rate,
            prices_include_vat=cart.prices_include_vat,
        )


def _basket_line(line: Line, total: int, switches: Mapping[str, bool], currency: str) -> BasketLine:
    return BasketLine(
        key=line.key,
        product_ref=line.product_ref,
        quantity=line.quantity,
        total=total,
        vat_rate=line.vat_rate,
        coupon_allowed=line.coupon_allowed,
        absolute_allowed=switches.get(line.product_ref, True),
        categories=line.categories,
        cost=cost_of(line, currency),
    )


def cost_of(line: Line, currency: str) -> Decimal | None:
    """Give what one unit of a line costs the shop, in minor units and not rounded."""
    return None if line.cost is None else line.cost.scaleb(exponent(currency))


def line_totals(lines: Sequence[Line], currency: str, discount: Decimal = Decimal(0)) -> list[int]:
    """Give `L` of each line in minor units: hu(quantity x unit price) less its share of the discount."""
    scale = 10 ** exponent(currency)
    totals = [half_up(Fraction(line.quantity) * Fraction(line.unit_price) * scale) for line in lines]
    off = minor(discount, currency)
    if not off:
        return totals
    weights = [max(total, 0) for total in totals]
    shares = allocate(min(off, sum(weights)), weights)
    return [total - share for total, share in zip(totals, shares, strict=True)]
