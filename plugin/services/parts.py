"""An order and the invoices with lines of their own that stand for parts of it, divided by what was told.

The order keeps what it is about as a whole and what was told of returns; what each document has of lines,
totals and returns is worked out anew with every call, so that their order does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ..domain.basket import Basket, BasketLine
from ..domain.commission import paid_so_far
from ..domain.money import minor
from ..domain.parts import Claim, LinePart, share_amounts, share_line, share_money, share_units
from ..domain.quote import price
from ..shop import Line
from . import cap_claims, documents, inbox, plans
from .carts import cost_of, line_totals
from .context import Context
from .documents import Paper
from .returns import OF_ORDER


def around(ctx: Context, paper: Paper) -> list[Paper]:
    """Give an order with the invoices that stand for parts of it; a document alone stands for itself."""
    return [paper, *documents.invoices_of(ctx, paper.id)] if paper.is_split else [paper]


def divide(papers: Sequence[Paper]) -> None:
    """Give each document its lines, its total, what covers it and what came back; one alone keeps all."""
    order, invoices = papers[0], papers[1:]
    if not order.is_split:
        return
    for invoice in invoices:
        invoice.set(
            state=order.state, contact_id=order.contact_id, plan=order.plan, credited_at=order.credited_at
        )
        invoice.set(partner_id=order.partner_id, credit=order.credit)
        if [one[:3] for one in invoice.portions or ()] != [one[:3] for one in order.portions or ()]:
            invoice.set(portions=order.portions)
        invoice.set(disputed_at=invoice.disputed_at or order.disputed_at)
        invoice.set(suspects=order.suspects)
    _divide_lines(order, invoices)
    cap_claims.divide(papers)
    _divide_money(order, invoices)
    _divide_units(order, papers)
    _divide_amounts(order, papers)


def _divide_lines(order: Paper, invoices: Sequence[Paper]) -> None:
    told = [lines_of(invoice) for invoice in invoices]
    shares = {
        key: share_line(
            documents.sale_line(line),
            [lines[key].quantity if key in lines else Decimal(0) for lines in told],
        )
        for key, line in order.sale["ordered"].items()
    }
    _leave(order, {key: parts[0] for key, parts in shares.items()})
    for place, (invoice, lines) in enumerate(zip(invoices, told, strict=True), start=1):
        found = [(lines[key], parts[place]) for key, parts in shares.items() if key in lines]
        _give(invoice, [(line, part) for line, part in found if part.quantity], order)


def lines_of(invoice: Paper) -> dict[str, Line]:
    """Give the lines of an invoice as it told them, by key."""
    return {line["key"]: Line(**line) for line in invoice.sale["told"]["lines"]}


def _leave(order: Paper, parts: Mapping[str, LinePart]) -> None:
    """Leave to an order what no invoice with lines of its own stands for."""
    sale = order.sale
    lines = [
        {**line, "quantity": str(part.quantity), "total": part.total, "discount": part.discount}
        for line, part in ((line, parts[key]) for key, line in sale["ordered"].items())
    ]
    gross = _gross(order.currency, lines, sale["include_vat"])
    order.set(sale={**sale, "lines": lines, "goods_gross": gross})


def _give(invoice: Paper, found: Sequence[tuple[Line, LinePart]], order: Paper) -> None:
    """Give an invoice its units at the prices it told, with their part of the order's discount."""
    lines = [replace(line, quantity=part.quantity) for line, part in found]
    basket = basket_of(lines, invoice.currency, include_vat=order.sale["include_vat"])
    packed = pack(basket, lines)
    for kept, (_, part) in zip(packed["lines"], found, strict=True):
        kept["discount"] = min(part.discount, max(0, kept["total"]))
        if "cost" not in kept and "cost" in (ordered := order.sale["ordered"][kept["key"]]):
            kept["cost"] = ordered["cost"]
    packed["goods_gross"] = _gross(invoice.currency, packed["lines"], packed["include_vat"])
    invoice.set(sale={**invoice.sale, **packed})


def basket_of(lines: Sequence[Line], currency: str, *, include_vat: bool = True) -> Basket:
    """Give the goods of an invoice, at the prices it told."""
    totals = line_totals(lines, currency)
    return Basket(
        currency=currency,
        lines=tuple(
            BasketLine(
                key=line.key,
                product_ref=line.product_ref,
                quantity=line.quantity,
                total=total,
                vat_rate=line.vat_rate,
                categories=line.categories,
                cost=cost_of(line, currency),
            )
            for line, total in zip(lines, totals, strict=True)
        ),
        prices_include_vat=include_vat,
    )


def pack(basket: Basket, lines: Sequence[Line]) -> inbox.Json:
    """Give what is kept of the sale of an invoice, without discounts."""
    packed = documents.pack_sale(basket, price(basket, []), [])
    for kept, line in zip(packed["lines"], lines, strict=True):
        kept["title"] = line.title
    return packed


def _gross(currency: str, lines: Sequence[inbox.Json], include_vat: bool) -> int:
    """Give what packed lines come to after their discounts, with VAT."""
    left = tuple(
        BasketLine(
            key=line.key,
            product_ref=line.product_ref,
            quantity=line.quantity,
            total=line.left,
            vat_rate=line.vat_rate,
        )
        for line in map(documents.sale_line, lines)
    )
    return Basket(currency, left, prices_include_vat=include_vat).goods_gross


def _divide_money(order: Paper, invoices: Sequence[Paper]) -> None:
    claims = [
        Claim(worth=invoice.sale["goods_gross"], said=invoice.sale["told"]["total"], paid=invoice.paid)
        for invoice in invoices
    ]
    credit = minor(order.quote["credit"], order.currency)
    rest, *parts = share_money(order.sale["charged"], credit, order.paid, claims)
    order.set(total=rest.total)
    for invoice, part in zip(invoices, parts, strict=True):
        invoice.set(total=part.total, sale={**invoice.sale, "covered": part.covered})


def _divide_units(order: Paper, papers: Sequence[Paper]) -> None:
    told = order.sale["told"]["returned"]
    by_name = [{key: Fraction(units) for key, units in told.get(name, {}).items()} for name in _names(papers)]
    back: list[dict[str, str]] = [{} for _ in papers]
    sold = [{line.key: Fraction(line.quantity) for line in paper.lines} for paper in papers]
    for key in order.sale["ordered"]:
        shares = share_units(
            [units.get(key, Fraction(0)) for units in sold],
            by_name[0].get(key, Fraction(0)),
            [units.get(key, Fraction(0)) for units in by_name[1:]],
        )
        for found, share in zip(back, shares, strict=True):
            if share:
                found[key] = str(share)
    for paper, found in zip(papers, back, strict=True):
        paper.set(returned=found)


def _divide_amounts(order: Paper, papers: Sequence[Paper]) -> None:
    told = order.sale["told"]["given_back"]
    of_order, *of_invoices = [told.get(name, 0) for name in _names(papers)]
    shares = share_amounts([_room(paper) for paper in papers], of_order, of_invoices)
    for paper, share in zip(papers, shares, strict=True):
        paper.set(given_back=share)


def _names(papers: Sequence[Paper]) -> list[str]:
    return [OF_ORDER, *(paper.ref for paper in papers[1:])]


def _room(paper: Paper) -> int:
    """Give what amounts can be given back against: paid goods that are still with the buyer."""
    return max(0, min(paid(paper), int(still(paper))))


def still(paper: Paper) -> Fraction:
    """Give the gross of what is still with the buyer, in minor units."""
    units = returned(paper)
    return sum(
        (
            gross * (1 - units[line.key] / Fraction(line.quantity))
            for line, gross in zip(paper.lines, paper.grosses, strict=True)
            if line.quantity
        ),
        Fraction(0),
    )


def returned(paper: Paper) -> dict[str, Fraction]:
    """Give the units of each line that came back, no more than were sold."""
    return {
        line.key: min(Fraction(line.quantity), Fraction(paper.returned.get(line.key, 0)))
        for line in paper.lines
    }


def paid(paper: Paper) -> int:
    """Give what of a document is paid, at most its total, in minor units."""
    return min(paper.progress.total, paid_so_far(paper.progress, len(paper.lines)))


def surplus(papers: Sequence[Paper]) -> int:
    """Give what was paid beyond what documents come to, in minor units."""
    raw = [paper.progress for paper in papers]
    return sum(max(0, one.paid - one.total) for one in raw) - sum(paper.covered for paper in papers)


def note_paid(papers: Sequence[Paper], at: datetime) -> bool:
    """Note since when documents are paid in full; says whether one has become so."""
    full = [paper for paper in papers if paid(paper) >= paper.total]
    whole = len(full) == len(papers)
    news = [p for p in full if p.paid_at is None and (whole or p.paid > 0 or p.covered > 0)]
    for paper in news:
        paper.change(paid_at=at)
    return bool(news)


def freeze(ctx: Context, order: Paper) -> None:
    """Fix the terms of an order before a part of it earns, so that all its parts earn by the same ones."""
    if order.plan is None:
        order.freeze(plans.freeze(ctx, order), ctx.now)
