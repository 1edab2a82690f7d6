"""Orders cancelled, failed at payment, or completed: what that does to codes, contacts and books."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from ..config import FlipOn, GiveBack
from ..models import CameBy, DocumentKind, DocumentState, Outcome
from ..models.contact import NEW_CUSTOMER
from . import (
    applied,
    attribution,
    contacts,
    counters,
    documents,
    earnings,
    giving_back,
    holds,
    inbox,
    outbox,
    parts,
    redemption,
    returns,
    sale_returns,
)
from .carts import Holders
from .context import Context
from .documents import Paper


def cancel(ctx: Context, order_ref: str) -> bool:
    """Cancel an order: give the use back, unmake the customer, reverse the postings. False: nothing to do."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    if paper is None or paper.state == DocumentState.CANCELLED.value:
        return False
    call = inbox.record(ctx, "order_cancelled", order_ref, {"ref": order_ref}, subject_ref=order_ref)
    contacts.lock(ctx, paper.contact_id)
    unpaid = not paper.was_paid
    _give_back(ctx, order_ref, unpaid=unpaid)
    if unpaid and paper.contact_id is not None:
        attribution.unflip(ctx, paper.contact_id, order_ref, how="cancel")
    paper.change(state=DocumentState.CANCELLED.value)
    returns.note_everything(paper)
    sale_returns.note(ctx, paper, call.id)
    papers = parts.around(ctx, paper)
    parts.divide(papers)
    earnings.earn(ctx, papers, call.id)
    for part in papers:
        part.save(ctx)
    if paper.contact_id is not None and not unpaid:
        ctx.fact("returned", call.id, document_id=paper.id, amount=None)
    outbox.flush(ctx, _fact(ctx, "order_cancelled", paper))
    return True


def _give_back(ctx: Context, order_ref: str, *, unpaid: bool) -> None:
    """Give a cancelled order's uses back by the policy; its claims go where nothing was paid."""
    released: list[Row[Any]] = []
    kept: list[Row[Any]] = []
    for row in redemption.of_order(ctx, order_ref):
        policy = redemption.policy_of(ctx, row)
        comes_back = policy is GiveBack.ALWAYS or (unpaid and policy is GiveBack.UNPAID)
        (released if comes_back else kept).append(row)
    if unpaid:
        claims = [key for row in kept if row.claimed for key in row.person_keys]
        counters.release_uses(ctx, [(NEW_CUSTOMER, key) for key in claims])
    giving_back.give_back(ctx, released, claims=unpaid)
    giving_back.repay_credit(ctx, kept)


def fail_payment(ctx: Context, order_ref: str | None, cart_key: str | None) -> None:
    """Free what is reserved for a cart or redeemed by an unpaid order; its codes wait in the cart again."""
    if cart_key is not None:
        giving_back.give_back(ctx, redemption.of_cart(ctx, Holders(cart=cart_key).names[0]))
    paper = None if order_ref is None else _fail_order(ctx, order_ref, cart_key)
    failed = [] if paper is None else [_fact(ctx, "payment_failed", paper)]
    outbox.flush(ctx, *failed)


def _fact(ctx: Context, kind: str, paper: Paper) -> outbox.Later:
    return outbox.fact(ctx, kind, document_id=paper.id, contact_id=paper.contact_id)


def _fail_order(ctx: Context, order_ref: str, cart_key: str | None) -> Paper | None:
    """Give the order whose payment failed; None where there is nothing to do."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    if paper is None or paper.was_paid or paper.state != DocumentState.OPEN.value:
        return None
    contacts.lock(ctx, paper.contact_id)
    rows = redemption.of_order(ctx, order_ref)
    giving_back.give_back(ctx, rows)
    if paper.contact_id is not None:
        attribution.unflip(ctx, paper.contact_id, order_ref, how="payment failed")
    kept_at = cart_key or paper.cart_key
    names = [Holders(cart=kept_at).names[0]] if kept_at else []
    names = names or [row.cart_key for row in rows if row.cart_key][:1]
    customer_ref = contacts.ref_of(ctx, paper.contact_id)
    codes = {row.code_id: CameBy(row.came_by) for row in rows}
    applied.keep(ctx, Holders(customer=customer_ref), codes, names=names)
    paper.change(state=DocumentState.FAILED.value, first_order=False)
    paper.save(ctx)
    return paper


def complete(ctx: Context, order_ref: str, at: datetime | None = None) -> Outcome:
    """Note that an order was completed or delivered; waits where the order is not known yet.

    `at` is when it happened, where that was not now.
    """
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    if paper is None:
        return Outcome.WAITING
    if paper.completed_at is None and paper.state == DocumentState.OPEN.value:
        completed = at or ctx.now
        paper.change(completed_at=completed)
        if flips_on(ctx, paper) is FlipOn.COMPLETED:
            complete_for_contact(ctx, paper)
        for part in parts.around(ctx, paper):
            holds.start_hold(ctx, part, completed)
            part.change(completed_at=completed)
            part.save(ctx)
        outbox.flush(ctx, _fact(ctx, "order_completed", paper))
    return Outcome.DONE


def flips_on(ctx: Context, paper: Paper) -> FlipOn:
    """Give what makes this order count as completed: what held when it was placed, all its life."""
    return ctx.settings_at(paper.placed_at or ctx.now).flip_on


def complete_for_contact(ctx: Context, paper: Paper, *, flagged: bool = False) -> None:
    """Do what completing an order does to its contact, where that comes after placing.

    By a flagged order nobody joins a first line.
    """
    if paper.contact_id is None or paper.first_order:
        return
    ctx = attribution.with_line_locked(ctx, paper.contact_id, paper.sale.get("owner"))
    known = contacts.by_id(ctx, paper.contact_id)
    owner = None if flagged else attribution.owner_again(ctx, paper.sale.get("owner"))
    joining = attribution.joining(ctx, known.row, owner, paper.ref, completes=True)
    contact_id = known.id or paper.contact_id
    if joining.values:
        contacts.update_contact(ctx, contact_id, joining.values)
        attribution.carry_below(ctx, known.row, joining.values)
    attribution.write_history(ctx, contact_id, joining.entries)
    attribution.tell_joining(ctx, contact_id, known.row.ref if known.row else None, joining)
    paper.change(first_order=joining.flips)
