"""Coupons: make them, change their terms and limits, switch them on and off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..config import GiveBack
from ..domain.coupon import CouponTerms, Kind, Treatment
from ..domain.money import currency_code
from ..models import Code, Coupon
from ..models.base import dialect_insert
from . import audit, counting
from .mistakes import BadTerms, HasCodes, NameTaken, NotThere

_COUPON = Coupon.__table__
_CODE = Code.__table__
_LONGEST_NAME = 100
_LONGEST_GROUP = 40
_LONGEST_CAMPAIGN = 64
_SETS = ("products", "categories", "not_products", "not_categories")
_LARGEST_NUMBER = 1_000_000_000
_MOST_DECIMALS = 4


def create_coupon(
    conn: Connection,
    terms: CouponTerms,
    *,
    open_to_partners: bool = False,
    give_back: GiveBack | str | None = None,
    treatment_answers: Mapping[str, str] | None = None,
    who: str,
    now: datetime,
) -> int:
    """Make a coupon and give its id. Raises BadTerms or NameTaken."""
    values = _values(terms, open_to_partners=open_to_partners, give_back=give_back)
    values["treatment_answers"] = None if treatment_answers is None else dict(treatment_answers)
    added = {**values, "used": 0, "spent": 0, "ordered": 0, "active": True, "created_at": now}
    insert = dialect_insert(_COUPON, conn.dialect.name).on_conflict_do_nothing().returning(_COUPON.c.id)
    coupon_id = conn.execute(insert, added).scalar()
    if coupon_id is None:
        raise NameTaken(f"There is a coupon called {terms.name!r} already; give another name.")
    audit.record(conn, who=who, act="create", noun="coupon", subject=terms.name, after=values, now=now)
    return int(coupon_id)


def change_coupon(
    conn: Connection,
    coupon_id: int,
    terms: CouponTerms,
    *,
    open_to_partners: bool = False,
    give_back: GiveBack | str | None = None,
    treatment_answers: Mapping[str, str] | None = None,
    zone: tzinfo = UTC,
    who: str,
    now: datetime,
) -> bool:
    """Give a coupon new terms; False where they are the same. Orders keep the terms they were placed with.

    Limits are counted anew under the coupon's lock, periods in the shop's `zone`; one that is lower than what
    is used raises LimitBelowUse. Without `treatment_answers` those that are kept stay.
    """
    values = _values(terms, open_to_partners=open_to_partners, give_back=give_back)
    if treatment_answers is not None:
        values["treatment_answers"] = dict(treatment_answers)
    row = get_coupon(conn, coupon_id, lock=True)
    before = {name: getattr(row, name) for name in values}
    if not audit.changed(before, values):
        return False
    taken = select(_COUPON.c.id).where(_COUPON.c.name == terms.name, _COUPON.c.id != coupon_id)
    if conn.execute(taken).first() is not None:
        raise NameTaken(f"There is a coupon called {terms.name!r} already; give another name.")
    _refuse_other_nature(conn, row, terms)
    counted = {
        "used": counting.uses_of_coupon(conn, row, terms.max_uses),
        **counting.sums_of_coupon(conn, row, terms),
    }
    conn.execute(update(_COUPON).where(_COUPON.c.id == coupon_id).values(**values, **counted))
    counting.count_codes(conn, row, terms.max_per_code)
    counting.count_persons(conn, row, terms.max_per_customer, now)
    counting.count_periods(conn, row, terms, zone=zone, now=now)
    audit.record(
        conn, who=who, act="change", noun="coupon", subject=terms.name, before=before, after=values, now=now
    )
    return True


def _refuse_other_nature(conn: Connection, row: Row[Any], terms: CouponTerms) -> None:
    """Refuse to turn a coupon with codes into store credit or back, or its credit into another currency."""
    paid = row.treatment == Treatment.MULTI_PURPOSE.value
    same = paid == terms.pays and (not paid or row.currency == terms.currency)
    if not same and conn.execute(select(_CODE.c.id).where(_CODE.c.coupon_id == row.id).limit(1)).first():
        raise HasCodes(
            "The coupon has codes already: it cannot become store credit or cease to be it, nor change the "
            "currency of credit; make another coupon."
        )


def set_active(conn: Connection, coupon_id: int, active: bool, *, who: str, now: datetime) -> bool:
    """Switch a coupon with all its codes on or off; False where it was so already."""
    row = get_coupon(conn, coupon_id, lock=True)
    if row.active == active:
        return False
    conn.execute(update(_COUPON).where(_COUPON.c.id == coupon_id).values(active=active))
    act = "switch on" if active else "switch off"
    audit.record(conn, who=who, act=act, noun="coupon", subject=row.name, now=now)
    return True


def get_coupon(conn: Connection, coupon_id: int, *, lock: bool = False) -> Row[Any]:
    """Give a coupon's row or raise NotThere."""
    query = select(_COUPON).where(_COUPON.c.id == coupon_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no coupon with the id {coupon_id}.")
    return row


def find_coupon(conn: Connection, name: str) -> Row[Any] | None:
    """Give the coupon of that name, or None."""
    return conn.execute(select(_COUPON).where(_COUPON.c.name == name.strip())).one_or_none()


def get_coupon_by_name(conn: Connection, name: str) -> Row[Any]:
    """Give the coupon of that name or raise NotThere."""
    row = find_coupon(conn, name)
    if row is None:
        raise NotThere(f"There is no coupon called {name!r}.")
    return row


def _values(
    terms: CouponTerms, *, open_to_partners: bool, give_back: GiveBack | str | None
) -> dict[str, object]:
    problem = _problem(terms)
    if problem:
        raise BadTerms(problem)
    names = (
        "name", "amount", "percent", "cap", "currency", "min_order", "max_order", "new_customers_only",
        "max_uses", "max_per_code", "max_per_customer", "max_in_period", "max_per_customer_in_period",
        "budget", "order_budget", "valid_from", "valid_until", "opens", "closes", "vat_rate", "priority",
        "stackable", "stack_group", "most_codes", "link_only", "campaign",
    )  # fmt: skip
    return {
        **{name: getattr(terms, name) for name in names},
        "kind": terms.kind.value,
        "treatment": terms.treatment.value,
        "order_value": terms.order_value.value,
        "minimum_again": terms.minimum_again,
        "period": None if terms.period is None else terms.period.value,
        "days": sorted(terms.days),
        **{name: sorted(getattr(terms, name)) for name in _SETS},
        "open_to_partners": open_to_partners,
        "give_back": None if give_back is None else _give_back(give_back),
    }


def _give_back(value: GiveBack | str) -> str:
    try:
        return GiveBack(value).value
    except ValueError as error:
        choices = ", ".join(choice.value for choice in GiveBack)
        raise BadTerms(f"When a redemption is given back is one of {choices}, not {value!r}.") from error


def _label_problem(terms: CouponTerms) -> str | None:
    labels = (("group", terms.stack_group, _LONGEST_GROUP), ("campaign", terms.campaign, _LONGEST_CAMPAIGN))
    for what, label, longest in labels:
        if label is not None and not (label.strip() == label and 0 < len(label) <= longest):
            return f"The name of a {what} has 1 to {longest} characters and no blanks around it."
    return None


def _problem(terms: CouponTerms) -> str | None:
    if not terms.name.strip() or len(terms.name) > _LONGEST_NAME or terms.name != terms.name.strip():
        return f"The name of a coupon has 1 to {_LONGEST_NAME} characters and no blanks around it."
    if not terms.name.isprintable():
        return "The name of a coupon has no control characters."
    label_problem = _label_problem(terms)
    if label_problem:
        return label_problem
    amounts = (
        terms.amount, terms.cap, terms.min_order, terms.max_order, terms.budget, terms.order_budget
    )  # fmt: skip
    if terms.currency is None and any(amount is not None for amount in amounts):
        return "A coupon with an amount, a cap, an order value or a budget needs a currency."
    if terms.currency is not None and not _is_currency(terms.currency):
        return f"{terms.currency!r} is no currency; give a code such as EUR."
    if (terms.kind is Kind.AMOUNT) != (terms.amount is not None):
        return "An amount belongs to coupons that take an amount off, and only to them."
    if (terms.kind is Kind.PERCENT) != (terms.percent is not None):
        return "A per cent belongs to coupons that take a per cent off, and only to them."
    return _number_problem(terms)


def _number_problem(terms: CouponTerms) -> str | None:
    if terms.cap is not None and terms.kind is not Kind.PERCENT:
        return "A cap belongs to coupons that take a per cent off."
    rates = [rate for rate in (terms.percent, terms.vat_rate) if rate is not None]
    if any(rate != round(rate, _MOST_DECIMALS) for rate in rates):
        return f"A per cent has at most {_MOST_DECIMALS} decimals."
    numbers = (
        terms.max_uses, terms.max_per_code, terms.max_per_customer, terms.max_in_period,
        terms.max_per_customer_in_period, terms.most_codes, terms.priority,
    )  # fmt: skip
    if any(number is not None and abs(number) > _LARGEST_NUMBER for number in numbers):
        return "A limit or priority is at most 1000000000; leave a limit out for none."
    return None


def _is_currency(code: str) -> bool:
    try:
        return currency_code(code) == code
    except ValueError:
        return False
