"""The admin pages as people use them: with and without script, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from flask_firstline import Customer, Invoice
from flask_firstline.extension import MOUNTS
from flask_firstline.models import CameBy
from flask_firstline.testing import make_coupon

from ..service.hook_kit import add_source, order, paid, tell
from ..service.use_kit import use
from ..web.office import INES, PREFIX, Office, story
from ..web.small_shop import POLICY
from .axe import complaints_in_all_looks
from .conftest import LiveServer

PAGES = (
    "/", "/partners", "/partners/new", "/contacts", "/contacts/3", "/contacts/4", "/contacts/3/end",
    "/coupons", "/coupons/1/edit", "/coupons/kind", "/coupons/kind?paid=yes&accepted=payment&asked=known",
    "/coupons/kind?paid=no&accepted=price&complaint=no&coupon=1", "/codes", "/codes/new",
    "/codes?q=nothing", "/redemptions", "/orders", "/accruals", "/postings", "/products", "/terms",
    "/terms/new", "/terms/1/edit", "/terms_history", "/terms/dry-run?terms=1",
    "/terms/dry-run?level=1&kind=percent&percent=20&currency=EUR&months=3",
    "/calls", "/calls/1", "/audit", "/why", "/why/1", "/why/2", "/why/code",
    "/why/code?code=vonmeier&customer=sabine&product=a&quantity=1&price=5",
    "/why/code?code=vonmeier&product=a&price=none", "/radar", "/codes/1", "/codes/1?by=week",
    "/codes?of=coupon", "/redemptions?way=order", "/counter", "/counter_hosts", "/materials",
    "/materials/new", "/links", "/touches",
    "/suspicions", "/suspicions/policy", "/suspicions/policy/campaign", "/allowed_pairs",
    "/consent_log", "/reports", "/reports/sales", "/reports/liabilities", "/bookkeeping", "/letters",
    "/letters/log_in/de", "/letters/frame/de", "/approvals/mails", "/contacts/3/merge",
    "/contacts/3/sponsor", "/sponsor_changes",
    "/sources", "/sources/new", "/sources/1/edit", "/sources/1/secret",
    "/sources/1/pull", "/sources/1/codes", "/bodies", "/bodies/1", "/bodies/2",
    "/bodies/new",
)  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give the shop with its story, on a file, under a strict policy."""
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        story(shop)
        secret = add_source(shop)
        tell(shop, secret, paid(), order(currency="XXX"))
        use(shop, "vonmeier", 30, came_by=CameBy.TYPED, touched=False)
        shop.add_customer(INES)
        with shop.transaction():
            shop.firstline.invoice_paid(
                Invoice(ref="R9", order_ref="o9", currency="EUR", customer=Customer(ref="ina"))
            )

        yield shop


@pytest.fixture
def address(office: Office, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(office.app)


def signed_in(page: Page, address: str) -> Page:
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    return page


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Collect what the browser complains about: errors and breaches of the strict policy."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.location["url"]:
            found.append(message.text)

    page.on("console", hear)
    return found


def test_axe_finds_nothing_and_no_page_scrolls_sideways(address: str, browser: Browser) -> None:
    shown = browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,
        locale="de-DE",
    )
    page = signed_in(shown.new_page(), address)
    found = {}
    for path in PAGES:
        page.goto(f"{address}{PREFIX}{path}")
        found[path] = complaints_in_all_looks(page)
    page.goto(f"{address}{PREFIX}/coupons/new")
    page.get_by_role("button", name="Speichern").click()
    found["refused"] = complaints_in_all_looks(page)
    page.goto(f"{address}{PREFIX}/codes")
    page.get_by_label("stattdessen alle dieser Liste").check()
    page.get_by_role("button", name="Grenze setzen").click()
    found["act asked"] = complaints_in_all_looks(page)
    page.get_by_role("button", name="Zeigen, was geschieht").click()
    found["act shown"] = complaints_in_all_looks(page)
    shown.close()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_coupon_and_a_code_are_made_and_a_mistake_loses_nothing(
    address: str, page: Page, complaints: list[str]
) -> None:
    signed_in(page, address).goto(f"{address}{PREFIX}/coupons")
    page.get_by_role("link", name="New coupon").click()
    page.get_by_label("Name").fill("Spring")
    page.get_by_label("Amount").fill("five")
    page.get_by_label("Only for new customers").check()
    page.get_by_role("button", name="Save").click()

    amount = page.get_by_label("Amount")
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(amount).to_have_accessible_description(
        "This is no amount. Please write it like €12.50. With an amount of money. Of store credit: what each "
        "code is worth."
    )
    expect(page.get_by_label("Name")).to_have_value("Spring")
    expect(page.get_by_label("Only for new customers")).to_be_checked()

    amount.fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text(
        "The coupon Spring is made: €5.00 off, new customers only."
    )
    page.get_by_role("link", name="Codes", exact=True).click()
    page.get_by_role("link", name="New code").click()
    page.get_by_label("Code", exact=True).fill("springtime")
    page.get_by_label("Coupon").select_option("Spring")
    page.get_by_label("From partner").fill("Hans Meier")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("row", name="springtime")).to_contain_text("Hans Meier")
    assert [text for text in complaints if "422" not in text] == []


def test_coupons_are_switched_off_without_script_after_a_word_of_warning(
    office: Office, address: str, browser: Browser
) -> None:
    for name in ("One", "Two"):
        make_coupon(office.app, name)
    shown = browser.new_context(java_script_enabled=False)
    page = signed_in(shown.new_page(), address)
    page.goto(f"{address}{PREFIX}/coupons")

    page.get_by_label("Tick One").check()
    page.get_by_label("Tick Two").check()
    page.get_by_role("button", name="Switch off").click()
    expect(
        page.get_by_text("2 coupons are switched off. None of their codes can be redeemed.")
    ).to_be_visible()
    page.get_by_role("button", name="Switch off (2)").click()

    expect(page.get_by_role("status")).to_contain_text("2 coupons are switched off.")
    expect(page.get_by_role("row", name="One")).to_contain_text("off")
    shown.close()


def test_from_the_overview_to_the_reason_of_a_commission(address: str, page: Page) -> None:
    signed_in(page, address).goto(f"{address}{PREFIX}/")
    page.get_by_role("region", name="Who earned the most").get_by_role("link", name="Hans Meier").click()
    page.get_by_role("link", name="2026-11873").first.click()

    expect(page.get_by_role("heading", name="Order 2026-11873")).to_be_visible()
    expect(page.get_by_text("The books add up")).to_be_visible()


def test_the_menu_opens_on_a_phone(address: str, browser: Browser) -> None:
    shown = browser.new_context(viewport={"width": 360, "height": 800})
    page = signed_in(shown.new_page(), address)
    page.goto(f"{address}{PREFIX}/coupons")

    expect(page.get_by_role("link", name="Audit log")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.locator("summary", has_text="Oversight").click()
    page.get_by_role("link", name="Audit log").click()

    expect(page.get_by_role("heading", name="Audit log")).to_be_visible()
    shown.close()


def test_only_the_first_group_of_the_menu_and_that_of_the_open_page_are_unfolded(
    address: str, browser: Browser
) -> None:
    page = signed_in(browser.new_page(), address)
    page.goto(f"{address}{PREFIX}/coupons")
    menu = page.get_by_role("navigation", name="Administration")

    expect(menu.get_by_role("link", name="Overview")).to_be_visible()
    expect(menu.get_by_role("link", name="Batches")).to_be_visible()
    expect(menu.get_by_role("link", name="Audit log")).to_be_hidden()
    menu.locator("summary", has_text="Oversight").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="Audit log")).to_be_visible()
    page.close()
