"""The part of the contract about orders and money."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from unittest import SkipTest

from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from ..domain.money import major
from ..models import Call, Document, Redemption
from ..shop import ContactView, Customer
from .driver import Scene, ShopDriver, new_email, set_scene
from .program import switch_code


class _Trouble(Exception):
    """What the database says when the contract lets a commit fail."""


@contextmanager
def _commit_fails(shop: ShopDriver) -> Iterator[list[int]]:
    """Let the commit fail that would keep an order of ours; gives how often that was tried."""
    documents = select(func.count()).select_from(Document.__table__)
    before, tried = len(shop.rows(Document)), []

    def refuse(session: Session) -> None:
        found = session.connection().execute(documents).scalar_one()
        if found > before:
            tried.append(found)
            raise _Trouble("the contract lets this commit fail")

    event.listen(Session, "before_commit", refuse)
    try:
        yield tried
    finally:
        event.remove(Session, "before_commit", refuse)


class OrderContract:
    """Orders, payments, refunds and cancellations."""

    def _bought(self, shop: ShopDriver, scene: Scene) -> tuple[FlaskClient, str]:
        """Let a new customer order two products with the scene's code."""
        browser, email = shop.browser(), new_email()
        shop.sign_up(browser, email)
        for product in (0, 1):
            shop.put_into_cart(browser, product)
        shop.type_code(browser, scene.code)
        ref = shop.order(browser, email)
        assert ref is not None, "place_order gives None for an order with a good code"
        return browser, ref

    def _contact(self, shop: ShopDriver, browser: FlaskClient) -> ContactView:
        customer = shop.customer(browser)
        assert customer is not None, "nobody is signed in any more"
        with shop.app.app_context():
            found = shop.firstline.contact(customer)
        assert found is not None, "the buyer is no contact"
        return found

    def _earned(self, shop: ShopDriver, scene: Scene) -> Decimal:
        with shop.app.app_context():
            found = shop.firstline.balance(scene.partner).get(shop.currency)
        return Decimal(0) if found is None else found.on_hold + found.payable

    def test_an_order_is_told_and_committed(self, shop: ShopDriver) -> None:
        _, ref = self._bought(shop, set_scene(shop))

        assert shop.app.testing, "run the contract with TESTING, so that calls never committed are raised"
        assert [row.ref for row in shop.rows(Document, ref=ref)] == [ref], (
            f"order {ref} is not in our tables; call order_placed with this ref, then commit"
        )

    def test_the_discount_is_in_the_total_of_the_order(self, shop: ShopDriver) -> None:
        browser, email, scene = shop.browser(), new_email(), set_scene(shop)
        shop.sign_up(browser, email)
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        shown = shop.shown_total(browser)
        ref = shop.order(browser, email)

        assert ref is not None
        assert shop.order_total(ref) == shown, f"shown was {shown}, charged is {shop.order_total(ref)}"

    def test_the_plugin_knows_the_same_total(self, shop: ShopDriver) -> None:
        _, ref = self._bought(shop, set_scene(shop))
        found = shop.rows(Document, ref=ref)[0]
        known, charged = major(found.total, found.currency), shop.order_total(ref)

        assert known == charged, f"the plugin was told {known}, the shop charges {charged}"
        assert found.currency == shop.currency

    def test_an_order_puts_a_new_customer_into_the_first_line(self, shop: ShopDriver) -> None:
        scene = set_scene(shop)
        browser, ref = self._bought(shop, scene)
        found = self._contact(shop, browser)

        assert (found.sponsor_ref, found.address_type) == (scene.partner, "customer")
        with shop.app.app_context():
            view = shop.firstline.order(ref)
        assert view is not None and view.partner_ref == scene.partner

    def test_a_guest_who_orders_becomes_a_customer_too(self, shop: ShopDriver) -> None:
        if not shop.takes_guests:
            raise SkipTest("only customers with an account order here")
        scene, browser, email = set_scene(shop), shop.browser(), new_email()
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        assert shop.order(browser, email) is not None, "a guest's order was not placed"
        with shop.app.app_context():
            found = shop.firstline.contact(Customer(email=email))

        assert found is not None, "a guest's order says no e-mail; give Order.customer = Customer(email=...)"
        assert found.sponsor_ref == scene.partner

    def test_a_code_for_new_customers_is_good_for_one_order(self, shop: ShopDriver) -> None:
        scene = set_scene(shop, new_customers_only=True)
        browser, _ = self._bought(shop, scene)
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        shop.order(browser, self._contact(shop, browser).email or "")

        used = [row.state for row in shop.rows(Redemption) if row.state == "redeemed"]
        assert used == ["redeemed"], "one person used a code for new customers twice; is the customer told?"

    def test_an_order_is_never_dearer_than_the_page_said(self, shop: ShopDriver) -> None:
        scene, browser, email = set_scene(shop), shop.browser(), new_email()
        shop.sign_up(browser, email)
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        shown, checkout = shop.shown_total(browser), shop.open_checkout(browser)
        switch_code(shop.app, scene.code, active=False)
        ref = shop.place_order(browser, checkout, email)

        assert ref is None or shop.order_total(ref) <= shown, (
            f"the page said {shown}, the order charges more: give promised_discount, and on Refused "
            "show the cart again instead of ordering"
        )

    def test_an_order_that_is_rolled_back_takes_our_rows_with_it(self, shop: ShopDriver) -> None:
        scene, browser, email = set_scene(shop), shop.browser(), new_email()
        shop.sign_up(browser, email)
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        checkout = shop.open_checkout(browser)
        before = len(shop.rows(Document))
        with _commit_fails(shop) as tried, suppress(_Trouble):
            shop.place_order(browser, checkout, email)

        assert tried, "no commit would have kept the order; is order_placed called before the commit?"
        assert len(shop.rows(Document)) == before, "our rows are kept though the shop's commit failed"
        assert self._contact(shop, browser).address_type == "prospect"

    def test_ordering_twice_with_one_cart_is_one_order(self, shop: ShopDriver) -> None:
        scene, browser, email = set_scene(shop), shop.browser(), new_email()
        shop.sign_up(browser, email)
        shop.put_into_cart(browser)
        shop.type_code(browser, scene.code)
        checkout = shop.open_checkout(browser)
        before = len(shop.rows(Document))
        for _ in range(2):
            shop.place_order(browser, checkout, email)

        assert len(shop.rows(Document)) == before + 1, "a double click makes a second order"
        assert len(shop.rows(Redemption)) == 1

    def test_an_order_forgets_the_codes_of_its_cart(self, shop: ShopDriver) -> None:
        browser, _ = self._bought(shop, set_scene(shop))
        shop.put_into_cart(browser)
        codes = shop.inside(browser, lambda: shop.firstline.quote(shop.state.cart()).codes)

        assert codes == (), "the code is still in the cart after the order; give Order.cart_key"

    def test_a_payment_earns(self, shop: ShopDriver) -> None:
        scene = set_scene(shop)
        _, ref = self._bought(shop, scene)
        assert self._earned(shop, scene) == 0
        shop.pay(ref)

        assert self._earned(shop, scene) > 0, "a payment earns nothing; call invoice_paid, then commit"

    def test_a_paid_order_is_paid_in_full(self, shop: ShopDriver) -> None:
        _, ref = self._bought(shop, set_scene(shop))
        shop.pay(ref)
        found = shop.rows(Document, ref=ref)[0]

        assert found.paid_at is not None, f"told was a payment of {found.paid}, charged are {found.total}"
        assert abs(found.paid - found.total) <= 2, f"paid is {found.paid}, charged are {found.total}"

    def test_a_payment_told_twice_earns_once(self, shop: ShopDriver) -> None:
        scene = set_scene(shop)
        _, ref = self._bought(shop, scene)
        shop.pay(ref)
        earned, payments = self._earned(shop, scene), len(shop.rows(Call, kind="invoice_paid"))
        shop.pay(ref)

        assert self._earned(shop, scene) == earned
        assert len(shop.rows(Call, kind="invoice_paid")) == payments, (
            "one payment is told under two refs; Invoice.ref and payment_ref name it for ever"
        )

    def test_a_returned_piece_takes_its_part_back(self, shop: ShopDriver) -> None:
        scene = set_scene(shop)
        _, ref = self._bought(shop, scene)
        shop.pay(ref)
        earned = self._earned(shop, scene)
        shop.return_unit(ref)

        assert 0 < self._earned(shop, scene) < earned, "a returned piece must take back a part, not all"

    def test_a_returned_order_takes_all_back(self, shop: ShopDriver) -> None:
        scene = set_scene(shop)
        _, ref = self._bought(shop, scene)
        shop.pay(ref)
        shop.return_unit(ref)
        shop.return_all(ref)

        assert self._earned(shop, scene) == 0, "after a full return something is left"

    def test_a_cancelled_order_makes_a_prospect_again(self, shop: ShopDriver) -> None:
        scene = set_scene(shop)
        browser, ref = self._bought(shop, scene)
        shop.cancel(ref)

        assert self._contact(shop, browser).address_type == "prospect", "call order_cancelled, then commit"
        assert [row.state for row in shop.rows(Redemption, order_ref=ref)] == ["released"]
