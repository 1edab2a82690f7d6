"""Look at all partners once a night: double accounts, orders that come back, crowds at one address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, select

from ..domain import suspicion
from ..domain.suspicion import CROWD, NEW_DAYS, OF_DOUBLES, PAST_DAYS, About, Action, Brought, Signal
from ..models import (
    AddressType,
    Contact,
    Document,
    DocumentKind,
    DocumentState,
    SaleReturn,
    SuspicionNight,
    Trait,
)
from ..models.base import insert_once
from . import contacts, eligibility, payout_settings, suspicion_policy, suspicions, traits
from .context import Context
from .suspicion_policy import GENERAL, Policies
from .suspicions import Found

_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_NIGHT = SuspicionNight.__table__
_RETURN = SaleReturn.__table__
_TRAIT = Trait.__table__
_HOUR = 3
_AT_ONCE = 500


def look(ctx: Context) -> bool:
    """Look at all partners, where it was not done tonight; False where it was."""
    local = ctx.now.astimezone(ctx.settings.zone)
    if local.hour < _HOUR or _is_done(ctx.conn, local.date()):
        return False
    row = {"night": local.date(), "at": ctx.now}
    if not ctx.conn.execute(insert_once(_NIGHT, ctx.conn.dialect.name), row).rowcount:
        return False
    payout_settings.lock(ctx.conn, ctx.now)
    look_at_partners(ctx)
    return True


def _is_done(conn: Connection, night: object) -> bool:
    return conn.execute(select(_NIGHT.c.night).where(_NIGHT.c.night == night)).first() is not None


def look_at_partners(ctx: Context) -> int:
    """Look at all partners now; give the number of new suspicions."""
    policies = suspicion_policy.load(ctx.conn)
    found = [*_doubles(ctx, policies), *_hasty(ctx, policies), *_crowds(ctx, policies)]
    return sum(suspicions.note(ctx, one) is not None for one in found)


def _found(
    about: About,
    once: str,
    signals: Sequence[Signal],
    action: Action,
    *,
    partner_id: int,
    other_id: int | None = None,
    figures: Mapping[str, int] | None = None,
) -> Iterator[Found]:
    if action is not Action.ALLOW:
        yield Found(
            about=about,
            once=once,
            partner_id=partner_id,
            other_id=other_id,
            signals=tuple(signals),
            figures=figures or {},
            action=action,
        )


def _doubles(ctx: Context, policies: Policies) -> Iterator[Found]:
    """Compare all partners with those who were partners before them."""
    query = (
        select(_CONTACT.c.id)
        .where(eligibility.is_partner(ctx.now, _CONTACT), _CONTACT.c.erased_at.is_(None))
        .where(~contacts.merged(_CONTACT.c.id))
        .order_by(_CONTACT.c.partner_since, _CONTACT.c.id)
    )
    ids = list(ctx.conn.execute(query).scalars())
    for begin in range(0, len(ids), _AT_ONCE):
        traits.note(ctx, ids[begin : begin + _AT_ONCE])
    place = {contact_id: at for at, contact_id in enumerate(ids)}
    common: dict[tuple[int, int], set[Signal]] = {}
    for (kind, _hash), rows in groupby(_shared(ctx), key=lambda row: (row.kind, row.hash)):
        holders = sorted({row.contact_id for row in rows if row.contact_id in place}, key=place.__getitem__)
        for later in holders[1:]:
            common.setdefault((holders[0], later), set()).add(Signal(kind))
    allowed = suspicions.allowed_among(ctx, {one for pair in common for one in pair})
    for (first, later), kinds in sorted(common.items()):
        if suspicions.pair_of(first, later) not in allowed:
            signals = suspicion.told(kinds)
            action = suspicion.action_for_double(signals, policies[GENERAL][Signal.DOUBLE])
            once = f"double {first} {later} {'+'.join(signals)}"
            yield from _found(About.DOUBLE, once, signals, action, partner_id=later, other_id=first)


def _shared(ctx: Context) -> Sequence[Row[Any]]:
    """Give the hashes that several contacts have, of the kinds that partners are compared by."""
    kinds = [signal.value for signal in OF_DOUBLES]
    other = _TRAIT.alias("other")
    same = and_(other.c.kind == _TRAIT.c.kind, other.c.hash == _TRAIT.c.hash)
    shared = exists().where(same, other.c.contact_id != _TRAIT.c.contact_id)
    partner = select(_CONTACT.c.id).where(eligibility.is_partner(ctx.now, _CONTACT))
    query = select(_TRAIT).where(_TRAIT.c.kind.in_(kinds), _TRAIT.c.contact_id.in_(partner), shared)
    return ctx.conn.execute(query.order_by(_TRAIT.c.kind, _TRAIT.c.hash, _TRAIT.c.contact_id)).all()


def _hasty(ctx: Context, policies: Policies) -> Iterator[Found]:
    """Compare the new customers of each partner, and how many of their orders came back, with its past."""
    recent_from = ctx.now - timedelta(days=NEW_DAYS)
    since = recent_from - timedelta(days=PAST_DAYS)
    came_back = exists().where(_RETURN.c.document_id == _DOCUMENT.c.id)
    lost = case((_DOCUMENT.c.state == DocumentState.CANCELLED.value, 1), (came_back, 1), else_=0)
    recent = case((_DOCUMENT.c.placed_at >= recent_from, 1), else_=0)
    sums = (
        func.sum(recent).label("recent"),
        func.sum(recent * lost).label("recent_lost"),
        func.count().label("all"),
        func.sum(lost).label("all_lost"),
    )
    query = (
        select(_DOCUMENT.c.partner_id, *sums)
        .where(_DOCUMENT.c.kind == DocumentKind.ORDER.value, _DOCUMENT.c.partner_id.is_not(None))
        .where(_DOCUMENT.c.placed_at >= since, _DOCUMENT.c.address_type_before == AddressType.PROSPECT.value)
        .group_by(_DOCUMENT.c.partner_id)
        .having(func.sum(recent * lost) >= suspicion.LEAST_LOST)
        .order_by(_DOCUMENT.c.partner_id)
    )
    local = ctx.now.astimezone(ctx.settings.zone).date()
    week = local - timedelta(days=local.weekday())
    for row in ctx.conn.execute(query).all():
        now = Brought(customers=int(row.recent), lost=int(row.recent_lost))
        past = Brought(customers=int(row.all - row.recent), lost=int(row.all_lost - row.recent_lost))
        if suspicion.is_hasty(now, past):
            figures = {"customers": now.customers, "lost": now.lost, "share": now.share, "past": past.share}
            once = f"pace {row.partner_id} {week.isoformat()}"
            action = policies[GENERAL][Signal.PACE]
            yield from _found(
                About.PACE, once, [Signal.PACE], action, partner_id=row.partner_id, figures=figures
            )


def _crowds(ctx: Context, policies: Policies) -> Iterator[Found]:
    """Find addresses at which many accounts bought through one partner."""
    buyers = func.count(_TRAIT.c.contact_id.distinct())
    query = (
        select(_DOCUMENT.c.partner_id, _TRAIT.c.hash, buyers.label("buyers"))
        .join(_TRAIT, and_(_TRAIT.c.contact_id == _DOCUMENT.c.contact_id, _TRAIT.c.kind == Signal.HOME.value))
        .where(_DOCUMENT.c.placed_at >= ctx.now - timedelta(days=PAST_DAYS))
        .where(_DOCUMENT.c.partner_id.is_not(None))
        .group_by(_DOCUMENT.c.partner_id, _TRAIT.c.hash)
        .having(buyers >= CROWD)
        .order_by(_DOCUMENT.c.partner_id, _TRAIT.c.hash)
    )
    for row in ctx.conn.execute(query).all():
        once = f"crowd {row.partner_id} {row.hash}"
        figures = {"customers": int(row.buyers)}
        action = policies[GENERAL][Signal.CROWD]
        yield from _found(
            About.CROWD, once, [Signal.CROWD], action, partner_id=row.partner_id, figures=figures
        )
