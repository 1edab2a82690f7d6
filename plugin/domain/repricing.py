"""Price an order anew from the terms that it was placed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .basket import Basket
from .coupon import CouponTerms, OrderValue
from .quote import Priced, price

Coupons = Sequence[tuple[str, CouponTerms]]


def reprice(basket: Basket, coupons: Coupons, credit_left: Mapping[str, int] | None = None) -> Priced:
    """Price as `quote.price` does, without the coupons that ask for their minimum again and miss it.

    Store credit stays: it is the buyer's money. Where several look at the goods after coupons, the one that
    asks for most goes first: without it the goods cost more, and the others may hold.
    """
    held = list(coupons)
    while True:
        priced = price(basket, held, credit_left)
        missing = [coupon for coupon in held if _misses_minimum(coupon[1], basket, priced)]
        if not missing:
            return priced
        held.remove(max(missing, key=lambda coupon: coupon[1].min_order or 0))


def _misses_minimum(terms: CouponTerms, basket: Basket, priced: Priced) -> bool:
    after = terms.order_value is OrderValue.AFTER
    goods = priced.goods_gross if after else basket.goods_gross
    asks = terms.minimum_again and not terms.pays
    return asks and terms.min_order is not None and goods < terms.min_order
