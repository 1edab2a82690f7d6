"""Files of spreadsheets, from every program that writes them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.sheets import BadSheet, SheetProblem, bare_cell, decoded, read_sheet, safe_cell

COLUMNS = ("code", "owner", "max")
WANTED = [(2, ["abc", "meier", "1"]), (3, ["def", "", "2"])]


def read(data: bytes) -> list[tuple[int, list[str]]]:
    return list(read_sheet(decoded(data), needed="code", possible=COLUMNS).rows())


@pytest.mark.parametrize(
    "data",
    [
        b"code,owner,max\nabc,meier,1\ndef,,2\n",
        b"code;owner;max\r\nabc;meier;1\r\ndef;;2",
        b"\xef\xbb\xbfCode ;OWNER;Max\r\n abc ;meier;1\r\ndef;;2\r\n;;\r\n\r\n",
        b"code\towner\tmax\nabc\tmeier\t1\ndef\t\t2\n",
        b'"code";"owner";"max"\n"abc";"meier";"1"\n"def";;"2"\n',
        b'code;owner;max;;\n="abc";meier;="1";;\ndef;;2;;\n',
    ],
)
def test_a_table_is_read_whatever_program_wrote_it(data: bytes) -> None:
    assert [(line, cells[:3]) for line, cells in read(data)] == WANTED


def test_a_line_that_tells_the_separator_counts_as_a_line() -> None:
    assert read(b"sep=;\r\ncode;owner,max\r\nabc;x\r\n".replace(b"owner,max", b"owner")) == [
        (3, ["abc", "x"])
    ]


def test_a_row_is_named_by_the_line_on_which_it_begins() -> None:
    assert read(b'\ncode,owner\nabc,"a\nb"\n\ndef,x\n') == [(3, ["abc", "a\nb"]), (6, ["def", "x"])]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", SheetProblem.EMPTY),
        (b"  \r\n\r\n", SheetProblem.EMPTY),
        (b"abc1\nabc2\n", SheetProblem.NO_CODE_COLUMN),
        (b"code,colour\nabc,red\n", SheetProblem.UNKNOWN_COLUMN),
        (b"code,max,code\n", SheetProblem.COLUMN_TWICE),
        ("code\nмагазин\n".encode("cp1251"), SheetProblem.NOT_UTF_8),
        ("code\nabc\n".encode("utf-16"), SheetProblem.NOT_UTF_8),
        (b"code\nab\0c\n", SheetProblem.NOT_UTF_8),
        (b'code\nabc\n"def\n', SheetProblem.BROKEN),
        (b"code\n" + b"x" * 200_000, SheetProblem.BROKEN),
    ],
)
def test_what_is_no_table_of_codes_is_refused_with_the_reason(data: bytes, problem: SheetProblem) -> None:
    with pytest.raises(BadSheet) as caught:
        read(data)

    assert caught.value.problem is problem
    assert "%" not in str(caught.value)


def test_a_broken_line_is_named() -> None:
    with pytest.raises(BadSheet, match="Line 3 cannot be read"):
        read(b'code\nabc\n"de"f\nghi\n')


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_a_cell_that_was_made_safe_means_what_it_meant(text: str) -> None:
    safe = safe_cell(text.strip())

    assert not safe.startswith(("=", "@", "\t", "\r"))
    assert bare_cell(safe) == bare_cell(text.strip()) or bare_cell(safe) == text.strip()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=3))
def test_what_a_spreadsheet_wrote_is_read_the_same(cells: list[str]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([COLUMNS[: len(cells)], cells])
    bare = [bare_cell(cell) for cell in cells]

    found = read(buffer.getvalue().encode())

    assert found == ([(2, bare)] if any(bare) else [])


AWKWARD = st.text(st.sampled_from("ab1_'=+- \t\u00e4\u00a0\u2460"), max_size=4)


@given(st.lists(st.tuples(AWKWARD, AWKWARD, AWKWARD), min_size=1, max_size=4))
def test_cells_are_bare_whether_or_not_the_file_looks_as_if_all_of_them_were(
    rows: list[tuple[str, str, str]],
) -> None:
    lines = "".join(f"{';'.join(cells)}\n" for cells in rows)

    found = [cells for _line, cells in read(f"code;owner;max\n{lines}".encode())]

    bare = [[bare_cell(cell) for cell in cells] for cells in rows]
    assert found == [cells for cells in bare if any(cells)]
