"""Axe itself hears of what is wrong with a page."""

from __future__ import annotations

from playwright.sync_api import Page

from .test_pages import complaints_of

PAGE = '<html lang="en"><title>Faults</title><main><h1>Faults</h1>{}</main></html>'


def test_a_page_with_faults_is_complained_of(page: Page) -> None:
    page.set_content(PAGE.format('<img src="a.png">'))
    assert [complaint.partition(":")[0] for complaint in complaints_of(page)] == ["image-alt"]

    page.set_content(PAGE.format('<p style="width: 5000px">Wide</p>'))
    assert complaints_of(page) == ["scrolls sideways"]
