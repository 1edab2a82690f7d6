"""The rule builder as people use it, fit for every screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect

from flask_firstline.extension import MOUNTS
from flask_firstline.models import RuleVersion

from ..web.office import INES, PREFIX, Office, story
from ..web.small_shop import POLICY
from ..web.test_admin_gate import a_rule_that_ran
from .axe import complaints_in_all_looks, complaints_of
from .conftest import LiveServer

PAGES = (
    f"{PREFIX}/programs",
    f"{PREFIX}/programs/1/edit",
    f"{PREFIX}/rules",
    f"{PREFIX}/rules/new",
    f"{PREFIX}/rules/new?recipe=five_leads",
    f"{PREFIX}/rules/new?recipe=affiliate_sale",
    f"{PREFIX}/rules/new?recipe=five_who_stayed",
    f"{PREFIX}/rules/1",
    f"{PREFIX}/rule_runs",
    f"{PREFIX}/rule_runs/1",
    f"{PREFIX}/rule_events",
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:
        story(shop)
        shop.add_customer(INES)
        with shop.app.app_context():
            a_rule_that_ran(shop)

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        yield shop


@pytest.fixture
def address(office: Office, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(office.app)


def test_a_rule_is_built_tried_and_saved(office: Office, address: str, page: Page) -> None:
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    page.goto(f"{address}{PREFIX}/rules/new")
    page.get_by_label("Name", exact=True).fill("Large demos")
    page.get_by_label("Whose").select_option("of anybody")
    page.get_by_label("Name of the event, field or segment").fill("demo")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field", exact=True).first.fill("event.data.seats")
    page.get_by_label("Comparison").first.select_option("is at least")
    page.get_by_label("Value").first.fill("10")
    page.get_by_role("button", name="Put 1 into a group of its own").click()
    page.get_by_role("button", name="Add a condition").first.click()
    expect(page.get_by_label("Field", exact=True).nth(1)).to_be_focused()
    page.get_by_label("Field", exact=True).nth(1).fill("event.data.vip")
    page.get_by_label("Comparison").nth(1).select_option("is known")
    page.get_by_role("button", name="Move 1.2 up").click()
    expect(page.get_by_label("Field", exact=True).first).to_have_value("event.data.vip")
    assert complaints_of(page) == []
    page.get_by_role("button", name="Send a mail").click()
    page.get_by_label("To whom").select_option("the customer")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("This could not be saved.")).to_be_visible()
    page.get_by_label("Subject").fill("Thank you")
    page.get_by_label("Text").fill("It was a pleasure.")
    page.get_by_role("button", name="Try it").first.click()
    expect(page.get_by_text("met 0 of 1 times")).to_be_visible()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("The rule is saved.")).to_be_visible()

    assert len(office.rows(RuleVersion)) == 2


def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    office: Office, address: str, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        bypass_csp=True,
    )
    context.request.post(f"{address}/sign-in", form={"customer": INES})
    page = context.new_page()
    found = {}
    for path in PAGES:
        page.goto(f"{address}{path}")
        found[path] = complaints_in_all_looks(page)
    context.close()

    assert {path: said for path, said in found.items() if said} == {}
