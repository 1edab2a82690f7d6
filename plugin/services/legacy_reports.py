"""What is kept of files from other systems: what was found in them, and what their import has made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from ..models import Contact, ImportedRow, Upload
from ..models.upload import NO_LINES
from .cells import BadCell, LegacyProblem
from .legacy_lines import Source
from .legacy_looking import Found
from .legacy_mapping import numbered
from .manual_postings import name_of

_ROW = ImportedRow.__table__
_SHOWN = 3
_MOST_SHOWN = 100
_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Made:
    """What an import has made of a line: contact and sponsor by number or #id, the posting by its number."""

    line: int
    outcome: str
    contact: str | None
    name: str | None
    sponsor: str | None
    posting: str | None


def imported(conn: Connection, upload_id: int) -> Iterator[Made]:
    """Yield what an import has made, line by line."""
    contact, sponsor = Contact.__table__, Contact.__table__.alias()
    query = (
        select(_ROW, contact.c.ref, contact.c.name, sponsor.c.ref.label("sponsor_ref"))
        .select_from(_ROW)
        .join(contact, contact.c.id == _ROW.c.contact_id, isouter=True)
        .join(sponsor, sponsor.c.id == _ROW.c.sponsor_id, isouter=True)
        .where(_ROW.c.upload_id == upload_id)
        .order_by(_ROW.c.line)
    )
    for row in conn.execute(query).yield_per(_AT_ONCE):
        yield Made(
            line=row.line,
            outcome=row.outcome,
            contact=_named(row.ref, row.contact_id),
            name=row.name,
            sponsor=_named(row.sponsor_ref, row.sponsor_id),
            posting=None if row.call_id is None else name_of((row.call_id, 1)),
        )


def _named(ref: str | None, contact_id: int | None) -> str | None:
    return ref or (None if contact_id is None else f"#{contact_id}")


def empty() -> dict[str, object]:
    """Give the report of a file that nobody has looked at."""
    return {
        "columns": [], "separator": "", "created": 0, "changed": 0, "unchanged": 0, "sponsors": 0, "sums": {},
        "print": "", **NO_LINES,
    }  # fmt: skip


def report_of(source: Source, found: Found) -> dict[str, object]:
    """Give what is kept of what was found; of the cells only those of columns that are taken."""
    names, places = numbered(source.sheet), sorted(set(source.mapping.columns.values()))
    bad = list(dict.fromkeys(cell.line for cell in found.bad))[:_MOST_SHOWN]
    wanted, sample, cells = set(bad), list[object](), dict[str, list[str]]()
    for number, row in source.sheet.rows():
        shown = [row[place][:200] if place < len(row) else "" for place in places]
        if number in wanted:
            cells[str(number)] = shown
        elif len(sample) < _SHOWN:
            sample.append([number, shown])
        if len(sample) == _SHOWN and len(cells) == len(wanted):
            break
    counts = found.counts
    return {
        **empty(),
        "columns": [names[place] for place in places],
        "separator": source.sheet.separator,
        **{name: counts[name] for name in ("created", "changed", "unchanged")},
        "sponsors": found.sponsors,
        "sums": dict(found.sums),
        "bad": [list(asdict(cell).values()) for cell in found.bad],
        "notes": [list(asdict(cell).values()) for cell in found.notes],
        "sample": sample,
        "cells": cells,
        "print": found.print,
    }


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What is kept of a file: what its import does or did, and some lines as they stand in it."""

    columns: tuple[str, ...]
    separator: str
    created: int
    changed: int
    unchanged: int
    overtaken: int
    sponsors: int
    sums: Mapping[str, int]
    bad: tuple[BadCell, ...]
    notes: tuple[BadCell, ...]
    lines: tuple[tuple[int, list[str]], ...]

    @property
    def bad_lines(self) -> int:
        """The number of lines that are left out."""
        return len({cell.line for cell in self.bad})


def looked(upload: Upload | Row[Any]) -> Looked:
    """Read what is kept of a file."""
    report = upload.report
    lines = [*report["sample"], *([int(number), cells] for number, cells in report["cells"].items())]
    return Looked(
        columns=tuple(report["columns"]),
        separator=report["separator"],
        overtaken=report.get("overtaken", 0),
        bad=_cells(report["bad"]),
        notes=_cells(report["notes"]),
        lines=tuple(sorted((number, cells) for number, cells in lines)),
        **{name: report[name] for name in ("created", "changed", "unchanged", "sponsors", "sums")},
    )


def bad_lines(report: Mapping[str, Any]) -> int:
    """Count the lines that were left out."""
    return len({cell[0] for cell in report["bad"]})


def _cells(packed: list[list[Any]]) -> tuple[BadCell, ...]:
    return tuple(
        BadCell(line=line, column=column, value=value, problem=LegacyProblem(problem), other=other)
        for line, column, value, problem, other in packed
    )
