"""Tables as spreadsheets write and read them: separators, marks, cells that would be taken for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SEPARATORS = (",", ";", "\t", "|")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def safe_cell(value: object) -> str:
    """Give a cell as text that a spreadsheet does not take for a formula; plain numbers stay."""
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and not _is_number(text):
        return f"'{text}"
    return text


def bare_cell(text: str) -> str:
    """Give what a cell means: without blanks around it, and without what kept it from being a formula."""
    found = text.strip()
    if not found.startswith(("'", "=")):
        return found
    if found.startswith("'") and safe_cell(found[1:]) == found:
        return found[1:]
    if found.startswith('="') and (quoted := _TEXT_FORMULA.fullmatch(found)):
        return quoted[1].strip()
    return found


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


class SheetProblem(StrEnum):
    """Why a file cannot be read as a table at all."""

    NOT_UTF_8 = "not_utf_8"
    EMPTY = "empty"
    NO_CODE_COLUMN = "no_code_column"
    UNKNOWN_COLUMN = "unknown_column"
    COLUMN_TWICE = "column_twice"
    BROKEN = "broken"


TEXTS = {
    SheetProblem.NOT_UTF_8: 'It is not in UTF-8. Save it as "CSV UTF-8".',
    SheetProblem.EMPTY: "There is nothing in it.",
    SheetProblem.NO_CODE_COLUMN: "Its first line names the columns. %(needed)s is needed; it has %(found)s.",
    SheetProblem.UNKNOWN_COLUMN: "Its column %(found)s is not known; possible are %(possible)s.",
    SheetProblem.COLUMN_TWICE: "Its column %(found)s is there twice.",
    SheetProblem.BROKEN: "Line %(found)s cannot be read: a quote is open, or a cell is too long.",
}


class BadSheet(ValueError):
    """A file that cannot be read as a table; `problem` and `data` say why for programs."""

    def __init__(self, problem: SheetProblem, **data: str) -> None:
        self.problem = problem
        self.data = data
        super().__init__(TEXTS[problem] % data)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table whose first line names its columns; "" is the name of a column without one."""

    text: str
    start: int
    first_line: int
    separator: str
    columns: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line on which each row begins, and its bare cells; rows of blanks are left out."""
        rows = _rows(self.text, self.start, self.first_line, self.separator)
        next(rows, None)
        yield from rows


def decoded(data: bytes) -> str:
    """Give the text of a file in UTF-8, with or without a mark at its beginning."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSheet(SheetProblem.NOT_UTF_8) from error
    if data.startswith(_UTF_16) or "\0" in text:
        raise BadSheet(SheetProblem.NOT_UTF_8)
    return text


def open_sheet(text: str) -> Sheet:
    """Read a table whose first line names its columns, whatever their names are. Raises BadSheet."""
    start, first_line, separator = _beginning(text)
    _line, head = next(_rows(text, start, first_line, separator), (0, []))
    if not any(head) and not text[start:].strip():
        raise BadSheet(SheetProblem.EMPTY)
    return Sheet(text=text, start=start, first_line=first_line, separator=separator, columns=tuple(head))


def read_sheet(text: str, *, needed: str, possible: Collection[str]) -> Sheet:
    """Read a table that has these columns, in any order. Raises BadSheet."""
    opened = open_sheet(text)
    sheet = replace(opened, columns=tuple(name.lower() for name in opened.columns))
    named = [name for name in sheet.columns if name]
    if needed not in named:
        raise BadSheet(SheetProblem.NO_CODE_COLUMN, needed=needed, found=", ".join(named)[:200] or "none")
    for name in named:
        if name not in possible:
            raise BadSheet(SheetProblem.UNKNOWN_COLUMN, found=name[:100], possible=", ".join(possible))
        if named.count(name) > 1:
            raise BadSheet(SheetProblem.COLUMN_TWICE, found=name)
    return sheet


def _beginning(text: str) -> tuple[int, int, str]:
    """Give where the names of the columns stand, on which line, and what separates them."""
    first, _, rest = text.partition("\n")
    if told := _SEPARATOR_LINE.fullmatch(first):
        return len(first) + 1, 2, told[1]
    return 0, 1, max(_SEPARATORS, key=first.count)


def _rows(text: str, start: int, first_line: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    source = io.StringIO(text, newline="")
    source.seek(start)
    bare = _bare_all if _unlike_bare(separator).search(text, start) else _as_they_are
    reader = csv.reader(source, delimiter=separator, strict=True)
    line = first_line
    try:
        for cells in reader:
            begun, line = line, first_line + reader.line_num
            found = bare(cells)
            if any(found):
                yield begun, found
    except csv.Error as error:
        raise BadSheet(SheetProblem.BROKEN, found=str(line)) from error


def _unlike_bare(separator: str) -> re.Pattern[str]:
    """Find a cell that may mean something else: it begins or ends with neither a letter nor a figure."""
    between = rf"[\r\n{re.escape(separator)}]"
    sign = rf"[^\w\r\n{re.escape(separator)}]|_"
    return re.compile(rf"(?:\A|{between})(?:{sign})|(?:{sign})(?:{between}|\Z)")


def _bare_all(cells: list[str]) -> list[str]:
    return [bare_cell(cell) for cell in cells]


def _as_they_are(cells: list[str]) -> list[str]:
    return cells
