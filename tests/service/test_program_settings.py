"""Settings that change while the program runs: from a moment on, and what was there keeps its terms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from flask_firstline.config import FlipOn, HoldFrom
from flask_firstline.models import Accrual, Contact, Document
from flask_firstline.services import program_settings, timeline
from flask_firstline.services.mistakes import BadSetting
from flask_firstline.state import state_of
from flask_firstline.testing import FakeShop, make_cart, make_code, make_partner, make_terms
from tests.service.pay_kit import act

MINUTE = program_settings.NOTICE


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    with FakeShop(firstline_url) as opened:
        make_partner(opened.app, "meier", name="Hans Meier")
        make_terms(opened.app, 10)
        make_code(opened.app, "vonmeier", owner="meier", amount="5.00")
        yield opened


def change(shop: FakeShop, key: str, value: object, begins: datetime | None = None) -> int:
    base = state_of(shop.app).settings
    return act(
        shop,
        lambda ctx: program_settings.plan(ctx.conn, base, key, value, begins=begins, who="Ines", now=ctx.now),
    )


def place(shop: FakeShop, ref: str) -> None:
    shop.place(make_cart(customer=shop.add_customer(f"of-{ref}")), ref, codes=["vonmeier"])


def holds(shop: FakeShop) -> list[int]:
    """Give for how many days the accruals of each order are on hold."""
    found = {row.document_id: (row.payable_at - row.at).days for row in shop.rows(Accrual)}
    return list(found.values())


def test_a_change_holds_from_its_moment_on_and_what_is_posted_stays(shop: FakeShop) -> None:
    place(shop, "o1")
    shop.pay("o1")
    change(shop, "hold_days", 7)
    place(shop, "o2")
    shop.pay("o2")
    shop.clock.advance(minutes=1)
    place(shop, "o3")
    shop.pay("o3")

    assert holds(shop) == [30, 30, 7]


def test_a_payment_that_came_in_before_the_change_goes_by_what_held_then(shop: FakeShop) -> None:
    place(shop, "o1")
    paid_at = shop.clock.now
    change(shop, "hold_days", 7)
    shop.clock.advance(hours=1)

    shop.pay("o1", paid_at=paid_at)

    assert {row.payable_at for row in shop.rows(Accrual)} == {paid_at + timedelta(days=30)}


def test_an_order_flips_by_what_held_when_it_was_placed(shop: FakeShop) -> None:
    change(shop, "flip_on", "paid")
    shop.clock.advance(minutes=1)
    place(shop, "o1")
    change(shop, "flip_on", "placed")
    shop.clock.advance(minutes=1)
    assert [row.first_order_at for row in shop.rows(Contact, ref="of-o1")] == [None]

    shop.pay("o1")

    assert [row.first_order_at for row in shop.rows(Contact, ref="of-o1")] != [None]


def test_holds_that_wait_for_completion_begin_though_later_ones_count_from_payment(shop: FakeShop) -> None:
    change(shop, "hold_from", "completed")
    shop.clock.advance(minutes=1)
    place(shop, "o1")
    shop.pay("o1")
    change(shop, "hold_from", HoldFrom.PAID)
    shop.clock.advance(minutes=1)
    assert {row.payable_at for row in shop.rows(Accrual)} == {None}

    shop.complete("o1")

    assert {row.payable_at for row in shop.rows(Accrual)} == {shop.clock.now + timedelta(days=30)}


def test_an_order_that_has_earned_keeps_its_cap(shop: FakeShop) -> None:
    for ref in ("o1", "o2"):
        place(shop, ref)
    shop.pay("o1")
    change(shop, "levels_cap", "5")
    shop.clock.advance(minutes=1)
    shop.pay("o2")

    assert [row.plan["cap"] for row in shop.rows(Document) if row.plan] == ["100", "5"]
    earned = [sum(row.amount for row in shop.rows(Accrual, document_id=number)) for number in (1, 2)]
    assert earned[0] == 2 * earned[1]


def test_a_planned_change_can_be_called_off_until_a_minute_before(shop: FakeShop) -> None:
    later = shop.clock.now + timedelta(days=2)
    one = change(shop, "hold_days", 7, later)
    act(shop, lambda ctx: program_settings.call_off(ctx.conn, one, who="Ines", now=ctx.now))
    two = change(shop, "hold_days", 8, later)
    shop.clock.now = later - timedelta(seconds=59)
    with pytest.raises(BadSetting, match="within a minute"):
        act(shop, lambda ctx: program_settings.call_off(ctx.conn, two, who="Ines", now=ctx.now))
    shop.clock.now = later

    assert act(shop, lambda ctx: ctx.settings.hold_days) == 8


def test_a_process_hears_of_a_change_before_it_holds_and_asks_seldom(shop: FakeShop) -> None:
    state = state_of(shop.app)
    first = act(shop, lambda ctx: ctx.timeline)
    change(shop, "hold_days", 7)

    assert act(shop, lambda ctx: ctx.timeline) is first
    shop.clock.advance(seconds=timeline.FRESH.seconds + 1)
    assert act(shop, lambda ctx: ctx.settings.hold_days) == 30
    with shop.app.app_context():
        known = state.timeline(state.session().connection())
    assert known.at(shop.clock.now + MINUTE).hold_days == 7


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("hold_days", "14", 14),
        ("levels_cap", "12,5", Decimal("12.5")),
        ("give_away_cap", "none", None),
        ("partner_approval", "no", False),
        ("flip_on", "paid", FlipOn.PAID),
        ("payout_minimum", "EUR=25, usd=30.50", {"EUR": Decimal(25), "USD": Decimal("30.50")}),
    ],
)
def test_a_value_is_read_as_it_is_typed_and_kept(shop: FakeShop, key: str, text: str, value: object) -> None:
    change(shop, key, program_settings.parse(key, text))
    shop.clock.advance(minutes=1)
    assert act(shop, lambda ctx: getattr(ctx.settings, key)) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [("hold_days", "-1"), ("hold_days", "x"), ("levels_cap", "101"), ("levels_cap", ""), ("flip_on", "sent"),
     ("payout_minimum", "EUR"), ("payout_minimum", "EUR=-1"), ("partner_approval", "perhaps"),
     ("currency", "USD")],
)  # fmt: skip
def test_what_the_configuration_would_refuse_is_refused(shop: FakeShop, key: str, text: str) -> None:
    with pytest.raises(BadSetting):
        change(shop, key, program_settings.parse(key, text))


def test_nothing_changes_at_once(shop: FakeShop) -> None:
    with pytest.raises(BadSetting, match="in a minute at the earliest"):
        change(shop, "hold_days", 7, shop.clock.now + timedelta(seconds=59))
