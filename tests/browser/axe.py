"""What axe finds wrong with a page, and nothing of what it finds right: that is long to send and to read."""

from __future__ import annotations

from typing import Any

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
"""What depends on the width and the colours; all else is the same markup in each."""
WIDE = 1000
"""In CSS pixels: from here on all rules are asked, on narrower pages those of the looks."""
_SCRIPT = Axe().axe_script


def violations(page: Page) -> list[dict[str, Any]]:
    """Look at the page once it is loaded with its stylesheet; give each broken rule with its nodes."""
    page.wait_for_load_state("load")
    page.evaluate(_SCRIPT)
    wide = page.viewport_size is None or page.viewport_size["width"] >= WIDE
    options = OPTIONS if wide else {**OPTIONS, "runOnly": LOOKS}
    found: list[dict[str, Any]] = page.evaluate(
        "options => axe.run(options).then(found => found.violations)", options
    )
    return found
