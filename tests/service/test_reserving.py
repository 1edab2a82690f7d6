"""Holding a cart's codes before anything is written."""

from __future__ import annotations

import pytest

from flask_firstline import Quote, Reason, Refused
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Redemption
from flask_firstline.testing import FakeShop, make_code, switch_code

from .kit import cart_of, one, reason, states, used


@pytest.fixture
def single(shop: FakeShop) -> FakeShop:
    """A shop with a code that is good for one order, waiting in the carts of ina and otto."""
    make_code(shop.app, "einmal", max_uses=1, amount=5)
    for who in ("ina", "otto"):
        assert shop.apply(cart_of(who), "einmal").ok
    return shop


def is_refused(shop: FakeShop, who: object) -> Reason:
    with pytest.raises(Refused) as caught:
        shop.reserve(cart_of(who))
    return caught.value.reason


def test_a_reservation_holds_a_limited_code(single: FakeShop) -> None:
    quote = single.reserve(cart_of("ina"))

    assert (quote.ok, quote.codes, used(single, "einmal")) == (True, ("einmal",), 1)
    assert is_refused(single, "otto") is Reason.USED_UP
    assert reason(single, cart_of("otto")) is Reason.USED_UP
    assert single.quote(cart_of("otto")).reason is Reason.USED_UP
    assert single.quote(cart_of("ina")).ok


def test_placing_turns_the_reservation_into_the_redemption(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    single.place(cart_of("ina"))

    assert (states(single), used(single, "einmal")) == (["redeemed"], 1)


def test_a_reservation_is_over_after_half_an_hour(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    single.clock.advance(minutes=30)
    single.place(cart_of("otto"))

    assert reason(single, cart_of("ina"), "o2") is Reason.USED_UP
    assert states(single) == ["released", "redeemed"]
    assert used(single, "einmal") == 1


def test_reserving_again_extends(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    single.clock.advance(minutes=20)
    single.reserve(cart_of("ina"))
    single.clock.advance(minutes=20)

    assert is_refused(single, "otto") is Reason.USED_UP
    assert used(single, "einmal") == 1


def test_the_guard_itself_frees_what_has_run_out(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    single.clock.advance(minutes=31)

    assert single.reserve(cart_of("otto")).ok
    assert states(single) == ["released", "reserved"]


def test_the_worker_frees_what_has_run_out(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    single.clock.advance(minutes=31)
    with single.app.app_context():
        work_once(single.state)

    assert (states(single), used(single, "einmal")) == (["released"], 0)


@pytest.mark.parametrize("change", ["switched off", "over"])
def test_within_its_time_the_same_cart_is_never_refused(shop: FakeShop, change: str) -> None:
    make_code(shop.app, "kurz", amount=5, valid_until=shop.clock().replace(hour=12, minute=10))
    shop.apply(cart_of(), "kurz")
    promised = shop.reserve(cart_of()).discount
    if change == "switched off":
        switch_code(shop.app, "kurz", active=False)
    shop.clock.advance(minutes=25)

    assert shop.place(cart_of(), promised_discount=promised).codes == ("kurz",)


def test_another_cart_than_the_one_reserved_is_judged_again(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    shop.reserve(cart_of())
    switch_code(shop.app, "vonmeier", active=False)

    assert reason(shop, cart_of("ina", one("30.00"))) is Reason.INACTIVE


def test_a_reservation_holds_the_claim_of_a_new_customer(shop: FakeShop) -> None:
    make_code(shop.app, "neu", amount=5, new_customers_only=True)
    shop.apply(cart_of("ina"), "neu")
    shop.reserve(cart_of("ina"))
    again = cart_of("ina", key="another cart")
    shop.apply(again, "neu")

    assert reason(shop, again, "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY
    shop.place(cart_of("ina"), "o1")
    assert states(shop) == ["redeemed"]


def test_taking_the_code_out_frees_it(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    with single.transaction():
        single.firstline.remove_coupon(cart_of("ina"), "einmal")

    assert single.reserve(cart_of("otto")).ok


def test_a_failed_payment_frees_the_cart(single: FakeShop) -> None:
    single.reserve(cart_of("ina"))
    single.payment_failed(cart_key="cart of ina")

    assert single.reserve(cart_of("otto")).ok
    assert used(single, "einmal") == 1


def test_a_reservation_keeps_the_promise_or_refuses(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    assert shop.reserve(cart_of(), "5.00").ok
    with pytest.raises(Refused) as caught:
        shop.reserve(cart_of(), "5.01")

    assert caught.value.reason is Reason.CHANGED
    assert str(found(caught.value.quote).discount) == "5.00"


def found(quote: Quote | None) -> Quote:
    assert quote is not None
    return quote


def test_what_is_rolled_back_is_not_reserved(single: FakeShop) -> None:
    with pytest.raises(LookupError), single.transaction():
        single.firstline.reserve(cart_of("ina"))
        raise LookupError("the shop's own trouble")

    assert single.rows(Redemption) == []
    assert single.reserve(cart_of("otto")).ok


def test_codes_without_a_limit_are_held_too(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    shop.reserve(cart_of())

    assert states(shop) == ["reserved"]
    assert used(shop) == 0


def test_a_cart_without_a_code_reserves_nothing(shop: FakeShop) -> None:
    assert shop.reserve(cart_of()).ok
    assert shop.rows(Redemption) == []
