"""How many statements the hot calls send: few, and as many for one line or level as for a hundred."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from flask_firstline.domain.portions import Portion
from flask_firstline.models import Document
from flask_firstline.services import code_portions, codes
from tests.hot_calls import CODE, MOST, count_statements, prepare
from tests.small_shop import SmallShop, build

LINES = (1, 10, 100)
LEVELS = (1, 3, 10)
EXACTLY = {"apply": 4, "quote": 3, "redeem": 12, "paid": 9, "refund": 11, "return": 11}
"""The same at every size; whoever needs fewer lowers them here."""


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    made = build(firstline_url)
    with made.app.app_context():
        yield made
        made.session.rollback()
        made.engine.dispose()


@pytest.mark.parametrize("levels", LEVELS)
def test_the_hot_calls_send_few_statements_however_many_lines_and_levels(
    shop: SmallShop, levels: int
) -> None:
    prepare(shop, levels)

    found = {lines: count_statements(shop, f"with-{lines}", lines) for lines in LINES}

    assert found == dict.fromkeys(LINES, EXACTLY)
    assert {name: count for name, count in EXACTLY.items() if count > MOST[name]} == {}


def test_an_order_of_a_shared_code_sends_as_many(shop: SmallShop) -> None:
    prepare(shop, 3)
    shop.partner("keller", "up1")
    portions = [Portion(partner_id=shop.partners[ref], weight=5_000) for ref in ("meier", "keller")]
    with shop.seeding() as conn:
        code = codes.find_code(conn, CODE)
        assert code is not None
        code_portions.share_code(conn, code.id, portions, reason="both", who="test", now=shop.time)

    assert count_statements(shop, "shared", 10) == EXACTLY
    shares = shop.session.scalars(select(Document.portions).where(Document.ref == "shared")).one()
    assert [packed[:2] for packed in shares] == [[one.partner_id, one.weight] for one in portions]
