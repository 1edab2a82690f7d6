"""Orders: placed, changed, cancelled, completed, failed at payment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from ..config import FlipOn, GiveBack
from ..domain.basket import Basket
from ..domain.codes import canonical
from ..domain.coupon import Check, CouponTerms, Kind
from ..domain.money import major, minor
from ..domain.quote import Priced, price
from ..errors import TEXTS, Reason, Refused, WrongFact
from ..models import DocumentKind, DocumentState, Outcome
from ..models.contact import NEW_CUSTOMER
from ..shop import Customer, Order, Quote
from . import (
    applied,
    attribution,
    contacts,
    documents,
    earnings,
    inbox,
    outbox,
    products,
    quoting,
    redemption,
)
from .applied import Candidate
from .attribution import Joining, Owner
from .carts import CartReader, Holders
from .contacts import Known
from .context import Context
from .documents import Paper
from .quoting import Evaluation


class Repeated(Exception):  # noqa: N818 - not an error: the order is known already
    """The order was placed before; everything this call did must be taken back."""


@dataclass(frozen=True, kw_only=True)
class _Sale:
    """An order as it will be kept: what holds, what it costs, who is credited."""

    order: Order
    evaluation: Evaluation
    basket: Basket
    priced: Priced
    quote: Quote
    candidates: tuple[Candidate, ...]
    flagged: bool

    @property
    def total(self) -> int:
        """What the shop charges, in minor units."""
        given = self.order.total
        return minor(self.quote.to_pay if given is None else given, self.order.currency)


@dataclass(frozen=True, kw_only=True)
class Placed:
    """The quote that was pinned, and whether calls have waited for the order."""

    quote: Quote
    waiting: bool = False
    ignored: bool = False
    """Whether a repeat said something else than the first call, which stands."""


def place(ctx: Context, order: Order, holders: Holders, *, over: Paper | None = None) -> Placed:
    """Place an order: use its codes up, complete it, keep it. Raises Refused or Repeated.

    `over` is the same order, locked, whose payment had failed.
    """
    reader = CartReader(order)
    candidates, unknown = _candidates(ctx, order, holders)
    found = quoting.evaluate(ctx, reader, candidates, placing=True, order_ref=order.ref)
    found = replace(found, refused=(*((code, _UNKNOWN) for code in unknown), *found.refused))
    try:
        sale = _agreed(ctx, order, found, candidates)
    except Refused as refused:
        known = documents.find(ctx, DocumentKind.ORDER, order.ref, lock=False) if over is None else None
        if known is not None and known.state != DocumentState.FAILED.value:
            raise Repeated from refused
        raise
    _keep(ctx, sale, holders, over)
    waiting = found.facts.waiting if candidates else bool(inbox.waiting_for(ctx, order.ref))
    return Placed(quote=sale.quote, waiting=waiting)


_UNKNOWN = Check(name="known", ok=False, reason=Reason.UNKNOWN)


def _candidates(ctx: Context, order: Order, holders: Holders) -> tuple[list[Candidate], list[str]]:
    if order.codes is None:
        return applied.applied_to(ctx, holders, to_use=True), []
    found = applied.by_keys(ctx, [canonical(code) for code in order.codes], holders, to_use=True)
    known = [found[key] for key in dict.fromkeys(map(canonical, order.codes)) if key in found]
    return known, [code for code in order.codes if canonical(code) not in found]


def _agreed(ctx: Context, order: Order, found: Evaluation, candidates: Sequence[Candidate]) -> _Sale:
    """Give the sale as agreed, or refuse: never a silent change of the price."""
    basket, priced = _priced(found)
    quote = quoting.to_quote(ctx, found)
    promised = order.promised_discount
    if ctx.as_fact and promised is not None and quote.discount != promised:
        return _charged(order, found, candidates)
    if not found.refused and (promised is None or quote.discount >= promised):
        return _Sale(
            order=order,
            evaluation=found,
            basket=basket,
            priced=priced,
            quote=quote,
            candidates=found.held,
            flagged=False,
        )
    if ctx.as_fact:
        return _charged(order, found, candidates)
    if found.refused:
        raise Refused(quote.reason or Reason.CHANGED, quote.message, quote, quote.codes)
    message = ctx.translate(TEXTS[Reason.CHANGED])
    raise Refused(Reason.CHANGED, message, quote.refused(Reason.CHANGED, message), quote.codes)


def _priced(found: Evaluation) -> tuple[Basket, Priced]:
    if found.basket is None or found.priced is None:
        raise WrongFact("an order needs its lines; Order.lines gave None")
    return found.basket, found.priced


def _charged(order: Order, found: Evaluation, candidates: Sequence[Candidate]) -> _Sale:
    """Give a sale with the discount as the shop has charged it, whatever the codes would give now."""
    basket, _ = _priced(found)
    if order.promised_discount is not None:
        priced = charged_price(basket, order.promised_discount, [c.code for c in candidates])
    else:
        priced = price(basket, [(candidate.code, candidate.terms) for candidate in candidates])
    return _Sale(
        order=order,
        evaluation=found,
        basket=basket,
        priced=priced,
        quote=quoting.priced_quote(order.currency, priced),
        candidates=tuple(candidates),
        flagged=True,
    )


def charged_price(basket: Basket, discount: Decimal, codes: Sequence[str]) -> Priced:
    """Price a basket with exactly this discount, spread over the lines that coupons may touch."""
    amount = minor(discount, basket.currency)
    if not amount:
        return price(basket, [])
    open_ = replace(basket, lines=tuple(replace(line, absolute_allowed=True) for line in basket.lines))
    code = ", ".join(codes)
    return price(open_, [(code, CouponTerms(name=code, kind=Kind.AMOUNT, amount=amount))])


def _keep(ctx: Context, sale: _Sale, holders: Holders, over: Paper | None) -> None:
    order, known = sale.order, sale.evaluation.known
    if not sale.candidates:
        known = contacts.find(ctx, sale.evaluation.reader.customer, order_ref=order.ref, lock=True)
    owner = None if sale.flagged else attribution.owner_of(ctx, sale.candidates, known)
    free = sale.total == 0
    flip_on = ctx.settings.flip_on
    completes = flip_on is FlipOn.PLACED or (free and flip_on is FlipOn.PAID)
    joining = attribution.joining(ctx, known.row, owner, order.ref, completes=completes)
    contact_id = _keep_contact(ctx, sale.evaluation.reader, known, joining, owner)
    _keep_document(ctx, _document(ctx, sale, known, contact_id, owner, joining), over)
    purpose = redemption.Purpose(
        order_ref=order.ref,
        contact_id=contact_id,
        known=known,
        holders=holders,
        counted=not sale.flagged,
        note=_flag(sale),
    )
    redemption.use(ctx, sale.candidates, sale.priced, purpose)
    _tell(ctx, sale, known, contact_id, joining)
    if contact_id is not None:
        attribution.write_history(ctx, contact_id, joining.entries)
    if not sale.candidates:
        products.note(ctx, ((line.product_ref, line.title) for line in sale.evaluation.reader.lines or ()))
    outbox.flush(ctx)
    applied.forget(ctx, holders)


def _flag(sale: _Sale) -> str:
    if not sale.flagged:
        return ""
    refused = sale.evaluation.refused
    return str(refused[0][1].reason or Reason.CHANGED) if refused else str(Reason.CHANGED)


def _tell(ctx: Context, sale: _Sale, known: Known, contact_id: int | None, joining: Joining) -> None:
    ref = known.customer.ref if known.customer else None
    discounts = {item.code: item.gross for item in sale.priced.items}
    for candidate in sale.candidates:
        ctx.tell(
            "coupon_redeemed",
            order_ref=sale.order.ref,
            code=candidate.code,
            coupon=candidate.terms.name,
            customer_ref=ref,
            contact_id=contact_id,
            owner_id=candidate.owner_id,
            discount=str(major(discounts.get(candidate.code, 0), sale.order.currency)),
            currency=sale.order.currency,
            flagged=sale.flagged,
        )
    if contact_id is not None:
        attribution.tell_joining(ctx, contact_id, ref, joining)


def _keep_contact(
    ctx: Context, reader: CartReader, known: Known, joining: Joining, owner: Owner | None
) -> int | None:
    """Insert or change the contact of an order: details, first order and sponsor in one statement."""
    customer = known.customer
    if customer is None or not known.reachable:
        # A buyer who cannot be told from others gets a contact only where somebody earns by the order.
        return None if owner is None else contacts.insert_contact(ctx, dict(joining.values))
    if reader.__dict__.get("has_bought") is True:
        customer = replace(customer, has_bought=True)
    values = contacts.details(customer, known.row) | joining.values
    if known.row is None:
        contact_id = contacts.insert_contact(ctx, values)
        if contact_id is None:
            raise Overtaken
        return contact_id
    if values:
        contacts.update_contact(ctx, known.row.id, values)
        attribution.carry_below(ctx, known.row, values)
    return int(known.row.id)


class Overtaken(Exception):  # noqa: N818 - not an error: the caller does the call again
    """Another process has just inserted the same contact; everything must be read again."""


def _keep_document(ctx: Context, values: dict[str, object], over: Paper | None) -> None:
    """Insert an order, or write it over the same one whose payment had failed."""
    if over is not None:
        over.change(**values, state=DocumentState.OPEN.value)
        over.save(ctx)
    elif documents.insert_document(ctx, values) is None:
        raise Repeated


def _document(
    ctx: Context, sale: _Sale, known: Known, contact_id: int | None, owner: Owner | None, joining: Joining
) -> dict[str, object]:
    order = sale.order
    credit = attribution.credit_of(ctx, known.row, owner)
    return {
        "kind": DocumentKind.ORDER.value,
        "ref": order.ref,
        "number": order.number,
        "cart_key": order.cart_key,
        "contact_id": contact_id,
        "partner_id": credit.partner_id,
        "credit": credit.why,
        "currency": order.currency,
        "sale": _pack(sale, owner),
        "quote": documents.pack_quote(sale.quote),
        "digest": content_digest(order, sale.evaluation.reader),
        "total": sale.total,
        "address_type_before": joining.before.value,
        "first_order": joining.flips,
        "flags": [_flag(sale)] if sale.flagged else [],
        "placed_at": order.placed_at or ctx.now,
        "paid_at": (order.placed_at or ctx.now) if sale.total == 0 else None,
    }


def _pack(sale: _Sale, owner: Owner | None) -> inbox.Json:
    pinned = [(c.code_id, c.code, c.terms) for c in sale.candidates]
    packed = documents.pack_sale(sale.basket, sale.priced, pinned)
    packed["owner"] = None if owner is None else [owner.contact_id, owner.code_id, owner.is_buyer]
    titles = {line.key: line.title for line in sale.evaluation.reader.lines or () if line.title}
    for line in packed["lines"]:
        line["title"] = titles.get(line["key"], "")
    return packed


def content_digest(order: Order, reader: CartReader) -> str:
    """Give a digest of what an order is about: who, what, how much; not of codes, promises and times."""
    told = replace(
        order,
        lines=reader.lines,
        customer=None if reader.customer is None else replace(reader.customer, has_bought=None, data={}),
        promised_discount=None,
        placed_at=None,
        codes=None,
        visitor=None,
        cart_key=None,
    )
    return inbox.digest_of(inbox.pack(told))


def repeat(ctx: Context, order: Order, holders: Holders) -> Placed:
    """Answer a repeated order: the first answer, or the change it brings while nothing is paid.

    One whose payment had failed is placed again.
    """
    paper = documents.find(ctx, DocumentKind.ORDER, order.ref)
    if paper is None:
        raise LookupError(f"order {order.ref} vanished")
    if paper.state == DocumentState.FAILED.value:
        if paper.contact_id is not None:
            ctx = attribution.with_line_locked(ctx, paper.contact_id, paper.sale.get("owner"))
        return place(ctx, order, holders, over=paper)
    reader = CartReader(order)
    same = paper.digest == content_digest(order, reader)
    if same or paper.is_paid or paper.state != DocumentState.OPEN.value:
        return Placed(quote=documents.unpack_quote(paper.quote), ignored=not same)
    return Placed(quote=_change(ctx, paper, order, reader))


def change(ctx: Context, order: Order) -> Quote:
    """Change a known order: amounts anew from the pinned terms, no new use counted, no limit judged again."""
    paper = documents.find(ctx, DocumentKind.ORDER, order.ref)
    if paper is None:
        raise WrongFact(f"order {order.ref} is not known yet; call order_placed first")
    reader = CartReader(order)
    if reader.lines is None or (not reader.lines and not paper.is_paid):
        raise WrongFact(f"order_changed({order.ref}) has no lines; call order_cancelled to cancel it")
    if paper.digest == content_digest(order, reader) or paper.state != DocumentState.OPEN.value:
        return documents.unpack_quote(paper.quote)
    return _change(ctx, paper, order, reader)


def _change(ctx: Context, paper: Paper, order: Order, reader: CartReader) -> Quote:
    if order.currency != paper.currency:
        raise WrongFact(
            f"order {order.ref} was placed in {paper.currency}; it cannot change to {order.currency}"
        )
    basket = reader.basket({line["product"]: line["absolute"] for line in paper.sale["lines"]})
    if basket is None:
        raise WrongFact(f"order {order.ref} has no lines")
    pinned = [
        (code_id, code, documents.unpack_terms(terms)) for code_id, code, terms in paper.sale["coupons"]
    ]
    priced = price(basket, [(code, terms) for _, code, terms in pinned])
    quote = replace(quoting.priced_quote(order.currency, priced), codes=tuple(code for _, code, _ in pinned))
    packed = documents.pack_sale(basket, priced, pinned)
    packed["owner"] = paper.sale.get("owner")
    titles = {line.key: line.title for line in reader.lines or ()}
    for line in packed["lines"]:
        line["title"] = titles.get(line["key"], "")
    total = minor(quote.to_pay if order.total is None else order.total, order.currency)
    paper.change(
        sale=packed,
        quote=documents.pack_quote(quote),
        digest=content_digest(order, reader),
        total=total,
        number=order.number or paper.number,
    )
    if total == 0 and paper.paid_at is None:
        paper.change(paid_at=ctx.now)
    _move_orderer(ctx, paper, reader.customer)
    if paper.plan is not None:
        call = inbox.record(ctx, "order_changed", uuid.uuid4().hex, {"ref": order.ref}, subject_ref=order.ref)
        earnings.thaw_for_new_lines(ctx, paper)
        earnings.earn(ctx, paper, call.id)
    paper.save(ctx)
    outbox.flush(ctx)
    return quote


def _move_orderer(ctx: Context, paper: Paper, customer: Customer | None) -> None:
    """Give the order to another orderer: the claim moves, nobody's first line changes."""
    known = contacts.find(ctx, customer, order_ref=paper.ref, lock=True, beside=paper.contact_id)
    if not known.reachable or known.customer is None:
        return
    contact_id = _save_orderer(ctx, known.customer, known)
    if contact_id == paper.contact_id:
        return
    if paper.contact_id is not None and paper.first_order:
        attribution.unflip(ctx, paper.contact_id, paper.ref, how="order changed")
    joining = attribution.joining(ctx, known.row, None, paper.ref, completes=bool(paper.first_order))
    if joining.values:
        contacts.update_contact(ctx, contact_id, joining.values)
    attribution.write_history(ctx, contact_id, joining.entries)
    attribution.tell_joining(ctx, contact_id, known.customer.ref, joining)
    if not redemption.move_claims(ctx, paper.ref, known, contact_id):
        paper.change(flags=[*paper.flags, str(Reason.NEW_CUSTOMERS_ONLY)])
    paper.change(contact_id=contact_id, first_order=joining.flips)


def _save_orderer(ctx: Context, customer: Customer, known: Known) -> int:
    values = contacts.details(customer, known.row)
    if known.id is None:
        contact_id = contacts.insert_contact(ctx, values)
        if contact_id is None:
            raise Overtaken
        return contact_id
    if values:
        contacts.update_contact(ctx, known.id, values)
    return known.id


def cancel(ctx: Context, order_ref: str) -> bool:
    """Cancel an order: give the use back, unmake the customer, reverse the postings. False: nothing to do."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    if paper is None or paper.state == DocumentState.CANCELLED.value:
        return False
    call = inbox.record(ctx, "order_cancelled", order_ref, {"ref": order_ref}, subject_ref=order_ref)
    contacts.lock(ctx, paper.contact_id)
    unpaid = not paper.is_paid
    _give_back(ctx, order_ref, unpaid=unpaid)
    if unpaid and paper.contact_id is not None:
        attribution.unflip(ctx, paper.contact_id, order_ref, how="cancel")
    paper.change(state=DocumentState.CANCELLED.value)
    for part in (paper, *documents.invoices_of(ctx, paper.id)):
        return_everything(part)
        earnings.earn(ctx, part, call.id)
        part.save(ctx)
    outbox.flush(ctx)
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
        redemption.release_uses(ctx, [(NEW_CUSTOMER, key) for key in claims])
    redemption.give_back(ctx, released, claims=unpaid)


def return_everything(paper: Paper) -> None:
    """Note that every unit of a document went back."""
    paper.change(returned={line.key: str(line.quantity) for line in paper.lines})


def fail_payment(ctx: Context, order_ref: str | None, cart_key: str | None) -> None:
    """Free what is reserved for a cart or redeemed by an unpaid order; its codes wait in the cart again."""
    if cart_key is not None:
        redemption.give_back(ctx, redemption.of_cart(ctx, Holders(cart=cart_key).names[0]))
    if order_ref is not None:
        _fail_order(ctx, order_ref, cart_key)
    outbox.flush(ctx)


def _fail_order(ctx: Context, order_ref: str, cart_key: str | None) -> None:
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref)
    if paper is None or paper.is_paid or paper.state != DocumentState.OPEN.value:
        return
    contacts.lock(ctx, paper.contact_id)
    rows = redemption.of_order(ctx, order_ref)
    redemption.give_back(ctx, rows)
    if paper.contact_id is not None:
        attribution.unflip(ctx, paper.contact_id, order_ref, how="payment failed")
    kept_at = cart_key or paper.cart_key
    names = [Holders(cart=kept_at).names[0]] if kept_at else []
    names = names or [row.cart_key for row in rows if row.cart_key][:1]
    customer_ref = contacts.ref_of(ctx, paper.contact_id)
    applied.keep(ctx, Holders(customer=customer_ref), [row.code_id for row in rows], names=names)
    paper.change(state=DocumentState.FAILED.value, first_order=False)
    paper.save(ctx)


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
        if ctx.settings.flip_on is FlipOn.COMPLETED:
            complete_for_contact(ctx, paper)
        for part in (paper, *documents.invoices_of(ctx, paper.id)):
            earnings.start_hold(ctx, part, completed)
            part.change(completed_at=completed)
            part.save(ctx)
        outbox.flush(ctx)
    return Outcome.DONE


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
    if joining.values:
        contacts.update_contact(ctx, paper.contact_id, joining.values)
        attribution.carry_below(ctx, known.row, joining.values)
    attribution.write_history(ctx, paper.contact_id, joining.entries)
    attribution.tell_joining(ctx, paper.contact_id, known.row.ref if known.row else None, joining)
    paper.change(first_order=joining.flips)
