"""The cart: pieces, shipping, VAT."""

from __future__ import annotations

import pytest
from flask import Flask

from demo.browser import Visitor

from .acts import put

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")


def test_goods_and_shipping_carry_their_vat(buyer: Visitor) -> None:
    put(buyer, "tea-evening", 2)
    page = put(buyer, "balm-arnica")

    assert page.amount("Goods") == 2 * 690 + 1490
    assert page.amount("Shipping") == 490
    assert page.amount("Total") == 3360
    assert page.amount("19% VAT in it") == 316  # (14.90 + 4.90) x 19 / 119 = 3.161
    assert page.amount("7% VAT in it") == 90  # 13.80 x 7 / 107 = 0.903


def test_shipping_is_free_from_fifty_euros(buyer: Visitor) -> None:
    just_below = put(buyer, "towel-linen", 2)
    above = put(buyer, "tea-evening")

    assert just_below.amount("Shipping") == 490
    assert "€6.00 more and shipping is free" in just_below.text
    assert above.after("Shipping") == "free"
    assert above.amount("Total") == 4400 + 690


def test_a_gift_card_has_no_vat_and_no_shipping(buyer: Visitor) -> None:
    page = put(buyer, "card-25")

    assert page.amount("Total") == 2500
    assert page.after("Shipping") == "free"
    assert "VAT in it" not in page.text


def test_more_of_the_same_goes_into_one_line_up_to_twenty(buyer: Visitor) -> None:
    put(buyer, "tea-mint", 15)
    page = put(buyer, "tea-mint", 15)

    assert page.amount("Goods") == 20 * 420


def test_pieces_can_be_changed_and_taken_out(buyer: Visitor) -> None:
    page = put(buyer, "tea-mint", 3)
    page = buyer.send(page, "/cart/change", quantity="2")
    assert page.amount("Goods") == 840

    page = buyer.send(page, "/cart/change", quantity="0")
    assert "Your cart is empty." in page.texts


@pytest.mark.parametrize("quantity", ["-1", "0", "1.5", "many", "9999", "²", ""])
def test_only_whole_numbers_of_pieces_go_in(buyer: Visitor, quantity: str) -> None:
    page = buyer.send(buyer.open("/product/tea-mint"), "/cart/add", quantity=quantity)

    assert page.status == 400
    assert "Your cart is empty." in buyer.open("/cart/").texts


def test_a_form_from_elsewhere_changes_nothing(app: Flask) -> None:
    answer = app.test_client().post("/cart/add", data={"sku": "tea-mint", "quantity": "1"})

    assert answer.status_code == 400


def test_carts_of_two_visitors_are_apart(buyer: Visitor, home: str) -> None:
    put(buyer, "tea-mint")

    assert "Your cart is empty." in Visitor(home).open("/cart/").texts
