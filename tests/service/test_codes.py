from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, func, select, update

from flask_firstline.models import Code, Coupon
from flask_firstline.services.codes import (
    change_code,
    check_own_code,
    create_own_code,
    find_code,
    set_code_active,
)
from flask_firstline.services.mistakes import (
    BadCode,
    BadTerms,
    CodeRefused,
    CodeTaken,
    LimitBelowUse,
    LooksAlike,
    Mistake,
    NotThere,
)
from flask_firstline.services.partners import end_partner, suspend
from flask_firstline.services.unit import begin_writing

from .program_kit import NOW, WHO, acts, add_code, add_coupon, add_partner, redeem, row_of


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def test_a_code_keeps_its_spelling_and_is_found_by_any(conn: Connection) -> None:
    code_id = add_code(conn, " 5EurovonHans ", add_coupon(conn))

    found = find_code(conn, "5euro-von hans")

    assert found is not None and found.id == code_id
    assert found.display == "5EurovonHans"
    assert acts(conn)[-1] == ("create", "code", "5EurovonHans")


@pytest.mark.parametrize("other", ["VONMEIER", "von-meier", " von meier", "von​meier"])
def test_another_spelling_of_a_code_is_taken(conn: Connection, other: str) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, "vonmeier", coupon_id)

    with pytest.raises(CodeTaken):
        add_code(conn, other, coupon_id)


@pytest.mark.parametrize(("code", "other"), [("lol", "1o1"), ("ROMA5", "R0MA5"), ("vonmeier", "vоnmeier")])
def test_a_look_alike_is_refused(conn: Connection, code: str, other: str) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, code, coupon_id)

    with pytest.raises(LooksAlike):
        add_code(conn, other, coupon_id)


def test_a_disabled_code_stays_taken(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    set_code_active(conn, add_code(conn, "vonmeier", coupon_id), False, who=WHO, now=NOW)

    with pytest.raises(CodeTaken):
        add_code(conn, "vonmeier", coupon_id)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "empty"), (" - ", "empty"), ("...", "empty"), ("a\x07b", "characters"), ("x" * 65, "too_long")],
)
def test_a_spelling_that_no_code_can_have_is_refused(conn: Connection, text: str, problem: str) -> None:
    coupon_id = add_coupon(conn)

    with pytest.raises(BadCode) as refused:
        add_code(conn, text, coupon_id)

    assert refused.value.problem == problem


def test_owner_and_coupon_must_exist(conn: Connection) -> None:
    coupon_id = add_coupon(conn)

    with pytest.raises(NotThere, match="contact"):
        add_code(conn, "vonmeier", coupon_id, owner_id=4711)
    with pytest.raises(NotThere, match="coupon"):
        add_code(conn, "vonmeier", 4711)


@pytest.mark.parametrize("limit", [0, -1, 3_000_000_000])
def test_a_limit_is_a_sensible_number(conn: Connection, limit: int) -> None:
    coupon_id = add_coupon(conn)

    with pytest.raises(BadTerms):
        add_code(conn, "vonmeier", coupon_id, max_uses=limit)


def test_one_of_many_parallel_makers_gets_the_code_and_the_others_a_clear_error(engine: Engine) -> None:
    with engine.begin() as conn:
        coupon_id = add_coupon(conn)
    barrier = Barrier(6)

    def make(text: str) -> str:
        barrier.wait()
        with engine.connect() as conn:
            begin_writing(conn)
            try:
                add_code(conn, text, coupon_id)
            except CodeRefused as refused:
                conn.rollback()
                return refused.problem
            conn.commit()
            return "made"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(make, ["lola", "LOLA", "lo-la", "1ola", "L0LA", "lola"]))

    assert outcomes.count("made") == 1
    assert set(outcomes) <= {"made", "taken", "looks_alike"}
    with engine.connect() as conn:
        assert conn.execute(select(func.count()).select_from(Code.__table__)).scalar_one() == 1


def test_a_new_limit_of_a_code_begins_with_a_count_of_its_rows(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "vonmeier", coupon_id)
    redeem(conn, code_id, coupon_id, "o1")
    redeem(conn, code_id, coupon_id, "o2")

    assert change_code(conn, code_id, owner_id=None, holder_id=None, max_uses=5, who=WHO, now=NOW)

    assert (row_of(conn, Code, code_id).max_uses, row_of(conn, Code, code_id).used) == (5, 2)
    assert not change_code(conn, code_id, owner_id=None, holder_id=None, max_uses=5, who=WHO, now=NOW)
    with pytest.raises(LimitBelowUse):
        change_code(conn, code_id, owner_id=None, holder_id=None, max_uses=1, who=WHO, now=NOW)


def test_a_partner_makes_an_own_code_on_an_opened_coupon(conn: Connection) -> None:
    coupon_id, meier = add_coupon(conn, opened=True), add_partner(conn, "meier")

    code_id = create_own_code(conn, "vonMeier", coupon_id=coupon_id, partner_id=meier, now=NOW)

    assert row_of(conn, Code, code_id).owner_id == meier
    assert acts(conn)[-1] == ("create", "code", "vonMeier")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("ab", "too_short"),
        ("x" * 41, "too_long"),
        ("a b!", "characters"),
        ("Gratis", "reserved"),
        ("m\u0435ier", "mixed_scripts"),
        ("verybadword", "forbidden"),
    ],
)
def test_own_codes_are_checked_while_they_are_typed_and_when_they_are_made(
    conn: Connection, text: str, problem: str
) -> None:
    coupon_id, meier = add_coupon(conn, opened=True), add_partner(conn, "meier")

    found = check_own_code(conn, text, forbidden=("badword",))
    with pytest.raises(BadCode) as refused:
        create_own_code(conn, text, coupon_id=coupon_id, partner_id=meier, forbidden=("badword",), now=NOW)

    assert found is not None
    assert found.problem == refused.value.problem == problem


def test_the_live_check_knows_taken_codes_and_look_alikes(conn: Connection) -> None:
    add_code(conn, "roma5", add_coupon(conn))

    found = [check_own_code(conn, text) for text in ("Roma-5", "r0ma5", "milano")]

    assert [problem and problem.problem for problem in found] == ["taken", "looks_alike", None]


def test_own_codes_need_a_partner_in_good_standing(conn: Connection) -> None:
    coupon_id = add_coupon(conn, opened=True)
    left, paused = add_partner(conn, "left"), add_partner(conn, "paused")
    end_partner(conn, left, why="left", who=WHO, now=NOW)
    suspend(conn, paused, why="check", who=WHO, now=NOW)

    for partner_id in (left, paused, 4711):
        with pytest.raises(Mistake):
            create_own_code(conn, "mycode", coupon_id=coupon_id, partner_id=partner_id, now=NOW)


@pytest.mark.parametrize(
    "change", [{"open_to_partners": False}, {"active": False}, {"valid_until": NOW - timedelta(days=1)}]
)
def test_own_codes_need_a_coupon_that_is_open_on_and_not_over(
    conn: Connection, change: dict[str, object]
) -> None:
    coupon_id, meier = add_coupon(conn, opened=True), add_partner(conn, "meier")
    conn.execute(update(Coupon.__table__).values(**change))

    with pytest.raises(Mistake, match="No own codes"):
        create_own_code(conn, "mycode", coupon_id=coupon_id, partner_id=meier, now=NOW)
