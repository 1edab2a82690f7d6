"""A campaign as admin, buyer and friend use it: made, shared, redeemed, without script too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service.campaign_kit import buy, campaign, reward_codes, work
from tests.web.office import INES, PREFIX, Office

from .axe import complaints_of
from .conftest import LiveServer


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(f"sqlite:///{tmp_path / 'shop.sqlite'}") as shop:
        yield shop


@pytest.fixture
def address(office: Office, live_server: LiveServer) -> str:
    """Serve the shop."""
    office.add_customer(INES)
    office.add_customer("anna", name="Anna Berg")
    return live_server(office.app)


def opened(browser: Browser, width: int = 1280, *, script: bool = True) -> Page:
    view = {"width": width, "height": 800}
    return browser.new_context(viewport=view, bypass_csp=True, java_script_enabled=script).new_page()  # type: ignore[arg-type]


def share_page(office: Office, address: str) -> str:
    """Let Anna order, and give the address of her page."""
    buy(office, office.customers["anna"], "a1")
    with office.app.test_request_context(base_url=address):
        found = office.firstline.share("a1")
    assert found is not None
    return str(next(link for link in re.findall(r"http\S+", found.text) if "/share/" in link))


def test_an_admin_makes_a_campaign_and_sees_what_it_brought(
    office: Office, address: str, browser: Browser
) -> None:
    page = opened(browser)
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    found = {}
    page.goto(f"{address}{PREFIX}/campaigns")
    found["empty"] = complaints_of(page)
    page.get_by_role("link", name="New campaign").first.click()
    found["form"] = complaints_of(page)
    page.get_by_label("Name").fill("Bring a friend")
    page.get_by_label("Amount", exact=True).fill("5.00")
    page.get_by_label("Amount for each redemption").fill("5.00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The campaign Bring a friend is made.")).to_be_visible()
    share_page(office, address)
    with office.app.test_request_context():
        code = office.firstline.share("a1")
    assert code is not None
    buy(office, "ben", "b1", code.code)
    work(office)
    for noun in ("campaigns", "promoters", "conversions", "consumers", "rewards"):
        page.goto(f"{address}{PREFIX}/{noun}")
        expect(page.get_by_text("1 entry", exact=True)).to_be_visible()
        found[noun] = complaints_of(page)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", [1280, 360])
def test_the_share_page_is_for_everybody(office: Office, address: str, browser: Browser, width: int) -> None:
    campaign(office, hold_days=0, min_order=2000)
    where = share_page(office, address)
    with office.app.test_request_context():
        code = office.firstline.share("a1")
    assert code is not None
    buy(office, "ben", "b1", code.code)
    work(office)
    page = opened(browser, width)

    page.goto(where)

    expect(page.get_by_role("heading", name="€5.00 for your friends, €5.00 for you")).to_be_visible()
    expect(page.get_by_text(reward_codes(office, "anna")[0])).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_be_visible()
    assert complaints_of(page) == []


def test_a_friend_has_the_code_in_the_cart_without_script(
    office: Office, address: str, browser: Browser
) -> None:
    campaign(office)
    where = share_page(office, address)
    anna, friend = opened(browser, script=False), opened(browser, script=False)
    anna.goto(where)
    link = anna.locator(".fl-copy .fl-code").inner_text()
    expect(anna.get_by_role("link", name="WhatsApp")).to_be_visible()
    code = anna.locator(".fl-code--big").inner_text()

    friend.goto(link)
    friend.goto(f"{address}/cart")

    expect(friend.get_by_text(code).first).to_be_visible()
