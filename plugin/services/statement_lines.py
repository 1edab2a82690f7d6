"""What statements are about: what became payable and what was taken from it; and what was carried over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, exists, func, or_, select

from ..models import AccountKind, Document, Payout, PayoutRun, Posting, PostingKind, StatementPosting
from .context import Context

_POSTING = Posting.__table__
_LINK = StatementPosting.__table__
_DOCUMENT = Document.__table__
_PAYOUT = Payout.__table__
_RUN = PayoutRun.__table__
_PAYABLE = AccountKind.PAYABLE.value
_PAYMENTS = (PostingKind.PAYOUT.value, PostingKind.PAYOUT_BACK.value)
_SIGNED = case((_POSTING.c.destination == _PAYABLE, _POSTING.c.amount), else_=-_POSTING.c.amount)
_TOUCHES_PAYABLE = or_(_POSTING.c.origin == _PAYABLE, _POSTING.c.destination == _PAYABLE)
_BILLED = and_(_TOUCHES_PAYABLE, _POSTING.c.kind.not_in(_PAYMENTS))
_STANDS = exists().where(_LINK.c.call_id == _POSTING.c.call_id, _LINK.c.seq == _POSTING.c.seq)
Place = tuple[int, str]
"""Partner and currency."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One posting of a statement, in minor units: above 0 it became payable, below 0 it was taken back."""

    call_id: int
    seq: int
    kind: str
    at: datetime
    document: str
    title: str
    level: int | None
    amount: int

    @property
    def data(self) -> dict[str, object]:
        """What is kept in the statement."""
        return {
            "kind": self.kind,
            "at": self.at.isoformat(),
            "document": self.document,
            "title": self.title,
            "level": self.level,
            "amount": self.amount,
        }


@dataclass(frozen=True, kw_only=True)
class Account:
    """How what is payable moved over a period, in minor units: opening + all moves - paid = closing."""

    opening: int
    closing: int
    paid: tuple[tuple[int, datetime, int], ...]
    """Number of the payout, when, amount; taken back ones below 0."""


def places(ctx: Context, *, before: datetime, partner_id: int | None = None) -> list[tuple[Place, int]]:
    """Give who has something that stands on no statement yet, with its sum; moments are half-open."""
    keys = (_POSTING.c.partner_id, _POSTING.c.currency)
    query = select(*keys, func.sum(_SIGNED)).where(_BILLED, ~_STANDS, _POSTING.c.at < before)
    if partner_id is not None:
        query = query.where(_POSTING.c.partner_id == partner_id)
    rows = ctx.conn.execute(query.group_by(*keys).order_by(*keys))
    return [((int(partner), str(currency)), int(amount)) for partner, currency, amount in rows]


def open_lines(ctx: Context, place: Place, *, before: datetime) -> list[Line]:
    """Give what stands on no statement yet, the oldest first."""
    mine = (_POSTING.c.partner_id == place[0], _POSTING.c.currency == place[1])
    return _lines(ctx, _of().where(_BILLED, ~_STANDS, _POSTING.c.at < before, *mine))


def lines_of(ctx: Context, statement_id: int) -> list[Line]:
    """Give what a statement is about, from the books."""
    link = and_(_LINK.c.call_id == _POSTING.c.call_id, _LINK.c.seq == _POSTING.c.seq)
    return _lines(ctx, _of().join(_LINK, link).where(_LINK.c.statement_id == statement_id))


def _of() -> Select[*tuple[Any, ...]]:
    return select(
        _POSTING, _SIGNED.label("signed"), _DOCUMENT.c.ref, _DOCUMENT.c.number, _DOCUMENT.c.sale
    ).join(_DOCUMENT, _DOCUMENT.c.id == _POSTING.c.document_id, isouter=True)


def _lines(ctx: Context, query: Select[*tuple[Any, ...]]) -> list[Line]:
    ordered = query.order_by(_POSTING.c.at, _POSTING.c.call_id, _POSTING.c.seq)
    return [_line(row) for row in ctx.conn.execute(ordered).mappings()]


def _line(row: RowMapping) -> Line:
    return Line(
        call_id=row["call_id"],
        seq=row["seq"],
        kind=row["kind"],
        at=row["at"],
        document=row["number"] or row["ref"] or "",
        title=_title(row["sale"], row["line_key"]),
        level=row["level"],
        amount=int(row["signed"]),
    )


def _title(sale: Mapping[str, Any] | None, key: str | None) -> str:
    lines: Sequence[Mapping[str, Any]] = (sale or {}).get("lines", ())
    line = next((line for line in lines if line["key"] == key), {})
    return str(line.get("title") or line.get("product") or key or "")


def account(ctx: Context, place: Place, begins: datetime, ends: datetime) -> Account:
    """Give how a partner's payable balance moved over a period."""
    return Account(
        opening=_balance(ctx, place, _POSTING.c.at < begins),
        closing=_balance(ctx, place, _POSTING.c.at < ends),
        paid=tuple(_paid(ctx, place, begins, ends)),
    )


def _balance(ctx: Context, place: Place, when: ColumnElement[bool]) -> int:
    mine = (_POSTING.c.partner_id == place[0], _POSTING.c.currency == place[1])
    return int(ctx.conn.execute(select(func.sum(_SIGNED)).where(_TOUCHES_PAYABLE, *mine, when)).scalar() or 0)


def _paid(ctx: Context, place: Place, begins: datetime, ends: datetime) -> list[tuple[int, datetime, int]]:
    mine = (_POSTING.c.partner_id == place[0], _POSTING.c.currency == place[1])
    same = and_(
        _PAYOUT.c.partner_id == _POSTING.c.partner_id,
        _PAYOUT.c.currency == _POSTING.c.currency,
        or_(_PAYOUT.c.failed_call_id == _POSTING.c.call_id, _RUN.c.call_id == _POSTING.c.call_id),
    )
    query = (
        select(_PAYOUT.c.id, _POSTING.c.at, -_SIGNED)
        .select_from(_POSTING.join(_PAYOUT.join(_RUN, _RUN.c.id == _PAYOUT.c.run_id), same))
        .where(_POSTING.c.kind.in_(_PAYMENTS), *mine, _POSTING.c.at >= begins, _POSTING.c.at < ends)
        .where(_PAYOUT.c.state != "discarded")
        .order_by(_POSTING.c.call_id, _POSTING.c.seq)
    )
    return [(int(payout), at, int(amount)) for payout, at, amount in ctx.conn.execute(query)]
