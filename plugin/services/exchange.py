"""Commissions in the currency of the partner: converted when posted, or kept waiting for a rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, func, insert, select

from ..domain.commission import Share, place_of
from ..domain.exchange import Rate
from ..models import ExchangeRate, Waiting
from . import rates
from .context import Context
from .documents import Paper

_WAITING = Waiting.__table__
_RATE = ExchangeRate.__table__
_WAIT = insert(_WAITING)
_OF_DOCUMENT = select(_WAITING).where(_WAITING.c.document_id == bindparam("of_document"))
_FORGET = delete(_WAITING).where(_WAITING.c.document_id == bindparam("of_document"))
Earned = tuple[Share, int]
"""A share and what of it is earned now, in minor units of the sale's currency."""
_Key = tuple[int, str, int, int]
"""Level, line, partner and portion."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A commission to be posted: in the currency of the sale, and, where that is another, as it is paid."""

    share: Share
    amount: int
    payable_at: datetime | None
    rate: Rate | None = None

    @property
    def paid_as(self) -> int:
        """The amount in the partner's currency."""
        return self.amount if self.rate is None else self.rate.turn(self.amount)


def currencies_of(paper: Paper) -> Mapping[int, str]:
    """Give the partners of a frozen plan who are paid in another currency than the sale's."""
    packed: Mapping[str, str] = (paper.plan or {}).get("currencies", {})
    return {int(partner_id): currency for partner_id, currency in packed.items()}


def divide(
    ctx: Context, paper: Paper, earned: Sequence[Earned], payable_at: datetime | None
) -> tuple[list[Due], list[Earned]]:
    """Give what can be posted now, and what must wait; what waits is kept, in the place of what waited."""
    wanted = currencies_of(paper)
    if not wanted:
        return [Due(share=share, amount=amount, payable_at=payable_at) for share, amount in earned], []
    known = rates.in_force(ctx, paper.currency, set(wanted.values()))
    before = {_key(row): row for row in ctx.conn.execute(_OF_DOCUMENT, {"of_document": paper.id})}
    ready: list[Due] = []
    waits: list[tuple[Due, str]] = []
    for share, amount in earned:
        currency = wanted.get(share.partner_id)
        row = before.get(_key_of(share))
        due = Due(
            share=share,
            amount=amount,
            payable_at=_payable_at(row, amount, payable_at),
            rate=None if currency is None else known.get(currency),
        )
        if currency is None or (due.rate is not None and due.paid_as > 0):
            ready.append(due)
        else:
            waits.append((due, "no_rate" if due.rate is None else "too_small"))
    _keep(ctx, paper, waits, wanted, before)
    return ready, [(due.share, due.amount) for due, _reason in waits]


def _payable_at(row: Row[Any] | None, amount: int, payable_at: datetime | None) -> datetime | None:
    """Let what has waited keep its day; where more was earned since, the later one holds."""
    if row is None or row.payable_at is None or amount > row.amount:
        return payable_at
    day: datetime = row.payable_at
    return day


def _key(row: Row[Any]) -> _Key:
    return row.level, row.line_key, row.partner_id, row.portion


def _key_of(share: Share) -> _Key:
    return share.level, share.line_key, share.partner_id, share.portion


def _keep(
    ctx: Context,
    paper: Paper,
    waits: Sequence[tuple[Due, str]],
    wanted: Mapping[int, str],
    before: Mapping[_Key, Row[Any]],
) -> None:
    if before:
        ctx.conn.execute(_FORGET, {"of_document": paper.id})
    rows = [
        {
            "document_id": paper.id,
            "level": due.share.level,
            "line_key": due.share.line_key,
            "partner_id": due.share.partner_id,
            "portion": due.share.portion,
            "amount": due.amount,
            "currency": paper.currency,
            "wanted": wanted[due.share.partner_id],
            "reason": reason,
            "payable_at": due.payable_at,
            "since": ctx.now if known is None else known.since,
        }
        for due, reason in waits
        for known in [before.get(_key_of(due.share))]
    ]
    if rows:
        ctx.conn.execute(_WAIT, rows)


def waiting_of(ctx: Context, document_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Give what waits per document and "level|line", in minor units of the sale's currency."""
    keys = (_WAITING.c.document_id, _WAITING.c.level, _WAITING.c.portion, _WAITING.c.line_key)
    query = select(*keys, func.sum(_WAITING.c.amount)).where(_WAITING.c.document_id.in_(document_ids))
    found: dict[int, dict[str, int]] = {}
    for document_id, level, portion, line, amount in ctx.conn.execute(query.group_by(*keys)):
        found.setdefault(document_id, {})[place_of(level, line, portion)] = int(amount)
    return found


def with_rate_now(ctx: Context, limit: int = 100) -> list[int]:
    """Give documents of which something waits for a rate that has come."""
    today = ctx.now.astimezone(ctx.settings.zone).date()
    pair = and_(_RATE.c.base == _WAITING.c.currency, _RATE.c.quote == _WAITING.c.wanted, _RATE.c.day <= today)
    query = (
        select(_WAITING.c.document_id)
        .where(_WAITING.c.reason == "no_rate", exists().where(pair))
        .distinct()
        .order_by(_WAITING.c.document_id)
        .limit(limit)
    )
    return list(ctx.conn.scalars(query))
