"""Read the terms of a coupon as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from ..domain.treatment import mix_problem
from ..domain.window import Period
from .given import Given
from .mistakes import BadTerms, Mistake

COUPON_FIELDS = (
    "name", "amount", "percent", "free_shipping", "treatment", "cap", "currency", "min_order", "max_order",
    "order_value", "minimum_again", "product", "category", "not_product", "not_category",
    "new_customers_only", "max", "max_per_code", "max_per_customer", "period", "max_in_period",
    "max_per_customer_in_period", "budget", "order_budget", "from", "until", "on", "day", "opens", "closes",
    "vat_rate", "priority", "stackable", "stack_group", "most_codes", "link_only", "campaign",
    "open_to_partners", "give_back",
)  # fmt: skip
AMOUNTS = ("amount", "cap", "min_order", "max_order", "budget", "order_budget")
_LONGEST_GROUP = 40
_LONGEST_CAMPAIGN = 64
_USUAL_PRIORITY = 100


@dataclass(frozen=True, kw_only=True)
class _Dates:
    """From when until when a coupon is valid."""

    begins: datetime | None
    ends: datetime | None


def read_coupon(given: Given) -> CouponTerms:
    """Read the terms of a coupon, or raise Mistake naming the value that is wrong."""
    try:
        terms = _terms(given)
    except Mistake:
        raise
    except ValueError as error:
        raise BadTerms(str(error)) from error
    problem = mix_problem(terms, open_to_partners=given.yes("open_to_partners"))
    if problem:
        raise BadTerms(problem)
    if not terms.stackable and (terms.stack_group is not None or terms.most_codes is not None):
        raise Mistake("stack_group, most_codes: are for stackable coupons; make it stackable too")
    both = sorted((terms.products & terms.not_products) | (terms.categories & terms.not_categories))
    if both:
        raise Mistake(f"not_product, not_category: {both[0]!r} cannot be meant and left out at once")
    return terms


def _terms(given: Given) -> CouponTerms:
    currency, dates = _currency(given), _dates(given)
    amounts = {name: given.amount(name, currency or "") for name in AMOUNTS}
    return CouponTerms(
        name=given.needed("name").strip(),
        kind=_kind(given),
        treatment=given.choice("treatment", Treatment) or Treatment.PRICE_CUT,
        percent=given.percent("percent"),
        currency=currency,
        order_value=given.choice("order_value", OrderValue) or OrderValue.BEFORE,
        minimum_again=given.yes("minimum_again"),
        products=frozenset(given.texts("product")),
        categories=frozenset(given.texts("category")),
        not_products=frozenset(given.texts("not_product")),
        not_categories=frozenset(given.texts("not_category")),
        new_customers_only=given.yes("new_customers_only"),
        max_uses=given.whole("max"),
        max_per_code=given.whole("max_per_code"),
        max_per_customer=given.whole("max_per_customer"),
        period=given.choice("period", Period),
        max_in_period=given.whole("max_in_period"),
        max_per_customer_in_period=given.whole("max_per_customer_in_period"),
        valid_from=dates.begins,
        valid_until=dates.ends,
        days=given.weekdays("day"),
        opens=given.clock("opens"),
        closes=given.clock("closes", closes=True),
        vat_rate=given.vat_rate("vat_rate"),
        priority=_USUAL_PRIORITY if not given.has("priority") else given.whole("priority") or 0,
        stackable=given.yes("stackable"),
        stack_group=_group(given),
        most_codes=given.whole("most_codes"),
        link_only=given.yes("link_only"),
        campaign=_campaign(given),
        **amounts,
    )


def _currency(given: Given) -> str | None:
    currency = given.currency()
    if currency is None and any(given.has(name) for name in AMOUNTS):
        return given.settings.currency
    return currency


def _dates(given: Given) -> _Dates:
    if not given.has("on"):
        return _Dates(begins=given.moment("from"), ends=given.moment("until", closes=True))
    if given.has("from") or given.has("until"):
        raise Mistake("on: one date stands alone, without from and until")
    begins, ends = given.moment("on"), given.moment("on", closes=True)
    if begins == ends:
        raise Mistake("on: give a date without a time, such as 2026-12-31")
    return _Dates(begins=begins, ends=ends)


def _kind(given: Given) -> Kind:
    kinds = {"amount": Kind.AMOUNT, "percent": Kind.PERCENT, "free_shipping": Kind.SHIPPING}
    chosen = [kind for name, kind in kinds.items() if given.values.get(name) not in (None, False)]
    if len(chosen) != 1:
        raise Mistake("amount, percent: give one of the two (or free_shipping)")
    return chosen[0]


def _group(given: Given) -> str | None:
    group = (given.text("stack_group") or "").strip()
    if len(group) > _LONGEST_GROUP or not group.isprintable():
        raise Mistake(f"stack_group: at most {_LONGEST_GROUP} characters that can be seen")
    return group or None


def _campaign(given: Given) -> str | None:
    label = (given.text("campaign") or "").strip()
    if len(label) > _LONGEST_CAMPAIGN or not label.isprintable():
        raise Mistake(f"campaign: at most {_LONGEST_CAMPAIGN} characters that can be seen")
    return label or None


__all__ = ["AMOUNTS", "COUPON_FIELDS", "Given", "read_coupon"]
