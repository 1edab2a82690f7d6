"""Commission terms: set, planned, listed, removed, and reckoned anew over past months."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from sqlalchemy import Connection, Row

from ..config import Settings
from ..domain.money import major
from ..services import program
from ..services.applying import read_terms, terms_given
from ..services.clause_words import clause_words
from ..services.context import Context
from ..services.given import Given
from ..services.terms_dry_run import MOST_MONTHS, Change, DryRun, dry_run, ending
from ..services.terms_rows import read
from ..state import State
from .group import Answer, Commands, answering, firstline, in_context, in_unit, table, who

terms = Commands("terms", help="Commission terms: what partners earn.")
firstline.add_command(terms)
Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--level", required=True, help="1 is the partner who is credited with the sale."),
    click.option("--percent", help="Per cent of the line's net after discount."),
    click.option("--fixed", help="A fixed amount for each unit, such as 1.50."),
    click.option("--currency", help="Currency of the amounts; by default FIRSTLINE_CURRENCY."),
    click.option("--partner", help="Only for this partner: the one who earns."),
    click.option("--product", help="Only on this product."),
    click.option("--category", help="Only on this category."),
    click.option("--campaign", help="Only on sales with a coupon of this campaign."),
    click.option(
        "--base", help="What the per cent is taken of: net, net_before, gross, gross_before, margin."
    ),
    click.option("--shipping", is_flag=True, default=None, help="On shipping too, where goods are there."),
    click.option("--tier", multiple=True, help="From which sum on which per cent holds, such as 1000=12."),
    click.option("--tiers-by", help="What chooses the tier: order, month, quarter, year or ever."),
    click.option("--slab", is_flag=True, default=None, help="Each part of a sale by its own tier."),
    click.option("--cap-order", help="The most that these terms give on one order."),
    click.option("--cap-partner", help="The most that they give one partner in the period."),
    click.option("--cap-customer", help="The most that they give a partner from one customer."),
    click.option("--cap-period", help="The period of these caps: month, quarter, year or ever."),
    click.option("--payment-rate", multiple=True, help="Per cent of the 1st, 2nd, ... recurring payment."),
    click.option("--max-payments", help="So many recurring payments earn."),
    click.option("--max-months", help="Recurring payments earn for so many months after the first."),
)


def _options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _given(settings: Settings, options: Mapping[str, object]) -> Given:
    """Read options; what was not typed counts as not given."""
    typed = {name: value for name, value in options.items() if value not in (None, ())}
    return Given(values=typed, settings=settings)


@terms.command("set")
@_options
@click.option("--from", help="A date or time from which they hold, in the shop's zone; by default now.")
@answering
def set_terms_(**options: object) -> Answer:
    """Set what one level earns: in general, or for a partner, product, category or campaign.

    What held before stays as history; sales that are credited already keep their terms.
    """
    terms_id = in_unit(
        lambda state, conn: read_terms(conn, _given(state.settings, options), who=who(), now=state.now())
    )
    return Answer(text=f"The terms of level {options['level']} are set.", data={"id": terms_id})


@terms.command("list")
@click.option("--on", help="Those in force at this date or time; by default now.")
@click.option("--history", is_flag=True, help="All that ever held or are planned, and where they ended.")
@answering
def list_terms_(on: str | None, *, history: bool) -> Answer:
    """List the commission terms."""

    def work(state: State, conn: Connection) -> list[Row[Any]]:
        at = _given(state.settings, {"on": on}).moment("on") or state.now()
        return program.list_history(conn) if history else program.list_terms(conn, at=at)

    rows = [_row(row) for row in in_unit(work)]
    head = ("id", "level", "earns", "where", "from", "ended", "clauses")
    shown = [[row[name] for name in head] for row in rows]
    return Answer(text=table(head, shown, empty="There are no terms: nobody earns."), data=rows)


def _row(row: Row[Any]) -> dict[str, object]:
    found = read(row)
    fixed = None if found.fixed is None else f"{major(found.fixed, row.currency)} {row.currency} a unit"
    named = {"partner": row.partner_ref, "product": row.product_ref, "category": row.category}
    named["campaign"] = row.campaign
    where = ", ".join(f"{what} {name}" for what, name in named.items() if name is not None)
    return {
        "id": row.id,
        "level": row.level,
        "earns": fixed or f"{row.percent} %",
        "clauses": clause_words(found.clauses, found.currency),
        "where": where or "in general",
        "from": row.valid_from,
        "ended": row.ended,
    }


@terms.command("remove")
@click.argument("terms_id", type=int)
@click.option("--from", "begins", help="A date or time from which they hold no more; by default now.")
@answering
def remove_terms_(terms_id: int, begins: str | None) -> Answer:
    """Let the terms with the id TERMS_ID end; planned ones are taken back."""

    def work(state: State, conn: Connection) -> None:
        at = _given(state.settings, {"from": begins}).moment("from")
        program.remove_terms(conn, terms_id, begins=at, who=who(), now=state.now())

    in_unit(work)
    return Answer(text=f"The terms {terms_id} are removed.", data={"id": terms_id})


@terms.command("dry-run")
@_options
@click.option("--months", default=3, type=click.IntRange(1, MOST_MONTHS), show_default=True)
@answering
def dry_run_(months: int, **options: object) -> Answer:
    """Show what these terms would have changed for each partner over the last months; nothing is written."""

    def work(ctx: Context) -> DryRun:
        given = _given(ctx.settings, options)
        change = Change(terms=terms_given(ctx.conn, given))
        return dry_run(ctx, [change], months=months)

    return _told(in_context(work))


@terms.command("dry-run-remove")
@click.argument("terms_id", type=int)
@click.option("--months", default=3, type=click.IntRange(1, MOST_MONTHS), show_default=True)
@answering
def dry_run_remove_(terms_id: int, months: int) -> Answer:
    """Show what the end of the terms TERMS_ID would have changed for each partner; nothing is written."""
    return _told(in_context(lambda ctx: dry_run(ctx, [ending(ctx, terms_id)], months=months)))


def _told(found: DryRun) -> Answer:
    rows = [
        {
            "partner": one.partner,
            "currency": one.currency,
            "posted": major(one.posted, one.currency),
            "would_be": major(one.would_be, one.currency),
            "difference": major(one.more, one.currency),
        }
        for one in found.differences
    ]
    head = ("partner", "currency", "posted", "would be", "difference")
    text = table(head, [tuple(row.values()) for row in rows], empty="No partner has earned anything.")
    said = f"{found.documents} sales credited since {found.since:%Y-%m-%d}; nothing was changed."
    if found.cut_short:
        said += " Older ones were left out: there are too many."
    data = {
        "since": found.since,
        "documents": found.documents,
        "cut_short": found.cut_short,
        "partners": rows,
    }
    return Answer(text=f"{text}\n\n{said}", data=data)
