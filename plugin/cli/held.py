"""Changes that need approval are refused on the command line: nobody else could agree there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Connection

from ..models import ApprovalKind
from ..services import approval_rules, audit
from ..state import State

_KINDS = {
    ApprovalKind.TERMS: "commission terms and partner terms",
    ApprovalKind.RATES: "rates between currencies",
    ApprovalKind.BANK: "bank account and care of payouts",
    ApprovalKind.PAYOUT: "release of a payout run",
    ApprovalKind.COUPON: "coupons and codes",
}


@contextmanager
def held(state: State, conn: Connection) -> Iterator[None]:
    """Refuse at its end what is done inside the block, if somebody else must approve it."""
    with audit.heard(conn):
        yield
        refuse_risky(state, conn)


def refuse_risky(state: State, conn: Connection) -> None:
    """Refuse what was done so far in a transaction, if somebody else must approve it."""
    kind = approval_rules.asked(conn, audit.heard_so_far(conn), state.settings.currency)
    if kind is not None:
        raise click.ClickException(
            f"Somebody else must approve this ({_KINDS[kind]}), so nothing was changed. Make the change on "
            "the admin pages: there it is proposed, and another one of the staff approves it. An owner can "
            "switch this off under Approvals, Settings."
        )
