"""Suspicions: who earns by an order may be who buys; what is held, rejected and released for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_firstline import Customer
from flask_firstline.domain.payout import Method
from flask_firstline.domain.retention import Kept
from flask_firstline.domain.suspicion import Action, Brought, Facts, Signal, is_hasty, told, traits
from flask_firstline.models import Accrual, Audit, Document, PayoutBlock, Posting, Suspicion, Trait
from flask_firstline.services import (
    holds,
    partners,
    retention,
    suspicion_acts,
    suspicion_nights,
    suspicion_policy,
    suspicions,
)
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import Mistake
from flask_firstline.services.retention_ends import ENDINGS
from flask_firstline.services.suspicions import pair_of
from flask_firstline.testing import FakeShop, make_cart, make_line

from .pay_kit import act, all_want, amounts, books_agree, contact_id, fail, payout, release, run, skips, wants

HOME = "Lindenweg 3, 20095 Hamburg"
MEIER = {"name": "Hans Meier", "phone": "+49 40 1234567", "address": HOME, "country": "DE"}


def partner(shop: FakeShop, ref: str = "meier", **values: Any) -> None:
    """Let the shop tell more about a partner."""
    shop.register(Customer(ref=ref, email=f"{ref}@shop.example", **{**MEIER, **values}))


def comes(shop: FakeShop, who: str = "ina", **values: Any) -> Customer:
    """Let somebody come through meier, and tell the rest only later: an own code would be refused."""
    shop.register(Customer(ref=who, email=f"{who}@shop.example"))
    meier, own = contact_id(shop, "meier"), contact_id(shop, who)
    act(
        shop,
        lambda ctx: partners.set_sponsor(ctx.conn, own, meier, why="as agreed", who="Ines", now=ctx.now),
    )
    return shop.add_customer(who, **values)


def buy(shop: FakeShop, ref: str = "o1", *, who: str = "ina", **values: Any) -> None:
    """Let somebody who came through meier buy goods of 100.00 net: 10.00, 5.00 and 1.00 on hold."""
    buyer = comes(shop, who, **values)
    shop.place(make_cart(make_line("a", "119.00"), customer=buyer), ref)
    shop.pay(ref)


def look(shop: FakeShop) -> int:
    return act(shop, suspicions.look_next)


def set_policy(shop: FakeShop, campaign: str = "", **actions: Action | None) -> None:
    wanted = {Signal(name): action for name, action in actions.items()}
    act(
        shop,
        lambda ctx: suspicion_policy.save(ctx.conn, campaign, wanted, who="Ines", now=ctx.now),
    )


def decide(shop: FakeShop, how: str, *numbers: int, **more: Any) -> int:
    work = getattr(suspicion_acts, how)
    tally = act(shop, lambda ctx: work(ctx, numbers or [1], why="looked into it", who="Ines", **more))
    return int(tally.changed)


def balance(shop: FakeShop, ref: str = "meier") -> tuple[str, str]:
    found = shop.balance(ref)
    return str(found.on_hold), str(found.payable)


def signals(shop: FakeShop) -> list[tuple[list[str], str]]:
    return [(row.signals, row.action) for row in shop.rows(Suspicion)]


@pytest.mark.parametrize(
    ("buyer", "expected"),
    [
        ({"email": "MEIER+2@shop.example"}, (["mail"], "hold")),
        ({"phone": "040 1234567", "country": "DE"}, (["phone"], "hold")),
        ({"name": "Meier, Hans", "address": "Lindenweg 3\n20095 HAMBURG"}, (["name"], "hold")),
        ({"name": "Eva Meier", "address": HOME}, (["home"], "flag")),
        ({"data": {"payment_account": ["de89 3704 0044 0532 0130 00"]}}, (["bank"], "hold")),
        ({"name": "Somebody", "address": "Elsewhere 1", "phone": "+49 30 99999"}, None),
    ],
)
def test_each_signal_is_seen_by_what_it_compares(
    shop: FakeShop, buyer: dict[str, Any], expected: tuple[list[str], str] | None
) -> None:
    partner(shop)
    wants(shop, "meier")
    buy(shop, **buyer)

    assert look(shop) == 1
    assert look(shop) == 0

    assert signals(shop) == ([] if expected is None else [expected])
    held = expected is not None and expected[1] == "hold"
    shop.clock.advance(days=31)
    act(shop, lambda ctx: holds.release_due(ctx))
    assert balance(shop) == (("10.00", "0.00") if held else ("0.00", "10.00"))
    assert balance(shop, "schulz") == ("0.00", "5.00")
    assert books_agree(shop)


def test_a_host_of_ones_own_tells_and_one_of_many_does_not() -> None:
    office = dict(traits(Facts(email="a@acme-office.de")))
    assert office[Signal.DOMAIN] == "acme-office.de"
    assert Signal.DOMAIN not in dict(traits(Facts(email="a@gmx.de")))
    assert told([Signal.DOMAIN, Signal.MAIL, Signal.HOME, Signal.NAME]) == (Signal.MAIL, Signal.NAME)


def test_what_a_person_was_before_is_remembered_without_saying_it(shop: FakeShop) -> None:
    partner(shop)
    buy(shop)
    look(shop)
    partner(shop, phone="+49 40 7654321", address="Neuer Weg 1")

    buy(shop, "o2", who="eva", phone=MEIER["phone"])
    look(shop)

    assert signals(shop) == [(["phone"], "hold")]
    kept = shop.rows(Trait, contact_id=contact_id(shop, "meier"))
    assert {row.kind for row in kept} == {"mail", "phone", "name", "home"}
    assert not any("1234567" in str(tuple(row)) or "linden" in str(tuple(row)).lower() for row in kept)
    shop.clock.advance(days=731)
    act(shop, lambda ctx: retention.let_some_go(ctx, Kept.TRAITS, ENDINGS[Kept.TRAITS][0]))
    assert shop.rows(Trait) == []


def test_released_it_is_payable_and_confirmed_it_is_reversed_and_back_again(shop: FakeShop) -> None:
    partner(shop)
    buy(shop, phone=MEIER["phone"])
    look(shop)
    shop.clock.advance(days=31)

    assert decide(shop, "confirm") == 1
    assert balance(shop) == ("0.00", "0.00") and balance(shop, "schulz") == ("0.00", "5.00")
    assert shop.rows(Document)[0].own_sales == 0
    assert books_agree(shop)
    assert decide(shop, "confirm") == 0

    assert decide(shop, "release", allow=True) == 1
    assert balance(shop) == ("0.00", "10.00")
    assert books_agree(shop)
    buy(shop, "o2", phone=MEIER["phone"])
    look(shop)
    assert len(signals(shop)) == 1
    assert [row.act for row in shop.rows(Audit, noun="suspicion")] == [
        "hold suspicion", "confirm suspicion", "allow pair", "release suspicion",
    ]  # fmt: skip


def test_the_policy_says_what_follows_and_a_campaign_has_its_own(shop: FakeShop) -> None:
    partner(shop)
    set_policy(shop, phone=Action.REJECT, name=Action.ALLOW)
    set_policy(shop, "spring", phone=Action.FLAG)
    buy(shop, phone=MEIER["phone"], name=MEIER["name"], address=HOME)

    look(shop)

    assert signals(shop) == [(["phone"], "reject")]
    assert balance(shop) == ("0.00", "0.00")
    policies = act(shop, lambda ctx: suspicion_policy.load(ctx.conn))
    assert suspicion_policy.action_for(policies, [Signal.PHONE], ["spring"]) is Action.FLAG
    assert decide(shop, "release") == 1
    assert balance(shop) == ("10.00", "0.00")
    assert books_agree(shop)
    with pytest.raises(Mistake, match="about no order"):
        set_policy(shop, pace=Action.REJECT)


def test_parts_paid_and_returned_later_follow_what_was_decided(shop: FakeShop) -> None:
    partner(shop)
    buyer = comes(shop, phone=MEIER["phone"])
    shop.place(make_cart(make_line("a", "119.00"), customer=buyer), "o1")
    shop.pay("o1", "i1", amount=59.50)
    look(shop)

    shop.pay("o1", "i2", amount=59.50)

    assert {(row.partner_id, row.held) for row in shop.rows(Accrual, level=1)} == {
        (contact_id(shop, "meier"), True)
    }
    decide(shop, "confirm")
    assert balance(shop) == ("0.00", "0.00")
    shop.refund("o1", "r1", amount=31)
    assert books_agree(shop)
    decide(shop, "release")
    assert books_agree(shop)
    assert balance(shop)[1] == "0.00" and balance(shop)[0] != "0.00"


def test_nothing_that_is_suspicious_gets_into_a_payout_run(shop: FakeShop) -> None:
    """The run looks itself, for a shop whose worker sleeps, and for one without a hold."""
    partner(shop)
    all_want(shop)
    buy(shop, phone=MEIER["phone"])
    shop.clock.advance(days=31)

    first = run(shop)

    assert sorted(amounts(shop, first)) == ["opa", "schulz"]
    assert skips(shop, first) == {"meier": "checked"}
    decide(shop, "release")
    release(shop, first)
    second = run(shop)
    assert amounts(shop, second) == {"meier": 1000}
    release(shop, second)
    decide(shop, "confirm")
    assert balance(shop) == ("0.00", "-10.00")
    fail(shop, payout(shop, second, "meier").id)
    assert balance(shop) == ("0.00", "0.00")
    assert books_agree(shop)


def test_partners_with_the_same_account_are_found_at_night(shop: FakeShop) -> None:
    set_policy(shop, double=Action.HOLD)
    iban = "DE89370400440532013000"
    wants(shop, "meier", iban=iban)
    wants(shop, "schulz", Method.SEPA, iban=iban)

    def night(ctx: Context) -> bool:
        return suspicion_nights.look(ctx)

    assert act(shop, night) is True
    assert act(shop, night) is False

    [one] = shop.rows(Suspicion)
    assert (one.about, one.signals, one.action) == ("double", ["bank"], "hold")
    blocked = shop.rows(PayoutBlock)
    assert [row.contact_id for row in blocked] == [one.partner_id]
    assert decide(shop, "release", allow=True) == 1
    assert shop.rows(PayoutBlock) == []
    shop.clock.advance(days=1)
    assert act(shop, night) is True
    assert len(shop.rows(Suspicion)) == 1
    pair = pair_of(one.partner_id, one.other_id)
    assert act(shop, lambda ctx: suspicion_acts.forbid_pairs(ctx, [pair], who="Ines")) == 1


def test_orders_that_come_back_and_crowds_are_found_at_night(shop: FakeShop) -> None:
    for number in range(6):
        buy(shop, f"o{number}", who=f"c{number}", name=f"Nr {number}", address="Hof 1, 10115 Berlin")
        shop.refund(f"o{number}", f"r{number}")
    look(shop)

    assert act(shop, suspicion_nights.look_at_partners) == 2
    assert act(shop, suspicion_nights.look_at_partners) == 0

    found = {row.about: row.figures for row in shop.rows(Suspicion)}
    assert found == {
        "pace": {"customers": 6, "lost": 6, "share": 100, "past": 0},
        "crowd": {"customers": 6},
    }
    assert not is_hasty(Brought(customers=10, lost=5), Brought(customers=40, lost=16))


@pytest.mark.parametrize("how", [("release", "confirm"), ("confirm", "release")])
def test_two_decisions_leave_one_truth(shop: FakeShop, how: Sequence[str]) -> None:
    partner(shop)
    buy(shop, phone=MEIER["phone"])
    look(shop)

    for one in how:
        decide(shop, one)

    states = [row.state for row in shop.rows(Suspicion)]
    assert states == [{"release": "released", "confirm": "confirmed"}[how[-1]]]
    total = act(shop, lambda ctx: ctx.conn.scalar(select(func.count()).select_from(Posting.__table__)))
    assert total
    assert books_agree(shop)
