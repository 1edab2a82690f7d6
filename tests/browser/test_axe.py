"""Axe itself hears of what is wrong with a page."""

from __future__ import annotations

from playwright.sync_api import Page

from .axe import complaints_of

PAGE = '<html lang="en"><title>Faults</title><main><h1>Faults</h1>{}</main></html>'


def test_a_page_with_faults_is_complained_of(page: Page) -> None:
    page.set_content(PAGE.format('<img src="a.png">'))
    assert [complaint.partition(":")[0] for complaint in complaints_of(page)] == ["image-alt"]

    page.set_content(PAGE.format('<p style="width: 5000px">Wide</p>'))
    assert complaints_of(page) == ["scrolls sideways"]


def test_colours_that_cannot_be_read_are_found_at_every_width(page: Page) -> None:
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.set_content(PAGE.format('<p style="color: #999; background: #aaa">Faint</p>'))
        assert [complaint.partition(":")[0] for complaint in complaints_of(page)] == ["color-contrast"]


def test_a_menu_is_looked_at_until_it_was_seen_as_it_is(page: Page) -> None:
    menu = '<nav class="fl-side" aria-label="Menu"><a href="/{}"><img src="a.png"></a></nav>'
    found = []
    for place in ("first", "first", "second"):
        page.set_content(PAGE.format(menu.format(place)))
        found.append({complaint.partition(":")[0] for complaint in complaints_of(page)})

    assert found == [{"image-alt", "link-name"}, set(), {"image-alt", "link-name"}]
