"""What `flask firstline doctor` says of nights, calls of other programs, and keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update

from flask_firstline.models import (
    RetentionRun,
    SettingChange,
    Source,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookTry,
    WorkerRound,
)
from flask_firstline.services import schema
from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine
from .test_cli_doctor import MAIL, findings, only, sell


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    """A shop whose tables stand at the newest revision, and whose worker has just been at work."""
    shop = build(firstline_url, FIRSTLINE_KEYS={"1": "secret"}, **MAIL)
    with shop.app.app_context(), shop.engine.begin() as conn:
        conn.execute(text("CREATE TABLE firstline_alembic_version (version_num VARCHAR(32) NOT NULL)"))
        conn.execute(text(f"INSERT INTO firstline_alembic_version VALUES ('{schema.newest()}')"))
    shop.time = datetime.now(UTC)
    CommandLine(shop).ok("work", "--once")
    yield shop
    with shop.app.app_context():
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


def write(shop: SmallShop, *statements: Any) -> None:
    with shop.app.app_context(), shop.engine.begin() as conn:
        for statement in statements:
            conn.execute(statement)


def test_nights_that_do_not_come_are_found(shop: SmallShop, cli: CommandLine) -> None:
    with shop.app.app_context():
        shop.chain(1)
        shop.terms("10")
        shop.coupon(codes=["vonmeier"], owner="meier")
    sell(shop, "o1")
    assert findings(cli) == {}

    shop.advance(days=4)
    write(shop, update(WorkerRound).values(at=shop.time))
    found = findings(cli)
    cli.ok("check")
    cli.ok("work", "--once")

    assert found["books"]["text"] == "The books have not been checked for two days."
    assert found["seals"]["text"].endswith("for more than a day.")
    assert found["retention"]["text"].startswith("No data whose time is over went since ")
    assert {one["level"] for one in found.values()} == {"warning"}
    assert findings(cli) == {}

    write(shop, update(RetentionRun).values(failed=["clicks", "touches"]))
    assert "clicks, touches" in only(cli, "retention", "warning")


def test_calls_of_other_programs_that_failed_are_counted_with_the_last_answer(
    shop: SmallShop, cli: CommandLine
) -> None:
    hears = {"name": "Accounts", "url": "https://accounts.example", "events": [], "active": True}
    made = {"nonce": "n", "made_by": "o", "created_at": shop.time}
    call = {"endpoint_id": 1, "event": "demo", "body": "{}", "created_at": shop.time}
    write(shop, insert(WebhookEndpoint).values(**hears, **made, key_id="1"))
    for number, (state, tries) in enumerate([("waiting", 0), ("waiting", 2), ("sent", 2)], start=1):
        row = {**call, "webhook_id": str(number), "state": state, "tries": tries}
        write(shop, insert(WebhookDelivery).values(**row))
    tried = {"delivery_id": 2, "status": 503, "milliseconds": 5, "at": shop.time}
    write(shop, insert(WebhookTry).values(**tried))

    assert only(cli, "webhooks", "warning") == "1 call to 'Accounts' failed and waits: it answered 503."

    write(shop, update(WebhookDelivery).where(WebhookDelivery.id == 2).values(state="dead"))
    assert only(cli, "webhooks", "warning").startswith("1 call to 'Accounts' was given up")
    write(shop, update(WebhookEndpoint).values(key_id="of last year", removed_at=shop.time))
    assert findings(cli) == {}
    write(shop, update(WebhookEndpoint).values(removed_at=None), delete(WebhookTry), delete(WebhookDelivery))
    assert only(cli, "keys").startswith("The secret of the webhook 'Accounts' lies under a key")


def test_secrets_of_other_shops_that_end_or_are_lost_are_found(shop: SmallShop, cli: CommandLine) -> None:
    told = {"name": "woo", "platform": "woocommerce", "url": "https://woo.example", "currency": "EUR"}
    made = {"zone": "UTC", "active": True, "made_by": "o", "created_at": shop.time}
    kept = {"key": "1", "nonce": "n"}
    ends = {"old_secret": kept, "old_until": shop.time + timedelta(minutes=50)}
    write(shop, insert(Source).values(**told, **made, **ends, secret=kept))
    assert only(cli, "keys", "warning").startswith("The old secret of 'woo' ends at ")

    write(shop, update(Source).values(old_secret=None, old_until=None, access={**kept, "key": "gone"}))
    assert only(cli, "keys").startswith("The secret of 'woo' lies under a key")


def test_a_change_of_a_setting_that_cannot_hold_changes_nothing_and_is_found(
    shop: SmallShop, cli: CommandLine
) -> None:
    cli.ok("settings", "set", "hold_days", "9")
    nonsense = {"key": "flip_on", "value": {"is": "a sunny day"}, "valid_from": shop.time, "reason": ""}
    write(shop, insert(SettingChange).values(**nonsense, made_by="o", made_at=shop.time, cancelled_by=""))
    shop.advance(minutes=2)

    found = cli.json("doctor")["findings"]

    assert [one["level"] for one in found if one["about"] == "settings"] == ["error", "note"]
    assert "A change of FIRSTLINE_FLIP_ON" in found[0]["text"]
    with shop.app.app_context():
        assert shop.state.settings_now().hold_days == 9
