"""Draw the pictures of the README anew from the running demo: `python scripts/pictures.py`."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from demo import create_app, seeds
from demo.__main__ import quiet_logs, served
from demo.opening import open_shop
from demo.story import play

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
WIDTH, HEIGHT = 1100, 820


def main() -> None:
    """Play the story in a folder of its own and photograph cart, desk and why page."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        app = create_app()
        quiet_logs()
        open_shop(app)
        with served(app, 0) as (home, _thread), sync_playwright() as playwright:
            play(home, io.StringIO())
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            cart(browser, home)
            desk(browser, home)
            why(browser, home)
            browser.close()


def page_of(browser: Browser) -> Page:
    """Open a page of the size of the pictures."""
    return browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", locale="en-IE")


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
    page.screenshot(path=PICTURES / "cart.png")


def sign_in(page: Page, home: str, email: str) -> None:
    """Sign in to the shop."""
    page.goto(f"{home}/account/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[type=password]", seeds.PASSWORD)
    page.press("input[type=password]", "Enter")
    page.wait_for_load_state()


def desk(browser: Browser, home: str) -> None:
    """Look at Meier's desk."""
    page = page_of(browser)
    sign_in(page, home, seeds.MEIER.email)
    page.goto(f"{home}/firstline/desk/")
    page.screenshot(path=PICTURES / "desk.png")


def why(browser: Browser, home: str) -> None:
    """Ask why the last order earned."""
    page = page_of(browser)
    sign_in(page, home, seeds.ADMIN.email)
    page.goto(f"{home}/firstline/admin/why?q=24002")
    page.screenshot(path=PICTURES / "why.png")


if __name__ == "__main__":
    main()
