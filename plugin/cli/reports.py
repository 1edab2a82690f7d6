"""Reports on the command line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..csv_file import csv_lines
from ..domain.report import Quick, Step, plain_rows
from ..services import report_reading
from ..services.report_reading import Where
from ..services.reports import REPORTS
from .group import Answer, answering, firstline, in_context, table


@firstline.command("report")
@click.argument("name", type=click.Choice(list(REPORTS)))
@click.option("--period", type=click.Choice([one.value for one in Quick]), help="Instead of --from and --to.")
@click.option("--from", "from_", metavar="DAY", help="First day, like 2026-12-01; default: of the month.")
@click.option("--to", metavar="DAY", help="Last day, included; default: today. Liabilities: at its end.")
@click.option("--by", type=click.Choice([one.value for one in Step]), help="Default: by the length.")
@click.option("--partner", help="Customer number, e-mail, #id or name.")
@click.option("--coupon", help="Name or #id.")
@click.option("--campaign", help="Name or #id.")
@click.option("--currency")
@click.option("--csv", "as_csv", is_flag=True, help="Answer with a file for spreadsheets.")
@answering
def report(name: str, from_: str | None, to: str | None, as_csv: bool, **given: str | None) -> Answer:
    """Report sales, redemptions, people, commissions or liabilities, in days of the shop's time zone."""
    asked = {key: value for key, value in {**given, "from": from_, "until": to}.items() if value}
    days, found = in_context(
        lambda ctx: report_reading.make(
            ctx.conn,
            name,
            asked,
            Where(zone=ctx.settings.zone, home=ctx.settings.currency, now=ctx.now),
        )
    )
    rows = plain_rows(found)
    head = [column.name for column in found.columns]
    cells: list[Sequence[object]] = [tuple(row.values()) for row in rows]
    if as_csv:
        text = "".join(csv_lines(head, cells, mark=False)).rstrip("\r\n")
    else:
        text = table(head, cells, empty="Nothing of this kind happened in this time.")
    data = {
        "name": name,
        "from": None if REPORTS[name].as_of else days.first.isoformat(),
        "until": days.last.isoformat(),
        "by": days.step.value if found.has_spans else None,
        "rows": rows,
        "left_out": found.left_out,
    }
    return Answer(text=text, data=data)
