"""Bringing partners from another system as an admin does it, each page seen in all looks."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from ..web.office import PREFIX, Office
from .axe import complaints_in_all_looks
from .test_admin import address, office, signed_in

__all__ = ["address", "office"]

CSV = (
    "Partnernummer;E-Mail;Name;Werber;Beigetreten;IBAN\n"
    "7;anna@old.example;Anna;;01/02/2024;DE89370400440532013000\n"
    "8;sehr-lange-adresse-von-bert@old-system.example;Bert;7;03/02/2024;\n"
    "9;carl;Carl;8;03/02/2024;\n"
)


def test_a_file_is_brought_in_by_hand_and_axe_finds_nothing_on_the_way(
    office: Office, address: str, browser: Browser
) -> None:
    shown = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page: Page = signed_in(shown.new_page(), address)
    found = {}

    def look(name: str) -> None:
        found[name] = complaints_in_all_looks(page)

    page.goto(f"{address}{PREFIX}/imports")
    page.get_by_role("link", name="From another system").first.click()
    look("new")
    page.get_by_label("Other system").fill("AffiliateWP")
    page.set_input_files("#file", {"name": "old.csv", "mimeType": "text/csv", "buffer": CSV.encode()})
    page.get_by_role("button", name="To the columns").click()
    look("columns")
    page.get_by_role("button", name="Look at it").click()
    look("in doubt")
    page.get_by_label("Dates").select_option("dmy")
    page.get_by_label("Keep this mapping as").fill("Old export")
    page.get_by_role("button", name="Look at it").click()
    look("preview")
    page.get_by_role("button", name="Import 2 lines").click()
    look("done")
    assert page.get_by_text("were made").is_visible()
    shown.close()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
