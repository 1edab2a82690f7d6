"""Applications and invitations on the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.models import Outbox
from flask_firstline.services import applications, mails
from flask_firstline.services.applications import Wanted
from flask_firstline.testing import FakeShop, make_partner
from tests.service.test_joining import PLACES

from .cli_kit import CommandLine


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    """A shop where Tom has applied and proven the address."""
    with FakeShop(firstline_url, SERVER_NAME="shop.example") as shop:
        with shop.transaction() as session:
            ctx = shop.state.context(session.connection())
            wanted = Wanted(name="Tom", email="tom@post.example", company="Neu KG")
            applications.apply(ctx, wanted, None, None, PLACES)
            applications.confirm(ctx, 1, PLACES)
        yield shop


@pytest.fixture
def cli(shop: FakeShop) -> CommandLine:
    return CommandLine(shop)  # type: ignore[arg-type]  # any shop that has an app


def letters(shop: FakeShop) -> list[str]:
    return [row.payload["letter"] for row in shop.rows(Outbox, topic=mails.MAIL)]


def test_who_waits_is_listed(cli: CommandLine, shop: FakeShop) -> None:
    assert "Neu KG" in cli.ok("partner", "applications")
    [row] = cli.json("partner", "applications")
    assert (row["id"], row["state"], row["email"]) == (1, "waiting", "tom@post.example")
    assert cli.ok("partner", "applications", "--state", "declined").strip() == "Nobody."


def test_an_application_is_approved_once(cli: CommandLine, shop: FakeShop) -> None:
    assert cli.ok("partner", "approve", "1").strip() == "Application 1 is approved."
    assert cli.json("partner", "decline", "1") == {"id": 1, "changed": False}
    assert letters(shop) == ["confirm", "welcome"]


def test_an_application_is_declined_with_a_reason(cli: CommandLine, shop: FakeShop) -> None:
    cli.ok("partner", "decline", "1", "--why", "No site.")

    assert letters(shop) == ["confirm", "declined"]
    assert cli.refused("partner", "approve", "9") == "There is no application with the id 9."


@pytest.mark.parametrize("name", ["tom@post.example", "#1"])
def test_a_partner_is_mailed_the_ways_in_once_more(cli: CommandLine, shop: FakeShop, name: str) -> None:
    cli.ok("partner", "approve", "1")

    assert "is on its way" in cli.ok("partner", "invite", name)

    assert letters(shop) == ["confirm", "welcome", "welcome"]


def test_who_is_no_partner_is_not_invited(cli: CommandLine, shop: FakeShop) -> None:
    assert cli.refused("partner", "invite", "tom@post.example") == "No partner is called 'tom@post.example'."


def test_a_partner_without_an_address_cannot_be_mailed(cli: CommandLine, shop: FakeShop) -> None:
    make_partner(shop.app, "quiet")

    assert cli.refused("partner", "invite", "quiet") == "quiet has no e-mail address."


def test_without_a_host_no_mail_can_lead_anywhere(firstline_url: str) -> None:
    with FakeShop(firstline_url) as shop:
        line = CommandLine(shop)  # type: ignore[arg-type]  # any shop that has an app
        said = line.refused("partner", "approve", "1")

    assert "Set SERVER_NAME" in said
