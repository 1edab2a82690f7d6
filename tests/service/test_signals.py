"""Signals: those of the shop that we listen to, and those of ours that others listen to."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from blinker import NamedSignal, Signal
from flask import Flask
from sqlalchemy import insert

from flask_firstline import ConfigError, Firstline, Invoice, Order, Reason, Refused, signals
from flask_firstline.models import Call, Document, Notice, Redemption
from flask_firstline.testing import FakeShop, make_code, make_customer

from .kit import MakeShop, address_type, cart_of, earned, sponsor, states, used


def order(ref: object = "o1", who: object = "ina", **more: object) -> Order:
    return Order.from_cart(cart_of(who), ref=ref, **more)


# The shop's own signals -------------------------------------------------------------------------------------


def test_a_signal_of_the_shop_becomes_a_call(shop: FakeShop) -> None:
    placed, paid = Signal(), Signal()
    shop.firstline.connect(placed)
    shop.firstline.connect(paid, to="invoice_paid")
    with shop.transaction():
        placed.send("shop", order=order(codes=["vonmeier"]))
        paid.send("shop", invoice=Invoice(ref="i1", order_ref="o1", currency="EUR"))

    assert earned(shop, "meier") == ["1.68"]


def test_what_the_shop_sends_is_converted(shop: FakeShop) -> None:
    placed = Signal()
    shop.firstline.connect(placed, convert=lambda _sender, number, **_: order(f"o{number}"))
    with shop.transaction():
        placed.send("shop", number=7, basket={"anything": 1})

    assert [row.ref for row in shop.rows(Document)] == ["o7"]


def test_what_converts_to_nothing_is_not_for_us(shop: FakeShop) -> None:
    placed = Signal()
    shop.firstline.connect(placed, convert=lambda _sender, **_: None)
    with shop.transaction():
        placed.send("shop", order=order())

    assert shop.rows(Document) == shop.rows(Call) == []


def test_receivers_are_held(shop: FakeShop) -> None:
    placed = Signal()
    shop.firstline.connect(placed, convert=lambda _sender, fact: fact)
    gc.collect()
    with shop.transaction():
        placed.send("shop", fact=order())

    assert len(shop.rows(Document)) == 1


def test_connecting_may_come_before_mounting(shop: FakeShop) -> None:
    placed = Signal()
    Firstline().connect(placed)
    with shop.transaction():
        placed.send("shop", order=order())

    assert len(shop.rows(Document)) == 1


def test_a_signal_after_the_commit_is_worked_in_a_unit_of_our_own(shop: FakeShop) -> None:
    placed, paid = Signal(), Signal()
    shop.firstline.connect(placed, commits=True)
    shop.firstline.connect(paid, to="invoice_paid", commits=True)
    with shop.app.app_context():
        placed.send("shop", order=order(codes=["vonmeier"]))
        paid.send("shop", invoice=Invoice(ref="i1", order_ref="o1", currency="EUR"))

    assert states(shop) == ["redeemed"]
    assert earned(shop, "meier") == ["1.68"]
    assert shop.rows(Notice) == []


def test_a_sale_that_has_happened_is_recorded_though_its_code_does_not_hold(shop: FakeShop) -> None:
    make_code(shop.app, "neu", amount=5, owner="meier", new_customers_only=True, max_uses=1)
    placed = Signal()
    shop.firstline.connect(placed, commits=True)
    with shop.app.app_context():
        for n in range(3):
            placed.send("shop", order=order(f"o{n}", codes=["neu"], promised_discount="5.00"))

    assert [(row.order_ref, row.state, row.claimed) for row in shop.rows(Redemption)] == [
        ("o0", "redeemed", True),
        ("o1", "flagged", False),
        ("o2", "flagged", False),
    ]
    assert used(shop, "neu") == 3
    assert {row.total for row in shop.rows(Document)} == {2000}


def test_a_flagged_order_gives_nobody_a_sponsor(shop: FakeShop) -> None:
    make_code(shop.app, "einmal", amount=5, owner="meier", max_uses=1)
    placed = Signal()
    shop.firstline.connect(placed, commits=True)
    with shop.app.app_context():
        placed.send("shop", order=order("o1", "ina", codes=["einmal"], promised_discount=5))
        placed.send("shop", order=order("o2", "otto", codes=["einmal"], promised_discount=5))

    assert (sponsor(shop, "ina"), sponsor(shop, "otto")) == ("meier", None)
    assert address_type(shop, "otto") == "customer"


def test_a_refusal_stays_here_unless_it_is_asked_for(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    quiet, loud = Signal(), Signal()
    shop.firstline.connect(quiet)
    shop.firstline.connect(loud, refuse=True)
    with shop.transaction():
        quiet.send("shop", order=order(codes=["nonesuch"]))
        with pytest.raises(Refused) as caught:
            loud.send("shop", order=order(codes=["nonesuch"]))

    assert caught.value.reason is Reason.UNKNOWN
    assert "refused" in caplog.text
    assert shop.rows(Document) == []


@pytest.mark.parametrize("on_bug", ["park", "raise"])
def test_bugs_never_reach_the_shop_through_a_signal(
    make_shop: MakeShop, monkeypatch: pytest.MonkeyPatch, on_bug: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(FIRSTLINE_ON_BUG=on_bug)
    placed = Signal()
    shop.firstline.connect(placed)

    def bug(*_: object) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setattr("flask_firstline.services.documents.insert_document", bug)
    with shop.transaction():
        placed.send("shop", order=order())

    assert "a bug of ours" in caplog.text
    assert [row.outcome for row in shop.rows(Call)] == (["parked"] if on_bug == "park" else [])


@pytest.mark.parametrize(
    "sent", [{}, {"one": 1, "two": 2}, {"order": "o1"}, {"order": {"ref": "o1"}}, {"order": 7}]
)
def test_nonsense_never_reaches_the_shop(
    make_shop: MakeShop, sent: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    shop = make_shop(FIRSTLINE_ON_BUG="park")
    placed = Signal()
    shop.firstline.connect(placed)
    with shop.transaction():
        placed.send("shop", **sent)

    assert shop.rows(Document) == []
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_what_is_wrong_with_a_fact_is_parked(make_shop: MakeShop) -> None:
    """Nobody would see the error of a receiver: it stands on the parked page."""
    shop = make_shop(FIRSTLINE_ON_BUG="park")
    shop.place(cart_of(), "o1")
    paid = Signal()
    shop.firstline.connect(paid, to="invoice_paid")
    with shop.transaction():
        paid.send("shop", invoice=Invoice(ref="i1", order_ref="o1", currency="USD"))

    (row,) = shop.rows(Call, outcome="parked")
    assert "USD" in row.error


def test_a_signal_in_a_foreign_place_is_logged_and_never_raised(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    placed = Signal()
    shop.firstline.connect(placed)
    placed.send("shop", order=order())
    with Flask("other").app_context():
        placed.send("shop", order=order())

    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert shop.rows(Document) == []


def test_a_call_that_is_none_is_refused_at_once(shop: FakeShop) -> None:
    with pytest.raises(ConfigError, match="possible are"):
        shop.firstline.connect(Signal(), to="order_paid")


@pytest.mark.parametrize(
    ("to", "fact", "kind"),
    [
        ("customer_registered", make_customer("ina"), None),
        ("customer_changed", make_customer("ina"), None),
        ("order_cancelled", "o1", "order_cancelled"),
        ("order_completed", "o1", "order_completed"),
        ("payment_failed", "o1", None),
        ("customer_erased", "ina", None),
    ],
)
def test_every_call_can_be_reached_by_a_signal(
    shop: FakeShop, to: str, fact: object, kind: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    told = Signal()
    shop.firstline.connect(told, to=to)
    with shop.transaction():
        told.send("shop", fact=fact)

    assert caplog.records == []
    assert kind is None or [row.kind for row in shop.rows(Call, kind=kind)] == [kind]


# Our own signals --------------------------------------------------------------------------------------------


@contextmanager
def heard(signal: NamedSignal, receiver: Any) -> Iterator[None]:
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)


@contextmanager
def all_heard(shop: FakeShop) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Collect what is told, by name."""
    said: list[tuple[str, dict[str, Any]]] = []
    kept = []
    for name, signal in signals.BY_NAME.items():

        def receiver(sender: object, _name: str = name, **data: Any) -> None:
            assert sender is shop.app
            said.append((_name, data))

        signal.connect(receiver)
        kept.append((signal, receiver))
    try:
        yield said
    finally:
        for signal, receiver in kept:
            signal.disconnect(receiver)


def test_others_hear_what_happened(shop: FakeShop) -> None:
    with all_heard(shop) as said:
        shop.apply(cart_of(), "vonmeier")
        shop.place(cart_of(), "o1")
        shop.pay("o1")
        shop.refund("o1", lines={"a": 1})
        shop.cancel("o1")

    assert [name for name, _ in said] == [
        "coupon_applied",
        "coupon_redeemed",
        "address_type_changed",
        "firstline_joined",
        "commission_posted",
        "commission_reversed",
        "commission_reversed",
    ]
    by_name = dict(said)
    assert by_name["coupon_applied"] == {"code": "vonmeier", "customer_ref": "ina", "cart_key": "cart of ina"}
    redeemed = by_name["coupon_redeemed"]
    assert (redeemed["order_ref"], redeemed["discount"], redeemed["flagged"]) == ("o1", "5.00", False)
    assert sorted(by_name["commission_posted"]["amounts"].values()) == ["0.16", "0.84", "1.68"]


def test_a_released_use_is_told(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    with all_heard(shop) as said:
        shop.cancel("o1")

    assert [name for name, _ in said] == ["coupon_released", "address_type_changed"]


def test_repeats_and_refusals_are_not_told(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])
    with all_heard(shop) as said:
        shop.place(cart_of(), "o1", codes=["vonmeier"])
        shop.apply(cart_of("otto"), "nonesuch")
        with pytest.raises(Refused):
            shop.place(cart_of("otto"), "o2", codes=["nonesuch"])

    assert said == []


def test_receivers_write_in_the_shops_transaction(shop: FakeShop) -> None:
    def note(sender: Flask, **data: Any) -> None:
        row = {"kind": "test", "text": data["order_ref"], "at": shop.clock()}
        shop.db.session.execute(insert(Notice).values(**row))

    with heard(signals.coupon_redeemed, note):
        shop.place(cart_of(), "o1", codes=["vonmeier"])
        with pytest.raises(LookupError), shop.transaction():
            shop.place_now(cart_of("otto"), "o2", codes=["vonmeier"])
            raise LookupError("the shop's own trouble")

    assert [row.text for row in shop.rows(Notice)] == ["o1"]


def test_an_error_of_a_receiver_is_logged_and_goes_no_further(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(sender: Flask, **data: Any) -> None:
        raise LookupError("a receiver's own trouble")

    with heard(signals.coupon_redeemed, fails):
        assert shop.place(cart_of(), "o1", codes=["vonmeier"]).ok

    assert "a receiver's own trouble" in caplog.text
    assert states(shop) == ["redeemed"]


def test_a_failed_statement_of_a_receiver_does_not_take_the_order_with_it(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    """On PostgreSQL a failed statement would end the transaction, and with it the shop's order."""

    def fails(sender: Flask, **data: Any) -> None:
        shop.db.session.execute(insert(Notice).values(kind=None, text=None, at=None))

    with heard(signals.coupon_redeemed, fails):
        assert shop.place(cart_of(), "o1", codes=["vonmeier"]).ok

    assert states(shop) == ["redeemed"]
    assert shop.own_order("o1").ref == "o1"
