"""Refunds of other shops: booked once, taken back where they are gone, or as a running total grows."""

from __future__ import annotations

from decimal import Decimal

from ..domain.foreign import GivenBack
from ..domain.money import major, minor
from ..shop import Refund, RefundLine
from . import receiving, withdrawing
from .foreign_work import Known, Work, tell_call


def book(done: Work, known: Known) -> dict[str, int]:
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
    tell_call(done, "refunded", "invoice_refunded", refund_ref, refund_ref)


def _take_back(done: Work, ref: str, refund_ref: str) -> None:
    amount = done.do(lambda inner: withdrawing.withdraw(inner, ref, refund_ref))
    if amount is None:
        done.brings("refund_missing", refund_ref, flagged=True)
    else:
        done.brings("withdrawn", refund_ref, amount)


def book_total(done: Work, known: Known) -> int:
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
