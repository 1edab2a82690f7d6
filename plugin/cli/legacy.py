"""Partners, contacts and opening balances from other systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import Row, select

from ..domain.money import major
from ..domain.sheets import BadSheet
from ..models import Upload, UploadKind
from ..services import legacy_saved, legacy_storing, legacy_uploads
from ..services.code_uploads import get_upload
from ..services.context import Context
from ..services.legacy_cells import DateOrder
from ..services.legacy_fields import FIELDS, Field, guessed, plain_name
from ..services.legacy_mapping import ColumnMapping, missing, undecided
from ..services.legacy_reports import Looked, imported, looked
from ..services.legacy_sums import DecimalSign
from ..services.mistakes import Mistake, NotMapped, NotThere
from ..state import current_state
from .group import ID, Answer, answering, firstline, in_context, table, who

legacy = AppGroup("legacy", help="Partners, contacts and opening balances from other systems.")
firstline.add_command(legacy)
_KINDS = [kind.value for kind in FIELDS]
_COUNTS = ("created", "changed", "unchanged", "overtaken", "sponsors", "bad_lines")


@legacy.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="What the lines of the file are.")
@click.option("--origin", required=True, help="The other system, always under the same name.")
@click.option("--map", "pairs", multiple=True, help="FIELD=COLUMN: which column of the file is which field.")
@click.option("--mapping", "mapping_name", help="A mapping that was saved under this name.")
@click.option("--save-mapping", help="Keep the mapping under this name.")
@click.option("--dates", type=click.Choice([order.value for order in DateOrder]), help="Order of dates.")
@click.option("--decimal", type=click.Choice([sign.value for sign in DecimalSign]), help="Decimal sign.")
@click.option("--currency", help="Of lines that name none; by default the shop's.")
@click.option("--reason", default="Opening balance", show_default=True, help="Stands with each posting.")
@click.option("--overwrite", is_flag=True, help="Replace what is here of known people, not only fill it.")
@click.option("--all-or-none", is_flag=True, help="Where a line is wrong, import none.")
@click.option(
    "--dry-run", "--preview", "preview", is_flag=True, help="Say what would be done, and do nothing."
)
@answering
def import_(file: Path, kind: str, origin: str, preview: bool, all_or_none: bool, **given: object) -> Answer:
    """Import a CSV FILE of another system: columns are guessed by their names, or given by --map.

    Imported again it doubles nothing. With mistakes in the file the exit code is 1.
    """
    what = UploadKind(kind)

    def look(ctx: Context) -> int:
        legacy_storing.store_alone(ctx.conn)
        upload_id = legacy_uploads.add(
            ctx, file.read_bytes(), kind=what, origin=origin, file_name=file.name, who=who()
        )
        upload = get_upload(ctx.conn, upload_id)
        mapping = _mapping(ctx, what, legacy_uploads.sheet_of(upload).columns, given)
        _check(upload, what, mapping)
        if given["save_mapping"]:
            columns = legacy_uploads.sheet_of(upload).columns
            name = str(given["save_mapping"])
            legacy_saved.save(ctx, what, name, columns, mapping, origin=upload.origin, who=who())
        found = legacy_uploads.look(ctx, upload_id, mapping)
        if not preview and not (all_or_none and found.bad):
            legacy_uploads.begin(ctx, upload_id, all_or_none=all_or_none)
        return upload_id

    try:
        upload_id = in_context(look)
    except BadSheet as bad:
        raise Mistake(f"{file}: {bad}") from bad
    if _state(upload_id) == "looked_at":
        end = "Nothing was imported: " + ("this was a preview." if preview else "there are bad lines.")
        return _answer(upload_id, _looked(upload_id), end)
    while in_context(lambda ctx: legacy_uploads.step(ctx, upload_id, who=who())):
        continue
    return _answer(upload_id, _looked(upload_id), f"Imported as number {upload_id}.")


def _mapping(
    ctx: Context, kind: UploadKind, columns: Sequence[str], given: dict[str, object]
) -> ColumnMapping:
    name, pairs = given["mapping_name"], given["pairs"]
    if name:
        found = legacy_saved.named(ctx.conn, kind, str(name), columns)
    else:
        found = ColumnMapping(columns=guessed(kind, columns))
    chosen = {**found.columns, **_chosen(kind, columns, pairs)}  # type: ignore[arg-type]  # click's tuple
    kept = {one: place for one, place in chosen.items() if place >= 0}
    dates, decimal = given["dates"], given["decimal"]
    return replace(
        found,
        columns=kept,
        dates=DateOrder(str(dates)) if dates else found.dates,
        decimal=DecimalSign(str(decimal)) if decimal else found.decimal,
        currency=str(given["currency"] or found.currency or ctx.settings.currency).upper(),
        reason=str(given["reason"]),
        overwrite=bool(given["overwrite"]) or found.overwrite,
    )


def _chosen(kind: UploadKind, columns: Sequence[str], pairs: Sequence[str]) -> dict[Field, int]:
    """Read `--map FIELD=COLUMN`; an empty column takes the field away."""
    plain = [plain_name(name) for name in columns]
    found: dict[Field, int] = {}
    for pair in pairs:
        name, _, column = pair.partition("=")
        if name not in FIELDS[kind]:
            raise Mistake(f"There is no field {name!r}; there are {', '.join(FIELDS[kind])}.")
        if column and plain_name(column) not in plain:
            raise Mistake(f"The file has no column {column!r}; it has {', '.join(columns)}.")
        found[Field(name)] = plain.index(plain_name(column)) if column else -1
    return found


def _check(upload: Row[Any], kind: UploadKind, mapping: ColumnMapping) -> None:
    wanting = missing(kind, mapping)
    if wanting:
        names = ", ".join(one.value for one in wanting)
        raise NotMapped(f"No column is known as {names}. Say which it is: --map {wanting[0].value}=COLUMN.")
    options = [f"--{name}" for name in undecided(legacy_uploads.sheet_of(upload), mapping)]
    if options:
        raise NotMapped(f"It can be read in several ways. Please say which is meant: {', '.join(options)}.")


def _state(upload_id: int) -> str:
    return str(in_context(lambda ctx: get_upload(ctx.conn, upload_id).state))


def _looked(upload_id: int) -> Looked:
    return in_context(lambda ctx: looked(get_upload(ctx.conn, upload_id)))


def _answer(upload_id: int, found: Looked, end: str) -> Answer:
    bad = [(cell.line, cell.column, cell.value, cell.text) for cell in (*found.bad, *found.notes)]
    lines = [table(("line", "column", "value", "problem"), bad, empty="")] if bad else []
    lines.append(
        f"{found.created} new, {found.changed} changed, {found.unchanged} as they were, "
        f"{found.sponsors} with a new sponsor, {found.bad_lines} bad lines."
    )
    sums = {currency: major(amount, currency) for currency, amount in found.sums.items()}
    lines += (
        [f"Balances: {', '.join(f'{amount} {currency}' for currency, amount in sums.items())}."]
        if sums
        else []
    )
    if found.overtaken:
        lines.append(f"{found.overtaken} were left out, since something has changed meanwhile.")
    data: dict[str, object] = {
        "id": upload_id,
        **{name: getattr(found, name) for name in _COUNTS},
        "sums": sums,
    }
    data |= {
        "bad": [{**asdict(cell), "text": cell.text} for cell in found.bad],
        "notes": [{**asdict(cell), "text": cell.text} for cell in found.notes],
    }
    return Answer(text="\n".join([*lines, end]), data=data, ok=not found.bad)


@legacy.command("list")
@answering
def list_() -> Answer:
    """List the files of other systems, the newest first."""
    query = select(Upload).where(Upload.kind != UploadKind.CODES.value).order_by(Upload.id.desc()).limit(200)
    rows = list(current_state().session().scalars(query))
    head = ("id", "kind", "origin", "file", "state", "lines", "new", "changed")
    shown = [
        (row.id, row.kind, row.origin, row.file_name, row.state, row.all_rows, row.report["created"],
         row.report["changed"])
        for row in rows
    ]  # fmt: skip
    return Answer(
        text=table(head, shown, empty="No file was sent yet."),
        data=[dict(zip(head, row, strict=True)) for row in shown],
    )


@legacy.command("report")
@click.argument("upload_id", type=ID)
@answering
def report(upload_id: int) -> Answer:
    """Say line by line what the import UPLOAD_ID has made."""
    rows = in_context(lambda ctx: list(imported(ctx.conn, upload_id)))
    if not rows:
        in_context(lambda ctx: get_upload(ctx.conn, upload_id))
        raise NotThere(f"Nothing was imported from the file {upload_id}.")
    data = [asdict(row) for row in rows]
    head = ("line", "outcome", "contact", "name", "sponsor", "posting")
    return Answer(text=table(head, [tuple(row.values()) for row in data], empty=""), data=data)
