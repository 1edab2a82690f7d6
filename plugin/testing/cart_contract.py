"""The part of the contract about carts, codes and who is signed in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from flask.testing import FlaskClient
from jinja2 import StrictUndefined, UndefinedError

from ..domain.money import major, minor
from ..services.carts import CartReader
from ..shop import Cart, Customer
from .driver import ShopDriver, coupon_form, new_email, set_scene


def _cart(shop: ShopDriver, browser: FlaskClient) -> Cart:
    """Give the cart with its lines asked, since a shop may know them only within a request."""

    def read() -> Cart | None:
        cart = shop.state.cart()
        return None if cart is None else replace(cart, lines=CartReader(cart).lines)

    cart = shop.inside(browser, read)
    assert cart is not None, "current_cart() gives None though something is in the cart"
    return cart


def _is_empty(shop: ShopDriver, browser: FlaskClient) -> bool:
    def read() -> bool:
        cart = shop.state.cart()
        return cart is None or not CartReader(cart).lines

    return shop.inside(browser, read)


def _less_ten_per_cent(total: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Give what is left of a total; the discount may leave shipping alone, so it is a range."""
    whole = minor(total, currency)
    return major(whole - whole // 10 - 1, currency), major(whole - 1, currency)


class CartContract:
    """Carts, codes, and who is signed in."""

    def test_a_browser_without_a_cart_has_none_or_an_empty_one(self, shop: ShopDriver) -> None:
        assert _is_empty(shop, shop.browser()), "current_cart() of a new browser has lines"

    def test_the_lines_of_the_cart_add_up_to_what_the_page_shows(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        for product in (0, 1, 0):
            shop.put_into_cart(browser, product)
        total = shop.inside(browser, lambda: shop.firstline.quote(shop.state.cart()).total)

        assert total > 0, "current_cart() has no lines though three pieces are in the cart"
        assert total == shop.shown_total(browser), (
            f"current_cart() comes to {total}, the page shows {shop.shown_total(browser)}: "
            "check prices before our discount, shipping, and prices_include_vat"
        )

    def test_the_cart_is_the_same_in_the_next_request(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.put_into_cart(browser, 0)
        shop.put_into_cart(browser, 1)
        first, second = _cart(shop, browser), _cart(shop, browser)

        assert first.key == second.key, "Cart.key differs from request to request"
        keys = [[line.key for line in CartReader(cart).lines or ()] for cart in (first, second)]
        assert keys[0] == keys[1], "Line.key differs from request to request"

    def test_the_cart_is_in_the_currency_of_the_shop(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.put_into_cart(browser)

        assert _cart(shop, browser).currency == shop.currency

    def test_carts_of_two_browsers_never_have_one_key(self, shop: ShopDriver) -> None:
        browsers = [shop.browser(), shop.browser()]
        for browser in browsers:
            shop.put_into_cart(browser)
        keys = [_cart(shop, browser).key for browser in browsers]

        assert keys[0] is None or keys[0] != keys[1], f"two shoppers share the cart key {keys[0]}"

    def test_nobody_is_signed_in_with_a_new_browser(self, shop: ShopDriver) -> None:
        found = shop.customer(shop.browser())

        assert found is None or found.ref is None, "current_customer() names somebody for a new browser"

    def test_a_customer_has_one_ref_for_ever(self, shop: ShopDriver) -> None:
        browser, email = shop.browser(), new_email()
        shop.sign_up(browser, email)
        first = self._known(shop.customer(browser))
        shop.sign_out(browser)
        again = shop.browser()
        shop.sign_in(again, email)

        assert self._known(shop.customer(again)).ref == first.ref, "the ref differs after the next log-in"
        assert first.email == email, f"Customer.email is {first.email}, signed up was {email}"

    def test_two_customers_have_two_refs(self, shop: ShopDriver) -> None:
        refs = set()
        for _ in range(2):
            browser = shop.browser()
            shop.sign_up(browser, new_email())
            refs.add(self._known(shop.customer(browser)).ref)

        assert len(refs) == 2, f"two customers share the ref {refs}"

    def test_a_sign_up_is_told(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.sign_up(browser, new_email())
        ref = self._known(shop.customer(browser)).ref
        with shop.app.app_context():
            found = shop.firstline.contact(ref)

        assert found is not None, "a sign-up makes no contact; call customer_registered and commit"
        assert found.address_type == "prospect"

    @staticmethod
    def _known(customer: Customer | None) -> Customer:
        assert customer is not None and customer.ref, "current_customer() gives no ref after the log-in"
        return customer

    def test_the_coupon_field_is_on_the_cart_page(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.put_into_cart(browser)

        assert coupon_form(shop.cart_page(browser)).hidden

    def test_the_coupon_field_lives_under_strict_undefined(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.put_into_cart(browser)

        def render() -> str:
            strict = shop.app.jinja_env.overlay(undefined=StrictUndefined)
            try:
                return strict.get_template("firstline/coupon_field.html").render()
            except UndefinedError as error:
                raise AssertionError(f"a template of yours stands in the place of ours: {error}") from error

        assert coupon_form(shop.inside(browser, render)).hidden

    def test_a_code_lowers_what_the_page_shows(self, shop: ShopDriver) -> None:
        scene, browser = set_scene(shop), shop.browser()
        shop.put_into_cart(browser)
        before = shop.shown_total(browser)
        shop.type_code(browser, scene.code)
        lowest, highest = _less_ten_per_cent(before, shop.currency)

        assert lowest <= shop.shown_total(browser) <= highest, (
            f"the page shows {shop.shown_total(browser)} with a code of 10 % and {before} without; "
            "take firstline_quote().discount off, or show its to_pay"
        )

    def test_a_code_can_be_taken_out_again(self, shop: ShopDriver) -> None:
        scene, browser = set_scene(shop), shop.browser()
        shop.put_into_cart(browser)
        before = shop.shown_total(browser)
        shop.type_code(browser, scene.code)
        assert shop.shown_total(browser) < before
        form = coupon_form(shop.cart_page(browser))
        browser.post(form.action, data={**form.hidden, "remove": scene.code})

        assert shop.shown_total(browser) == before

    def test_a_refused_code_shows_why(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.put_into_cart(browser)
        said = (shop.type_code(browser, "nonesuch", script=True).get_json() or {}).get("message", "")
        shop.type_code(browser, "nonesuch")

        assert said, "our endpoint does not answer; is it mounted, and are cookies kept?"
        assert said in shop.cart_page(browser), f"the page after a refused code does not say: {said}"

    def test_a_post_without_our_token_is_refused(self, shop: ShopDriver) -> None:
        scene, browser = set_scene(shop), shop.browser()
        shop.put_into_cart(browser)
        before = shop.shown_total(browser)
        form = coupon_form(shop.cart_page(browser))
        answer = browser.post(form.action, data={"code": scene.code})

        assert answer.status_code == 400, "a foreign page can put codes into the carts of your customers"
        assert shop.shown_total(browser) == before

    def test_a_code_survives_the_log_in(self, shop: ShopDriver) -> None:
        scene, browser = set_scene(shop), shop.browser()
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        shown = shop.shown_total(browser)
        shop.sign_up(browser, new_email())

        assert shop.shown_total(browser) == shown, "the code is lost at log-in; keep our cookie"

    def test_a_code_is_not_seen_by_another_browser(self, shop: ShopDriver) -> None:
        scene, browser, other = set_scene(shop), shop.browser(), shop.browser()
        for each in (browser, other):
            shop.put_into_cart(each)
        before = shop.shown_total(other)
        shop.type_code(browser, scene.code)

        assert shop.shown_total(other) == before

    def test_a_code_does_not_wait_for_the_next_person_at_the_browser(self, shop: ShopDriver) -> None:
        scene, browser = set_scene(shop), shop.browser()
        shop.sign_up(browser, new_email())
        shop.put_into_cart(browser)
        before = shop.shown_total(browser)
        shop.type_code(browser, scene.code)
        shop.sign_out(browser)
        if _is_empty(shop, browser):
            shop.put_into_cart(browser)

        assert shop.shown_total(browser) == before, "after the log-out the code is still in the cart"

    def test_admin_pages_are_closed_to_the_anonymous_and_to_buyers(self, shop: ShopDriver) -> None:
        anonymous, buyer = shop.browser(), shop.browser()
        shop.sign_up(buyer, new_email())

        for browser in (anonymous, buyer):
            assert shop.inside(browser, shop.state.shop.is_admin) is False, "is_admin() lets a buyer in"

    def test_admin_pages_are_open_to_those_who_run_the_shop(self, shop: ShopDriver) -> None:
        browser = shop.browser()
        shop.sign_in_admin(browser)

        assert shop.inside(browser, shop.state.shop.is_admin) is True, "is_admin() closes admins out"
