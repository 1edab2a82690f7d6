"""One request that comes many times at once has one effect."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_firstline.models import Accrual, ApiAnswer, Attempt, Code, CodeBatch, Document, Redemption
from flask_firstline.services import api_keys
from flask_firstline.services.checking_books import check_books
from tests.small_shop import SmallShop

from . import api_jobs
from .racers import ATTEMPTS, Racers, errors

pytestmark = pytest.mark.race


@pytest.fixture
def secret(shop: SmallShop) -> str:
    """Give a key, and a coupon to make codes for."""
    shop.coupon()
    with shop.seeding() as conn:
        made = api_keys.create_key(conn, "warehouse", api_keys.SCOPES, who="test", now=shop.time)
    return made.secret


def run(field: Racers, shop: SmallShop, secret: str, job: Any) -> Counter[str]:
    url = shop.app.config["SQLALCHEMY_DATABASE_URI"]
    found = field.run(url, job, range(ATTEMPTS), KEY_OF_THE_TEST=secret)
    if errors(found):
        pytest.fail(errors(found))
    shop.session.rollback()
    return found


def count(shop: SmallShop, table: Any) -> int:
    return int(shop.session.scalar(select(func.count()).select_from(table)) or 0)


def test_one_request_of_all_processes_is_done_once(field: Racers, shop: SmallShop, secret: str) -> None:
    found = run(field, shop, secret, api_jobs.same_batch)

    assert found["answered 201"] == 1
    assert set(found) <= {"answered 201", "answered 409", "replayed 201 1"}
    assert (count(shop, CodeBatch), count(shop, Code)) == (1, 7)


def test_twenty_requests_that_come_eight_times_each_are_done_once_each_and_all_counted(
    field: Racers, shop: SmallShop, secret: str
) -> None:
    found = run(field, shop, secret, api_jobs.batch_of_eight)

    occasions = shop.session.scalars(select(CodeBatch.occasion)).all()
    assert found["answered 201"] == 20
    assert sorted(occasions, key=int) == [str(number) for number in range(20)]
    assert count(shop, Code) == 40
    assert count(shop, ApiAnswer) == 20
    assert shop.session.scalar(select(func.sum(Attempt.tries))) == ATTEMPTS


def test_twenty_sales_that_are_told_eight_times_each_are_one_redemption_and_one_accrual_each(
    field: Racers, shop: SmallShop, secret: str
) -> None:
    shop.partner("meier")
    shop.coupon("Of Meier", codes=["vonmeier"], owner="meier")
    shop.terms("10")

    found = run(field, shop, secret, api_jobs.sale_of_eight)

    told = Counter(" ".join(words) for line in found.elements() for words in _by_fact(line))
    assert told == {
        "/orders 201 True": 20,
        "/orders 200 False": 140,
        "/invoices 201 True": 20,
        "/invoices 200 False": 140,
    }
    assert [count(shop, table) for table in (Document, Redemption, Accrual)] == [20, 20, 20]
    assert all(check.ok for check in check_books(shop.state.context(shop.session.connection())))


def _by_fact(line: str) -> list[list[str]]:
    words = line.split()
    return [words[:3], words[3:]]
