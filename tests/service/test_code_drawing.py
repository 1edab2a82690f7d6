"""Codes that are drawn many at once, and their check signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from flask_firstline import Reason
from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.codes import ALPHABET, canonical, has_generated_form, skeleton
from flask_firstline.domain.coupon import Treatment
from flask_firstline.models import Code
from flask_firstline.services import code_batches, code_drawing, code_forms, code_storing
from flask_firstline.services.code_drawing import generate_codes, generate_later
from flask_firstline.services.code_wanted import Wanted
from flask_firstline.services.codes import check_own_code, create_code
from flask_firstline.services.context import Context, Keyring
from flask_firstline.services.mistakes import BadTerms, FormTaken, LooksDrawn, Mistake, TooManyToDraw
from flask_firstline.testing import FakeShop, make_coupon

from .code_kit import KEYS, batches, codes_of, count_codes, draw
from .kit import cart_of
from .program_kit import NOW, WHO, acts, add_code, add_coupon, add_partner, row_of


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def context(conn: Connection, keys: Keyring = KEYS, now: datetime = NOW) -> Context:
    from flask_firstline.config import Settings

    return Context(conn=conn, settings=Settings(), keys=keys, now=now)


def wrong(code: str) -> str:
    """Mistype the check sign."""
    return code[:-1] + next(sign for sign in ALPHABET if sign != code[-1])


def test_codes_are_stored_by_a_driver_that_knows_no_copy(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conn.dialect, "driver", "another")
    wanted = Wanted(coupon_id=add_coupon(conn), count=60, valid_until=NOW + timedelta(days=3))

    batch_id = generate_codes(conn, wanted, keys=KEYS, who=WHO, now=NOW)

    assert len(codes_of(conn, batch_id)) == 60
    assert set(conn.execute(select(Code.__table__.c.valid_until)).scalars()) == {NOW + timedelta(days=3)}


def test_many_codes_are_stored_in_their_order_some_at_a_time_and_told_of(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_drawing, "CHUNK", 40)
    told: list[int] = []
    wanted = Wanted(
        coupon_id=add_coupon(conn), count=100, prefix="Spring-", length=8, occasion="Fair", max_uses=1
    )

    batch_id = generate_codes(conn, wanted, keys=KEYS, who=WHO, now=NOW, progress=told.append)

    codes = codes_of(conn, batch_id)
    assert len(set(codes)) == 100 == count_codes(conn)
    assert all(code.startswith("Spring-") and set(code[7:]) <= set(ALPHABET) for code in codes)
    assert codes == sorted(codes)
    assert sum(told) == 100
    assert len(told) == len({code[7] for code in codes}) > 10
    assert acts(conn)[-1] == ("generate", "code", "Five euro")
    (batch,) = batches(conn)
    assert (batch["count"], batch["how"], batch["occasion"], batch["key_id"]) == (
        100,
        "generated",
        "Fair",
        "1",
    )


def test_drawn_codes_are_spelled_and_limited_as_single_ones(conn: Connection) -> None:
    owner, end = add_partner(conn, "meier"), NOW + timedelta(days=9)
    codes = draw(conn, add_coupon(conn), 3, prefix="Öl-1I", owner_id=owner, max_uses=2, valid_until=end)

    for code_id, display in enumerate(sorted(codes, key=canonical), 1):
        row = row_of(conn, Code, code_id)
        assert (row.display, row.key, row.skeleton) == (
            display,
            canonical(display),
            skeleton(canonical(display)),
        )
        assert (row.owner_id, row.max_uses, row.used, row.valid_until) == (owner, 2, 0, end)
        assert (row.active, row.link_only, row.created_at, row.credit) == (True, False, NOW, None)


def test_codes_of_store_credit_hold_the_coupons_amount_or_their_own(conn: Connection) -> None:
    coupon_id = add_coupon(conn, treatment=Treatment.MULTI_PURPOSE)
    draw(conn, coupon_id, 1)
    draw(conn, coupon_id, 1, credit=700)

    held = [(row_of(conn, Code, one).credit, row_of(conn, Code, one).credit_left) for one in (1, 2)]
    assert held == [(500, 500), (700, 700)]
    with pytest.raises(BadTerms):
        draw(conn, add_coupon(conn, "Price cut"), 1, credit=700)


def test_codes_that_are_taken_or_look_so_are_drawn_again(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, "2222", coupon_id)
    add_code(conn, "3333-", coupon_id)
    draws = iter([bytes(4) + b"\x01\x01\x01\x01", b"\x02\x02\x02\x02\x03\x03\x03\x03"])
    wanted = Wanted(coupon_id=coupon_id, count=2, length=4, check_signs=False)

    batch_id = generate_codes(conn, wanted, keys=KEYS, who=WHO, now=NOW, random=lambda _size: next(draws))

    assert sorted(codes_of(conn, batch_id)) == ["4444", "5555"]


def test_a_clash_that_shows_only_when_storing_is_drawn_again(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, "22222222", coupon_id)
    draws = iter([bytes(8), b"\x01" * 8])
    looked: list[int] = []
    found = code_storing.alike

    def alike(conn: Connection, skeletons: Any) -> Any:
        looked.append(len(skeletons))
        return found(conn, skeletons)

    monkeypatch.setattr(code_storing, "alike", alike)
    wanted = Wanted(coupon_id=coupon_id, count=1, length=8, check_signs=False)

    batch_id = generate_codes(conn, wanted, keys=KEYS, who=WHO, now=NOW, random=lambda _size: next(draws))

    assert codes_of(conn, batch_id) == ["33333333"]
    assert looked == [1, 1]


def test_half_of_all_codes_of_a_form_can_be_drawn_and_no_more(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, "ab", coupon_id)

    assert len(set(draw(conn, coupon_id, 511, length=2))) == 511
    with pytest.raises(TooManyToDraw):
        draw(conn, coupon_id, 1, length=2)
    assert len(draw(conn, coupon_id, 1, length=2, prefix="x")) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"count": 600, "length": 2}, {"count": 0}, {"count": 5_000_001}, {"prefix": "x" * 31}, {"length": 0},
        {"prefix": "a\nb"}, {"max_uses": 0}, {"owner_id": 77}, {"occasion": "x" * 101}, {"occasion": "a\tb"},
        {"valid_from": NOW, "valid_until": NOW}, {"coupon_id": 99},
    ],
)  # fmt: skip
def test_a_batch_that_cannot_be_is_refused_and_nothing_is_stored(
    conn: Connection, wanted: dict[str, Any]
) -> None:
    asked = {"coupon_id": add_coupon(conn), "count": 1, **wanted}

    with pytest.raises(Mistake):
        draw(conn, asked.pop("coupon_id"), asked.pop("count"), **asked)

    assert batches(conn) == []


def test_a_mistyped_check_sign_is_told_without_a_look_up(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    codes = draw(conn, coupon_id, 20, prefix="FAIR-", check_signs=True)
    ctx = context(conn)
    code_forms.mistyped(ctx, "warm")

    asked: list[str] = []
    from sqlalchemy import event

    event.listen(conn.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert not any(code_forms.mistyped(ctx, code) for code in codes)
    assert not code_forms.mistyped(ctx, f" {codes[0].lower().replace('-', ' ')} ")
    assert all(code_forms.mistyped(ctx, wrong(code)) for code in codes)
    assert not code_forms.mistyped(ctx, "FAIR-")
    assert not code_forms.mistyped(ctx, "vonmeier")
    assert not code_forms.mistyped(ctx, codes[0] + "X")
    assert asked == []


def test_codes_without_check_signs_are_never_mistyped(conn: Connection) -> None:
    codes = draw(conn, add_coupon(conn), 5, prefix="FAIR-")

    assert not any(code_forms.mistyped(context(conn), wrong(code)) for code in codes)


def test_old_keys_verify_and_lost_ones_accuse_nobody(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    both = Keyring({"1": "secret", "2": "newer"})
    old = draw(conn, coupon_id, 3, check_signs=True)
    new = draw(conn, coupon_id, 3, check_signs=True, keys=both)
    lost = Keyring({"2": "newer"})

    assert not any(code_forms.mistyped(context(conn, both), code) for code in [*old, *new])
    assert any(code_forms.mistyped(context(conn, both), wrong(code)) for code in [*old, *new])
    assert not any(code_forms.mistyped(context(conn, lost), wrong(code)) for code in old)


def test_forms_are_read_anew_after_a_minute(engine: Engine) -> None:
    with engine.begin() as conn:
        coupon_id = add_coupon(conn)
        code_forms.mistyped(context(conn), "warm")
        codes = draw(conn, coupon_id, 1, check_signs=True)
        assert code_forms.mistyped(context(conn), wrong(codes[0]))
        code_forms.forget(conn)
    with engine.connect() as conn:
        code_forms.mistyped(context(conn), "warm")
        conn.execute(code_batches._BATCH.update().values(length=7))
        late = NOW + timedelta(seconds=60)
        assert code_forms.mistyped(context(conn, now=NOW + timedelta(seconds=59)), wrong(codes[0]))
        assert not code_forms.mistyped(context(conn, now=late), wrong(codes[0]))


def test_own_codes_that_look_drawn_are_refused(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    (code,) = draw(conn, coupon_id, 1, prefix="FAIR-", length=4, check_signs=True)

    for look in (wrong(code), "fair-sweet", "Fair_SWEET"):
        assert has_generated_form(look, "FAIR-", 4)
        assert isinstance(check_own_code(conn, look), LooksDrawn)
        with pytest.raises(LooksDrawn):
            create_code(conn, look, coupon_id=coupon_id, who=WHO, now=NOW)
    assert check_own_code(conn, "fair-sweeti") is None


@pytest.mark.parametrize("check_signs", [True, False])
def test_a_batch_of_a_form_that_other_codes_have_is_refused(conn: Connection, check_signs: bool) -> None:
    coupon_id = add_coupon(conn)
    if check_signs:
        add_code(conn, "Fair-Sweet", coupon_id)
    else:
        draw(conn, coupon_id, 1, prefix="F", length=7, check_signs=True)

    with pytest.raises(FormTaken):
        draw(
            conn,
            coupon_id,
            1,
            prefix="FAR" if not check_signs else "FAIR",
            length=4 if check_signs else 6,
            check_signs=check_signs,
        )
    draw(conn, coupon_id, 1, prefix="FAIR", length=9, check_signs=check_signs)


def test_a_batch_may_follow_one_of_the_same_form(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    first = draw(conn, coupon_id, 5, check_signs=True)
    second = draw(conn, coupon_id, 5, check_signs=True)

    assert len({*first, *second}) == 10


def test_a_large_batch_is_left_to_the_worker(shop: FakeShop) -> None:
    coupon_id = make_coupon(shop.app, "Large")
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        keys = shop.state.context(conn).keys
        wanted = Wanted(coupon_id=coupon_id, count=50, prefix="L", max_uses=1, valid_until=NOW)
        batch_id = generate_later(conn, wanted, keys=keys, who=WHO, now=shop.state.now())
        assert not code_batches.is_made(conn, batch_id)

    with shop.app.app_context():
        work_once(shop.state)
        again = work_once(shop.state)
        with shop.db.engine.connect() as conn:
            ctx = shop.state.context(conn)
            code_drawing.draw_later(ctx, {"batch": batch_id})
            codes = codes_of(conn, batch_id)
            assert not any(code_forms.mistyped(ctx, code) for code in codes)
            row = conn.execute(Code.__table__.select().where(Code.__table__.c.batch_id == batch_id)).first()

    assert len(codes) == 50
    assert row is not None
    assert (row.max_uses, row.valid_until) == (1, NOW)
    assert again.idle


def test_a_mistyped_code_is_unknown_to_the_buyer_and_counts_as_a_try(shop: FakeShop) -> None:
    coupon_id = make_coupon(shop.app, "Signs", amount="5.00")
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        keys = shop.state.context(conn).keys
        code, other = draw(conn, coupon_id, 2, check_signs=True, keys=keys)
        table = Code.__table__
        mistyped = wrong(other)
        values = {"display": mistyped, "key": canonical(mistyped), "skeleton": canonical(mistyped)}
        conn.execute(table.update().where(table.c.display == other).values(**values))

    refused = [shop.apply(cart_of(), mistyped) for _ in range(10)]
    blocked = shop.apply(cart_of(), code)
    other_cart = shop.apply(cart_of("tom"), code)

    assert {quote.reason for quote in refused} == {Reason.UNKNOWN}
    assert blocked.reason is Reason.TOO_MANY_TRIES
    assert other_cart.ok


def test_codes_of_two_datetimes_are_kept_in_utc(conn: Connection) -> None:
    begins = datetime(2026, 7, 1, tzinfo=UTC)
    draw(conn, add_coupon(conn), 1, valid_from=begins, valid_until=begins + timedelta(days=1))

    row = row_of(conn, Code, 1)
    assert (row.valid_from, row.valid_until) == (begins, begins + timedelta(days=1))


def test_what_is_wanted_is_not_changed_by_looking(conn: Connection) -> None:
    from flask_firstline.services import code_wanted

    wanted = Wanted(coupon_id=add_coupon(conn), count=3)

    assert code_wanted.check(conn, wanted) == replace(wanted)
    assert len(code_drawing.samples(wanted, KEYS)) == 3
    assert count_codes(conn) == 0
