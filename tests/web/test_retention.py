"""The page of retention, its preview, its command line, and the table of the docs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from flask_firstline import Admin, Customer
from flask_firstline.domain.retention import PERIODS, Kept
from flask_firstline.models import Audit, Contact, Retention, RetentionRun
from flask_firstline.retention_words import ENDS, NAMES, WHY, bounds_text, days_text

from . import office as staff
from .cli_kit import CommandLine
from .office import PREFIX, Office, rows, send, story, text

DOCS = Path(__file__).parents[2] / "docs" / "privacy.md"
PAGE = f"{PREFIX}/retention"


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office() as opened:
        story(opened)
        opened.register(Customer(ref="quiet", email="quiet@post.example", name="Quinn Quiet"))
        yield opened


@pytest.fixture
def cli(shop: Office) -> CommandLine:
    return CommandLine(shop)  # type: ignore[arg-type]  # any shop that has an app


def support(shop: Office, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(staff.STAFF, "finn", Admin(id="3", name="Finn", roles=("support",)))
    return shop.browser("finn")


def test_the_page_lists_each_kind_and_warns_of_people_without_an_end(shop: Office) -> None:
    page = shop.ines().get(PAGE)
    assert len(rows(page)) == len(Kept)
    assert "without an end" in text(page) and "were not heard of" not in text(page)

    shop.clock.advance(days=731)

    assert "1 of them was not heard of for two years" in text(shop.ines().get(PAGE))


def test_an_owner_sees_what_a_period_would_mean_and_sets_it(shop: Office) -> None:
    shop.clock.advance(days=400)
    browser, at = shop.ines(), f"{PAGE}/prospects"

    assert 'value="730"' in browser.get(at).text
    looked = browser.get(f"{at}?days=365")
    assert "1 entry goes in the next night; as it is set now it would be 0." in text(looked)
    assert shop.rows(Retention) == []
    assert send(browser, at, {}, form_at=f"{at}?days=365").status_code == 303
    assert [(row.kind, row.days, row.changed_by) for row in shop.rows(Retention)] == [
        ("prospects", 365, "Ines Walter")
    ]
    assert "365 days" in text(browser.get(PAGE))
    assert "Kept for days: 365" in text(browser.get(f"{PREFIX}/audit"))
    assert send(browser, at, {"usual": "1"}).status_code == 303
    assert shop.rows(Retention) == []


def test_what_is_out_of_bounds_is_said_and_others_only_look(
    shop: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked in ("days=9", "days=", "days=x"):
        assert shop.ines().get(f"{PAGE}/prospects?{asked}").status_code == 422
    assert shop.ines().get(f"{PAGE}/books").status_code == 404
    finn = support(shop, monkeypatch)
    assert "Set this period" not in finn.get(f"{PAGE}/clicks?days=60").text
    assert send(finn, f"{PAGE}/clicks", {"days": "60"}, form_at=f"{PREFIX}/tasks/new").status_code == 403
    assert shop.rows(Retention) == []


def test_the_command_line_shows_sets_and_runs(shop: Office, cli: CommandLine) -> None:
    shop.clock.advance(days=400)
    assert "prospects" in cli.ok("retention", "show")
    assert "one of --days" in cli.refused("retention", "set", "prospects")
    assert "prospects: 90 to 3653 days, or without an end" in cli.refused(
        "retention", "set", "prospects", "--days", "5"
    )
    tried = cli.json("retention", "set", "prospects", "--days", "365", "--dry-run")
    assert tried == {"kind": "prospects", "days": 365, "due": 1, "changed": False}
    assert shop.rows(Retention) == []

    assert "prospects is kept for 365 days. 1 due." in cli.ok(
        "retention", "set", "prospects", "--days", "365"
    )
    assert cli.json("retention", "run", "--dry-run")["due"]["prospects"] == 1
    assert shop.rows(Contact, ref="quiet")
    assert cli.json("retention", "run")["went"]["prospects"] == 1
    assert shop.rows(Contact, ref="quiet") == []
    [run] = shop.rows(RetentionRun)
    assert run.night is None and run.went["prospects"] == 1
    cli.ok("retention", "set", "prospects", "--usual")
    assert [row.act for row in shop.rows(Audit, noun="retention")] == ["change", "run", "reset"]
    assert "People who never bought: 1" in text(shop.ines().get(PAGE))


def test_the_docs_have_the_table_of_the_code(shop: Office) -> None:
    with shop.app.app_context():
        lines = [
            f"| {NAMES[kind]} | {days_text(kind, one.days)} | {bounds_text(kind, one.least, one.most)} "
            f"| {ENDS[one.end]} | {WHY[kind]} |"
            for kind, one in PERIODS.items()
        ]

    assert "\n".join(lines) in DOCS.read_text(encoding="utf-8")
