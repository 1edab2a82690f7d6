"""Suspicions about who shares a code and is no partner: a household or an office, held and decided."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from flask_firstline import Customer
from flask_firstline.domain.suspicion import Action
from flask_firstline.models import AllowedPair, Code, Document, Reward, Suspicion
from flask_firstline.testing import FakeShop

from .campaign_kit import buy, campaign, reward_codes, rewards_of, share_code, work
from .pay_kit import books_agree
from .test_suspicions import HOME, decide, set_policy

ACCOUNT = {"data": {"payment_account": "DE89 3704 0044 0532 0130 00"}}


@pytest.fixture
def mount() -> Sequence[str]:
    return ("checkout",)


def customer(ref: str, **told: Any) -> Customer:
    return Customer(ref=ref, **{"email": f"{ref}@{ref}.example", "name": ref.title(), **told})


def brings(shop: FakeShop, sharer: dict[str, Any], friend: dict[str, Any], **terms: Any) -> None:
    """Let Anna order and pass her code on, and Ben order with it; the worker does the rest."""
    campaign(shop, **terms)
    buy(shop, customer("anna", **sharer), "a1")
    work(shop)
    buy(shop, customer("ben", **friend), "b1", share_code(shop, "a1"))
    work(shop)


def seen(shop: FakeShop) -> list[tuple[str, list[str], str, str]]:
    rows = shop.rows(Suspicion)
    return [(row.about, row.signals, row.action, row.state) for row in rows]


def later(shop: FakeShop) -> None:
    """Let the days pass for which rewards are kept back."""
    shop.clock.advance(days=15)
    work(shop)


@pytest.mark.parametrize(
    ("sharer", "friend", "expected"),
    [
        ({"address": HOME}, {"address": "Lindenweg 3\n20095 HAMBURG"}, (["home"], "flag")),
        (ACCOUNT, {"data": {"payment_account": ["de89370400440532013000"]}}, (["bank"], "hold")),
        ({"email": "anna@acme-office.de"}, {"email": "ben@acme-office.de"}, (["domain"], "flag")),
        ({"address": HOME}, {"address": "Elsewhere 1"}, None),
    ],
)
def test_what_sharer_and_friend_have_in_common_is_seen_once(
    shop: FakeShop, sharer: dict[str, Any], friend: dict[str, Any], expected: tuple[list[str], str] | None
) -> None:
    brings(shop, sharer, friend)

    assert seen(shop) == ([] if expected is None else [("kickback", *expected, "open")])
    later(shop)
    held = expected is not None and expected[1] == "hold"
    assert rewards_of(shop, "anna") == ["pending" if held else "active"]
    assert books_agree(shop)


def test_a_reward_that_is_held_goes_on_when_it_is_released(shop: FakeShop) -> None:
    brings(shop, ACCOUNT, ACCOUNT)
    later(shop)
    assert (rewards_of(shop, "anna"), len(reward_codes(shop, "anna"))) == (["pending"], 0)

    assert decide(shop, "release", allow=True) == 1
    assert books_agree(shop)
    work(shop)

    assert rewards_of(shop, "anna") == ["active"]
    assert [(row.state, row.why) for row in shop.rows(Suspicion)] == [("released", "looked into it")]
    assert len(shop.rows(AllowedPair)) == 1
    assert books_agree(shop)


def test_a_reward_is_rejected_at_once_and_given_after_all(shop: FakeShop) -> None:
    set_policy(shop, bank=Action.REJECT)
    brings(shop, ACCOUNT, ACCOUNT)
    assert (rewards_of(shop, "anna"), seen(shop)[0][2:]) == (["void"], ("reject", "open"))
    assert [row.why for row in shop.rows(Reward)] == ["the friend may be the sharer"]
    assert books_agree(shop)

    decide(shop, "release")
    assert rewards_of(shop, "anna") == ["pending"]
    later(shop)

    assert rewards_of(shop, "anna") == ["active"]
    assert books_agree(shop)


def test_an_order_that_came_back_leaves_nothing_to_release(shop: FakeShop) -> None:
    brings(shop, ACCOUNT, ACCOUNT)
    shop.refund("b1")
    work(shop)
    decide(shop, "release")
    later(shop)

    assert rewards_of(shop, "anna") == ["void"]
    assert books_agree(shop)


def test_what_was_used_is_owed_when_it_is_confirmed_and_given_back_when_that_was_wrong(
    shop: FakeShop,
) -> None:
    set_policy(shop, bank=Action.FLAG)
    brings(shop, ACCOUNT, ACCOUNT)
    later(shop)
    buy(shop, customer("anna"), "a2", *reward_codes(shop, "anna"))
    work(shop)
    assert rewards_of(shop, "anna") == ["used"]

    for _ in range(2):
        decide(shop, "confirm")
        assert rewards_of(shop, "anna")[0] == "owed"
        assert books_agree(shop)
        decide(shop, "release")
        work(shop)
        assert rewards_of(shop, "anna") == ["used"]
        assert books_agree(shop)


def test_what_others_made_up_for_meanwhile_is_given_back(shop: FakeShop) -> None:
    set_policy(shop, bank=Action.FLAG)
    brings(shop, ACCOUNT, ACCOUNT)
    later(shop)
    buy(shop, customer("anna"), "a2", *reward_codes(shop, "anna"))
    work(shop)
    decide(shop, "confirm")
    buy(shop, customer("cleo"), "c1", share_code(shop, "a1"))
    later(shop)
    assert rewards_of(shop, "anna") == ["owed", "used"]

    decide(shop, "release")
    work(shop)
    assert rewards_of(shop, "anna") == ["used", "used", "active"]
    assert books_agree(shop)

    decide(shop, "confirm")
    assert rewards_of(shop, "anna") == ["owed", "used", "void"]
    decide(shop, "release")
    assert rewards_of(shop, "anna") == ["used", "used", "void", "active"]
    assert books_agree(shop)


def test_what_the_policy_allows_is_not_asked_about(shop: FakeShop) -> None:
    set_policy(shop, bank=Action.ALLOW)
    brings(shop, ACCOUNT, ACCOUNT)
    later(shop)

    assert (seen(shop), rewards_of(shop, "anna")) == ([], ["active"])


class Life:
    """Friends of Anna order and return, some with her account; she uses what she gets; all is decided."""

    def __init__(self, shop: FakeShop, seed: int) -> None:
        self.shop = shop
        self.chance = random.Random(seed)  # noqa: S311 - chance of a test
        self.orders = 0

    def decide(self) -> None:
        ids = [row.id for row in self.shop.rows(Suspicion)]
        how = self.chance.choice(["release", "confirm"])
        decide(self.shop, how, *self.chance.sample(ids, k=min(2, len(ids))))

    def use(self) -> None:
        free = [row.code_id for row in self.shop.rows(Reward) if row.state == "active"]
        if free:
            self._order("anna", self.shop.rows(Code, id=free[0])[0].display)

    def bring(self) -> None:
        told = self.chance.choice([ACCOUNT, {}])
        self._order(f"friend{self.orders}", share_code(self.shop, "a1"), **told)

    def _order(self, who: str, code: str, **told: Any) -> None:
        self.orders += 1
        buy(self.shop, customer(who, **told), f"o{self.orders}", code)

    def bring_back(self) -> None:
        kept = [row.ref for row in self.shop.rows(Document) if row.ref != "a1" and not row.given_back]
        if kept:
            self.shop.refund(self.chance.choice(kept))

    def wait(self) -> None:
        self.shop.clock.advance(days=15)

    def go_on(self) -> None:
        acts = [self.decide, self.use, self.bring, self.bring_back, self.wait]
        self.chance.choice(acts)()
        work(self.shop)


@pytest.mark.parametrize("seed", [3, 11])
def test_the_books_agree_after_any_life_of_suspicions_and_rewards(shop: FakeShop, seed: int) -> None:
    life = Life(shop, seed)
    set_policy(shop, bank=life.chance.choice([Action.FLAG, Action.HOLD, Action.REJECT]))
    brings(shop, ACCOUNT, ACCOUNT)

    for _ in range(24):
        life.go_on()
        assert books_agree(shop)

    assert len({row.state for row in shop.rows(Reward)}) > 1
