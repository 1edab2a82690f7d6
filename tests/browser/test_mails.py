"""Mails looked at as pictures: wide and narrow, light and dark, each language."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from flask_firstline.delivery.worker import work_once
from flask_firstline.services.partners import add_partner
from flask_firstline.testing import FakeShop
from tests.mail_server import html_of

DESK = "https://lindenhof.example/firstline/desk/"
NAME = "Anna-Katharina Freifrau von Hohenstein-Wachsenburg"


class Sending(FakeShop):
    """A shop that keeps its mails."""

    def __init__(self, url: str, **config: Any) -> None:
        self.mails: list[EmailMessage] = []
        super().__init__(url, **config)

    def send_mail(self, message: EmailMessage) -> None:
        """Keep it."""
        self.mails.append(message)


def welcome_mail(folder: Path, language: str) -> str:
    with Sending(
        f"sqlite:///{folder / 'shop.sqlite'}",
        FIRSTLINE_MAIL_FROM="Lindenhof Naturwaren <shop@lindenhof.example>",
        FIRSTLINE_LOCALES=(language,),
    ) as shop:
        with shop.app.app_context():
            now = shop.state.now()
            shop.state.in_own_unit(
                lambda session: add_partner(
                    session.connection(), ref="1003", email="anna@lindenhof.example", name=NAME,
                    places={"desk": DESK}, who="admin", now=now,
                )
            )  # fmt: skip
            work_once(shop.state)
        assert isinstance(shop, Sending)
        return html_of(shop.mails[0])


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    chosen: Literal["light", "dark"] = request.param
    return chosen


@pytest.fixture(params=[600, 360])
def reader(
    request: pytest.FixtureRequest, browser: Browser, scheme: Literal["light", "dark"]
) -> Iterator[Page]:
    """Open a mail program of this width, in these colours."""
    context = browser.new_context(viewport={"width": request.param, "height": 720}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["de", "ru"])
def test_a_mail_can_be_read_on_every_screen_in_light_and_dark(
    reader: Page, scheme: str, language: str, tmp_path: Path
) -> None:
    reader.set_content(welcome_mail(tmp_path, language))

    assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert reader.evaluate("document.documentElement.lang") == language
    ground = reader.evaluate("getComputedStyle(document.querySelector('.fl-mail-sheet')).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 32, 40)"}[scheme]
    found = Axe().run(reader, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]})
    assert [violation["id"] for violation in found["violations"]] == []
    assert reader.get_by_role("link").first.get_attribute("href") == DESK


def test_a_mail_asks_for_nothing_from_outside(page: Page, tmp_path: Path) -> None:
    """Pictures and sheets from a server would tell it who reads when."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.set_content(welcome_mail(tmp_path, "en"))

    assert asked == []
    assert page.get_by_role("heading").inner_text() == f"Hello {NAME}"
