"""Mails of rules have the way to end them by one click, however the rule was saved and the mail is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask_mail import Mail as FlaskMail
from flask_mailman import Mail as Mailman

from flask_firstline import Customer
from flask_firstline.domain.mail import read_server
from flask_firstline.models import Outbox
from flask_firstline.testing import make_code, make_partner
from tests.mail_server import MailServer, html_of, mail_server, text_of

from .form_reader import press
from .office import PREFIX, Office, send
from .test_cli_rules import FILE

NEW = f"{PREFIX}/rules/new"
INA = Customer(ref="ina", email="ina@post.example")
SENDER = "Lindenhof <shop@shop.example>"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def shop_with(server: MailServer, extension: Any, **config: Any) -> Office:
    """Make a shop that sends by SMTP, or by an extension of its own."""
    own = {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": read_server(server.url).port,
        "MAIL_BACKEND": "smtp",
        "MAIL_SUPPRESS_SEND": False,
    }
    ours = {"FIRSTLINE_SMTP_URL": server.url} if extension is None else own
    shop = Office(FIRSTLINE_MAIL_FROM=SENDER, **ours, **config)
    if extension is not None:
        extension(shop.app)
    return shop


def by_page(shop: Office, file: Path) -> None:
    """Save the rule of a recipe on the page: it writes to who brought a friend."""
    make_partner(shop.app, "meier", email="hans@post.example")
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
    with shop.app.app_context():
        shop.firstline.customer_registered(INA, code="vonmeier", commit=True)
    browser = shop.ines()
    send(browser, f"{PREFIX}/programs/new", {"name": "Friends"})
    press(browser, browser.get(f"{NEW}?recipe=demo_done"), NEW, "save", conversion="y")
    send(browser, f"{PREFIX}/programs/1/edit", {"name": "Friends", "active": "y"})


def by_file(shop: Office, file: Path) -> None:
    """Put the rule of a file, by the command for rules."""
    file.write_text(FILE.replace("condition =", "# "), encoding="utf-8")
    run(shop, "rule", "add", str(file))


def by_apply(shop: Office, file: Path) -> None:
    """Put the rule of a file, by the command for everything."""
    file.write_text(FILE.replace("condition =", "# "), encoding="utf-8")
    run(shop, "apply", str(file))


def run(shop: Office, *args: str) -> None:
    """Run a command that must succeed."""
    answer = shop.app.test_cli_runner().invoke(args=["firstline", *args])
    assert answer.exit_code == 0, answer.output


def see_a_demo(shop: Office) -> None:
    """Tell of a demo, and let the worker do what follows."""
    with shop.app.app_context():
        shop.firstline.event("demo_done", INA, commit=True)
    run(shop, "work", "--once")


@pytest.mark.parametrize(
    ("save", "extension"),
    [(by_page, None), (by_file, Mailman), (by_apply, FlaskMail)],
    ids=["page, SMTP", "rule add, Flask-Mailman", "apply, Flask-Mail"],
)
def test_a_rules_mail_is_ended_by_one_click(
    server: MailServer, tmp_path: Path, save: Any, extension: Any
) -> None:
    with shop_with(server, extension, SERVER_NAME="localhost") as shop:
        save(shop, tmp_path / "rules.toml")
        see_a_demo(shop)
        (mail,) = server.mails
        link = dict(mail.raw_items())["List-Unsubscribe"].strip()[1:-1]
        assert link.startswith("http://localhost/firstline/mails/preferences/")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"Choose which mails you get:\n{link}" in text_of(mail) and link in html_of(mail)

        clicked = shop.browser().post(urlsplit(link).path, data={"List-Unsubscribe": "One-Click"})
        assert clicked.status_code == 200
        see_a_demo(shop)
        assert len(server.mails) == 1


def test_without_an_address_of_the_shop_such_a_mail_waits_and_says_so(
    server: MailServer, tmp_path: Path
) -> None:
    with shop_with(server, None, SERVER_NAME=None) as shop:
        by_file(shop, tmp_path / "rules.toml")
        see_a_demo(shop)
        [row] = shop.rows(Outbox, topic="mail")

    assert server.mails == []
    assert "Set SERVER_NAME" in row.error
