"""A partner's accruals: each with what it was for, why, and when it can be paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, or_, select

from ..domain.money import half_up
from ..models import AccountKind, Accrual, Contact, Document, Posting, PostingKind
from .desk_people import initials
from .payout_of_accrual import payout_of

PAGE = 25
Place = tuple[int, int]


class State(StrEnum):
    """Where an accrual stands."""

    ON_HOLD = "on_hold"
    PAYABLE = "payable"
    PAID_OUT = "paid_out"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One posting in a partner's list; amounts in minor units, a reversal's below 0.

    `buyer` are initials; `codes` were redeemed with the order; `step` names the winning terms; `payable_at`
    is None while the day is not known. `by_hand` says what a posting by hand is for: its title is the reason,
    and it has no level.
    """

    place: Place
    reversal: bool
    by_hand: str
    title: str
    quantity: Decimal | None
    document: str
    buyer: str
    first_order: bool
    codes: tuple[str, ...]
    credit: str
    level: int | None
    step: str
    percent: Decimal | None
    fixed: int | None
    trace: Mapping[str, Any]
    """What was special: another base, a tier, a cap."""
    base: int
    base_currency: str
    """The currency of the sale; that of the commission where it was not converted."""
    amount: int
    currency: str
    rate: Mapping[str, str] | None
    """By what it was converted: rate, day and source; None: it was not."""
    at: datetime
    earned_at: datetime
    payable_at: datetime | None
    state: State
    disputed: bool
    checked: bool
    """Whether it is on hold since somebody looks at it."""
    payout: int | None
    """The payout that the commission is in."""
    taken_back: bool


@dataclass(frozen=True, kw_only=True)
class Entries:
    """A page of entries; `after` is the place from which the next page goes on."""

    rows: tuple[Entry, ...]
    after: Place | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for: a half-open period, a state, a level."""

    begins: datetime | None = None
    ends: datetime | None = None
    state: State | None = None
    level: int | None = None


_EARNING = (PostingKind.COMMISSION.value, PostingKind.REVERSAL.value, PostingKind.MANUAL.value)
_ORIGINAL_CALL = case(
    (Posting.kind == PostingKind.REVERSAL.value, Posting.reverses_call_id), else_=Posting.call_id
)
_ORIGINAL_SEQ = case((Posting.kind == PostingKind.REVERSAL.value, Posting.reverses_seq), else_=Posting.seq)


def entries(
    conn: Connection,
    partner: int,
    wanted: Wanted,
    *,
    now: datetime,
    after: Place | None = None,
    limit: int = PAGE,
) -> Entries:
    """Give one page of a partner's commissions and reversals, the newest first."""
    query = _query(partner, wanted, now).order_by(Posting.call_id.desc(), Posting.seq.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(
            or_(Posting.call_id < after[0], and_(Posting.call_id == after[0], Posting.seq < after[1]))
        )
    found = conn.execute(query).mappings().all()
    rows = tuple(_entry(row, now) for row in found[:limit])
    return Entries(rows=rows, after=rows[-1].place if len(found) > limit else None)


def all_entries(conn: Connection, partner: int, wanted: Wanted, *, now: datetime) -> Iterator[Entry]:
    """Give all entries that are asked for, in pages, for a file or a sum."""
    after: Place | None = None
    while True:
        page = entries(conn, partner, wanted, now=now, after=after, limit=500)
        yield from page.rows
        after = page.after
        if after is None:
            return


def _query(partner: int, wanted: Wanted, now: datetime) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Posting.call_id, Posting.seq, Posting.kind, Posting.origin, Posting.destination, Posting.amount,
            Posting.currency, Posting.at,
            Accrual.amount.label("full"), Accrual.reversed, Accrual.level, Accrual.line_key, Accrual.trace,
            Accrual.original_amount, Accrual.original_currency,
            Accrual.payable_at, Accrual.released_at, Accrual.held, Accrual.at.label("earned_at"),
            Document.ref, Document.number, Document.sale, Document.first_order, Document.credit,
            Document.disputed_at, Contact.name,
            payout_of().label("payout"),
        )
        .join(Accrual, and_(Accrual.call_id == _ORIGINAL_CALL, Accrual.seq == _ORIGINAL_SEQ))
        .join(Document, Document.id == Accrual.document_id, isouter=True)
        .join(Contact, Contact.id == Document.contact_id, isouter=True)
        .where(
            Posting.partner_id == partner,
            Posting.kind.in_(_EARNING),
        )
    )  # fmt: skip
    return query.where(*_conditions(wanted, now))


def _conditions(wanted: Wanted, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.begins is not None:
        yield Posting.at >= wanted.begins
    if wanted.ends is not None:
        yield Posting.at < wanted.ends
    if wanted.level is not None:
        yield Accrual.level == wanted.level
    free = or_(Accrual.released_at.is_not(None), and_(Accrual.payable_at <= now, Accrual.held.is_(False)))
    if wanted.state is State.PAYABLE:
        yield and_(free, payout_of().is_(None))
    if wanted.state is State.PAID_OUT:
        yield payout_of().is_not(None)
    if wanted.state is State.ON_HOLD:
        waits = or_(Accrual.payable_at.is_(None), Accrual.payable_at > now, Accrual.held)
        yield and_(Accrual.released_at.is_(None), waits)


def _entry(row: RowMapping, now: datetime) -> Entry:
    reversal = row["kind"] == PostingKind.REVERSAL.value
    amount = -row["amount"] if row["destination"] == AccountKind.EXPENSE.value else row["amount"]
    trace: Mapping[str, Any] = row["trace"] or {}
    line = _line(row)
    due = row["payable_at"] is not None and row["payable_at"] <= now and not row["held"]
    free = row["released_at"] is not None or due
    if reversal:
        free = AccountKind.PAYABLE.value in {row["origin"], row["destination"]}
    return Entry(
        place=(row["call_id"], row["seq"]),
        reversal=reversal,
        by_hand=str(trace.get("by_hand", "")),
        title=trace.get("reason") or line.get("title") or line.get("product") or row["line_key"] or "",
        quantity=Decimal(line["quantity"]) if line else None,
        codes=tuple(code for _id, code, _terms in (row["sale"] or {}).get("coupons", ())),
        document=row["number"] or row["ref"] or "",
        buyer=initials(row["name"]),
        first_order=bool(row["first_order"]),
        credit=row["credit"] or "",
        level=row["level"],
        step=str(trace.get("step", "")),
        percent=Decimal(str(trace["percent"])) if trace.get("percent") is not None else None,
        fixed=trace.get("fixed"),
        trace=trace,
        base=_part(int(trace.get("base", 0)), *_of_sale(row, trace, amount)),
        base_currency=row["original_currency"] or row["currency"],
        rate=trace.get("by_rate"),
        amount=amount,
        currency=row["currency"],
        at=row["at"],
        earned_at=row["earned_at"],
        payable_at=row["payable_at"],
        state=_state(free=free, paid_out=row["payout"] is not None and not reversal),
        disputed=row["held"] and row["disputed_at"] is not None and not reversal,
        checked=row["held"] and row["disputed_at"] is None and not reversal,
        payout=None if reversal else row["payout"],
        taken_back=row["reversed"] == row["full"],
    )


def _of_sale(row: RowMapping, trace: Mapping[str, Any], amount: int) -> tuple[int, int]:
    """Give an amount and the whole of it in the currency of the sale."""
    full = int(trace.get("full", row["full"]))
    if row["original_amount"] is None:
        return amount, full
    return half_up(Fraction(amount * row["original_amount"], row["full"])), full


def _state(*, free: bool, paid_out: bool) -> State:
    if paid_out:
        return State.PAID_OUT
    return State.PAYABLE if free else State.ON_HOLD


def _line(row: RowMapping) -> Mapping[str, Any]:
    lines: Sequence[Mapping[str, Any]] = (row["sale"] or {}).get("lines", ())
    return next((line for line in lines if line["key"] == row["line_key"]), {})


def _part(base: int, amount: int, full: int) -> int:
    """Give the part of a line's base that an amount stands for: payments and returns come in parts."""
    return half_up(Fraction(base * amount, full)) if full else 0
