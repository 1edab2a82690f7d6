"""Payments and returns that admins record for shops that know neither: the same work as the shop's calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import select

from ..domain.money import exponent, major
from ..errors import WrongFact
from ..models import AccountKind, Accrual, Document, DocumentKind, DocumentState, Posting, PostingKind
from ..shop import Invoice, Line, Refund, RefundLine
from . import audit, documents, inbox, parts, receiving
from .context import Context
from .documents import Paper
from .mistakes import NotThere, PostingRefused

_POSTING = Posting.__table__
_ACCRUAL = Accrual.__table__
_DOCUMENT = Document.__table__
_EARNING = (PostingKind.COMMISSION.value, PostingKind.REVERSAL.value)
_PRICE_DIGITS = 6


class What(StrEnum):
    """What is recorded."""

    PAYMENT = "payment"
    RETURN = "return"


@dataclass(frozen=True, kw_only=True)
class Deed:
    """A payment or return to be recorded: by units of lines, by an amount in minor units, or (neither) whole.

    The same `key` is recorded once. `number` is what a payment is called, `reason` why something came back.
    """

    document_id: int
    what: What
    key: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    amount: int | None = None
    number: str = ""
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a partner gets on one level, below 0 what is taken; in minor units."""

    partner_id: int
    level: int
    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What was recorded: the amount that counted, what exceeded it, and what was posted of it."""

    new: bool
    amount: int | None
    surplus: int | None
    moved: tuple[Moved, ...]


@dataclass(frozen=True, kw_only=True)
class OpenLine:
    """A line of a document: units as sold, and how many the buyer still has."""

    key: str
    title: str
    sold: Decimal
    still: Decimal


def record(ctx: Context, deed: Deed, *, who: str) -> Recorded:
    """Record a payment or return once and work it off. Raises NotThere, PostingRefused."""
    paper = _locked(ctx, deed.document_id)
    ctx = replace(ctx, source=paper.source, told_by=inbox.ADMIN, as_fact=True)
    kind, key = _place(deed, paper)
    known = inbox.find(ctx, kind, key)
    if known is None:
        _check(ctx, deed, paper)
        _work(ctx, deed, paper)
    call = inbox.find(ctx, kind, key)
    if call is None:
        raise LookupError(f"the recorded call {kind} {key} vanished")
    if known is None:
        _log(ctx, deed, paper, call.amount, who)
    return Recorded(new=known is None, amount=call.amount, surplus=call.surplus, moved=moved_by(ctx, call.id))


def _locked(ctx: Context, document_id: int) -> Paper:
    """Give a document; its order is locked first, as by every call."""
    paper = _paper(ctx, document_id)
    order = documents.get(ctx, paper.order_id or paper.id)
    return documents.get(ctx, paper.id) if paper.order_id is not None else order


def _paper(ctx: Context, document_id: int) -> Paper:
    row = ctx.conn.execute(select(_DOCUMENT).where(_DOCUMENT.c.id == document_id)).one_or_none()
    if row is None:
        raise NotThere("There is no such order or invoice.")
    return Paper(row)


def _place(deed: Deed, paper: Paper) -> tuple[str, str]:
    """Give kind and key under which it stands in the inbox."""
    if deed.what is What.RETURN:
        return "invoice_refunded", deed.key
    return "invoice_paid", receiving.payment_key(_invoice(deed, paper, lines=None))


def _work(ctx: Context, deed: Deed, paper: Paper) -> None:
    try:
        if deed.what is What.RETURN:
            receiving.note_refunded(ctx, _refund(deed, paper))
        else:
            receiving.note_paid(ctx, _invoice(deed, paper, lines=_lines(deed, paper) if deed.units else None))
    except WrongFact as error:
        raise PostingRefused("wrong", str(error)) from error


def _refund(deed: Deed, paper: Paper) -> Refund:
    order = paper.ref if paper.kind == DocumentKind.ORDER.value else None
    return Refund(
        ref=deed.key,
        order_ref=order,
        invoice_ref=None if order else paper.ref,
        currency=paper.currency,
        amount=None if deed.amount is None else major(deed.amount, paper.currency),
        lines=tuple(RefundLine(key=key, quantity=units) for key, units in deed.units.items()),
        reason=deed.reason,
        at=deed.at,
    )


def _invoice(deed: Deed, paper: Paper, *, lines: tuple[Line, ...] | None) -> Invoice:
    is_order = paper.kind == DocumentKind.ORDER.value
    named = deed.number or (deed.key if deed.units else paper.ref)
    return Invoice(
        ref=named if is_order else paper.ref,
        payment_ref=deed.key,
        order_ref=paper.ref if is_order else None,
        currency=paper.currency,
        amount=None if deed.amount is None else major(deed.amount, paper.currency),
        lines=lines,
        paid_at=deed.at,
    )


def _check(ctx: Context, deed: Deed, paper: Paper) -> None:
    if deed.at is not None and deed.at > ctx.now:
        raise PostingRefused("future", "The day lies in the future.")
    if deed.amount is not None and deed.amount <= 0:
        raise PostingRefused("amount", "The amount is above 0.")
    if deed.what is What.RETURN:
        return
    if paper.state != DocumentState.OPEN.value:
        raise PostingRefused(
            "not_open", f"{paper.kind} {paper.ref} is {paper.state}: nothing is paid for it."
        )
    if deed.units and paper.kind == DocumentKind.INVOICE.value:
        raise PostingRefused("no_lines", "An invoice is paid whole or by an amount.")
    if deed.amount is None and not deed.units and parts.paid(paper) >= paper.total:
        raise PostingRefused("all_paid", f"{paper.kind} {paper.ref} is paid in full already.")


def _lines(deed: Deed, paper: Paper) -> tuple[Line, ...]:
    """Give the lines that a payment is about, at the prices before our discount."""
    packed = _sold(paper)
    unknown = [key for key in deed.units if key not in packed]
    if unknown:
        raise PostingRefused("lines", f"There are no lines {', '.join(unknown)}.")
    return tuple(_line(packed[key], units, paper.currency) for key, units in deed.units.items())


def _line(packed: inbox.Json, units: Decimal, currency: str) -> Line:
    price = Decimal(packed["total"]) / Decimal(packed["quantity"]) / 10 ** exponent(currency)
    return Line(
        key=packed["key"],
        product_ref=packed["product"],
        quantity=units,
        unit_price=round(price, _PRICE_DIGITS),
        title=packed.get("title", ""),
        vat_rate=packed["rate"],
        categories=tuple(packed["categories"]),
    )


def _sold(paper: Paper) -> Mapping[str, inbox.Json]:
    """Give the lines of a document as they were sold, by key."""
    if paper.is_split:
        found: Mapping[str, inbox.Json] = paper.sale["ordered"]
        return found
    return {line["key"]: line for line in paper.sale["lines"]}


def open_lines(ctx: Context, document_id: int) -> list[OpenLine]:
    """Give the lines of a document with what is still with the buyer."""
    paper = _paper(ctx, document_id)
    papers = [paper, *documents.invoices_of(ctx, paper.id)] if paper.is_split else [paper]
    back: dict[str, Fraction] = {}
    for one in papers:
        for key, units in parts.returned(one).items():
            back[key] = back.get(key, Fraction(0)) + units
    return [
        OpenLine(
            key=key,
            title=packed.get("title") or packed["product"],
            sold=Decimal(packed["quantity"]),
            still=Decimal(packed["quantity"]) - _decimal(back.get(key, Fraction(0))),
        )
        for key, packed in _sold(paper).items()
        if Decimal(packed["quantity"])
    ]


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def moved_by(ctx: Context, call_id: int) -> tuple[Moved, ...]:
    """Give what a call posted per partner and level."""
    query = select(_POSTING).where(_POSTING.c.call_id == call_id, _POSTING.c.kind.in_(_EARNING))
    sums: dict[tuple[int, int, str], int] = {}
    for row in ctx.conn.execute(query.order_by(_POSTING.c.seq)):
        sign = -1 if row.destination == AccountKind.EXPENSE.value else 1
        place = row.level or 0, row.partner_id, row.currency
        sums[place] = sums.get(place, 0) + sign * row.amount
    return tuple(
        Moved(partner_id=partner, level=level, amount=amount, currency=currency)
        for (level, partner, currency), amount in sorted(sums.items())
    )


def _log(ctx: Context, deed: Deed, paper: Paper, amount: int | None, who: str) -> None:
    audit.record(
        ctx.conn,
        who=who,
        act=f"record {deed.what.value}",
        noun="order",
        subject=str(paper.number or paper.ref),
        after={"amount": amount, "currency": paper.currency, "reason": deed.reason},
        now=ctx.now,
    )
