"""Why is this code refused for this cart? Every check in its order, for every reason there is."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, update

from flask_firstline import Reason
from flask_firstline.admin.proof_words import Facts
from flask_firstline.admin.proofs import PROOFS
from flask_firstline.domain import judging
from flask_firstline.domain.basket import Basket, BasketLine
from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.domain.judging import Buyer, CodeState, Effect, Judgement, checks
from flask_firstline.domain.window import Period
from flask_firstline.models import (
    AppliedCode,
    Attempt,
    Audit,
    Call,
    Code,
    Coupon,
    Document,
    PersonUse,
    Redemption,
)
from flask_firstline.services import attempts
from flask_firstline.testing import make_cart, make_code, make_line, make_product, switch_code

from .office import PREFIX, Office, story, text

LINE = {"product": "p-a", "quantity": "2", "price": "12.50", "rate": "19"}
NEVER_ASKED = {Reason.CHANGED, Reason.UNAVAILABLE}
"""Not about a code and a cart: a promise that changed, and a bug of ours."""


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def page(office: Office, **asked: Any) -> str:
    query = {**LINE, "code": "vonmeier", "customer": "neu", **asked}
    given = {name: value for name, value in query.items() if value is not None}
    answer = office.ines().get(f"{PREFIX}/why/code", query_string=given)
    assert answer.status_code == 200
    return text(answer).replace("\u202f", " ").replace("\xa0", " ")


def change_coupon(office: Office, **values: object) -> None:
    with office.transaction() as session:
        session.execute(update(Coupon).where(Coupon.name == "Coupon vonmeier").values(**values))


def change_code(office: Office, **values: object) -> None:
    with office.transaction() as session:
        session.execute(update(Code).where(Code.display == "vonmeier").values(**values))


def try_too_often(office: Office) -> None:
    with office.transaction() as session:
        window = attempts.window_of(office.state.context(session.connection()))
        row = {"key": "customer:neu", "window": window, "tries": attempts.MOST}
        session.execute(insert(Attempt.__table__), row)


def stand_beside(office: Office) -> None:
    make_code(office.app, "OTHER", amount="1.00")


# Each reason: what is done before, what is asked, the check that refuses, and words of it.
CASES: dict[Reason, tuple[Callable[[Office], object], dict[str, Any], str, str]] = {
    Reason.UNKNOWN: (
        lambda o: None, {"code": "nothing"}, "There is such a code", "Nothing is called nothing",
    ),
    Reason.INACTIVE: (
        lambda o: switch_code(o.app, "vonmeier", active=False), {}, "Code known and switched on",
        "The code or its coupon is switched off.",
    ),
    Reason.NOT_YET: (
        lambda o: change_code(o, valid_from=o.clock.now + timedelta(days=1)), {}, "Has begun",
        "It begins May 5, 2026.",
    ),
    Reason.EXPIRED: (
        lambda o: change_coupon(o, valid_until=o.clock.now), {}, "In its time", "It ended May 4, 2026.",
    ),
    Reason.USED_UP: (
        lambda o: change_coupon(o, max_uses=2, used=2), {}, "Coupon still free",
        "Used 2 of 2 times: nothing is left.",
    ),
    Reason.NOT_YOURS: (
        lambda o: change_code(o, holder_id=1), {}, "Kept for this buyer", "It is kept for somebody else.",
    ),
    Reason.OWN_CODE: (
        lambda o: None, {"customer": "meier"}, "Not the buyer's own code", "The buyer is the code's owner",
    ),
    Reason.NEW_CUSTOMERS_ONLY: (
        lambda o: None, {"customer": "sabine"}, "Only for new customers",
        "The buyer has ordered here before.",
    ),
    Reason.EMAIL_NEEDED: (
        lambda o: None, {"customer": ""}, "Buyer known", "Without customer number and e-mail nobody can say",
    ),
    Reason.MINIMUM: (
        lambda o: None, {"price": "5"}, "From an order of €20.00", "Goods for €10.00. €10.00 are missing.",
    ),
    Reason.MAXIMUM: (
        lambda o: change_coupon(o, max_order=2400), {}, "Up to an order of €24.00", "Goods for €25.00.",
    ),
    Reason.PRODUCTS: (
        lambda o: make_product(o.app, "p-a", absolute_coupons=False), {},
        "There are articles it may be used on", "None of the lines is meant by the coupon.",
    ),
    Reason.CURRENCY: (
        lambda o: change_coupon(o, currency="CHF"), {}, "In the coupon's currency",
        "CHF, and this is in EUR.",
    ),
    Reason.NOT_STACKABLE: (
        stand_beside, {"beside": "OTHER"}, "May stand beside the other codes",
        "Another code that is there cannot stand beside this one.",
    ),
    Reason.TOO_MANY_TRIES: (try_too_often, {}, "Not too many tries", "10 of 10 failed tries"),
}  # fmt: skip


def test_every_reason_about_a_code_and_a_cart_has_a_case() -> None:
    assert set(CASES) == set(Reason) - NEVER_ASKED


@pytest.mark.parametrize("reason", CASES)
def test_the_page_names_the_check_that_refuses_and_its_figures(office: Office, reason: Reason) -> None:
    before, asked, check, words = CASES[reason]
    accepted = "The code holds: it gives €5.00 ." in page(office)
    before(office)

    found = page(office, **asked)

    assert accepted
    assert f"The code is refused by the check “ {check} ”" in found
    assert f"does not hold {check}" in found
    assert words in found


# fmt: off
@pytest.mark.parametrize(("terms", "check", "words"), [
    ({"days": [2], "opens": 600, "closes": 720}, "On its days and hours", "Wed 10:00–12:00, and it is not"),
    ({"link_only": True}, "Came by its link", "It counts with its link only, and it was typed."),
    ({"budget": 499}, "Within the budget of the coupon", "€0.00 of €4.99 are used, and this is €5.00 more."),
    ({"order_budget": 1999}, "Within the budget of orders", "€0.00 of €19.99 are used"),
])
# fmt: on
def test_new_terms_are_said_with_their_figures(
    office: Office, terms: dict[str, object], check: str, words: str
) -> None:
    change_coupon(office, **terms)

    found = page(office)

    assert f"The code is refused by the check “ {check} ”" in found
    assert words in found


def test_a_code_that_counts_with_its_link_only_holds_when_it_came_by_it(office: Office) -> None:
    change_code(office, link_only=True)

    assert "does not hold Came by its link" in page(office)
    assert "holds Came by its link It came by its link." in page(office, link="yes")


def test_all_that_does_not_hold_is_marked_and_not_only_the_first(office: Office) -> None:
    found = page(office, customer="sabine", price="5")

    assert "refused by the check “ Only for new customers ”. If it held it would give €5.00 ." in found
    assert "does not hold From an order of €20.00" in found


def test_the_price_that_it_would_give_is_shown(office: Office) -> None:
    found = page(office, shipping="4.90")

    assert "What it comes to" in found
    assert "Goods before codes, with VAT €25.00 Shipping €4.90" in found
    assert "vonmeier, Coupon vonmeier −€5.00 Total €24.90" in found


def test_nothing_is_stored_and_no_try_is_counted(office: Office) -> None:
    tables = (Attempt, AppliedCode, Redemption, Call, Document, PersonUse, Audit)
    before = [office.rows(table) for table in tables]

    for asked in ({}, {"code": "nothing"}, {"customer": "sabine"}, {"order": "o1"}):
        page(office, **asked)

    assert [office.rows(table) for table in tables] == before


def test_an_orders_lines_and_buyer_can_be_taken(office: Office) -> None:
    asked = {**dict.fromkeys(LINE), "customer": None, "order": "2026-11873"}

    found = page(office, **asked)

    assert "Goods for €25.00." in found
    assert "2 lines, without shipping" in found
    assert "The order itself counts as a use." in found
    assert "A new-customer code was used before" in found, "the order's own claim"


def test_typed_lines_take_the_place_of_those_of_the_order(office: Office) -> None:
    assert "Goods for €25.00." in page(office, order="o1")
    assert "Goods for €2.00." in page(office, order="o1", price="1")


def test_an_order_that_is_not_there_is_told_at_its_field(office: Office) -> None:
    found = page(office, order="4711")

    assert "This cart cannot be judged yet." in found
    assert "No order is called 4711." in found


def test_without_lines_all_is_said_that_needs_none(office: Office) -> None:
    found = page(office, **dict.fromkeys(LINE))

    assert "The code holds as far as it can be said without knowing the lines." in found
    assert "From an order of" not in found


# fmt: off
@pytest.mark.parametrize(("asked", "words"), [
    ({"product": ""}, "Please fill this in."),
    ({"quantity": "some"}, "Please give a number."),
    ({"quantity": "-1"}, "Please give a number."),
    ({"quantity": "NaN"}, "Please give a number."),
    ({"price": ""}, "This is no amount. Please write it like €12.50."),
    ({"price": "five"}, "This is no amount. Please write it like €12.50."),
    ({"rate": "0.19"}, "Please give per cent, such as 19."),
    ({"rate": "100"}, "Please give per cent, such as 19."),
    ({"shipping": "x"}, "This is no amount."),
    ({"shipping": "-1"}, "cannot be below 0"),
    ({"quantity": "1" * 30}, "This cart cannot be judged yet."),
])
# fmt: on
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    office: Office, asked: dict[str, str], words: str
) -> None:
    found = page(office, **asked)

    assert "This cart cannot be judged yet." in found
    assert words in found
    assert "The code holds" not in found


def test_several_lines_are_read_in_their_order(office: Office) -> None:
    answer = office.ines().get(
        f"{PREFIX}/why/code",
        query_string={
            "code": "vonmeier", "customer": "neu",
            "product": ["a", "", "b"], "quantity": ["1", "", ""], "price": ["7.00", "", "6.50"],
            "rate": ["19 %", "", "7,0"], "categories": ["tea, herbs", "", ""],
        },
    )  # fmt: skip

    assert "Goods for €13.50. €6.50 are missing. 2 lines, without shipping" in text(answer)


def test_a_category_of_a_line_is_looked_at(office: Office) -> None:
    change_coupon(office, categories=["tea"])

    assert "The code holds: it gives €5.00 ." in page(office, categories="herbs, tea")
    assert "None of the lines is meant by the coupon." in page(office)


def test_a_cart_in_which_the_code_waits_can_be_taken(office: Office) -> None:
    make_code(office.app, "OTHER", amount="1.00")
    office.add_customer("ulla")
    cart = make_cart(make_line("a"), customer=office.customers["ulla"], key="cart-of-ulla")
    office.apply(cart, "OTHER")
    with office.transaction() as session:
        row = office.rows(AppliedCode)[0]
        code = office.rows(Code, display="vonmeier")[0].id
        there = {"holder": row.holder, "customer_ref": "ulla", "at": row.at}
        session.execute(insert(AppliedCode.__table__), {**there, "code_id": code, "came_by": "link"})

    answer = office.ines().get(f"{PREFIX}/why/code", query_string={"code": "vonmeier"})
    body = answer.get_data(as_text=True)

    assert "Carts in which it waits" in text(answer)
    assert "Cart of customer ulla" in text(answer)
    for part in ("customer=ulla", "holder=cart:cart-of-ulla", "beside=OTHER", "link=yes"):
        assert part in body.replace("%3A", ":")


def test_somebody_who_is_not_known_is_judged_as_new_and_it_is_said(office: Office) -> None:
    assert "neu@x.example is not known yet: judged as somebody new." in page(office, customer="neu@x.example")
    assert "is not known yet" not in page(office, customer="sabine")


def test_two_of_one_name_are_asked_about(office: Office) -> None:
    for ref in ("u1", "u2"):
        office.register(office.add_customer(ref, name="Uwe Wolf"))

    assert "Several contacts are called so." in page(office, customer="Uwe Wolf")


def test_other_codes_that_do_not_hold_are_left_out(office: Office) -> None:
    make_code(office.app, "EXPENSIVE", min_order="1000.00")

    found = page(office, beside="EXPENSIVE, nothing")

    assert "EXPENSIVE does not hold itself and is left out." in found
    assert "The code holds: it gives €5.00 ." in found


def test_a_store_credit_code_pays(office: Office) -> None:
    make_code(office.app, "CARD", amount="50.00")
    with office.transaction() as session:
        session.execute(
            update(Coupon).where(Coupon.name == "Coupon CARD").values(treatment="multi_purpose")
        )
        session.execute(update(Code).where(Code.display == "CARD").values(credit=5000, credit_left=1200))

    found = page(office, code="CARD")

    assert "The code holds: it gives €12.00 ." in found
    assert "holds Store credit left €12.00 are left." in found
    assert "Total €25.00 CARD, Coupon CARD −€12.00 To pay €13.00" in found


def test_a_viewer_may_ask_too(office: Office) -> None:
    answer = office.browser("vera").get(f"{PREFIX}/why/code", query_string={"code": "vonmeier"})

    assert answer.status_code == 200


def test_strangers_are_turned_away(office: Office) -> None:
    assert office.browser("sabine").get(f"{PREFIX}/why/code").status_code in {302, 403}


# Words of every check -------------------------------------------------------------------------------------


def names_in_the_source() -> set[str]:
    """Give every name of a check that stands in the module, and not only those that a test thinks of."""
    tree = ast.parse(inspect.getsource(judging))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    found = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "_check"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    tuples = (node for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) >= 3)
    found |= {
        first.value
        for node in tuples
        if isinstance(first := node.elts[0], ast.Constant) and isinstance(first.value, str)
    }
    return {str(name) for name in found}


def everything(state: CodeState, *, buyer: Buyer, effect: Effect) -> Judgement:
    """Give a judgement that asks all there is to ask."""
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    terms = CouponTerms(
        name="All", kind=Kind.PERCENT, percent=Decimal(10), currency="EUR", min_order=1000, max_order=1500,
        new_customers_only=True, max_uses=2, max_per_code=2, max_per_customer=2, period=Period.DAY,
        max_in_period=2, max_per_customer_in_period=2, budget=300, order_budget=2000,
        valid_from=at - timedelta(days=1), valid_until=at + timedelta(days=1), days=frozenset({0}), opens=60,
        closes=1380, most_codes=2, link_only=True, stackable=True, categories=frozenset({"tea"}),
    )  # fmt: skip
    line = BasketLine(key="1", product_ref="a", quantity=Decimal(1), total=1200, categories=("tea",))
    return Judgement(
        terms=terms, state=state, buyer=buyer, basket=Basket("EUR", (line,)), currency="EUR", now=at,
        placing=True, beside=(terms,), effect=effect,
    )  # fmt: skip


GOOD = everything(
    CodeState(code="x", holder=True, holder_is_buyer=True, came_by_link=True, credit_left=100),
    buyer=Buyer(),
    effect=Effect(discount=100, goods=1100),
)
BAD = everything(
    CodeState(
        code="x", active=False, coupon_used=2, code_used=2, person_used=2, used_in_period=2,
        person_used_in_period=2, spent=300, ordered=2000, credit_left=0, holder=True, owner_is_buyer=True,
    ),
    buyer=Buyer(known=False, has_bought=True),
    effect=Effect(discount=100, goods=1100),
)  # fmt: skip


def test_the_judgement_of_this_test_asks_every_check_there_is() -> None:
    assert {check.name for check in checks(GOOD)} == names_in_the_source()
    assert all(check.ok for check in checks(GOOD))


@pytest.mark.parametrize("language", ["en", "de", "nl", "ru"])
@pytest.mark.parametrize("placed", [True, False])
def test_every_check_has_words_whether_it_holds_or_not_in_every_language(
    office: Office, language: str, placed: bool
) -> None:
    facts = Facts(
        code="x",
        coupon="All",
        code_id=1,
        currency="EUR",
        at="now",
        kept=True,
        codes=2,
        lines=1,
        placed=placed,
    )
    with office.app.test_request_context(headers={"Accept-Language": language}):
        said = {
            (check.name, ok): PROOFS[check.name]({**check.data, "owner": True}, facts, ok)
            for judged, ok in ((GOOD, True), (BAD, False))
            for check in checks(judged)
        }

    assert [name for name, words in said.items() if words is None or not words.title] == []
    assert [name for name, words in said.items() if not name[1] and words and not words.text] == []
    if language != "en":
        with office.app.test_request_context(headers={"Accept-Language": "en"}):
            english = {check.name: PROOFS[check.name](check.data, facts, True) for check in checks(GOOD)}
        same = [name for name, ok in said if ok and said[name, ok] == english[name]]
        assert same == []


def test_words_are_there_for_what_is_checked_beside_the_judgement() -> None:
    assert set(PROOFS) - names_in_the_source() == {"tries", "known", "discount", "beside"}
