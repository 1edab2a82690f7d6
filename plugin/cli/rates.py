"""Rates between currencies, and the currency in which a partner is paid."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.exchange import Rate
from ..domain.money import major
from ..models import Waiting
from ..services import rates, waiting
from ..services.context import Context
from ..services.mistakes import Mistake
from ..state import current_state
from .group import Answer, answering, firstline, in_context, table, who
from .payout_words import partner_id
from .posting_words import currency

rate = AppGroup("rate", help="Rates between currencies, for partners who are paid in another one.")
firstline.add_command(rate)
Reader = Callable[[date], Sequence[Rate]]
_HEAD = ("from", "to", "rate", "day", "source")


@rate.command("set")
@click.argument("base")
@click.argument("quote")
@click.argument("number")
@click.option(
    "--day", type=click.DateTime(formats=["%Y-%m-%d"]), help="From when on it holds; default: today."
)
@click.option("--source", default="", help="Who says so, such as a central bank.")
@answering
def set_(base: str, quote: str, number: str, day: date | None, source: str) -> Answer:
    """Store what one unit of BASE comes to in QUOTE: `rate set USD EUR 0.92`."""
    row = {"from": base, "to": quote, "rate": number, "source": source}
    row["day"] = "" if day is None else day.strftime("%Y-%m-%d")
    return _stored(lambda today: rates.read_rates([row], today=today))


@rate.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@answering
def import_(file: Path) -> Answer:
    """Store the rates of a CSV file with the columns from, to, rate, and perhaps day and source."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return _stored(lambda today: rates.read_rates(rows, today=today))


def _stored(read: Reader) -> Answer:
    def store(ctx: Context) -> int:
        today = ctx.now.astimezone(ctx.settings.zone).date()
        return rates.set_rates(ctx.conn, read(today), who=who(), now=ctx.now)

    changed = in_context(store)
    posted = _post_waiting()
    text = f"{changed} rates are new or changed; commissions of {posted} orders were posted that had waited."
    return Answer(text=text, data={"changed": changed, "posted": posted})


def _post_waiting() -> int:
    def once(ctx: Context) -> int:
        done = waiting.post_next(ctx)
        current_state().send(ctx)
        return done

    posted = 0
    while in_context(once):
        posted += 1
    return posted


@rate.command("list")
@answering
def list_() -> Answer:
    """List the rates, by pair, the newest day first."""
    found = in_context(lambda ctx: rates.list_rates(ctx.conn))
    data = [
        dict(zip(_HEAD, (row.base, row.quote, row.rate, row.day.isoformat(), row.source), strict=True))
        for row in found
    ]
    return Answer(
        text=table(_HEAD, [tuple(row.values()) for row in data], empty="There are no rates."), data=data
    )


@rate.command("waiting")
@answering
def waiting_() -> Answer:
    """List commissions that are earned and wait for a rate."""
    head = ("partner", "order", "level", "amount", "currency", "wanted", "reason", "since")
    with Session(current_state().engine()) as session:
        data = [
            dict(
                zip(
                    head,
                    (
                        row.partner.ref or f"#{row.partner_id}",
                        row.document.number or row.document.ref,
                        row.level,
                        major(row.amount, row.currency),
                        row.currency,
                        row.wanted,
                        row.reason,
                        row.since.isoformat(timespec="seconds"),
                    ),
                    strict=True,
                )
            )
            for row in session.scalars(select(Waiting).order_by(Waiting.since, Waiting.document_id))
        ]
    return Answer(text=table(head, [tuple(row.values()) for row in data], empty="Nothing waits."), data=data)


@rate.command("currency")
@click.argument("partner")
@click.argument("code", required=False)
@click.option("--none", "no_currency", is_flag=True, help="Pay in the currency of each sale again.")
@answering
def currency_(partner: str, code: str | None, no_currency: bool) -> Answer:
    """Say in which currency a PARTNER is paid from now on: a CODE, or --none."""
    if (code is None) != no_currency:
        raise Mistake("Give a currency, or --none.")
    wanted = None if code is None else currency(code.upper())

    def change(ctx: Context) -> bool:
        contact_id = partner_id(ctx, partner)
        return rates.set_payout_currency(ctx.conn, contact_id, wanted, who=who(), now=ctx.now)

    changed = in_context(change)
    said = "the currency of each sale" if wanted is None else wanted
    return Answer(
        text=f"{partner} is paid in {said}.",
        data={"partner": partner, "currency": wanted, "changed": changed},
    )
