"""Files from other systems: sent, mapped, looked at, then imported, large ones by the worker part by part."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, insert, select, update

from ..domain.sheets import Sheet, decoded, open_sheet
from ..models import ImportedRow, Upload, UploadKind
from ..models.base import insert_missing
from ..models.upload import BEFORE_IMPORT
from . import audit, legacy_looking, legacy_owed, legacy_placing, legacy_storing, outbox
from .code_importing import Told, quiet
from .code_uploads import get_upload
from .context import Context
from .legacy_lines import LegacyLines, Owed, Person, Source
from .legacy_looking import Found
from .legacy_mapping import ColumnMapping, with_signs
from .legacy_people import there
from .legacy_reports import bad_lines, empty, report_of
from .legacy_storing import Act
from .mistakes import BadOrigin, HasBadLines, SeenOtherwise, UnderWay

_UPLOAD = Upload.__table__
_ROW = ImportedRow.__table__
AT_ONCE = 2_000
"""Rows that are imported while the admin waits; more are left to the worker."""
PART = 2_000
"""Rows of which one transaction is made."""
IMPORT = "import_legacy"
"""The topic of the worker's job that imports some lines of a file."""
LONGEST_ORIGIN = 64


def add(ctx: Context, data: bytes, *, kind: UploadKind, origin: str, file_name: str, who: str) -> int:
    """Keep a file as it came; give its id. Raises BadSheet, and Mistake without a name of the system."""
    origin = " ".join(origin.split())
    if not origin or len(origin) > LONGEST_ORIGIN or not origin.isprintable():
        raise BadOrigin("Say in a few words which system the file comes from.")
    sheet = open_sheet(decoded(data))
    row = {
        "kind": kind.value,
        "origin": origin,
        "state": "mapping",
        "file_name": file_name[-200:],
        "file_digest": hashlib.sha256(data).hexdigest(),
        "content": sheet.text,
        "all_rows": sum(1 for _row in sheet.rows()),
        "done_rows": 0,
        "report": empty(),
        "made_by": who[:100],
        "created_at": ctx.now,
    }
    return int(ctx.conn.execute(insert(_UPLOAD).values(**row).returning(_UPLOAD.c.id)).scalar_one())


def sheet_of(upload: Upload | Row[Any]) -> Sheet:
    """Read the table of a file that is kept."""
    return open_sheet(upload.content or "")


def source_of(upload: Upload | Row[Any], mapping: ColumnMapping, zone: ZoneInfo, now: datetime) -> Source:
    """Give a file with what is to be done with it."""
    return Source(
        sheet=sheet_of(upload),
        kind=UploadKind(upload.kind),
        origin=upload.origin or "",
        mapping=mapping,
        file_name=upload.file_name,
        zone=zone,
        now=now,
        skipped=frozenset(cell[0] for cell in upload.report["bad"]),
    )


def look(ctx: Context, upload_id: int, mapping: ColumnMapping, progress: Told = quiet) -> Found:
    """Look at a file by a mapping and keep both; nothing is imported. Raises UnderWay."""
    upload = get_upload(ctx.conn, upload_id, lock=True)
    if upload.state not in BEFORE_IMPORT:
        raise UnderWay("This file is being imported already.")
    source = replace(source_of(upload, mapping, ctx.settings.zone, ctx.now), skipped=frozenset())
    source = replace(source, mapping=with_signs(source.sheet, mapping))
    found = legacy_looking.look(ctx, source, progress)
    report = report_of(source, found)
    _set(ctx.conn, upload_id, state="looked_at", mapping=source.mapping.packed, report=report)
    return found


def look_again(ctx: Context, upload_id: int) -> Found:
    """Look at a file once more as before. Raises UnderWay."""
    return look(ctx, upload_id, ColumnMapping.unpacked(get_upload(ctx.conn, upload_id).mapping))


def start(ctx: Context, upload_id: int, *, all_or_none: bool, who: str) -> None:
    """Import a file that was looked at, or leave it to the worker.

    Raises UnderWay, HasBadLines, and SeenOtherwise where it would do something else by now.
    """
    upload = get_upload(ctx.conn, upload_id, lock=True)
    if upload.state != "looked_at":
        raise UnderWay("This file is being imported already.")
    found = look_again(ctx, upload_id)
    if found.print != upload.report["print"]:
        raise SeenOtherwise("Something has changed since the file was looked at. Please look at it again.")
    if all_or_none and found.bad:
        raise HasBadLines("Nothing was imported: there are mistakes in the file.")
    begin(ctx, upload_id, all_or_none=all_or_none)
    if upload.all_rows > AT_ONCE:
        outbox.put(ctx.conn, IMPORT, {"upload": upload_id, "who": who}, now=ctx.now)
    else:
        while step(ctx, upload_id, who=who):
            continue


def begin(ctx: Context, upload_id: int, *, all_or_none: bool) -> None:
    """Say that a file is to be imported as it was looked at in this very transaction."""
    _set(ctx.conn, upload_id, state="waiting", all_or_none=all_or_none)


def work_on(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Import the next lines of a file; what is left then is work for later, each part its own transaction."""
    if step(ctx, int(payload["upload"]), who=str(payload["who"])):
        outbox.put(ctx.conn, IMPORT, payload, now=ctx.now)


def step(ctx: Context, upload_id: int, *, who: str) -> bool:
    """Import the next lines of a file that was started; True where more are left."""
    legacy_storing.store_alone(ctx.conn)
    upload = get_upload(ctx.conn, upload_id, lock=True)
    if upload.state not in {"waiting", "running"}:
        return False
    source = source_of(upload, ColumnMapping.unpacked(upload.mapping), ctx.settings.zone, ctx.now)
    act = Act(upload_id=upload_id, who=who, source=source)
    at, second = upload.report.get("at", [0, False])
    lines = [one for _number, _row, one, _bad in LegacyLines(source).read(at, at + PART)]
    if lines:
        _store(ctx, act, lines, second=second)
    at += len(lines)
    if len(lines) < PART:
        at, second, is_over = 0, True, second or source.kind is UploadKind.BALANCES
        if is_over:
            _end(ctx, upload, who)
            return False
    report = {**upload.report, "at": [at, second]}
    done = (at + upload.all_rows * second) // (1 if source.kind is UploadKind.BALANCES else 2)
    _set(ctx.conn, upload_id, state="running", report=report, done_rows=min(done, upload.all_rows))
    return True


def _store(ctx: Context, act: Act, lines: list[Person | Owed | None], *, second: bool) -> None:
    people = [one for one in lines if isinstance(one, Person)]
    owed = [one for one in lines if isinstance(one, Owed)]
    if owed:
        known = there(ctx.conn, act.source.origin, {one.partner for one in owed})
        rows = legacy_owed.post(ctx, act.source, owed, known, who=act.who)
        insert_missing(
            ctx.conn, _ROW, ({"sponsor_id": None, "upload_id": act.upload_id, **row} for row in rows)
        )
    elif second:
        legacy_placing.store_sponsors(ctx, act, [person for person in people if person.above])
    else:
        legacy_storing.store_people(ctx, act, people)


def _end(ctx: Context, upload: Row[Any], who: str) -> None:
    mine = _ROW.c.upload_id == upload.id
    query = select(_ROW.c.outcome, func.count(), func.count(_ROW.c.sponsor_id)).where(mine)
    counts = {
        name: (lines, placed) for name, lines, placed in ctx.conn.execute(query.group_by(_ROW.c.outcome))
    }
    said = {name: counts.get(name, (0, 0))[0] for name in ("created", "changed", "unchanged", "overtaken")}
    report = {**upload.report, **said, "sponsors": sum(placed for _lines, placed in counts.values())}
    report.pop("at", None)
    if upload.kind == UploadKind.BALANCES.value:
        report["sums"] = legacy_owed.sums(ctx, upload.id)
    ended = {"state": "done", "done_rows": upload.all_rows, "content": None, "finished_at": ctx.now}
    _set(ctx.conn, upload.id, report=report, **ended)
    after = {
        **said,
        "bad": bad_lines(report),
        "file": upload.file_name,
        "kind": upload.kind,
        "origin": upload.origin,
    }
    audit.record(
        ctx.conn,
        who=who,
        act="bring in",
        noun="legacy file",
        subject=upload.file_name,
        after=after,
        now=ctx.now,
    )


def _set(conn: Connection, upload_id: int, **values: object) -> None:
    conn.execute(update(_UPLOAD).where(_UPLOAD.c.id == upload_id).values(**values))
