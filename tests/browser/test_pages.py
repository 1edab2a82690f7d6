"""The coupon field and the desk as people use them: with and without script, on wide and narrow screens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from ..web.small_shop import World, make_world
from .axe import complaints_in_all_looks
from .conftest import LiveServer

DESK_PAGES = (
    "/",
    "/codes",
    "/links",
    "/material",
    "/codes/1",
    "/codes/1?by=week",
    "/firstline",
    "/commissions",
)
FOLLOW = """document.addEventListener('firstline:quote', (event) => {
  event.preventDefault();
  window.heard = event.detail;
})"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the shop with a partner, a code, two sales and one return."""
    world = make_world(tmp_path)
    meier = world.partner("meier", "Hans Meier")
    world.code("vonmeier", world.coupon(), meier)
    world.terms({1: 10})
    world.buys("anna", "Anna Fischer", number="1", code="vonmeier")
    world.buys("bernd", "Bernd Kolb", number="2", quantity=3, code="vonmeier")
    world.returns("2")
    yield world
    world.close()


@pytest.fixture
def address(world: World, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(world.app)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Collect what the browser complains about: errors and breaches of the strict policy."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.location["url"]:
            found.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_a_code_is_applied_and_removed_without_a_page_reload(
    address: str, page: Page, complaints: list[str]
) -> None:
    page.goto(address)
    page.evaluate(FOLLOW)

    page.get_by_label("Coupon code").fill("VON-meier")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("\N{MINUS SIGN}€5.00")).to_be_visible()
    heard = page.evaluate("window.heard")
    page.get_by_role("button", name="Remove coupon vonmeier").click()
    expect(page.get_by_text("The coupon is removed.").first).to_be_visible()

    assert (heard["ok"], heard["to_pay"]) == (True, "29.70")
    assert page.evaluate("window.heard.to_pay") == "34.70"
    assert complaints == []


def test_a_refusal_is_tied_to_the_field_and_the_focus_stays_there(
    world: World, address: str, page: Page
) -> None:
    world.adapter.quantity = 1
    page.goto(address)

    page.get_by_label("Coupon code").fill("vonmeier")
    page.keyboard.press("Enter")
    field = page.get_by_label("Coupon code")

    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(
        "This code needs goods for at least €20.00. €5.10 are missing."
    )
    expect(field).to_be_focused()
    expect(field).to_have_value("vonmeier")


def test_a_shop_without_script_of_its_own_shows_the_new_totals_by_itself(address: str, page: Page) -> None:
    page.goto(address)

    page.get_by_label("Coupon code").fill("vonmeier")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#to-pay")).to_have_text("29.70")
    page.get_by_role("button", name="Remove coupon vonmeier").click()

    expect(page.locator("#to-pay")).to_have_text("34.70")


def test_a_tab_that_was_open_before_the_first_code_still_works(
    address: str, page: Page, context: BrowserContext
) -> None:
    page.goto(address)
    other = context.new_page()
    other.goto(address)
    other.get_by_label("Coupon code").fill("nothing")
    other.get_by_role("button", name="Apply").click()
    expect(other.get_by_role("alert")).to_be_visible()

    page.get_by_label("Coupon code").fill("vonmeier")
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_text("\N{MINUS SIGN}€5.00")).to_be_visible()


def test_the_field_works_inside_a_form_of_the_shop(address: str, page: Page, complaints: list[str]) -> None:
    page.goto(f"{address}/one-form")
    page.add_script_tag(url=f"{address}/firstline/static/firstline.js", type="module")
    page.evaluate(FOLLOW)

    page.get_by_label("Coupon code").fill("vonmeier")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("\N{MINUS SIGN}€5.00")).to_be_visible()
    page.get_by_role("button", name="Remove coupon vonmeier").click()

    expect(page.get_by_text("The coupon is removed.").first).to_be_visible()
    assert complaints == []


@pytest.fixture
def without_script(browser: Browser, address: str) -> Iterator[Page]:
    """Give a page of a browser that runs no script."""
    context = browser.new_context(java_script_enabled=False, base_url=address, locale="en-GB")
    yield context.new_page()
    context.close()


def test_everything_works_without_script(without_script: Page) -> None:
    page = without_script
    page.goto("/")
    page.get_by_label("Coupon code").fill("vonmeier")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#to-pay")).to_have_text("29.70")

    page.goto("/sign-in/meier?next=/firstline/desk/codes")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_label("Your code", exact=True).fill("vonmeier")
    page.get_by_role("button", name="Make the code").click()
    expect(page.get_by_label("Your code", exact=True)).to_have_accessible_description(
        re.compile("^vonmeier is taken. Free is: vonmeier-26 ")
    )
    page.get_by_role("link", name="vonmeier-26").click()
    page.get_by_role("button", name="Make the code").click()
    expect(page.get_by_text("The code vonmeier-26 can be used now.")).to_be_visible()
    page.get_by_role("button", name="Pause vonmeier-26").click()
    expect(page.get_by_text("The code vonmeier-26 is paused.")).to_be_visible()


def test_a_partner_makes_a_code_with_a_live_check(address: str, page: Page, complaints: list[str]) -> None:
    page.goto(f"{address}/sign-in/meier?next=/firstline/desk/codes")
    field = page.get_by_label("Your code", exact=True)

    field.fill("v0nmeier")
    expect(page.get_by_text("This looks like a code that is taken.")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="v0nmeier-26").click()
    expect(page.get_by_text("v0nmeier-26 is free.")).to_be_visible()
    page.get_by_role("button", name="Make the code").click()

    expect(page.get_by_role("rowheader", name="v0nmeier-26")).to_be_visible()
    assert complaints == []


def test_a_code_is_copied_by_its_button(address: str, page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/sign-in/meier?next=/firstline/desk/codes")

    page.get_by_role("button", name="Copy vonmeier").click()

    expect(page.get_by_text("Copied")).to_be_attached()
    assert page.evaluate("navigator.clipboard.readText()") == "vonmeier"


def test_an_act_that_asks_first_is_done_only_after_a_yes(address: str, page: Page) -> None:
    page.goto(f"{address}/sign-in/meier?next=/firstline/desk/codes")
    page.evaluate(
        """() => Object.assign(document.querySelector("form[action$=pause]").dataset,
            { flConfirm: "Pause the code?", flYes: "Pause it", flNo: "Leave it" })"""
    )
    dialog = page.get_by_role("dialog", name="Pause the code?")

    page.get_by_role("button", name="Pause vonmeier").click()
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Pause vonmeier")).to_be_visible()
    page.get_by_role("button", name="Pause vonmeier").click()
    dialog.get_by_role("button", name="Pause it").click()

    expect(page.get_by_text("The code vonmeier is paused.")).to_be_visible()


def test_the_menu_of_the_desk_opens_on_a_phone(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{address}/sign-in/meier?next=/firstline/desk/")
    menu = page.get_by_role("navigation", name="Partner desk")

    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="First line").click()

    expect(page.get_by_role("heading", name="First line")).to_be_visible()


def test_axe_finds_nothing_and_no_page_scrolls_sideways(world: World, address: str, browser: Browser) -> None:
    world.adapter.quantity = 1
    shown = browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,
        locale="de-DE",
    )
    page = shown.new_page()
    page.goto(address)
    found = {"/": complaints_in_all_looks(page)}
    page.get_by_label("Gutscheincode").fill("vonmeier")
    page.get_by_role("button", name="Einlösen").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found["refused"] = complaints_in_all_looks(page)
    page.goto(f"{address}/sign-in/meier")
    for path in DESK_PAGES:
        page.goto(f"{address}/firstline/desk{path}")
        found[path] = complaints_in_all_looks(page)
    shown.close()

    assert {name: found for name, found in found.items() if found} == {}
