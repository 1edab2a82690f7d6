"""Rates and the partner's currency, on the admin pages, the command line, and as the partner sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Accrual, Document, Waiting
from flask_firstline.state import state_of
from tests.service.pay_kit import books_agree, contact_id, earn

from .office import PREFIX, Office, rows, send, story, text

RATES, WAITING = f"{PREFIX}/rates", f"{PREFIX}/waiting"


@pytest.fixture
def office(firstline_url: str) -> Iterator[Office]:
    with Office(firstline_url) as shop:
        story(shop)
        yield shop


def pays_in(office: Office, code: str = "USD") -> TestResponse:
    card = f"{PREFIX}/contacts/{contact_id(office, 'meier')}"
    return send(office.ines(), f"{card}/currency", {"payout_currency": code, "why": "lives abroad"})


def set_rate(browser: FlaskClient, **given: str) -> TestResponse:
    values = {"base": "EUR", "rate": "1.0834", "quote": "usd", "day": "", "source": "central bank"}
    return send(browser, f"{RATES}/new", {**values, **given})


def test_the_card_says_in_which_currency_a_partner_is_paid(office: Office) -> None:
    assert pays_in(office).status_code == 303
    card = f"{PREFIX}/contacts/{contact_id(office, 'meier')}"

    assert "Is paid in USD" in text(office.ines().get(card))
    assert pays_in(office, "US").status_code == 422
    assert pays_in(office, "USD").status_code == 422
    assert ("Ines Walter", "payout currency", "partner") in office.acts()


def test_a_rate_is_entered_and_used(office: Office) -> None:
    ines = office.ines()
    pays_in(office)

    answer = set_rate(ines)
    earn(office, "p1")

    assert answer.status_code == 303, text(answer)
    assert rows(ines.get(RATES)) == ["EUR → USD"]
    page = text(ines.get(f"{PREFIX}/why/{office.rows(Document, ref='p1')[0].id}"))
    assert "$10.83" in page and "€10.00 at 1.0834 of" in page and "The books add up" in page
    assert "€10.00 at 1.0834" in text(ines.get(f"{PREFIX}/accruals"))
    desk = text(office.browser("meier").get("/firstline/desk/commissions"))
    assert "$10.83" in desk and "Converted at 1.0834" in desk
    assert books_agree(office)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rate": "0"}, "This is no rate"),
        ({"rate": "x"}, "This is no rate"),
        ({"rate": "1.00000000001"}, "This is no rate"),
        ({"quote": "EUR"}, "between two currencies"),
        ({"base": "EURO"}, "This is no currency"),
    ],
)
def test_what_is_no_rate_is_refused(office: Office, wrong: dict[str, str], said: str) -> None:
    answer = set_rate(office.ines(), **wrong)

    assert answer.status_code == 422
    assert said in text(answer)


def test_what_waits_for_a_rate_is_listed_with_its_reason(office: Office) -> None:
    ines = office.ines()
    pays_in(office)

    earn(office, "p1")

    assert rows(ines.get(WAITING)) == ["Hans Meier"]
    assert "No rate to USD" in text(ines.get(WAITING))
    page = text(ines.get(f"{PREFIX}/why/{office.rows(Document, ref='p1')[0].id}"))
    assert "Hans Meier: €10.00 waits for a rate to USD." in page and "The books add up" in page


def test_a_rate_posts_what_waited_for_it_at_once(office: Office) -> None:
    ines = office.ines()
    pays_in(office)
    earn(office, "p1")
    earn(office, "p2")

    answer = set_rate(ines)

    assert "Commissions of 2 orders had waited for it and are posted." in text(ines.get(answer.location))
    assert office.rows(Waiting) == []
    assert [row.amount for row in office.rows(Accrual, currency="USD")] == [1083, 1083]
    assert books_agree(office)


def test_many_that_waited_are_left_to_the_worker(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_firstline.admin.rates.POSTED_AT_ONCE", 1)
    ines = office.ines()
    pays_in(office)
    earn(office, "p1")
    earn(office, "p2")

    said = text(ines.get(set_rate(ines).location))

    assert "Commissions of 1 order had waited for it and are posted. More of them" in said
    assert len(office.rows(Waiting)) == 1
    with office.app.app_context():
        work_once(state_of(office.app))
    assert office.rows(Waiting) == []
    assert books_agree(office)


def test_a_rate_of_a_day_to_come_or_of_another_pair_posts_nothing(office: Office) -> None:
    ines = office.ines()
    pays_in(office)
    earn(office, "p1")

    for other in ({"day": "2100-01-01"}, {"quote": "CHF"}):
        answer = set_rate(ines, **other)
        assert "Nothing that it holds for has waited." in text(ines.get(answer.location))
    assert len(office.rows(Waiting)) == 1


def test_rates_on_the_command_line(office: Office, tmp_path: Path) -> None:
    def cli(*words: str) -> str:
        answer = office.app.test_cli_runner().invoke(args=["firstline", "rate", *words])
        return str(answer.output)

    assert cli("currency", "meier", "usd") == "meier is paid in USD.\n"
    earn(office, "p1")
    assert "no_rate" in cli("waiting")
    file = tmp_path / "rates.csv"
    file.write_text(
        "from,to,rate,day,source\nEUR,USD,1.0834,2020-01-01,bank\nUSD,EUR,0.92,,\n", encoding="utf-8"
    )

    assert "2 rates are new or changed; commissions of 1 orders" in cli("import", str(file))

    assert office.rows(Waiting) == []
    assert {row.amount for row in office.rows(Accrual, currency="USD")} == {1083}
    assert "1.0834" in cli("list")
    assert "0 rates" in cli("set", "EUR", "USD", "1.0834", "--day", "2020-01-01", "--source", "bank")
    assert "is no rate" in cli("set", "EUR", "USD", "much")
    assert cli("currency", "meier", "--none") == "meier is paid in the currency of each sale.\n"
    assert "Give a currency" in cli("currency", "meier")
    assert books_agree(office)
