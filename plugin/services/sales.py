"""A sale as agreed: which codes hold, what it costs, and what of it is kept with the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ..domain.basket import Basket
from ..domain.coupon import CouponTerms, Kind
from ..domain.money import minor
from ..domain.quote import Priced, price
from ..errors import TEXTS, Reason, Refused, WrongFact
from ..models.base import SHOP
from ..shop import Order, Quote
from . import documents, inbox, quoting
from .attribution import Owner
from .candidates import Candidate
from .carts import CartReader
from .context import Context
from .quoting import Evaluation


@dataclass(frozen=True, kw_only=True)
class Sale:
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


def agreed(ctx: Context, order: Order, found: Evaluation, candidates: Sequence[Candidate]) -> Sale:
    """Give the sale as agreed, or refuse: never a silent change of the price."""
    basket, priced = _priced(found)
    quote = quoting.to_quote(ctx, found)
    promised = order.promised_discount
    same = promised is None or quote.discount == promised or _rounds_otherwise(ctx, order, quote)
    if ctx.as_fact and not same:
        return _charged(ctx, order, found, candidates)
    kept = (same or (promised is not None and quote.discount >= promised)) and not _credit_fails(
        order, found, quote
    )
    if not found.refused and kept:
        return Sale(
            order=order,
            evaluation=found,
            basket=basket,
            priced=priced,
            quote=quote,
            candidates=found.held,
            flagged=False,
        )
    if ctx.as_fact:
        return _charged(ctx, order, found, candidates)
    if found.refused:
        raise Refused(quote.reason or Reason.CHANGED, quote.message, quote, quote.codes)
    message = ctx.translate(TEXTS[Reason.CHANGED])
    raise Refused(Reason.CHANGED, message, quote.refused(Reason.CHANGED, message), quote.codes)


def _rounds_otherwise(ctx: Context, order: Order, quote: Quote) -> bool:
    """Say whether a shop that works discounts out by itself only rounds otherwise: a minor unit per line."""
    if ctx.source == SHOP or not ctx.as_fact or order.promised_discount is None:
        return False
    off = abs(minor(quote.discount, order.currency) - minor(order.promised_discount, order.currency))
    return off <= len(quote.allocation)


def _credit_fails(order: Order, found: Evaluation, quote: Quote) -> bool:
    """Say whether the shop charges less than store credit leaves to be paid: the credit has shrunk.

    The shop may miss by one minor unit per line.
    """
    if order.total is None or not any(candidate.terms.pays for candidate in found.held):
        return False
    short = minor(quote.to_pay, order.currency) - minor(order.total, order.currency)
    return short > len(found.reader.lines or ())


def _priced(found: Evaluation) -> tuple[Basket, Priced]:
    if found.basket is None or found.priced is None:
        raise WrongFact("an order needs its lines; Order.lines gave None")
    return found.basket, found.priced


def _charged(ctx: Context, order: Order, found: Evaluation, candidates: Sequence[Candidate]) -> Sale:
    """Give a sale with the discount as the shop has charged it, whatever the codes would give now."""
    basket, _ = _priced(found)
    if order.promised_discount is not None:
        priced = charged_price(basket, order.promised_discount, [c.code for c in candidates])
    else:
        priced = price(basket, [(c.code, c.terms) for c in candidates if not c.terms.pays])
    return Sale(
        order=order,
        evaluation=found,
        basket=basket,
        priced=priced,
        quote=quoting.priced_quote(order.currency, priced, ctx.translate),
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


def flag_of(sale: Sale) -> str:
    """Say why a sale is flagged, or give nothing."""
    if not sale.flagged:
        return ""
    refused = sale.evaluation.refused
    return str(refused[0][1].reason or Reason.CHANGED) if refused else str(Reason.CHANGED)


def packed_owner(owner: Owner) -> list[object]:
    """Give an owner as it is kept, for `owner_again`."""
    link = [] if owner.how == "code" else [owner.how, owner.by]
    return [owner.contact_id, owner.code_id, owner.is_buyer, *link]


def pack(sale: Sale, owner: Owner | None) -> inbox.Json:
    """Give what is kept of a sale with its order: prices, pinned terms, titles, the code's owner."""
    pinned = [(c.code_id, c.code, c.terms) for c in sale.candidates]
    packed = documents.pack_sale(sale.basket, sale.priced, pinned)
    packed["owner"] = None if owner is None else packed_owner(owner)
    titles = {line.key: line.title for line in sale.evaluation.reader.lines or () if line.title}
    for line in packed["lines"]:
        line["title"] = titles.get(line["key"], "")
    return packed


def content_digest(order: Order, reader: CartReader) -> str:
    """Give a digest of what an order is about: who, what, how much; not of codes, promises and times."""
    told: inbox.Json = inbox.pack(order)
    customer = inbox.pack(reader.customer) or {}
    told["customer"] = {name: value for name, value in customer.items() if name not in _NOT_OF_CUSTOMER}
    told["lines"] = inbox.pack(reader.lines)
    about = {name: value for name, value in told.items() if name not in _NOT_OF_ORDER}
    return inbox.digest_of(about)


_NOT_OF_ORDER = frozenset({"promised_discount", "placed_at", "codes", "visitor", "cart_key"})
_NOT_OF_CUSTOMER = frozenset({"has_bought", "data"})
