"""Many codes: drawn, from a file, into a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import Connection

from ..csv_file import csv_lines
from ..domain.sheets import BadSheet
from ..i18n import moment
from ..services import code_batches, code_drawing, code_exports, code_imports, code_uploads
from ..services.address_book import get_contact_id
from ..services.code_cells import COLUMNS
from ..services.code_importing import Act, Imported, Source
from ..services.code_wanted import Wanted
from ..services.coupons import get_coupon_by_name
from ..services.mistakes import Mistake
from ..services.reading import Given
from ..state import State
from .codes import CREDIT, FROM, OF_COUPON, UNTIL, code, named
from .group import ID, Answer, answering, in_context, in_unit, table, who

_OUTPUT = click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A CSV file."
)


@code.command("generate")
@OF_COUPON
@click.option("--count", type=int, required=True)
@click.option("--prefix", default="", help="What every code begins with.")
@click.option("--length", type=click.IntRange(4, 40), default=10, show_default=True, help="Random signs.")
@click.option(
    "--check-sign/--no-check-sign",
    "check_signs",
    default=True,
    help="One more sign, by which typing errors show.",
)
@click.option("--occasion", default="", help="What the codes are for, such as a fair.")
@click.option("--owner", help="The shop's id of the partner whose codes they are.")
@click.option("--max", "max_uses", type=int, help="Redemptions of each; by default any number.")
@FROM
@UNTIL
@CREDIT
@answering
def generate(
    coupon: str, count: int, owner: str | None, begins: str, ends: str, credit: str, **plain: object
) -> Answer:
    """Make many codes that nobody can guess; `code export --batch` writes them to a file."""
    written = named({"begins": begins, "ends": ends, "credit": credit})

    def work(state: State, conn: Connection) -> int:
        found = get_coupon_by_name(conn, coupon)
        given = Given(values=written, settings=state.settings)
        wanted = Wanted(
            coupon_id=found.id,
            count=count,
            owner_id=None if owner is None else get_contact_id(conn, owner),
            valid_from=given.moment("from"),
            valid_until=given.moment("until", closes=True),
            credit=given.amount("credit", found.currency or state.settings.currency),
            **plain,  # type: ignore[arg-type]  # options under their own names
        )
        keys = state.context(conn).keys
        return code_drawing.generate_codes(
            conn, wanted, keys=keys, who=who(), now=state.now(), progress=progress
        )

    with _progress("Generating", count) as progress:
        batch_id = in_unit(work)
    text = f"{count} codes are made. `flask firstline code export --batch {batch_id}` writes them to a file."
    return Answer(text=text, data={"count": count, "batch": batch_id})


@code.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@OF_COUPON
@click.option("--preview", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--all-or-none", is_flag=True, help="Where a line is wrong, import none.")
@answering
def import_(file: Path, coupon: str, preview: bool, all_or_none: bool) -> Answer:
    """Import codes from a CSV FILE: code, and if wanted owner, holder, max, from, until, credit, occasion.

    Imported again it doubles nothing. Bad lines are told with their number, column and reason.
    """
    data = file.read_bytes()

    def work(state: State, conn: Connection) -> Imported:
        found = get_coupon_by_name(conn, coupon)
        source = _source(file, data, found.id, state)
        rows = sum(1 for _row in source.sheet.rows())
        act = Act(who=who(), now=state.now())
        with _progress("Reading" if preview else "Importing", rows) as progress:
            if preview:
                return code_imports.look_at(conn, source, progress=progress)
            return code_imports.import_codes(conn, source, act, all_or_none=all_or_none, progress=progress)

    try:
        done = in_unit(work)
    except BadSheet as bad:
        raise Mistake(f"{file}: {bad}") from bad
    return Answer(text=_told(done, preview=preview), data=_data(done), ok=not done.bad)


def _source(file: Path, data: bytes, coupon_id: int, state: State) -> Source:
    return code_uploads.source_of(data, coupon_id=coupon_id, file_name=file.name, zone=state.settings.zone)


def _told(done: Imported, *, preview: bool) -> str:
    lines = []
    if done.before is not None:
        at, by = done.before
        lines.append(
            f"This file was imported on {moment(at).striptags()} by {by}; what is there stays as it is."
        )
    if done.bad:
        bad = [(cell.line, cell.column, cell.value, cell.text) for cell in done.bad]
        lines.append(table(("line", "column", "value", "problem"), bad, empty=""))
    said = f"{done.created} new, {done.changed} changed, {done.unchanged} as they were"
    lines.append(f"{said}, {done.bad_lines} bad lines." if done.bad else f"{said}.")
    if preview:
        lines.append("Nothing was imported: this was a preview.")
    return "\n".join(lines)


def _data(done: Imported) -> dict[str, object]:
    before = done.before and {"at": done.before[0], "by": done.before[1]}
    bad = [{**asdict(cell), "text": cell.text} for cell in done.bad]
    return {**asdict(done), "bad": bad, "bad_lines": done.bad_lines, "before": before}


@code.command("export")
@click.option(
    "--coupon", help="All codes of the coupon of this name, in the columns that `code import` reads."
)
@click.option(
    "--batch", type=ID, help="The codes of a batch for the printer: code, occasion, valid until, link."
)
@click.option(
    "--address", help="The shop's public address, such as https://shop.example; by default SERVER_NAME."
)
@_OUTPUT
@answering
def export(coupon: str | None, batch: int | None, address: str | None, output: Path | None) -> Answer:
    """Write codes as CSV."""
    if (coupon is None) == (batch is None):
        raise Mistake("Give either --coupon or --batch.")

    def lines(state: State, conn: Connection) -> Iterator[dict[str, object]]:
        zone = state.settings.zone
        if batch is not None:
            links = _links(state, address)
            for printed in code_exports.printed(conn, batch, links=links, zone=zone):
                yield dict(zip(code_exports.PRINTED, printed, strict=True))
            return
        for line in code_exports.export_codes(conn, get_coupon_by_name(conn, str(coupon)).id):
            cells = dict(zip(COLUMNS, line.cells(zone), strict=True))
            yield {**cells, "uses": line.uses, "active": line.active}

    head = COLUMNS if batch is None else code_exports.PRINTED
    if click.get_current_context().params["as_json"] and output is None:
        return Answer(text="", data=in_unit(lambda state, conn: list(lines(state, conn))))
    return in_unit(lambda state, conn: _written(head, lines(state, conn), output))


def _written(head: Iterable[str], lines: Iterable[dict[str, object]], output: Path | None) -> Answer:
    """Write the lines piece by piece, to a file or else to where the answer goes."""
    names, counted = tuple(head), [0]

    def rows() -> Iterator[list[object]]:
        for line in lines:
            counted[0] += 1
            yield [line[name] for name in names]

    pieces = csv_lines(names, rows(), mark=False)
    if output is None:
        last = ""
        for piece in pieces:
            click.echo(last, nl=False)
            last = piece
        return Answer(text=last.rstrip("\r\n"), data=None)
    with output.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)
    data = {"count": counted[0], "file": str(output)}
    return Answer(text=f"{counted[0]} codes are written to {output}.", data=data)


def _links(state: State, address: str | None) -> str:
    """Give what stands before a code in its link."""
    config = current_app.config
    if address is None and not config["SERVER_NAME"]:
        raise Mistake(
            "Give --address, the shop's public address: it stands in the links. Or set SERVER_NAME."
        )
    root = (
        address or f"{config['PREFERRED_URL_SCHEME']}://{config['SERVER_NAME']}{config['APPLICATION_ROOT']}"
    )
    return f"{root.rstrip('/')}{state.settings.url_prefix}/c/"


@code.command("batches")
@click.option("--coupon", help="Only those of the coupon of this name.")
@answering
def batches(coupon: str | None) -> Answer:
    """List the batches: codes that were made together."""
    found = in_context(
        lambda ctx: code_batches.listed(
            ctx.conn, None if coupon is None else get_coupon_by_name(ctx.conn, coupon).id
        )
    )
    head = ("batch", "coupon", "how", "occasion", "codes", "redeemed", "made")
    rows = [
        (
            one.id,
            one.coupon,
            one.how,
            one.occasion,
            one.count,
            one.redeemed,
            moment(one.created_at).striptags(),
        )
        for one in found
    ]
    return Answer(text=table(head, rows, empty="There are no batches."), data=[asdict(one) for one in found])


@contextmanager
def _progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """Show a bar to people; a file or pipe gets none."""
    if not _is_for_people():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


def _is_for_people() -> bool:
    return sys.stderr.isatty()
