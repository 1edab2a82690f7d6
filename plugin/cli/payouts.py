"""Payouts: runs made, looked at, released; files for the bank; how partners want to be paid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.money import currency_code, major, minor_exact
from ..domain.payout import Method
from ..models import Payout, PayoutRun
from ..services import holds, payout_changes, payout_files, payout_release, payouts
from ..services.context import Context
from ..services.mistakes import Mistake, NotThere
from ..services.payout_reading import run_view
from ..services.payout_runs import Actor
from ..state import current_state
from .group import Answer, answering, firstline, in_context, table, who
from .held import refuse_risky
from .payout_words import partner_id, run_data, shown, sums_text

payout = AppGroup("payout", help="Payouts to partners.")
firstline.add_command(payout)
_METHODS = [method.value for method in Method]
_FILES = [Method.SEPA.value, Method.PAYPAL.value]


def _actor() -> Actor:
    return Actor(name=who(), id=who())


@payout.command("run")
@click.option("--partner", help="Pay this partner alone, by customer number or e-mail; no minimum is asked.")
@click.option("--amount", help="With --partner: less than what is owed; the rest stays.")
@click.option("--currency", help="With --partner: in this currency.")
@click.option("--method", type=click.Choice(_METHODS), help="With --partner: another way than the partner's.")
@answering
def run(partner: str | None, amount: str | None, currency: str | None, method: str | None) -> Answer:
    """Make a run and show it. Nothing is paid before `payout release`."""
    if partner is None:
        if amount or currency or method:
            raise Mistake("--amount, --currency and --method belong to --partner.")
        while in_context(holds.release_due):
            pass
        return shown(in_context(lambda ctx: payouts.make_run(ctx, _actor())))

    def one(ctx: Context) -> int:
        code = _currency(currency, ctx)
        return payouts.make_single(
            ctx,
            partner_id(ctx, partner),
            _actor(),
            currency=code,
            method=None if method is None else Method(method),
            amount=None if amount is None else _minor(amount, code),
        )

    return shown(in_context(one))


@payout.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@answering
def list_(limit: int) -> Answer:
    """List runs, the newest first."""
    with Session(current_state().engine()) as session:
        ids = session.scalars(select(PayoutRun.id).order_by(PayoutRun.id.desc()).limit(limit)).all()
        views = [view for view in (run_view(session, run_id) for run_id in ids) if view is not None]
        data = [run_data(view) for view in views]
    names = ("run", "state", "made_at", "made_by", "payouts")
    rows = [(*(row[name] for name in names), sums_text(row)) for row in data]
    head = ("run", "state", "made", "by", "payouts", "sum")
    return Answer(text=table(head, rows, empty="There are no payout runs yet."), data=data)


@payout.command("show")
@click.argument("run_id", type=int)
@answering
def show(run_id: int) -> Answer:
    """Show a run: whom it pays, and whom it skips for which reason."""
    return shown(run_id)


@payout.command("amount")
@click.argument("payout_id", type=int)
@click.argument("amount")
@answering
def amount(payout_id: int, amount: str) -> Answer:
    """Change what a payout pays while its run waits for release; 0 leaves it out."""

    def change(ctx: Context) -> int:
        row = _payout(ctx, payout_id)
        payout_changes.set_amounts(ctx, row.run_id, {payout_id: _minor(amount, row.currency)}, _actor())
        return int(row.run_id)

    return shown(in_context(change))


@payout.command("release")
@click.argument("run_id", type=int)
@click.option("--count", type=int, required=True, help="How many payouts the run has, as you saw it.")
@click.option("--sum", "sums", multiple=True, required=True, help="What they come to: 12.50 or '12.50 USD'.")
@answering
def release(run_id: int, count: int, sums: tuple[str, ...]) -> Answer:
    """Pay a run. Number and sum must be those that `payout show` says."""

    def pay(ctx: Context) -> None:
        confirmed = dict(_sum(text, ctx) for text in sums)
        payout_release.release(ctx, run_id, _actor(), count=count, sums=confirmed, has_identity=False)
        refuse_risky(current_state(), ctx.conn)
        current_state().send(ctx)

    in_context(pay)
    return shown(run_id)


@payout.command("refresh")
@click.argument("run_id", type=int)
@answering
def refresh(run_id: int) -> Answer:
    """Bring a run up to date whose balances have changed since it was made."""
    in_context(lambda ctx: payout_changes.bring_up_to_date(ctx, run_id, _actor()))
    return shown(run_id)


@payout.command("discard")
@click.argument("run_id", type=int)
@answering
def discard(run_id: int) -> Answer:
    """Throw a run away that was not released."""
    in_context(lambda ctx: payout_changes.discard(ctx, run_id, _actor()))
    return Answer(text=f"The run {run_id} is discarded; nothing was paid.", data={"run": run_id})


@payout.command("fail")
@click.argument("payout_id", type=int)
@click.option("--why", required=True, help="What the bank or PayPal said.")
@answering
def fail(payout_id: int, why: str) -> Answer:
    """Take a payout back that did not arrive: its amount is payable again."""
    in_context(lambda ctx: payout_release.fail(ctx, payout_id, _actor(), why=why))
    return Answer(text=f"The payout {payout_id} is taken back and payable again.", data={"payout": payout_id})


@payout.command("paid")
@click.argument("payout_ids", type=int, nargs=-1, required=True)
@answering
def paid(payout_ids: tuple[int, ...]) -> Answer:
    """Note that payouts have arrived."""
    count = in_context(lambda ctx: payout_release.mark_paid(ctx, payout_ids, _actor()))
    return Answer(text=f"{count} payouts are marked as paid.", data={"paid": count})


@payout.command("export")
@click.argument("run_id", type=int)
@click.option("--method", type=click.Choice(_FILES), default=Method.SEPA.value, show_default=True)
@click.option("--currency", help="Of PayPal payouts: each currency has a file of its own.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="The file to write; default: its own name."
)
@answering
def export(run_id: int, method: str, currency: str | None, target: Path | None) -> Answer:
    """Write the file of a released run for the bank (SEPA, pain.001.001.09) or for PayPal."""

    def write(ctx: Context) -> payout_files.PaidFile:
        return payout_files.write_file(
            ctx, run_id, Method(method), _actor(), currency=_currency(currency, ctx)
        )

    made = in_context(write)
    path = target or Path(made.name)
    path.write_bytes(made.content)
    amount = major(made.amount, made.currency)
    text = f"{path}: {made.count} payouts, {amount} {made.currency}."
    return Answer(
        text=text, data={"file": str(path), "count": made.count, "sum": amount, "currency": made.currency}
    )


def _payout(ctx: Context, payout_id: int) -> Any:  # noqa: ANN401 - a row
    row = ctx.conn.execute(select(Payout.__table__).where(Payout.id == payout_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no payout with the number {payout_id}.")
    return row


def _currency(given: str | None, ctx: Context) -> str:
    try:
        return currency_code(given or ctx.settings.currency)
    except ValueError as error:
        raise Mistake(f"{given!r} is no currency; give a code such as EUR.") from error


def _minor(text: str, currency: str) -> int:
    try:
        return minor_exact(Decimal(text), currency)
    except (ValueError, ArithmeticError) as error:
        raise Mistake(f"{text!r} is no amount in {currency}; write it like 12.50.") from error


def _sum(text: str, ctx: Context) -> tuple[str, int]:
    amount, _, code = text.partition(" ")
    currency = _currency(code.strip() or None, ctx)
    return currency, _minor(amount, currency)
