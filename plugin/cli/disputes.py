"""Disputes: opened, won, lost."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Dispute
from ..services import disputes
from ..services.context import Context
from ..state import current_state
from .group import ID, Answer, answering, firstline, in_context, table, who
from .posting_words import document_id

dispute = AppGroup("dispute", help="Chargebacks: while one is open, nothing of its order is paid out.")
firstline.add_command(dispute)
_HEAD = ("dispute", "order", "state", "opened", "by", "reason", "decided", "outcome")
_REASON = click.option("--reason", required=True, help="Stands with the dispute and in the log.")


@dispute.command("open")
@click.argument("order")
@_REASON
@answering
def open_(order: str, reason: str) -> Answer:
    """Open a dispute about an ORDER or invoice: what it earns goes on hold."""
    number = in_context(
        lambda ctx: disputes.open_dispute(ctx, document_id(ctx, order), reason=reason, who=who())
    )
    return Answer(text=f"The dispute {number} is open.", data={"dispute": number})


@dispute.command("won")
@click.argument("number", type=ID)
@_REASON
@answering
def won(number: int, reason: str) -> Answer:
    """Decide a dispute for the shop: commissions go on with their old dates."""
    return _decided(number, won=True, reason=reason)


@dispute.command("lost")
@click.argument("number", type=ID)
@_REASON
@answering
def lost(number: int, reason: str) -> Answer:
    """Decide a dispute for the buyer: all that the order earned is reversed."""
    return _decided(number, won=False, reason=reason)


def _decided(number: int, *, won: bool, reason: str) -> Answer:
    def decide(ctx: Context) -> None:
        disputes.close_dispute(ctx, number, won=won, reason=reason, who=who())
        current_state().send(ctx)

    in_context(decide)
    how = "won" if won else "lost"
    return Answer(text=f"The dispute {number} is {how}.", data={"dispute": number, "state": how})


@dispute.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@answering
def list_(limit: int) -> Answer:
    """List disputes, the newest first."""
    with Session(current_state().engine()) as session:
        found = session.scalars(select(Dispute).order_by(Dispute.id.desc()).limit(limit))
        data = [_data(one) for one in found]
    return Answer(text=table(_HEAD, [tuple(row.values()) for row in data], empty="No disputes."), data=data)


def _data(one: Dispute) -> dict[str, object]:
    return {
        "dispute": one.id,
        "order": one.document.number or one.document.ref,
        "state": one.state,
        "opened": one.opened_at.isoformat(timespec="seconds"),
        "by": one.opened_by,
        "reason": one.reason,
        "decided": None if one.closed_at is None else one.closed_at.isoformat(timespec="seconds"),
        "outcome": one.outcome,
    }
