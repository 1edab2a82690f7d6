"""The downline navigator of the admin pages, and the moves that begin there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from flask_firstline.models import Contact, History
from flask_firstline.testing import make_partner

from .office import PREFIX, VERA, Office, link, send, story, text
from .test_admin_people import contact


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def test_the_tree_begins_with_those_who_have_nobody_above(office: Office) -> None:
    make_partner(office.app, "alone", name="Otto Allein")

    page = text(office.ines().get(f"{PREFIX}/downline"))

    assert "Karl Brenner Move Partner First line 1 · Downline 4" in page
    assert "Otto Allein" not in page


def test_any_contact_can_be_opened_with_those_above_and_below(office: Office) -> None:
    browser = office.ines()

    opened = browser.get(
        link(browser.get(f"{PREFIX}/contacts/{contact(office, 'meier')}"), "Show the downline")
    )

    said = text(opened)
    above = [said.index(name) for name in ("Karl Brenner", "Petra Schulte", "Sabine Krüger")]
    assert above == sorted(above)
    assert "All below Hans Meier, and who stands above." in said
    assert link(opened, "Sabine Krüger") == f"{PREFIX}/contacts/{contact(office, 'sabine')}"


def test_the_way_to_a_move_stands_at_each_contact_and_not_for_who_only_looks(office: Office) -> None:
    sabine = contact(office, "sabine")
    page = f"{PREFIX}/downline/{contact(office, 'meier')}"

    assert f'href="{PREFIX}/contacts/{sabine}/sponsor"' in office.ines().get(page).text
    assert f'href="{PREFIX}/contacts/{sabine}/sponsor"' not in office.browser(VERA).get(page).text


def test_an_admin_takes_a_sponsor_away_with_a_reason(office: Office) -> None:
    browser, meier = office.ines(), contact(office, "meier")

    form = text(browser.get(f"{PREFIX}/contacts/{meier}/release"))
    answer = send(browser, f"{PREFIX}/contacts/{meier}/release", {"why": "Wanted to stand alone"})

    assert "2 contacts below move along." in form
    assert "Nobody stands above Hans Meier any more." in text(browser.get(answer.location))
    [row] = office.rows(Contact, ref="meier")
    assert (row.sponsor_id, row.path) == (None, "")
    assert office.rows(Contact, ref="sabine")[0].path == f"{meier}/"
    last = office.rows(History, contact_id=meier)[-1]
    assert (last.kind, last.before, last.after, last.why) == (
        "sponsor",
        "schulz",
        None,
        "Wanted to stand alone",
    )


def test_a_contact_that_is_not_there_is_not_found(office: Office) -> None:
    assert office.ines().get(f"{PREFIX}/downline/4711").status_code == 404


def test_the_tree_shows_sales_and_what_the_open_contact_earned(office: Office) -> None:
    browser = office.ines()

    top = text(browser.get(f"{PREFIX}/downline?show=sales&from=&to="))
    opened = text(browser.get(f"{PREFIX}/downline/{contact(office, 'meier')}?show=sales&from=&to="))

    assert "Earned is what the one on top gets of the own line." in top
    assert "Earned is what Hans Meier gets of a line." in opened
    assert re.search(r"Sabine Krüger Move Customer Own orders Own orders [1-9]", opened)
    assert re.search(r"Karl Brenner Move Partner .*Earned Earned €", top)


def test_anybody_is_found_and_below_a_contact_only_who_stands_there(office: Office) -> None:
    browser, meier, schulz = office.ines(), contact(office, "meier"), contact(office, "schulz")

    by_name = text(browser.get(f"{PREFIX}/downline/search?q=krüger"))
    below = text(browser.get(f"{PREFIX}/downline/search?q=sabine&top={meier}"))
    elsewhere = text(browser.get(f"{PREFIX}/downline/search?q=schulz&top={meier}"))

    assert "Sabine Krüger Customer sabine" in by_name
    assert "Below Hans Meier" in below
    assert "Sabine Krüger" in below
    assert "Nobody was found." in elsewhere
    assert browser.get(f"{PREFIX}/downline/search?q=a&top=4711").status_code == 404
    assert f'href="{PREFIX}/downline/{schulz}"' in browser.get(f"{PREFIX}/downline/search?q=schulz").text


def test_the_file_names_everybody_for_the_shop(office: Office) -> None:
    answer = office.ines().get(f"{PREFIX}/downline/{contact(office, 'schulz')}.csv?from=&to=")

    rows = [row.split(",") for row in answer.text.lstrip("\ufeff").splitlines()]
    assert rows[0][:6] == ["Level", "Person", "E-mail", "Phone", "Customer number", "Sponsor"]
    told = {(row[0], row[1], row[4], row[5]) for row in rows[1:]}
    assert told >= {("1", "Hans Meier", "meier", "schulz"), ("2", "Sabine Krüger", "sabine", "meier")}
    assert office.ines().get(f"{PREFIX}/downline/4711.csv").status_code == 404
