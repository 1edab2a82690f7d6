"""People who become partners: their browsers, the mails they get, and the links in these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Contact
from flask_firstline.services import partner_terms

from .office import Office, hidden

JOIN, SIGN_IN = "/firstline/partners/join", "/firstline/partners/sign-in"
DESK = "/firstline/desk/"
SENDER = "Lindenhof <shop@shop.example>"
TOM = {"name": "Tom Neu", "email": "tom@post.example"}


class MailingOffice(Office):
    """A shop that keeps the mails that it is given."""

    def __init__(self, **config: object) -> None:
        self.mails: list[EmailMessage] = []
        super().__init__(**config)  # type: ignore[arg-type]  # settings

    def send_mail(self, message: EmailMessage) -> None:
        self.mails.append(message)

    def post(self) -> list[EmailMessage]:
        """Let the worker send what waits, and give what has arrived since the last time."""
        self.mails.clear()
        with self.app.app_context():
            work_once(self.state)
        return list(self.mails)

    def link(self) -> str:
        """Give the path of the one link with a ticket in the one mail that waits."""
        [mail] = self.post()
        [found] = re.findall(r"https?://[^\s/]+(/firstline/partners/\S*/\S{40,})", body_of(mail))
        return str(found)

    def write_terms(self, **texts: str) -> int:
        with self.transaction() as session:
            return partner_terms.write(session.connection(), texts, who="test", now=self.clock.now)

    def partner(self, **where: object) -> Any:
        [row] = self.rows(Contact, **where)
        return row


def body_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def fill(browser: FlaskClient, address: str, *, at: str = "", **given: str) -> TestResponse:
    """Fill in the form of a page and send it, with its hidden fields."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    return browser.post(at or address, data={**dict(hidden(page.text)), **given})


def confirmed(shop: MailingOffice, browser: FlaskClient, **given: str) -> TestResponse:
    """Apply and confirm the address."""
    assert fill(browser, JOIN, **{**TOM, "terms": "y", **given}).status_code == 303
    return fill(browser, shop.link())


def partner_by_page(shop: MailingOffice, password: str = "correct horse") -> FlaskClient:
    """Give the browser of Tom, who applied, was taken at once, and has set a password."""
    browser = shop.browser()
    confirmed(shop, browser)
    assert fill(browser, shop.link(), new=password).status_code == 303
    return browser


def said(response: TestResponse) -> str:
    body = re.sub(r"(?s)<(head|svg|script)\b.*?</\1>", " ", response.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def opened(**config: object) -> Iterator[MailingOffice]:
    with MailingOffice(FIRSTLINE_MAIL_FROM=SENDER, **config) as shop:
        yield shop
