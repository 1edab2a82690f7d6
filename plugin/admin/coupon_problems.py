"""What cannot work in the form of a coupon, each with its field and in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..domain.coupon import Kind, Treatment
from ..domain.treatment import NAMES
from ..domain.treatment_questions import verdict
from ..i18n import gettext as _
from .fields import NounForm

Problem = tuple[str, str]
AMOUNTS = ("amount", "cap", "min_order", "max_order", "budget", "order_budget")


def problems(form: NounForm) -> Iterator[Problem]:
    """Give the fields that do not go together, and why."""
    yield from _discount(form)
    yield from _tax(form)
    yield from _order(form)
    yield from _time(form)
    yield from _uses(form)
    yield from _beside(form)


def _discount(form: NounForm) -> Iterator[Problem]:
    kind = form.kind.data
    if kind == Kind.AMOUNT.value and not form.amount.errors and not (form.amount.data or 0) > 0:
        yield "amount", _("Please give an amount above 0.")
    if kind == Kind.PERCENT.value and not form.percent.errors and not _is_percent(form.percent.data):
        yield "percent", _("Please give a per cent above 0 and at most 100.")
    for name in ("cap", "budget", "order_budget"):
        if form[name].data is not None and form[name].data <= 0:
            yield name, _("Please give an amount above 0.")


def _tax(form: NounForm) -> Iterator[Problem]:
    treatment, kind, rate = form.treatment.data, form.kind.data, form.vat_rate.data
    if rate is not None and not _is_vat_rate(rate):
        yield "vat_rate", _("A VAT rate is from 0 to below 100 per cent: give 19, not 0.19.")
    if treatment == Treatment.SINGLE_PURPOSE.value:
        yield from _single_purpose(form)
    if treatment == Treatment.MULTI_PURPOSE.value:
        if kind != Kind.AMOUNT.value:
            yield "kind", _("Store credit is an amount of money.")
        if rate is not None:
            yield "vat_rate", _("Store credit leaves VAT alone: please leave this empty.")
    sold = treatment in {Treatment.SINGLE_PURPOSE.value, Treatment.MULTI_PURPOSE.value}
    if sold and form.open_to_partners.data:
        text = _("What is sold cannot be open to partners: with own codes they would give it away.")
        yield "open_to_partners", text
    yield from _answers(form)


def _single_purpose(form: NounForm) -> Iterator[Problem]:
    if form.vat_rate.data is None and not form.vat_rate.errors:
        yield "vat_rate", _("Please give the rate at which the voucher was sold.")
    if form.kind.data == Kind.SHIPPING.value:
        yield "kind", _("A single-purpose voucher is for goods; free shipping is a price cut.")
    in_part = form.percent.data != Decimal(100) or form.cap.data is not None
    if form.kind.data == Kind.PERCENT.value and in_part and not form.percent.errors:
        yield "percent", _("A single-purpose voucher pays in full: give an amount, or 100 per cent.")


def _answers(form: NounForm) -> Iterator[Problem]:
    """Hold the kind against what was answered about it."""
    found = verdict(form.treatment_answers.data or {})
    if found is not None and not form.treatment.errors and found.treatment.value != form.treatment.data:
        kind = _(NAMES[found.treatment])
        text = _("The answers that were given say: %(kind)s. Choose that, or answer again.", kind=kind)
        yield "treatment", text


def _order(form: NounForm) -> Iterator[Problem]:
    for name in ("min_order", "max_order"):
        if form[name].data is not None and form[name].data < 0:
            yield name, _("Please give no amount below 0.")
    low, high = form.min_order.data, form.max_order.data
    if low is not None and high is not None and high < low:
        yield "max_order", _("This is less than the order from which the coupon works.")
    for meant, left_out in (("products", "not_products"), ("categories", "not_categories")):
        both = sorted(set(form[meant].data or ()) & set(form[left_out].data or ()))
        if both:
            yield left_out, _("%(name)s cannot be meant and left out at once.", name=both[0])


def _time(form: NounForm) -> Iterator[Problem]:
    begins, ends = form.valid_from.data, form.valid_until.data
    if begins is not None and ends is not None and ends <= begins:
        yield "valid_until", _("The coupon would end before it begins.")
    if form.opens.data is not None and form.opens.data == form.closes.data:
        yield "closes", _("The coupon would close at the hour at which it opens.")


def _uses(form: NounForm) -> Iterator[Problem]:
    limits = [form[name] for name in ("max_in_period", "max_per_customer_in_period")]
    given = any(field.data is not None or field.errors for field in limits)
    if given and not form.period.data:
        yield "period", _("Please choose the period in which this is counted.")
    if form.period.data and not given:
        yield "max_in_period", _("Please say how many times in each period, or choose no period.")


def _beside(form: NounForm) -> Iterator[Problem]:
    for name in ("stack_group", "most_codes"):
        if form[name].data is not None and not form.stackable.data:
            yield name, _("This is for coupons that may stand beside other codes: tick that too.")


def _is_percent(value: Decimal | None) -> bool:
    return value is not None and 0 < value <= 100


def _is_vat_rate(value: Decimal) -> bool:
    return value == 0 or 1 <= value < 100
