"""Postings for bookkeeping."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ..csv_file import csv_lines
from ..domain.bookkeeping import HEAD, Entry
from ..domain.money import major
from ..domain.report import Quick
from ..services import report_reading
from ..services.bookkeeping import account_sums, entries
from ..services.context import Context
from ..services.report_asked import Asked
from ..services.report_reading import Where
from .group import Answer, answering, firstline, in_context, table


@firstline.command("bookkeeping")
@click.option("--period", type=click.Choice([one.value for one in Quick]), help="Instead of --from and --to.")
@click.option("--from", "from_", metavar="DAY", help="First day, like 2026-12-01; default: of the month.")
@click.option("--to", metavar="DAY", help="Last day, included; default: today.")
@click.option("--partner", help="Customer number, e-mail, #id or name.")
@click.option("--currency")
@click.option("--csv", "as_csv", is_flag=True, help="Answer with the file.")
@answering
def bookkeeping(from_: str | None, to: str | None, as_csv: bool, **given: str | None) -> Answer:
    """Export the postings with their accounts, a batch as DATEV reads it; without --csv: sums per account."""
    wanted = {key: value for key, value in {**given, "from": from_, "until": to}.items() if value}
    if as_csv:
        rows = in_context(lambda ctx: [entry.cells for entry in _entries(ctx, wanted)])
        return Answer(text="".join(csv_lines(HEAD, rows, mark=False, between=";")).rstrip("\r\n"), data=None)
    return in_context(lambda ctx: _answer(ctx, wanted))


def _asked(ctx: Context, wanted: dict[str, str]) -> Asked:
    where = Where(zone=ctx.settings.zone, home=ctx.settings.currency, now=ctx.now)
    return report_reading.read(ctx.conn, wanted, where)[0]


def _entries(ctx: Context, wanted: dict[str, str]) -> Iterator[Entry]:
    return entries(ctx.conn, _asked(ctx, wanted), ctx.settings.book_accounts)


def _answer(ctx: Context, wanted: dict[str, str]) -> Answer:
    sums = account_sums(ctx.conn, _asked(ctx, wanted), ctx.settings.book_accounts)
    rows = [
        (one.account, one.currency, major(one.debit, one.currency), major(one.credit, one.currency))
        for one in sums
    ]
    head = ("account", "currency", "debit", "credit")
    data = {
        "accounts": [dict(zip(head, row, strict=True)) for row in rows],
        "postings": [entry.data for entry in _entries(ctx, wanted)],
    }
    return Answer(text=table(head, rows, empty="Nothing was posted in this time."), data=data)
