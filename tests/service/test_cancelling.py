"""Orders that do not come to pass: cancelled, or failed at payment."""

from __future__ import annotations

from typing import Any

import pytest

from flask_firstline import Reason
from flask_firstline.models import Document, Redemption
from flask_firstline.testing import FakeShop, make_code, switch_code

from .kit import (
    MakeShop,
    address_type,
    cart_of,
    counts,
    earned,
    reason,
    sponsor,
    states,
    used,
    waiting_codes,
)


@pytest.fixture
def ordered(shop: FakeShop) -> FakeShop:
    return with_order(shop)


def with_order(shop: FakeShop, **terms: Any) -> FakeShop:
    """Let ina order with a code for new customers that is good for one order of each and ten of all."""
    make_code(
        shop.app,
        "neu",
        amount=5,
        owner="meier",
        new_customers_only=True,
        max_uses=10,
        max_per_customer=1,
        **terms,
    )
    shop.apply(cart_of(), "neu")
    shop.place(cart_of(), "o1")
    return shop


def test_cancelling_before_payment_undoes_the_order(ordered: FakeShop) -> None:
    ordered.cancel("o1")

    assert (states(ordered), used(ordered, "neu")) == (["released"], 0)
    assert (address_type(ordered, "ina"), sponsor(ordered, "ina")) == ("prospect", "meier")
    assert ordered.place(cart_of(), "o2", codes=["neu"]).ok
    assert address_type(ordered, "ina") == "customer"


def test_cancelling_twice_or_something_unknown_does_nothing(ordered: FakeShop) -> None:
    ordered.cancel("o1")
    after = counts(ordered)
    for ref in ("o1", "o1", "nonesuch"):
        ordered.cancel(ref)

    assert counts(ordered) == after
    assert used(ordered, "neu") == 0


def test_an_order_can_be_cancelled_before_it_is_known(shop: FakeShop) -> None:
    """Nothing is done, and an order that comes then is an order."""
    shop.cancel("o1")
    shop.place(cart_of(), "o1", codes=["vonmeier"])

    assert address_type(shop, "ina") == "customer"
    shop.cancel("o1")
    assert address_type(shop, "ina") == "prospect"


def test_another_order_keeps_the_customer_one(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    shop.place(cart_of(), "o2", codes=["vonmeier"])
    shop.cancel("o1")
    assert address_type(shop, "ina") == "customer"
    shop.cancel("o2")

    assert address_type(shop, "ina") == "prospect"


def test_cancelling_after_payment_takes_back_what_was_earned(ordered: FakeShop) -> None:
    ordered.pay("o1")
    assert earned(ordered) == ["1.68", "0.84", "0.16"]
    ordered.cancel("o1")

    assert earned(ordered) == ["0.00", "0.00", "0.00"]
    assert (states(ordered), used(ordered, "neu")) == (["redeemed"], 1)
    assert address_type(ordered, "ina") == "customer"
    assert reason(ordered, cart_of(), "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


def test_refunds_and_payments_that_follow_a_cancel_post_nothing(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.cancel("o1")
    posted = counts(ordered)["firstline_posting"]
    ordered.refund("o1", "r1")
    ordered.refund("o1", "r2", amount="5.00")
    ordered.pay("o1", "late")

    assert earned(ordered) == ["0.00", "0.00", "0.00"]
    assert counts(ordered)["firstline_posting"] == posted


@pytest.mark.parametrize(
    ("policy", "paid", "expected"),
    [
        ("unpaid", False, ("released", 0)),
        ("unpaid", True, ("redeemed", 1)),
        ("always", False, ("released", 0)),
        ("always", True, ("released", 0)),
        ("never", False, ("redeemed", 1)),
        ("never", True, ("redeemed", 1)),
    ],
)
@pytest.mark.parametrize("by", ["setting", "coupon"])
def test_the_policy_says_when_a_use_is_given_back(
    make_shop: MakeShop, policy: str, paid: bool, expected: tuple[str, int], by: str
) -> None:
    opposite = "never" if policy == "always" else "always"
    setting = policy if by == "setting" else opposite
    own = {} if by == "setting" else {"give_back": policy}
    shop = with_order(make_shop(FIRSTLINE_GIVE_BACK=setting), **own)
    if paid:
        shop.pay("o1")
    shop.cancel("o1")

    assert (states(shop)[0], used(shop, "neu")) == expected
    assert address_type(shop, "ina") == ("customer" if paid else "prospect")


def test_a_claim_stays_after_payment_even_where_the_use_comes_back(make_shop: MakeShop) -> None:
    shop = with_order(make_shop(FIRSTLINE_GIVE_BACK="always"))
    shop.pay("o1")
    shop.cancel("o1")

    assert reason(shop, cart_of(), "o2", codes=["neu"]) is Reason.NEW_CUSTOMERS_ONLY


def test_the_claim_goes_before_payment_even_where_the_use_stays(make_shop: MakeShop) -> None:
    shop = with_order(make_shop(FIRSTLINE_GIVE_BACK="never"))
    make_code(shop.app, "auch neu", amount=5, new_customers_only=True)
    shop.cancel("o1")

    assert shop.place(cart_of(), "o2", codes=["auch neu"]).ok


def test_a_part_payment_is_a_payment(ordered: FakeShop) -> None:
    ordered.pay("o1", "i1", amount="0.01")
    ordered.cancel("o1")

    assert states(ordered) == ["redeemed"]
    assert address_type(ordered, "ina") == "customer"


def test_cancelling_a_cancelled_order_later_paid_changes_nothing(ordered: FakeShop) -> None:
    ordered.cancel("o1")
    ordered.pay("o1")
    ordered.cancel("o1")

    assert earned(ordered) == ["0", "0", "0"]


# Payment failed ---------------------------------------------------------------------------------------------


def test_a_failed_payment_puts_the_codes_back_into_the_cart(ordered: FakeShop) -> None:
    assert waiting_codes(ordered) == set()
    ordered.payment_failed("o1")

    assert ordered.quote(cart_of()).codes == ("neu",)
    assert (states(ordered), used(ordered, "neu")) == (["released"], 0)
    assert address_type(ordered, "ina") == "prospect"


def test_an_order_placed_again_after_a_failure_is_worked_as_new(ordered: FakeShop) -> None:
    ordered.payment_failed("o1")
    quote = ordered.place(cart_of(), "o1", promised_discount="5.00")
    ordered.pay("o1")

    assert quote.codes == ("neu",)
    assert sorted(states(ordered)) == ["redeemed", "released"]
    assert address_type(ordered, "ina") == "customer"
    assert earned(ordered) == ["1.68", "0.84", "0.16"]
    assert len(ordered.rows(Document)) == 1


def test_an_order_placed_again_may_be_refused(ordered: FakeShop) -> None:
    ordered.payment_failed("o1")
    switch_code(ordered.app, "neu", active=False)

    assert reason(ordered, cart_of(), "o1") is Reason.INACTIVE


def test_a_payment_without_placing_again_claims_again_as_a_fact(ordered: FakeShop) -> None:
    ordered.payment_failed("o1")
    ordered.pay("o1")

    assert sorted(states(ordered)) == ["redeemed", "released"]
    assert (used(ordered, "neu"), address_type(ordered, "ina")) == (1, "customer")
    assert earned(ordered) == ["1.68", "0.84", "0.16"]


def test_a_payment_without_placing_again_is_flagged_where_the_code_is_gone(ordered: FakeShop) -> None:
    ordered.payment_failed("o1")
    ordered.place(cart_of(), "o2", codes=["neu"])
    ordered.pay("o1")

    assert sorted((row.order_ref, row.state) for row in ordered.rows(Redemption)) == [
        ("o1", "flagged"),
        ("o1", "released"),
        ("o2", "redeemed"),
    ]


def test_a_failure_of_an_order_that_is_paid_changes_nothing(ordered: FakeShop) -> None:
    ordered.pay("o1")
    ordered.payment_failed("o1")

    assert states(ordered) == ["redeemed"]
    assert earned(ordered) == ["1.68", "0.84", "0.16"]


def test_a_failure_told_twice_or_of_something_unknown_does_nothing(ordered: FakeShop) -> None:
    for ref in ("o1", "o1", "nonesuch"):
        ordered.payment_failed(ref)
    ordered.payment_failed(cart_key="nonesuch")

    assert (states(ordered), used(ordered, "neu")) == (["released"], 0)


def test_a_failure_needs_to_say_of_what(shop: FakeShop) -> None:
    with pytest.raises(ValueError, match="order_ref or a cart_key"):
        shop.payment_failed()


def test_after_two_failures_the_third_try_counts(ordered: FakeShop) -> None:
    for _ in range(2):
        ordered.payment_failed("o1")
        ordered.place(cart_of(), "o1")
    ordered.pay("o1")

    assert used(ordered, "neu") == 1
    assert states(ordered).count("redeemed") == 1
    assert earned(ordered) == ["1.68", "0.84", "0.16"]
