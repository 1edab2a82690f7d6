"""What the shop would have sent, and the question whether a visitor may be known again."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from flask import Flask

from demo.browser import Visitor
from demo.outbox import keep

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["To"] = "Hello", "Ina <ina@example.org>"
    message.set_content("Look: https://example.org/balm")
    message.add_alternative("<style>p { color: green }</style><p>Look", subtype="html")
    return message


def test_mails_are_kept_to_be_read(app: Flask, buyer: Visitor) -> None:
    with app.app_context():
        keep(letter())

    mail = buyer.open(buyer.open("/test-outbox/").link("Hello"))
    assert "To: Ina <ina@example.org>" in mail.texts
    assert mail.link("https://example.org/balm")
    shown = buyer.open(mail.link("As a mail program shows it"))
    assert shown.texts == ["Look"]


def test_a_mail_runs_nothing(app: Flask) -> None:
    with app.app_context():
        keep(letter())
    browser = app.test_client()
    number = re.search(r"/test-outbox/(\d+)", browser.get("/test-outbox/").text)
    assert number is not None

    shown = browser.get(f"/test-outbox/{number[1]}/html")
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "sandbox" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize("number", ["1", "one", "01795356560591836436"])
def test_a_mail_that_is_not_there_is_not_found(buyer: Visitor, number: str) -> None:
    assert buyer.open(f"/test-outbox/{number}").status == 404


def test_the_question_is_asked_until_it_is_answered(buyer: Visitor) -> None:
    page = buyer.open("/product/tea-mint")
    page = buyer.send(page, "/known-again/", answer="no")

    assert page.url.endswith("/product/tea-mint")
    assert "known-again" not in page.html
