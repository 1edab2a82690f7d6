"""CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_response(name: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> Response:
    """Send rows as a file; no cell is read as a formula."""
    response = Response(_lines(head, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    # Spreadsheets take a file for UTF-8 only with this mark.
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    for row in chain([head], rows):
        writer.writerow([safe_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def safe_cell(value: object) -> str:
    """Give a cell as text that a spreadsheet does not take for a formula; plain numbers stay."""
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()
