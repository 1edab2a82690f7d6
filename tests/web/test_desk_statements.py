"""The desk's statements: tax data, documents, and the objection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.models import NoticeOff, Statement, TaxRecord
from flask_firstline.services import holds
from flask_firstline.testing import FakeShop
from tests.service.kit import set_up
from tests.service.pay_kit import act, earned
from tests.service.statement_kit import DATA, issue, issuer, reissue, taxed

from .office import hidden, text

LIST, FORM = "/firstline/desk/statements", "/firstline/desk/tax"


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    with FakeShop(firstline_url) as made:
        set_up(made)
        issuer(made)
        yield made


@pytest.fixture
def meier(shop: FakeShop) -> FlaskClient:
    return shop.browser("meier")


def send(browser: FlaskClient, address: str = FORM, **given: str) -> TestResponse:
    token = dict(hidden(browser.get(FORM).get_data(as_text=True)))["firstline_token"]
    return browser.post(address, data={"firstline_token": token, **given})


def with_statement(shop: FakeShop) -> int:
    """Let meier have a statement over 10.00; give its id."""
    taxed(shop)
    earned(shop)
    act(shop, holds.release_all_due)
    return issue(shop)[0][0]


def test_tax_data_and_the_agreement_are_kept_with_their_day(shop: FakeShop, meier: FlaskClient) -> None:
    assert "Your tax data is not complete" in text(meier.get(LIST))

    answer = send(meier, **DATA, agrees="y")

    (row,) = shop.rows(TaxRecord)
    assert answer.status_code == 303
    assert (row.name, row.status, row.agreement_version) == ("Hans Meier", "regular", "1")
    assert row.agreed_at == shop.state.now()
    assert "You agreed on" in text(meier.get(FORM))
    assert "not complete" not in text(meier.get(LIST))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Please fill this in"),
        ({"vat_id": "DE12"}, "look otherwise"),
        ({"tax_number": ""}, "tax number or the VAT id"),
        ({"country": "NL"}, "another country than the shop"),
        ({"status": "foreign"}, "own country"),
        ({"status": "rich"}, "choose one"),
        ({"agrees": ""}, "Without your agreement"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field_and_stays_typed(
    shop: FakeShop, meier: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    answer = send(meier, **{**DATA, "agrees": "y", **wrong})

    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="50667"' in answer.text
    assert shop.rows(TaxRecord) == []


def test_a_statement_says_all_that_the_law_asks_for(shop: FakeShop, meier: FlaskClient) -> None:
    one = with_statement(shop)

    said = text(meier.get(f"{LIST}/{one}"))

    for part in (
        "Self-billing invoice", "Lindenhof GmbH", "DE136695976", "Hans Meier", "Tax number: 214/5120/0987",
        "Period of the services", "€8.40", "VAT 19%", "€1.60", "€10.00", "GS-",
    ):  # fmt: skip
        assert part in said, part


def test_a_statement_speaks_the_readers_language(shop: FakeShop, meier: FlaskClient) -> None:
    one = with_statement(shop)

    titles = [
        text(meier.get(f"{LIST}/{one}", headers={"Accept-Language": language}))
        for language in ("de", "nl", "ru")
    ]

    assert "Gutschrift" in titles[0] and "Umsatzsteuer 19" in titles[0]
    assert "Factuur uitgereikt door afnemer" in titles[1]
    assert "self-billing" in titles[2] and "НДС" in titles[2]


def test_an_objection_ends_the_effect_and_the_new_one_is_linked(shop: FakeShop, meier: FlaskClient) -> None:
    one = with_statement(shop)

    answer = send(meier, f"{LIST}/{one}/objection", why="My rate is 7 %")

    page = text(meier.get(f"{LIST}/{one}"))
    assert answer.status_code == 303
    assert "Without effect since" in page and "My rate is 7 %" in page
    assert "Object to this statement" not in page
    new = reissue(shop, one)
    assert f'href="{LIST}/{new}"' in meier.get(f"{LIST}/{one}").text
    assert "In place of GS-" in text(meier.get(f"{LIST}/{new}"))


def test_an_objection_says_what_is_wrong(shop: FakeShop, meier: FlaskClient) -> None:
    one = with_statement(shop)

    answer = send(meier, f"{LIST}/{one}/objection", why=" ")

    assert answer.status_code == 422
    assert "Please say what is wrong" in text(answer)
    assert shop.rows(Statement)[0].voided_at is None


def test_nobody_sees_or_objects_to_the_statements_of_others(shop: FakeShop) -> None:
    one = with_statement(shop)
    schulz = shop.browser("schulz")

    assert schulz.get(f"{LIST}/{one}").status_code == 404
    assert send(schulz, f"{LIST}/{one}/objection", why="mine").status_code == 404
    assert "GS-" not in text(schulz.get(LIST)) + schulz.get(f"{LIST}.csv").text


def test_the_list_and_its_file_say_the_sums(shop: FakeShop, meier: FlaskClient) -> None:
    with_statement(shop)

    assert "€8.40 €1.60 €10.00 issued" in text(meier.get(LIST))
    assert ",8.40,1.60,10.00,EUR,issued" in meier.get(f"{LIST}.csv").text


def test_the_lines_of_a_statement_are_a_file(shop: FakeShop, meier: FlaskClient) -> None:
    one = with_statement(shop)
    file = f"{LIST}/{one}.csv"

    assert f'href="{file}"' in meier.get(f"{LIST}/{one}").text
    assert ",Article a,o1,1,10.00,EUR" in meier.get(file).text
    assert shop.browser("schulz").get(file).status_code == 404


def test_settings_lead_to_all_that_can_be_set_and_keep_which_mails_are_wanted(
    shop: FakeShop, meier: FlaskClient
) -> None:
    page = "/firstline/desk/settings"
    first = meier.get(page)
    assert first.text.count(" checked") == 5 and first.text.count(" disabled") == 1
    assert FORM in first.text and "/firstline/desk/payouts/details" in first.text

    answer = send(meier, f"{page}/notices", kind="payout_failed")

    assert answer.location == page
    assert {row.kind for row in shop.rows(NoticeOff)} == {"payout_paid", "statement_issued", "postback_off"}
    assert meier.get(page).text.count(" checked") == 2
