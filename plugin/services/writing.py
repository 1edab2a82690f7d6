"""Write the terms of a coupon as people write them: what `reading` reads, only the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from ..config import Settings
from ..domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from ..domain.money import major
from ..domain.tongue import clock
from .given import WEEKDAYS, Given
from .reading import AMOUNTS, COUPON_FIELDS

Written = dict[str, Any]
_USUAL_PRIORITY = 100
_PLAIN: Mapping[str, str] = {
    "max": "max_uses",
    "max_per_code": "max_per_code",
    "max_per_customer": "max_per_customer",
    "max_in_period": "max_in_period",
    "max_per_customer_in_period": "max_per_customer_in_period",
    "currency": "currency",
    "stack_group": "stack_group",
    "most_codes": "most_codes",
    "new_customers_only": "new_customers_only",
    "stackable": "stackable",
    "link_only": "link_only",
    "campaign": "campaign",
    "minimum_again": "minimum_again",
}
_LISTS: Mapping[str, str] = {
    "product": "products",
    "category": "categories",
    "not_product": "not_products",
    "not_category": "not_categories",
}


def write_coupon(
    terms: CouponTerms, *, zone: tzinfo, open_to_partners: bool = False, give_back: str | None = None
) -> Written:
    """Give the values by the names of `COUPON_FIELDS`; what is not set is not there."""
    written: Written = {name: getattr(terms, field) for name, field in _PLAIN.items()}
    written |= {name: sorted(getattr(terms, field)) for name, field in _LISTS.items()}
    written |= {name: _amount(terms, name) for name in AMOUNTS}
    written |= {
        "name": terms.name,
        "percent": None if terms.percent is None else str(terms.percent),
        "free_shipping": terms.kind is Kind.SHIPPING,
        "treatment": None if terms.treatment is Treatment.PRICE_CUT else terms.treatment.value,
        "order_value": None if terms.order_value is OrderValue.BEFORE else terms.order_value.value,
        "period": None if terms.period is None else terms.period.value,
        "from": _moment(terms.valid_from, zone),
        "until": _moment(terms.valid_until, zone, closes=True),
        "day": [WEEKDAYS[day] for day in sorted(terms.days)],
        "opens": None if terms.opens is None else clock(terms.opens),
        "closes": None if terms.closes is None else clock(terms.closes),
        "vat_rate": None if terms.vat_rate is None else str(terms.vat_rate),
        "priority": None if terms.priority == _USUAL_PRIORITY else terms.priority,
        "open_to_partners": open_to_partners,
        "give_back": give_back,
    }
    return {name: written[name] for name in COUPON_FIELDS if not _says_nothing(written.get(name))}


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value == []


def _amount(terms: CouponTerms, name: str) -> str | None:
    amount = getattr(terms, name)
    return None if amount is None else str(major(amount, terms.currency or ""))


def _moment(moment: datetime | None, zone: tzinfo, *, closes: bool = False) -> str | None:
    """Write a midnight as its date, an end at midnight as the day before, all else with its offset."""
    if moment is None:
        return None
    local = moment.astimezone(zone)
    if local.time() != time():
        return local.isoformat()
    return (local.date() - timedelta(days=1) if closes else local.date()).isoformat()


_KINDS = ("amount", "percent", "free_shipping")


def overlaid(written: Mapping[str, object], typed: Mapping[str, object], settings: Settings) -> Given:
    """Lay newly given values over those that are there; an empty text or list takes a value away."""
    merged = {**_left(written, typed), **typed}
    kept = {name: value for name, value in merged.items() if value not in ("", (), [], ("",), [""])}
    if "max_in_period" not in kept and "max_per_customer_in_period" not in kept and "period" not in typed:
        kept.pop("period", None)
    return Given(values=kept, settings=settings)


def _left(written: Mapping[str, object], typed: Mapping[str, object]) -> dict[str, object]:
    """Give what stays: another kind of discount, a single date or standing alone take others away."""
    going = {"from", "until"} if "on" in typed else set()
    if any(typed.get(name) not in (None, False, "") for name in _KINDS):
        going |= {*_KINDS, *(() if "percent" in typed else ("cap",))}
    if typed.get("stackable") is False:
        going |= {"stack_group", "most_codes"}
    return {name: value for name, value in written.items() if name not in going}
