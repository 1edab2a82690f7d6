"""The page on which a person is erased: who may, what it says before, what is refused, and what is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from flask_firstline import Admin, Customer
from flask_firstline.models import Audit, Contact
from flask_firstline.testing import make_cart

from . import office as staff
from .cli_kit import CommandLine
from .office import PREFIX, Office, send, story, text


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office() as opened:
        story(opened)
        opened.place(make_cart(customer=Customer(email="gast@post.example", name="Gast Silber")), "g1")
        yield opened


@pytest.fixture
def cli(shop: Office) -> CommandLine:
    return CommandLine(shop)  # type: ignore[arg-type]  # any shop that has an app


def as_(shop: Office, monkeypatch: pytest.MonkeyPatch, *roles: str) -> FlaskClient:
    monkeypatch.setitem(staff.STAFF, "finn", Admin(id="3", name="Finn", roles=roles))
    return shop.browser("finn")


def page_of(shop: Office, **who: str) -> str:
    return f"{PREFIX}/contacts/{shop.rows(Contact, **who)[0].id}/erase"


def erased(shop: Office) -> list[int]:
    return [row.id for row in shop.rows(Contact) if row.erased_at is not None]


def test_the_page_says_in_numbers_what_goes_and_looking_erases_nobody(shop: Office) -> None:
    said = text(shop.ines().get(page_of(shop, email="gast@post.example")))

    assert "Contact data, log-in, consents 0 1 0 A number that names nobody" in said
    assert "Audit log, suspicions 0 0 0" in said
    assert "Orders, codes and their uses" in said
    assert erased(shop) == []
    assert [row.act for row in shop.rows(Audit, act="erase")] == []


def test_a_person_goes_once_the_number_is_typed(shop: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    at, finn = page_of(shop, email="gast@post.example"), as_(shop, monkeypatch, "support")
    number = f"#{at.split('/')[-2]}"

    assert "not the number" in text(send(finn, at, {"number": "#1"}))
    assert erased(shop) == []
    assert send(finn, at, {"number": number}).status_code == 303
    assert [f"#{one}" for one in erased(shop)] == [number]
    assert [(row.who, row.subject) for row in shop.rows(Audit, act="erase")] == [("Finn", number)]
    assert finn.get(at).status_code == 404


def test_who_has_an_account_in_the_shop_is_erased_here_only_where_that_is_ticked(shop: Office) -> None:
    at, browser = page_of(shop, ref="sabine"), shop.ines()

    assert "Erased there, it goes here by itself" in text(browser.get(at))
    assert "tick that it stays" in text(send(browser, at, {"number": "sabine"}))
    assert erased(shop) == []
    assert send(browser, at, {"number": "sabine", "account": "y"}).status_code == 303
    assert len(erased(shop)) == 1


def test_a_partner_with_something_owed_is_refused_in_words(shop: Office) -> None:
    at, browser = page_of(shop, ref="meier"), shop.ines()

    said = text(browser.get(at))
    assert "End the partnership first." in said and "Pay it out" in said
    assert "Erase for good" not in said
    sent = send(browser, at, {"number": "meier", "account": "y"}, form_at=page_of(shop, ref="sabine"))
    assert sent.status_code == 422
    assert erased(shop) == []


def test_others_of_the_staff_do_not_erase(shop: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    finance = as_(shop, monkeypatch, "finance")

    assert finance.get(page_of(shop, ref="sabine")).status_code == 403
    assert "Erase this person" not in finance.get(page_of(shop, ref="sabine").removesuffix("/erase")).text


def test_the_command_line_says_what_would_go_and_what_is_open(shop: Office, cli: CommandLine) -> None:
    told = cli.json("person", "erase", "meier", "--dry-run")
    assert told["open"] == ["partner", "balance", "account"]
    assert {line["group"] for line in told["lines"]} >= {"who", "money", "log"}
    assert "Still open: nothing." in cli.ok("person", "erase", "--email", "gast@post.example", "--dry-run")
    assert erased(shop) == []
    assert "is a partner" in cli.refused("person", "erase", "meier", "--yes", "--with-account")
    cli.ok("person", "erase", "sabine", "--yes", "--with-account")
    assert len(erased(shop)) == 1
