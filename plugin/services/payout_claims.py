"""Who has something to be paid, in which currency, and what speaks for or against it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, select

from ..config import Settings
from ..domain.eligibility import Bar, bar
from ..domain.money import minor
from ..domain.payout import Claimant, Skip, Verdict, judge
from ..domain.payout_details import Details
from ..models import AccountKind, Accrual, Balance, Contact, PayoutAccrual, PayoutBlock
from . import eligibility, payout_details, payout_disputes, payout_settings, tax_data
from .context import Context
from .payout_details import Known

_BALANCE = Balance.__table__
_CONTACT = Contact.__table__
_ACCRUAL = Accrual.__table__
_LINK = PayoutAccrual.__table__
_BLOCK = PayoutBlock.__table__
Place = tuple[int, str]
"""Partner and currency."""
Among = Sequence[int] | Select[*tuple[Any, ...]] | None
_HELD = (Skip.ON_HOLD, Skip.DISPUTED, Skip.CHECKED)
FREE = and_(
    _ACCRUAL.c.released_at.is_not(None),
    _ACCRUAL.c.amount != _ACCRUAL.c.reversed,
    ~select(_LINK.c.payout_id)
    .where(_LINK.c.call_id == _ACCRUAL.c.call_id, _LINK.c.seq == _ACCRUAL.c.seq, _LINK.c.live)
    .exists(),
)
"""Accruals that are payable and in no payout."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claimant with the details by which it would be paid, the verdict, and how many accruals wait."""

    claimant: Claimant
    verdict: Verdict
    details: Details | None
    accruals: int

    @property
    def place(self) -> Place:
        """Whose, in which currency."""
        return self.claimant.partner_id, self.claimant.currency

    @property
    def amount(self) -> int:
        """What is at stake: payable, or what is still on hold."""
        return self.claimant.on_hold if self.verdict.skip in _HELD else self.claimant.payable


def claims(ctx: Context, *, among: Among = None) -> list[Claim]:
    """Give everybody with a balance, by partner and currency, each with a verdict.

    `among` are ids of partners, or a query of them: only these are looked at.
    """
    rows = _balances(ctx, among)
    ids = select(_BALANCE.c.partner_id).where(*_mine(_BALANCE.c.partner_id, among))
    known = payout_details.known_of_all(ctx.conn, ids, now=ctx.now)
    held, free = _held(ctx, among), _free(ctx, among)
    disputed = payout_disputes.held(ctx, among)
    minimums, untaxed = minimums_of(ctx.settings), _untaxed(ctx, ids)
    found = []
    for row in rows:
        place = row.partner_id, row.currency
        mine = known.get(row.partner_id, Known())
        count, until = held.get(place, (0, None))
        claimant = _claimant(row, mine, until, ctx.now, tax_missing=row.partner_id in untaxed)
        if place in disputed:
            back = disputed[place]
            claimant = replace(claimant, disputed=back.amount, disputes=back.orders, held_for=back.skip)
        verdict = judge(claimant, minimums)
        if verdict is not None:
            accruals = count if verdict.skip in _HELD else free.get(place, 0)
            found.append(Claim(claimant=claimant, verdict=verdict, details=mine.current, accruals=accruals))
    return found


def _untaxed(ctx: Context, ids: Select[*tuple[Any, ...]]) -> Collection[int]:
    """Give whose tax data is missing, where the shop pays only with it."""
    return tax_data.incomplete(ctx.conn, ids) if payout_settings.load(ctx.conn).tax_gate else ()


def minimums_of(settings: Settings) -> dict[str, int]:
    """Give the smallest payouts in minor units."""
    return {currency: minor(amount, currency) for currency, amount in settings.payout_minimum.items()}


def _claimant(
    row: Row[Any], known: Known, held_until: datetime | None, now: datetime, *, tax_missing: bool
) -> Claimant:
    dates = eligibility.partnership(row)
    return Claimant(
        partner_id=row.partner_id,
        currency=row.currency,
        payable=int(row.payable),
        on_hold=int(row.on_hold),
        held_until=held_until,
        method=None if known.current is None else known.current.method,
        cooling_until=known.pending_from,
        blocked=row.why or "",
        suspended=dates.suspended_at is not None,
        tax_missing=tax_missing,
        left=bar(dates, now) is Bar.LEFT,
    )


def _mine(column: Any, among: Among) -> tuple[Any, ...]:  # noqa: ANN401 - SQL
    return () if among is None else (column.in_(among),)


def _balances(ctx: Context, among: Among) -> list[Row[Any]]:
    sums = [
        func.sum(case((_BALANCE.c.kind == kind.value, _BALANCE.c.amount), else_=0)).label(kind.value)
        for kind in (AccountKind.PAYABLE, AccountKind.ON_HOLD)
    ]
    names = (*(_CONTACT.c[name] for name in eligibility.NAMES), _BLOCK.c.why)
    query = (
        select(_BALANCE.c.partner_id, _BALANCE.c.currency, *sums, *names)
        .join(_CONTACT, _CONTACT.c.id == _BALANCE.c.partner_id)
        .join(_BLOCK, _BLOCK.c.contact_id == _BALANCE.c.partner_id, isouter=True)
        .where(*_mine(_BALANCE.c.partner_id, among))
        .group_by(_BALANCE.c.partner_id, _BALANCE.c.currency, *names)
        .order_by(_BALANCE.c.partner_id, _BALANCE.c.currency)
    )
    return list(ctx.conn.execute(query))


def _held(ctx: Context, among: Among) -> Mapping[Place, tuple[int, datetime | None]]:
    freed = case((_ACCRUAL.c.held, None), else_=_ACCRUAL.c.payable_at)
    query = (
        select(_ACCRUAL.c.partner_id, _ACCRUAL.c.currency, func.count(), func.min(freed))
        .where(_ACCRUAL.c.released_at.is_(None), _ACCRUAL.c.amount > _ACCRUAL.c.reversed)
        .where(*_mine(_ACCRUAL.c.partner_id, among))
        .group_by(_ACCRUAL.c.partner_id, _ACCRUAL.c.currency)
    )
    return {
        (partner, currency): (count, until) for partner, currency, count, until in ctx.conn.execute(query)
    }


def _free(ctx: Context, among: Among) -> Mapping[Place, int]:
    query = (
        select(_ACCRUAL.c.partner_id, _ACCRUAL.c.currency, func.count())
        .where(FREE, *_mine(_ACCRUAL.c.partner_id, among))
        .group_by(_ACCRUAL.c.partner_id, _ACCRUAL.c.currency)
    )
    return {(partner, currency): count for partner, currency, count in ctx.conn.execute(query)}
