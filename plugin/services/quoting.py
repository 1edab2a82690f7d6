"""Judge and price a cart with its codes; read only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import bindparam, case, literal, select, union_all

from ..config import OwnCode
from ..domain.amounts import format_amount
from ..domain.basket import Basket
from ..domain.judging import Buyer, Check, CodeState, Judgement, refusal
from ..domain.money import major
from ..domain.quote import Priced, price
from ..errors import CHECKED_LATER, TEXTS, Reason
from ..models import Call, Outcome, PersonUse, Product, Redemption, RedemptionState
from ..models.contact import NEW_CUSTOMER
from ..shop import CouponItem, Quote
from . import contacts, documents, inbox
from .applied import Candidate
from .carts import CartReader
from .contacts import Known
from .context import Context

_CALL = Call.__table__
_USE = PersonUse.__table__
_PRODUCT = Product.__table__
_REDEMPTION = Redemption.__table__

_FACTS = union_all(
    select(
        literal("use").label("what"),
        _USE.c.scope.label("scope"),
        _USE.c.person_key.label("name"),
        _USE.c.used.label("number"),
    ).where(
        _USE.c.scope.in_(bindparam("scopes", expanding=True)),
        _USE.c.person_key.in_(bindparam("keys", expanding=True)),
    ),
    select(
        literal("product"),
        literal(""),
        _PRODUCT.c.ref,
        case((_PRODUCT.c.absolute_coupons, 1), else_=0),
    ).where(_PRODUCT.c.ref.in_(bindparam("refs", expanding=True))),
    select(literal("waiting"), literal(""), _CALL.c.kind, literal(1)).where(
        _CALL.c.source == bindparam("source"),
        _CALL.c.order_ref == bindparam("order_ref"),
        _CALL.c.outcome == Outcome.WAITING.value,
    ),
)
_EXPIRED = select(_REDEMPTION.c.coupon_id, _REDEMPTION.c.person_keys, _REDEMPTION.c.claimed).where(
    _REDEMPTION.c.state == RedemptionState.RESERVED.value, _REDEMPTION.c.expires_at <= bindparam("now")
)


def coupon_scope(coupon_id: int) -> str:
    """Give the scope in which a person's uses of a coupon are counted."""
    return f"coupon:{coupon_id}"


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """Uses per (scope, person key), switches of products that have a row, and what waits for the order."""

    uses: Mapping[tuple[str, str], int] = field(default_factory=dict)
    absolute_coupons: Mapping[str, bool] = field(default_factory=dict)
    waiting: bool = False
    """Whether calls wait for the order at hand."""

    def used(self, scope: str, known: Known, held: frozenset[str]) -> int:
        """Give the most uses under any key of the person, less what this very cart holds."""
        counts = [self.uses.get((scope, key), 0) - (key in held) for key in known.all_keys]
        return max(counts, default=0)


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
    facts = _facts(ctx, reader, candidates, known, order_ref) if candidates else PersonFacts()
    if placing:
        candidates = [_as_promised(candidate, reader) for candidate in candidates]
    basket = reader.basket(facts.absolute_coupons)
    judged = _judge(ctx, reader, candidates, known, facts, basket, placing=placing)
    if any(check.reason in _BY_PERSON for _, check in judged[1]):
        fresh = without_expired(ctx, facts)
        if fresh.uses != facts.uses:
            facts, judged = fresh, _judge(ctx, reader, candidates, known, fresh, basket, placing=placing)
    held, refused, priced = judged[0], judged[1], None
    if basket is not None:
        priced = price(basket, [(candidate.code, candidate.terms) for candidate in held])
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
    limits = {
        name: getattr(candidate.terms, name) for name in ("max_uses", "max_per_code", "max_per_customer")
    }
    return replace(candidate, terms=replace(terms, **limits), promised=True)


def promise_digest(reader: CartReader) -> str:
    """Give a digest of lines, shipping and customer: what a reservation was made for."""
    cart, customer = reader.cart, reader.customer
    who = None if customer is None else [customer.ref, customer.email]
    what = [inbox.pack(reader.lines), str(cart.shipping), str(cart.discount), cart.currency]
    return inbox.digest_of({"who": who, "what": what})


_BY_PERSON = frozenset({Reason.NEW_CUSTOMERS_ONLY, Reason.USED_UP})


def _facts(
    ctx: Context, reader: CartReader, candidates: Sequence[Candidate], known: Known, order_ref: str | None
) -> PersonFacts:
    scopes = [NEW_CUSTOMER] if any(c.terms.new_customers_only for c in candidates) else []
    scopes += [coupon_scope(c.coupon_id) for c in candidates if c.terms.max_per_customer is not None]
    refs = sorted({line.product_ref for line in reader.lines or ()})
    values = {
        "scopes": scopes,
        "keys": sorted(known.all_keys),
        "refs": refs,
        "source": ctx.source,
        "order_ref": order_ref,
    }
    uses: dict[tuple[str, str], int] = {}
    products: dict[str, bool] = {}
    waiting = False
    for what, scope, name, number in ctx.conn.execute(_FACTS, values):
        if what == "use":
            uses[scope, name] = number
        elif what == "product":
            products[name] = bool(number)
        else:
            waiting = True
    return PersonFacts(uses=uses, absolute_coupons=products, waiting=waiting)


def without_expired(ctx: Context, facts: PersonFacts) -> PersonFacts:
    """Leave out what reservations that have run out still count."""
    uses = dict(facts.uses)
    for row in ctx.conn.execute(_EXPIRED, {"now": ctx.now}):
        scopes = [coupon_scope(row.coupon_id), *([NEW_CUSTOMER] if row.claimed else [])]
        for place in ((scope, key) for scope in scopes for key in row.person_keys):
            if uses.get(place):
                uses[place] -= 1
    return replace(facts, uses=uses)


def _judge(
    ctx: Context,
    reader: CartReader,
    candidates: Sequence[Candidate],
    known: Known,
    facts: PersonFacts,
    basket: Basket | None,
    *,
    placing: bool,
) -> tuple[list[Candidate], list[tuple[str, Check]]]:
    held: list[Candidate] = []
    refused: list[tuple[str, Check]] = []
    for candidate in candidates:
        if candidate.promised:
            held.append(candidate)
            continue
        check = refusal(
            Judgement(
                terms=candidate.terms,
                state=code_state(ctx, candidate, known, facts),
                buyer=_buyer(reader, candidate, known, facts),
                basket=basket,
                currency=reader.currency,
                now=ctx.now,
                placing=placing,
                own_code_allowed=ctx.settings.own_code is OwnCode.ALLOW,
                zone=ctx.settings.zone,
                beside=tuple(other.terms for other in held),
            )
        )
        if check is None:
            held.append(candidate)
        else:
            refused.append((candidate.code, check))
    return held, refused


def code_state(ctx: Context, candidate: Candidate, known: Known, facts: PersonFacts) -> CodeState:
    """Give what is known of a code for this buyer, less what this very cart holds."""
    row, own = candidate.row, int(candidate.held)
    held_keys = frozenset(row.held_keys or ())
    return CodeState(
        code=candidate.code,
        active=row.code_active,
        coupon_active=row.coupon_active,
        coupon_used=row.coupon_used - own,
        code_used=row.code_used - own,
        code_max=row.code_max,
        person_used=facts.used(coupon_scope(candidate.coupon_id), known, held_keys),
        holder=row.holder_id is not None,
        holder_is_buyer=_is_buyer(known, row.holder_id, row.holder_email_folded),
        owner_is_buyer=is_owner(ctx, candidate, known),
    )


def is_owner(ctx: Context, candidate: Candidate, known: Known) -> bool:
    """Say whether the buyer is the owner of the code: the same contact, or one person key in common."""
    if candidate.owner_id is None or not known.reachable:
        return False
    if candidate.code_id not in known.owns:
        same = candidate.owner_id == known.id
        known.owns[candidate.code_id] = same or not known.all_keys.isdisjoint(
            contacts.keys_of(ctx, candidate.row, "owner_")
        )
    return known.owns[candidate.code_id]


def _is_buyer(known: Known, contact_id: int | None, email_folded: str | None) -> bool:
    if contact_id is None:
        return False
    return contact_id == known.id or (email_folded is not None and f"email:{email_folded}" in known.all_keys)


def _buyer(reader: CartReader, candidate: Candidate, known: Known, facts: PersonFacts) -> Buyer:
    if not candidate.terms.new_customers_only:
        return Buyer()
    held = frozenset(candidate.row.held_keys or ()) if candidate.row.held_claimed else frozenset()
    return Buyer(
        known=known.reachable and bool(known.customer and (known.customer.email or known.customer.ref)),
        has_bought=known.bought or bool(reader.has_bought),
        claim_taken=facts.used(NEW_CUSTOMER, known, held) > 0,
    )


def to_quote(ctx: Context, found: Evaluation) -> Quote:
    """Give the quote of an evaluation, saying of the first code that does not hold why."""
    quote = priced_quote(found.reader.currency, found.priced)
    codes = tuple(candidate.code for candidate in found.held)
    if found.priced is None:
        quote = replace(quote, pending=True)
    quote = replace(quote, codes=codes)
    if found.refused:
        check = found.refused[0][1]
        return quote.refused(check.reason or Reason.UNKNOWN, message_of(ctx, check, found.reader))
    later = any(candidate.terms.new_customers_only for candidate in found.held) and not found.known.reachable
    return replace(quote, message=ctx.translate(CHECKED_LATER)) if later else quote


def priced_quote(currency: str, priced: Priced | None) -> Quote:
    """Turn a priced basket into a quote in major units."""
    if priced is None:
        return Quote(currency=currency)

    def up(amount: int) -> Decimal:
        return major(amount, currency)

    return Quote(
        currency=currency,
        codes=tuple(item.code for item in priced.items),
        items=tuple(
            CouponItem(
                code=item.code,
                label=item.label,
                net=up(item.net),
                vat={rate: up(amount) for rate, amount in sorted(item.vat.items())},
                gross=up(item.gross),
            )
            for item in priced.items
        ),
        discount=up(priced.discount),
        allocation={
            line.key: up(off) for line, off in zip(priced.basket.lines, priced.line_discounts, strict=True)
        },
        by_rate={rate: up(amount) for rate, amount in priced.by_rate.items()},
        shipping_discount=up(priced.shipping_discount),
        vat={rate: up(amount) for rate, amount in sorted(priced.vat.items())},
        total=up(priced.total),
        to_pay=up(priced.total),
    )


def message_of(ctx: Context, check: Check, reader: CartReader) -> str:
    """Say to the buyer why a code is refused, without revealing which codes exist."""
    reason = (check.reason or Reason.UNKNOWN).public
    amounts = {
        name: format_amount(value, reader.currency, ctx.locale)
        for name, value in check.data.items()
        if name in _AMOUNTS and isinstance(value, int)
    }
    return ctx.translate(TEXTS[reason]).format(**amounts)


_AMOUNTS = frozenset({"minimum", "maximum", "missing"})
