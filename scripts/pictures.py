"""Draw the pictures of the README anew from the running demo: `python scripts/pictures.py`."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from demo import create_app, history, seeds
from demo.__main__ import quiet_logs, served
from demo.opening import open_shop
from demo.story import DAYS, play

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH, HEIGHT = 1100, 820
_COLOURS = 200
FILE = """code;owner;max;until
anna5;1003;1;31.12.2027
anna 5;;;
bert5;nobody;once;31.11.2027
carla5;1003;;
"""


def main() -> None:
    """Play the story in a folder of its own and photograph what a buyer, a partner and an admin see."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        app = create_app()
        quiet_logs()
        open_shop(app, days_ago=history.DAYS + DAYS + history.DAYS_AFTER)
        with served(app, 0) as (home, _thread), sync_playwright() as playwright:
            past = history.live(app, home)
            story = play(app, home, io.StringIO())
            history.live_on(past)
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            cart(browser, home)
            joined(browser, home)
            shared(browser, story.kept["share"])
            desk(browser, home)
            admin = page_of(browser)
            sign_in(admin, home, seeds.ADMIN.email)
            why(admin, home, story.kept["order"])
            rule_run(admin, home)
            books(admin, home)
            refused(admin, home)
            imported(admin, home)
            cards(admin, home)
            payout_run(admin, home)
            browser.close()


def page_of(browser: Browser) -> Page:
    """Open a page of the size of the pictures."""
    return browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", locale="en-IE")


def keep(page: Page, name: str) -> None:
    """Photograph what is seen, in as few colours as look the same: a README should load at once."""
    seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    seen.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        PICTURES / f"{name}.png", optimize=True
    )


def cart(browser: Browser, home: str) -> None:
    """Fill a cart and redeem Meier's code."""
    page = page_of(browser)
    for sku in ("tea-evening", "balm-arnica"):
        page.goto(f"{home}/product/{sku}")
        page.locator("form.line-form button").click()
    page.goto(f"{home}/cart/")
    page.fill("input[name=code]", "VonMeier")
    page.locator("form[data-firstline=coupon] button").first.click()
    page.wait_for_selector(".fl-chip")
    keep(page, "cart")


def sign_in(page: Page, home: str, email: str) -> None:
    """Sign in to the shop."""
    page.goto(f"{home}/account/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[type=password]", seeds.PASSWORD)
    page.press("input[type=password]", "Enter")
    page.wait_for_load_state()


def joined(browser: Browser, home: str) -> None:
    """Look at the page on which partners apply."""
    page = page_of(browser)
    page.goto(f"{home}/firstline/partners/join?code=vonmeier")
    keep(page, "join")


def shared(browser: Browser, address: str) -> None:
    """Look at the page of a buyer who has a code for friends."""
    page = page_of(browser)
    page.goto(address)
    keep(page, "share")


def rule_run(page: Page, home: str) -> None:
    """Look at what a rule did about a booking that another program told."""
    page.goto(f"{home}/firstline/admin/rule_runs?state=met")
    page.get_by_role("row", name="workshop_booked").get_by_role("link").first.click()
    page.wait_for_load_state()
    keep(page, "rule")


def desk(browser: Browser, home: str) -> None:
    """Look at Meier's desk: start, downline, prospects, a statement."""
    page = page_of(browser)
    sign_in(page, home, seeds.MEIER.email)
    for path, name in (("", "desk"), ("downline", "downline"), ("prospects", "prospects")):
        page.goto(f"{home}/firstline/desk/{path}")
        keep(page, name)
    page.goto(f"{home}/firstline/desk/statements")
    page.locator("main a", has_text="GS-").last.click()
    page.wait_for_load_state()
    keep(page, "statement")


def why(page: Page, home: str, order: str) -> None:
    """Ask why an order earned."""
    page.goto(f"{home}/firstline/admin/why?q={order}")
    keep(page, "why")


def payout_run(page: Page, home: str) -> None:
    """Let holds be over, and look at what a run would pay."""
    page.goto(f"{home}/office/calendar")
    page.locator("#days").locator("xpath=ancestor::form").locator("button").click()
    page.goto(f"{home}/firstline/admin/payout_runs/new")
    page.locator("main form .fl-btn--primary").click()
    page.locator("#fl-pays").wait_for()
    keep(page, "payout")


def books(page: Page, home: str) -> None:
    """Look at the last check of the books."""
    page.goto(f"{home}/firstline/admin/books")
    keep(page, "books")


def refused(page: Page, home: str) -> None:
    """Ask why Meier's code is refused for a cart."""
    line = "product=tea-evening&quantity=2&price=6.90&rate=7"
    page.goto(f"{home}/firstline/admin/why/code?code=vonmeier&customer=ina@example.org&{line}")
    keep(page, "refused")


def imported(page: Page, home: str) -> None:
    """Look at a file of codes with mistakes before it is imported."""
    page.goto(f"{home}/firstline/admin/imports/new")
    sent = {"name": "codes.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.set_input_files("#file", sent)  # type: ignore[arg-type]  # a FilePayload
    page.locator("main form .fl-btn--primary").click()
    page.wait_for_selector(".fl-table--sheet")
    keep(page, "import")


def cards(page: Page, home: str) -> None:
    """Draw codes for a fair and look at their cards."""
    page.goto(f"{home}/firstline/admin/batches/new")
    for name, text in {"count": "200", "prefix": "FAIR26-", "occasion": "Fair in Hanover"}.items():
        page.fill(f"#{name}", text)
    page.locator(".fl-panel-foot .fl-btn--primary").click()
    page.locator(".fl-panel--decide .fl-btn--primary").click()
    page.locator("a[href*='/cards?']").click()
    page.locator("#fl-preview").evaluate("heading => heading.scrollIntoView()")
    page.locator(".fl-card").last.wait_for()
    keep(page, "cards")


if __name__ == "__main__":
    main()
