"""What is to be sent and cannot be: short messages without a way, mails without the shop's own address."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from ..delivery import short
from ..delivery.effects import CannotYet
from ..domain.rule import ActionKind
from ..models import Sms
from ..services import campaigns, rule_uses
from ..services.context import Context
from ..state import State
from .diagnosis import Findings, error

_MAILS = frozenset({ActionKind.MAIL.value, ActionKind.OWN_MAIL.value})
_MOST = 5


def check_messages(state: State, ctx: Context) -> Findings:
    """See whether what rules and campaigns send can leave."""
    yield from _check_short(state, ctx)
    yield from _check_address(state, ctx)


def _check_short(state: State, ctx: Context) -> Findings:
    rules = rule_uses.rules_that(ctx.conn, lambda action: action["do"] == ActionKind.SMS.value)
    waiting = select(func.count()).where(Sms.__table__.c.state == "waiting")
    if not rules and not ctx.conn.execute(waiting).scalar_one():
        return
    try:
        short.find_way(state)
    except CannotYet as missing:
        who = f"Rules send short messages ({_named(rules)})" if rules else "Short messages wait"
        yield error("sms", f"{who}, and they cannot leave.", str(missing))


def _check_address(state: State, ctx: Context) -> Findings:
    if state.app.config.get("SERVER_NAME"):
        return
    rules = rule_uses.rules_that(
        ctx.conn, lambda action: action["do"] in _MAILS or bool(action.get("subject"))
    )
    named = [*rules, *(f"campaign {row.name}" for row in campaigns.running(ctx.conn, ctx.now))]
    if named:
        yield error(
            "address",
            f"Mails with links are to be sent ({_named(named)}), and the shop's own address is not known to "
            "the worker, which sees no request.",
            'Set SERVER_NAME, such as "shop.example", and PREFERRED_URL_SCHEME = "https".',
        )


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
