"""The words of every check that a code must pass."""

from __future__ import annotations

from collections.abc import Mapping

from ..i18n import lazy_gettext as _l
from . import proofs_of_cart as cart
from . import proofs_of_code as about
from .proof_words import Saying

PROOFS: Mapping[str, Saying] = {
    "tries": about.tries,
    "known": about.known,
    "active": about.active,
    "from": about.from_,
    "until": about.until,
    "hours": about.hours,
    "link": about.link,
    "holder": about.holder,
    "own code": about.own_code,
    "new customer": about.new_customer,
    "e-mail": about.email,
    "uses of the coupon": about.limit(_l("Coupon still free")),
    "uses of the code": about.limit(_l("Code still free")),
    "uses by this customer": about.limit_of_customer(_l("Free for this customer")),
    "uses in this period": about.limit(_l("Free in this period")),
    "uses by this customer in this period": about.limit_of_customer(
        _l("Free for this customer in this period")
    ),
    "credit": about.credit,
    "currency": cart.currency,
    "alone": cart.alone,
    "number of codes": cart.number_of_codes,
    "minimum": cart.minimum,
    "maximum": cart.maximum,
    "products": cart.products,
    "discount": cart.discount,
    "beside": cart.beside,
    "budget": cart.budget(_l("Within the budget of the coupon")),
    "budget of orders": cart.budget(_l("Within the budget of orders")),
}
"""The words of every check; a check that asks nothing of a coupon says nothing."""
