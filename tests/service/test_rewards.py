"""Rewards and referrals, on either database: once for a cause, for one person, made up for when withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from flask_firstline import Reason
from flask_firstline.domain.coupon import Treatment
from flask_firstline.domain.reward import RewardTerms, read
from flask_firstline.models import Audit, Code, Contact, Coupon, Outbox, Referral, Reward, RewardNetting
from flask_firstline.services import referrals, reward_netting, rewards
from flask_firstline.services.context import Context
from flask_firstline.services.rewards import Cause
from flask_firstline.testing import FakeShop, make_cart, make_customer

from .kit import cart_of, reason

FIVE = RewardTerms(label="Bring a friend", amount=500, currency="EUR")
Result = TypeVar("Result")


def do(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    with shop.app.app_context():
        return shop.state.in_own_unit(lambda session: work(shop.state.context(session.connection())))  # type: ignore[no-any-return]


def person(shop: FakeShop, ref: str) -> int:
    with shop.app.app_context():
        shop.firstline.customer_registered(shop.add_customer(ref), commit=True)
    return int(shop.rows(Contact, ref=ref)[0].id)


def give(shop: FakeShop, who: int, terms: RewardTerms = FIVE, *, key: str = "a cause", due: Any = 0) -> int:
    """Give a reward that is due in so many days; None: when told."""
    due_at = None if due is None else shop.clock.now + timedelta(days=due)
    return do(shop, lambda ctx: rewards.issue(ctx, who, terms, Cause(key=key), due_at=due_at)).id


def reward(shop: FakeShop, reward_id: int) -> Any:
    return shop.rows(Reward, id=reward_id)[0]


def code_of(shop: FakeShop, reward_id: int) -> str:
    return str(shop.rows(Code, id=reward(shop, reward_id).code_id)[0].display)


def follow(shop: FakeShop, reward_id: int) -> str:
    code_id = reward(shop, reward_id).code_id
    do(shop, lambda ctx: rewards.follow_code(ctx, code_id))
    return str(reward(shop, reward_id).state)


def withdraw(shop: FakeShop, reward_id: int) -> str:
    return str(do(shop, lambda ctx: rewards.withdraw(ctx, reward_id, why="returned")))


def owed(shop: FakeShop, who: int) -> dict[str, int]:
    return dict(do(shop, lambda ctx: reward_netting.owed_by(ctx.conn, who)))


def test_one_cause_rewards_once(shop: FakeShop) -> None:
    anna = person(shop, "anna")

    first, again = give(shop, anna), give(shop, anna)

    assert first == again
    assert [row.state for row in shop.rows(Reward)] == ["active"]


def test_the_code_takes_off_what_was_promised_for_that_person_alone_and_once(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    code = code_of(shop, give(shop, anna))

    assert reason(shop, cart_of("ben"), codes=[code]) is Reason.NOT_YOURS
    assert shop.place(cart_of("anna"), "a1", codes=[code]).discount == Decimal("5.00")
    assert reason(shop, cart_of("anna"), "a2", codes=[code]) is Reason.USED_UP


def test_a_guest_sees_the_discount_at_once_and_the_order_asks_who_it_is(shop: FakeShop) -> None:
    code = code_of(shop, give(shop, person(shop, "anna")))
    guest = make_cart(key="guest", customer=None)
    anna, ben = (replace(make_customer(name), ref=None) for name in ("anna", "ben"))

    assert shop.apply(guest, code).discount == Decimal("5.00")
    assert reason(shop, guest, codes=[code]) is Reason.EMAIL_NEEDED
    assert reason(shop, replace(guest, customer=ben), codes=[code]) is Reason.NOT_YOURS
    assert shop.place(replace(guest, customer=anna), "o1", codes=[code]).discount == Decimal("5.00")


def test_rewards_of_the_same_terms_share_a_coupon_and_others_get_their_own(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    give(shop, anna, key="one")
    give(shop, anna, key="two")
    give(shop, anna, RewardTerms(label="Bring a friend", percent=Decimal(10)), key="three")

    names = [row.name for row in shop.rows(Coupon) if row.name.startswith("Bring")]

    assert [name.rsplit(" ", 1)[0] for name in names] == ["Bring a friend 5.00 EUR", "Bring a friend 10%"]


def test_a_gift_card_is_store_credit(shop: FakeShop) -> None:
    card = RewardTerms(label="Gift card", amount=2000, currency="EUR", treatment=Treatment.MULTI_PURPOSE)
    anna = person(shop, "anna")

    code = code_of(shop, give(shop, anna, card))

    quote = shop.place(cart_of("anna"), "a1", codes=[code])
    assert (quote.total, quote.credit) == (Decimal("25.00"), Decimal("20.00"))


def test_a_reward_waits_until_it_is_due_and_its_code_then_holds_for_its_days(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    terms = RewardTerms(label="Bring a friend", amount=500, currency="EUR", valid_days=30)
    waits = give(shop, anna, terms, due=14)

    assert do(shop, rewards.activate_due) == 0
    shop.clock.advance(days=14)
    assert do(shop, rewards.activate_due) == 1
    assert do(shop, rewards.activate_due) == 0

    row = reward(shop, waits)
    assert row.state == "active"
    assert shop.rows(Code, id=row.code_id)[0].valid_until == shop.clock.now + timedelta(days=30)
    assert [told.payload["reward_id"] for told in shop.rows(Outbox, topic=rewards.ACTIVE)] == [waits]


def test_one_without_a_day_waits_for_somebody_to_say_so(shop: FakeShop) -> None:
    waits = give(shop, person(shop, "anna"), due=None)
    shop.clock.advance(days=900)

    assert do(shop, rewards.activate_due) == 0
    assert do(shop, lambda ctx: rewards.activate(ctx, waits)) is True
    assert do(shop, lambda ctx: rewards.activate(ctx, waits)) is False


def test_who_was_erased_gets_nothing_any_more(shop: FakeShop) -> None:
    waits = give(shop, person(shop, "anna"), due=14)
    with shop.app.app_context():
        shop.firstline.customer_erased("anna", commit=True)
    shop.clock.advance(days=14)

    do(shop, rewards.activate_due)

    assert (reward(shop, waits).state, reward(shop, waits).code_id) == ("void", None)


@pytest.mark.parametrize("due", [0, 14], ids=["active", "pending"])
def test_what_was_not_used_is_void_when_withdrawn_and_its_code_over(shop: FakeShop, due: int) -> None:
    anna = person(shop, "anna")
    given = give(shop, anna, due=due)

    assert withdraw(shop, given) == "void"
    assert withdraw(shop, given) == "void"

    assert owed(shop, anna) == {}
    if due == 0:
        assert reason(shop, cart_of("anna"), codes=[code_of(shop, given)]) is Reason.INACTIVE
        assert [row.act for row in shop.rows(Audit, who="campaigns", noun="code")] == ["create", "switch off"]


def test_what_was_used_is_owed_when_withdrawn_and_taken_off_the_next_rewards(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    first = give(shop, anna, RewardTerms(label="Big", amount=700, currency="EUR"), key="first")
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, first)])
    assert follow(shop, first) == "used"

    assert withdraw(shop, first) == "owed"
    assert owed(shop, anna) == {"EUR": 700}
    second = give(shop, anna, key="second")
    third = give(shop, anna, key="third")

    assert owed(shop, anna) == {}
    assert (reward(shop, second).state, reward(shop, second).code_id) == ("used", None)
    assert shop.place(cart_of("anna"), "a2", codes=[code_of(shop, third)]).discount == Decimal("3.00")


def test_a_reward_that_made_up_for_another_lets_it_be_owed_again_when_withdrawn_itself(
    shop: FakeShop,
) -> None:
    anna = person(shop, "anna")
    first = give(shop, anna, key="first")
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, first)])
    withdraw(shop, first)
    second = give(shop, anna, key="second")
    assert owed(shop, anna) == {}

    assert withdraw(shop, second) == "void"

    assert owed(shop, anna) == {"EUR": 500}
    assert shop.rows(RewardNetting) == []


def test_a_used_per_cent_makes_up_for_one_of_a_per_cent(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    ten = RewardTerms(label="Tenth", percent=Decimal(10))
    first = give(shop, anna, ten, key="first")
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, first)])
    assert withdraw(shop, first) == "owed"
    assert owed(shop, anna) == {"EUR": 250}

    assert reward(shop, give(shop, anna, ten, key="second")).state == "used"
    assert reward(shop, give(shop, anna, ten, key="third")).state == "active"


def test_amounts_of_another_currency_stay_apart(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    first = give(shop, anna, key="first")
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, first)])
    withdraw(shop, first)

    francs = give(shop, anna, RewardTerms(label="Francs", amount=500, currency="CHF"), key="second")

    assert reward(shop, francs).state == "active"
    assert owed(shop, anna) == {"EUR": 500}


def test_an_order_that_comes_to_nothing_gives_the_reward_back(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    given = give(shop, anna)
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, given)])
    assert follow(shop, given) == "used"

    shop.cancel("a1")

    assert follow(shop, given) == "active"
    assert shop.place(cart_of("anna"), "a2", codes=[code_of(shop, given)]).discount == Decimal("5.00")


def test_nothing_is_owed_for_an_order_that_comes_to_nothing_and_what_was_taken_off_comes_back(
    shop: FakeShop,
) -> None:
    anna = person(shop, "anna")
    given = give(shop, anna, key="first")
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, given)])
    withdraw(shop, given)
    give(shop, anna, RewardTerms(label="Two", amount=200, currency="EUR"), key="second")
    shop.cancel("a1")

    follow(shop, given)
    follow(shop, given)

    assert owed(shop, anna) == {}
    back = shop.rows(Reward, source_key=f"given back:{given}")[0]
    assert (back.state, read(back.terms).amount) == ("active", 200)


def test_what_is_used_cannot_be_cancelled(shop: FakeShop) -> None:
    anna = person(shop, "anna")
    used, unused = give(shop, anna, key="used"), give(shop, anna, key="unused", due=14)
    shop.place(cart_of("anna"), "a1", codes=[code_of(shop, used)])

    assert do(shop, lambda ctx: rewards.cancel(ctx, used, why="reset")) is False
    assert do(shop, lambda ctx: rewards.cancel(ctx, unused, why="reset")) is True

    follow(shop, used)
    assert [reward(shop, one).state for one in (used, unused)] == ["used", "void"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": None},
        {"percent": Decimal(5)},
        {"amount": 0},
        {"currency": None},
        {"label": " "},
        {"valid_days": 0},
        {"amount": None, "percent": Decimal(101)},
    ],
    ids=str,
)
def test_terms_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="."):
        RewardTerms(**{"label": "x", "amount": 500, "currency": "EUR", **wrong})


def start(shop: FakeShop, sharer: int, friend: int, program: str = "campaign:1") -> referrals.Started:
    return do(
        shop,
        lambda ctx: referrals.start(ctx, program=program, sharer_id=sharer, friend_id=friend, how="code"),
    )


def test_a_friend_has_one_open_referral_in_a_program_the_first(shop: FakeShop) -> None:
    anna, ben, cora = (person(shop, ref) for ref in ("anna", "ben", "cora"))

    first = start(shop, anna, cora)
    second = start(shop, ben, cora)
    other = start(shop, ben, cora, "rules:1")

    assert (first.new, second.new, other.new) == (True, False, True)
    assert (second.id, second.sharer_id) == (first.id, anna)
    assert len(shop.rows(Referral)) == 2
    assert [row.payload["referral_id"] for row in shop.rows(Outbox, topic=referrals.STARTED)] == [
        first.id,
        other.id,
    ]


def test_nobody_refers_oneself_nor_those_through_whom_one_came(shop: FakeShop) -> None:
    anna, ben, cora = (person(shop, ref) for ref in ("anna", "ben", "cora"))
    start(shop, anna, ben)
    start(shop, ben, cora)

    assert start(shop, anna, anna).refused is referrals.Refused.SELF
    assert start(shop, ben, anna).refused is referrals.Refused.RING
    assert start(shop, cora, anna).refused is referrals.Refused.RING
    assert start(shop, cora, anna, "rules:1").new


def test_a_reset_keeps_the_counts_withdraws_what_is_unused_and_lets_a_new_one_start(shop: FakeShop) -> None:
    anna, ben, cora = (person(shop, ref) for ref in ("anna", "ben", "cora"))
    first = start(shop, anna, cora).id
    assert first is not None
    cause = Cause(key="x", referral_id=first, friend_id=cora)
    given = do(shop, lambda ctx: rewards.issue(ctx, anna, FIVE, cause)).id

    assert do(shop, lambda ctx: referrals.reset(ctx, first, why="again", cancel_unused=True)) is True
    assert do(shop, lambda ctx: referrals.reset(ctx, first, why="again")) is False

    assert shop.rows(Referral, id=first)[0].counts == {"void": 1}
    assert reward(shop, given).state == "void"
    assert start(shop, ben, cora).new
    assert [row.sharer_id for row in do(shop, lambda ctx: referrals.open_ones(ctx.conn, cora))] == [ben]
