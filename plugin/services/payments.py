"""Invoices paid and goods or money given back: what they do to documents and to the books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select

from ..config import FlipOn
from ..domain.basket import Basket, BasketLine
from ..domain.codes import canonical
from ..domain.commission import paid_so_far
from ..domain.money import half_up, minor
from ..domain.quote import price
from ..errors import WrongFact
from ..models import Call, DocumentKind, DocumentState, Outcome
from ..shop import Invoice, Line, Refund
from . import applied, attribution, contacts, documents, earnings, inbox, orders, outbox, quoting, redemption
from .carts import Holders, line_totals
from .context import Context
from .documents import Paper

_CALL = Call.__table__


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What a payment or refund did: the document, the amount, and what exceeded it, in minor units."""

    outcome: Outcome
    document_id: int | None = None
    amount: int | None = None
    surplus: int | None = None
    refund_waits: bool = False


@dataclass(frozen=True, kw_only=True)
class Meant:
    """The documents a payment is about, locked: its order, and the document that it pays."""

    order: Paper | None
    paper: Paper | None

    @property
    def waits(self) -> bool:
        """Whether the order is not known yet."""
        return self.order is None and self.paper is None


def meant(ctx: Context, invoice: Invoice) -> Meant:
    """Find what a payment is about; `paper` None: the invoice becomes a document of its own."""
    if invoice.order_ref is None:
        own = documents.find_for_payment(ctx, DocumentKind.INVOICE, invoice.ref, invoice.ref)
        return Meant(order=None, paper=own)
    order = documents.find_for_payment(ctx, DocumentKind.ORDER, invoice.order_ref, invoice.ref)
    if order is None:
        return Meant(order=None, paper=None)
    if order.currency != invoice.currency:
        raise WrongFact(
            f"invoice {invoice.ref} is in {invoice.currency}, its order {order.ref} in {order.currency}"
        )
    if invoice.lines is None:
        return Meant(order=order, paper=order)
    return Meant(order=order, paper=documents.find(ctx, DocumentKind.INVOICE, invoice.ref))


def brings(invoice: Invoice, paper: Paper) -> Brought:
    """Say what a payment brings to a known document, before anything is changed."""
    open_ = max(0, paper.total - paper.paid)
    amount = open_ if invoice.amount is None else minor(invoice.amount, invoice.currency)
    surplus = max(0, paper.paid + amount - paper.total) - max(0, paper.paid - paper.total)
    return Brought(outcome=Outcome.DONE, document_id=paper.id, amount=amount, surplus=surplus or None)


def paid(ctx: Context, invoice: Invoice, found: Meant, call_id: int) -> Brought:
    """Work a recorded payment off."""
    order, paper = found.order, found.paper
    if order is not None and order.state == DocumentState.FAILED.value:
        _revive(ctx, order)
    if paper is None:
        paper = _stand_alone(ctx, invoice) if order is None else _split_off(ctx, order, invoice, call_id)
    brought = brings(invoice, paper)
    paper.change(paid=paper.paid + (brought.amount or 0))
    if paper.paid_at is None and paid_so_far(paper.progress, len(paper.lines)) >= paper.total:
        paper.change(paid_at=invoice.paid_at or ctx.now)
        if ctx.settings.flip_on is FlipOn.PAID:
            _complete(ctx, paper, order if order is not paper else None)
    earnings.earn(ctx, paper, call_id, paid_at=invoice.paid_at)
    paper.save(ctx)
    outbox.flush(ctx)
    return brought


def _complete(ctx: Context, paper: Paper, order: Paper | None) -> None:
    whole = order or paper
    if whole.kind != DocumentKind.ORDER.value or whole.state != DocumentState.OPEN.value:
        return
    orders.complete_for_contact(ctx, whole)
    if order is not None:
        order.save(ctx)


def _revive(ctx: Context, order: Paper) -> None:
    """Use the codes of an order again whose payment had failed and then came: it is a fact."""
    order.change(state=DocumentState.OPEN.value)
    known = contacts.Known()
    if order.contact_id is not None:
        ctx = attribution.with_line_locked(ctx, order.contact_id, order.sale.get("owner"))
        known = contacts.with_keys(ctx, contacts.by_id(ctx, order.contact_id))
    pinned = [code for _, code, _ in order.sale["coupons"]]
    found = applied.by_keys(ctx, [canonical(code) for code in pinned], Holders(), to_use=True)
    held = redemption.claim_again(ctx, list(found.values()), order, known)
    if not held:
        order.change(flags=[*order.flags, "payment after failure"])
    if ctx.settings.flip_on is FlipOn.PLACED:
        orders.complete_for_contact(ctx, order, flagged=not held)


def _stand_alone(ctx: Context, invoice: Invoice) -> Paper:
    """Keep an invoice without an order: its lines are final prices."""
    if invoice.customer is None or not invoice.lines:
        raise WrongFact(
            f"invoice {invoice.ref} has no order_ref; give its customer and lines, or the order_ref"
        )
    basket = _basket(invoice, invoice.lines)
    priced = price(basket, [])
    known = contacts.find(ctx, invoice.customer, lock=True)
    credit = attribution.credit_of(ctx, known.row, None)
    total = priced.total if invoice.total is None else minor(invoice.total, invoice.currency)
    values = {
        "kind": DocumentKind.INVOICE.value,
        "ref": invoice.ref,
        "number": invoice.number,
        "contact_id": known.id if known.id is not None else _insert(ctx, invoice),
        "partner_id": credit.partner_id,
        "credit": credit.why,
        "currency": invoice.currency,
        "sale": _pack(basket, invoice.lines, [0] * len(invoice.lines), goods_gross=priced.total),
        "quote": documents.pack_quote(quoting.priced_quote(invoice.currency, priced)),
        "digest": inbox.digest_of(inbox.pack(invoice)),
        "total": total,
        "address_type_before": contacts.address_type(known.row, ctx.now).value,
        "placed_at": ctx.now,
    }
    return _kept(ctx, values)


def _insert(ctx: Context, invoice: Invoice) -> int | None:
    if invoice.customer is None or not (invoice.customer.ref or invoice.customer.email):
        return None
    contact_id = contacts.insert_contact(ctx, contacts.details(invoice.customer, None))
    if contact_id is None:
        raise orders.Overtaken
    return contact_id


def _kept(ctx: Context, values: Mapping[str, object]) -> Paper:
    document_id = documents.insert_document(ctx, values)
    if document_id is None:
        raise orders.Overtaken
    return documents.get(ctx, document_id)


def _basket(invoice: Invoice, lines: Sequence[Line], *, include_vat: bool = True) -> Basket:
    totals = line_totals(lines, invoice.currency)
    return Basket(
        currency=invoice.currency,
        lines=tuple(
            BasketLine(
                key=line.key,
                product_ref=line.product_ref,
                quantity=line.quantity,
                total=total,
                vat_rate=line.vat_rate,
                categories=line.categories,
            )
            for line, total in zip(lines, totals, strict=True)
        ),
        prices_include_vat=include_vat,
    )


def _pack(basket: Basket, lines: Sequence[Line], discounts: Sequence[int], *, goods_gross: int) -> inbox.Json:
    packed = documents.pack_sale(basket, price(basket, []), [])
    packed["goods_gross"] = goods_gross
    for kept, line, discount in zip(packed["lines"], lines, discounts, strict=True):
        kept["title"], kept["discount"] = line.title, discount
    return packed


def _split_off(ctx: Context, order: Paper, invoice: Invoice, call_id: int) -> Paper:
    """Take the lines of an invoice out of its order: it earns by itself, the order by the rest."""
    lines = _known_lines(order, invoice)
    parts = _parts(order, lines)
    include_vat = order.sale["include_vat"]
    basket = _basket(invoice, lines, include_vat=include_vat)
    discounts = [part.discount for part in parts]
    gross = _gross(basket, discounts)
    values = {
        "kind": DocumentKind.INVOICE.value,
        "ref": invoice.ref,
        "number": invoice.number,
        "order_id": order.id,
        "contact_id": order.contact_id,
        "partner_id": order.partner_id,
        "credit": order.credit,
        "currency": order.currency,
        "sale": _pack(basket, lines, discounts, goods_gross=gross),
        "quote": order.quote,
        "digest": inbox.digest_of(inbox.pack(invoice)),
        "total": gross if invoice.total is None else minor(invoice.total, invoice.currency),
        "plan": order.plan,
        "address_type_before": order.address_type_before,
        "placed_at": ctx.now,
        "completed_at": order.completed_at,
        "state": order.state,
    }
    paper = _kept(ctx, values)
    if order.state == DocumentState.CANCELLED.value:
        orders.return_everything(paper)
    _shrink(order, parts, paper.total)
    earnings.earn(ctx, order, call_id)
    order.save(ctx)
    return paper


def _gross(basket: Basket, discounts: Sequence[int]) -> int:
    """Give what lines come to after these discounts, with VAT."""
    left = tuple(
        BasketLine(
            key=line.key,
            product_ref=line.product_ref,
            quantity=line.quantity,
            total=line.total - off,
            vat_rate=line.vat_rate,
        )
        for line, off in zip(basket.lines, discounts, strict=True)
    )
    return Basket(basket.currency, left, prices_include_vat=basket.prices_include_vat).goods_gross


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The part of an order's line that an invoice stands for."""

    key: str
    quantity: Decimal
    total: int
    discount: int


def _known_lines(order: Paper, invoice: Invoice) -> list[Line]:
    """Give the invoice's lines, never more than what the order has left; unknown keys are refused."""
    left = {line["key"]: Decimal(line["quantity"]) for line in order.sale["lines"]}
    unknown = [line.key for line in invoice.lines or () if line.key not in left]
    if unknown:
        raise WrongFact(
            f"invoice {invoice.ref} has lines {', '.join(unknown)} that its order {order.ref} has not; "
            f"use the keys of the order's lines: {', '.join(left)}"
        )
    found = []
    for line in invoice.lines or ():
        quantity = min(line.quantity, left[line.key])
        if quantity > 0:
            found.append(
                Line(
                    key=line.key,
                    product_ref=line.product_ref,
                    quantity=quantity,
                    unit_price=line.unit_price,
                    title=line.title,
                    vat_rate=line.vat_rate,
                    categories=line.categories,
                )
            )
    return found


def _parts(order: Paper, lines: Sequence[Line]) -> list[_Part]:
    """Share each line's discount: hu(d x invoiced so far / ordered) less what earlier invoices got."""
    ordered = order.sale.get("ordered") or {line["key"]: line for line in order.sale["lines"]}
    now = {line["key"]: line for line in order.sale["lines"]}
    parts = []
    for line in lines:
        whole, rest = ordered[line.key], now[line.key]
        quantity = Fraction(whole["quantity"])
        before = quantity - Fraction(rest["quantity"])
        share = (before + Fraction(line.quantity)) / quantity
        parts.append(
            _Part(
                key=line.key,
                quantity=line.quantity,
                total=half_up(whole["total"] * share) - (whole["total"] - rest["total"]),
                discount=half_up(whole["discount"] * share) - (whole["discount"] - rest["discount"]),
            )
        )
    return parts


def _shrink(order: Paper, parts: Sequence[_Part], total: int) -> None:
    """Leave to the order what no invoice with lines of its own stands for."""
    sale = dict(order.sale)
    sale.setdefault("ordered", {line["key"]: dict(line) for line in sale["lines"]})
    by_key = {part.key: part for part in parts}
    lines = [_rest(line, by_key.get(line["key"])) for line in sale["lines"]]
    sale["lines"] = lines
    basket = Basket(
        order.currency,
        tuple(
            BasketLine(
                key=line["key"],
                product_ref=line["product"],
                quantity=Decimal(line["quantity"]),
                total=line["total"] - line["discount"],
                vat_rate=None if line["rate"] is None else Decimal(line["rate"]),
            )
            for line in lines
        ),
        prices_include_vat=sale["include_vat"],
    )
    sale["goods_gross"] = basket.goods_gross
    order.change(sale=sale, total=max(0, order.total - total))


def _rest(line: inbox.Json, part: _Part | None) -> inbox.Json:
    if part is None:
        return dict(line)
    return {
        **line,
        "quantity": str(Decimal(line["quantity"]) - part.quantity),
        "total": line["total"] - part.total,
        "discount": line["discount"] - part.discount,
    }


def refunded(ctx: Context, refund: Refund, call_id: int) -> Brought:
    """Work a refund off by its lines, its amount, or whole; waits where its order or invoice is not known."""
    papers = _meant(ctx, refund)
    if not papers:
        return Brought(outcome=Outcome.WAITING)
    if papers[0].currency != refund.currency:
        raise WrongFact(f"refund {refund.ref} is in {refund.currency}, the sale in {papers[0].currency}")
    brought = _give_back(ctx, refund, papers)
    for paper in papers:
        if paper.state != DocumentState.CANCELLED.value:
            earnings.earn(ctx, paper, call_id)
        paper.save(ctx)
    outbox.flush(ctx)
    return brought


def _meant(ctx: Context, refund: Refund) -> list[Paper]:
    """Give the documents a refund is about: the order first, then its invoices, the newest first."""
    if refund.invoice_ref is not None:
        own = documents.find(ctx, DocumentKind.INVOICE, refund.invoice_ref)
        whole = refund.order_ref is not None and refund.amount is None and not refund.lines
        if own is not None and not whole:
            return [own]
    order = _order_of(ctx, refund)
    if order is None:
        return []
    return [order, *reversed(documents.invoices_of(ctx, order.id))]


def _order_of(ctx: Context, refund: Refund) -> Paper | None:
    if refund.order_ref is not None:
        return documents.find(ctx, DocumentKind.ORDER, refund.order_ref)
    query = select(_CALL.c.document_id).where(
        _CALL.c.source == ctx.source,
        _CALL.c.kind == "invoice_paid",
        _CALL.c.subject_ref == refund.invoice_ref,
        _CALL.c.document_id.is_not(None),
    )
    document_id = ctx.conn.execute(query.limit(1)).scalar()
    return None if document_id is None else documents.get(ctx, document_id)


def _give_back(ctx: Context, refund: Refund, papers: Sequence[Paper]) -> Brought:
    if refund.lines:
        units = _return_units(refund, papers)
        return Brought(
            outcome=Outcome.DONE,
            document_id=papers[0].id,
            amount=half_up(units.value) if refund.amount is None else minor(refund.amount, refund.currency),
            surplus=half_up(units.surplus) or None,
        )
    if refund.amount is not None:
        amount = minor(refund.amount, refund.currency)
    elif refund.order_ref is not None or papers[0].kind == DocumentKind.INVOICE.value:
        for paper in papers:
            orders.return_everything(paper)
        return Brought(outcome=Outcome.DONE, document_id=papers[0].id)
    else:
        amount = _brought_by(ctx, refund.invoice_ref)
    surplus = _return_amount(papers, amount)
    return Brought(outcome=Outcome.DONE, document_id=papers[0].id, amount=amount, surplus=surplus)


def _brought_by(ctx: Context, invoice_ref: str | None) -> int:
    """Give what the payments of an invoice have brought."""
    query = select(func.sum(_CALL.c.amount)).where(
        _CALL.c.source == ctx.source, _CALL.c.kind == "invoice_paid", _CALL.c.subject_ref == invoice_ref
    )
    return int(ctx.conn.execute(query).scalar() or 0)


def _return_amount(papers: Sequence[Paper], amount: int) -> int | None:
    """Note an amount given back, where something was paid; what exceeds that is a surplus."""
    left = amount
    for paper in papers:
        room = max(0, min(paper.paid, paper.total) - paper.given_back)
        part = min(left, room)
        paper.change(given_back=paper.given_back + part)
        left -= part
    if left:
        paper = papers[0]
        paper.change(given_back=paper.given_back + left)
    return left or None


@dataclass(frozen=True, kw_only=True)
class _Units:
    """What returned units are worth, and what those are that exceeded the sale; gross, in minor units."""

    value: Fraction = Fraction(0)
    surplus: Fraction = Fraction(0)


def _return_units(refund: Refund, papers: Sequence[Paper]) -> _Units:
    """Note units that come back; unknown lines are refused, what exceeds what was sold is left out."""
    _refuse_unknown(refund, papers)
    value = surplus = Fraction(0)
    for line in refund.lines:
        left, price_each = Fraction(line.quantity), Fraction(0)
        for paper in papers:
            taken = _return_line(paper, line.key, left)
            price_each = _price_each(paper, line.key) or price_each
            value += taken * _price_each(paper, line.key)
            left -= taken
        surplus += left * price_each
    return _Units(value=value, surplus=surplus)


def _refuse_unknown(refund: Refund, papers: Sequence[Paper]) -> None:
    known = {line["key"] for paper in papers for line in paper.sale["lines"]}
    unknown = [line.key for line in refund.lines if line.key not in known]
    if unknown:
        raise WrongFact(
            f"refund {refund.ref} has lines {', '.join(unknown)} that the sale has not; "
            f"it has {', '.join(sorted(known))}"
        )


def _price_each(paper: Paper, key: str) -> Fraction:
    """Give the gross of one unit after discount, in minor units; 0 where the document has not the line."""
    for line, gross in zip(paper.lines, paper.grosses, strict=True):
        if line.key == key and line.quantity:
            return Fraction(gross) / Fraction(line.quantity)
    return Fraction(0)


def _return_line(paper: Paper, key: str, wanted: Fraction) -> Fraction:
    sold = next(
        (Fraction(line["quantity"]) for line in paper.sale["lines"] if line["key"] == key), Fraction(0)
    )
    back = Fraction(paper.returned.get(key, 0))
    part = min(wanted, max(Fraction(0), sold - back))
    if part:
        paper.change(returned={**paper.returned, key: str(back + part)})
    return part
