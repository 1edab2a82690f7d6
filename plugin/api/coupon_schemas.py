"""Coupons in JSON: one table of names and fields, those of the command line and of `apply` files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields

from ..config import GiveBack
from ..domain.coupon import OrderValue, Treatment
from ..domain.window import Period
from ..services.reading import COUPON_FIELDS
from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of

Make = Callable[..., fields.Field[Any]]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_REFS = 1000


def _refs(said: str) -> Make:
    return lambda **more: exact.Several(exact.ref(), most=_MOST_REFS, **_said(said, more))


def _said(text: str, more: Mapping[str, Any], **doc: object) -> dict[str, Any]:
    return {**more, "metadata": {"description": text, **doc}}


def _with(make: Callable[..., fields.Field[Any]], said: str, **options: Any) -> Make:  # noqa: ANN401
    return lambda **more: make(**options, **_said(said, more))


TERMS: Mapping[str, Make] = {
    "name": _with(exact.Text, "Stands on the cart, the order and the invoice.", longest=100, shortest=1),
    "amount": _with(exact.amount, "What it takes off; this, or `percent`, or `free_shipping`."),
    "percent": _with(exact.percent, "What it takes off in per cent."),
    "free_shipping": _with(exact.Switch, "Whether it takes off the shipping."),
    "treatment": _with(exact.Choice, "What it is for VAT.", choices=[kind.value for kind in Treatment]),
    "cap": _with(exact.amount, "The most that a per cent takes off."),
    "currency": _with(exact.currency, "Of all its amounts; by default the shop's."),
    "min_order": _with(exact.amount, "Goods for at least so much, without shipping."),
    "max_order": _with(exact.amount, "Goods for at most so much."),
    "order_value": _with(
        exact.Choice, "Whether those two look at goods before or after coupons.", choices=list(OrderValue)
    ),
    "minimum_again": _with(exact.Switch, "Whether an order changed to less than the minimum loses it."),
    "product": _refs("Only on these products; none: on all."),
    "category": _refs("Only on these categories; none: on all."),
    "not_product": _refs("Never on these products."),
    "not_category": _refs("Never on these categories."),
    "new_customers_only": _with(exact.Switch, "Once per person, for the first order."),
    "max": _with(exact.Whole, "Redemptions in all."),
    "max_per_code": _with(exact.Whole, "Redemptions of each code."),
    "max_per_customer": _with(exact.Whole, "Redemptions of each customer."),
    "period": _with(exact.Choice, "The calendar period of the two limits that follow.", choices=list(Period)),
    "max_in_period": _with(exact.Whole, "Redemptions in a period."),
    "max_per_customer_in_period": _with(exact.Whole, "Redemptions of each customer in a period."),
    "budget": _with(exact.amount, "The most that all discounts together may come to."),
    "order_budget": _with(exact.amount, "The most that the goods of all its orders may come to."),
    "from": _with(exact.Moment, "Not before this time."),
    "until": _with(exact.Moment, "Not at this time or later."),
    "day": lambda **more: exact.Several(
        exact.Choice(_DAYS), most=7, **_said("Only on these weekdays; none: on all.", more)
    ),
    "opens": _with(exact.clock, "Not before this hour of the day, in the shop's time zone."),
    "closes": _with(exact.clock, "Not from this hour on; before `opens` it means the next day."),
    "vat_rate": _with(exact.vat_rate, "A fixed VAT rate of the discount; none: spread over the lines."),
    "priority": _with(exact.Whole, "The lower is taken off first.", least=-exact.LARGEST),
    "stackable": _with(exact.Switch, "Whether its codes may stand beside others."),
    "stack_group": _with(exact.Text, "Of one group at most one stands on an order.", longest=40, shortest=1),
    "most_codes": _with(exact.Whole, "The most codes on an order with one of its codes."),
    "link_only": _with(exact.Switch, "Whether codes count only when they came by a link."),
    "campaign": _with(exact.Text, "A label for which commission terms may stand.", longest=64, shortest=1),
    "open_to_partners": _with(exact.Switch, "Whether partners may make own codes on it."),
    "give_back": _with(exact.Choice, "When a cancelled order gives the use back.", choices=list(GiveBack)),
}
"""Every name that a coupon can be given by, but `on`, one date: programs give `from` and `until`."""

OFFERED = tuple(name for name in TERMS if name in COUPON_FIELDS)
EXAMPLE = {"name": "Welcome", "amount": "5.00", "currency": "EUR", "min_order": "20.00"}


def _given(**needed: bool) -> dict[str, Any]:
    """Give the fields in which terms come in; null says the same as leaving a name out."""
    return {
        name: TERMS[name](required=True) if needed.get(name) else TERMS[name](allow_none=name != "name")
        for name in OFFERED
    }


CouponTermsSchema = Strict.from_dict(_given(name=True), name="CouponTerms")
CouponChangeSchema = Strict.from_dict(_given(), name="CouponChange")


class _Coupon(Schema):
    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    active = exact.Switch(required=True)
    uses = exact.Whole(
        required=True, least=0, metadata={"description": "Redemptions that count, reservations too."}
    )
    created_at = exact.Moment(required=True)


CouponSchema = _Coupon.from_dict(
    {name: TERMS[name](required=True, allow_none=True) for name in OFFERED}, name="Coupon"
)


CouponPageSchema = page_of(CouponSchema, "CouponPage")


class ActiveSchema(Strict):
    """A switch."""

    active = exact.Switch(required=True)


class CouponQuerySchema(PageQuerySchema):
    """Which coupons."""

    name = exact.Text(longest=100, metadata={"description": "Only the one of this name."})
    active = exact.SwitchText(metadata={"description": "Only those that are on, or off."})
