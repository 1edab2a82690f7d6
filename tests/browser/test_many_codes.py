"""Making and importing codes as an admin does it: without script, wide and narrow, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Code
from flask_firstline.services import code_uploads

from ..web.office import PREFIX, Office
from .axe import complaints_in_all_looks
from .conftest import LiveServer
from .test_admin import address, office, signed_in

__all__ = ["address", "office"]

CSV = "code;owner;max;until\nabc1;meier;1;31.12.2027\nabc 1;;;\nvonmeier;nobody;einmal;31.11.2027\nabc2;;;\n"


def send(page: Page, address: str, text: str = CSV, name: str = "codes.csv") -> None:
    page.goto(f"{address}{PREFIX}/imports/new")
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")})
    page.locator(".fl-panel-foot button").click()


def ask_for(page: Page, address: str, count: str = "5") -> None:
    page.goto(f"{address}{PREFIX}/batches/new")
    page.locator("#count").fill(count)
    page.locator("#prefix").fill("FAIR-")
    page.locator("#occasion").fill("Fair")
    page.locator(".fl-panel-foot button").click()


def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    office: Office, address: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = browser.new_context(
        viewport={"width": 1280, "height": 800},
        bypass_csp=True,
        locale="de-DE",
    )
    page = signed_in(shown.new_page(), address)
    found = {}

    def look(name: str) -> None:
        found[name] = complaints_in_all_looks(page)

    for path in ("/batches", "/imports"):
        page.goto(f"{address}{PREFIX}{path}")
        look(f"{path}, empty")
    ask_for(page, address)
    look("samples")
    page.locator(".fl-panel--decide button").click()
    look("batch")
    page.goto(f"{address}{PREFIX}/batches/new")
    page.locator(".fl-panel-foot button").click()
    look("batch refused")
    send(page, address, "colour\nred\n")
    look("file refused")
    send(page, address)
    look("preview")
    monkeypatch.setattr(code_uploads, "AT_ONCE", 1)
    page.locator(".fl-panel--decide button").click()
    look("progress")
    with office.app.app_context():
        work_once(office.state)
    page.goto(f"{address}{PREFIX}/imports/1")
    look("done")
    for path in ("/batches", "/imports"):
        page.goto(f"{address}{PREFIX}{path}")
        look(path)
    shown.close()

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_codes_for_a_fair_are_made_and_written_for_the_printer(
    office: Office, address: str, page: Page, tmp_path: Path
) -> None:
    signed_in(page, address).goto(f"{address}{PREFIX}/batches")
    page.get_by_role("link", name="Make codes").first.click()
    page.get_by_label("How many").fill("3")
    page.get_by_label("Beginning").fill("FAIR-")
    page.get_by_label("Occasion").fill("Fair")
    page.get_by_role("button", name="Show samples").click()
    expect(page.get_by_text("practically impossible to guess", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make 3 codes").click()
    expect(page.get_by_role("status")).to_contain_text("3 codes are made.")

    with page.expect_download() as download:
        page.get_by_role("link", name="For the printer (CSV)").click()
    download.value.save_as(tmp_path / "cards.csv")

    lines = (tmp_path / "cards.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Code,Occasion,Valid until,Link"
    assert len(lines) == 4
    link = lines[1].rpartition(",")[2]
    assert link.startswith(f"{address}/firstline/c/FAIR-")
    page.goto(link)
    page.goto(f"{address}/cart")
    expect(page.get_by_text(link.rpartition("/")[2]).first).to_be_visible()


def test_a_file_is_imported_without_script(office: Office, address: str, browser: Browser) -> None:
    shown = browser.new_context(java_script_enabled=False)
    page = signed_in(shown.new_page(), address)
    page.goto(f"{address}{PREFIX}/")
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="Import a file").first.click()
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("Please choose a file.")
    send(page, address)

    expect(page.get_by_role("cell", name="einmal")).to_have_accessible_description(
        "owner: Nobody has this customer number. max: Give a whole number, or nothing for no limit. "
        "until: This is no date. Write 2026-12-31 or 31.12.2026; a time such as 18:00 may follow."
    )
    page.get_by_label("Import the good lines").check()
    page.get_by_role("button", name="Import 2 lines").click()

    expect(page.get_by_role("status")).to_contain_text("The codes are imported.")
    assert len(office.rows(Code, display="abc2")) == 1
    shown.close()


def test_the_page_of_a_large_import_comes_again_by_itself(
    office: Office, address: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, live_server: LiveServer
) -> None:
    monkeypatch.setattr(code_uploads, "AT_ONCE", 1)
    shown = browser.new_context(java_script_enabled=False)
    page = signed_in(shown.new_page(), address)
    send(page, address, "code\nabc1\nabc2\n")
    page.get_by_role("button", name="Import 2 lines").click()
    expect(page.get_by_text("0 of 2 lines")).to_be_visible()

    with office.app.app_context():
        work_once(office.state)

    expect(page.get_by_text("were made")).to_be_visible(timeout=15_000)
    shown.close()
