"""Disputes on the admin pages and the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline import Admin
from flask_firstline.domain.payout import Method
from flask_firstline.models import Dispute, Document
from tests.service.pay_kit import books_agree, earned, wants

from . import office as office_kit
from .office import PREFIX, Office, rows, send, story, text

LIST = f"{PREFIX}/disputes"


@pytest.fixture
def office(firstline_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    mara = Admin(id="4", name="Mara Market", roles=("marketing",))
    monkeypatch.setattr(office_kit, "STAFF", {**office_kit.STAFF, "mara": mara})
    with Office(firstline_url) as shop:
        story(shop)
        yield shop


@pytest.fixture
def why(office: Office) -> str:
    """Give the page of the paid order."""
    return f"{PREFIX}/why/{office.rows(Document, ref='o1')[0].id}"


def opened(browser: FlaskClient, why: str, reason: str = "card reported stolen") -> TestResponse:
    return send(browser, f"{why}/dispute", {"why": reason})


def test_a_dispute_is_opened_on_the_page_of_the_order(office: Office, why: str) -> None:
    ines = office.ines()
    assert "Open a dispute" in text(ines.get(why))
    assert "until the dispute is decided: €2.68" in text(ines.get(f"{why}/dispute"))

    answer = opened(ines, why)

    assert answer.status_code == 303, text(answer)
    page = text(ines.get(why))
    assert "A dispute is open" in page and "card reported stolen" in page
    assert rows(ines.get(LIST)) == ["2026-11873"]
    assert "held by a dispute" in text(ines.get(f"{PREFIX}/accruals?state=held"))
    assert ("Ines Walter", "open dispute", "order") in office.acts()
    assert "held by a dispute" in text(office.browser("meier").get("/firstline/desk/commissions"))


def test_it_is_decided_once(office: Office, why: str) -> None:
    ines = office.ines()
    opened(ines, why)

    assert "All that the order earned is reversed" in text(ines.get(f"{LIST}/1/lost"))
    assert send(ines, f"{LIST}/1/lost", {"why": ""}).status_code == 422
    assert send(ines, f"{LIST}/1/lost", {"why": "no proof"}).status_code == 303
    again = send(ines, f"{LIST}/1/won", {"why": "proof found"})

    assert again.status_code == 422 and "decided already" in text(again)
    assert office.rows(Dispute)[0].state == "lost"
    assert "A dispute is open" not in text(ines.get(why))
    assert books_agree(office)


def test_a_second_one_about_the_same_order_is_refused(office: Office, why: str) -> None:
    ines = office.ines()
    opened(ines, why)

    answer = opened(ines, why)

    assert answer.status_code == 422 and "open already" in text(answer)


def test_the_payout_preview_names_the_dispute(office: Office, why: str) -> None:
    wants(office, "meier", Method.CASH)
    earned(office, "p1")
    ines = office.ines()
    opened(ines, why)

    answer = send(ines, f"{PREFIX}/payout_runs/new", {})

    page = text(ines.get(answer.location))
    assert "A dispute is open: 2026-11873" in page and "Is payable when the dispute is won" in page


def test_only_finance_and_owners_decide(office: Office, why: str) -> None:
    opened(office.ines(), why)
    mara = office.browser("mara")

    assert mara.get(f"{why}/dispute").status_code == 403
    assert mara.get(f"{LIST}/1/won").status_code == 403
    assert "It is won" not in text(mara.get(why))
    assert office.ines().get(f"{LIST}/9/won").status_code == 404
    assert office.ines().get(f"{PREFIX}/why/999/dispute").status_code == 404


def test_disputes_on_the_command_line(office: Office) -> None:
    def cli(*words: str) -> tuple[int, str]:
        answer = office.app.test_cli_runner().invoke(args=["firstline", "dispute", *words])
        return answer.exit_code, answer.output

    assert cli("open", "o1", "--reason", "stolen card") == (0, "The dispute 1 is open.\n")
    assert "open already" in cli("open", "o1", "--reason", "again")[1]
    assert "stolen card" in cli("list")[1]
    assert cli("won", "1", "--reason", "proof found") == (0, "The dispute 1 is won.\n")
    assert "decided already" in cli("lost", "1", "--reason", "x")[1]
    assert cli("open", "o1", "--reason", "again")[0] == 0
    assert cli("lost", "2", "--reason", "no proof") == (0, "The dispute 2 is lost.\n")
    assert "There is no dispute" in cli("lost", "9", "--reason", "x")[1]
    assert books_agree(office)
