"""What was told of returns, of an order or of one of its invoices: kept as told, for the parts to divide."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from sqlalchemy import bindparam, select

from ..models import Call, DocumentState, Outcome
from ..shop import Invoice
from . import inbox
from .context import Context
from .documents import Paper

OF_ORDER = ""
"""Under this name stands what was told of the order and of none of its invoices."""
_CALL = Call.__table__
_REFUNDS_NAMING = select(_CALL.c.payload, _CALL.c.amount).where(
    _CALL.c.source.in_(bindparam("of_sources", expanding=True)),
    _CALL.c.kind == "invoice_refunded",
    _CALL.c.subject_ref == bindparam("of_invoice"),
    _CALL.c.document_id == bindparam("of_document"),
    _CALL.c.outcome == Outcome.DONE.value,
)


def take_out(ctx: Context, order: Paper, invoice: Invoice) -> None:
    """Note that an invoice stands for lines of an order, with what came back of it before."""
    if not order.is_split:
        split(order, {"returned": {OF_ORDER: order.returned}, "given_back": {OF_ORDER: order.given_back}})
    values = {"of_sources": [ctx.source, inbox.ADMIN], "of_invoice": invoice.ref, "of_document": order.id}
    for row in ctx.conn.execute(_REFUNDS_NAMING, values).all():
        refund = inbox.unpack_refund(row.payload)
        for line in refund.lines:
            _note(order, OF_ORDER, line.key, -Fraction(line.quantity))
            _note(order, invoice.ref, line.key, Fraction(line.quantity))
        if refund.amount is not None and not refund.lines:
            note_amount(order, OF_ORDER, -row.amount)
            note_amount(order, invoice.ref, row.amount)
    if order.state == DocumentState.CANCELLED.value:
        note_everything(order)


def split(order: Paper, told: inbox.Json) -> None:
    """Let a whole order be divided from now on."""
    sale = order.sale
    whole = {"ordered": {line["key"]: line for line in sale["lines"]}, "ordered_gross": sale["goods_gross"]}
    order.change(sale={**sale, **whole, "charged": order.total, "told": told})


def unsplit(order: Paper) -> inbox.Json | None:
    """Give a divided order back what it is about as a whole; gives what was told, to split it again."""
    if not order.is_split:
        return None
    sale = order.sale
    told: inbox.Json = sale["told"]
    whole = {"lines": list(sale["ordered"].values()), "goods_gross": sale["ordered_gross"]}
    kept = {name: value for name, value in sale.items() if name not in _OF_SPLIT}
    order.change(sale={**kept, **whole}, total=sale["charged"])
    return told


_OF_SPLIT = ("ordered", "ordered_gross", "charged", "told")


def note_units(order: Paper, name: str, units: Mapping[str, Fraction]) -> None:
    """Note units that come back, as told of the order or of the invoice of that name."""
    for key, quantity in units.items():
        _note(order, name, key, quantity)


def _note(order: Paper, name: str, key: str, quantity: Fraction) -> None:
    told = order.sale["told"]["returned"].get(name, {}) if order.is_split else order.returned
    told = {**told, key: str(Fraction(told.get(key, 0)) + quantity)}
    _keep(order, "returned", name, told)


def note_amount(order: Paper, name: str, amount: int) -> None:
    """Note an amount given back, as told of the order or of the invoice of that name."""
    told = order.sale["told"]["given_back"].get(name, 0) if order.is_split else order.given_back
    _keep(order, "given_back", name, told + amount)


def note_everything(order: Paper) -> None:
    """Note that every unit of an order or invoice came back."""
    told = order.sale["told"]["returned"].get(OF_ORDER, {}) if order.is_split else order.returned
    lines = order.sale["ordered"].values() if order.is_split else order.sale["lines"]
    sold = {line["key"]: Fraction(line["quantity"]) for line in lines}
    back = {key: str(max(units, Fraction(told.get(key, 0)))) for key, units in sold.items()}
    _keep(order, "returned", OF_ORDER, told | back)


def _keep(order: Paper, what: str, name: str, told: object) -> None:
    if not order.is_split:
        order.change(**{what: told})
        return
    before = order.sale["told"]
    order.change(sale={**order.sale, "told": {**before, what: {**before[what], name: told}}})


def keys(order: Paper) -> list[str]:
    """Give the keys of all lines that an order or invoice is about."""
    return list(order.sale["ordered"]) if order.is_split else [line["key"] for line in order.sale["lines"]]
