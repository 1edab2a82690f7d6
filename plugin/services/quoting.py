"""Judge and price a cart with its codes; read only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ..domain.amounts import format_amount
from ..domain.basket import Basket
from ..domain.coupon import Treatment
from ..domain.judging import Check
from ..domain.money import major
from ..domain.quote import Priced, price
from ..domain.treatment import INVOICE_TEXTS
from ..errors import CHECKED_LATER, NOT_BESIDE, TEXTS, Reason
from ..shop import CouponItem, CreditItem, Quote
from . import contacts, documents, inbox
from .candidates import Candidate
from .carts import CartReader
from .contacts import Known
from .context import Context
from .judging import Case, judge, price_of
from .person_facts import PersonFacts, read_facts, without_expired


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A cart judged and priced: the codes that hold, those that do not and why."""

    reader: CartReader
    known: Known
    facts: PersonFacts
    held: tuple[Candidate, ...]
    refused: tuple[tuple[str, Check], ...]
    basket: Basket | None
    priced: Priced | None

    @property
    def discount(self) -> Decimal:
        """What the codes take off, in major units."""
        return major(self.priced.discount if self.priced else 0, self.reader.currency)


def evaluate(
    ctx: Context,
    reader: CartReader,
    candidates: Sequence[Candidate],
    *,
    placing: bool = False,
    order_ref: str | None = None,
) -> Evaluation:
    """Judge every code in the order in which it was applied, and price the cart with those that hold."""
    known = contacts.find(ctx, reader.customer, order_ref=order_ref, lock=placing) if candidates else Known()
    facts = read_facts(ctx, reader, candidates, known, order_ref) if candidates else PersonFacts()
    if placing:
        candidates = [_as_promised(candidate, reader) for candidate in candidates]
    basket = reader.basket(facts.absolute_coupons)
    case = Case(reader=reader, known=known, facts=facts, basket=basket, placing=placing, among=candidates)
    held, refused = judge(ctx, case, candidates)
    if any(check.reason in _BY_PERSON for _, check in refused):
        facts = without_expired(ctx, facts)
        if facts.uses != case.facts.uses:
            held, refused = judge(ctx, replace(case, facts=facts), candidates)
    priced = None
    if basket is not None:
        priced = price_of(basket, held)
        useless = Check(name="discount", ok=False, reason=Reason.PRODUCTS)
        refused = [*refused, *((code, useless) for code in priced.useless)]
        held = [candidate for candidate in held if candidate.code not in priced.useless]
    return Evaluation(
        reader=reader,
        known=known,
        facts=facts,
        held=tuple(held),
        refused=tuple(refused),
        basket=basket,
        priced=priced,
    )


def pins(reader: CartReader, held: Sequence[Candidate]) -> dict[int, object]:
    """Give what a reservation promises per code: its terms, for exactly this cart."""
    digest = promise_digest(reader)
    return {c.code_id: {"terms": documents.pack_terms(c.terms), "cart": digest} for c in held}


def _as_promised(candidate: Candidate, reader: CartReader) -> Candidate:
    pinned = candidate.row.held_pinned if candidate.held else None
    if not pinned or pinned["cart"] != promise_digest(reader):
        return candidate
    terms = documents.unpack_terms(pinned["terms"])
    limits = {name: getattr(candidate.terms, name) for name in _COUNTED}
    return replace(candidate, terms=replace(terms, **limits), promised=True)


_COUNTED = (
    "max_uses", "max_per_code", "max_per_customer", "period", "max_in_period", "max_per_customer_in_period",
    "budget", "order_budget",
)  # fmt: skip


def promise_digest(reader: CartReader) -> str:
    """Give a digest of lines, shipping and customer: what a reservation was made for."""
    cart, customer = reader.cart, reader.customer
    who = None if customer is None else [customer.ref, customer.email]
    what = [inbox.pack(reader.lines), str(cart.shipping), str(cart.discount), cart.currency]
    return inbox.digest_of({"who": who, "what": what})


_BY_PERSON = frozenset({Reason.NEW_CUSTOMERS_ONLY, Reason.USED_UP})


def to_quote(ctx: Context, found: Evaluation) -> Quote:
    """Give the quote of an evaluation, saying of the first code that does not hold why."""
    quote = priced_quote(found.reader.currency, found.priced, ctx.translate)
    codes = tuple(candidate.code for candidate in found.held)
    if found.priced is None:
        quote = replace(quote, pending=True)
    quote = replace(quote, codes=codes)
    if found.refused:
        check = found.refused[0][1]
        return quote.refused(check.reason or Reason.UNKNOWN, message_of(ctx, check, found.reader))
    later = any(candidate.terms.knows_person for candidate in found.held) and not found.known.reachable
    return replace(quote, message=ctx.translate(CHECKED_LATER)) if later else quote


def priced_quote(currency: str, priced: Priced | None, translate: Callable[[str], str] = str) -> Quote:
    """Turn a priced basket into a quote in major units, with the texts for the invoice translated."""
    if priced is None:
        return Quote(currency=currency)

    def up(amount: int) -> Decimal:
        return major(amount, currency)

    return Quote(
        currency=currency,
        codes=(*(item.code for item in priced.items), *(credit.code for credit in priced.credits)),
        items=tuple(
            CouponItem(
                code=item.code,
                label=item.label,
                net=up(item.net),
                vat={rate: up(amount) for rate, amount in sorted(item.vat.items())},
                gross=up(item.gross),
                treatment=item.treatment.value,
                text=translate(INVOICE_TEXTS[item.treatment]),
            )
            for item in priced.items
        ),
        credits=tuple(
            CreditItem(
                code=credit.code,
                label=credit.label,
                amount=up(credit.amount),
                text=translate(INVOICE_TEXTS[Treatment.MULTI_PURPOSE]),
            )
            for credit in priced.credits
        ),
        discount=up(priced.discount),
        allocation={
            line.key: up(off) for line, off in zip(priced.basket.lines, priced.line_discounts, strict=True)
        },
        by_rate={rate: up(amount) for rate, amount in priced.by_rate.items()},
        shipping_discount=up(priced.shipping_discount),
        vat={rate: up(amount) for rate, amount in sorted(priced.vat.items())},
        total=up(priced.total),
        credit=up(priced.credit),
        to_pay=up(priced.to_pay),
    )


def message_of(ctx: Context, check: Check, reader: CartReader) -> str:
    """Say to the buyer why a code is refused, without revealing which codes exist."""
    reason = (check.reason or Reason.UNKNOWN).public
    amounts = {
        name: format_amount(value, reader.currency, ctx.locale)
        for name, value in check.data.items()
        if name in _AMOUNTS and isinstance(value, int)
    }
    others = check.data.get("others")
    if reason is Reason.NOT_STACKABLE and isinstance(others, tuple):
        named = {"code": check.data["code"], "others": ", ".join(others)}
        return ctx.translate(NOT_BESIDE).format(**named)
    return ctx.translate(TEXTS[reason]).format(**amounts)


_AMOUNTS = frozenset({"minimum", "maximum", "missing"})


def undiscounted(reader: CartReader) -> Quote:
    """Price a cart without any code."""
    basket = reader.basket()
    if basket is None:
        return replace(Quote(currency=reader.currency), pending=True)
    return priced_quote(reader.currency, price(basket, []))
