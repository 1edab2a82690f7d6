"""Mails to the staff about changes that wait for approval."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from ..letters import staff
from ..services import approval_mails
from ..services.context import Context
from ..services.mails import Letter
from ..state import State
from .effects import Effect
from .mails import compose

_WORDS = {
    Letter.APPROVAL_WAITS.value: staff.approval_waits,
    Letter.APPROVAL_DECIDED.value: staff.approval_decided,
}


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail of a row and give what sends it; None where there is nothing to be told any more."""
    receiver = approval_mails.receiver(ctx.conn, row.payload)
    if receiver is None:
        return None
    values = {**row.payload["values"], **approval_mails.facts(ctx.conn, row.payload["approval_id"])}
    return compose(state, ctx, row, receiver, values, _WORDS[row.payload["letter"]], to_staff=True)
