"""The desk's payouts: what was paid, and how the partner wants to be paid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.domain.payout import Method
from flask_firstline.models import Outbox, PayoutDetails
from flask_firstline.testing import FakeShop
from tests.service.kit import set_up
from tests.service.pay_kit import IBANS, earned, fail, payout, release, run, wants

from .office import hidden, text

COMMISSIONS = "/firstline/desk/commissions"
PAGE, FORM = "/firstline/desk/payouts", "/firstline/desk/payouts/details"
BANK = {"method": "sepa", "holder": "Hans Meier", "iban": "DE89 3704 0044 0532 0130 00"}


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    with FakeShop(firstline_url) as made:
        set_up(made)
        yield made


@pytest.fixture
def meier(shop: FakeShop) -> FlaskClient:
    return shop.browser("meier")


def send(browser: FlaskClient, address: str = FORM, **given: str) -> TestResponse:
    token = dict(hidden(browser.get(FORM).get_data(as_text=True)))["firstline_token"]
    return browser.post(address, data={"firstline_token": token, **given})


def test_a_partner_without_details_is_told_to_give_them(meier: FlaskClient) -> None:
    assert "Say how you want to be paid" in text(meier.get(PAGE))


def test_first_details_hold_at_once_and_only_their_end_shows(shop: FakeShop, meier: FlaskClient) -> None:
    answer = send(meier, **BANK)

    page = meier.get(PAGE)
    assert answer.status_code == 303
    assert "DE·· 3000" in text(page)
    assert "DE8937" not in page.text + meier.get(FORM).text
    assert shop.rows(PayoutDetails)[0].data["iban"] == IBANS["meier"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"iban": "DE88 3704 0044 0532 0130 00"}, "check digits do not fit"),
        ({"iban": "DE89 3704 0044 0532 0130"}, "missing or too many"),
        ({"iban": "XX89 3704 0044 0532 0130 00"}, "No country"),
        ({"iban": "BR1500000000000010932840814P2"}, "cannot be reached by SEPA"),
        ({"iban": ""}, "Please fill this in"),
        ({"holder": ""}, "Please fill this in"),
        ({"bic": "NEDSZAJJ"}, "different countries"),
        ({"bic": "X"}, "8 or 11"),
        ({"street": "Am Weg"}, "only with town and country"),
        ({"method": "paypal", "paypal": "hans"}, "no e-mail address"),
        ({"method": "gold"}, "choose one"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field_and_stays_typed(
    shop: FakeShop, meier: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    answer = send(meier, **{**BANK, **wrong})

    assert answer.status_code == 422
    assert said in text(answer)
    assert shop.rows(PayoutDetails) == []


def test_a_change_holds_after_the_cool_down_and_is_told(shop: FakeShop, meier: FlaskClient) -> None:
    send(meier, **BANK)
    earned(shop)

    send(meier, **{**BANK, "iban": IBANS["schulz"]})

    assert "NL·· 4300" in text(meier.get(PAGE))
    assert "If it was not you, take the change back" in text(meier.get(PAGE))
    assert len(shop.rows(Outbox, topic="payout_details_changed")) == 1
    shop.clock.advance(days=4)
    assert "If it was not you" not in text(meier.get(PAGE))
    number = run(shop)
    assert payout(shop, number, "meier").details["iban"] == IBANS["schulz"]


def test_a_change_that_was_not_the_partners_is_taken_back(shop: FakeShop, meier: FlaskClient) -> None:
    send(meier, **BANK)
    send(meier, **{**BANK, "iban": IBANS["schulz"]})

    send(meier, f"{FORM}/withdraw")

    shop.clock.advance(days=4)
    assert "DE·· 3000" in text(meier.get(PAGE))
    assert "NL·· 4300" not in text(meier.get(PAGE))


def test_payouts_are_listed_with_where_they_stand(shop: FakeShop, meier: FlaskClient) -> None:
    wants(shop, "meier")
    earned(shop)
    number = run(shop)
    assert "Here stands every payout" in text(meier.get(PAGE))
    release(shop, number)
    fail(shop, payout(shop, number, "meier").id, "account closed")

    said = text(meier.get(PAGE))

    assert "did not arrive" in said and "account closed" in said and "10.00" in said
    assert "PAYOUT-1" in meier.get(f"{PAGE}.csv").text


def test_commissions_name_the_payout_that_they_are_in(shop: FakeShop, meier: FlaskClient) -> None:
    wants(shop, "meier")
    earned(shop)
    assert "in payout" not in text(meier.get(COMMISSIONS))
    release(shop, run(shop))

    assert "in payout 1" in text(meier.get(f"{COMMISSIONS}?state=paid_out"))
    assert "Nothing matches" in text(meier.get(f"{COMMISSIONS}?state=payable"))


def test_store_credit_shows_its_code_to_the_partner_alone(shop: FakeShop, meier: FlaskClient) -> None:
    wants(shop, "meier", Method.CREDIT)
    earned(shop)
    release(shop, run(shop))

    assert "CREDIT-" in text(meier.get(PAGE))
    assert "CREDIT-" not in text(shop.browser("schulz").get(PAGE))
