from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from flask_firstline.models import Contact, Outbox
from flask_firstline.services import mails
from flask_firstline.services.partners import add_partner
from flask_firstline.state import state_of
from flask_firstline.testing import FakeShop
from tests.mail_server import MailServer, mail_server, text_of
from tests.small_shop import build

from .cli_kit import CommandLine

SENDER = "Lindenhof <shop@shop.example>"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def line(shop: FakeShop) -> CommandLine:
    return CommandLine(shop)  # type: ignore[arg-type]  # any shop that has an app


@pytest.fixture
def cli(firstline_url: str, server: MailServer) -> Iterator[CommandLine]:
    mail = {"FIRSTLINE_SMTP_URL": server.url, "FIRSTLINE_MAIL_FROM": SENDER}
    with FakeShop(firstline_url, FIRSTLINE_LOCALES=("de", "en"), **mail) as shop:  # type: ignore[arg-type]
        yield line(shop)


def test_a_trial_mail_is_sent_at_once(cli: CommandLine, server: MailServer) -> None:
    said = cli.json("mail", "test", "ina@shop.example")

    assert said == {"to": "ina@shop.example", "way": server.url.removeprefix("smtp://"), "error": None}
    (mail,) = server.mails
    assert (mail["Subject"], mail["To"]) == ("Eine Probemail von Lindenhof", "ina@shop.example")
    assert "Es ist nichts zu tun." in text_of(mail)


def test_a_trial_says_what_the_server_said(cli: CommandLine, server: MailServer) -> None:
    server.refusals = ["550 5.7.1 Relaying denied", "550 5.1.1 No such user"]

    first, second = cli("mail", "test", "ina@shop.example"), cli("mail", "test", "eva@shop.example")

    assert (first.exit_code, second.exit_code) == (1, 1)
    assert "Relaying denied" in first.output
    assert "The mail server says: 5.1.1 No such user" in second.output
    assert server.mails == []


def test_a_trial_without_a_way_says_how_to_make_one(firstline_url: str) -> None:
    with FakeShop(firstline_url) as shop:
        result = line(shop)("mail", "test", "ina@shop.example")

    assert result.exit_code == 1
    assert "set FIRSTLINE_SMTP_URL" in result.output


def test_a_trial_needs_an_address(cli: CommandLine) -> None:
    assert "'ina' is no e-mail address" in cli.refused("mail", "test", "ina")


def test_a_partner_is_added_with_a_mail_where_the_app_knows_its_address(
    firstline_url: str, server: MailServer
) -> None:
    mail = {"FIRSTLINE_SMTP_URL": server.url, "FIRSTLINE_MAIL_FROM": SENDER}
    address = {"SERVER_NAME": "lindenhof.example", "PREFERRED_URL_SCHEME": "https"}
    with FakeShop(firstline_url, **mail, **address) as shop:  # type: ignore[arg-type]
        cli = line(shop)
        cli.ok("partner", "add", "--ref", "ina", "--email", "ina@shop.example", "--mail")
        cli.ok("partner", "add", "--ref", "eva", "--email", "eva@shop.example")
        worked = cli.json("work", "--once")

    assert (worked["failed"], worked["waiting"]) == (0, 0)
    (found,) = server.mails
    assert found["To"] == "ina@shop.example"
    assert "https://lindenhof.example/firstline/desk/" in text_of(found)


def test_a_mail_to_a_partner_needs_an_address_of_the_desk(firstline_url: str, cli: CommandLine) -> None:
    add = ("partner", "add", "--ref", "ina", "--email", "ina@shop.example", "--mail")

    assert "Set SERVER_NAME" in cli.refused(*add)
    with FakeShop(firstline_url, mount=("checkout",), SERVER_NAME="lindenhof.example") as without_desk:
        assert "The desk is not mounted" in line(without_desk).refused(*add)
        assert without_desk.rows(Contact) == []


def test_the_doctor_tells_of_mails_that_wait_and_of_a_missing_sender(database_url: str) -> None:
    shop = build(database_url, FIRSTLINE_SMTP_URL="smtp://ina:secret@mail.example")
    cli = CommandLine(shop)
    cli.ok("db", "upgrade")
    assert not [found for found in mail_findings(cli) if found["about"] == "mails"]

    with shop.app.app_context():
        now = state_of(shop.app).now()
        state_of(shop.app).in_own_unit(
            lambda session: add_partner(
                session.connection(),
                ref="ina",
                email="i@shop.example",
                who="cli",
                now=now,
                places={"desk": "https://x"},
            )
        )
    worked = cli("work", "--once")
    found = mail_findings(cli)
    with shop.app.app_context():
        shop.engine.dispose()

    assert worked.exit_code == 0
    assert "1 wait for something to be mended" in worked.output
    assert [(item["level"], item["about"]) for item in found] == [
        ("error", "mail"), ("warning", "mail"), ("warning", "mails"),
    ]  # fmt: skip
    assert "nobody is named as the sender" in found[0]["text"]
    assert "secret" not in str(found)
    assert "1 mail cannot be sent: FIRSTLINE_SMTP_URL is set without" in found[2]["text"]


def mail_findings(cli: CommandLine) -> list[dict[str, str]]:
    return [found for found in cli.json("doctor")["findings"] if found["about"].startswith("mail")]


def test_what_waits_is_told_in_one_line_of_the_log(
    firstline_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeShop(firstline_url, SERVER_NAME="shop.example") as shop:
        line(shop).ok("partner", "add", "--ref", "ina", "--email", "ina@shop.example", "--mail")
        with caplog.at_level(logging.WARNING, "flask_firstline"):
            line(shop).ok("work", "--once")
        (row,) = shop.rows(Outbox, topic=mails.MAIL)

    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith(f"outbox row {row.id} (mail) waits: There is no way to send mail.")
