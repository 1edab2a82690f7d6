"""Codes: one, many at random, from a file, into a file."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from ..csv_file import safe_cell
from ..services.address_book import get_contact_id
from ..services.code_batches import COLUMNS, Imported, export_codes, generate_codes, import_codes
from ..services.codes import create_code
from ..services.coupons import get_coupon_by_name
from ..services.mistakes import Mistake
from .group import Answer, answering, firstline, in_unit, table, who

code = AppGroup("code", help="Coupon codes.")
firstline.add_command(code)
_COUPON = click.option("--coupon", required=True, help="The name of the coupon.")


@code.command("add")
@click.argument("code")
@_COUPON
@click.option("--owner", help="The shop's id of the partner whose code it is.")
@click.option("--holder", help="The shop's id of the customer for whom it is.")
@click.option("--max", "limit", type=int, help="Redemptions; by default any number.")
@answering
def add(code: str, coupon: str, owner: str | None, holder: str | None, limit: int | None) -> Answer:
    """Make one CODE."""
    code_id = in_unit(
        lambda state, conn: create_code(
            conn,
            code,
            coupon_id=get_coupon_by_name(conn, coupon).id,
            owner_id=None if owner is None else get_contact_id(conn, owner),
            holder_id=None if holder is None else get_contact_id(conn, holder),
            max_uses=limit,
            who=who(),
            now=state.now(),
        )
    )
    return Answer(text=f"The code {code!r} is made.", data={"id": code_id, "code": code})


@code.command("generate")
@_COUPON
@click.option("--count", type=int, required=True)
@click.option("--prefix", default="", help="What every code begins with.")
@click.option("--length", type=click.IntRange(4, 40), default=10, show_default=True, help="Random signs.")
@click.option("--owner", help="The shop's id of the partner whose codes they are.")
@click.option("--max", "limit", type=int, help="Redemptions of each; by default any number.")
@answering
def generate(
    coupon: str, count: int, prefix: str, length: int, owner: str | None, limit: int | None
) -> Answer:
    """Make many codes that nobody can guess."""
    with _progress("Generating", count) as progress:
        codes = in_unit(
            lambda state, conn: generate_codes(
                conn,
                get_coupon_by_name(conn, coupon).id,
                count,
                prefix=prefix,
                length=length,
                owner_id=None if owner is None else get_contact_id(conn, owner),
                max_uses=limit,
                who=who(),
                now=state.now(),
                progress=progress,
            )
        )
    text = f"{len(codes)} codes are made; `flask firstline code export` writes them to a file."
    return Answer(text=text, data={"count": len(codes), "codes": codes})


@code.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_COUPON
@click.option("--all-or-none", is_flag=True, help="Where a line is wrong, import none.")
@answering
def import_(file: Path, coupon: str, all_or_none: bool) -> Answer:
    """Import codes from a CSV FILE with the columns code, owner, holder, max.

    Imported again it doubles nothing. Bad lines are told with their number and reason.
    """
    rows = list(_read_csv(file))
    with _progress("Importing", len(rows)) as progress:
        done = in_unit(
            lambda state, conn: import_codes(
                conn,
                rows,
                coupon_id=get_coupon_by_name(conn, coupon).id,
                all_or_none=all_or_none,
                who=who(),
                now=state.now(),
                progress=progress,
            )
        )
    return Answer(text=_told(done), data=asdict(done), ok=not done.bad)


def _told(done: Imported) -> str:
    said = f"{done.created} new, {done.changed} changed, {done.unchanged} as they were"
    bad = [(line.line, line.code, line.problem) for line in done.bad]
    if not bad:
        return f"{said}."
    return "\n".join([table(("line", "code", "problem"), bad, empty=""), f"{said}, {len(bad)} bad lines."])


@code.command("export")
@_COUPON
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A CSV file.")
@answering
def export(coupon: str, output: Path | None) -> Answer:
    """Write all codes of a coupon as CSV, in the columns that `code import` reads."""
    lines = in_unit(lambda _, conn: list(export_codes(conn, get_coupon_by_name(conn, coupon).id)))
    rows = [asdict(line) for line in lines]
    if output is None:
        return Answer(text=_csv(rows).rstrip("\n"), data=rows)
    output.write_text(_csv(rows), encoding="utf-8", newline="")
    return Answer(
        text=f"{len(rows)} codes are written to {output}.", data={"count": len(rows), "file": str(output)}
    )


def _csv(rows: Sequence[Mapping[str, object]]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(row[name]) for name in COLUMNS] for row in rows)
    return buffer.getvalue()


def _read_csv(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, row); the separator may be a comma, a semicolon or a tab."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Mistake(f'{file} is not in UTF-8; save it as "CSV UTF-8".') from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max((",", ";", "\t"), key=head.count))
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    unknown = sorted(set(names) - set(COLUMNS))
    if "code" not in names or unknown:
        raise Mistake(
            f"The first line of {file} names the columns: code is needed, "
            f"{', '.join(COLUMNS[1:])} are possible; it has {', '.join(names) or 'none'}."
        )
    try:
        for row in reader:
            yield reader.line_num, {name: _bare(value) for name, value in row.items() if name}
    except csv.Error as error:
        raise Mistake(f"{file}, line {reader.line_num}: {error}") from error


def _bare(value: object) -> str:
    """Take off the apostrophe that keeps a spreadsheet from reading a cell as a formula."""
    text = value if isinstance(value, str) else ""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


@contextmanager
def _progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """Show a bar to people; a file or pipe gets none."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update
