"""What follows from each signal: in general, or for the orders of one campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from ..domain.suspicion import DEFAULTS, OF_ORDERS, Action, Signal, strictest
from ..models import SuspicionPolicy
from ..models.base import dialect_insert
from . import audit
from .mistakes import Mistake

_POLICY = SuspicionPolicy.__table__
GENERAL = ""
"""The name of the policy for whatever has none of its own."""
_ORDERS_ONLY = {Action.REJECT}
Policies = Mapping[str, Mapping[Signal, Action]]


def load(conn: Connection) -> Policies:
    """Give all that was set, by campaign; the general one is whole."""
    found: dict[str, dict[Signal, Action]] = {GENERAL: dict(DEFAULTS)}
    for row in conn.execute(select(_POLICY).order_by(_POLICY.c.campaign)):
        found.setdefault(row.campaign, {})[Signal(row.signal)] = Action(row.action)
    return found


def action_for(policies: Policies, signals: Sequence[Signal], campaigns: Sequence[str]) -> Action:
    """Give what follows: the strictest over all signals, of each that of the first campaign with one."""
    return strictest(_of(policies, signal, campaigns) for signal in signals)


def _of(policies: Policies, signal: Signal, campaigns: Sequence[str]) -> Action:
    own = (policies[name][signal] for name in campaigns if signal in policies.get(name, {}))
    return next(own, policies[GENERAL][signal])


def counted(policies: Policies, signals: Sequence[Signal], campaigns: Sequence[str]) -> tuple[Signal, ...]:
    """Give the signals that are not allowed."""
    return tuple(one for one in signals if _of(policies, one, campaigns) is not Action.ALLOW)


def save(
    conn: Connection, campaign: str, wanted: Mapping[Signal, Action | None], *, who: str, now: datetime
) -> bool:
    """Set what follows from signals; None: as in general. False where nothing changes. Raises Mistake."""
    campaign = campaign.strip()
    _check(campaign, wanted)
    before = {
        Signal(row.signal): Action(row.action)
        for row in conn.execute(select(_POLICY).where(_POLICY.c.campaign == campaign))
    }
    after = {
        signal: action
        for signal, action in {**before, **wanted}.items()
        if action is not None and (campaign or action is not DEFAULTS[signal])
    }
    if before == after:
        return False
    conn.execute(delete(_POLICY).where(_POLICY.c.campaign == campaign))
    rows = [
        {"campaign": campaign, "signal": signal.value, "action": action.value, "made_by": who[:100]}
        for signal, action in after.items()
    ]
    if rows:
        fresh = dialect_insert(_POLICY, conn.dialect.name)
        keys = list(_POLICY.primary_key.columns)
        upsert = fresh.on_conflict_do_update(index_elements=keys, set_={"action": fresh.excluded.action})
        conn.execute(upsert, [{**row, "changed_at": now} for row in rows])
    audit.record(
        conn,
        who=who,
        act="set",
        noun="suspicion policy",
        subject=campaign or "general",
        before={signal.value: action.value for signal, action in before.items()},
        after={signal.value: action.value for signal, action in after.items()},
        now=now,
    )
    return True


def _check(campaign: str, wanted: Mapping[Signal, Action | None]) -> None:
    if len(campaign) > 64:
        raise Mistake("The name of a campaign has at most 64 characters.")
    for signal, action in wanted.items():
        if signal not in DEFAULTS:
            raise Mistake(f"Nothing follows from {signal} alone; see the policy of {Signal.DOUBLE}.")
        if campaign and signal not in OF_ORDERS:
            raise Mistake(f"What follows from {signal} is set in general only: it is about no order.")
        if signal not in OF_ORDERS and action in _ORDERS_ONLY:
            raise Mistake(f"{signal} is about no order: there is nothing that could be rejected.")
