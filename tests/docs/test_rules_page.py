"""The file, the commands, the call and the conditions of "Programs and rules" do what the page says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flask_firstline import Customer
from flask_firstline.domain.condition import Friends
from flask_firstline.domain.condition_reading import read
from flask_firstline.domain.rule import SLOTS, On
from flask_firstline.domain.rule_fields import FIELDS, kind_at, kind_with_history
from flask_firstline.models import Reward
from flask_firstline.testing import FakeShop, make_code, make_partner
from tests.tables import file_with_tables

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def snippet(language: str) -> str:
    return "".join(re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeShop]:
    monkeypatch.chdir(tmp_path)
    Path("rules.toml").write_text(snippet("toml"), encoding="utf-8")
    with FakeShop(file_with_tables(tmp_path)) as shop:
        make_partner(shop.app, "meier", name="Hans Meier")
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
        yield shop


def test_the_page_rewards_every_fifth_lead(shop: FakeShop) -> None:
    lines = [shlex.split(line)[1:] for line in snippet("sh").splitlines()]
    said = [shop.app.test_cli_runner().invoke(args=line) for line in lines]
    assert [done.exit_code for done in said] == [0] * 4, [done.output for done in said]
    work = ["firstline", "work", "--once"]

    with shop.app.app_context():
        shop.firstline.customer_registered(Customer(ref="17"), "vonmeier", commit=True)
    shop.app.test_cli_runner().invoke(args=work)
    with shop.app.app_context():
        names: dict[str, Any] = {}
        exec(snippet("python"), names)
        for number in range(5):
            names["lead_is_qualified"](shop.firstline, "17", number, 80)
    shop.app.test_cli_runner().invoke(args=work)

    assert [reward.terms["amount"] for reward in shop.rows(Reward)] == [2000]


def test_the_condition_of_the_page_can_be_saved() -> None:
    found = read(json.loads(snippet("json")), kind_at(On.EVENT), kind_with_history)

    assert isinstance(found, Friends) and found.days == 183


def test_the_page_names_every_trigger_field_and_action() -> None:
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    words = set(re.findall(r"`([^`]+)`", prose))
    plain = {word.strip(".") for word in words}

    assert {one.value for one in On} <= plain
    assert {name if name in plain else name.partition(".")[2] for name in FIELDS} <= plain
    assert {kind.value for kind in SLOTS} <= plain
