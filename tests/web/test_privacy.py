"""All about one person: fetched on its card, in the desk, by the command line; logged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from flask_firstline import Admin, Customer
from flask_firstline.models import Audit, Contact
from flask_firstline.testing import FakeShop, make_cart

from . import office as staff
from .cli_kit import CommandLine
from .office import PREFIX, Office, send, story

CARD = f"{PREFIX}/contacts/3"


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office() as opened:
        story(opened)
        yield opened


@pytest.fixture
def cli(shop: Office) -> CommandLine:
    return CommandLine(shop)  # type: ignore[arg-type]  # any shop that has an app


def as_(shop: Office, monkeypatch: pytest.MonkeyPatch, *roles: str) -> FlaskClient:
    monkeypatch.setitem(staff.STAFF, "finn", Admin(id="3", name="Finn", roles=roles))
    return shop.browser("finn")


def acts(shop: FakeShop) -> list[tuple[str, str, str]]:
    return [(row.who, row.act, row.subject) for row in shop.rows(Audit) if row.act in {"export", "erase"}]


def test_an_admin_fetches_all_about_a_person(shop: Office) -> None:
    answer = send(shop.ines(), f"{CARD}/export", {}, form_at=CARD)

    found = json.loads(answer.data)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="person-3.json"'
    assert found["about"] == {"contact_id": 3, "refs": ["meier"], "emails": []}
    assert "sabine@" not in answer.text
    assert acts(shop) == [("Ines Walter", "export", "#3")]


def test_support_fetches_it_and_finance_does_not(shop: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    finance = as_(shop, monkeypatch, "finance")
    assert "Download all data" not in finance.get(CARD).text
    assert send(finance, f"{CARD}/export", {}, form_at=CARD).status_code == 403

    support = as_(shop, monkeypatch, "support")
    assert "Download all data" in support.get(CARD).text
    assert send(support, f"{CARD}/export", {}, form_at=CARD).status_code == 200
    assert send(support, f"{PREFIX}/contacts/99/export", {}, form_at=CARD).status_code == 404


def test_a_partner_fetches_the_own_data_without_what_the_staff_keeps(shop: Office) -> None:
    page = "/firstline/desk/settings"
    answer = send(shop.browser("meier"), f"{page}/data", {}, form_at=page)

    found = json.loads(answer.data)
    assert found["about"]["refs"] == ["meier"]
    assert "audit" not in {part["name"] for part in found["parts"]}
    assert acts(shop) == [("partner:meier", "export", "#3")]


def test_the_command_line_fetches_by_number_or_address(
    shop: Office, cli: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "meier.json"
    assert cli.ok("person", "export", "meier", "--output", str(file)).strip() == f"Written to {file}."
    assert json.loads(file.read_text())["about"]["contact_id"] == 3
    by_mail = cli.json("person", "export", "--email", "Sabine@shop.example")
    assert by_mail["about"]["refs"] == ["sabine"]
    assert "by the customer number" in cli.refused("person", "export")
    assert "no such person" in cli.refused("person", "export", "nobody")
    assert {act for _who, act, _subject in acts(shop)} == {"export"}


def test_the_command_line_erases_who_has_no_account_in_the_shop(shop: Office, cli: CommandLine) -> None:
    shop.place(make_cart(customer=Customer(email="gast@post.example", name="Gast Silber")), "g1")
    assert "erase it there" in cli.refused("person", "erase", "sabine", "--yes")
    assert cli("person", "erase", "--email", "gast@post.example").exit_code == 1

    erased = cli.json("person", "erase", "--email", "gast@post.example", "--yes")

    assert [row.email for row in shop.rows(Contact, id=erased["id"])] == [None]
    assert [subject for _who, act, subject in acts(shop) if act == "erase"] == [f"#{erased['id']}"]
