from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.models import ApiKey, Audit
from flask_firstline.services.api_keys import SCOPES
from flask_firstline.testing import FakeShop
from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    shop = build(firstline_url)
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def test_a_key_is_made_listed_without_itself_and_revoked(cli: CommandLine) -> None:
    made = cli.json("api", "key", "add", "till", "--scope", "quote", "--scope", "codes:read")
    before = cli("api", "key", "list").output
    first, second = (cli.json("api", "key", "revoke", "till") for _ in range(2))
    [after] = cli.json("api", "key", "list")

    assert made["scopes"] == ["codes:read", "quote"]
    assert "till" in before and "never" in before
    assert made["key"] not in before and made["key"] not in str(after)
    assert (first["revoked"], second["revoked"]) == (True, False)
    assert after["revoked_at"] is not None


def test_a_key_for_everything_has_every_scope(cli: CommandLine) -> None:
    made = cli.json("api", "key", "add", "all of it", "--scope", "all")

    assert made["scopes"] == list(SCOPES)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("add", "till", "--scope", "quote"), "There is a key called 'till' already"),
        (("add", "  ", "--scope", "quote"), "The name of a key"),
        (("add", "x", "--scope", "everything"), "is not one of"),
        (("add", "x"), "Missing option '--scope'"),
        (("revoke", "nobody"), "There is no key called 'nobody'"),
    ],
)
def test_what_cannot_be_is_said(shop: SmallShop, cli: CommandLine, args: tuple[str, ...], said: str) -> None:
    cli.ok("api", "key", "add", "till", "--scope", "quote")

    result = cli("api", "key", *args)

    assert result.exit_code == 2
    assert said in result.output


def test_making_and_revoking_stand_in_the_log_without_the_key() -> None:
    with FakeShop() as shop:
        run = shop.app.test_cli_runner().invoke
        run(args=["firstline", "api", "key", "add", "till", "--scope", "quote"])
        run(args=["firstline", "api", "key", "revoke", "till"])
        run(args=["firstline", "api", "key", "revoke", "till"])

        acts = [(act.act, act.subject, act.after) for act in shop.rows(Audit, noun="api key")]
        assert acts == [("create", "till", {"scopes": ["quote"]}), ("revoke", "till", {})]
        assert shop.rows(ApiKey)[0].made_by.startswith("cli:")
