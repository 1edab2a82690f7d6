"""The pages and commands of commission terms: plans, history, and the dry run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.models import CommissionTerms, Posting
from flask_firstline.testing import NOON
from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine
from .office import PREFIX, Office, link, rows, send, story, text

TEN = {"level": "1", "kind": "percent", "percent": "10", "currency": "EUR"}


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(FIRSTLINE_TIMEZONE="Europe/Berlin") as shop:
        yield shop


def test_terms_are_planned_and_take_over_on_their_day(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", TEN)

    made = send(browser, f"{PREFIX}/terms/new", {**TEN, "percent": "12", "begins": ["2026-06-01", ""]})

    assert made.status_code == 303
    assert "from Jun 1, 2026 on" in text(browser.get(made.location))
    page = browser.get(f"{PREFIX}/terms")
    assert len(rows(page)) == 2
    assert "planned" in text(page)
    assert len(rows(browser.get(f"{PREFIX}/terms?when=planned"))) == 1
    office.clock.advance(days=30)
    assert "12%" in text(browser.get(f"{PREFIX}/terms"))
    assert len(rows(browser.get(f"{PREFIX}/terms"))) == 1
    assert len(rows(browser.get(f"{PREFIX}/terms_history"))) == 2


def test_today_means_now_and_yesterday_is_refused(office: Office) -> None:
    browser = office.ines()

    assert send(browser, f"{PREFIX}/terms/new", {**TEN, "begins": ["2026-05-04", ""]}).status_code == 303
    late = send(browser, f"{PREFIX}/terms/new", {**TEN, "percent": "9", "begins": ["2026-05-03", ""]})

    assert late.status_code == 422
    assert "This day has passed." in text(late)
    assert [row.valid_from for row in office.rows(CommissionTerms)] == [NOON]


def test_a_plan_with_another_day_is_moved_and_not_doubled(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", {**TEN, "begins": ["2026-06-01", ""]})
    [planned] = office.rows(CommissionTerms)

    send(browser, f"{PREFIX}/terms/{planned.id}/edit", {**TEN, "begins": ["2026-07-01", ""]})

    page = browser.get(f"{PREFIX}/terms")
    assert "Jul 1, 2026" in text(page)
    assert "Jun 1, 2026" not in text(page)


def test_what_was_replaced_cannot_be_edited_any_more(office: Office) -> None:
    browser = office.ines()
    send(browser, f"{PREFIX}/terms/new", TEN)
    send(browser, f"{PREFIX}/terms/new", {**TEN, "percent": "12"})
    old, new = office.rows(CommissionTerms)

    assert browser.get(f"{PREFIX}/terms/{old.id}/edit").status_code == 404
    assert browser.get(f"{PREFIX}/terms/{new.id}/edit").status_code == 200


def test_terms_of_a_campaign_stand_alone(office: Office) -> None:
    wrong = send(office.ines(), f"{PREFIX}/terms/new", {**TEN, "campaign": "Spring", "product_ref": "tea"})
    right = send(office.ines(), f"{PREFIX}/terms/new", {**TEN, "campaign": "Spring"})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "all partners and products in it" in text(wrong)
    assert "sales of the campaign Spring" in text(office.ines().get(f"{PREFIX}/terms?step=campaign"))


def test_the_dry_run_shows_the_difference_and_changes_nothing(office: Office) -> None:
    story(office)
    before = len(office.rows(Posting))
    terms = office.rows(CommissionTerms, level=1)[0]
    browser = office.ines()
    form = browser.get(link(browser.get(f"{PREFIX}/terms/{terms.id}/edit"), "Dry run") or "")

    page = browser.get(f"{PREFIX}/terms/dry-run", query_string={**TEN, "percent": "20", "months": "3"})

    assert 'value="10"' in form.get_data(as_text=True)
    assert page.status_code == 200
    assert "Difference for each partner" in text(page)
    assert "+€" in text(page)
    assert len(office.rows(Posting)) == before


def test_the_dry_run_says_what_is_wrong_with_its_form(office: Office) -> None:
    page = office.ines().get(
        f"{PREFIX}/terms/dry-run", query_string={**TEN, "percent": "200", "months": "99"}
    )

    assert page.status_code == 422
    assert "from 0 to 100" in text(page)
    assert "24 or less" in text(page)


# The command line ------------------------------------------------------------------------------------------


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    made = build(firstline_url, FIRSTLINE_TIMEZONE="Europe/Berlin")
    yield made
    with made.app.app_context():
        made.engine.dispose()


def test_terms_are_planned_listed_and_removed_from_the_command_line(shop: SmallShop) -> None:
    cli = CommandLine(shop)
    cli.ok("terms", "set", "--level", "1", "--percent", "10")
    cli.ok("terms", "set", "--level", "1", "--percent", "12", "--from", "2100-01-01")
    cli.ok("terms", "set", "--level", "1", "--percent", "30", "--campaign", "Spring")

    now, later = cli.json("terms", "list"), cli.json("terms", "list", "--on", "2100-01-01")
    planned = next(row["id"] for row in later if row["earns"] == "12 %")
    cli.ok("terms", "remove", str(planned))

    assert [(row["earns"], row["where"]) for row in now] == [
        ("10 %", "in general"),
        ("30 %", "campaign Spring"),
    ]
    assert [row["earns"] for row in later] == ["12 %", "30 %"]
    assert [row["earns"] for row in cli.json("terms", "list", "--on", "2100-01-01")] == ["10 %", "30 %"]
    assert len(cli.json("terms", "list", "--history")) == 2
    assert "There are no terms with the id" in cli.refused("terms", "remove", str(planned))


def test_a_dry_run_from_the_command_line(shop: SmallShop) -> None:
    cli = CommandLine(shop)

    said = cli.ok("terms", "dry-run", "--level", "1", "--percent", "12")

    assert "No partner has earned anything." in said
    assert cli.json("terms", "dry-run", "--level", "1", "--percent", "12")["documents"] == 0
