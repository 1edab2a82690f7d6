"""Postings by hand: sales without an invoice, corrections, taking one back."""

from __future__ import annotations

import uuid
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.money import major
from ..models import Accrual
from ..services import manual_postings
from ..services.context import Context
from ..services.manual_postings import ByHand, Place, Wanted
from ..services.mistakes import NotThere
from ..state import current_state
from .group import Answer, answering, firstline, in_context, table, who
from .payout_words import partner_id
from .posting_words import currency as currency_of
from .posting_words import document_id, minor

posting = AppGroup("posting", help="Postings by hand: manual sales and corrections.")
firstline.add_command(posting)
_HEAD = ("posting", "at", "partner", "kind", "amount", "currency", "left", "reason", "who")


def _options(command: Any) -> Any:  # noqa: ANN401 - click's decorators
    for option in (
        click.option("--key", help="Any text of yours: the same key is posted once."),
        click.option("--order", "order_ref", help="The order or invoice that it belongs to."),
        click.option("--currency", help="Default: the shop's."),
        click.option("--reason", required=True, help="The partner reads it in the desk."),
        click.argument("amount"),
        click.argument("partner"),
    ):
        command = option(command)
    return command


@posting.command("add")
@_options
@click.option("--now", "at_once", is_flag=True, help="Payable at once; without it after the hold.")
@answering
def add(at_once: bool, **given: str | None) -> Answer:
    """Post the commission of a sale that no invoice tells of: PARTNER AMOUNT."""
    return _posted(ByHand.SALE, on_hold=not at_once, **given)


@posting.command("correct", context_settings={"ignore_unknown_options": True})
@_options
@click.option("--hold", "on_hold", is_flag=True, help="Payable after the hold; without it at once.")
@answering
def correct(on_hold: bool, **given: str | None) -> Answer:
    """Correct what a partner has, up (12.50) or down (-12.50): PARTNER AMOUNT."""
    return _posted(ByHand.CORRECTION, on_hold=on_hold, **given)


def _posted(
    kind: ByHand,
    *,
    on_hold: bool,
    partner: str | None,
    amount: str | None,
    reason: str | None,
    currency: str | None,
    order_ref: str | None,
    key: str | None,
) -> Answer:
    def post(ctx: Context) -> Place:
        code = currency_of(currency or ctx.settings.currency)
        wanted = Wanted(
            kind=kind,
            partner_id=partner_id(ctx, partner or ""),
            amount=minor(amount or "", code),
            currency=code,
            reason=reason or "",
            on_hold=on_hold,
            document_id=None if order_ref is None else document_id(ctx, order_ref),
        )
        place = manual_postings.post(ctx, wanted, key=key or uuid.uuid4().hex, who=who())
        current_state().send(ctx)
        return place

    number = manual_postings.name_of(in_context(post))
    return Answer(text=f"Posted under the number {number}.", data={"posting": number})


@posting.command("reverse")
@click.argument("number")
@click.option("--reason", required=True, help="Why it is taken back.")
@answering
def reverse(number: str, reason: str) -> Answer:
    """Take a posting by hand back, by its opposite: NUMBER as `posting list` shows it."""

    def back(ctx: Context) -> Place:
        place = manual_postings.take_back(ctx, _place(number), reason=reason, who=who())
        current_state().send(ctx)
        return place

    opposite = manual_postings.name_of(in_context(back))
    text = f"The posting {number} is taken back by {opposite}."
    return Answer(text=text, data={"posting": number, "opposite": opposite})


@posting.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@answering
def list_(limit: int) -> Answer:
    """List postings by hand, the newest first."""
    query = select(Accrual).where(Accrual.level.is_(None)).order_by(Accrual.call_id.desc()).limit(limit)
    with Session(current_state().engine()) as session:
        data = [_data(accrual) for accrual in session.scalars(query)]
    rows = [tuple(row.values()) for row in data]
    return Answer(text=table(_HEAD, rows, empty="Nothing was posted by hand yet."), data=data)


def _data(accrual: Accrual) -> dict[str, object]:
    return {
        "posting": manual_postings.name_of((accrual.call_id, accrual.seq)),
        "at": accrual.at.isoformat(timespec="seconds"),
        "partner": accrual.partner.ref or f"#{accrual.partner_id}",
        "kind": accrual.trace["by_hand"],
        "amount": major(accrual.amount, accrual.currency),
        "currency": accrual.currency,
        "left": major(accrual.amount - accrual.reversed, accrual.currency),
        "reason": accrual.trace["reason"],
        "who": accrual.trace["who"],
    }


def _place(number: str) -> Place:
    call, _, seq = number.partition("-")
    if not (call.isdecimal() and seq.isdecimal() and len(call) < 18 and len(seq) < 9):
        raise NotThere(f"{number!r} is no number of a posting; `posting list` shows them.")
    return int(call), int(seq)
