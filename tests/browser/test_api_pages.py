"""The pages of the API: its reference for developers, and the keys in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from flask_firstline.extension import MOUNTS

from ..web.office import INES, PREFIX, Office
from ..web.small_shop import POLICY
from .axe import complaints_in_all_looks
from .conftest import LiveServer

REFERENCE = "/firstline/api/v1/"


@pytest.fixture
def address(tmp_path: Path, live_server: LiveServer) -> Iterator[str]:
    """Serve the shop under a strict policy."""
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:
        shop.add_customer(INES)

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        yield live_server(shop.app)


def test_axe_finds_nothing_and_no_page_scrolls_sideways(address: str, browser: Browser) -> None:
    shown = browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,
        locale="de-DE",
    )
    page = shown.new_page()
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    found = {}
    for path in (REFERENCE, f"{PREFIX}/api_keys", f"{PREFIX}/api_keys/new"):
        page.goto(address + path)
        found[path] = complaints_in_all_looks(page)
    page.get_by_role("button", name="Schlüssel anlegen").click()
    found["refused"] = complaints_in_all_looks(page)
    page.get_by_label("Name", exact=True).fill("Kasse")
    page.get_by_label("quote").check()
    page.get_by_role("button", name="Schlüssel anlegen").click()
    found["made"] = complaints_in_all_looks(page)
    page.goto(f"{address}{PREFIX}/api_keys")
    found["listed"] = complaints_in_all_looks(page)
    shown.close()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_an_owner_makes_a_key_and_a_program_works_with_it(address: str, page: Page) -> None:
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.location["url"]:
            complaints.append(message.text)

    page.on("console", hear)
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    page.goto(f"{address}{PREFIX}/")
    page.locator("summary", has_text="Settings").click()
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("link", name="New key").click()
    page.get_by_label("Name", exact=True).fill("Till")
    page.get_by_label("coupons:read").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator("pre").inner_text()
    page.get_by_role("link", name="I have kept it").click()

    expect(page.get_by_role("rowheader", name="Till")).to_be_visible()
    answer = page.request.get(f"{address}{REFERENCE}coupons", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status, answer.json()) == (200, {"items": [], "next": None})
    page.get_by_role("link", name="What the API can do").click()
    expect(page.get_by_role("heading", name="POST /firstline/api/v1/quote")).to_be_visible()
    assert complaints == []
