"""The contract holds for a good shop, and each of its sentences finds the shop that breaks it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from jinja2 import DictLoader, Undefined

from flask_firstline import Cart, Customer, Line, Order, Quote, forms
from flask_firstline.testing import FakeShop, ShopContract, fake_pages, make_cart, make_line

from .fake_driver import FakeDriver


class TestFakeShop(ShopContract):
    @pytest.fixture
    def shop(self, firstline_url: str) -> Iterator[FakeDriver]:
        with FakeShop(firstline_url) as shop:
            yield FakeDriver(shop)


@pytest.fixture
def good() -> Iterator[FakeDriver]:
    with FakeShop() as shop:
        yield FakeDriver(shop)


Break = Callable[[FakeDriver, pytest.MonkeyPatch], None]


def replaced(driver: FakeDriver, patch: pytest.MonkeyPatch, name: str, **changes: object) -> None:
    """Change what the adapter answers, field by field; a change may be made from the old value."""
    old = getattr(driver.shop, name)

    def answer() -> Any:
        found = old()
        if found is None:
            return None
        made = {key: value(found) if callable(value) else value for key, value in changes.items()}
        return replace(found, **made)

    patch.setattr(driver.shop, name, answer)


def untold(call: str) -> Break:
    def broken(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(driver.firstline, call, lambda *_args, **_more: None)

    return broken


def told(call: str, change: Callable[[Any], Any]) -> Break:
    def broken(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
        real = getattr(driver.firstline, call)
        patch.setattr(driver.firstline, call, lambda fact: real(change(fact)))

    return broken


def full_carts(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    replaced(driver, patch, "current_cart", lines=lambda cart: cart.lines or (make_line(),))


def net_prices(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    def net(cart: Cart) -> list[Line]:
        assert isinstance(cart.lines, tuple)
        return [make_line(line.key, round(line.unit_price / 2, 2)) for line in cart.lines]

    patch.setattr(fake_pages, "_CART", fake_pages._CART.replace("quote.to_pay }}", "quote.to_pay * 2 }}"))
    replaced(driver, patch, "current_cart", lines=net)


def wandering_keys(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    replaced(
        driver,
        patch,
        "current_cart",
        lines=lambda cart: [make_line(secrets.token_hex(4), line.unit_price) for line in cart.lines],
    )


def other_currency(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    replaced(driver, patch, "current_cart", currency="USD")


def one_key_for_all(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    replaced(driver, patch, "current_cart", key="cart")


def named_guests(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    old = driver.shop.current_customer
    patch.setattr(driver.shop, "current_customer", lambda: old() or Customer(ref="0"))


def a_ref_per_log_in(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    def session_ref(_customer: Customer) -> str:
        return str(flask.session.setdefault("number", secrets.token_hex(4)))

    replaced(driver, patch, "current_customer", ref=session_ref)


def one_ref_for_all(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    replaced(driver, patch, "current_customer", ref="customer")


def no_field(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(driver, "cart_page", lambda browser: browser.get("/").text)


def own_field(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    """A shop that replaces our template with one that leans on lenient undefined values."""
    environment = driver.app.jinja_env
    source, _, _ = environment.loader.get_source(environment, "firstline/coupon_field.html")  # type: ignore[union-attr]
    own = DictLoader({"firstline/coupon_field.html": "{{ shop_name }}" + source})
    patch.setattr(driver.app, "jinja_loader", own)
    environment.undefined = Undefined


def undiscounted_page(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    page = fake_pages._CART.replace("quote.to_pay }}", "quote.to_pay + quote.discount }}")
    patch.setattr(fake_pages, "_CART", page)


def remembered_total(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    real, seen = driver.shown_total, []

    def least(browser: FlaskClient) -> Decimal:
        seen.append(real(browser))
        return min(seen)

    patch.setattr(driver, "shown_total", least)


def no_cookies_of_ours(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    @driver.app.after_request
    def strip(response: flask.Response) -> flask.Response:
        kept = [text for text in response.headers.getlist("Set-Cookie") if "firstline" not in text]
        response.headers.setlist("Set-Cookie", kept)
        return response


def unchecked_forms(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(forms, "check", lambda _purpose: None)


def cookies_cleared_at_log_in(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    real = driver.sign_up

    def sign_up(browser: FlaskClient, email: str) -> None:
        real(browser, email)
        browser.delete_cookie("firstline_visitor")

    patch.setattr(driver, "sign_up", sign_up)


def nobody_signs_out(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(driver, "sign_out", lambda _browser: None)


def everybody_is_admin(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(driver.shop, "is_admin", lambda: True)


def nobody_is_admin(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(driver.shop, "is_admin", lambda: False)


def quoted_only(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    """A shop that prices the order and forgets to tell of it."""
    patch.setattr(driver.firstline, "order_placed", lambda _order: driver.firstline.quote(make_cart()))


def charged_in_full(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    real = driver.firstline.order_placed

    def placed(order: Order) -> Quote:
        quote = real(order)
        return replace(quote, to_pay=quote.to_pay + quote.discount)

    patch.setattr(driver.firstline, "order_placed", placed)


def carts_are_kept(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    class Kept(dict[str, dict[str, Line]]):
        def pop(self, key: str, *_: Any) -> dict[str, Line]:
            return dict(self.get(key, {}))

    driver.shop.carts = Kept()
    told("order_placed", lambda order: replace(order, promised_discount=None))(driver, patch)


def codes_named(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    """A shop that names the codes itself and never says from which cart they are."""
    real = driver.firstline.order_placed

    def placed(order: Order) -> Quote:
        codes = driver.firstline.quote(driver.shop.current_cart()).codes
        return real(replace(order, cart_key="elsewhere", codes=codes))

    patch.setattr(driver.firstline, "order_placed", placed)


def quoted_again(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    """A shop that orders with whatever holds now, whatever it has shown."""
    real = driver.firstline.order_placed

    def placed(order: Order) -> Quote:
        codes = driver.firstline.quote(driver.shop.current_cart()).codes
        return real(replace(order, codes=codes, promised_discount=None))

    patch.setattr(driver.firstline, "order_placed", placed)


def nothing_returned(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(driver, "return_all", lambda _ref: None)


def all_returned(driver: FakeDriver, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(driver, "return_unit", driver.return_all)


anonymous = told("order_placed", lambda order: replace(order, customer=Customer()))
somebody_new = told(
    "order_placed", lambda order: replace(order, customer=Customer(email=f"{secrets.token_hex(4)}@x.example"))
)
no_codes = told("order_placed", lambda order: replace(order, codes=(), promised_discount=None))
half_paid = told("invoice_paid", lambda invoice: replace(invoice, amount=Decimal(1)))
a_ref_per_call = told("invoice_paid", lambda invoice: replace(invoice, ref=secrets.token_hex(4)))

BROKEN: dict[str, Break] = {
    "a_browser_without_a_cart_has_none_or_an_empty_one": full_carts,
    "the_lines_of_the_cart_add_up_to_what_the_page_shows": net_prices,
    "the_cart_is_the_same_in_the_next_request": wandering_keys,
    "the_cart_is_in_the_currency_of_the_shop": other_currency,
    "carts_of_two_browsers_never_have_one_key": one_key_for_all,
    "nobody_is_signed_in_with_a_new_browser": named_guests,
    "a_customer_has_one_ref_for_ever": a_ref_per_log_in,
    "two_customers_have_two_refs": one_ref_for_all,
    "a_sign_up_is_told": untold("customer_registered"),
    "the_coupon_field_is_on_the_cart_page": no_field,
    "the_coupon_field_lives_under_strict_undefined": own_field,
    "a_code_lowers_what_the_page_shows": undiscounted_page,
    "a_code_can_be_taken_out_again": remembered_total,
    "a_refused_code_shows_why": no_cookies_of_ours,
    "a_post_without_our_token_is_refused": unchecked_forms,
    "a_code_survives_the_log_in": cookies_cleared_at_log_in,
    "a_code_is_not_seen_by_another_browser": one_key_for_all,
    "a_code_does_not_wait_for_the_next_person_at_the_browser": nobody_signs_out,
    "admin_pages_are_closed_to_the_anonymous_and_to_buyers": everybody_is_admin,
    "admin_pages_are_open_to_those_who_run_the_shop": nobody_is_admin,
    "an_order_is_told_and_committed": quoted_only,
    "the_discount_is_in_the_total_of_the_order": charged_in_full,
    "the_plugin_knows_the_same_total": charged_in_full,
    "an_order_puts_a_new_customer_into_the_first_line": no_codes,
    "a_guest_who_orders_becomes_a_customer_too": anonymous,
    "a_code_for_new_customers_is_good_for_one_order": somebody_new,
    "an_order_is_never_dearer_than_the_page_said": quoted_again,
    "an_order_that_is_rolled_back_takes_our_rows_with_it": quoted_only,
    "ordering_twice_with_one_cart_is_one_order": carts_are_kept,
    "an_order_forgets_the_codes_of_its_cart": codes_named,
    "a_payment_earns": untold("invoice_paid"),
    "a_paid_order_is_paid_in_full": half_paid,
    "a_payment_told_twice_earns_once": a_ref_per_call,
    "a_returned_piece_takes_its_part_back": all_returned,
    "a_returned_order_takes_all_back": nothing_returned,
    "a_cancelled_order_makes_a_prospect_again": untold("order_cancelled"),
}


def test_every_sentence_of_the_contract_has_a_shop_that_breaks_it() -> None:
    sentences = {name.removeprefix("test_") for name in dir(ShopContract) if name.startswith("test_")}

    assert sentences == set(BROKEN)


@pytest.mark.parametrize("sentence", BROKEN)
def test_the_contract_finds_a_shop_that_breaks_it(
    sentence: str, good: FakeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    BROKEN[sentence](good, monkeypatch)

    with pytest.raises(AssertionError):
        getattr(ShopContract(), f"test_{sentence}")(good)
