"""Orders: placed, refused, repeated, changed."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from flask_firstline import Cart, Customer, Order, Reason, Refused
from flask_firstline.models import Contact, Document, History, Outbox, Redemption
from flask_firstline.testing import (
    FakeShop,
    make_cart,
    make_code,
    make_customer,
    make_line,
    make_partner,
    switch_code,
)

from .kit import (
    MakeShop,
    address_type,
    cart_of,
    counts,
    earned,
    one,
    reason,
    refused,
    sponsor,
    states,
    used,
    waiting_codes,
)


def test_an_order_uses_the_codes_of_its_cart(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    quote = shop.place(cart_of(), "o1")

    assert (quote.codes, str(quote.to_pay)) == (("vonmeier",), "20.00")
    (row,) = shop.rows(Redemption)
    assert (row.state, row.order_ref, row.discount, row.currency) == ("redeemed", "o1", 500, "EUR")
    assert (address_type(shop, "ina"), sponsor(shop, "ina")) == ("customer", "meier")


def test_an_order_uses_the_codes_it_names(shop: FakeShop) -> None:
    make_code(shop.app, "zehn", percent=10)
    shop.apply(cart_of(), "vonmeier")
    quote = shop.place(cart_of(), "o1", codes=["ZEHN"])

    assert (quote.codes, str(quote.discount)) == (("zehn",), "2.50")


def test_an_order_that_names_no_codes_has_none(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")

    assert shop.place(cart_of(), "o1", codes=()).codes == ()
    assert sponsor(shop, "ina") is None


def test_an_order_as_known_can_be_asked_for(shop: FakeShop) -> None:
    quote = shop.place(cart_of(), "o1", codes=["vonmeier"])
    view = shop.order("o1")

    assert view is not None
    assert (view.ref, view.partner_ref, view.partner_invoice) == ("o1", "meier", True)
    assert view.address_type_before == "prospect"
    assert view.quote == quote
    assert shop.order("nonesuch") is None


def test_an_order_without_a_partner_has_no_star(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1")
    view = shop.order("o1")

    assert view is not None
    assert (view.partner_ref, view.partner_invoice) == (None, False)


def test_a_code_that_holds_no_more_refuses_with_the_quote_that_does(shop: FakeShop) -> None:
    make_code(shop.app, "zehn", percent=10, stackable=True)
    make_code(shop.app, "fuenf", amount=5, stackable=True)
    for code in ("zehn", "fuenf"):
        shop.apply(cart_of(), code)
    switch_code(shop.app, "fuenf", active=False)

    found = refused(shop, cart_of(), promised_discount="7.50")
    assert found.reason is Reason.INACTIVE
    assert found.codes == ("zehn",)
    assert found.quote is not None
    assert (found.quote.ok, str(found.quote.discount), str(found.quote.to_pay)) == (False, "2.50", "22.50")
    assert found.message == found.quote.message != ""

    again = shop.place(cart_of(), codes=found.codes, promised_discount=found.quote.discount)
    assert str(again.to_pay) == "22.50"


def test_a_lower_discount_than_promised_refuses(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    found = refused(shop, cart_of(), promised_discount="5.01")

    assert found.reason is Reason.CHANGED
    assert found.codes == ("vonmeier",)
    assert shop.place(cart_of(), codes=found.codes, promised_discount="5.00").ok


def test_a_higher_discount_than_promised_is_given(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")

    assert str(shop.place(cart_of(), promised_discount="1.00").discount) == "5.00"


def test_a_promise_without_any_code_refuses(shop: FakeShop) -> None:
    assert reason(shop, cart_of(), promised_discount="5.00") is Reason.CHANGED


def test_a_promise_as_a_float_is_read_as_it_prints(shop: FakeShop) -> None:
    make_code(shop.app, "zehn", percent=10)
    shop.apply(cart_of("ina", one("1.10"), make_line("b", "2.20")), "zehn")

    assert shop.place(cart_of("ina", one("1.10"), make_line("b", "2.20")), promised_discount=0.33).ok


def test_an_unknown_code_refuses_an_order(shop: FakeShop) -> None:
    found = refused(shop, cart_of(), codes=["nonesuch", "vonmeier"])

    assert (found.reason, found.codes) == (Reason.UNKNOWN, ("vonmeier",))


def test_a_refusal_leaves_the_shops_own_order_to_the_shop(shop: FakeShop) -> None:
    """The shop may go on in the same transaction: nothing of it is lost by our refusal."""
    shop.apply(cart_of(), "vonmeier")
    switch_code(shop.app, "vonmeier", active=False)
    with shop.transaction():
        with pytest.raises(Refused) as caught:
            shop.place_now(cart_of(), "o1", promised_discount="5.00")
        quote = shop.firstline.order_placed(Order.from_cart(cart_of(), ref="o1", codes=caught.value.codes))

    assert (quote.codes, shop.own_order("o1").ref) == ((), "o1")
    assert len(shop.rows(Document)) == 1


def test_a_limit_is_kept(shop: FakeShop) -> None:
    make_code(shop.app, "zweimal", max_per_code=2, amount=5)
    make_code(shop.app, "fuer alle", max_uses=3, amount=5)
    for n in range(2):
        shop.place(cart_of(f"c{n}"), f"o{n}", codes=["zweimal"])

    assert reason(shop, cart_of("c2"), "o2", codes=["zweimal"]) is Reason.USED_UP
    assert used(shop, "zweimal") == 2


def test_a_limit_per_customer_is_kept(shop: FakeShop) -> None:
    make_code(shop.app, "treue", max_per_customer=2, amount=5)
    for n in range(2):
        shop.place(cart_of("ina"), f"o{n}", codes=["treue"])

    assert reason(shop, cart_of("ina"), "o2", codes=["treue"]) is Reason.USED_UP
    assert shop.place(cart_of("otto"), "o2", codes=["treue"]).ok


def test_an_order_without_lines_is_ignored(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    quote = shop.place(Cart(key="cart of ina", currency="EUR", lines=(), customer=make_customer()), "phantom")

    assert (quote.ok, quote.total) == (True, Decimal(0))
    assert shop.rows(Document) == shop.rows(Redemption) == []
    assert shop.quote(cart_of()).codes == ("vonmeier",)


def test_lines_that_are_not_known_make_no_order(shop: FakeShop) -> None:
    quote = shop.place(Cart(key="c", currency="EUR", lines=None), "o1")

    assert quote.total == 0
    assert shop.rows(Document) == []


def test_a_repeat_gives_the_same_answer_and_uses_nothing_up(shop: FakeShop) -> None:
    make_code(shop.app, "limit", amount=5, owner="meier", max_uses=10)
    shop.apply(cart_of(), "limit")
    first = shop.place(cart_of(), "o1", promised_discount=5)
    after = counts(shop)
    for _ in range(5):
        assert shop.place(cart_of(), "o1", promised_discount=5) == first

    assert counts(shop) == after
    assert used(shop, "limit") == 1


def test_a_repeat_with_other_content_is_a_change_while_unpaid(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    quote = shop.place(cart_of("ina", one("40.00")), "o1")

    assert (quote.codes, str(quote.to_pay)) == (("vonmeier",), "35.00")
    assert len(shop.rows(Document)) == len(shop.rows(Redemption)) == 1
    assert shop.own_order("o1").total == "35.00"


def test_a_repeat_of_a_paid_order_gives_the_first_answer(shop: FakeShop) -> None:
    first = shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")

    assert shop.place(cart_of("ina", one("40.00")), "o1") == first
    assert earned(shop) == ["1.68", "0.84", "0.16"]


def test_an_order_in_a_request_of_its_own_needs_no_cart_key(shop: FakeShop) -> None:
    shop.apply(make_cart(key=None, visitor="v1", customer=None), "vonmeier")
    quote = shop.place(make_cart(key=None, visitor="v1", customer=make_customer()), "o1")

    assert quote.codes == ("vonmeier",)
    assert waiting_codes(shop) == set()


def test_an_order_of_which_nothing_is_to_pay_counts_as_paid(make_shop: MakeShop) -> None:
    shop = make_shop(FIRSTLINE_FLIP_ON="paid")
    make_code(shop.app, "alles", amount=25, owner="meier")
    quote = shop.place(cart_of(), "o1", codes=["alles"])

    assert quote.to_pay == 0
    assert shop.rows(Document)[0].paid_at is not None
    assert (address_type(shop, "ina"), sponsor(shop, "ina")) == ("customer", "meier")


def test_what_the_shop_charges_is_the_total_that_counts(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"], total="20.01")

    assert shop.rows(Document)[0].total == 2001


def test_what_others_must_hear_is_in_the_outbox(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])

    told = [row for row in shop.rows(Outbox) if row.topic != "fact"]
    topics = [row.topic for row in told if row.payload.get("order_ref") == "o1"]
    assert sorted(topics) == ["address_type_changed", "coupon_redeemed", "firstline_joined"]


def test_every_change_of_the_shown_type_is_recorded(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.cancel("o1")
    changes = [
        (h.before, h.after, h.how) for h in shop.rows(History, kind="address_type") if h.order_ref == "o1"
    ]

    assert changes == [("prospect", "customer", "order"), ("customer", "prospect", "cancel")]


def test_a_second_order_of_a_customer_flips_nothing(shop: FakeShop) -> None:
    make_partner(shop.app, "weber")
    make_code(shop.app, "vonweber", owner="weber", amount=1)
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.place(cart_of(), "o2", codes=["vonweber"])

    view = shop.order("o2")
    assert view is not None
    assert (view.address_type_before, view.partner_ref) == ("customer", "meier")
    assert sponsor(shop, "ina") == "meier"


def test_an_order_of_somebody_unknown_is_kept_without_a_contact(shop: FakeShop) -> None:
    shop.place(cart_of(None, key="c"), "o1")

    assert shop.rows(Document)[0].contact_id is None
    assert {row.ref for row in shop.rows(Contact)} == {"opa", "schulz", "meier"}


# Changed --------------------------------------------------------------------------------------------------


def test_a_change_recomputes_from_the_terms_that_were_pinned(shop: FakeShop) -> None:
    make_code(shop.app, "zehn", percent=10, min_order="20.00", max_uses=1, owner="meier")
    shop.place(cart_of(), "o1", codes=["zehn"])
    switch_code(shop.app, "zehn", active=False)
    quote = shop.change(cart_of("ina", one("10.00")), "o1")

    assert (quote.codes, str(quote.discount), str(quote.to_pay)) == (("zehn",), "1.00", "9.00")
    assert (states(shop), used(shop, "zehn")) == (["redeemed"], 1)
    view = shop.order("o1")
    assert view is not None
    assert view.quote == quote


def test_the_same_change_twice_is_one(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")
    first = shop.change(cart_of("ina", one("12.50")), "o1")
    after = counts(shop)

    assert shop.change(cart_of("ina", one("12.50")), "o1") == first
    assert counts(shop) == after


def test_a_change_of_a_paid_order_moves_what_was_earned(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.pay("o1")
    assert earned(shop, "meier") == ["1.68"]
    shop.change(cart_of("ina", make_line("a")), "o1")
    assert earned(shop, "meier") == ["0.63"]  # 12.50 - 5.00 = 7.50, net 6.30
    shop.change(cart_of(), "o1")

    assert earned(shop, "meier") == ["1.68"]


def test_a_change_to_nothing_is_no_cancel(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    with pytest.raises(ValueError, match="order_cancelled"):
        shop.change(Cart(currency="EUR", lines=()), "o1")


def test_a_change_of_an_unknown_order_says_so(shop: FakeShop) -> None:
    with pytest.raises(ValueError, match="order_placed"):
        shop.change(cart_of(), "nonesuch")


def test_a_change_cannot_change_the_currency(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1")
    with pytest.raises(ValueError, match="EUR"):
        shop.change(make_cart(currency="USD"), "o1")


def test_another_orderer_takes_the_claim_and_no_first_line(shop: FakeShop) -> None:
    make_code(shop.app, "neu", amount=5, new_customers_only=True, owner="meier")
    shop.place(cart_of("ina"), "o1", codes=["neu"])
    shop.change(cart_of("otto", key="cart of ina"), "o1")

    assert (sponsor(shop, "ina"), sponsor(shop, "otto")) == ("meier", None)
    assert (address_type(shop, "ina"), address_type(shop, "otto")) == ("prospect", "customer")
    assert reason(shop, cart_of("otto"), "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY
    assert shop.place(cart_of("ina"), "o2", codes=["neu"]).ok
    shop.pay("o1")
    assert earned(shop, "meier") == ["1.68"]


def test_a_guest_who_is_named_later_becomes_the_orderer(shop: FakeShop) -> None:
    shop.place(cart_of(Customer(email="ina@shop.example"), key="c"), "o1", codes=["vonmeier"])
    shop.change(cart_of(make_customer("ina", "ina@shop.example"), key="c"), "o1")

    assert (address_type(shop, "ina"), sponsor(shop, "ina")) == ("customer", "meier")
    assert len([row for row in shop.rows(Contact) if row.email == "ina@shop.example"]) == 1


def test_a_warning_says_that_a_repeat_had_other_content(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.place(cart_of(), "o1")
    shop.pay("o1")
    with caplog.at_level(logging.WARNING, logger="flask_firstline"):
        shop.place(cart_of("ina", one("40.00")), "o1")

    assert any("o1" in record.getMessage() for record in caplog.records)


def test_a_use_is_given_back_once(shop: FakeShop) -> None:
    make_code(shop.app, "limit", amount=5, max_uses=5)
    shop.place(cart_of(), "o1", codes=["limit"])
    for _ in range(3):
        shop.cancel("o1")

    assert used(shop, "limit") == 0


def test_orders_of_any_shape_can_be_asked_for(shop: FakeShop) -> None:
    lines: Any = [make_line(n, "0.333333", quantity="3", vat_rate=None) for n in range(100)]
    quote = shop.place(cart_of("ina", *lines), "o1")

    assert str(quote.total) == "100.00"
