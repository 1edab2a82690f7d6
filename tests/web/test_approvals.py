"""Changes that one admin alone may not make: proposed, decided by somebody else, done as they were shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from flask_firstline.models import (
    Approval,
    ApprovalKind,
    Audit,
    CommissionTerms,
    Coupon,
    ExchangeRate,
    PayoutRun,
    PayoutSettings,
)
from flask_firstline.services import approval_rules
from flask_firstline.services.approval_rules import Rule
from flask_firstline.testing import FakeShop, make_coupon, make_terms
from tests.service.pay_kit import act, earned, run, wants

from .office import PREFIX, Office, hidden, multi, send, story, text

COUPON = {"name": "Ten", "kind": "percent", "percent": "10", "currency": "EUR"}
RATE = {"base": "USD", "rate": "0.92", "quote": "EUR"}


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        yield shop


def switch_on(shop: Office, kind: str, **limits: str) -> None:
    rule = Rule(active=True, limits={name: Decimal(number) for name, number in limits.items()})
    act(shop, lambda ctx: approval_rules.save(ctx.conn, {ApprovalKind(kind): rule}, who="o", now=ctx.now))


def propose(browser: FlaskClient, address: str, given: Mapping[str, object], **more: str) -> TestResponse:
    """Send a form, see that somebody else must agree, and propose it."""
    asked = send(browser, address, given, **more)
    assert "Somebody else must agree to this" in text(asked), text(asked)
    carried = hidden(asked.get_data(as_text=True))
    return browser.post(address, data=multi([*carried, ("propose_why", "the summer sale")]))


def decide(browser: FlaskClient, what: str, **given: str) -> str:
    """Decide, and give what the page says then."""
    page = f"{PREFIX}/approvals/1"
    token = hidden(browser.get(f"{PREFIX}/coupons/new").get_data(as_text=True))[:1]
    assert browser.post(f"{page}/{what}", data=multi([*token, *given.items()])).status_code == 303
    return text(browser.get(page))


def states(shop: Office) -> list[str]:
    return [row.state for row in shop.rows(Approval)]


@pytest.mark.both_databases
def test_terms_wait_until_an_owner_agrees(office: Office) -> None:
    switch_on(office, "terms")
    finance, given = office.browser("finja"), {"level": "1", "kind": "percent", "percent": "12.5"}

    assert propose(finance, f"{PREFIX}/terms/new", given).status_code == 303
    assert (office.rows(CommissionTerms), states(office)) == ([], ["waiting"])
    page = office.ines().get(f"{PREFIX}/approvals/1")
    assert "Per cent: 12.5" in text(page)
    assert "the summer sale" in text(page)

    assert "approved" in decide(office.ines(), "approve", why="fine")
    assert [(row.level, row.percent) for row in office.rows(CommissionTerms)] == [(1, Decimal("12.5"))]
    assert states(office) == ["approved"]
    assert [(row.who, row.act, row.noun) for row in office.rows(Audit)][1:] == [
        ("Finja Nance", "propose", "approval"),
        ("Finja Nance", "set", "terms"),
        ("Ines Walter", "approve", "approval"),
    ]


def test_numbers_are_read_in_the_language_of_who_typed_them(office: Office) -> None:
    switch_on(office, "terms")
    finance = office.browser("finja")
    finance.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    given = {"level": "1", "kind": "fixed", "fixed": "1,25", "currency": "EUR"}
    asked = send(finance, f"{PREFIX}/terms/new", given)
    finance.post(f"{PREFIX}/terms/new", data=multi([*hidden(asked.get_data(as_text=True))]))

    decide(office.ines("en"), "approve")

    assert [row.fixed for row in office.rows(CommissionTerms)] == [125]


def test_who_proposed_it_does_not_decide_it_but_may_take_it_back(office: Office) -> None:
    switch_on(office, "rates")
    ines = office.ines()
    propose(ines, f"{PREFIX}/rates/new", RATE)

    assert "only somebody else may decide it" in decide(ines, "approve")
    assert "only somebody else may decide it" in decide(ines, "reject")
    assert states(office) == ["waiting"]
    assert "withdrawn" in decide(ines, "withdraw")
    assert (states(office), office.rows(ExchangeRate)) == (["withdrawn"], [])


def test_what_is_rejected_is_not_done_and_the_same_is_proposed_once(office: Office) -> None:
    switch_on(office, "rates")
    propose(office.browser("finja"), f"{PREFIX}/rates/new", RATE)
    propose(office.ines(), f"{PREFIX}/rates/new", RATE)
    assert states(office) == ["waiting"]

    assert "too low" in decide(office.ines(), "reject", why="too low")
    assert (states(office), office.rows(ExchangeRate)) == (["rejected"], [])
    assert "decided already" in decide(office.ines(), "approve")


@pytest.mark.both_databases
def test_a_proposal_ends_where_what_it_changes_has_changed(office: Office) -> None:
    switch_on(office, "coupon", percent="15")
    make_coupon(office.app, "Ten", percent=10)
    propose(office.browser("max"), f"{PREFIX}/coupons/1/edit", {**COUPON, "percent": "20"})
    with office.transaction() as session:
        session.execute(update(Coupon).values(percent=12))

    assert "has changed" in decide(office.ines(), "approve")

    assert (states(office), [row.percent for row in office.rows(Coupon)]) == (["stale"], [Decimal(12)])


def test_coupons_ask_only_above_their_limits(office: Office) -> None:
    switch_on(office, "coupon", percent="15", budget="1000", max_uses="100")
    browser, kept = office.browser("max"), {**COUPON, "budget": "900", "max_uses": "50"}
    assert send(browser, f"{PREFIX}/coupons/new", COUPON).status_code == 303
    edit = f"{PREFIX}/coupons/1/edit"
    assert send(browser, edit, kept).status_code == 303
    before = len(office.acts())

    for raised in ({"percent": "15.5"}, {"budget": "1000.01"}, {"budget": ""}, {"max_uses": "101"}):
        assert "Somebody else must agree" in text(send(browser, edit, {**kept, **raised})), raised
    assert len(office.acts()) == before
    assert send(browser, edit, {**kept, "percent": "5"}).status_code == 303


def test_an_act_on_many_rows_waits_as_a_whole(office: Office) -> None:
    make_terms(office.app, 10, 5)
    switch_on(office, "terms")
    finance, place = office.browser("finja"), f"{PREFIX}/terms/act"
    seen = send(finance, place, {"act": "remove", "key": ["1", "2"]}, form_at=f"{PREFIX}/terms")
    asked = finance.post(place, data=multi([*hidden(seen.get_data(as_text=True))]))
    finance.post(place, data=multi([*hidden(asked.get_data(as_text=True))]))
    assert not any(row.ended for row in office.rows(CommissionTerms))

    decide(office.ines(), "approve")

    assert sum(row.ended for row in office.rows(CommissionTerms)) == 2


def test_the_account_of_the_shop_waits(office: Office) -> None:
    switch_on(office, "bank")
    given = {"debtor_name": "Shop", "debtor_iban": "DE89370400440532013000", "cool_down_days": "3"}
    propose(office.browser("finja"), f"{PREFIX}/payout_runs/settings", given)
    assert not any(row.debtor_iban for row in office.rows(PayoutSettings))
    assert "3000" not in text(office.browser("max").get(f"{PREFIX}/approvals/1"))

    decide(office.ines(), "approve")

    assert [row.debtor_iban for row in office.rows(PayoutSettings)] == ["DE89370400440532013000"]


@pytest.mark.both_databases
def test_a_large_payout_is_released_by_two(office: Office) -> None:
    story(office)
    switch_on(office, "payout", sum="0.50")
    wants(office, "meier")
    earned(office, "p1")
    run(office)
    finance, page = office.browser("finja"), f"{PREFIX}/payout_runs/1"
    confirmed = {"seen": "y", "count": "1", "sum-EUR": "11.68"}

    propose(finance, f"{page}/release", confirmed, form_at=page)
    assert [row.state for row in office.rows(PayoutRun)] == ["draft"]

    decide(office.ines(), "approve")
    assert [(row.state, row.released_by) for row in office.rows(PayoutRun)] == [("released", "Ines Walter")]


def test_the_owner_says_what_needs_approval(office: Office) -> None:
    settings, ines = f"{PREFIX}/approvals/settings", office.ines()
    given = {"coupon": "y", "coupon_percent": "15", "coupon_budget": "1000", "coupon_max_uses": "0"}

    assert send(ines, settings, given).status_code == 303

    rules = act(office, lambda ctx: approval_rules.load(ctx.conn))
    limits = {"percent": Decimal(15), "budget": Decimal(1000), "max_uses": Decimal(0)}
    assert rules[ApprovalKind.COUPON] == Rule(active=True, limits=limits)
    assert not rules[ApprovalKind.TERMS].active
    assert 'value="15"' in ines.get(settings).text


def test_a_shop_that_does_not_name_its_admins_cannot_ask_for_two() -> None:
    with FakeShop() as shop:
        answer = send(shop.browser("admin"), f"{PREFIX}/approvals/settings", {"terms": "y"})
    assert (answer.status_code, "admin_identity" in text(answer)) == (422, True)
