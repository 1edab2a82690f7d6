from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, func, select

from flask_firstline.domain.codes import ALPHABET, has_valid_check_sign
from flask_firstline.models import Code
from flask_firstline.services import code_batches
from flask_firstline.services.code_batches import (
    BadLine,
    CodeLine,
    export_codes,
    generate_codes,
    import_codes,
)
from flask_firstline.services.mistakes import Mistake

from .program_kit import NOW, WHO, acts, add_code, add_coupon, add_partner, redeem


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


def count_codes(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(Code.__table__)).scalar_one()


def test_generated_codes_are_stored_in_chunks_and_told_of(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_batches, "_CHUNK", 40)
    told: list[int] = []

    codes = generate_codes(
        conn, add_coupon(conn), 100, prefix="SPRING-", length=8, who=WHO, now=NOW, progress=told.append
    )

    assert len(set(codes)) == 100 == count_codes(conn)
    assert all(code.startswith("SPRING-") and set(code[7:]) <= set(ALPHABET) for code in codes)
    assert told == [40, 40, 20]
    assert acts(conn)[-1] == ("generate", "code", "Five euro")


def test_generated_codes_can_carry_a_check_sign(conn: Connection) -> None:
    codes = generate_codes(conn, add_coupon(conn), 5, key=b"secret", who=WHO, now=NOW)

    assert all(has_valid_check_sign(code, b"secret", "", 10) for code in codes)


def test_codes_that_are_taken_are_drawn_again(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, "2222", coupon_id)
    draws = iter([bytes(4) + b"\x01\x01\x01\x01", b"\x02\x02\x02\x02"])

    def random(size: int) -> bytes:
        return next(draws, os.urandom(size))

    codes = generate_codes(conn, coupon_id, 2, length=4, who=WHO, now=NOW, random=random)

    assert sorted(codes) == ["3333", "4444"]


def test_more_codes_than_a_form_holds_are_refused(conn: Connection) -> None:
    coupon_id = add_coupon(conn)

    for wrong in ({"count": 600, "length": 2}, {"count": 0}, {"count": 1, "prefix": "x" * 40}):
        with pytest.raises(Mistake):
            generate_codes(conn, coupon_id, who=WHO, now=NOW, **wrong)


FILE = [
    (2, {"code": "vonmeier", "owner": "meier", "holder": "", "max": ""}),
    (3, {"code": "for-anna", "owner": "", "holder": "anna", "max": "1"}),
    (4, {"code": "von meier", "owner": "meier"}),
    (5, {"code": "v0nmeier"}),
    (6, {"code": "x1y2", "owner": "nobody"}),
    (7, {"code": "x1y3", "max": "many"}),
    (8, {"code": ""}),
]


def test_an_import_takes_the_good_lines_and_reports_the_bad_ones(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_partner(conn, "meier")
    add_partner(conn, "anna")

    done = import_codes(conn, FILE, coupon_id=coupon_id, who=WHO, now=NOW)

    assert (done.created, done.changed, done.unchanged) == (2, 0, 1)
    assert [bad.line for bad in done.bad] == [5, 6, 7, 8]
    assert done.bad[1] == BadLine(line=6, code="x1y2", problem="There is no contact with the ref 'nobody'.")
    assert count_codes(conn) == 2


def test_the_same_import_again_doubles_nothing(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_partner(conn, "meier")
    add_partner(conn, "anna")
    import_codes(conn, FILE[:2], coupon_id=coupon_id, who=WHO, now=NOW)

    again = import_codes(conn, FILE[:2], coupon_id=coupon_id, who=WHO, now=NOW)

    assert (again.created, again.changed, again.unchanged, again.bad) == (0, 0, 2, ())


def test_an_import_of_all_or_none_keeps_the_good_lines_out_too(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_partner(conn, "meier")
    add_partner(conn, "anna")

    done = import_codes(conn, FILE, coupon_id=coupon_id, all_or_none=True, who=WHO, now=NOW)

    assert (done.created, len(done.bad)) == (0, 4)
    assert count_codes(conn) == 0
    assert ("import", "code", "Five euro") not in acts(conn)


def test_a_code_of_another_coupon_is_a_bad_line(conn: Connection) -> None:
    add_code(conn, "vonmeier", add_coupon(conn, "One"))

    done = import_codes(
        conn, [(2, {"code": "vonmeier"})], coupon_id=add_coupon(conn, "Two"), who=WHO, now=NOW
    )

    assert [bad.problem for bad in done.bad] == ["This code belongs to another coupon."]


def test_an_export_tells_whose_codes_are_and_how_often_they_were_used(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    meier = add_partner(conn, "meier")
    code_id = add_code(conn, "vonMeier", coupon_id, owner_id=meier, max_uses=5)
    redeem(conn, code_id, coupon_id, "o1")
    redeem(conn, code_id, coupon_id, "o2", state="released")

    exported = list(export_codes(conn, coupon_id))

    assert exported == [CodeLine(code="vonMeier", owner="meier", holder=None, max=5, uses=1, active=True)]
