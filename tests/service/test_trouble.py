"""When something goes wrong: bugs of ours, trouble of the database, transactions of the shop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from flask_firstline import Invoice, Order, Reason, Refund, Refused
from flask_firstline.hooks.commits import NeverCommitted
from flask_firstline.hooks.replay import Replayed, replay
from flask_firstline.models import Call, Contact, Document, Notice, Redemption, create_all
from flask_firstline.services import documents
from flask_firstline.testing import FakeShop, make_cart, make_code, make_customer, make_line, make_partner
from flask_firstline.testing.fake_acts import ORDERS

from .kit import MakeShop, address_type, cart_of, counts, earned, one, sponsor, states, used

SERVICES = "flask_firstline.services"
Act = Callable[[FakeShop], object]


class Bug:
    """A service function that fails until the bug is mended."""

    def __init__(self, patch: pytest.MonkeyPatch, place: str, error: Exception | None = None) -> None:
        self.error = error or KeyError("a bug of ours")
        self._patch = patch
        patch.setattr(place, self)

    def __call__(self, *_args: object, **_more: object) -> Any:
        raise self.error

    def mend(self) -> None:
        self._patch.undo()


@pytest.fixture
def parking(make_shop: MakeShop) -> FakeShop:
    return make_shop(FIRSTLINE_ON_BUG="park")


def replayed(shop: FakeShop) -> list[Replayed]:
    with shop.app.app_context():
        return replay(shop.state)


def parked(shop: FakeShop) -> list[tuple[str, str]]:
    return [(row.kind, row.error.splitlines()[0]) for row in shop.rows(Call, outcome="parked")]


def bug_in_orders(patch: pytest.MonkeyPatch, error: Exception | None = None) -> Bug:
    return Bug(patch, f"{SERVICES}.documents.insert_document", error)


# Bugs of ours -----------------------------------------------------------------------------------------------


def test_a_bug_does_not_cost_a_sale(parking: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    bug = bug_in_orders(monkeypatch)
    quote = parking.place(cart_of(), "o1")

    assert (quote.ok, str(quote.to_pay)) == (True, "25.00")
    assert parking.own_order("o1").total == "25.00"
    assert parked(parking) == [("order_placed", "KeyError: 'a bug of ours'")]
    assert parking.rows(Document) == []
    bug.mend()
    assert [done.error for done in replayed(parking)] == [""]
    assert (address_type(parking, "ina"), parked(parking)) == ("customer", [])


def test_the_promised_discount_is_honoured_and_flagged(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sale has happened at that price: the replay claims the use without a limit check."""
    make_code(parking.app, "einmal", amount=5, owner="meier", max_uses=1)
    for who in ("ina", "otto"):
        parking.apply(cart_of(who), "einmal")
    bug = bug_in_orders(monkeypatch)
    quote = parking.place(cart_of("ina"), "o1", promised_discount="5.00")

    assert (str(quote.discount), str(quote.to_pay), quote.ok) == ("5.00", "20.00", True)
    assert quote.allocation == {"a": Decimal("2.50"), "b": Decimal("2.50")}
    assert {str(rate): str(vat) for rate, vat in quote.vat.items()} == {"19": "3.19"}
    bug.mend()
    parking.place(cart_of("otto"), "o2", promised_discount="5.00")
    assert [done.error for done in replayed(parking)] == [""]

    assert [(row.order_ref, row.state, row.discount) for row in parking.rows(Redemption)] == [
        ("o2", "redeemed", 500),
        ("o1", "flagged", 500),
    ]
    assert used(parking, "einmal") == 2
    assert parking.rows(Document, ref="o1")[0].total == 2000


def test_an_odd_promise_is_honoured_to_the_cent(parking: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    parking.apply(cart_of(), "vonmeier")
    cart = cart_of("ina", make_line("a"), make_line("b"), make_line("gift", 50, coupon_allowed=False))
    bug_in_orders(monkeypatch)
    quote = parking.place(cart, "o1", promised_discount=3.33)

    assert {key: str(off) for key, off in quote.allocation.items()} == {
        "a": "1.67",
        "b": "1.66",
        "gift": "0.00",
    }


def test_a_code_without_a_promise_is_refused_instead(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    parking.apply(cart_of(), "vonmeier")
    bug = bug_in_orders(monkeypatch)
    with pytest.raises(Refused) as caught:
        parking.place(cart_of(), "o1")

    assert caught.value.reason is Reason.UNAVAILABLE
    assert caught.value.quote is not None
    assert str(caught.value.quote.to_pay) == "25.00"
    assert parking.place(cart_of(), "o1", codes=()).ok
    bug.mend()


def test_money_that_comes_for_a_parked_order_waits_for_it(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug = bug_in_orders(monkeypatch)
    parking.place(cart_of(), "o1", codes=["vonmeier"], promised_discount=5)
    bug.mend()
    parking.pay("o1")
    assert [row.outcome for row in parking.rows(Call)] == ["parked", "waiting"]
    replayed(parking)

    assert [row.outcome for row in parking.rows(Call)] == ["done", "done"]
    assert parking.rows(Document)[0].paid_at is not None


def test_the_shop_may_repeat_what_was_parked(parking: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    bug = bug_in_orders(monkeypatch)
    parking.place(cart_of(), "o1", codes=["vonmeier"], promised_discount=5)
    bug.mend()
    parking.place(cart_of(), "o1", codes=["vonmeier"], promised_discount=5)
    assert [done.error for done in replayed(parking)] == [""]

    assert states(parking) == ["redeemed"]
    assert len(parking.rows(Document)) == 1


def test_what_fails_again_stays_parked_with_its_error(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug_in_orders(monkeypatch)
    parking.place(cart_of(), "o1")
    bug_in_orders(monkeypatch, ZeroDivisionError("another bug"))
    (found,) = replayed(parking)

    assert "another bug" in found.error
    assert [(row.outcome, row.attempts) for row in parking.rows(Call)] == [("parked", 1)]


def placed(shop: FakeShop) -> None:
    shop.place(cart_of(), "o1", codes=["vonmeier"])


def paid(shop: FakeShop) -> None:
    placed(shop)
    shop.pay("o1")


def changed(shop: FakeShop) -> None:
    shop.change(cart_of("ina", one("40.00")), "o1")


def told_of(shop: FakeShop, name: str) -> None:
    with shop.transaction():
        shop.firstline.customer_changed(make_customer("ina", name=name))


def erased(shop: FakeShop) -> None:
    with shop.transaction():
        shop.firstline.customer_erased("ina")


def nothing(_shop: FakeShop) -> None:
    """No act goes before."""


CALLS: dict[str, tuple[Act, Act, str, Act]] = {
    "order_changed": (placed, changed, "documents.find", lambda s: s.rows(Document)[0].total == 3500),
    "order_cancelled": (
        placed,
        lambda s: s.cancel("o1"),
        "documents.find",
        lambda s: states(s) == ["released"],
    ),
    "order_completed": (
        placed,
        lambda s: s.complete("o1"),
        "documents.find",
        lambda s: s.rows(Document)[0].completed_at is not None,
    ),
    "payment_failed": (
        placed,
        lambda s: s.payment_failed("o1"),
        "documents.find",
        lambda s: states(s) == ["released"],
    ),
    "invoice_paid": (
        placed,
        lambda s: s.pay("o1"),
        "earnings.earn",
        lambda s: earned(s, "meier") == ["1.68"],
    ),
    "invoice_refunded": (
        paid,
        lambda s: s.refund("o1"),
        "earnings.earn",
        lambda s: earned(s, "meier") == ["0.00"],
    ),
    "customer_registered": (
        nothing,
        lambda s: s.register("ina", "vonmeier"),
        "contacts.insert_contact",
        lambda s: sponsor(s, "ina") == "meier",
    ),
    "customer_changed": (
        nothing,
        lambda s: told_of(s, "Ina Neu"),
        "contacts.insert_contact",
        lambda s: s.rows(Contact, ref="ina")[0].name == "Ina Neu",
    ),
    "customer_erased": (placed, erased, "contacts.update_contact", lambda s: s.contact("ina") is None),
}


@pytest.mark.parametrize("kind", CALLS)
def test_every_call_is_parked_and_worked_off_later(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    before, act, place, holds = CALLS[kind]
    before(parking)
    bug = Bug(monkeypatch, f"{SERVICES}.{place}")
    act(parking)
    assert [found for found, _ in parked(parking)] == [kind]
    assert not holds_without_trouble(parking, holds)
    bug.mend()

    assert [done.error for done in replayed(parking)] == [""]
    assert holds(parking)
    assert replayed(parking) == []


def holds_without_trouble(shop: FakeShop, holds: Act) -> bool:
    try:
        return bool(holds(shop))
    except (KeyError, IndexError):
        return False


def test_parked_states_are_worked_off_in_their_order(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    parking.register("ina")
    bug = Bug(monkeypatch, f"{SERVICES}.contacts.update_contact")
    for name in ("Ina Neu", "Ina Alt"):
        told_of(parking, name)
    bug.mend()
    replayed(parking)

    assert parking.rows(Contact, ref="ina")[0].name == "Ina Alt"
    bug = Bug(monkeypatch, f"{SERVICES}.contacts.update_contact")
    told_of(parking, "Ina Jung")
    bug.mend()
    replayed(parking)
    assert parking.rows(Contact, ref="ina")[0].name == "Ina Jung"


def test_parked_events_without_a_ref_are_each_kept(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bug = Bug(monkeypatch, f"{SERVICES}.events.note")
    with parking.transaction():
        for page in ("/", "/tea"):
            parking.firstline.event("visit", "ina", {"page": page})
    bug.mend()
    replayed(parking)

    assert [(row.outcome, row.payload["data"]["page"]) for row in parking.rows(Call)] == [
        ("done", "/"),
        ("done", "/tea"),
    ]


def test_a_bug_in_a_quote_leaves_the_page_alive(parking: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    parking.apply(cart_of(), "vonmeier")
    Bug(monkeypatch, f"{SERVICES}.quoting.evaluate")
    quote = parking.quote(cart_of())

    assert (quote.ok, quote.reason, str(quote.to_pay)) == (False, Reason.UNAVAILABLE, "25.00")
    assert parking.apply(cart_of(), "vonmeier").reason is Reason.UNAVAILABLE


def test_bugs_are_raised_where_the_shop_wants_them(
    make_shop: MakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = make_shop(FIRSTLINE_ON_BUG="raise")
    bug_in_orders(monkeypatch)
    before = counts(shop)
    with pytest.raises(KeyError, match="a bug of ours"):
        shop.place(cart_of(), "o1")

    assert counts(shop) == before
    assert shop.rows(ORDERS) == []


# Trouble of the database ------------------------------------------------------------------------------------


def trouble(dialect: str) -> OperationalError:
    """What the driver says when the whole transaction is lost."""

    class Lost(Exception):
        sqlstate = "40001"
        sqlite_errorname = "SQLITE_BUSY"

    return OperationalError("UPDATE x", {}, Lost(dialect))


def test_lost_transactions_go_up_and_are_never_parked(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    Bug(monkeypatch, f"{SERVICES}.documents.insert_document", trouble("any"))
    with pytest.raises(OperationalError):
        parking.place(cart_of(), "o1")

    assert parking.rows(Call) == []
    assert parking.rows(ORDERS) == []


def test_a_unit_of_our_own_is_tried_again(parking: FakeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = documents.insert_document, []

    def twice_busy(*args: Any) -> int | None:
        tries.append(1)
        if len(tries) < 3:
            raise trouble("any")
        return real(*args)

    monkeypatch.setattr(documents, "insert_document", twice_busy)
    with parking.app.app_context():
        parking.firstline.order_placed(Order.from_cart(cart_of(), ref="o1"), commit=True)

    assert len(tries) == 3
    assert [row.ref for row in parking.rows(Document)] == ["o1"]


def test_an_error_of_the_database_that_ends_nothing_is_a_bug(
    parking: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(Exception):
        sqlstate = "42703"

    Bug(monkeypatch, f"{SERVICES}.documents.insert_document", OperationalError("SELECT x", {}, Wrong()))
    assert parking.place(cart_of(), "o1").ok

    assert [kind for kind, _ in parked(parking)] == ["order_placed"]


# Transactions of the shop -----------------------------------------------------------------------------------


def test_what_the_shop_rolls_back_takes_our_rows_with_it(shop: FakeShop) -> None:
    shop.apply(cart_of(), "vonmeier")
    before = counts(shop)
    with pytest.raises(LookupError), shop.transaction():
        shop.firstline.customer_registered(make_customer("otto"), "vonmeier")
        shop.place_now(cart_of(), "o1")
        shop.firstline.event("visit", "ina")
        raise LookupError("the shop's own trouble")

    assert counts(shop) == before
    assert shop.rows(ORDERS) == []
    assert (shop.contact("ina"), shop.contact("otto")) == (None, None)
    assert shop.quote(cart_of()).codes == ("vonmeier",)


def test_a_refusal_takes_nothing_of_the_shops_with_it(shop: FakeShop) -> None:
    with shop.transaction(), pytest.raises(Refused):
        shop.place_now(cart_of(), "o1", codes=["nonesuch"])

    assert shop.own_order("o1").ref == "o1"
    assert shop.rows(Document) == []


def test_several_commits_of_the_shop_keep_whole_calls(shop: FakeShop) -> None:
    with shop.app.app_context():
        shop.place_now(cart_of(), "o1", codes=["vonmeier"])
        shop.db.session.commit()
        shop.place_now(cart_of("otto"), "o2", codes=["vonmeier"])
        shop.db.session.rollback()
        shop.db.session.commit()

    assert [row.ref for row in shop.rows(Document)] == ["o1"]
    assert states(shop) == ["redeemed"]


def test_after_the_shops_own_commit_we_commit_ourselves(shop: FakeShop) -> None:
    with shop.app.app_context():
        shop.firstline.order_placed(Order.from_cart(cart_of(), ref="o1", codes=["vonmeier"]), commit=True)
        shop.db.session.rollback()

    assert [row.ref for row in shop.rows(Document)] == ["o1"]


def test_a_refusal_of_our_own_unit_leaves_nothing(shop: FakeShop) -> None:
    before = counts(shop)
    with shop.app.app_context(), pytest.raises(Refused):
        shop.firstline.order_placed(Order.from_cart(cart_of(), ref="o1", codes=["nonesuch"]), commit=True)

    assert counts(shop) == before


def test_half_built_objects_of_the_shop_are_never_flushed(shop: FakeShop) -> None:
    """A pending object that could not be stored yet: no call of ours may try to."""
    tell = shop.firstline
    with shop.app.app_context():
        half_built = Notice(kind=None, text="half built")
        shop.db.session.add(half_built)
        tell.customer_registered(make_customer("ina"), "vonmeier")
        tell.apply_coupon(cart_of(), "vonmeier")
        tell.reserve(cart_of())
        tell.order_placed(Order.from_cart(cart_of(), ref="o1"))
        tell.order_changed(Order.from_cart(cart_of("ina", one("40.00")), ref="o1"))
        tell.invoice_paid(Invoice(ref="i1", order_ref="o1", currency="EUR"))
        tell.invoice_refunded(Refund(ref="r1", order_ref="o1", currency="EUR"))
        tell.order_completed("o1")
        tell.order_cancelled("o1")
        tell.event("visit", "ina")
        for read in (tell.quote(cart_of()), tell.contact("ina"), tell.order("o1"), tell.balance("meier")):
            assert read
        assert half_built in shop.db.session.new
        shop.db.session.expunge(half_built)
        shop.db.session.commit()

    assert [row.ref for row in shop.rows(Document)] == ["o1"]


def test_a_call_that_is_never_committed_is_heard_of(shop: FakeShop) -> None:
    with pytest.raises(NeverCommitted, match="order_placed o1"), shop.app.app_context():
        shop.place_now(cart_of(), "o1")

    assert shop.rows(Document) == []
    assert [(row.kind, row.text) for row in shop.rows(Notice)] == [("never committed", "order_placed o1")]


def test_outside_of_tests_it_is_logged(make_shop: MakeShop, caplog: pytest.LogCaptureFixture) -> None:
    shop = make_shop(TESTING=False)
    with shop.app.app_context():
        shop.place_now(cart_of(), "o1")

    assert "order_placed o1" in caplog.text
    assert [row.text for row in shop.rows(Notice)] == ["order_placed o1"]


def test_what_is_rolled_back_or_failed_is_not_complained_of(
    shop: FakeShop, caplog: pytest.LogCaptureFixture
) -> None:
    with shop.app.app_context():
        shop.place_now(cart_of(), "o1")
        shop.db.session.rollback()
    with pytest.raises(LookupError), shop.app.app_context():
        shop.place_now(cart_of(), "o2")
        raise LookupError("the shop's own trouble")

    assert shop.rows(Notice) == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_reading_leaves_no_transaction_to_complain_of(shop: FakeShop) -> None:
    with shop.app.app_context():
        shop.firstline.quote(make_cart())
        shop.firstline.contact("ina")
        shop.firstline.order("o1")

    assert shop.rows(Notice) == []


def test_a_shop_may_bring_its_own_database_for_us(make_shop: MakeShop, tmp_path: Any) -> None:
    """With FIRSTLINE_DATABASE_URL we commit ourselves: the shop's rollback does not reach us."""
    url = f"sqlite:///{tmp_path / 'ours.sqlite'}"
    engine = create_engine(url)
    create_all(engine)
    engine.dispose()
    shop = make_shop(FIRSTLINE_DATABASE_URL=url)
    make_partner(shop.app, "weber")
    make_code(shop.app, "vonweber", owner="weber", amount=5)
    with shop.app.app_context():
        shop.firstline.order_placed(Order.from_cart(cart_of(), ref="o1", codes=["vonweber"]))
        shop.db.session.rollback()
    with shop.app.app_context():
        view = shop.firstline.order("o1")
        shop.state.engine().dispose()

    assert view is not None
    assert view.partner_ref == "weber"
    assert shop.rows(Document) == []
