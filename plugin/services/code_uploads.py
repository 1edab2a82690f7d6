"""Files of codes that an admin has sent: looked at first, then imported, large ones by the worker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from ..domain.sheets import Sheet, decoded, read_sheet
from ..models import Upload
from . import code_storing, outbox
from .cells import BadCell, Problem
from .code_cells import COLUMNS
from .code_importing import Act, Begun, Imported, Importing, Source
from .code_imports import import_codes, log, look_at
from .context import Context
from .mistakes import NotThere, UnderWay

_UPLOAD = Upload.__table__
AT_ONCE = 10_000
"""Rows that are imported while the admin waits; more are left to the worker."""
MOST_BYTES = 20_000_000
IMPORT = "import_codes"
"""The topic of the worker's job that imports some lines of a file."""
_SHOWN = 3
_MOST_SHOWN = 100
"""Lines of which the cells are kept for the page."""


def source_of(data: bytes, *, coupon_id: int, file_name: str, zone: ZoneInfo) -> Source:
    """Give a file as it came. Raises BadSheet where it is no table of codes."""
    digest = hashlib.sha256(data).hexdigest()
    sheet = _sheet(decoded(data))
    return Source(sheet=sheet, coupon_id=coupon_id, file_name=file_name, digest=digest, zone=zone)


def _sheet(text: str) -> Sheet:
    return read_sheet(text, needed="code", possible=COLUMNS)


def add(conn: Connection, source: Source, act: Act) -> int:
    """Keep a file with what an import would do; give its id. Raises BadSheet."""
    found = look_at(conn, source)
    row = {
        "coupon_id": source.coupon_id,
        "state": "looked_at",
        "file_name": source.file_name[:200],
        "file_digest": source.digest,
        "content": source.sheet.text,
        "all_rows": sum(1 for _row in source.sheet.rows()),
        "done_rows": 0,
        "report": _report(source.sheet, found),
        "made_by": act.who[:100],
        "created_at": act.now,
    }
    return int(conn.execute(insert(_UPLOAD).values(**row).returning(_UPLOAD.c.id)).scalar_one())


def start(conn: Connection, upload_id: int, act: Act, *, all_or_none: bool, zone: ZoneInfo) -> None:
    """Import a file that was looked at, or leave it to the worker. Raises UnderWay where that is begun."""
    taken = (
        update(_UPLOAD)
        .where(_UPLOAD.c.id == upload_id, _UPLOAD.c.state == "looked_at")
        .values(state="waiting", all_or_none=all_or_none)
    )
    if conn.execute(taken).rowcount != 1:
        raise UnderWay("This file is being imported already.")
    upload = get_upload(conn, upload_id)
    if upload.all_rows > AT_ONCE:
        outbox.put(conn, IMPORT, {"upload": upload_id, "who": act.who}, now=act.now)
    else:
        _whole(conn, upload, act, zone)


def work_on(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Import the next lines of a file; what is left then is work for later, each part its own transaction."""
    upload = get_upload(ctx.conn, int(payload["upload"]), lock=True)
    if upload.state not in {"waiting", "running"}:
        return
    act = Act(who=str(payload["who"]), now=ctx.now)
    if upload.all_or_none:
        _whole(ctx.conn, upload, act, ctx.settings.zone)
    elif _part(ctx.conn, upload, act, ctx.settings.zone):
        outbox.put(ctx.conn, IMPORT, payload, now=ctx.now)


def _whole(conn: Connection, upload: Row[Any], act: Act, zone: ZoneInfo) -> None:
    """Import a file at once; where all or none was wanted and a line is bad, it may be looked at again."""
    source = _source(upload, zone)
    done = import_codes(conn, source, act, all_or_none=upload.all_or_none)
    if upload.all_or_none and done.bad:
        report = {**_report(source.sheet, look_at(conn, source)), "refused": True}
        _set(conn, upload.id, state="looked_at", report=report)
    else:
        _end(conn, upload, _report(source.sheet, done), act)


def _part(conn: Connection, upload: Row[Any], act: Act, zone: ZoneInfo) -> bool:
    """Import some lines; True where more are left."""
    source, report = _source(upload, zone), upload.report
    begun = None
    if upload.state == "running":
        begun = Begun(rows=upload.done_rows, batches=report["batches"], done=_imported(report))
    code_storing.store_alone(conn)
    importing = Importing(conn, source, begun)
    importing.read_on()
    importing.store(act)
    done, read = importing.done, importing.lines.read
    if read < upload.all_rows:
        report = {**_report(source.sheet, done), "batches": importing.batches}
        _set(conn, upload.id, state="running", report=report, done_rows=read)
        return True
    log(conn, source, done, act)
    _end(conn, upload, _report(source.sheet, done), act)
    return False


def _source(upload: Row[Any], zone: ZoneInfo) -> Source:
    return Source(
        sheet=_sheet(upload.content),
        coupon_id=upload.coupon_id,
        file_name=upload.file_name,
        digest=upload.file_digest,
        zone=zone,
    )


def _end(conn: Connection, upload: Row[Any], report: Mapping[str, object], act: Act) -> None:
    ended = {"state": "done", "done_rows": upload.all_rows, "content": None, "finished_at": act.now}
    _set(conn, upload.id, report=report, **ended)


def _set(conn: Connection, upload_id: int, **values: object) -> None:
    conn.execute(update(_UPLOAD).where(_UPLOAD.c.id == upload_id).values(**values))


def _report(sheet: Sheet, found: Imported) -> dict[str, object]:
    """Give what is kept of what was found: counts, bad cells, and the cells of lines that a page shows."""
    bad = list(dict.fromkeys(cell.line for cell in found.bad))[:_MOST_SHOWN]
    wanted, sample, cells = set(bad), list[object](), dict[str, list[str]]()
    for number, row in sheet.rows():
        if number in wanted:
            cells[str(number)] = row[: len(sheet.columns)]
        elif len(sample) < _SHOWN:
            sample.append([number, row[: len(sheet.columns)]])
    return {
        "columns": sheet.columns,
        "separator": sheet.separator,
        "created": found.created,
        "changed": found.changed,
        "unchanged": found.unchanged,
        "bad": [list(asdict(cell).values()) for cell in found.bad],
        "before": None if found.before is None else [found.before[0].isoformat(), found.before[1]],
        "sample": sample,
        "cells": cells,
    }


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What is kept of a file: what an import does, and some lines as they stand in it."""

    imported: Imported
    columns: tuple[str, ...]
    separator: str
    lines: tuple[tuple[int, Sequence[str]], ...]
    refused: bool
    """Whether nothing was imported since all or none was wanted."""


def looked(upload: Upload | Row[Any]) -> Looked:
    """Read what is kept of a file."""
    report = upload.report
    lines = [*report["sample"], *([int(number), cells] for number, cells in report["cells"].items())]
    return Looked(
        imported=_imported(report),
        columns=tuple(report["columns"]),
        separator=report["separator"],
        lines=tuple(sorted((number, cells) for number, cells in lines)),
        refused=bool(report.get("refused")),
    )


def _imported(report: Mapping[str, Any]) -> Imported:
    before = report["before"]
    return Imported(
        created=report["created"],
        changed=report["changed"],
        unchanged=report["unchanged"],
        bad=tuple(
            BadCell(line=line, column=column, value=value, problem=Problem(problem), other=other)
            for line, column, value, problem, other in report["bad"]
        ),
        before=None if before is None else (datetime.fromisoformat(before[0]), before[1]),
    )


def get_upload(conn: Connection, upload_id: int, *, lock: bool = False) -> Row[Any]:
    """Give an upload's row or raise NotThere."""
    query = select(_UPLOAD).where(_UPLOAD.c.id == upload_id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no file with the id {upload_id}.")
    return row
