"""Store credit that goes back to its codes with returned goods: read from the order and all its refunds.

What goes back is never taken again: a redemption's credit, what stays paid with it, only falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import bindparam, select, union_all

from ..domain.commission import SaleLine, line_grosses
from ..domain.credit_back import Return, credit_back, last_first
from ..domain.money import minor
from ..models import Call, Document, DocumentKind, Outcome, RedemptionState
from ..shop import Refund
from . import documents, giving_back, inbox, redemption
from .context import Context
from .documents import Paper

_CALL = Call.__table__
_REFUNDS = select(_CALL.c.id, _CALL.c.payload, _CALL.c.document_id).where(
    _CALL.c.source.in_(bindparam("of_sources", expanding=True)),
    _CALL.c.kind == "invoice_refunded",
    _CALL.c.outcome == Outcome.DONE.value,
    _CALL.c.document_id.in_(bindparam("of_documents", expanding=True)),
)
_INVOICE_REFS = select(_CALL.c.subject_ref).where(
    _CALL.c.source.in_(bindparam("of_sources", expanding=True)),
    _CALL.c.kind == "invoice_paid",
    _CALL.c.order_ref == bindparam("of_order"),
)
# Two searches, each by its own index.
_REFUNDS_OF_ORDER = union_all(
    _REFUNDS.where(_CALL.c.order_ref == bindparam("of_order")),
    _REFUNDS.where(_CALL.c.order_ref.is_(None), _CALL.c.subject_ref.in_(_INVOICE_REFS)),
)


@dataclass(frozen=True, kw_only=True)
class _Paying:
    """A code of store credit on an order: what it pays as pinned, and what had gone back before that."""

    code_id: int
    code: str
    amount: int
    gone: int

    @property
    def used(self) -> int:
        return self.amount + self.gone


def settle(ctx: Context, order: Paper, refund: Refund | None = None, about: Paper | None = None) -> None:
    """Give to the codes of an order what has gone back by now; `refund` of `about` is being worked."""
    stays = staying(ctx, order, refund, about)
    if stays:
        giving_back.repay_credit(ctx, redemption.of_order(ctx, order.ref), stays)


def staying(
    ctx: Context, order: Paper, refund: Refund | None = None, about: Paper | None = None
) -> dict[int, int]:
    """Give what of an order's credit stays paid after all its returns, by code id, in minor units."""
    codes = _paying(order)
    credits = [code.used for code in codes]
    if not any(credits):
        return {}
    lines, grosses = _as_ordered(order)
    back = credit_back(
        lines,
        grosses,
        _returns(ctx, order, refund, about),
        charged=order.sale.get("charged", order.total) - sum(code.gone for code in codes),
        used=sum(credits),
    )
    shares = last_first(credits, back)
    return {code.code_id: code.used - share for code, share in zip(codes, shares, strict=True)}


def held(ctx: Context, order: Paper) -> dict[str, int]:
    """Give what store credit still pays of an order, per code: a change of the order takes no more."""
    codes = _paying(order)
    if not codes:
        return {}
    rows = {row.code_id: row.credit for row in redemption.of_order(ctx, order.ref)}
    return {code.code: rows.get(code.code_id, 0) for code in codes}


def gone_back(ctx: Context, order: Paper) -> int:
    """Give what of the store credit that an order used has gone back to its codes, in minor units."""
    used = used_by_code(order)
    if not any(used.values()):
        return 0
    live = {row.code_id: row for row in redemption.of_order(ctx, order.ref)}
    never = [row.code_id for row in live.values() if row.state == RedemptionState.FLAGGED.value]
    still: int = sum(row.credit for row in live.values())
    return sum(credit for code_id, credit in used.items() if code_id not in never) - still


def used_by_code(order: Paper | Document) -> dict[int, int]:
    """Give what of each code of store credit an order has used, by code id, also what has gone back."""
    return {code.code_id: code.used for code in _paying(order)}


def gone_before(order: Paper, held: Mapping[str, int], to_pay: int) -> inbox.Json:
    """Give what has gone back before an order changes, per code: it is paid as money now, in `to_pay`."""
    gone: dict[str, int] = {}
    for code in _paying(order):
        gone[code.code] = min(code.used - held[code.code], to_pay - sum(gone.values()))
    return {"credit_gone": gone} if any(gone.values()) else {}


def _paying(order: Paper | Document) -> list[_Paying]:
    """Give the codes of store credit of an order, in the order in which they pay."""
    quoted = order.quote.get("credits", ())
    amounts = {code: minor(amount, order.currency) for code, _, amount, _ in quoted}
    gone = order.sale.get("credit_gone", {})
    coupons = [
        (code_id, code, documents.unpack_terms(terms)) for code_id, code, terms in order.sale["coupons"]
    ]
    return [
        _Paying(code_id=code_id, code=code, amount=amounts.get(code, 0), gone=gone.get(code, 0))
        for code_id, code, terms in sorted(coupons, key=lambda coupon: coupon[2].priority)
        if terms.pays
    ]


def _as_ordered(order: Paper) -> tuple[list[SaleLine], tuple[int, ...]]:
    """Give the lines of the whole order and their gross, also of those that an invoice has taken out."""
    whole = order.sale.get("ordered")
    if whole is None:
        return order.lines, order.grosses
    lines = [documents.sale_line(packed) for packed in whole.values()]
    gross = order.sale.get("ordered_gross", order.sale["goods_gross"])
    return lines, line_grosses(lines, prices_include_vat=order.sale["include_vat"], goods_gross=gross)


def _returns(ctx: Context, order: Paper, refund: Refund | None, about: Paper | None) -> list[Return]:
    papers = {paper.id: paper for paper in (order, *documents.invoices_of(ctx, order.id))}
    values = {"of_sources": [ctx.source, inbox.ADMIN], "of_order": order.ref, "of_documents": list(papers)}
    told = [
        (inbox.unpack_refund(row.payload), papers[row.document_id])
        for row in ctx.conn.execute(_REFUNDS_OF_ORDER, values)
    ]
    if refund is not None and about is not None:
        told.append((refund, about))
    found = (_return(refund, paper, order) for refund, paper in told)
    return [returned for returned in found if returned is not None]


def _return(refund: Refund, paper: Paper, order: Paper) -> Return | None:
    """Give the units that a refund brought back; None where it was an amount without goods."""
    if refund.lines:
        units: dict[str, Fraction] = {}
        for line in refund.lines:
            units[line.key] = units.get(line.key, Fraction(0)) + Fraction(line.quantity)
        paid = None if refund.amount is None else minor(refund.amount, refund.currency)
        return Return(units=units, paid=paid)
    if refund.amount is not None:
        return None
    if refund.order_ref is not None:
        return Return(units=_all_units(_as_ordered(order)[0]))
    return Return(units=_all_units(paper.lines)) if paper.kind == DocumentKind.INVOICE.value else None


def _all_units(lines: Sequence[SaleLine]) -> Mapping[str, Fraction]:
    return {line.key: Fraction(line.quantity) for line in lines}
