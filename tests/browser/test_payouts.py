"""Payout runs and the desk's payouts as people use them, without script errors and fit for every screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect

from flask_firstline.domain.payout import Method
from flask_firstline.extension import MOUNTS
from flask_firstline.models import Payout

from ..service.pay_kit import IBANS, earned, fail, release, run, settle, wants, write_file
from ..web.office import INES, PREFIX, Office, story
from ..web.small_shop import POLICY
from .axe import complaints_in_all_looks
from .conftest import LiveServer

DESK = "/firstline/desk/payouts"
ADMIN_PAGES = ("payout_runs", "payout_runs/1", "payout_runs/2", "payout_runs/new", "payout_runs/single",
               "payout_runs/settings", "payouts", "payouts/1/failed", "contacts/3")  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give the shop with commissions that are payable, under a strict policy."""
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:
        story(shop)
        for name in (INES, "meier"):
            shop.add_customer(name)
        settle(shop)
        wants(shop, "schulz", Method.PAYPAL, paypal="petra@pay.example")
        earned(shop, "p1")

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        yield shop


@pytest.fixture
def address(office: Office, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(office.app)


def test_a_partner_gives_an_account_and_is_paid_by_a_run(office: Office, address: str, page: Page) -> None:
    page.request.post(f"{address}/sign-in", form={"customer": "meier"})
    page.goto(f"{address}{DESK}")
    page.get_by_role("link", name="How you are paid").click()
    page.get_by_label("Account holder", exact=True).fill("Hans Meier")
    page.get_by_label("IBAN", exact=True).fill("DE88 3704 0044 0532 0130 00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("check digits do not fit")).to_be_visible()
    page.get_by_label("IBAN", exact=True).fill("DE89 3704 0044 0532 0130 00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You are paid by")).to_be_visible()

    page.request.post(f"{address}/sign-in", form={"customer": INES})
    page.goto(f"{address}{PREFIX}/payout_runs")
    page.get_by_role("link", name="New payout run").first.click()
    page.get_by_role("button", name="Show the preview").click()
    page.get_by_label("Amount for Hans Meier in EUR").fill("5.00")
    page.get_by_role("button", name="Take over amounts").click()
    total = sum(row.amount for row in office.rows(Payout))
    page.get_by_label("Type how many payouts").fill("2")
    page.get_by_label("Type the sum").fill("1.00")
    page.get_by_label("I have seen who is skipped").check()
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("not that of the run")).to_be_visible()
    page.get_by_label("Type the sum").fill(f"{total / 100:.2f}")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("are paid out")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="SEPA file").click()

    assert b"pain.001.001.09" in download.value.path().read_bytes()
    page.request.post(f"{address}/sign-in", form={"customer": "meier"})
    page.goto(f"{address}{DESK}")
    expect(page.get_by_text("handed to the bank")).to_be_visible()


def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    office: Office, address: str, browser: Browser
) -> None:
    wants(office, "meier")
    release(office, run(office))
    write_file(office, 1)
    fail(office, 1)
    earned(office, "p2")
    run(office)
    wants(office, "meier", iban=IBANS["schulz"])
    shown = browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,
        locale="de-DE",
    )
    page, found = shown.new_page(), {}
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    for path in ADMIN_PAGES:
        page.goto(f"{address}{PREFIX}/{path}")
        found[path] = complaints_in_all_looks(page)
    page.request.post(f"{address}/sign-in", form={"customer": "meier"})
    for path in (DESK, f"{DESK}/details"):
        page.goto(f"{address}{path}")
        found[path] = complaints_in_all_looks(page)
    page.get_by_role("button", name="Speichern").click()
    found["refused"] = complaints_in_all_looks(page)
    shown.close()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
