"""Reports on their pages, as files and on the command line: the same figures everywhere."""

from __future__ import annotations

import csv
import json

import pytest

from flask_firstline.services.reports import REPORTS

from .office import PREFIX, VERA, Office, story, text


@pytest.fixture
def office() -> Office:
    shop = Office()
    story(shop)
    return shop


@pytest.mark.parametrize("name", REPORTS)
def test_page_file_and_command_line_say_the_same_in_every_language(office: Office, name: str) -> None:
    asked = "period=this-year&by=month"
    browser = office.browser(VERA)
    page = browser.get(f"{PREFIX}/reports/{name}?{asked}")
    sent = office.ines().get(f"{PREFIX}/reports/{name}.csv?{asked}")
    run = office.app.test_cli_runner().invoke
    options = ["--period", "this-year", "--by", "month"]
    told = json.loads(run(args=["firstline", "report", name, *options, "--json"]).stdout)
    file = run(args=["firstline", "report", name, *options, "--csv"]).stdout

    assert page.status_code == sent.status_code == 200
    _head, *rows = csv.reader(sent.get_data(as_text=True).removeprefix("\ufeff").splitlines())
    head, *same = csv.reader(file.splitlines())
    figures = [place for place, column in enumerate(head) if column not in {"owed_as", "owed_to"}]
    plain = [["" if row[column] is None else str(row[column]) for column in head] for row in told["rows"]]
    assert plain == same
    assert [[row[place] for place in figures] for row in rows] == [
        [row[place] for place in figures] for row in same
    ]
    assert page.text.count('<tr role="row"><th scope="row"') >= len(rows)
    for language in ("de", "nl", "ru"):
        assert office.ines(language).get(f"{PREFIX}/reports/{name}?{asked}").status_code == 200


def test_a_report_is_narrowed_and_says_what_is_not_known(office: Office) -> None:
    browser = office.ines()

    mine = text(browser.get(f"{PREFIX}/reports/codes?period=this-year&partner=meier"))
    none = text(browser.get(f"{PREFIX}/reports/codes?period=this-year&partner=nobody"))
    wrong = text(browser.get(f"{PREFIX}/reports/sales?from=2026-99-99"))
    early = browser.get(f"{PREFIX}/reports/sales.csv?from=1900-01-01")

    assert "vonmeier" in mine
    assert "is not known" in none
    assert "cannot be reported so" in wrong
    assert early.status_code == 303
    assert browser.get(f"{PREFIX}/reports/weather").status_code == 404


def test_the_command_line_names_what_is_wrong(office: Office) -> None:
    answer = office.app.test_cli_runner().invoke(
        args=["firstline", "report", "sales", "--from", "2026-02-30", "--to", "2026-03-01"]
    )

    assert answer.exit_code == 2
    assert "is no day" in answer.output
