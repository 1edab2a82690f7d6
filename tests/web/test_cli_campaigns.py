"""Campaigns on the command line, and in a file that states what there is to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_shop import SmallShop, build

from .cli_kit import CommandLine

FILE = """
[[campaign]]
name = "Bring a friend"
discount = "5.00"
kickback = "10%"
share = ["1.00", "2.00"]
from = 2026-11-01
until = 2026-12-31
hold_days = 14
landing = "/balm"
"""


@pytest.fixture
def cli(firstline_url: str) -> Iterator[CommandLine]:
    shop: SmallShop = build(firstline_url)
    yield CommandLine(shop)
    with shop.app.app_context():
        shop.engine.dispose()


def test_a_campaign_is_made_listed_and_switched(cli: CommandLine) -> None:
    made = cli.json(
        "campaign", "add", "Friends", "--discount", "5.00", "--kickback", "5.00", "--share", "1", "--share",
        "2%", "--remind-after", "3", "--product", "balm", "--all-customers", "--landing", "/balm",
    )  # fmt: skip

    (listed,) = cli.json("campaign", "list")
    assert (listed["id"], listed["discount"], listed["kickback"]) == (made["id"], "500", "500")
    assert (listed["share"], listed["remind_after"], listed["hold_days"]) == (["100", "2%"], 3, 30)
    assert listed["landing"] == "/balm"
    assert cli.json("campaign", "off", "Friends") == {"changed": True, "active": False}
    assert "was already off" in cli.ok("campaign", "off", "Friends")
    assert "Friends" in cli.ok("campaign", "list")
    cli.ok("campaign", "on", "Friends")
    cli.ok("check")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--discount", "5.00"), "a campaign has a kickback"),
        (("--discount", "lots", "--kickback", "5"), "discount: "),
        (("--discount", "5", "--kickback", "101%"), "per cent"),
        (("--discount", "5", "--kickback", "5", "--hold-days", "400"), "the days in which"),
        (("--discount", "5", "--kickback", "5", "--landing", "https://evil.example/"), "page of this shop"),
        (
            ("--discount", "5", "--kickback", "5", "--from", "2027-01-02", "--until", "2027-01-01"),
            "ends before",
        ),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_in_one_sentence(
    cli: CommandLine, options: tuple[str, ...], said: str
) -> None:
    assert said in cli.refused("campaign", "add", "Friends", *options)
    assert cli.json("campaign", "list") == []


def test_nobody_switches_a_campaign_that_is_not_there(cli: CommandLine) -> None:
    assert cli.refused("campaign", "on", "Nothing") == "There is no campaign called 'Nothing'."


def test_a_file_states_campaigns_and_changes_nothing_when_applied_again(
    cli: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(FILE)

    assert cli.json("apply", str(file))["changed"] == {"campaign": 1}
    assert cli.json("apply", str(file))["changed"] == {"campaign": 0}
    file.write_text(FILE.replace('"10%"', '"7.00"') + "active = false\n")
    assert cli.json("apply", str(file))["changed"] == {"campaign": 1}

    (listed,) = cli.json("campaign", "list")
    assert (listed["kickback"], listed["active"]) == ("700", False)
    file.write_text(FILE + 'colour = "red"\n')
    assert "[[campaign]] 1: colour: not known" in cli.refused("apply", str(file))
