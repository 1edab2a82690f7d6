"""Changes that one admin alone may not make: proposed, decided by somebody else, done as they were shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from flask_firstline import signals
from flask_firstline.models import (
    Approval,
    ApprovalKind,
    Audit,
    CommissionTerms,
    Coupon,
    ExchangeRate,
    Outbox,
    PayoutRun,
    PayoutSettings,
)
from flask_firstline.services import approval_mails, approval_rules, approvals, standalone_users
from flask_firstline.services.approval_rules import Rule
from flask_firstline.services.approvals import Proposal, Who
from flask_firstline.services.context import Context
from flask_firstline.services.mails import Receiver
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


def told(shop: Office) -> list[tuple[str, str]]:
    """Give the mails to the staff that wait: what they are about, and to whom they go."""
    rows = [row.payload for row in shop.rows(Outbox) if row.topic == "mail"]
    return [(row["letter"], row["admin_id"]) for row in rows]


def reads_mails(shop: Office, *names: str) -> None:
    for name in names:
        page = f"{PREFIX}/approvals/mails"
        assert send(shop.browser(name), page, {"email": f"{name}@shop.example"}).status_code == 303


def test_who_may_approve_is_told_and_who_proposed_it_what_became_of_it(office: Office) -> None:
    switch_on(office, "rates")
    reads_mails(office, "ines", "otto", "max")

    propose(office.browser("otto"), f"{PREFIX}/rates/new", RATE)
    assert told(office) == [("approval_waits", "admin:1")]

    decide(office.ines(), "approve")
    assert told(office)[1:] == [("approval_decided", "admin:3")]


def test_an_owner_ends_the_mails_of_who_has_left(office: Office) -> None:
    switch_on(office, "rates")
    reads_mails(office, "otto", "finja")
    page = office.ines().get(f"{PREFIX}/approvals/mails")
    assert "Otto Berg, otto@shop.example, may approve" in text(page)
    assert "otto@shop.example" not in text(office.browser("finja").get(f"{PREFIX}/approvals/mails"))

    token = hidden(page.get_data(as_text=True))[:1]
    office.ines().post(f"{PREFIX}/approvals/mails/end", data=multi([*token, ("admin_id", "admin:3")]))
    reads_mails(office, "finja")

    propose(office.browser("finja"), f"{PREFIX}/rates/new", RATE)
    assert told(office) == []
    answer = send(office.browser("finja"), f"{PREFIX}/approvals/mails", {"email": "finja at home"})
    assert (answer.status_code, "no e-mail address" in text(answer)) == (422, True)


def test_owners_with_a_log_in_of_the_standalone_app_are_told_without_asking(office: Office) -> None:
    for name, role in (("olga", "owner"), ("mia", "marketing")):
        wanted = standalone_users.Wanted(email=f"{name}@shop.example", name=name, role=role)
        act(office, partial(standalone_users.add, wanted=wanted, who="o"))
    proposal = Proposal(kind=ApprovalKind.RATES, path="/", form=(), language="en", entries=())

    def propose_one(ctx: Context, asker: Who) -> None:
        made = approvals.propose(ctx.conn, proposal, asker, now=ctx.now)
        approval_mails.tell_waiting(ctx, made, asker, link="https://shop.example")

    act(office, partial(propose_one, asker=Who(name="mia", id="admin:2")))

    assert told(office) == [("approval_waits", "admin:1")]
    payload = office.rows(Outbox)[0].payload
    found = act(office, lambda ctx: approval_mails.receiver(ctx.conn, payload))
    assert found == Receiver(email="olga@shop.example", name="olga")
    act(office, lambda ctx: approvals.withdraw(ctx.conn, 1, Who(name="mia", id="admin:2"), now=ctx.now))
    assert act(office, lambda ctx: approval_mails.receiver(ctx.conn, payload)) is None


@pytest.mark.both_databases
def test_the_database_itself_lets_nobody_approve_an_own_proposal(office: Office) -> None:
    switch_on(office, "rates")
    propose(office.browser("finja"), f"{PREFIX}/rates/new", RATE)
    approved = {"state": "approved", "decided_by_id": "admin:13", "decided_at": office.clock.now}

    with pytest.raises(IntegrityError, match="four_eyes"), office.transaction() as session:
        session.execute(update(Approval).values(**approved))

    assert states(office) == ["waiting"]


RISKY = [
    ("rates", {}, "rate set USD EUR 0.92"),
    ("terms", {}, "terms set --level 1 --percent 12"),
    ("coupon", {"budget": "100"}, "coupon add Ten --percent 10 --budget 500"),
]


@pytest.mark.parametrize(("kind", "limits", "command"), RISKY)
def test_the_command_line_refuses_what_somebody_else_must_approve(
    office: Office, kind: str, limits: dict[str, str], command: str
) -> None:
    switch_on(office, kind, **limits)
    before = office.acts()

    answer = office.app.test_cli_runner().invoke(args=["firstline", *command.split()])

    assert answer.exit_code == 1
    assert "Somebody else must approve this" in answer.output
    assert office.acts() == before
    switch_off = {ApprovalKind(kind): Rule()}
    act(office, lambda ctx: approval_rules.save(ctx.conn, switch_off, who="o", now=ctx.now))
    assert office.app.test_cli_runner().invoke(args=["firstline", *command.split()]).exit_code == 0


def test_a_large_payout_is_not_released_on_the_command_line_and_nobody_is_told(office: Office) -> None:
    story(office)
    switch_on(office, "payout", sum="0.50")
    wants(office, "meier")
    earned(office, "p1")
    run(office)
    heard = []
    with signals.payout_paid.connected_to(lambda *_, **data: heard.append(data), office.app):
        answer = office.app.test_cli_runner().invoke(
            args=["firstline", "payout", "release", "1", "--count", "1", "--sum", "11.68"]
        )

    assert "release of a payout run" in answer.output
    assert ([row.state for row in office.rows(PayoutRun)], heard) == (["draft"], [])
