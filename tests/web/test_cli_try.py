"""A sale to try on the command line: each step with its figures, and not a row left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_firstline.models.base import Base
from flask_firstline.testing import FakeShop, make_terms

pytestmark = pytest.mark.both_databases


@pytest.fixture
def shop(firstline_url: str) -> Iterator[FakeShop]:
    with FakeShop(firstline_url) as shop:
        yield shop


def tried(shop: FakeShop) -> list[dict[str, Any]]:
    answer = shop.app.test_cli_runner().invoke(args=["firstline", "try", "--json"])
    assert answer.exit_code == 0, answer.output
    found: list[dict[str, Any]] = json.loads(answer.output)
    return found


def counts(shop: FakeShop) -> dict[str, int]:
    with shop.transaction() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_a_sale_is_played_with_terms_to_try_and_leaves_no_row(shop: FakeShop) -> None:
    before = counts(shop)

    steps = tried(shop)

    assert [step["step"] for step in steps] == [
        "partner", "terms", "code", "order placed", "invoice paid", "refund",
    ]  # fmt: skip
    assert steps[1]["own"] is False and steps[3]["to_pay"] == "114.00" and steps[3]["first_line"] is True
    assert (steps[4]["on_hold"], steps[5]["on_hold"]) == ("9.58", "0.00")
    assert counts(shop) == before


def test_the_shops_own_terms_hold_and_the_text_says_so(shop: FakeShop) -> None:
    make_terms(shop.app, 20)

    assert tried(shop)[4]["on_hold"] == "19.16"
    answer = shop.app.test_cli_runner().invoke(args=["firstline", "try"])
    assert "The shop's own commission terms hold." in answer.output
    assert "no row is left" in answer.output
