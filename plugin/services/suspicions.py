"""Look at who earns by an order: is it the buyer, or somebody of the buyer's household.

It is done by the worker, and before payouts are made: nobody who buys waits for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select, update

from ..domain import suspicion
from ..domain.suspicion import OF_ORDERS, About, Action, Signal
from ..models import AllowedPair, Document, Merged, Suspicion
from ..models.base import insert_for_id
from . import payout_settings, suspicion_policy, suspicion_work, traits
from .context import Context
from .deals import seats_of
from .suspicion_policy import Policies

_DOCUMENT = Document.__table__
_MERGED = Merged.__table__
_PAIR = AllowedPair.__table__
_SUSPICION = Suspicion.__table__
_AT_ONCE = 100
_TO_LOOK = (_DOCUMENT.c.looked_at.is_(None), _DOCUMENT.c.credited_at.is_not(None))
Pair = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Found:
    """Somebody to look at: who earns, the other one, of which order, by which signals, what is done."""

    about: About
    once: str
    partner_id: int
    other_id: int | None = None
    document_id: int | None = None
    signals: tuple[Signal, ...]
    figures: Mapping[str, int]
    action: Action


def look_next(ctx: Context, *, wait: bool = False) -> int:
    """Look at orders that have earned and were not looked at; give how many, 0 where all were.

    Those that somebody else has locked are left to the next call, or waited for.
    """
    if ctx.conn.execute(select(_DOCUMENT.c.id).where(*_TO_LOOK).limit(1)).first() is None:
        return 0
    payout_settings.lock(ctx.conn, ctx.now)
    query = select(_DOCUMENT).where(*_TO_LOOK).order_by(_DOCUMENT.c.id).limit(_AT_ONCE)
    rows = ctx.conn.execute(query.with_for_update(skip_locked=not wait, key_share=True)).all()
    looked = update(_DOCUMENT).where(_DOCUMENT.c.id.in_([row.id for row in rows]))
    ctx.conn.execute(looked.values(looked_at=ctx.now))
    for found in _suspected(ctx, [row for row in rows if row.contact_id is not None and row.plan]):
        note(ctx, found)
    return len(rows)


def look_at_all(ctx: Context) -> None:
    """Look at every order that has earned, before anything is paid out."""
    while look_next(ctx, wait=True):
        pass


def note(ctx: Context, found: Found) -> int | None:
    """Keep a suspicion, and do at once what the policy says; None where it is known already."""
    row = {
        "about": found.about.value,
        "once": found.once,
        "partner_id": found.partner_id,
        "other_id": found.other_id,
        "document_id": found.document_id,
        "signals": [signal.value for signal in found.signals],
        "figures": dict(found.figures),
        "action": found.action.value,
        "state": "open",
        "opened_at": ctx.now,
    }
    number = ctx.conn.execute(insert_for_id(_SUSPICION, ctx.conn.dialect.name), row).scalar()
    if number is not None:
        suspicion_work.begin(ctx, number, found.action)
    return number


def _suspected(ctx: Context, rows: Sequence[Row[Any]]) -> list[Found]:
    seated = {row.id: _seated(row) for row in rows}
    people = {row.contact_id for row in rows}.union(*seated.values())
    known, goes_on = traits.note(ctx, people), _goes_on(ctx, people)
    allowed, policies = allowed_among(ctx, people), suspicion_policy.load(ctx.conn)
    found = []
    for row in rows:
        for partner_id in sorted(seated[row.id]):
            if pair_of(row.contact_id, partner_id) in allowed:
                continue
            common = {kind for kind, _hash in known[row.contact_id] & known[partner_id]}
            if goes_on.get(row.contact_id, row.contact_id) == goes_on.get(partner_id, partner_id):
                common.add(Signal.ACCOUNT)
            one = _judged(row, partner_id, common, policies)
            if one is not None:
                found.append(one)
    return found


def _seated(row: Row[Any]) -> set[int]:
    """Give who can earn by an order, but for the buyer, who never does."""
    return {seat.partner_id for seat in seats_of(row.plan) if seat.barred is None} - {row.contact_id}


def _judged(row: Row[Any], partner_id: int, common: Collection[Signal], policies: Policies) -> Found | None:
    campaigns = row.plan.get("campaigns", ())
    signals = suspicion.told(signal for signal in common if signal in OF_ORDERS)
    counted = suspicion_policy.counted(policies, signals, campaigns)
    if not counted:
        return None
    root = row.order_id or row.id
    return Found(
        about=About.ORDER,
        once=f"order {root} {partner_id}",
        partner_id=partner_id,
        other_id=row.contact_id,
        document_id=root,
        signals=counted,
        figures={},
        action=suspicion_policy.action_for(policies, counted, campaigns),
    )


def _goes_on(ctx: Context, ids: Collection[int]) -> dict[int, int]:
    """Give as whom contacts go on that were merged."""
    query = select(_MERGED.c.loser_id, _MERGED.c.winner_id).where(_MERGED.c.loser_id.in_(ids))
    return {row.loser_id: row.winner_id for row in ctx.conn.execute(query)}


def pair_of(one_id: int, other_id: int) -> Pair:
    """Give two contacts in the order in which they are kept as a pair."""
    return min(one_id, other_id), max(one_id, other_id)


def allowed_among(ctx: Context, ids: Iterable[int]) -> set[Pair]:
    """Give the pairs that are suspected of nothing together, as far as one of them is among some contacts."""
    wanted = sorted(set(ids))
    query = select(_PAIR.c.low_id, _PAIR.c.high_id).where(
        or_(_PAIR.c.low_id.in_(wanted), _PAIR.c.high_id.in_(wanted))
    )
    return {(row.low_id, row.high_id) for row in ctx.conn.execute(query)}
