"""Payout runs in words and as data."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from ..domain.money import major
from ..models import Payout, PayoutSkip
from ..services.context import Context
from ..services.lookup import contacts as look_up
from ..services.mistakes import NotThere
from ..services.payout_reading import RunView, details_of, run_view
from ..state import current_state
from .group import Answer, table

_PAID = ("payout", "partner", "name", "method", "account", "payable", "amount", "currency", "state")
_SKIPPED = ("partner", "name", "amount", "currency", "accruals", "reason", "until", "note")


def shown(run_id: int) -> Answer:
    """Show a run: whom it pays, whom it skips and why, and how to go on."""
    with Session(current_state().engine()) as session:
        view = run_view(session, run_id)
        if view is None:
            raise NotThere(f"There is no payout run with the number {run_id}.")
        data = run_data(view)
        data["pays"] = [_payout_data(row) for row in view.payouts]
        data["skips"] = [_skip_data(row) for row in view.skips]
    return Answer(text=_told(data), data=data)


def run_data(view: RunView) -> dict[str, Any]:
    """Give a run as data."""
    return {
        "run": view.run.id,
        "state": view.run.state,
        "made_at": view.run.made_at.isoformat(timespec="seconds"),
        "made_by": view.run.made_by,
        "released_by": view.run.released_by,
        "payouts": len(view.counted),
        "sums": {one.currency: major(one.amount, one.currency) for one in view.sums},
    }


def _payout_data(row: Payout) -> dict[str, Any]:
    return {
        "payout": row.id,
        "partner": row.partner.ref or f"#{row.partner_id}",
        "name": row.partner.name,
        "method": row.method,
        "account": details_of(row).hint,
        "payable": major(row.payable, row.currency),
        "amount": major(row.amount, row.currency),
        "currency": row.currency,
        "state": row.state,
    }


def _skip_data(row: PayoutSkip) -> dict[str, Any]:
    return {
        "partner": row.partner.ref or f"#{row.partner_id}",
        "name": row.partner.name,
        "amount": major(row.amount, row.currency),
        "currency": row.currency,
        "accruals": row.accruals,
        "reason": row.reason,
        "until": None if row.until is None else row.until.date().isoformat(),
        "note": row.note,
    }


def _told(data: dict[str, Any]) -> str:
    pays = table(_PAID, [tuple(row.values()) for row in data["pays"]], empty="It pays nobody.")
    skips = table(_SKIPPED, [tuple(row.values()) for row in data["skips"]], empty="It skips nobody.")
    head = f"Run {data['run']}, {data['state']}: {data['payouts']} payouts, {sums_text(data) or 'nothing'}"
    parts = [head, pays, f"Skipped:\n{skips}"]
    if data["state"] == "draft" and data["payouts"]:
        sums = " ".join(f"--sum '{amount} {currency}'" for currency, amount in data["sums"].items())
        again = f"flask firstline payout release {data['run']} --count {data['payouts']} {sums}"
        parts.append(f"Nothing is paid yet. To pay: {again}")
    return "\n\n".join(parts)


def sums_text(data: dict[str, Any]) -> str:
    """Give the sums of a run in words."""
    return ", ".join(f"{amount} {currency}" for currency, amount in data["sums"].items())


def partner_id(ctx: Context, text: str) -> int:
    """Give the id of the partner who is meant by a customer number, e-mail or name, or raise NotThere."""
    with Session(ctx.conn) as session:
        found = look_up(session, text)
        if len(found) != 1:
            raise NotThere(f"No partner, or more than one, is known under {text!r}.")
        return int(found[0].id)
