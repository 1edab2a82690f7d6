"""The tree of the downline in a browser: it opens in place with script, by links without, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ..web.small_shop import World, make_world
from .axe import violations
from .conftest import LiveServer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the shop with Meier on top, Roth below him with two customers, and a long first line."""
    world = make_world(tmp_path)
    world.partner("meier", "Hans Meier")
    for number in range(26):
        world.partner(f"p{number}", "Paul Neu", sponsor="meier")
    roth = world.partner("roth", "Julia Roth", sponsor="meier")
    world.code("vonroth", world.coupon(), roth)
    world.buys("anna", "Anna Fischer", number="1", code="vonroth")
    world.buys("bernd", "Bernd Kolb", number="2", code="vonroth")
    yield world
    world.close()


@pytest.fixture
def address(world: World, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(world.app)


def test_a_branch_opens_and_closes_in_place(address: str, page: Page) -> None:
    page.goto(f"{address}/sign-in/meier")
    page.goto(f"{address}/firstline/desk/downline")

    sign = page.get_by_role("link", name="First line of J. R.")
    sign.click()
    expect(page.get_by_text("A. F.")).to_be_visible()
    expect(sign).to_have_attribute("aria-expanded", "true")
    sign.click()

    expect(page.get_by_text("A. F.")).to_be_hidden()
    assert page.url.endswith("/downline")


def test_the_rest_of_a_first_line_comes_in_place(address: str, page: Page) -> None:
    page.goto(f"{address}/sign-in/meier")
    page.goto(f"{address}/firstline/desk/downline")
    expect(page.get_by_text("P. N.")).to_have_count(24)

    page.get_by_text("More in the first line of Hans Meier (you)").click()

    expect(page.get_by_text("P. N.")).to_have_count(26)
    assert page.url.endswith("/downline")


def test_without_script_the_signs_are_links(address: str, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/sign-in/meier")
    page.goto(f"{address}/firstline/desk/downline")

    page.get_by_role("link", name="First line of J. R.").click()
    expect(page.get_by_text("A. F.")).to_be_visible()
    page.get_by_role("link", name="First line of J. R.").click()

    expect(page.get_by_text("A. F.")).to_have_count(0)


@pytest.mark.parametrize("asked", ["", "?show=sales"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_tree_is_accessible_and_fits(address: str, page: Page, width: int, asked: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{address}/sign-in/meier")
    page.goto(f"{address}/firstline/desk/downline{asked}")
    page.get_by_role("link", name="First line of J. R.").click()
    expect(page.get_by_text("A. F.")).to_be_visible()

    found = violations(page)

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
