"""Codes in carts: apply, remove, quote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline import Cart, Customer, Line, Reason
from flask_firstline.models import Redemption
from flask_firstline.testing import (
    NOON,
    FakeShop,
    make_cart,
    make_code,
    make_customer,
    make_line,
    make_product,
)

from .kit import cart_of, counted, one, waiting_codes


@pytest.fixture
def mount() -> Sequence[str]:
    """Mount the coupon field."""
    return ("checkout",)


class Asked:
    """A callable of the shop that counts how often it is asked."""

    def __init__(self, answer: object) -> None:
        self.answer, self.times = answer, 0

    def __call__(self) -> Any:
        self.times += 1
        return self.answer


def test_a_code_takes_its_amount_off_and_stays_in_the_cart(shop: FakeShop) -> None:
    applied = shop.apply(cart_of(), "vonmeier")
    quoted = shop.quote(cart_of())

    assert applied == quoted
    assert (quoted.ok, quoted.codes, quoted.reason) == (True, ("vonmeier",), None)
    assert (str(quoted.discount), str(quoted.total), str(quoted.to_pay)) == ("5.00", "20.00", "20.00")
    assert {key: str(off) for key, off in quoted.allocation.items()} == {"a": "2.50", "b": "2.50"}
    assert {str(rate): str(off) for rate, off in quoted.by_rate.items()} == {"19": "5.00"}
    assert [(str(i.net), str(i.gross), i.code) for i in quoted.items] == [("4.20", "5.00", "vonmeier")]


@pytest.mark.parametrize("typed", ["VonMeier", " von meier ", "von-meier", "VON_MEIER"])
def test_a_code_is_found_in_any_spelling_and_shown_in_the_partners_own(shop: FakeShop, typed: str) -> None:
    assert shop.apply(cart_of(), typed).codes == ("vonmeier",)


@pytest.mark.parametrize(
    "typed", ["", "   ", "nonesuch", "\x00", "x" * 5000, "'; drop table firstline_code; --", "😀"]
)
def test_applying_never_raises_for_a_code(shop: FakeShop, typed: str) -> None:
    quote = shop.apply(cart_of(), typed)

    assert (quote.ok, quote.reason) == (False, Reason.UNKNOWN)
    assert quote.message
    assert str(quote.total) == "25.00"


def test_a_code_that_comes_as_a_number_is_one_too(shop: FakeShop) -> None:
    make_code(shop.app, "4711", amount="5.00")
    number: Any = 4711

    assert shop.apply(cart_of(), number).codes == ("4711",)
    assert shop.apply(cart_of(), None).reason is Reason.UNKNOWN  # type: ignore[arg-type]  # shops do
    with shop.transaction():
        assert shop.firstline.remove_coupon(cart_of(), number).codes == ()
        assert shop.firstline.customer_registered(Customer(ref="neu"), number).refusal is None


def test_a_refused_code_is_not_kept(shop: FakeShop) -> None:
    cheap = cart_of("ina", one("19.99"))

    assert shop.apply(cheap, "vonmeier").reason is Reason.MINIMUM
    assert shop.quote(cart_of()).codes == ()


def test_the_minimum_is_said_with_what_is_missing(shop: FakeShop) -> None:
    message = shop.apply(cart_of("ina", one("19.00")), "vonmeier").message

    assert "20.00" in message
    assert "1.00" in message


def test_a_code_whose_cart_shrank_is_left_out_and_said(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    quote = shop.quote(cart_of("ina", one("10.00")))

    assert (quote.ok, quote.reason, quote.codes) == (False, Reason.MINIMUM, ())
    assert (str(quote.discount), str(quote.total)) == ("0.00", "10.00")
    assert shop.quote(cart_of()).codes == ("vonmeier",)


def test_removing_takes_out_one_code_or_all(shop: FakeShop) -> None:
    for code in ("eins", "zwei", "drei"):
        make_code(shop.app, code, percent=10, stackable=True)
        shop.apply(cart_of(), code)
    with shop.transaction():
        left = shop.firstline.remove_coupon(cart_of(), "ZWEI")
    assert left.codes == shop.quote(cart_of()).codes == ("eins", "drei")
    with shop.transaction():
        shop.firstline.remove_coupon(cart_of())

    assert shop.quote(cart_of()).codes == ()


def test_removing_what_is_not_there_changes_nothing(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    with shop.transaction():
        quote = shop.firstline.remove_coupon(cart_of(), "nonesuch")

    assert quote.codes == ("vonmeier",)


def test_codes_apply_one_after_the_other_in_their_order(shop: FakeShop) -> None:
    make_code(shop.app, "zehn", percent=10, stackable=True)
    make_code(shop.app, "fuenf", amount=5, stackable=True)
    make_code(shop.app, "zuerst", amount=5, stackable=True, priority=1)
    for code in ("zehn", "fuenf", "zuerst"):
        quote = shop.apply(cart_of(), code)

    assert [(item.code, str(item.gross)) for item in quote.items] == [
        ("zuerst", "5.00"),
        ("zehn", "2.00"),
        ("fuenf", "5.00"),
    ]


def test_codes_that_do_not_stack_are_refused_beside_each_other(shop: FakeShop) -> None:
    make_code(shop.app, "stapelbar", percent=10, stackable=True)
    shop.apply(cart_of(), "vonmeier")

    refused = shop.apply(cart_of(), "stapelbar")

    assert refused.reason is Reason.NOT_STACKABLE
    assert refused.message == "The code stapelbar cannot be combined with vonmeier. Remove one of them."
    assert shop.quote(cart_of()).codes == ("vonmeier",)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"valid_from": NOON + timedelta(seconds=1)}, Reason.NOT_YET),
        ({"valid_until": NOON}, Reason.EXPIRED),
        ({"max_order": "24.99"}, Reason.MAXIMUM),
        ({"products": ["p-x"]}, Reason.PRODUCTS),
        ({"categories": ["tea"]}, Reason.PRODUCTS),
        ({"amount": 5, "currency": "USD"}, Reason.CURRENCY),
        ({"holder": "schulz"}, Reason.NOT_YOURS),
    ],
)
def test_python_is_told_the_exact_reason(shop: FakeShop, terms: dict[str, Any], expected: Reason) -> None:
    make_code(shop.app, "probe", **terms)

    assert shop.apply(cart_of(), "probe").reason is expected


@pytest.mark.parametrize(
    "terms",
    [
        {"valid_from": NOON},
        {"valid_until": NOON + timedelta(seconds=1)},
        {"max_order": 25},
        {"min_order": 25},
    ],
)
def test_bounds_are_inclusive_and_periods_half_open(shop: FakeShop, terms: dict[str, Any]) -> None:
    make_code(shop.app, "probe", **terms)

    assert shop.apply(cart_of(), "probe").ok


def test_secret_reasons_read_alike_in_public(shop: FakeShop) -> None:
    make_code(shop.app, "alt", valid_until=NOON)
    make_code(shop.app, "fremd", holder="schulz")
    messages = {shop.apply(cart_of(), code).message for code in ("alt", "fremd", "nonesuch")}

    assert len(messages) == 1


def test_a_code_for_somebody_is_good_for_that_one(shop: FakeShop) -> None:
    make_code(shop.app, "deins", holder="schulz")

    assert shop.apply(cart_of("schulz"), "deins").ok


def test_an_absolute_code_leaves_products_alone_that_take_none(shop: FakeShop) -> None:
    make_product(shop.app, "p-a", absolute_coupons=False)
    make_code(shop.app, "zehn", percent=10)

    quote = shop.apply(cart_of(), "vonmeier")
    assert {key: str(off) for key, off in quote.allocation.items()} == {"a": "0.00", "b": "5.00"}
    assert str(shop.apply(cart_of("otto"), "zehn").discount) == "2.50"


def test_ten_wrong_tries_close_the_field_for_a_while(shop: FakeShop) -> None:
    for n in range(10):
        assert shop.apply(cart_of(), f"guess{n}").reason is Reason.UNKNOWN
    assert shop.apply(cart_of(), "vonmeier").reason is Reason.TOO_MANY_TRIES
    assert shop.apply(cart_of("otto"), "vonmeier").ok
    shop.clock.advance(minutes=11)

    assert shop.apply(cart_of(), "vonmeier").ok


def test_tries_are_counted_by_address_too(shop: FakeShop) -> None:
    for n in range(10):
        shop.apply(make_cart(key=f"c{n}", customer=None), f"guess{n}", client="203.0.113.7")

    blocked = shop.apply(make_cart(key="fresh", customer=None), "vonmeier", client="203.0.113.7")
    other = shop.apply(make_cart(key="fresh", customer=None), "vonmeier", client="203.0.113.8")
    assert (blocked.reason, other.reason) == (Reason.TOO_MANY_TRIES, None)


@pytest.mark.parametrize(
    "lines", [(), (make_line("a", 0),), (make_line("a", "-3.00"),), (make_line("a", 5, quantity=0),)]
)
def test_an_empty_or_free_cart_has_a_quote(shop: FakeShop, lines: tuple[Line, ...]) -> None:
    cart = Cart(key="c1", currency="EUR", lines=lines)
    assert shop.quote(cart).ok
    quote = shop.apply(cart, "vonmeier")

    assert (quote.ok, quote.discount) == (False, Decimal(0))


def test_lines_that_are_not_known_yet_keep_the_code_pending(shop: FakeShop) -> None:
    unknown = make_cart(key="c1", customer=make_customer())
    pending = shop.apply(Cart(key="c1", currency="EUR", lines=None, customer=make_customer()), "vonmeier")

    assert (pending.ok, pending.pending, pending.codes, pending.discount) == (
        True,
        True,
        ("vonmeier",),
        Decimal(0),
    )
    assert str(shop.quote(unknown).discount) == "5.00"


def test_what_needs_no_lines_is_checked_while_they_are_not_known(shop: FakeShop) -> None:
    make_code(shop.app, "alt", valid_until=NOON)

    quote = shop.apply(Cart(key="c1", currency="EUR", lines=None), "alt")
    assert (quote.ok, quote.pending, quote.reason) == (False, True, Reason.EXPIRED)


def test_a_cart_without_a_code_costs_the_shop_nothing(shop: FakeShop) -> None:
    lines, customer, bought = Asked(make_cart().lines), Asked(make_customer()), Asked(False)
    shop.quote(Cart(key="c1", currency="EUR", lines=lines, customer=customer))
    shop.quote(Cart(key="c2", currency="EUR", lines=lines, customer=Customer(ref="ina", has_bought=bought)))

    assert (lines.times, customer.times, bought.times) == (0, 0, 0)


def test_callables_are_asked_once_where_there_is_a_code(shop: FakeShop) -> None:
    shop.apply(cart_of(key="c1"), "vonmeier")
    lines, bought = Asked(make_cart().lines), Asked(False)
    customer = Asked(Customer(ref="ina", email="ina@shop.example", has_bought=bought))
    quote = shop.quote(Cart(key="c1", currency="EUR", lines=lines, customer=customer))

    assert str(quote.discount) == "5.00"
    assert (lines.times, customer.times, bought.times) == (1, 1, 0)


def test_whether_somebody_has_bought_is_asked_for_codes_that_need_it(shop: FakeShop) -> None:
    make_code(shop.app, "neu", new_customers_only=True)
    bought = Asked(True)
    customer = Customer(ref="ina", email="ina@shop.example", has_bought=bought)

    assert shop.apply(cart_of(customer), "neu").reason is Reason.NEW_CUSTOMERS_ONLY
    assert bought.times == 1


def test_totals_of_a_cart_without_a_code_are_there_when_somebody_looks(shop: FakeShop) -> None:
    quote = shop.quote(
        Cart(key="c1", currency="EUR", lines=Asked(make_cart().lines), shipping=Decimal("4.90"))
    )

    assert (str(quote.total), str(quote.to_pay), quote.discount) == ("29.90", "29.90", Decimal(0))


def test_a_code_of_one_customer_is_not_seen_by_another_at_the_same_key(shop: FakeShop) -> None:
    shop.apply(cart_of("ina", key="recycled"), "vonmeier")

    assert shop.quote(cart_of("otto", key="recycled")).codes == ()
    assert shop.quote(cart_of(None, key="recycled")).codes == ()
    assert shop.quote(cart_of("ina", key="recycled")).codes == ("vonmeier",)


def test_a_code_of_a_visitor_is_there_under_a_key_too(shop: FakeShop) -> None:
    shop.apply(make_cart(key=None, visitor="v1", customer=None), "vonmeier")

    assert shop.quote(make_cart(key="row-7", visitor="v1", customer=None)).codes == ("vonmeier",)
    assert shop.quote(make_cart(key="row-7", visitor="v2", customer=None)).codes == ()


def test_a_code_applied_with_key_and_visitor_is_found_by_either(shop: FakeShop) -> None:
    shop.apply(make_cart(key="row-7", visitor="v1", customer=None), "vonmeier")

    assert shop.quote(make_cart(key="row-7", customer=None)).codes == ("vonmeier",)
    assert shop.quote(make_cart(key=None, visitor="v1", customer=None)).codes == ("vonmeier",)


def test_a_cart_that_cannot_be_told_from_others_keeps_no_code(shop: FakeShop) -> None:
    with pytest.raises(ValueError, match="key"):
        shop.apply(make_cart(key=None, customer=None), "vonmeier")


def test_a_code_typed_before_the_log_in_is_ordered_outside_the_request(shop: FakeShop) -> None:
    browser = shop.browser()
    shop.put(browser, "towel")
    page = browser.get("/cart").text
    assert "vonmeier" not in page
    browser.get("/firstline/c/vonmeier")
    shop.sign_in(browser, "ina")
    assert "vonmeier" in browser.get("/cart").text

    quote = shop.place(make_cart(key="customer-ina", customer=shop.customers["ina"]), "o1")
    assert quote.codes == ("vonmeier",)


def test_logging_out_cuts_the_tie(shop: FakeShop) -> None:
    browser = shop.browser("ina")
    shop.put(browser, "towel")
    browser.get("/firstline/c/vonmeier")
    assert "vonmeier" in browser.get("/cart").text
    shop.sign_out(browser)
    shop.put(browser, "towel")
    assert "vonmeier" not in browser.get("/cart").text
    shop.sign_in(browser, "otto")

    assert "vonmeier" not in browser.get("/cart").text


def test_changing_from_one_customer_to_another_cuts_the_tie(shop: FakeShop) -> None:
    browser = shop.browser("ina")
    shop.put(browser, "towel")
    browser.get("/firstline/c/vonmeier")
    browser.get("/cart")
    shop.sign_in(browser, "otto")

    assert "vonmeier" not in browser.get("/cart").text


def test_quoting_and_applying_reserve_nothing(shop: FakeShop) -> None:
    make_code(shop.app, "einmal", max_uses=1)
    for who in ("ina", "otto"):
        assert shop.apply(cart_of(who), "einmal").ok
        assert shop.quote(cart_of(who)).ok

    assert shop.rows(Redemption) == []


def test_an_order_forgets_the_codes_of_its_cart(shop: FakeShop) -> None:
    shop.apply(make_cart(key="row-7", visitor="v1"), "vonmeier")
    shop.place(make_cart(key="row-7", visitor="v1"), "o1")

    assert waiting_codes(shop) == set()
    assert shop.quote(make_cart(key="row-7", visitor="v1")).codes == ()


def test_a_quote_of_one_request_is_asked_once(shop: FakeShop) -> None:
    shop.apply(cart_of(key="c1"), "vonmeier")
    lines = Asked(make_cart().lines)
    with shop.app.test_request_context(), counted(shop) as statements:
        for _ in range(20):
            quote = shop.firstline.quote(
                Cart(key="c1", currency="EUR", lines=lines, customer=make_customer())
            )

    assert str(quote.discount) == "5.00"
    assert len(statements) <= 6


def test_outside_an_app_context_a_quote_is_empty_and_records_raise(shop: FakeShop) -> None:
    quote = shop.firstline.quote(make_cart())
    assert (quote.ok, quote.total, quote.codes) == (True, Decimal(0), ())
    calls: list[Callable[[], object]] = [
        lambda: shop.firstline.apply_coupon(make_cart(), "vonmeier"),
        lambda: shop.firstline.order_cancelled("o1"),
        lambda: shop.firstline.customer_erased("ina"),
    ]
    for call in calls:
        with pytest.raises(RuntimeError, match="app context"):
            call()


def test_the_shops_own_discount_comes_off_first(shop: FakeShop) -> None:
    quote = shop.apply(cart_of("ina", discount="5.00"), "vonmeier")

    assert (str(quote.total), str(quote.discount)) == ("15.00", "5.00")


def test_free_shipping_takes_the_shipping_off(shop: FakeShop) -> None:
    make_code(shop.app, "porto", free_shipping=True)
    quote = shop.apply(cart_of("ina", shipping="4.90", shipping_vat_rate=19), "porto")

    assert (str(quote.discount), str(quote.shipping_discount), str(quote.total)) == ("4.90", "4.90", "25.00")
    assert shop.apply(cart_of("otto"), "porto").reason is Reason.PRODUCTS


def test_refs_may_be_numbers(shop: FakeShop) -> None:
    cart = Cart(key=7, currency="EUR", lines=make_cart().lines, customer=Customer(ref=12))  # type: ignore[arg-type]

    assert shop.apply(cart, "vonmeier").ok
    assert shop.quote(
        Cart(key="7", currency="EUR", lines=make_cart().lines, customer=Customer(ref="12"))
    ).codes


def test_a_cart_in_another_currency_has_its_own_digits(shop: FakeShop) -> None:
    make_code(shop.app, "yen", amount=500, currency="JPY")
    quote = shop.apply(make_cart(make_line("a", 3000), currency="JPY"), "yen")

    assert (quote.discount, str(quote.total)) == (Decimal(500), "2500")
