"""Codes from files: every kind of bad line, repeats, all or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine

from flask_firstline.domain.coupon import Treatment
from flask_firstline.models import Audit, Code
from flask_firstline.services import address_book, code_importing
from flask_firstline.services.cells import Problem
from flask_firstline.services.code_cells import COLUMNS
from flask_firstline.services.code_exports import PRINTED, export_codes, printed
from flask_firstline.services.code_imports import look_at
from flask_firstline.services.codes import change_code, create_code
from flask_firstline.shop import Customer
from flask_firstline.testing import FakeShop

from .code_kit import ACT, BERLIN, batches, count_codes, counts, draw, imported, source, told
from .program_kit import NOW, WHO, acts, add_code, add_coupon, add_partner, redeem, row_of


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        yield connection


GOOD = """code;owner;holder;max;from;until;occasion
vonmeier;meier;;;;;Fair
for-anna;;anna;1;01.05.2026;31.12.2026;Fair
plain;;;;;;
"""
EVERY_BAD_CELL = """code;owner;holder;max;from;until;credit;occasion
good1;meier;;3;;;;
...;;;;;;;
{long};;;;;;;
good 1;;;;;;;
g0od1;;;;;;;
there;;;;;;;
vonmeler;;;;;;;
FAIRabcd5;;;;;;;
x1;nobody;;;;;;
x2;;nobody;;;;;
x3;;;many;;;;
x4;;;0;;;;
used;;;1;;;;
x5;;;;31.11.2026;;;
x6;;;;;soon;;
x7;;;;2026-12-31;2026-01-01;;
x8;;;;;;12,345;
x9;;;;;;5,00;
fairly;;;;;;;Party
x10;;;;;;;{long}x
x11;;;;;;;;more
x12;nobody;;many;;;;
good2;;;;;;;Party
"""


def test_every_kind_of_bad_cell_is_told_with_its_line_column_value_and_reason(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_partner(conn, "meier")
    add_code(conn, "there", add_coupon(conn, "Other"))
    add_code(conn, "vonmeier", coupon_id)
    used = add_code(conn, "used", coupon_id, max_uses=5)
    redeem(conn, used, coupon_id, "o1")
    redeem(conn, used, coupon_id, "o2")
    draw(conn, coupon_id, 1, prefix="FAIR", length=4, check_signs=True)
    imported(conn, "code;occasion\nfairly;Fair\n", coupon_id)
    long = "y" * 100
    text = EVERY_BAD_CELL.format(long=long)

    looked = look_at(conn, source(text, coupon_id))
    before = count_codes(conn)
    done = imported(conn, text, coupon_id)

    assert looked == done
    assert {cell.problem for cell in done.bad} == set(Problem) - {
        Problem.CHARACTERS,
        Problem.CREDIT_STAYS,
        Problem.SHARES,
        Problem.NO_PARTNER,
    }
    assert counts(done) == (2, 0, 0, 21)
    assert count_codes(conn) == before + 2
    assert told(done) == [
        (3, "code", "...", "A code needs letters or digits."),
        (4, "code", long, "It is too long: at most 64 characters."),
        (5, "code", "good 1", "The same code stands in line 2."),
        (6, "code", "g0od1", "It looks like the code in line 2."),
        (7, "code", "there", "This code belongs to another coupon."),
        (8, "code", "vonmeler", "It looks like the code vonmeier, which is taken."),
        (9, "code", "FAIRabcd5", "Codes of this form are drawn here and end with a check sign."),
        (10, "owner", "nobody", "Nobody has this customer number."),
        (11, "holder", "nobody", "Nobody has this customer number."),
        (12, "max", "many", "Give a whole number, or nothing for no limit."),
        (13, "max", "0", "A limit is from 1 to 1000000000."),
        (14, "max", "1", "The code has been used more often already: 2."),
        (15, "from", "31.11.2026", _NO_DATE),
        (16, "until", "soon", _NO_DATE),
        (17, "until", "2026-01-01", "The code ends before it begins."),
        (18, "credit", "12,345", "This is no amount. Write it like 25.00."),
        (19, "credit", "5,00", "Only codes of store credit hold an amount."),
        (20, "occasion", "Party", "The occasion of a code that is there stays as it is."),
        (21, "occasion", f"{long}x", "It is too long: at most 100 characters."),
        (22, "", "more", "There are more cells than columns."),
        (23, "owner", "nobody", "Nobody has this customer number."),
        (23, "max", "many", "Give a whole number, or nothing for no limit."),
    ]


_NO_DATE = "This is no date. Write 2026-12-31 or 31.12.2026; a time such as 18:00 may follow."


def test_control_characters_are_told(conn: Connection) -> None:
    done = imported(conn, 'code;occasion\n"a\nb";\nabc;a\x07b\n', add_coupon(conn))

    assert told(done) == [
        (2, "code", "a\nb", "There is a character in it that cannot be shown."),
        (4, "occasion", "a\x07b", "There is a character in it that cannot be shown."),
    ]


def test_good_lines_become_codes_in_batches_by_occasion(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    meier, anna = add_partner(conn, "meier"), add_partner(conn, "anna")

    done = imported(conn, GOOD, coupon_id)

    assert counts(done) == (3, 0, 0, 0)
    rows = [row_of(conn, Code, code_id) for code_id in (1, 2, 3)]
    assert [(row.display, row.owner_id, row.holder_id, row.max_uses) for row in rows] == [
        ("vonmeier", meier, None, None), ("for-anna", None, anna, 1), ("plain", None, None, None)
    ]  # fmt: skip
    zone = ZoneInfo("Europe/Berlin")
    assert rows[1].valid_from == datetime(2026, 5, 1, tzinfo=zone)
    assert rows[1].valid_until == datetime(2027, 1, 1, tzinfo=zone)
    found = [(batch["how"], batch["occasion"], batch["count"], batch["file_name"]) for batch in batches(conn)]
    assert found == [("imported", "Fair", 2, "codes.csv"), ("imported", "", 1, "codes.csv")]
    assert acts(conn)[-1] == ("import", "code", "Five euro")


def test_the_same_file_again_is_told_of_and_changes_nothing(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_partner(conn, "meier")
    anna = add_partner(conn, "anna")
    first = imported(conn, GOOD, coupon_id)
    change_code(conn, 1, owner_id=anna, holder_id=None, max_uses=7, who=WHO, now=NOW)

    again = imported(conn, GOOD, coupon_id)

    assert first.before is None
    assert again.before == (NOW, WHO)
    assert counts(again) == (0, 0, 3, 0)
    assert (row_of(conn, Code, 1).owner_id, row_of(conn, Code, 1).max_uses) == (anna, 7)
    assert len(batches(conn)) == 2


def test_the_same_file_for_another_coupon_is_another_file(conn: Connection) -> None:
    imported(conn, "code\nabc\n", add_coupon(conn))

    done = imported(conn, "code\nabc\n", add_coupon(conn, "Other"))

    assert done.before is None
    assert told(done) == [(2, "code", "abc", "This code belongs to another coupon.")]


def test_what_was_bad_in_a_file_is_imported_when_it_is_mended(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    text = "code,owner\nabc,\nxyz,late\n"
    first = imported(conn, text, coupon_id)
    add_partner(conn, "late")

    again = imported(conn, text, coupon_id)

    assert counts(first) == (1, 0, 0, 1)
    assert counts(again) == (1, 0, 1, 0)


def test_a_file_with_other_words_changes_codes_and_says_so_in_the_log(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    meier = add_partner(conn, "meier")
    code_id = add_code(conn, "abc", coupon_id, max_uses=5)
    redeem(conn, code_id, coupon_id, "o1")
    add_code(conn, "same", coupon_id)

    done = imported(conn, "code,owner,max,until\nabc,meier,2,2026-12-31\nsame,,,\n", coupon_id)

    row = row_of(conn, Code, code_id)
    assert counts(done) == (0, 1, 1, 0)
    assert (row.owner_id, row.max_uses, row.used) == (meier, 2, 1)
    assert row.valid_until == datetime(2027, 1, 1, tzinfo=BERLIN)
    log = Audit.__table__
    changed = conn.execute(log.select().where(log.c.act == "change", log.c.noun == "code")).one()
    assert (changed.subject, changed.before["max_uses"], changed.after["max_uses"]) == ("abc", 5, 2)
    assert "used" not in changed.after


def test_a_column_that_is_not_in_the_file_stays_as_it_is(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    meier = add_partner(conn, "meier")
    add_code(conn, "abc", coupon_id, owner_id=meier, max_uses=5)

    untouched = imported(conn, "code\nabc\n", coupon_id)
    emptied = imported(conn, "code,max\nabc,\n", coupon_id)

    row = row_of(conn, Code, 1)
    assert (counts(untouched), counts(emptied)) == ((0, 0, 1, 0), (0, 1, 0, 0))
    assert (row.owner_id, row.max_uses) == (meier, None)


@pytest.mark.parametrize(("limit", "good"), [(1, False), (2, True), (3, True)])
def test_a_limit_at_and_around_the_uses(conn: Connection, limit: int, good: bool) -> None:
    coupon_id = add_coupon(conn)
    code_id = add_code(conn, "abc", coupon_id)
    for order in ("o1", "o2"):
        redeem(conn, code_id, coupon_id, order)
    redeem(conn, code_id, coupon_id, "o3", state="released")

    done = imported(conn, f"code,max\nabc,{limit}\n", coupon_id)

    assert counts(done) == ((0, 1, 0, 0) if good else (0, 0, 0, 1))
    assert row_of(conn, Code, code_id).used == (2 if good else 0)


def test_a_date_that_ends_a_code_before_its_own_beginning_is_told(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    create_code(conn, "abc", coupon_id=coupon_id, valid_from=NOW, who=WHO, now=NOW)

    done = imported(conn, "code,until\nabc,2020-01-01\n", coupon_id)

    assert told(done) == [(2, "until", "2020-01-01", "The code ends before it begins.")]


def test_store_credit_is_given_and_stays(conn: Connection) -> None:
    coupon_id = add_coupon(conn, treatment=Treatment.MULTI_PURPOSE)
    first = imported(conn, 'code,credit\nabc,\nxyz,"7,50"\n', coupon_id)
    again = imported(conn, "code,credit\nabc,5\nxyz,8.00\n", coupon_id)

    assert [row_of(conn, Code, one).credit_left for one in (1, 2)] == [500, 750]
    assert (counts(first), counts(again)) == ((2, 0, 0, 0), (0, 0, 1, 1))
    assert told(again) == [(3, "credit", "8.00", "The credit of a code that is there stays as it is: 7.50.")]


def test_all_or_none_keeps_the_good_lines_out_too(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    add_code(conn, "there", coupon_id)
    text = "code,max\nabc,1\nthere,9\n...,\n"

    refused = imported(conn, text, coupon_id, all_or_none=True)
    whole = imported(conn, text.replace("...", "def"), coupon_id, all_or_none=True)

    assert (refused.created, refused.changed, refused.bad_lines) == (0, 0, 1)
    assert counts(whole) == (2, 1, 0, 0)
    assert len([act for act in acts(conn) if act[0] == "import"]) == 1


def test_lines_are_imported_in_chunks_whose_bad_cells_stand_in_order(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_importing, "CHUNK", 3)
    coupon_id = add_coupon(conn)
    add_code(conn, "taken8", add_coupon(conn, "Other"))
    lines = [f"c{number}" if number % 4 else "..." for number in range(1, 12)]
    lines[6] = "taken8"
    rows: list[int] = []

    done = imported(conn, "code\n" + "\n".join([*lines, "C 1"]), coupon_id, progress=rows.append)

    assert counts(done) == (8, 0, 0, 4)
    assert [cell.line for cell in done.bad] == [5, 8, 9, 13]
    assert sum(rows) == 12
    assert [batch["count"] for batch in batches(conn)] == [8]


def test_a_code_that_somebody_makes_while_a_file_is_imported_is_there_then(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    coupon_id = add_coupon(conn)
    make = code_importing.Importing._make
    tried: list[int] = []

    def overtaken(self: code_importing.Importing, lines: object, act: object) -> None:
        if not tried:
            tried.append(1)
            add_code(conn, "abc", coupon_id)
        make(self, lines, act)  # type: ignore[arg-type]

    monkeypatch.setattr(code_importing.Importing, "_make", overtaken)

    done = imported(conn, "code\nabc\ndef\n", coupon_id)

    assert counts(done) == (1, 0, 1, 0)
    assert count_codes(conn) == 2


def test_an_export_is_read_again_as_unchanged(conn: Connection) -> None:
    coupon_id = add_coupon(conn, treatment=Treatment.MULTI_PURPOSE)
    add_partner(conn, "meier")
    imported(conn, GOOD.replace("for-anna;;anna", "=1+1;;meier"), coupon_id)
    create_code(
        conn, "odd", coupon_id=coupon_id, credit=123, valid_until=NOW + timedelta(seconds=1), who=WHO, now=NOW
    )
    redeem(conn, 1, coupon_id, "o1")

    from flask_firstline.csv_file import csv_lines

    lines = list(export_codes(conn, coupon_id))
    text = "".join(csv_lines(COLUMNS, (line.cells(BERLIN) for line in lines)))
    again = imported(conn, text, coupon_id)

    assert [(line.code, line.uses, line.active) for line in lines] == [
        ("vonmeier", 1, True), ("=1+1", 0, True), ("plain", 0, True), ("odd", 0, True),
    ]  # fmt: skip
    assert "'=1+1" in text
    assert counts(again) == (0, 0, 4, 0)


def test_the_owner_cell_names_partners_who_share_and_is_written_so_again(conn: Connection) -> None:
    coupon_id = add_coupon(conn)
    meier, schulz = add_partner(conn, "meier"), add_partner(conn, "schulz")
    address_book.contact_for(conn, Customer(ref="anna"), NOW)
    text = "code;owner\nfair;meier=60|schulz=40\nplain;meier\n"
    wrong = (
        "code;owner\na1;meier=60|schulz=30\na2;meier=60|nobody=40\na3;meier=60|anna=40\na4;meier=x\n"
        "a5;meier=50|meier=50\n"
    )

    assert counts(imported(conn, text, coupon_id)) == (2, 0, 0, 0)
    assert counts(imported(conn, text + "more;\n", coupon_id)) == (1, 0, 2, 0)
    assert told(imported(conn, wrong, coupon_id)) == [
        (2, "owner", "meier=60|schulz=30", _SHARES),
        (3, "owner", "meier=60|nobody=40", "Nobody has this customer number."),
        (4, "owner", "meier=60|anna=40", "Only who is or was a partner has a portion."),
        (5, "owner", "meier=x", _SHARES),
        (6, "owner", "meier=50|meier=50", _SHARES),
    ]
    assert [line.owner for line in export_codes(conn, coupon_id)] == ["meier=60|schulz=40", "meier", None]
    row = row_of(conn, Code, 1)
    assert (row.owner_id, row.portions) == (meier, [[meier, 6000], [schulz, 4000]])

    assert counts(imported(conn, "code;owner;max\nfair;meier;5\n", coupon_id)) == (0, 1, 0, 0)
    assert row_of(conn, Code, 1).portions, "a single number says nothing about the others"
    assert counts(imported(conn, "code;owner\nfair;meier=100\nplain;schulz=50|meier=50\n", coupon_id)) == (
        0, 2, 0, 0,
    )  # fmt: skip
    assert [line.owner for line in export_codes(conn, coupon_id)] == ["meier", "schulz=50|meier=50", None]


_SHARES = "Shares are written like meier=60|schulz=40 and add up to 100."


def test_the_printer_gets_code_occasion_last_day_and_link(conn: Connection) -> None:
    coupon_id = add_coupon(conn, valid_until=datetime(2026, 12, 1, tzinfo=BERLIN))
    imported(conn, "code,until,occasion\nabc,2027-01-01,Fair\nöl x,2026-06-30,Fair\noff,,Fair\n", coupon_id)
    table = Code.__table__
    conn.execute(table.update().where(table.c.display == "off").values(active=False))

    rows = list(printed(conn, 1, links="https://shop.example/firstline/c/", zone=BERLIN))

    assert PRINTED == ("code", "occasion", "valid_until", "link")
    assert rows == [
        ("abc", "Fair", "2026-11-30", "https://shop.example/firstline/c/abc"),
        ("öl x", "Fair", "2026-06-30", "https://shop.example/firstline/c/%C3%B6l%20x"),
    ]


def test_an_imported_code_sells(shop: FakeShop) -> None:
    from flask_firstline.testing import make_cart, make_coupon

    coupon_id = make_coupon(shop.app, "From a file", amount="5.00")
    with shop.app.app_context(), shop.db.engine.begin() as conn:
        imported(conn, "code,max\nfile-1,1\n", coupon_id)

    shop.place(make_cart(key="a"), "o1", codes=["FILE1"])

    assert shop.rows(Code, display="file-1")[0].used == 1


def test_acts_are_by_who_did_them(conn: Connection) -> None:
    imported(conn, "code\nabc\n", add_coupon(conn))

    assert batches(conn)[0]["made_by"] == ACT.who
