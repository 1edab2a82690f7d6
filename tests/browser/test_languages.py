"""No page of anybody's scrolls sideways on a phone, whatever the language."""

from __future__ import annotations

import re
from itertools import cycle

from playwright.sync_api import Browser

from ..web.all_pages import Story, Visit
from ..web.page_words import LANGUAGES
from ..web.test_admin_gate import guarded

PHONE = 360
_LINK = re.compile(r'<link rel="stylesheet" href="(/firstline/static/[^"]+)">')


def with_its_looks(visit: Visit, language: str, sheets: dict[str, str]) -> str:
    """Give a page that needs nothing from the shop any more, so that it is shown at once."""

    def sheet(found: re.Match[str]) -> str:
        if found[1] not in sheets:
            with visit.browser.get(found[1]) as answer:
                sheets[found[1]] = answer.get_data(as_text=True)
        return f"<style>{sheets[found[1]]}</style>"

    html = visit.browser.get(visit.path, headers={"Accept-Language": language}).get_data(as_text=True)
    return _LINK.sub(sheet, html)


def test_no_page_scrolls_sideways_on_a_phone_in_any_language(browser: Browser) -> None:
    wide: dict[tuple[str, str], int] = {}
    sheets: dict[str, str] = {}
    page = browser.new_page(viewport={"width": PHONE, "height": 740}, java_script_enabled=False)
    with guarded() as office:
        visits = [visit for rule, visit in Story(office).visits() if not rule.endswith(".csv")]
        for visit, language in zip(visits, cycle(LANGUAGES), strict=False):
            page.set_content(with_its_looks(visit, language, sheets))
            if (width := page.evaluate("document.documentElement.scrollWidth")) > PHONE:
                wide[visit.path, language] = width
    page.close()

    assert len(visits) > 150 and sheets
    assert wide == {}
