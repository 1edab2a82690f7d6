"""What the admin pages read works on both databases: lists, the overview, the explanation of an order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.admin.registry import NOUNS
from flask_firstline.extension import MOUNTS

from ..web.office import PREFIX, Office, rows, story, text


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with Office(database_url, mount=MOUNTS) as shop:
        story(shop)
        yield shop


def test_every_list_is_sorted_by_every_column_filtered_and_exported(office: Office) -> None:
    browser = office.ines()
    for name, noun in NOUNS.items():
        for column in (column.name for column in noun.columns if column.sort is not None):
            for sort in (column, f"-{column}"):
                assert browser.get(f"{PREFIX}/{name}?sort={sort}").status_code == 200, (name, sort)
        for item in noun.filters:
            for choice, _label in item.choices:
                address = f"{PREFIX}/{name}?{item.name}={choice}"
                assert browser.get(address).status_code == 200, address
        assert browser.get(f"{PREFIX}/{name}?q=100%25@").status_code == 200, name
        assert browser.get(f"{PREFIX}/{name}.csv").status_code == 200, name


def test_pages_of_a_list_go_on_where_the_last_one_ended(office: Office) -> None:
    seen = rows(office.ines().get(f"{PREFIX}/postings"))

    assert len(seen) == len(set(seen)) == 18


def test_the_overview_and_the_explanation_of_an_order_are_the_same_everywhere(office: Office) -> None:
    browser = office.ines()

    overview = text(browser.get(f"{PREFIX}/"))
    why = text(browser.get(f"{PREFIX}/why?q=2026-11873", follow_redirects=True))

    assert "Payable €0.00 On hold €2.68" in overview
    assert "Partner Orders New customers Sales Hans Meier 2 2 €20.00" in overview
    assert "The books add up" in overview
    assert "The order belongs to Hans Meier" in why
    assert "Hans Meier €1.68, Petra Schulte €0.84, Karl Brenner €0.16. Sum €0.00." in why
