"""Orders of shops that are no Flask apps: what a body says beyond what is known is told as a shop would.

Bodies come in any order and more than once. Each fact is one savepoint, and the same fact is worked once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select, update

from ..domain.foreign import GivenBack, Told
from ..domain.money import major, minor
from ..models import DocumentKind, DocumentState, Outcome, SourceOrder
from ..models.base import insert_missing
from ..shop import Invoice, Refund, RefundLine
from . import (
    customers,
    documents,
    foreign_sales,
    inbox,
    order_changes,
    order_ends,
    orders,
    placing,
    products,
    receiving,
    withdrawing,
)
from .attempted import attempted
from .carts import Holders
from .context import Context
from .documents import Paper
from .foreign_sales import Foreign

Result = TypeVar("Result")
Fact = dict[str, Any]
_ORDER = SourceOrder.__table__


@dataclass(kw_only=True)
class Work:
    """One body at work: the shop it is from, what it says, what is known, and what it has brought."""

    ctx: Context
    source: Row[Any]
    told: Told
    is_current: bool = False
    """Whether it was just fetched, so that nothing can be newer."""
    facts: list[Fact] = field(default_factory=list)
    flagged: bool = False

    def named(self, id_: str) -> str:
        """Give an id there as a ref here."""
        return foreign_sales.named(self.source.name, id_)

    def brings(self, kind: str, about: str = "", amount: int | None = None, *, flagged: bool = False) -> None:
        """Note a fact; a flagged one is to be looked at."""
        fact: Fact = {"kind": kind, "about": about, "currency": self.told.currency}
        self.facts.append(fact if amount is None else {**fact, "amount": amount})
        self.flagged = self.flagged or flagged

    def do(self, work: Callable[[Context], Result]) -> Result:
        """Work one fact in a savepoint of its own; what a failed attempt has told is forgotten with it."""

        @contextmanager
        def opened() -> Iterator[Connection]:
            with self.ctx.conn.begin_nested():
                yield self.ctx.conn

        def once(ctx: Context) -> Result:
            done = work(ctx)
            self.ctx.happened.extend(ctx.happened)
            return done

        def blank(_conn: Connection) -> Context:
            return replace(self.ctx, happened=[], unwritten=[], facts=[], _seqs={})

        return attempted(opened, blank, once)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of an order there, locked; `newer` and `newest` compare this body with it."""

    ref: str
    modified_at: datetime | None
    refunds: dict[str, int]
    refunded: int
    cancelled: bool
    newer: bool
    """Not older than anything worked off before."""
    newest: bool
    """Younger than everything before, so that what is missing in it is gone."""


def work(ctx: Context, source: Row[Any], told: Told, *, is_current: bool = False) -> Work:
    """Work off all that a body says. Raises WrongFact where it says what cannot be."""
    done = Work(ctx=ctx, source=source, told=told, is_current=is_current)
    if told.person is not None:
        customer = foreign_sales.customer(source.name, told.person)
        done.do(lambda inner: customers.register(inner, customer, None, Holders()))
        done.brings("customer", customer.ref or customer.email or "")
    if told.ref is not None and not told.ignored:
        _order(done, done.named(told.ref))
    return done


def _order(done: Work, ref: str) -> None:
    known = _locked(done, ref)
    paper = _placed(done, known)
    if paper is None and done.told.sold is not None:
        done.brings("no_lines", ref)
        return
    if paper is not None and done.told.has_failed and known.newer:
        _fail(done, paper)
    if done.told.is_paid:
        _pay(done, ref)
    refunds = _give_back(done, known)
    refunded = _give_back_total(done, known)
    if done.told.is_completed:
        _complete(done, ref)
    cancelled = known.cancelled or (done.told.is_cancelled and known.newer)
    _cancel(done, known, cancelled=cancelled)
    times = [at for at in (known.modified_at, done.told.modified_at) if at is not None]
    values = {
        "modified_at": max(times, default=None), "refunds": refunds, "refunded": refunded,
        "cancelled": cancelled,
    }  # fmt: skip
    mine = (_ORDER.c.source_id == done.source.id, _ORDER.c.ref == ref)
    done.ctx.conn.execute(update(_ORDER).where(*mine).values(**values))


def _locked(done: Work, ref: str) -> _Known:
    """Give what is known of an order; no other body of it is worked off until the end."""
    conn, at = done.ctx.conn, done.told.modified_at
    blank = {
        "source_id": done.source.id, "ref": ref, "modified_at": None, "refunds": dict[str, int](),
        "refunded": 0, "cancelled": False,
    }  # fmt: skip
    insert_missing(conn, _ORDER, [blank])
    query = select(_ORDER).where(_ORDER.c.source_id == done.source.id, _ORDER.c.ref == ref)
    row = conn.execute(query.with_for_update()).one()
    before = row.modified_at
    both = at is not None and before is not None
    return _Known(
        ref=ref,
        modified_at=before,
        refunds=dict(row.refunds),
        refunded=row.refunded,
        cancelled=row.cancelled,
        newer=not both or at >= before,
        newest=both and (at > before or (done.is_current and at == before)),
    )


def _find(done: Work, ref: str) -> Paper | None:
    return documents.find(done.ctx, DocumentKind.ORDER, ref, lock=False)


def _placed(done: Work, known: _Known) -> Paper | None:
    """Place the order, or change it where this body is newer; give it, None where it is not known."""
    paper = _find(done, known.ref)
    sold = done.told.sold
    if sold is None or not sold.lines:
        return paper
    foreign = foreign_sales.read(done.ctx, done.source.name, known.ref, sold)
    failed = paper is not None and paper.state == DocumentState.FAILED.value
    if paper is None or (failed and known.newer and not done.told.has_failed and not done.told.is_paid):
        return _place(done, foreign)
    if known.newer and paper.state == DocumentState.OPEN.value:
        before = paper.digest
        done.do(lambda inner: order_changes.change(inner, foreign.order))
        paper = _find(done, known.ref)
        if paper is not None and paper.digest != before:
            done.brings("changed", paper.number or paper.ref, paper.total)
    return paper


def _place(done: Work, foreign: Foreign) -> Paper | None:
    order = foreign.order
    try:
        done.do(lambda inner: placing.place(inner, order, foreign.holders))
    except orders.Repeated:
        done.do(lambda inner: placing.place_again(inner, order, foreign.holders))
    paper = _find(done, order.ref)
    if paper is None:
        return None
    done.brings("placed", paper.number or paper.ref, paper.total)
    for reason in paper.flags:
        done.brings("code_flagged", str(reason), flagged=True)
    if foreign.unknown:
        paper.change(flags=[*paper.flags, *(f"foreign code: {code}" for code in foreign.unknown)])
        paper.save(done.ctx)
        for code in foreign.unknown:
            done.brings("foreign_code", code, flagged=True)
    if order.codes:
        products.note(done.ctx, ((line.product_ref, line.title) for line in foreign.lines))
    return paper


def _fail(done: Work, paper: Paper) -> None:
    """Free what an order holds whose payment failed, as long as nothing of it is paid."""
    if paper.state == DocumentState.OPEN.value and not paper.was_paid and not done.told.is_paid:
        done.do(lambda inner: order_ends.fail_payment(inner, paper.ref, None))
        done.brings("payment_failed", paper.number or paper.ref)


def _pay(done: Work, ref: str) -> None:
    paper = _find(done, ref)
    if paper is not None and paper.total == 0:
        return
    invoice = Invoice(ref=ref, order_ref=ref, currency=done.told.currency, paid_at=done.told.paid_at)
    key = receiving.payment_key(invoice)
    if inbox.find(done.ctx, "invoice_paid", key) is None:
        done.do(lambda inner: receiving.note_paid(inner, invoice))
        _tell_call(done, "paid", "invoice_paid", key, ref)


def _tell_call(done: Work, kind: str, call_kind: str, key: str, about: str) -> None:
    """Note what a recorded call has brought, or that it waits for its order."""
    call = inbox.find(done.ctx, call_kind, key)
    if call is not None and call.outcome == Outcome.WAITING.value:
        done.brings("waits", about)
    elif call is not None:
        done.brings(kind, about, call.amount)


def _give_back(done: Work, known: _Known) -> dict[str, int]:
    """Book refunds that are new, and take back those that are gone; give how often each came and went."""
    seen, named = dict(known.refunds), {refund.id for refund in done.told.refunds}
    for refund in done.told.refunds:
        times = seen.get(refund.id, 0)
        if times == 0 or (times % 2 == 0 and known.newest):
            seen[refund.id] = times + 1
            _book(done, known.ref, refund, _refund_ref(known.ref, refund.id, times + 1))
    if not done.told.lists_all_refunds:
        return seen
    for gone in [name for name, times in seen.items() if times % 2 and name not in named]:
        if known.newest:
            _take_back(done, known.ref, _refund_ref(known.ref, gone, seen[gone]))
            seen[gone] += 1
        elif known.newer and done.told.modified_at is not None:
            done.brings("refund_missing", gone, flagged=True)
    return seen


def _refund_ref(ref: str, refund_id: str, times: int) -> str:
    """Name a refund by its order, and by how often it has appeared."""
    again = "" if times == 1 else f"#{times}"
    return f"{ref}/{refund_id}{again}"


def _book(done: Work, ref: str, told: GivenBack, refund_ref: str) -> None:
    lines = tuple(RefundLine(key=key, quantity=quantity) for key, quantity in told.lines)
    refund = Refund(
        ref=refund_ref,
        order_ref=ref,
        currency=done.told.currency,
        amount=told.amount,
        lines=lines,
        reason=told.reason,
        at=told.at,
    )
    done.do(lambda inner: receiving.note_refunded(inner, refund))
    _tell_call(done, "refunded", "invoice_refunded", refund_ref, refund_ref)


def _take_back(done: Work, ref: str, refund_ref: str) -> None:
    amount = done.do(lambda inner: withdrawing.withdraw(inner, ref, refund_ref))
    if amount is None:
        done.brings("refund_missing", refund_ref, flagged=True)
    else:
        done.brings("withdrawn", refund_ref, amount)


def _give_back_total(done: Work, known: _Known) -> int:
    """Book what a running total of refunds has grown by; one that has not grown is an old one."""
    total = done.told.refunded_total
    if total is None:
        return known.refunded
    now = minor(total, done.told.currency)
    if now <= known.refunded:
        return known.refunded
    more: Decimal = major(now - known.refunded, done.told.currency)
    _book(done, known.ref, GivenBack(id=f"{now}", amount=more), f"{known.ref}/{now}")
    return now


def _complete(done: Work, ref: str) -> None:
    if inbox.find(done.ctx, "order_completed", ref) is None:
        at = done.told.completed_at
        done.do(lambda inner: receiving.note_completed(inner, ref, at))
        _tell_call(done, "completed", "order_completed", ref, ref)


def _cancel(done: Work, known: _Known, *, cancelled: bool) -> None:
    """Cancel the order; one that goes on there after that stays cancelled here and is flagged."""
    paper = _find(done, known.ref)
    if paper is None:
        if cancelled:
            done.brings("waits", known.ref)
        return
    is_over = paper.state == DocumentState.CANCELLED.value
    if cancelled and not is_over:
        done.do(lambda inner: order_ends.cancel(inner, known.ref))
        done.brings("cancelled", paper.number or paper.ref)
    elif is_over and known.newest and done.told.sold is not None and not done.told.is_cancelled:
        done.brings("reopened", paper.number or paper.ref, flagged=True)
