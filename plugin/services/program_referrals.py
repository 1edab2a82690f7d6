"""Referrals of programs of rules: they start when somebody joins a first line, and are events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..models import Program
from . import referrals
from .context import Context
from .rules_in_force import program_name

_PROGRAM = Program.__table__


def start(ctx: Context, fact: Mapping[str, Any]) -> None:
    """Start a referral in each program that is on when a contact has joined a partner's first line."""
    programs = select(_PROGRAM.c.id).where(_PROGRAM.c.active).order_by(_PROGRAM.c.id)
    for program_id in ctx.conn.execute(programs).scalars().all():
        referrals.start(
            ctx,
            program=program_name(program_id),
            sharer_id=int(fact["partner_id"]),
            friend_id=int(fact["contact_id"]),
            how="first line",
            order_ref=fact.get("order_ref"),
        )


def started_fact(told: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Give the fact that a referral has started, as it was told in the outbox."""
    return {
        "kind": referrals.STARTED,
        "key": str(told["referral_id"]),
        "at": now.isoformat(),
        "contact_id": told["friend_id"],
        "data": {"program": told["program"]},
    }
