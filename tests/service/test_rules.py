"""Rules: judged by the worker at each event, at most once, with their effects in the same transaction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from flask_firstline import Customer, Invoice, Refund
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import (
    Code,
    Contact,
    Event,
    Program,
    Referral,
    Reward,
    RewardState,
    RuleCount,
    RuleRun,
    Sms,
    Task,
    WebhookDelivery,
)
from flask_firstline.models.base import Base
from flask_firstline.services import merging, programs, webhooks
from flask_firstline.services.mistakes import BadRule
from flask_firstline.testing import FakeShop

from .kit import MakeShop, cart_of
from .rule_kit import (
    MAIL,
    WHO,
    change,
    contact,
    friend,
    in_unit,
    mailed,
    mails,
    program,
    rule,
    runs,
    take_in,
    tell,
    test,
    work,
)


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    return make_shop()


def buy(shop: FakeShop, ref: str = "o1", who: str = "ina", **more: Any) -> None:
    with shop.app.app_context():
        shop.place(cart_of(who), ref, **more)
    work(shop)


def pay(shop: FakeShop, ref: str = "o1", **more: Any) -> None:
    with shop.app.app_context():
        shop.firstline.invoice_paid(Invoice(ref=ref, order_ref=ref, currency="EUR", **more), commit=True)
    work(shop)


def test_an_event_of_a_friend_lets_a_rule_act_once(shop: FakeShop) -> None:
    program(shop, rule("event", name="demo_done"))
    friend(shop)

    tell(shop, "demo_done", key="d-1")
    tell(shop, "demo_done", key="d-1")
    tell(shop, "other")

    assert mailed(shop) == [(contact(shop, "meier"), "News of I.")]
    assert [run.state for run in runs(shop)] == ["met"]
    assert runs(shop)[0].done == [{"do": "mail", "came": "done", "contact_id": contact(shop, "meier")}]


def test_what_is_no_friend_of_anybody_is_not_for_a_rule_about_friends(shop: FakeShop) -> None:
    program(
        shop, rule(name="demo_done"), rule(name="demo_done", who="anyone", do=[{**MAIL, "to": "customer"}])
    )

    tell(shop, "demo_done", ref="stranger")

    assert runs(shop, 1) == []
    assert mailed(shop) == [(contact(shop, "stranger"), "News of ")]


@pytest.mark.parametrize(
    ("given", "returned"),
    [({"lines": [{"key": "a", "quantity": 3}]}, "10.00"), ({"amount": "500"}, "20.00"), ({}, "20.00")],
    ids=["two units too many", "more money", "everything"],
)
def test_no_more_came_back_than_was_sold(shop: FakeShop, given: dict[str, Any], returned: str) -> None:
    program(shop, rule("returned"))
    friend(shop)
    buy(shop)
    pay(shop)

    with shop.app.app_context():
        shop.firstline.invoice_refunded(Refund(ref="r", order_ref="o1", currency="EUR", **given), commit=True)
    work(shop)

    assert [event.data["returned"] for event in shop.rows(Event, kind="returned")] == [returned]


def test_an_event_that_names_an_address_is_about_the_customer_who_has_it(shop: FakeShop) -> None:
    program(shop, rule(name="demo_done"))
    friend(shop)

    with shop.app.app_context():
        shop.firstline.event("demo_done", Customer(email="Ina@Shop.example"), commit=True)
    work(shop)

    assert [run.friend_id for run in runs(shop)] == [contact(shop, "ina")]


def test_an_event_that_names_an_address_of_two_customers_is_about_neither(shop: FakeShop) -> None:
    program(shop, rule(name="demo_done"))
    friend(shop)
    friend(shop, "ina2", email="ina@shop.example")

    with shop.app.app_context():
        shop.firstline.event("demo_done", Customer(email="ina@shop.example"), commit=True)
    work(shop)

    assert runs(shop) == []


def test_a_rule_that_is_not_met_leaves_why(shop: FakeShop) -> None:
    condition = {"all": [test("friend.country", "is", "DE"), test("event.data.seats", "at_least", 10)]}
    program(shop, rule(name="demo_done", condition=condition))
    friend(shop, country="DE")

    tell(shop, "demo_done", seats=4)
    tell(shop, "demo_done", seats="12")

    assert [(run.state, run.trace) for run in runs(shop)] == [
        ("not_met", [["all[0]", 1, "DE"], ["all[1]", 0, 4]]),
        ("met", [["all[0]", 1, "DE"], ["all[1]", 1, "12"]]),
    ]
    assert len(mailed(shop)) == 1


@pytest.mark.parametrize(
    ("on", "at"),
    [("referral_started", 1), ("signed_up", 1), ("order_placed", 2), ("order_paid", 3), ("returned", 4)],
)
def test_each_trigger_of_a_friend_comes_at_its_time(shop: FakeShop, on: str, at: int) -> None:
    program(shop, rule(on))
    seen: list[int] = []

    friend(shop)
    seen.append(len(runs(shop)))
    buy(shop)
    seen.append(len(runs(shop)))
    pay(shop)
    seen.append(len(runs(shop)))
    with shop.app.app_context():
        shop.firstline.invoice_refunded(Refund(ref="r1", order_ref="o1", currency="EUR"), commit=True)
    work(shop)
    seen.append(len(runs(shop)))

    assert seen == [0] * (at - 1) + [1] * (5 - at)


def test_the_first_order_of_a_new_friend_counts_though_it_made_the_friend(shop: FakeShop) -> None:
    program(shop, rule("order_placed", condition=test("event.codes", "has", "vonmeier")))

    buy(shop, who="nora", codes=["vonmeier"])

    assert [run.state for run in runs(shop)] == ["met"]
    assert mailed(shop)[0][0] == contact(shop, "meier")


def test_conditions_may_ask_for_everything_of_an_order(shop: FakeShop) -> None:
    tests = [
        test("event.total", "at_least", 20), test("event.currency", "is", "EUR"),
        test("event.discount", "is", "5.00"), test("event.codes", "has", "vonmeier"),
        test("event.first", "is", True), test("event.recurring", "is", False),
        test("event.products", "is_set"), test("friend.type", "is", "customer"),
        test("sharer.type", "is", "partner"), test("referral.days", "less", 1),
        test("referrals.number", "is", 1), test("sharer.email", "is", "meier@shop.example"),
    ]  # fmt: skip
    program(shop, rule("order_paid", condition={"all": tests}))

    buy(shop, codes=["vonmeier"])
    pay(shop)

    run = runs(shop)[0]
    assert [step for step in run.trace if not step[1]] == []
    assert run.state == "met"


@pytest.mark.parametrize(
    ("values", "kind"),
    [({}, "single"), ({"recurring": True, "subscription_ref": "s1"}, "recurring")],
)
def test_a_sale_is_single_or_recurring(shop: FakeShop, values: dict[str, Any], kind: str) -> None:
    wanted = test("event.commission", "more", "2.10")
    program(shop, rule("sale", kinds=[kind], condition=wanted), rule("sale", kinds=["manual"]))
    friend(shop)

    buy(shop, codes=[])
    pay(shop, **values)

    assert [run.trace for run in runs(shop, 1)] == [[["", 0, "2.10"]]]
    assert runs(shop, 2) == []


def test_a_changed_field_and_segment_are_triggers(shop: FakeShop) -> None:
    program(
        shop,
        rule("field_changed", name="plan", condition=test("event.after", "is", "pro")),
        rule("segment_added", name="vip"),
        rule("segment_removed"),
    )
    friend(shop, data={"plan": "free"})

    change(shop, "ina", plan="pro", segments=["vip", "early"])
    change(shop, "ina", plan="pro")
    change(shop, "ina", segments=["vip"])

    assert [run.state for run in runs(shop, 1)] == ["not_met", "met"]
    assert len(runs(shop, 2)) == len(runs(shop, 3)) == 1
    assert [row.name for row in shop.rows(Event, kind="segment_removed")] == ["early"]


def test_every_fifth_is_counted_for_each_sharer(shop: FakeShop) -> None:
    qualified = {"all": [test("event.data.good", "is", True), test("count.sharer", "every", 3)]}
    program(shop, rule(name="lead", condition=qualified))
    friend(shop)
    friend(shop, "otto")

    for number in range(4):
        tell(shop, "lead", "ina", good=True)
        tell(shop, "lead", "otto", good=number % 2 == 0)

    assert [run.state for run in runs(shop)] == [
        "not_met", "not_met", "met", "not_met", "not_met", "not_met", "met", "not_met",
    ]  # fmt: skip


def test_the_first_time_only(shop: FakeShop) -> None:
    program(shop, rule(name="lead", condition=test("count.friend", "is", 1)))
    friend(shop)
    friend(shop, "otto")

    for ref in ("ina", "otto", "ina", "otto"):
        tell(shop, "lead", ref)

    assert [run.state for run in runs(shop)] == ["met", "met", "not_met", "not_met"]


def test_some_days_after_an_event_it_is_judged_by_what_is_then(shop: FakeShop) -> None:
    program(shop, rule("signed_up", days=14, condition=test("friend.data.plan", "not_set")))
    friend(shop)
    friend(shop, "otto")
    change(shop, "otto", plan="pro")

    shop.clock.advance(days=13, hours=23)
    work(shop)
    assert runs(shop) == []

    shop.clock.advance(hours=1)
    work(shop)
    work(shop)
    assert {run.contact_id: run.state for run in runs(shop)} == {
        contact(shop, "ina"): "met", contact(shop, "otto"): "not_met",
    }  # fmt: skip


def test_friends_who_stayed_for_a_span_are_counted_when_it_is_over(shop: FakeShop) -> None:
    stayed = {
        "friends": test("friend.data.plan", "is", "pro"),
        "days": 180,
        "operator": "at_least",
        "value": 2,
    }
    only_once = {"all": [stayed, test("count.sharer", "is", 1)]}
    program(shop, rule("field_changed", name="plan", condition=only_once))
    for ref in ("ina", "otto", "nora"):
        friend(shop, ref)
    for ref in ("ina", "otto", "nora"):
        change(shop, ref, plan="pro")
        shop.clock.advance(days=10)
    change(shop, "ina", plan="free")
    shop.clock.advance(hours=1)
    change(shop, "ina", plan="pro")
    shop.clock.advance(hours=-1)

    shop.clock.advance(days=169)
    work(shop)
    assert mailed(shop) == []

    shop.clock.advance(days=1)
    work(shop)
    assert len(mailed(shop)) == 1
    shop.clock.advance(days=30)
    work(shop)
    assert len(mailed(shop)) == 1


def test_a_sharer_has_triggers_too(shop: FakeShop) -> None:
    program(shop, rule(name="demo_done", who="sharer", condition=test("referrals.number", "at_least", 1)))

    tell(shop, "demo_done", "meier")
    friend(shop)
    tell(shop, "demo_done", "meier")

    assert [run.state for run in runs(shop)] == ["met"]


def test_actions_have_conditions_of_their_own(shop: FakeShop) -> None:
    do = [
        {**MAIL, "if": test("friend.country", "is", "DE")},
        {**MAIL, "to": "friend", "subject": "Thanks", "if": test("friend.country", "is", "AT")},
    ]
    program(shop, rule(name="demo_done", do=do))
    friend(shop, country="AT")

    tell(shop, "demo_done")

    assert mailed(shop) == [(contact(shop, "ina"), "Thanks")]
    assert [one["came"] for one in runs(shop)[0].done] == ["condition", "done"]
    assert runs(shop)[0].done[0]["trace"] == [["", 0, "AT"]]


REWARD = {"do": "reward", "to": "sharer", "label": "Thank you", "amount": "20.00", "currency": "EUR"}


def test_a_reward_is_a_code_for_one_person_with_a_mail_that_names_it(shop: FakeShop) -> None:
    mail = {
        "subject": "{reward.worth} for you",
        "text": "It is {reward.code} by {friend.name}",
    }
    program(shop, rule(name="lead", do=[{**REWARD, **mail}]))
    friend(shop)

    tell(shop, "lead", key="l-1")
    tell(shop, "lead", key="l-1")

    reward = shop.rows(Reward)[0]
    code = shop.rows(Code, id=reward.code_id)[0]
    meier = contact(shop, "meier")
    assert (reward.state, reward.contact_id, code.holder_id) == ("active", meier, meier)
    assert [mail["values"] for mail in mails(shop)] == [
        {"subject": "20.00 EUR for you", "text": f"It is {code.display} by I."}
    ]


def test_a_reward_is_held_back_and_can_be_taken_back(shop: FakeShop) -> None:
    held = {**REWARD, "hold_days": 14}
    program(
        shop, rule("order_paid", do=[held]), rule("returned", do=[{"do": "cancel_reward", "to": "sharer"}])
    )
    friend(shop)
    buy(shop)
    pay(shop)
    assert shop.rows(Reward)[0].state == RewardState.PENDING

    with shop.app.app_context():
        shop.firstline.invoice_refunded(Refund(ref="r1", order_ref="o1", currency="EUR"), commit=True)
    work(shop)

    assert shop.rows(Reward)[0].state == RewardState.VOID
    assert runs(shop, 2)[0].done[0]["came"] == "done"


def test_steps_of_a_reward_rise_with_the_count(shop: FakeShop) -> None:
    steps = {name: value for name, value in REWARD.items() if name != "amount"}
    tiers = {**steps, "steps": ["2=5.00", "4=20.00"], "by": "sharer"}
    program(shop, rule(name="lead", do=[tiers]))
    friend(shop)

    for _number in range(4):
        tell(shop, "lead")

    assert [row.terms["amount"] for row in sorted(shop.rows(Reward), key=lambda one: one.id)] == [
        500,
        500,
        2000,
    ]
    assert runs(shop)[0].done[0]["came"] == "no_step"


def test_a_referral_is_reset_and_may_start_again(shop: FakeShop) -> None:
    program(
        shop, rule(name="lead", do=[REWARD]), rule(name="gone", do=[{"do": "reset_referral", "cancel": True}])
    )
    friend(shop)
    tell(shop, "lead")

    tell(shop, "gone")
    tell(shop, "lead")

    assert [row.ended_at is not None for row in shop.rows(Referral)] == [True]
    assert [row.state for row in shop.rows(Reward)] == ["void"]
    assert len(runs(shop, 1)) == 1


def test_people_are_tagged_and_a_rule_that_follows_sees_it_at_once(shop: FakeShop) -> None:
    tag = {"do": "tag", "to": "friend", "tag": "Hot"}
    hot = test("friend.tags", "has", "hot")
    program(shop, rule(name="lead", do=[tag]), rule(name="lead", condition=hot, do=[tag]))
    friend(shop)

    tell(shop, "lead")

    assert shop.rows(Contact, ref="ina")[0].tags == ["hot"]
    assert [run.state for run in runs(shop, 1) + runs(shop, 2)] == ["met", "not_met"]
    tell(shop, "lead")
    assert [[one["came"] for one in run.done] for run in runs(shop, 1) + runs(shop, 2)] == [
        ["done"], ["nothing"], [], ["nothing"],
    ]  # fmt: skip


def test_a_short_message_a_task_and_a_webhook_are_written_down_once(shop: FakeShop) -> None:
    def endpoint(conn: Connection) -> None:
        ctx = shop.state.context(conn)
        webhooks.add(ctx, ctx.keys, "CRM", "https://crm.example/hook", (), who="a")

    in_unit(shop, endpoint)
    do = [
        {"do": "sms", "to": "friend", "text": "Thanks for {event.data.seats} seats"},
        {"do": "task", "to": "friend", "title": "Call {friend.name}", "due_days": 2},
        {"do": "webhook", "endpoint": "CRM"},
    ]
    program(shop, rule(name="lead", do=do))
    friend(shop)

    with shop.app.app_context():
        shop.firstline.event("lead", "ina", {"seats": 3}, "l-1", commit=True)
        take_in(shop)
        shop.firstline.event("lead", "ina", {"seats": 3}, "l-1", commit=True)
        take_in(shop)

    assert [row.text for row in shop.rows(Sms)] == ["Thanks for 3 seats"]
    [task] = shop.rows(Task)
    assert (task.title, task.due_at) == ("Call Ina", shop.clock.now + timedelta(days=2))
    [call] = shop.rows(WebhookDelivery)
    assert json.loads(call.body)["data"]["data"] == {"seats": 3}
    assert [one["came"] for one in runs(shop)[0].done] == ["done", "done", "done"]


def test_a_webhook_needs_an_endpoint_that_is_there(shop: FakeShop) -> None:
    with pytest.raises(BadRule) as refused:
        program(shop, rule(name="lead", do=[MAIL, {"do": "webhook", "endpoint": "CRM"}]))

    assert [fault.path for fault in refused.value.faults] == ["actions[1].endpoint"]


def test_a_program_that_is_off_does_nothing(shop: FakeShop) -> None:
    program(shop, rule(name="lead"))
    friend(shop)
    of = shop.rows(Program)[0].id
    in_unit(shop, lambda conn: programs.switch_program(conn, of, active=False, who="a", now=shop.state.now()))

    tell(shop, "lead")

    assert runs(shop) == []
    assert len(shop.rows(Event, kind="event")) == 1


def test_nothing_of_a_person_who_is_erased_is_left(shop: FakeShop) -> None:
    named = {**MAIL, "to": "friend", "subject": "Hello {friend.name}"}
    program(shop, rule(name="demo_done", condition=test("event.data.city", "is", "Ulm"), do=[named]))
    friend(shop, name="Ina Silberstein", data={"city": "Silberstadt"})
    tell(shop, "demo_done", city="Silberdorf")
    change(shop, "ina", city="Silberfeld")

    with shop.app.app_context():
        shop.firstline.customer_erased("ina", commit=True)

    def everything(conn: Connection) -> str:
        return str([conn.execute(table.select()).all() for table in Base.metadata.sorted_tables])

    assert "silber" not in in_unit(shop, everything).casefold()
    assert len(runs(shop)) == 1


def test_counts_of_doubles_that_are_merged_are_added_up(shop: FakeShop) -> None:
    third = test("count.friend", "every", 3)
    (rule_id,) = program(shop, rule("event", name="lead", condition=third))
    ina, double, other = (friend(shop, ref) for ref in ("ina", "double", "other"))
    for ref in ("ina", "double", "double", "other"):
        tell(shop, "lead", ref)

    in_unit(shop, lambda conn: merging.merge(conn, double, ina, why="same", who=WHO, now=shop.state.now()))
    for _lead in range(3):
        tell(shop, "lead", "double")

    counted = {row.contact_id: row.met for row in shop.rows(RuleCount, rule_id=rule_id, whose="friend")}
    assert counted == {ina: 6, other: 1}
    assert [run.state for run in runs(shop)] == ["not_met"] * 6 + ["met"]


def test_rules_that_answer_each_other_come_to_an_end(shop: FakeShop) -> None:
    gift = {"do": "reward", "to": "friend", "label": "Gift", "amount": "1.00"}
    again = [
        {"do": "cancel_reward", "to": "friend", "used_too": True},
        {"do": "reset_referral", "cancel": True},
    ]
    program(
        shop,
        *(
            rule(on, do=[gift, {"do": "tag", "to": "friend", "tag": on}, *again])
            for on in ("referral_started", "signed_up")
        ),
        *(rule(on, who="anyone", do=[gift, MAIL, *again]) for on in ("order_placed", "order_paid", "sale")),
    )
    friend(shop)
    shop.place(cart_of("ina"), codes=["vonmeier"])
    shop.pay()

    rounds = 0
    with shop.app.app_context():
        while not work_once(shop.state).idle:
            rounds += 1
            assert rounds < 10, "the rules keep each other going"

    assert sorted(run.rule_id for run in shop.rows(RuleRun)) == [2, 3, 4, 5]
    assert [row.state for row in shop.rows(Reward)] == ["void"] * 2
