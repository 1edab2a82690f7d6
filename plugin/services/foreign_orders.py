"""Orders of shops that are no Flask apps: what a body says beyond what is known is told as a shop would.

Bodies come in any order and more than once. Each fact is one savepoint, and the same fact is worked once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update

from ..domain.foreign import Told
from ..models import DocumentState, SourceOrder
from ..models.base import insert_missing
from ..shop import Invoice
from . import (
    customers,
    foreign_refunds,
    foreign_sales,
    inbox,
    order_changes,
    order_ends,
    placing,
    products,
    receiving,
)
from .carts import Holders
from .context import Context
from .documents import Paper
from .foreign_sales import Foreign
from .foreign_work import Known, Work, find, tell_call

_ORDER = SourceOrder.__table__


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
    refunds = foreign_refunds.book(done, known)
    refunded = foreign_refunds.book_total(done, known)
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


def _locked(done: Work, ref: str) -> Known:
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
    return Known(
        ref=ref,
        modified_at=before,
        refunds=dict(row.refunds),
        refunded=row.refunded,
        cancelled=row.cancelled,
        newer=not both or at >= before,
        newest=both and (at > before or (done.is_current and at == before)),
    )


def _placed(done: Work, known: Known) -> Paper | None:
    """Place the order, or change it where this body is newer; give it, None where it is not known."""
    paper = find(done, known.ref)
    sold = done.told.sold
    if sold is None or not sold.lines:
        return paper
    foreign = foreign_sales.read(done.ctx, done.source.name, known.ref, sold)
    products.note(done.ctx, foreign.outside, takes_part=False)
    failed = paper is not None and paper.state == DocumentState.FAILED.value
    if paper is None or (failed and known.newer and not done.told.has_failed and not done.told.is_paid):
        return _place(done, foreign)
    if known.newer and paper.state == DocumentState.OPEN.value:
        before = paper.digest
        done.do(lambda inner: order_changes.change(inner, foreign.order))
        paper = find(done, known.ref)
        if paper is not None and paper.digest != before:
            done.brings("changed", paper.number or paper.ref, paper.total)
    return paper


def _place(done: Work, foreign: Foreign) -> Paper | None:
    order = foreign.order
    placing.place_either_way(done.ctx, order, foreign.holders)
    paper = find(done, order.ref)
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
    paper = find(done, ref)
    if paper is not None and paper.total == 0:
        return
    invoice = Invoice(ref=ref, order_ref=ref, currency=done.told.currency, paid_at=done.told.paid_at)
    key = receiving.payment_key(invoice)
    if inbox.find(done.ctx, "invoice_paid", key) is None:
        done.do(lambda inner: receiving.note_paid(inner, invoice))
        tell_call(done, "paid", "invoice_paid", key, ref)


def _complete(done: Work, ref: str) -> None:
    if inbox.find(done.ctx, "order_completed", ref) is None:
        at = done.told.completed_at
        done.do(lambda inner: receiving.note_completed(inner, ref, at))
        tell_call(done, "completed", "order_completed", ref, ref)


def _cancel(done: Work, known: Known, *, cancelled: bool) -> None:
    """Cancel the order; one that goes on there after that stays cancelled here and is flagged."""
    paper = find(done, known.ref)
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
