"""Goods or money given back: by lines, by amount, or whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select

from ..domain.money import half_up, minor
from ..errors import WrongFact
from ..models import Call, DocumentKind, DocumentState, Outcome
from ..shop import Refund
from . import credit_back, documents, earnings, order_ends, outbox
from .context import Context
from .documents import Paper
from .payments import Brought

_CALL = Call.__table__


def refunded(ctx: Context, refund: Refund, call_id: int) -> Brought:
    """Work a refund off by its lines, its amount, or whole; waits where its order or invoice is not known."""
    papers = _meant(ctx, refund)
    if not papers:
        return Brought(outcome=Outcome.WAITING)
    if papers[0].currency != refund.currency:
        raise WrongFact(f"refund {refund.ref} is in {refund.currency}, the sale in {papers[0].currency}")
    brought = _give_back(ctx, refund, papers)
    if papers[0].quote.get("credits"):
        credit_back.settle(ctx, credit_back.of_document(ctx, papers[0]), refund, papers[0])
    for paper in papers:
        if paper.state != DocumentState.CANCELLED.value:
            earnings.earn(ctx, paper, call_id)
        paper.save(ctx)
    outbox.flush(ctx)
    return brought


def _meant(ctx: Context, refund: Refund) -> list[Paper]:
    """Give the documents a refund is about: the order first, then its invoices, the newest first."""
    if refund.invoice_ref is not None:
        own = _own_invoice(ctx, refund.invoice_ref)
        whole = refund.order_ref is not None and refund.amount is None and not refund.lines
        if own is not None and not whole:
            return [own]
    order = _order_of(ctx, refund)
    if order is None:
        return []
    return [order, *reversed(documents.invoices_of(ctx, order.id))]


def _own_invoice(ctx: Context, ref: str) -> Paper | None:
    """Give an invoice that is a document of its own; an order is locked before what was taken out of it."""
    found = documents.find(ctx, DocumentKind.INVOICE, ref, lock=False)
    if found is not None and found.order_id is not None:
        documents.get(ctx, found.order_id)
    return None if found is None else documents.find(ctx, DocumentKind.INVOICE, ref)


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
            order_ends.return_everything(paper)
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
