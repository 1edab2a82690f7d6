"""Coupon terms and the checks a code must pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flask_firstline.domain.basket import Basket, BasketLine
from flask_firstline.domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from flask_firstline.domain.judging import Buyer, CodeState, Effect, Judgement, checks, refusal
from flask_firstline.domain.window import Period
from flask_firstline.errors import Reason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
FIVE = CouponTerms(name="five off", kind=Kind.AMOUNT, amount=500)
TENTH = CouponTerms(name="a tenth off", kind=Kind.PERCENT, percent=Decimal(10))
FREE_SHIPPING = CouponTerms(name="free shipping", kind=Kind.SHIPPING)


def line(total: int = 2000, **more: Any) -> BasketLine:
    facts = {"key": "a", "product_ref": "p", "quantity": Decimal(1), "vat_rate": Decimal(19), **more}
    return BasketLine(total=total, **facts)


def basket(*lines: BasketLine, **more: Any) -> Basket:
    return Basket("EUR", lines or (line(),), **more)


def judgement(terms: CouponTerms = FIVE, **more: Any) -> Judgement:
    state = CodeState(code="vonmeier", **more.pop("state", {}))
    facts = {"buyer": Buyer(), "basket": basket(), "currency": "EUR", "now": NOW, **more}
    return Judgement(terms=terms, state=state, **facts)


def reason(judged: Judgement) -> Reason | None:
    check = refusal(judged)
    return check.reason if check else None


def test_a_code_that_nothing_speaks_against_holds() -> None:
    assert refusal(judgement()) is None
    assert all(check.ok and check.reason is None for check in checks(judgement()))


# fmt: off
@pytest.mark.parametrize(("state", "expected"), [
    ({"active": False},                               Reason.INACTIVE),
    ({"coupon_active": False},                        Reason.INACTIVE),
    ({"holder": True},                                Reason.NOT_YOURS),
    ({"holder": True, "holder_is_buyer": True},       None),
    ({"owner_is_buyer": True},                        Reason.OWN_CODE),
    ({"code_used": 4, "code_max": 5},                 None),
    ({"code_used": 5, "code_max": 5},                 Reason.USED_UP),
])
# fmt: on
def test_the_code_itself_is_judged(state: dict[str, Any], expected: Reason | None) -> None:
    assert reason(judgement(state=state)) is expected


# fmt: off
@pytest.mark.parametrize(("limits", "state", "expected"), [
    ({"max_uses": 3},                          {"coupon_used": 2},  None),
    ({"max_uses": 3},                          {"coupon_used": 3},  Reason.USED_UP),
    ({"max_per_code": 3},                      {"code_used": 2},    None),
    ({"max_per_code": 3},                      {"code_used": 3},    Reason.USED_UP),
    ({"max_per_code": 3, "code_max": 9},       {"code_used": 3},    Reason.USED_UP),
    ({"max_per_code": 9, "code_max": 3},       {"code_used": 3},    Reason.USED_UP),
    ({"max_per_code": 9, "code_max": 9},       {"code_used": 3},    None),
    ({"max_per_customer": 1},                  {"person_used": 0},  None),
    ({"max_per_customer": 1},                  {"person_used": 1},  Reason.USED_UP),
    ({},                    {"coupon_used": 999, "code_used": 999}, None),
])
# fmt: on
def test_a_limit_is_reached_by_as_many_uses_and_the_narrower_one_counts(
    limits: dict[str, Any], state: dict[str, Any], expected: Reason | None
) -> None:
    limits = dict(limits)
    code_max = limits.pop("code_max", None)

    judged = judgement(replace(FIVE, **limits), state={**state, "code_max": code_max})

    assert reason(judged) is expected


# fmt: off
@pytest.mark.parametrize(("now", "expected"), [
    (NOW - MOMENT,                          Reason.NOT_YET),
    (NOW,                                   None),
    (NOW + timedelta(days=1) - MOMENT,      None),
    (NOW + timedelta(days=1),               Reason.EXPIRED),
])
# fmt: on
def test_the_period_has_its_first_moment_and_not_its_last(now: datetime, expected: Reason | None) -> None:
    terms = replace(FIVE, valid_from=NOW, valid_until=NOW + timedelta(days=1))

    assert reason(judgement(terms, now=now)) is expected


@pytest.mark.parametrize(("placing", "expected"), [(False, None), (True, Reason.EMAIL_NEEDED)])
def test_a_guest_may_be_the_holder_until_the_order_is_placed(placing: bool, expected: Reason | None) -> None:
    guest = Buyer(known=False)

    assert reason(judgement(state={"holder": True}, buyer=guest, placing=placing)) is expected


def test_an_own_code_is_allowed_by_setting() -> None:
    assert reason(judgement(state={"owner_is_buyer": True}, own_code_allowed=True)) is None


# fmt: off
@pytest.mark.parametrize(("buyer", "placing", "expected"), [
    (Buyer(),                               True,  None),
    (Buyer(has_bought=True),                False, Reason.NEW_CUSTOMERS_ONLY),
    (Buyer(claim_taken=True),               False, Reason.NEW_CUSTOMERS_ONLY),
    (Buyer(known=False),                    False, None),
    (Buyer(known=False),                    True,  Reason.EMAIL_NEEDED),
    (Buyer(known=False, claim_taken=True),  True,  Reason.NEW_CUSTOMERS_ONLY),
])
# fmt: on
def test_a_coupon_for_new_customers_looks_at_the_buyer(
    buyer: Buyer, placing: bool, expected: Reason | None
) -> None:
    terms = replace(FIVE, new_customers_only=True)

    assert reason(judgement(terms, buyer=buyer, placing=placing)) is expected


def test_other_coupons_do_not_ask_who_buys() -> None:
    known_customer = Buyer(known=False, has_bought=True, claim_taken=True)

    assert reason(judgement(buyer=known_customer, placing=True)) is None


def test_a_coupon_in_another_currency_is_refused() -> None:
    assert reason(judgement(replace(FIVE, currency="CHF"))) is Reason.CURRENCY
    assert reason(judgement(replace(FIVE, currency="EUR"))) is None


def test_a_coupon_beside_another_that_stands_alone_is_refused() -> None:
    assert reason(judgement(beside=(TENTH,))) is Reason.NOT_STACKABLE


BESIDE = replace(FIVE, stackable=True)
CREDIT = replace(FIVE, name="gift card", treatment=Treatment.MULTI_PURPOSE)


# fmt: off
@pytest.mark.parametrize(("mine", "beside", "expected"), [
    (FIVE,                                  [],                                        None),
    (BESIDE,                                [BESIDE],                                  None),
    (BESIDE,                                [FIVE],                                    Reason.NOT_STACKABLE),
    (FIVE,                                  [BESIDE],                                  Reason.NOT_STACKABLE),
    (replace(BESIDE, stack_group="a"),      [replace(BESIDE, stack_group="a")],        Reason.NOT_STACKABLE),
    (replace(BESIDE, stack_group="a"),      [replace(BESIDE, stack_group="b")],        None),
    (replace(BESIDE, stack_group="a"),      [BESIDE],                                  None),
    (CREDIT,                                [FIVE],                                    None),
    (FIVE,                                  [CREDIT],                                  None),
    (CREDIT,                                [CREDIT, CREDIT],                          None),
    (replace(BESIDE, most_codes=2),         [BESIDE],                                  None),
    (replace(BESIDE, most_codes=2),         [BESIDE, BESIDE],                          Reason.NOT_STACKABLE),
    (BESIDE,                                [replace(BESIDE, most_codes=1)],           Reason.NOT_STACKABLE),
    (BESIDE,                                [replace(BESIDE, most_codes=2), CREDIT],   None),
    (CREDIT,                                [replace(BESIDE, most_codes=1)],           None),
])
# fmt: on
def test_codes_stand_beside_each_other_by_switch_group_and_number(
    mine: CouponTerms, beside: list[CouponTerms], expected: Reason | None
) -> None:
    assert reason(judgement(mine, beside=tuple(beside))) is expected


# fmt: off
@pytest.mark.parametrize(("now", "days", "opens", "closes", "expected"), [
    (NOW,                          {6},  None,    None,    None),
    (NOW,                          {5},  None,    None,    Reason.NOT_YET),
    (NOW,                          (),   13 * 60, None,    None),
    (NOW,                          (),   14 * 60, None,    Reason.NOT_YET),
    (NOW,                          (),   None,    13 * 60, Reason.NOT_YET),
    (NOW,                          (),   None,    14 * 60, None),
    (NOW + timedelta(hours=11),    {6},  None,    None,    Reason.NOT_YET),
])
# fmt: on
def test_weekdays_and_hours_are_those_of_the_shops_zone(
    now: datetime, days: Any, opens: int | None, closes: int | None, expected: Reason | None
) -> None:
    terms = replace(FIVE, days=frozenset(days), opens=opens, closes=closes)

    assert reason(judgement(terms, now=now, zone=ZoneInfo("Europe/Berlin"))) is expected


# fmt: off
@pytest.mark.parametrize(("state", "expected"), [
    ({"valid_from": NOW},                                    None),
    ({"valid_from": NOW + MOMENT},                           Reason.NOT_YET),
    ({"valid_until": NOW + MOMENT},                          None),
    ({"valid_until": NOW},                                   Reason.EXPIRED),
    ({"valid_until": NOW + timedelta(days=9)},               None),
])
# fmt: on
def test_the_dates_of_a_code_only_narrow_those_of_its_coupon(
    state: dict[str, Any], expected: Reason | None
) -> None:
    terms = replace(FIVE, valid_from=NOW - timedelta(days=1), valid_until=NOW + timedelta(days=1))

    assert reason(judgement(terms, state=state)) is expected
    late = judgement(terms, state=state, now=NOW + timedelta(days=1))
    assert reason(late) is Reason.EXPIRED


# fmt: off
@pytest.mark.parametrize(("of_coupon", "of_code", "by_link", "expected"), [
    (False, False, False, None),
    (True,  False, False, Reason.INACTIVE),
    (False, True,  False, Reason.INACTIVE),
    (True,  True,  True,  None),
])
# fmt: on
def test_a_code_with_link_only_does_not_hold_when_it_was_typed(
    of_coupon: bool, of_code: bool, by_link: bool, expected: Reason | None
) -> None:
    state = {"link_only": of_code, "came_by_link": by_link}

    assert reason(judgement(replace(FIVE, link_only=of_coupon), state=state)) is expected


# fmt: off
@pytest.mark.parametrize(("limits", "state", "expected"), [
    ({"max_in_period": 3},               {"used_in_period": 2},          None),
    ({"max_in_period": 3},               {"used_in_period": 3},          Reason.USED_UP),
    ({"max_per_customer_in_period": 1},  {"person_used_in_period": 0},   None),
    ({"max_per_customer_in_period": 1},  {"person_used_in_period": 1},   Reason.USED_UP),
])
# fmt: on
def test_limits_per_period_are_reached_like_the_others(
    limits: dict[str, Any], state: dict[str, Any], expected: Reason | None
) -> None:
    assert reason(judgement(replace(FIVE, period=Period.MONTH, **limits), state=state)) is expected


# fmt: off
@pytest.mark.parametrize(("budgets", "state", "expected"), [
    ({"budget": 1000},          {"spent": 499},     None),
    ({"budget": 1000},          {"spent": 500},     None),
    ({"budget": 1000},          {"spent": 501},     Reason.USED_UP),
    ({"order_budget": 10000},   {"ordered": 8500},  None),
    ({"order_budget": 10000},   {"ordered": 8501},  Reason.USED_UP),
])
# fmt: on
def test_a_budget_is_used_up_by_what_goes_beyond_it(
    budgets: dict[str, Any], state: dict[str, Any], expected: Reason | None
) -> None:
    effect = Effect(discount=500, goods=1500)

    assert reason(judgement(replace(FIVE, **budgets), state=state, effect=effect)) is expected
    assert reason(judgement(replace(FIVE, **budgets), state=state)) is None


def test_store_credit_that_is_used_up_is_refused() -> None:
    assert reason(judgement(CREDIT, state={"credit_left": 1})) is None
    assert reason(judgement(CREDIT, state={"credit_left": 0})) is Reason.USED_UP


def test_store_credit_pays_for_goods_on_which_no_coupon_may_be_used() -> None:
    goods = basket(line(coupon_allowed=False))

    assert reason(judgement(CREDIT, basket=goods)) is None
    assert reason(judgement(FIVE, basket=goods)) is Reason.PRODUCTS


# fmt: off
@pytest.mark.parametrize(("order_value", "effect", "expected"), [
    (OrderValue.BEFORE, Effect(discount=500, goods=1500), None),
    (OrderValue.AFTER,  Effect(discount=500, goods=1500), Reason.MINIMUM),
    (OrderValue.AFTER,  Effect(discount=500, goods=1999), Reason.MINIMUM),
    (OrderValue.AFTER,  Effect(discount=500, goods=2000), None),
    (OrderValue.AFTER,  None,                             None),
])
# fmt: on
def test_the_minimum_order_is_compared_before_or_after_coupons(
    order_value: OrderValue, effect: Effect | None, expected: Reason | None
) -> None:
    terms = replace(FIVE, min_order=2000, order_value=order_value)

    assert reason(judgement(terms, effect=effect)) is expected


# fmt: off
@pytest.mark.parametrize(("filters", "facts", "meant"), [
    ({"not_products": {"p"}},                           {},                           False),
    ({"not_products": {"q"}},                           {},                           True),
    ({"not_categories": {"books"}},                     {"categories": ("books",)},   False),
    ({"not_categories": {"books"}},                     {"categories": ("toys",)},    True),
    ({"products": {"p"}, "not_categories": {"books"}},  {"categories": ("books",)},   False),
    ({"categories": {"toys"}, "not_products": {"p"}},   {"categories": ("toys",)},    False),
])
# fmt: on
def test_excluded_products_and_categories_win_over_included_ones(
    filters: dict[str, set[str]], facts: dict[str, Any], meant: bool
) -> None:
    chosen: dict[str, Any] = {name: frozenset(refs) for name, refs in filters.items()}
    terms = replace(FIVE, **chosen)

    assert terms.means(line(**facts)) is meant
    assert terms.filters


def test_free_shipping_with_excluded_products_needs_another_product() -> None:
    terms = replace(FREE_SHIPPING, not_products=frozenset({"p"}))

    assert reason(judgement(terms, basket=basket(shipping=490))) is Reason.PRODUCTS
    both = basket(line(), line(key="b", product_ref="q"), shipping=490)
    assert reason(judgement(terms, basket=both)) is None


def test_a_single_purpose_voucher_is_for_goods_of_its_own_rate() -> None:
    terms = replace(FIVE, treatment=Treatment.SINGLE_PURPOSE, vat_rate=Decimal(7))

    assert not terms.means(line(vat_rate=Decimal(19)))
    assert terms.means(line(vat_rate=Decimal(7)))


# fmt: off
@pytest.mark.parametrize(("terms", "words"), [
    ({"treatment": Treatment.SINGLE_PURPOSE},                             "needs the VAT rate"),
    ({"treatment": Treatment.SINGLE_PURPOSE, "kind": Kind.SHIPPING, "vat_rate": Decimal(7)}, "is for goods"),
    ({"treatment": Treatment.MULTI_PURPOSE, "kind": Kind.SHIPPING},       "has an amount"),
    ({"treatment": Treatment.MULTI_PURPOSE, "vat_rate": Decimal(7)},      "leaves VAT alone"),
    ({"days": frozenset({7})},                                            "a weekday is"),
    ({"opens": 1440},                                                     "hour of opening"),
    ({"closes": 0},                                                       "hour of closing"),
    ({"opens": 60, "closes": 60},                                         "closes at the hour"),
    ({"budget": 0},                                                       "budget must be above 0"),
    ({"order_budget": 0},                                                 "budget must be above 0"),
    ({"max_in_period": 1},                                                "belong together"),
    ({"period": Period.DAY},                                              "belong together"),
    ({"period": Period.DAY, "max_in_period": 0},                          "limit must be at least 1"),
    ({"most_codes": 0},                                                   "limit must be at least 1"),
])
# fmt: on
def test_terms_that_cannot_work_are_refused_in_words(terms: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(FIVE, **terms)


# fmt: off
@pytest.mark.parametrize(("goods", "expected"), [
    (1999, Reason.MINIMUM),
    (2000, None),
    (5000, None),
    (5001, Reason.MAXIMUM),
])
# fmt: on
def test_minimum_and_maximum_order_are_both_inclusive(goods: int, expected: Reason | None) -> None:
    terms = replace(FIVE, min_order=2000, max_order=5000)

    assert reason(judgement(terms, basket=basket(line(goods)))) is expected


def test_the_minimum_counts_all_goods_with_vat_and_no_shipping() -> None:
    terms = replace(FIVE, min_order=2000)
    lines = (line(1000), line(681, key="gift card", coupon_allowed=False))

    assert reason(judgement(terms, basket=basket(*lines, prices_include_vat=False))) is None
    assert reason(judgement(terms, basket=basket(*lines, shipping=990))) is Reason.MINIMUM


def test_a_refusal_carries_the_figures_it_looked_at() -> None:
    check = refusal(judgement(replace(FIVE, min_order=3000)))

    assert check is not None
    assert (check.name, check.ok) == ("minimum", False)
    assert check.data == {"goods": 2000, "minimum": 3000, "missing": 1000}


# fmt: off
@pytest.mark.parametrize(("terms", "facts", "meant"), [
    (FIVE,                                              {},                             True),
    (FIVE,                                              {"total": 0},                   False),
    (FIVE,                                              {"total": -100},                False),
    (FIVE,                                              {"coupon_allowed": False},      False),
    (FIVE,                                              {"absolute_allowed": False},    False),
    (TENTH,                                             {"absolute_allowed": False},    True),
    (replace(TENTH, products=frozenset({"p"})),         {},                             True),
    (replace(TENTH, products=frozenset({"q"})),         {},                             False),
    (replace(TENTH, categories=frozenset({"c"})),       {"categories": ("b", "c")},     True),
    (replace(TENTH, categories=frozenset({"c"})),       {"categories": ("b",)},         False),
    (replace(TENTH, products=frozenset({"q"}), categories=frozenset({"c"})), {"categories": ("c",)}, True),
])
# fmt: on
def test_which_lines_a_coupon_means(terms: CouponTerms, facts: dict[str, Any], meant: bool) -> None:
    assert terms.means(line(**facts)) is meant
    assert reason(judgement(terms, basket=basket(line(**facts)))) is (None if meant else Reason.PRODUCTS)


# fmt: off
@pytest.mark.parametrize(("products", "shipping", "expected"), [
    (frozenset(),      490, None),
    (frozenset(),        0, Reason.PRODUCTS),
    (frozenset({"p"}), 490, None),
    (frozenset({"q"}), 490, Reason.PRODUCTS),
])
# fmt: on
def test_free_shipping_needs_shipping_and_one_of_its_products(
    products: frozenset[str], shipping: int, expected: Reason | None
) -> None:
    terms = replace(FREE_SHIPPING, products=products)

    assert reason(judgement(terms, basket=basket(line(), shipping=shipping))) is expected


def test_lines_that_are_not_known_yet_leave_the_checks_that_need_them_open() -> None:
    terms = replace(FIVE, min_order=9999, products=frozenset({"nothing"}))

    assert reason(judgement(terms, basket=None)) is None
    assert reason(judgement(replace(terms, currency="CHF"), basket=None)) is Reason.CURRENCY


def test_of_several_things_that_speak_against_a_code_the_first_is_said() -> None:
    terms = replace(FIVE, min_order=9999, currency="CHF", max_uses=1)

    judged = judgement(terms, state={"active": False, "coupon_used": 1})

    failed = [check.reason for check in checks(judged) if not check.ok]
    assert failed == [Reason.INACTIVE, Reason.USED_UP, Reason.CURRENCY, Reason.MINIMUM]
    assert reason(judged) is Reason.INACTIVE


# fmt: off
@pytest.mark.parametrize(("changes", "sentence"), [
    ({"amount": None},                                      "amount of a coupon must be above 0"),
    ({"amount": 0},                                         "amount of a coupon must be above 0"),
    ({"kind": Kind.PERCENT},                                "per cent of a coupon must be above 0"),
    ({"kind": Kind.PERCENT, "percent": Decimal(0)},         "per cent of a coupon must be above 0"),
    ({"kind": Kind.PERCENT, "percent": Decimal("100.01")},  "at most 100"),
    ({"cap": 0},                                            "cap of a coupon must be above 0"),
    ({"vat_rate": Decimal(-1)},                             "VAT rate"),
    ({"vat_rate": Decimal(100)},                            "VAT rate"),
    ({"max_uses": 0},                                       "limit must be at least 1"),
    ({"max_per_code": 0},                                   "limit must be at least 1"),
    ({"max_per_customer": 0},                               "limit must be at least 1"),
    ({"min_order": -1},                                     "cannot be below 0"),
    ({"max_order": -1},                                     "cannot be below 0"),
    ({"min_order": 2, "max_order": 1},                      "minimum order is above"),
    ({"valid_from": NOW, "valid_until": NOW},               "ends before it begins"),
])
# fmt: on
def test_terms_that_cannot_work_are_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(FIVE, **changes)


def test_the_bounds_of_the_terms_belong_to_them() -> None:
    whole = replace(TENTH, percent=Decimal(100), cap=1, max_uses=1, min_order=0, max_order=0)

    assert whole.percent == 100
