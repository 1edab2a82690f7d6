"""Statements as people use them, without script errors and fit for every screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect

from flask_firstline.extension import MOUNTS
from flask_firstline.services import holds

from ..service.pay_kit import act, earned
from ..service.statement_kit import ABROAD, DATA, SHOP, issue, issuer, last_month, next_month, taxed, void
from ..web.office import INES, PREFIX, Office, story
from ..web.small_shop import POLICY
from .axe import complaints_in_all_looks
from .conftest import LiveServer

DESK = "/firstline/desk"
ADMIN_PAGES = ("statements", "statements/new", "statements/settings", "statements/1", "statements/2",
               "statements/1/objection", "contacts/3/tax", "contacts/3")  # fmt: skip
DESK_PAGES = ("statements", "statements/2", "statements/4", "tax", "settings")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give the shop with commissions of a month that is over, under a strict policy."""
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:
        story(shop)
        for name in (INES, "meier"):
            shop.add_customer(name)
        earned(shop, "p1")
        act(shop, holds.release_all_due)
        next_month(shop)

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        yield shop


@pytest.fixture
def address(office: Office, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(office.app)


def sign_in(page: Page, address: str, who: str) -> None:
    page.request.post(f"{address}/sign-in", form={"customer": who})


def test_from_the_tax_data_to_an_objection_and_the_statement_issued_anew(address: str, page: Page) -> None:
    sign_in(page, address, INES)
    page.goto(f"{address}{PREFIX}/statements")
    page.get_by_role("main").get_by_role("link", name="Settings").click()
    for label, name in (("Name or company", "name"), ("Street and number", "street"), ("Town", "town"),
                        ("Postcode", "postcode"), ("Country", "country"), ("VAT id", "vat_id")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(SHOP[name])
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()

    sign_in(page, address, "meier")
    page.goto(f"{address}{DESK}/statements")
    page.get_by_role("link", name="Your tax data").click()
    for label, name in (("Street and number", "street"), ("Postcode", "postcode"), ("Town", "town"),
                        ("Country", "country"), ("Tax number", "tax_number")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(DATA[name])
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your tax data is saved.")).to_be_visible()

    sign_in(page, address, INES)
    page.goto(f"{address}{PREFIX}/statements/new")
    page.get_by_role("button", name="Issue 1 statement").click()
    expect(page.get_by_text("1 statement is issued.")).to_be_visible()

    sign_in(page, address, "meier")
    page.goto(f"{address}{DESK}/statements")
    page.get_by_role("link", name="GS-").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_label("What is wrong?").fill("My rate is 7 %")
    page.get_by_role("button", name="Object to this statement").click()
    expect(page.get_by_text("Without effect since")).to_be_visible()

    sign_in(page, address, INES)
    page.goto(f"{address}{PREFIX}/statements/1")
    page.get_by_role("button", name="Issue anew").click()
    expect(page.get_by_text("In place of GS-")).to_be_visible()


def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    office: Office, address: str, browser: Browser, tmp_path: Path
) -> None:
    issuer(office)
    taxed(office)
    taxed(office, "schulz", given=ABROAD)
    issue(office, last_month(office))
    void(office, 2, "the rate is wrong")
    earned(office, "p2")
    act(office, holds.release_all_due)
    issue(office)
    shown = browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,
        locale="de-DE",
    )
    page, found = shown.new_page(), {}
    for who, prefix, pages in ((INES, PREFIX, ADMIN_PAGES), ("meier", DESK, DESK_PAGES)):
        sign_in(page, address, who)
        for path in pages:
            answer = page.goto(f"{address}{prefix}/{path}")
            assert answer is not None and answer.ok, path
            found[f"{who} {path}"] = complaints_in_all_looks(page)
    shown.close()

    assert {path: wrong for path, wrong in found.items() if wrong} == {}
