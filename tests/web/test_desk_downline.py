"""The downline in the desk: levels, and a tree that opens branch by branch."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from .office import text
from .small_shop import World
from .test_desk import DESK, signed_in

DOWNLINE = f"{DESK}/downline"


@pytest.fixture
def meier(world: World) -> FlaskClient:
    """Sign in as Partner Meier, with Roth below, Anna below her, and Bernd below Meier."""
    coupon = world.coupon("5 EUR off")
    world.code("vonroth", coupon, world.partner("roth", "Julia Roth", sponsor="meier"))
    world.buys("anna", "Anna Fischer", number="1", code="vonroth")
    world.buys("bernd", "Bernd Kolb", number="2", code="vonmeier")
    return signed_in(world, "meier")


def links(page: str, attribute: str = "href") -> list[str]:
    """Give the addresses behind the plus and minus signs of a tree."""
    found = re.findall(r'<a class="fl-node-open"[^>]*>', page)
    return [match[1] for tag in found if (match := re.search(rf'{attribute}="([^"]*)"', tag)) is not None]


def test_the_tree_begins_with_the_first_line_in_initials_and_counts(meier: FlaskClient) -> None:
    page = meier.get(DOWNLINE)

    assert "Hans Meier (you) Partner First line 2 · Downline 3 Downline 3 Partners 1 Customers 2" in text(
        page
    )
    assert "B. K. Customer" in text(page)
    assert "J. R. Partner First line 1 · Downline 1" in text(page)
    assert "A. F." not in text(page)
    assert "Julia" not in page.text


def test_the_levels_stand_above_the_tree(meier: FlaskClient) -> None:
    page = text(meier.get(DOWNLINE))

    assert "Level 1, your first line 0 1 1 2 Level 2 0 1 0 1 Together 0 2 1 3" in page


def test_a_branch_opens_by_its_link_and_closes_by_it_again(meier: FlaskClient) -> None:
    opened = meier.get(links(meier.get(DOWNLINE).text)[1])

    assert "J. R. Partner First line 1" in text(opened)
    assert "A. F. Customer" in text(opened)
    assert links(opened.text) == [DOWNLINE, DOWNLINE]


def test_a_part_of_a_page_is_the_lines_alone(meier: FlaskClient) -> None:
    address = links(meier.get(DOWNLINE).text, "data-fl-branch")[1].replace("&amp;", "&")

    part = meier.get(address)

    assert text(part).startswith("A. F. Customer")
    assert "<html" not in part.text


def test_nobody_outside_the_own_downline_can_be_opened(world: World, meier: FlaskClient) -> None:
    other = world.partner("other", "Petra Schulz")
    roth = signed_in(world, "roth")

    assert meier.get(f"{DOWNLINE}/{other}").status_code == 404
    assert roth.get(f"{DOWNLINE}/1").status_code == 404
    assert meier.get(f"{DOWNLINE}/{10**17}").status_code == 404


def test_a_long_first_line_goes_on_at_the_next_page(world: World, meier: FlaskClient) -> None:
    for number in range(30):
        world.partner(f"p{number}", "Paul Neu", sponsor="meier")

    page = meier.get(DOWNLINE)
    [more] = re.findall(r'class="fl-tree-more" href="([^"]*)"', page.text)
    following = meier.get(more)

    assert page.text.count("P. N.") == 25 * 1
    assert following.text.count("P. N.") == 5
    assert "More in the first line of Hans Meier (you)" in text(page)
    assert "fl-tree-more" not in following.text


def test_who_has_nobody_below_reads_what_would_stand_here(world: World) -> None:
    page = text(signed_in(world, "meier").get(DOWNLINE))

    assert "Here stand all who came by your codes" in page
    assert "Level 1" not in page
