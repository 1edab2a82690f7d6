"""A letter is edited in a browser without script, under a strict policy: what is typed is shown at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Page, expect

from flask_firstline.extension import MOUNTS
from flask_firstline.models import MailText
from tests.web.office import INES, PREFIX, Office

from .axe import complaints_of
from .conftest import LiveServer

POLICY = "default-src 'self'"
AT = f"{PREFIX}/letters"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:
        shop.add_customer(INES)

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers.setdefault("Content-Security-Policy", POLICY)
            return response

        yield shop


def test_what_is_typed_is_shown_in_the_frame_before_it_is_saved(
    office: Office, live_server: LiveServer, page: Page
) -> None:
    address = live_server(office.app)
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    page.goto(f"{address}{AT}/log_in/de")
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("link", name="Anmelden", exact=True)).to_be_visible()

    page.get_by_label("Text", exact=True).fill("Gleich sind Sie da.\nHinein: {link}")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(mail.get_by_role("link", name="Hinein", exact=True)).to_be_visible()
    colour = mail.locator(".fl-mail-sheet").evaluate("one => getComputedStyle(one).maxWidth")
    page.get_by_role("button", name="Preview as text").click()
    expect(mail.get_by_text("Hinein:\nhttps://")).to_be_visible()

    assert colour == "600px"
    assert office.rows(MailText) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The mail is saved.")).to_be_visible()
    assert len(office.rows(MailText)) == 1


def test_the_pages_of_letters_can_be_read_on_every_screen(
    office: Office, live_server: LiveServer, page: Page
) -> None:
    address = live_server(office.app)
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    for path in (AT, f"{AT}/share_mail/en", f"{AT}/log_in/de/reset"):
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{address}{path}")
            assert complaints_of(page) == [], (path, width)
