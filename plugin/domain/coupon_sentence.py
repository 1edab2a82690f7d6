"""What a coupon does, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from .coupon import CouponTerms, Kind, OrderValue, Treatment
from .tongue import Tongue, marked
from .window import Period

_MOST_NAMED = 3
_ON_DAYS = (
    marked("Mondays"), marked("Tuesdays"), marked("Wednesdays"), marked("Thursdays"), marked("Fridays"),
    marked("Saturdays"), marked("Sundays"),
)  # fmt: skip
_PER: Mapping[Period, str] = {
    Period.DAY: marked("%(times)s a day"),
    Period.WEEK: marked("%(times)s a week"),
    Period.MONTH: marked("%(times)s a month"),
    Period.YEAR: marked("%(times)s a year"),
}
_PER_CUSTOMER: Mapping[Period, str] = {
    Period.DAY: marked("%(times)s a day per customer"),
    Period.WEEK: marked("%(times)s a week per customer"),
    Period.MONTH: marked("%(times)s a month per customer"),
    Period.YEAR: marked("%(times)s a year per customer"),
}


def coupon_sentence(terms: CouponTerms, tongue: Tongue) -> str:
    """Say what a coupon does: "€5.00 off, from €20.00, new customers only, at most 100 times"."""
    sayers = (_discount, _order, _goods, _people, _dates, _week, _uses, _budgets, _beside)
    return ", ".join(part for sayer in sayers for part in sayer(terms, tongue))


def _money(terms: CouponTerms, tongue: Tongue, amount: int) -> str:
    return tongue.money(amount, terms.currency or "")


def _discount(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    yield _taken_off(terms, tongue)
    if terms.cap is not None:
        yield tongue.gettext("at most %(amount)s", amount=_money(terms, tongue, terms.cap))
    rate = None if terms.vat_rate is None else tongue.percent(terms.vat_rate)
    if terms.treatment is Treatment.SINGLE_PURPOSE:
        yield tongue.gettext("sold as a voucher with %(rate)s VAT", rate=rate)
        return
    if terms.treatment is Treatment.GOODWILL:
        yield tongue.gettext("as goodwill")
    if rate is not None:
        yield tongue.gettext("with %(rate)s VAT", rate=rate)


def _taken_off(terms: CouponTerms, tongue: Tongue) -> str:
    if terms.kind is Kind.SHIPPING:
        return tongue.gettext("Free shipping")
    if terms.percent is not None:
        return tongue.gettext("%(amount)s off", amount=tongue.percent(terms.percent))
    amount = _money(terms, tongue, terms.amount or 0)
    text = marked("%(amount)s of store credit") if terms.pays else marked("%(amount)s off")
    return tongue.gettext(text, amount=amount)


def _order(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    low = None if terms.min_order is None else _money(terms, tongue, terms.min_order)
    high = None if terms.max_order is None else _money(terms, tongue, terms.max_order)
    if low is None and high is None:
        return
    if low is not None and high is not None:
        said = tongue.gettext("from %(low)s to %(high)s", low=low, high=high)
    elif low is not None:
        said = tongue.gettext("from %(amount)s", amount=low)
    else:
        said = tongue.gettext("up to %(amount)s", amount=high)
    after = terms.order_value is OrderValue.AFTER
    yield tongue.gettext("%(bounds)s after discount", bounds=said) if after else said
    if terms.minimum_again and low is not None:
        yield tongue.gettext("also when the order is changed")


def _goods(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    if terms.products or terms.categories:
        meant = _things(terms.products, terms.categories, tongue)
        yield tongue.gettext("only on %(things)s", things=meant)
    if terms.not_products or terms.not_categories:
        left_out = _things(terms.not_products, terms.not_categories, tongue)
        yield tongue.gettext("not on %(things)s", things=left_out)


def _things(products: frozenset[str], categories: frozenset[str], tongue: Tongue) -> str:
    named = [tongue.gettext("category %(name)s", name=name) for name in sorted(categories)]
    return _some([*sorted(products), *named], tongue)


def _some(names: Sequence[str], tongue: Tongue) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    if more <= 0:
        return shown
    rest = tongue.ngettext("and %(num)s more", "and %(num)s more", more)
    return f"{shown} {rest}"


def _people(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    if terms.new_customers_only:
        yield tongue.gettext("new customers only")
    if terms.link_only:
        yield tongue.gettext("by link only")


def _dates(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    begins, ends = terms.valid_from, terms.valid_until
    last = None if ends is None else _last_day(terms, tongue)
    if begins is not None and last is not None and tongue.moment(begins) == last:
        yield tongue.gettext("only on %(day)s", day=last)
        return
    if begins is not None:
        yield tongue.gettext("from %(day)s", day=tongue.moment(begins))
    if last is not None:
        yield tongue.gettext("until %(day)s", day=last)


def _last_day(terms: CouponTerms, tongue: Tongue) -> str:
    """Give the last day that counts where the coupon ends at midnight, else the moment of the end."""
    assert terms.valid_until is not None
    end = tongue.local(terms.valid_until)
    if (end.hour, end.minute) != (0, 0):
        return tongue.moment(end)
    return tongue.day((end - timedelta(minutes=1)).date())


def _week(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    said = []
    if len(terms.days) == 1:
        said.append(tongue.gettext(_ON_DAYS[min(terms.days)]))
    elif terms.days:
        said.append(tongue.weekdays(terms.days))
    if terms.opens is not None or terms.closes is not None:
        said.append(tongue.hours(terms.opens, terms.closes))
    if said:
        yield " ".join(said)


def _uses(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    period = terms.period
    limits = (
        (terms.max_uses, "%(times)s"),
        (terms.max_per_code, marked("%(times)s per code")),
        (terms.max_per_customer, marked("%(times)s per customer")),
        (terms.max_in_period, _PER[period] if period else ""),
        (terms.max_per_customer_in_period, _PER_CUSTOMER[period] if period else ""),
    )
    for limit, text in limits:
        if limit is not None:
            times = tongue.ngettext("at most %(num)s time", "at most %(num)s times", limit)
            yield tongue.gettext(text, times=times)


def _budgets(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    if terms.budget is not None:
        most = _money(terms, tongue, terms.budget)
        yield tongue.gettext("discounts of at most %(amount)s in all", amount=most)
    if terms.order_budget is not None:
        most = _money(terms, tongue, terms.order_budget)
        yield tongue.gettext("orders of at most %(amount)s in all", amount=most)


def _beside(terms: CouponTerms, tongue: Tongue) -> Iterator[str]:
    if terms.stack_group is not None:
        group = terms.stack_group
        yield tongue.gettext("beside codes of other groups than %(group)s", group=group)
    elif terms.stackable:
        yield tongue.gettext("beside other codes")
    if terms.most_codes is not None:
        most = terms.most_codes
        yield tongue.ngettext("at most %(num)s code on an order", "at most %(num)s codes on an order", most)
