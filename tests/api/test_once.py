"""Idempotency keys: one effect and one answer, however often a request comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import ApiAnswer, Coupon
from flask_firstline.services import api_answers
from flask_firstline.services.api_answers import ABANDONED, Claim, ClaimLost, Stored
from flask_firstline.services.context import Context
from flask_firstline.testing import FakeShop

from .kit import CART, Caller, kind_of, make_key

pytestmark = pytest.mark.both_databases

COUPON = {"name": "Welcome", "amount": "5.00"}


def names(shop: FakeShop) -> list[str]:
    return [row.name for row in shop.rows(Coupon)]


def test_the_same_request_has_one_effect_and_the_same_answer(api: Caller, shop: FakeShop) -> None:
    first = api("POST", "/coupons", COUPON, key="k1")
    again = api("POST", "/coupons", COUPON, key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert names(shop).count("Welcome") == 1


def test_the_order_of_names_and_blanks_make_no_other_request(api: Caller) -> None:
    body = b'{ "amount": "5.00",\n "name": "Welcome" }'
    api("POST", "/coupons", COUPON, key="k1")

    again = api("POST", "/coupons", data=body, content_type="application/json", key="k1")

    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/coupons", {"name": "Other", "amount": "5.00"}),
        ("/codes", {"code": "A1b", "coupon": 1}),
        ("/quote", CART),
    ],
)
def test_another_request_under_the_same_key_is_refused(
    api: Caller, shop: FakeShop, path: str, body: dict[str, object]
) -> None:
    api("POST", "/coupons", COUPON, key="k1")

    response = api("POST", path, body, key="k1")

    assert (response.status_code, kind_of(response)) == (422, "other-request")
    assert names(shop).count("Other") == 0


def test_keys_of_two_callers_are_apart(api: Caller, shop: FakeShop) -> None:
    other = Caller(shop, make_key(shop, "other"))
    api("POST", "/coupons", COUPON, key="k1")

    response = other("POST", "/coupons", {"name": "Other", "percent": "10"}, key="k1")

    assert response.status_code == 201


def test_what_was_refused_may_come_again_under_its_key_mended_or_not(api: Caller, shop: FakeShop) -> None:
    broken = api("POST", "/coupons", {"name": "Welcome"}, key="k1")
    taken = api("POST", "/coupons", {"name": "Coupon vonmeier", "percent": "10"}, key="k1")

    mended = api("POST", "/coupons", COUPON, key="k1")

    assert (broken.status_code, taken.status_code, mended.status_code) == (422, 409, 201)
    assert len(shop.rows(ApiAnswer)) == 1


def _claim(shop: FakeShop, key: str = "k1") -> Claim:
    return Claim(api_key_id=1, key=key, request_digest="0" * 64, at=shop.clock.now)


def _in_unit(shop: FakeShop, work: Callable[[Context], object]) -> object:
    with shop.app.app_context():
        return shop.state.in_own_unit(lambda opened: work(shop.state.context(opened.connection())))


def test_a_request_that_is_at_work_is_not_begun_again(api: Caller, shop: FakeShop) -> None:
    api("POST", "/coupons", COUPON, key="k1")
    _in_unit(shop, lambda ctx: ctx.conn.execute(update(ApiAnswer).values(status=None)).rowcount)

    response = api("POST", "/coupons", COUPON, key="k1")

    assert (response.status_code, kind_of(response)) == (409, "at-work")


def test_work_that_died_is_taken_over_and_what_lives_on_of_it_undoes_itself(
    api: Caller, shop: FakeShop
) -> None:
    lost = _claim(shop)
    _in_unit(shop, lambda ctx: api_answers.take(ctx, lost))
    shop.clock.advance(seconds=ABANDONED.total_seconds())

    taken_over = replace(lost, at=shop.clock.now)
    assert _in_unit(shop, lambda ctx: api_answers.take(ctx, taken_over)) is None
    with pytest.raises(ClaimLost):
        _in_unit(shop, lambda ctx: api_answers.keep(ctx, lost, Stored(status=201, body="{}")))
    _in_unit(shop, lambda ctx: api_answers.give_up(ctx, lost))
    _in_unit(shop, lambda ctx: api_answers.keep(ctx, taken_over, Stored(status=201, body="{}")))

    assert [row.status for row in shop.rows(ApiAnswer)] == [201]


def test_a_day_later_a_key_may_be_used_again_and_the_worker_has_forgotten_it(
    api: Caller, shop: FakeShop
) -> None:
    api("POST", "/coupons", COUPON, key="k1")
    shop.clock.advance(seconds=timedelta(hours=24).total_seconds() - 1)
    assert api("POST", "/coupons", COUPON, key="k1").headers.get("Idempotency-Replayed") == "true"

    shop.clock.advance(seconds=1)
    late = api("POST", "/coupons", {"name": "Late", "percent": "10"}, key="k1")
    assert late.status_code == 201
    shop.clock.advance(hours=40)
    with shop.app.app_context():
        work_once(shop.state)

    assert shop.rows(ApiAnswer) == []


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ü", "\x7f"])
def test_a_key_that_is_none_is_refused(api: Caller, shop: FakeShop, key: str) -> None:
    response = api("POST", "/coupons", COUPON, key=key)

    assert kind_of(response) == "malformed"
    assert "Welcome" not in names(shop)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/coupons", COUPON),
        ("/codes", {"code": "Ina", "coupon": 1}),
        ("/batches", {"coupon": 1, "count": 2}),
        ("/batches", {"coupon": 1, "count": 2000}),
        ("/quote", CART),
    ],
)
def test_every_post_is_idempotent(api: Caller, path: str, body: dict[str, object]) -> None:
    first, again = api("POST", path, body, key="k"), api("POST", path, body, key="k")

    assert first.status_code in {200, 201, 202}
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
