"""What is photographed, person by person."""

from __future__ import annotations

from picture_studio import Studio
from playwright.sync_api import Page

DESK, ADMIN = "/firstline/desk", "/firstline/admin"
FILE = """code;owner;max;until
anna5;1003;1;31.12.2027
anna 5;;;
bert5;nobody;once;31.11.2027
carla5;1003;;
"""
#: Pages of the desk that are there to be looked at, and their pictures.
DESK_PAGES = {
    "/": "desk",
    "/codes": "codes",
    "/links": "links",
    "/firstline": "people",
    "/prospects": "prospects",
    "/downline": "downline",
    "/commissions": "commissions",
    "/payouts": "payouts",
    "/payouts/details": "payout-details",
    "/tax": "tax",
    "/settings": "settings",
}
ADMIN_PAGES = {
    "/": "admin",
    "/coupons/1/edit": "coupon",
    "/terms": "terms",
    "/reports/sales?period=this-year": "report",
    "/outbox?state=done&topic=mail": "outbox",
    "/promoters": "promoters",
    "/links": "all-links",
    "/books": "books",
}


def cart(studio: Studio) -> None:
    """Fill a cart and redeem Meier's code, wide and on a phone."""
    for phone in (False, True):
        page = studio.visitor(phone=phone)
        _fill(studio, page, "tea-evening", "balm-arnica")
        _type_code(page)
        page.wait_for_selector(".fl-chip")
        if phone:
            page.locator(".fl-chip").evaluate("chip => chip.scrollIntoView({block: 'center'})")
        studio.keep(page, "cart-phone" if phone else "cart")


def refused_in_cart(studio: Studio) -> None:
    """Let somebody who has ordered before type a code for new customers."""
    page = studio.buyer()
    _fill(studio, page, "tea-evening", "balm-arnica")
    _type_code(page)
    page.wait_for_selector(".fl-says--bad")
    studio.keep(page, "cart-refused")


def _fill(studio: Studio, page: Page, *products: str) -> None:
    for sku in products:
        studio.go(page, f"/product/{sku}")
        page.locator("form.line-form button").click()
    studio.go(page, "/cart/")


def _type_code(page: Page) -> None:
    page.fill("input[name=code]", "VonMeier")
    page.locator("form[data-firstline=coupon] button").first.click()


def joining(studio: Studio) -> None:
    """Look at the page on which partners apply."""
    page = studio.visitor()
    studio.go(page, "/firstline/partners/join?code=vonmeier")
    studio.keep(page, "join")
    studio.go(page, "/firstline/partners/sign-in")
    studio.keep(page, "sign-in")


def sharing(studio: Studio) -> None:
    """Look at the page of a buyer who has a code for friends, wide and on a phone."""
    for phone in (False, True):
        page = studio.visitor(phone=phone)
        studio.go(page, studio.story.kept["share"])
        studio.keep(page, "share-phone" if phone else "share")


def consent(studio: Studio) -> None:
    """Look at what a customer lets the partner see."""
    page = studio.buyer()
    studio.go(page, "/firstline/consent")
    studio.keep(page, "consent")


def desk(studio: Studio) -> None:
    """Look at Meier's desk, page by page, and at its start on a phone."""
    page = studio.partner()
    for path, name in DESK_PAGES.items():
        studio.go(page, DESK + path)
        studio.keep(page, name)
    phone = studio.partner(phone=True)
    studio.go(phone, f"{DESK}/")
    studio.keep(phone, "desk-phone")


def statement(studio: Studio) -> None:
    """Look at Meier's first statement."""
    page = studio.partner()
    studio.go(page, f"{DESK}/statements")
    page.locator("main a", has_text="GS-").last.click()
    page.wait_for_load_state()
    studio.keep(page, "statement")


def admin_pages(studio: Studio) -> None:
    """Look at pages of the admin, and ask why an order earned."""
    page = studio.admin()
    for path, name in {**ADMIN_PAGES, f"/why?q={studio.story.kept['order']}": "why"}.items():
        studio.go(page, ADMIN + path)
        studio.keep(page, name)
    studio.go(page, "/firstline/api/v1/")
    studio.keep(page, "api")


def why_refused(studio: Studio) -> None:
    """Ask why Meier's code is refused for a cart."""
    line = "product=tea-evening&quantity=2&price=6.90&rate=7"
    page = studio.admin()
    studio.go(page, f"{ADMIN}/why/code?code=vonmeier&customer=ina@example.org&{line}")
    studio.keep(page, "refused")


def rule_run(studio: Studio) -> None:
    """Look at what a rule did about a booking that another program told."""
    page = studio.admin()
    studio.go(page, f"{ADMIN}/rule_runs?state=met")
    page.get_by_role("row", name="workshop_booked").get_by_role("link").first.click()
    page.wait_for_load_state()
    studio.keep(page, "rule")


def imported(studio: Studio) -> None:
    """Look at a file of codes with mistakes before it is imported."""
    page = studio.admin()
    studio.go(page, f"{ADMIN}/imports/new")
    sent = {"name": "codes.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.set_input_files("#file", sent)  # type: ignore[arg-type]  # a FilePayload
    page.locator("main form .fl-btn--primary").click()
    page.wait_for_selector(".fl-table--sheet")
    studio.keep(page, "import")


def cards(studio: Studio) -> None:
    """Draw codes for a fair and look at their cards."""
    page = studio.admin()
    studio.go(page, f"{ADMIN}/batches/new")
    for name, text in {"count": "200", "prefix": "FAIR26-", "occasion": "Fair in Hanover"}.items():
        page.fill(f"#{name}", text)
    page.locator(".fl-panel-foot .fl-btn--primary").click()
    page.locator(".fl-panel--decide .fl-btn--primary").click()
    page.locator("a[href*='/cards?']").click()
    page.locator("#fl-preview").evaluate("heading => heading.scrollIntoView()")
    page.locator(".fl-card").last.wait_for()
    studio.keep(page, "cards")


def payout_run(studio: Studio) -> None:
    """Let holds be over, and look at what a run would pay."""
    page = studio.admin()
    studio.go(page, "/office/calendar")
    page.locator("#days").locator("xpath=ancestor::form").locator("button").click()
    studio.go(page, f"{ADMIN}/payout_runs/new")
    page.locator("main form .fl-btn--primary").click()
    page.locator("#fl-pays").wait_for()
    studio.keep(page, "payout")
