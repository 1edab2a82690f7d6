"""Rules from the command line, and in the files of `apply`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_firstline import Customer
from flask_firstline.models import Rule
from tests.small_shop import SmallShop, build
from tests.tables import file_with_tables

from .cli_kit import CommandLine

FILE = """
[[rule]]
program = "Friends"
name = "Large demos"
conversion = true
trigger = { on = "event", name = "demo_done", who = "anyone" }
condition = { all = [{ field = "event.data.seats", operator = "at_least", value = 10.5 }] }

[[rule.actions]]
do = "mail"
to = "customer"
subject = "Thank you"
text = "It was a pleasure."

[[program]]
name = "Friends"
active = true
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SmallShop]:
    shop = build(file_with_tables(tmp_path))
    with shop.app.app_context():
        yield shop
        shop.engine.dispose()


@pytest.fixture
def cli(shop: SmallShop) -> CommandLine:
    return CommandLine(shop)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "rules.toml"
    found.write_text(FILE, encoding="utf-8")
    return found


def demo(shop: SmallShop, cli: CommandLine, seats: object) -> None:
    shop.firstline.event("demo_done", Customer(ref="ina", email="ina@shop.example"), {"seats": seats})
    shop.session.commit()
    cli.ok("work", "--once")


@pytest.mark.parametrize("command", [("rule", "add"), ("apply",)])
def test_rules_stand_in_files_and_putting_them_twice_changes_nothing(
    cli: CommandLine, file: Path, command: tuple[str, ...]
) -> None:
    cli.ok(*command, str(file))
    again = cli.json(*command, str(file))

    [row] = cli.json("rule", "list")
    assert (row["program"], row["name"], row["state"], row["version"]) == ("Friends", "Large demos", "on", 1)
    assert row["rule"]["condition"]["all"][0]["value"] == "10.5"
    assert "Event: seats is at least 10.5" in cli.ok("rule", "list")
    assert again == ({"rule": 0, "program": 0} if command == ("rule", "add") else again)


def test_a_changed_file_is_a_new_version(shop: SmallShop, cli: CommandLine, file: Path) -> None:
    cli.ok("rule", "add", str(file))
    file.write_text(FILE.replace("10.5", "20"), encoding="utf-8")

    assert cli.json("rule", "add", str(file)) == {"rule": 1, "program": 0}
    assert [row.version for row in shop.session.query(Rule)] == [2]


def test_mistakes_are_told_with_their_places_and_nothing_is_kept(cli: CommandLine, file: Path) -> None:
    file.write_text(
        FILE.replace("at_least", "atleast").replace('do = "mail"', 'do = "dance"'), encoding="utf-8"
    )

    said = cli.refused("rule", "add", str(file))

    assert "condition.all[0].operator: operator atleast" in said
    assert "actions[0].do: choice" in said
    assert cli.json("rule", "list") == []


def test_a_rule_is_tried_and_its_runs_are_listed(shop: SmallShop, cli: CommandLine, file: Path) -> None:
    demo(shop, cli, 4)
    demo(shop, cli, 12)

    tried = cli.json("rule", "dry-run", str(file))
    cli.ok("rule", "add", str(file))
    demo(shop, cli, 30)

    assert (tried["met"], tried["judged"]) == (1, 2)
    assert [row["tests"] for row in tried["rows"]] == [[["all[0]", 0, 4]], [["all[0]", 1, 12]]]
    runs = cli.json("rule", "runs", "--met")
    assert [(row["rule"], row["state"], row["ref"]) for row in runs] == [("Large demos", "met", "ina")]
    assert "Met 2 of 3 times." in cli.ok("rule", "dry-run", str(file), "--name", "Large demos")


def test_the_only_conversion_stays_on_while_the_program_is(cli: CommandLine, file: Path) -> None:
    cli.ok("rule", "add", str(file))

    assert "only conversion" in cli.refused("rule", "switch", "1", "off")
    cli.refused("rule", "add", __file__)
