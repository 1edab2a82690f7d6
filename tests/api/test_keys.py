"""Keys: kept by their digest, counted by the minute, revoked for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import ApiKey, Attempt, Audit
from flask_firstline.services import api_keys
from flask_firstline.services.api_keys import PER_MINUTE
from flask_firstline.testing import FakeShop

from .kit import Caller, kind_of, make_key

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("secret", ["flk_guessed", "x" * 9000, "ключ", "\x7f"])
def test_an_unknown_key_opens_nothing(shop: FakeShop, secret: str) -> None:
    response = Caller(shop, secret.encode().decode("latin-1"))("GET", "/coupons")

    assert (response.status_code, kind_of(response)) in {(401, "bad-key"), (401, "no-key")}


def test_a_revoked_key_opens_nothing(shop: FakeShop, api: Caller) -> None:
    assert api("GET", "/coupons").status_code == 200

    with shop.app.app_context():
        shop.state.in_own_unit(
            lambda opened: api_keys.revoke_key(
                opened.connection(),
                api_keys.get_key_by_name(opened.connection(), "warehouse").id,
                who="ines",
                now=shop.state.now(),
            )
        )

    assert kind_of(api("GET", "/coupons")) == "bad-key"


def test_only_the_digest_of_a_key_is_kept(shop: FakeShop) -> None:
    secret = make_key(shop, "till")

    row = shop.rows(ApiKey, name="till")[0]
    kept = [str(getattr(row, column.key)) for column in ApiKey.__table__.columns]

    assert len(secret) > 40
    assert secret.startswith(row.hint)
    assert all(secret not in value for value in kept)
    assert secret not in repr([(act.before, act.after) for act in shop.rows(Audit)])


def test_a_key_says_when_it_was_last_used(shop: FakeShop, api: Caller) -> None:
    assert shop.rows(ApiKey)[0].used_at is None

    api.get("/coupons")

    assert shop.rows(ApiKey)[0].used_at == shop.clock.now


def test_requests_are_counted_down_in_headers(api: Caller) -> None:
    first, second = api("GET", "/coupons"), api("GET", "/nothing-here")

    assert first.headers["RateLimit-Limit"] == str(PER_MINUTE)
    assert first.headers["RateLimit-Remaining"] == str(PER_MINUTE - 1)
    assert second.headers["RateLimit-Remaining"] == str(PER_MINUTE - 2)
    assert first.headers["RateLimit-Reset"] == "60"


def use_up(shop: FakeShop, used: int) -> None:
    with shop.app.app_context():
        shop.state.in_own_unit(lambda opened: opened.execute(update(Attempt).values(tries=used)))


@pytest.mark.parametrize(
    ("used_before", "status"), [(PER_MINUTE - 2, 200), (PER_MINUTE - 1, 200), (PER_MINUTE, 429)]
)
def test_the_last_request_of_a_minute_goes_through_and_the_next_not(
    shop: FakeShop, api: Caller, used_before: int, status: int
) -> None:
    api.get("/coupons")
    use_up(shop, used_before)

    response = api("GET", "/coupons")

    assert response.status_code == status
    assert response.headers["RateLimit-Remaining"] == str(max(PER_MINUTE - used_before - 1, 0))
    if status == 429:
        assert kind_of(response) == "too-many"
        assert response.headers["Retry-After"] == "60"


def test_a_spent_key_is_let_in_again_in_the_next_minute_and_others_at_once(
    shop: FakeShop, api: Caller
) -> None:
    api.get("/coupons")
    use_up(shop, PER_MINUTE)
    other = Caller(shop, make_key(shop, "other"))

    assert api("GET", "/coupons").status_code == 429
    assert other("GET", "/coupons").status_code == 200
    shop.clock.advance(minutes=1)
    assert api("GET", "/coupons").status_code == 200


def test_the_worker_forgets_the_counts_of_minutes_that_are_over(shop: FakeShop, api: Caller) -> None:
    api.get("/coupons")
    shop.clock.advance(minutes=3)
    api.get("/coupons")

    with shop.app.app_context():
        work_once(shop.state)

    assert [row.key for row in shop.rows(Attempt)] == ["api:1"]


@pytest.mark.parametrize(
    "place", ["0", "-1", "1.5", "x", "9223372036854775807", "9223372036854775808", "9" * 5000, "%00", "1%0a"]
)
def test_an_id_that_nobody_has_is_not_found(api: Caller, place: str) -> None:
    paths = ("/coupons/{}", "/batches/{}", "/redemptions/{}", "/batches/{}/codes.csv")

    assert {kind_of(api("GET", path.format(place))) for path in paths} == {"not-found"}
