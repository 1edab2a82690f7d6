"""Statements on the admin pages: settings, tax data, issuing with a preview, objections, issuing anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.admin import statement_pages
from flask_firstline.models import Statement, StatementSettings, TaxRecord
from flask_firstline.services import holds
from tests.service.pay_kit import act, contact_id, earned, settle
from tests.service.statement_kit import DATA, SHOP, issue, issued, issuer, last_month, next_month, taxed

from .office import PREFIX, VERA, Office, hidden, rows, send, story, text

LIST, NEW, SETTINGS = f"{PREFIX}/statements", f"{PREFIX}/statements/new", f"{PREFIX}/statements/settings"
CALM = {"vat_rate": "19", "number_prefix": "GS-", "agreement_version": "1"}


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        story(shop)
        earned(shop, "p1")
        act(shop, holds.release_all_due)
        next_month(shop)
        yield shop


def press(browser: FlaskClient, address: str, **given: str) -> TestResponse:
    """Press a button, with the token of the settings' form."""
    token = dict(hidden(browser.get(SETTINGS).text))["firstline_token"]
    return browser.post(address, data={"firstline_token": token, **given})


def test_the_shop_says_who_it_is(office: Office) -> None:
    ines = office.ines()

    answer = send(ines, SETTINGS, {**SHOP, **CALM, "with_payouts": "y"})

    (row,) = office.rows(StatementSettings)
    assert answer.status_code == 303
    assert (row.name, row.vat_id, str(row.vat_rate), row.with_payouts) == (
        "Lindenhof GmbH", "DE136695976", "19", True
    )  # fmt: skip
    assert ("Ines Walter", "set", "statement settings") in office.acts()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number_prefix": "GS 1"}, "Only letters, digits"),
        ({"vat_rate": "100"}, "below 100"),
        ({"vat_id": "DE1"}, "look otherwise"),
        ({"vat_id": ""}, "one of them is needed"),
        ({"agreement_version": "a/b"}, "Only letters, digits"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_their_field(
    office: Office, wrong: dict[str, str], said: str
) -> None:
    answer = send(office.ines(), SETTINGS, {**SHOP, **CALM, **wrong})

    assert answer.status_code == 422
    assert said in text(answer)


def test_the_preview_says_who_gets_a_statement_and_who_not(office: Office) -> None:
    ines = office.ines()
    assert "own data is missing" in text(ines.get(NEW))
    issuer(office)
    taxed(office)

    said = text(ines.get(NEW))

    assert "Hans Meier" in said and "will be issued" in said
    assert "Petra Schulte" in said and "Tax data is missing or incomplete" in said
    assert "Issue 1 statement" in said
    assert office.rows(Statement) == []


def test_statements_are_issued_once_by_the_button(office: Office) -> None:
    issuer(office)
    taxed(office)
    ines = office.ines()
    month = f"{last_month(office):%Y-%m}"

    first = press(ines, NEW, month=month)
    second = press(ines, NEW, month=month)

    assert first.location == second.location == LIST
    assert len(issued(office)) == 1
    assert rows(ines.get(LIST)) == [issued(office)[0].number]
    assert "Hans Meier" in text(ines.get(LIST))
    assert issued(office)[0].number in ines.get(f"{LIST}.csv").text


def test_a_month_that_is_not_over_is_refused_in_words(office: Office) -> None:
    issuer(office)
    ines = office.ines()

    answer = press(ines, NEW, month=f"{office.state.now():%Y-%m}")

    assert "This month is not over yet" in text(ines.get(answer.location))


def test_an_objection_by_letter_is_noted_and_the_statement_issued_anew(office: Office) -> None:
    issuer(office)
    taxed(office)
    (one,), _skipped = issue(office, last_month(office))
    ines, page = office.ines(), f"{LIST}/{one}"
    assert "Self-billing invoice" in text(ines.get(page))

    send(ines, f"{page}/objection", {"why": "wrote a letter"})
    waiting = text(ines.get(LIST))
    answer = send(ines, f"{page}/again", {}, form_at=page)

    old, new = issued(office)
    assert "to be issued anew" in waiting and "Statements 1 open" in waiting
    assert (old.voided_by, old.objection) == ("Ines Walter", "wrote a letter")
    assert (answer.location, new.replaces_id) == (f"{LIST}/{new.id}", old.id)
    assert f"In place of {old.number}" in text(ines.get(answer.location))
    assert new.number in text(ines.get(page))


def test_an_admin_keeps_the_tax_data_of_a_partner(office: Office) -> None:
    issuer(office)
    ines, meier = office.ines(), contact_id(office, "meier")
    form, card = f"{PREFIX}/contacts/{meier}/tax", f"{PREFIX}/contacts/{meier}"
    assert "not said yet" in text(ines.get(card))

    wrong = send(ines, form, {**DATA, "vat_id": "DE1"})
    answer = send(ines, form, {**DATA, "agrees": "y"})

    assert wrong.status_code == 422 and "look otherwise" in text(wrong)
    assert 'name="agrees"' in wrong.text and 'name="agrees"' not in ines.get(form).text
    assert answer.location == card
    assert office.rows(TaxRecord)[0].agreed_at is not None
    assert "Charges VAT, Hans Meier, 214/5120/0987" in text(ines.get(card))
    assert ("Ines Walter", "tax data", "partner") in office.acts()
    assert "Tax number: 214/5120/0987" in text(ines.get(f"{PREFIX}/audit"))


def test_the_preview_of_many_shows_first_for_whom_something_is_missing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer(office)
    taxed(office)
    monkeypatch.setattr(statement_pages, "SHOWN", 2)

    said = text(office.ines().get(NEW))

    assert "and 1 more" in said and "Issue 1 statement" in said
    assert "Petra Schulte" in said and "will be issued" not in said


def test_the_lines_of_a_statement_are_a_file(office: Office) -> None:
    issuer(office)
    taxed(office)
    (one,), _skipped = issue(office, last_month(office))

    assert ",p1,1,10.00,EUR" in office.ines().get(f"{LIST}/{one}.csv").text


def test_who_only_looks_issues_nothing(office: Office) -> None:
    issuer(office)
    taxed(office)
    (one,), _skipped = issue(office, last_month(office))
    vera = office.browser(VERA)

    assert vera.get(LIST).status_code == 200
    assert vera.get(f"{LIST}/{one}").status_code == 403
    assert vera.get(NEW).status_code == vera.get(SETTINGS).status_code == 403


def test_the_run_says_who_is_skipped_for_tax_data(office: Office) -> None:
    settle(office, tax_gate=True)
    ines = office.ines()
    send(ines, f"{PREFIX}/payout_runs/new", {})

    said = text(ines.get(f"{PREFIX}/payout_runs/1"))

    assert "Tax data, or the agreement to statements, is missing" in said
    assert "The partner completes it in the desk" in said
