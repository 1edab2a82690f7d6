"""Invoices kept as documents of their own: without an order, or with lines taken out of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ..domain.basket import Basket, BasketLine
from ..domain.money import half_up, minor
from ..domain.quote import price
from ..errors import WrongFact
from ..models import DocumentKind, DocumentState
from ..shop import Invoice, Line
from . import attribution, contacts, documents, earnings, inbox, order_ends, quoting
from .carts import line_totals
from .contacts import Overtaken
from .context import Context
from .documents import Paper


def stand_alone(ctx: Context, invoice: Invoice) -> Paper:
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
        raise Overtaken
    return contact_id


def _kept(ctx: Context, values: Mapping[str, object]) -> Paper:
    document_id = documents.insert_document(ctx, values)
    if document_id is None:
        raise Overtaken
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


def split_off(ctx: Context, order: Paper, invoice: Invoice, call_id: int) -> Paper:
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
        order_ends.return_everything(paper)
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
    sale.setdefault("ordered_gross", sale["goods_gross"])
    sale.setdefault("charged", order.total)
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
