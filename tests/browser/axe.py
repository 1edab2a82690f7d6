"""What axe finds wrong with a page, and nothing of what it finds right: that is long to send and to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
"""What depends on the width and the colours; all else is the same markup in each."""
WIDE = 1000
"""In CSS pixels: from here on all rules are asked, on narrower pages those of the looks."""
NARROW: ViewportSize = {"width": 360, "height": 800}
_SCRIPT = Axe().axe_script
_MENU = """() => {
  const menu = document.querySelector('nav.fl-side');
  return menu && menu.outerHTML.replaceAll(' aria-current="page"', '');
}"""
_RUN = """([options, exclude]) =>
  axe.run({include: [['html']], exclude}, options).then(found => found.violations)"""
_seen: set[tuple[object, ...]] = set()


def complaints_of(page: Page) -> list[str]:
    """Say what is wrong with a page: what axe finds, and whether it scrolls sideways."""
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations(page)] + sideways(page)


def sideways(page: Page) -> list[str]:
    """Say whether a page scrolls sideways."""
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return ["scrolls sideways"] if wide else []


def complaints_in_all_looks(page: Page, ask: Callable[[Page], list[str]] = complaints_of) -> list[str]:
    """Say what is wrong with a wide and light page, and with the same page narrow and dark."""
    found, size = ask(page), page.viewport_size
    assert size is not None and size["width"] >= WIDE
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    found += [f"narrow and dark: {complaint}" for complaint in ask(page)]
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="light")
    return found


def violations(page: Page) -> list[dict[str, Any]]:
    """Look at the page once it is loaded with its stylesheet; give each broken rule with its nodes.

    The menu beside it is half of a page and the same on each: one that was looked at is left out.
    """
    page.wait_for_load_state("load")
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    wide = page.viewport_size is None or page.viewport_size["width"] >= WIDE
    options = OPTIONS if wide else {**OPTIONS, "runOnly": LOOKS}
    menu = (page.evaluate(_MENU), wide, page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches"))
    found: list[dict[str, Any]] = page.evaluate(_RUN, [options, [["nav.fl-side"]] if menu in _seen else []])
    _seen.add(menu)
    return found
