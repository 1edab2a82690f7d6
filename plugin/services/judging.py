"""Judge the codes of a cart, in the order in which they were applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..config import OwnCode
from ..domain.basket import Basket
from ..domain.coupon import CouponTerms, OrderValue
from ..domain.judging import Buyer, Check, CodeState, Effect, Judgement, order_value_checks, refusal
from ..domain.quote import Priced, price
from ..errors import Reason
from ..models import CameBy
from ..models.contact import NEW_CUSTOMER
from . import contacts
from .candidates import Candidate
from .carts import CartReader
from .contacts import Known
from .context import Context
from .person_facts import EVERYBODY, PersonFacts, coupon_scope, held_by, period_now


@dataclass(frozen=True, kw_only=True)
class Case:
    """What codes are judged on: the cart, the person, and whether an order is being placed.

    `among` are all codes of the cart, whose reservations do not count against it.
    """

    reader: CartReader
    known: Known
    facts: PersonFacts
    basket: Basket | None
    placing: bool
    among: Sequence[Candidate] = ()


def judge(
    ctx: Context, case: Case, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[tuple[str, Check]]]:
    """Give the codes that hold together, and those that do not with the check that refuses them."""
    held: list[Candidate] = []
    refused: list[tuple[str, Check]] = []
    for candidate in candidates:
        check = None if candidate.promised else _refusal(ctx, case, candidate, held)
        if check is None:
            held.append(candidate)
        else:
            refused.append((candidate.code, check))
    return held, refused


def _refusal(ctx: Context, case: Case, candidate: Candidate, held: Sequence[Candidate]) -> Check | None:
    judged = judgement(ctx, case, candidate, held)
    return _naming(refusal(judged), candidate, held) or _takes_away_from(held, judged.effect)


def _naming(check: Check | None, candidate: Candidate, held: Sequence[Candidate]) -> Check | None:
    """Let a check that refuses a code beside others name it and them: the buyer gave all of these codes."""
    if check is None or check.reason is not Reason.NOT_STACKABLE:
        return check
    apart = [other.code for other in held if not candidate.terms.goes_with(other.terms)]
    others = apart or [other.code for other in held if not other.terms.pays]
    return replace(check, data={**check.data, "code": candidate.code, "others": tuple(others)})


def judgement(ctx: Context, case: Case, candidate: Candidate, held: Sequence[Candidate]) -> Judgement:
    """Give all that a code is judged on, beside those that hold already."""
    return Judgement(
        terms=candidate.terms,
        state=code_state(ctx, candidate, case.known, case.facts, among=case.among, beside=held),
        buyer=_buyer(case, candidate),
        basket=case.basket,
        currency=case.reader.currency,
        now=ctx.now,
        zone=ctx.settings.zone,
        placing=case.placing,
        own_code_allowed=ctx.settings.own_code is OwnCode.ALLOW,
        beside=tuple(other.terms for other in held),
        effect=_effect(case.basket, candidate, held),
    )


def _takes_away_from(held: Sequence[Candidate], effect: Effect | None) -> Check | None:
    """Refuse a code that would bring the goods below what an earlier one asks for after coupons."""
    if effect is None:
        return None
    later = [other.terms for other in held if other.terms.order_value is OrderValue.AFTER]
    asked = (check for terms in later for check in order_value_checks(terms, effect.goods))
    return next((check for check in asked if not check.ok), None)


def _effect(basket: Basket | None, candidate: Candidate, held: Sequence[Candidate]) -> Effect | None:
    """Say what the cart comes to with a code, where anything is compared with that."""
    together = [*held, candidate]
    if basket is None or not any(_looks_after(other.terms) for other in together):
        return None
    priced = price_of(basket, together)
    of_coupon = {other.code for other in together if other.coupon_id == candidate.coupon_id}
    taken = sum(item.discount for item in priced.items if item.code in of_coupon)
    return Effect(discount=taken, goods=priced.goods_gross)


def _looks_after(terms: CouponTerms) -> bool:
    compares = terms.order_value is OrderValue.AFTER
    return compares or terms.budget is not None or terms.order_budget is not None


def price_of(basket: Basket, candidates: Sequence[Candidate]) -> Priced:
    """Price a basket with codes as they are now, store credit with what it has left."""
    credit = {c.code: c.credit_left or 0 for c in candidates if c.terms.pays}
    return price(basket, [(candidate.code, candidate.terms) for candidate in candidates], credit)


def code_state(  # noqa: PLR0913 - one for each thing that is looked at
    ctx: Context,
    candidate: Candidate,
    known: Known,
    facts: PersonFacts,
    *,
    among: Sequence[Candidate] = (),
    beside: Sequence[Candidate] = (),
) -> CodeState:
    """Give what is known of a code for this buyer: with the codes of its coupon that hold `beside` it.

    What this very cart has reserved is left out: of this code, and of all that it stands `among`.
    """
    row, held = candidate.row, held_by(among or [candidate])
    in_period = period_now(ctx, candidate.coupon_id, candidate.terms)
    own = [one.row for one in among or [candidate] if one.held and one.coupon_id == candidate.coupon_id]
    more = sum(other.coupon_id == candidate.coupon_id for other in beside)
    return CodeState(
        code=candidate.code,
        active=row.code_active,
        coupon_active=row.coupon_active,
        coupon_used=max(row.coupon_used - len(own), 0) + more,
        code_used=max(row.code_used - int(candidate.held), 0),
        code_max=row.code_max,
        person_used=facts.used(coupon_scope(candidate.coupon_id), known.all_keys, held) + more,
        used_in_period=facts.used(in_period, [EVERYBODY], held) + more,
        person_used_in_period=facts.used(in_period, known.all_keys, held) + more,
        spent=row.coupon_spent - sum(one.held_discount for one in own),
        ordered=row.coupon_ordered - sum(one.held_goods for one in own),
        credit_left=candidate.credit_left,
        valid_from=row.code_valid_from,
        valid_until=row.code_valid_until,
        link_only=row.code_link_only,
        came_by_link=candidate.came_by is CameBy.LINK,
        holder=row.holder_id is not None,
        holder_is_buyer=_is_buyer(known, row.holder_id, row.holder_email_folded),
        owner_is_buyer=is_owner(ctx, candidate, known) or _shares(candidate, known),
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


def _shares(candidate: Candidate, known: Known) -> bool:
    """Say whether the buyer has a portion of what the code brings."""
    return known.id is not None and any(known.id == one.partner_id for one in candidate.portions)


def _is_buyer(known: Known, contact_id: int | None, email_folded: str | None) -> bool:
    if contact_id is None:
        return False
    return contact_id == known.id or (email_folded is not None and f"email:{email_folded}" in known.all_keys)


def _buyer(case: Case, candidate: Candidate) -> Buyer:
    known = case.known
    if not candidate.terms.new_customers_only:
        return Buyer(known=known.reachable)
    held = held_by(case.among or [candidate])
    return Buyer(
        known=known.reachable,
        has_bought=known.bought or bool(case.reader.has_bought),
        claim_taken=case.facts.used(NEW_CUSTOMER, known.all_keys, held) > 0,
    )
