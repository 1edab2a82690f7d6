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
from . import credit_back, documents, earnings, inbox, outbox, parts, returns, sale_returns
from .context import Context
from .documents import Paper
from .payments import Brought

_CALL = Call.__table__


@dataclass(frozen=True, kw_only=True)
class _About:
    """The documents of the sale a refund is about, and the invoice that it is told of, if it has lines."""

    papers: Sequence[Paper]
    invoice: Paper | None = None

    @property
    def name(self) -> str:
        return returns.OF_ORDER if self.invoice is None else self.invoice.ref

    @property
    def paper(self) -> Paper:
        return self.invoice or self.papers[0]


def refunded(ctx: Context, refund: Refund, call_id: int) -> Brought:
    """Work a refund off by its lines, its amount, or whole; waits where its order or invoice is not known."""
    about = _meant(ctx, refund)
    if about is None:
        return Brought(outcome=Outcome.WAITING)
    papers, order = about.papers, about.papers[0]
    if order.currency != refund.currency:
        raise WrongFact(f"refund {refund.ref} is in {refund.currency}, the sale in {order.currency}")
    brought = _give_back(ctx, refund, about)
    sale_returns.note(ctx, order, call_id, _value(refund, about, brought))
    if order.quote.get("credits"):
        credit_back.settle(ctx, order, refund, about.paper)
    if order.state != DocumentState.CANCELLED.value:
        earnings.earn(ctx, papers, call_id)
    for paper in papers:
        paper.save(ctx)
    if order.contact_id is not None:
        ctx.fact("returned", call_id, document_id=order.id, amount=_within(refund, brought))
    told = {"document_id": order.id, "contact_id": order.contact_id, "call_id": call_id}
    outbox.flush(ctx, outbox.fact(ctx, "invoice_refunded", **told))
    return brought


def _value(refund: Refund, about: _About, brought: Brought) -> int | None:
    """Give what of the sale went back, in minor units; None where it is all that is left of it."""
    if brought.amount is None:
        return None if about.invoice is None else int(about.invoice.total)
    return _within(refund, brought)


def _within(refund: Refund, brought: Brought) -> int | None:
    """Give what of a refund is no surplus; units are worth only what was sold of them, without any."""
    if brought.amount is None or refund.lines:
        return brought.amount
    return brought.amount - (brought.surplus or 0)


def _meant(ctx: Context, refund: Refund) -> _About | None:
    """Find what a refund is about, the order locked first: an invoice may just be taking lines out of it."""
    order = None
    whole = refund.order_ref is not None and refund.amount is None and not refund.lines
    if refund.invoice_ref is not None and not whole:
        own = documents.find(ctx, DocumentKind.INVOICE, refund.invoice_ref, lock=False)
        if own is not None and own.order_id is None:
            return _About(papers=[documents.get(ctx, own.id)])
        order = None if own is None else documents.get(ctx, own.order_id)
    order = order or _order_of(ctx, refund)
    if order is None:
        return None
    papers = parts.around(ctx, order)
    named = [paper for paper in papers[1:] if paper.ref == refund.invoice_ref and not whole]
    return _About(papers=papers, invoice=named[0] if named else None)


def _order_of(ctx: Context, refund: Refund) -> Paper | None:
    if refund.order_ref is not None:
        return documents.find(ctx, DocumentKind.ORDER, refund.order_ref)
    query = select(_CALL.c.document_id).where(
        _CALL.c.source.in_((ctx.source, inbox.ADMIN)),
        _CALL.c.kind == "invoice_paid",
        _CALL.c.subject_ref == refund.invoice_ref,
        _CALL.c.document_id.is_not(None),
    )
    document_id = ctx.conn.execute(query.limit(1)).scalar()
    return None if document_id is None else documents.get(ctx, document_id)


def _give_back(ctx: Context, refund: Refund, about: _About) -> Brought:
    if refund.lines:
        return _return_units(refund, about)
    document_id = about.paper.id
    if refund.amount is not None:
        amount = minor(refund.amount, refund.currency)
    elif refund.order_ref is not None or about.paper.kind == DocumentKind.INVOICE.value:
        _return_everything(about)
        return Brought(outcome=Outcome.DONE, document_id=document_id)
    else:
        amount = _brought_by(ctx, refund.invoice_ref)
    return Brought(
        outcome=Outcome.DONE, document_id=document_id, amount=amount, surplus=_return_amount(about, amount)
    )


def _return_everything(about: _About) -> None:
    if about.invoice is None:
        returns.note_everything(about.papers[0])
    else:
        units = {key: line.quantity for key, line in parts.lines_of(about.invoice).items()}
        returns.note_units(about.papers[0], about.name, {key: Fraction(sold) for key, sold in units.items()})
    parts.divide(about.papers)


def _brought_by(ctx: Context, invoice_ref: str | None) -> int:
    """Give what the payments of an invoice have brought."""
    query = select(func.sum(_CALL.c.amount)).where(
        _CALL.c.source.in_((ctx.source, inbox.ADMIN)),
        _CALL.c.kind == "invoice_paid",
        _CALL.c.subject_ref == invoice_ref,
    )
    return int(ctx.conn.execute(query).scalar() or 0)


def _return_amount(about: _About, amount: int) -> int | None:
    """Note an amount given back; gives what of it exceeds all that was paid."""
    papers = about.papers if about.invoice is None else [about.invoice]
    room = sum(max(0, parts.paid(paper) - paper.given_back) for paper in papers)
    returns.note_amount(about.papers[0], about.name, amount)
    parts.divide(about.papers)
    return max(0, amount - room) or None


def _return_units(refund: Refund, about: _About) -> Brought:
    """Note units that come back; unknown lines are refused, those beyond what was sold are a surplus."""
    _refuse_unknown(refund, about)
    prices = _prices(about.papers)
    units: dict[str, Fraction] = {}
    for line in refund.lines:
        units[line.key] = units.get(line.key, Fraction(0)) + Fraction(line.quantity)
    before = [parts.returned(paper) for paper in about.papers]
    returns.note_units(about.papers[0], about.name, units)
    parts.divide(about.papers)
    value = surplus = Fraction(0)
    for key, wanted in units.items():
        taken = Fraction(0)
        for paper, was, price in zip(about.papers, before, prices, strict=True):
            more = parts.returned(paper).get(key, Fraction(0)) - was.get(key, Fraction(0))
            value += more * price.get(key, Fraction(0))
            taken += more
        surplus += (wanted - taken) * next((price[key] for price in prices if key in price), Fraction(0))
    return Brought(
        outcome=Outcome.DONE,
        document_id=about.paper.id,
        amount=half_up(value) if refund.amount is None else minor(refund.amount, refund.currency),
        surplus=half_up(surplus) or None,
    )


def _refuse_unknown(refund: Refund, about: _About) -> None:
    known = parts.lines_of(about.invoice) if about.invoice else returns.keys(about.papers[0])
    unknown = [line.key for line in refund.lines if line.key not in known]
    if unknown:
        raise WrongFact(
            f"refund {refund.ref} has lines {', '.join(unknown)} that the sale has not; "
            f"it has {', '.join(sorted(known))}"
        )


def _prices(papers: Sequence[Paper]) -> list[dict[str, Fraction]]:
    """Give per document the gross of one unit of each line after discount, in minor units."""
    return [
        {
            line.key: Fraction(gross) / Fraction(line.quantity)
            for line, gross in zip(paper.lines, paper.grosses, strict=True)
            if line.quantity
        }
        for paper in papers
    ]
