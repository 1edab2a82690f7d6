"""The checks a code must pass, in their order, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from ..errors import Reason
from .basket import Basket
from .coupon import CouponTerms, Kind, OrderValue
from .window import is_open


@dataclass(frozen=True, kw_only=True)
class CodeState:
    """What is known of a code when it is judged. Counters leave out what this very cart has reserved.

    Its own dates and limit only narrow those of its coupon. `credit_left` is None unless it is store credit.
    """

    code: str
    active: bool = True
    coupon_active: bool = True
    coupon_used: int = 0
    code_used: int = 0
    code_max: int | None = None
    person_used: int = 0
    used_in_period: int = 0
    person_used_in_period: int = 0
    spent: int = 0
    ordered: int = 0
    credit_left: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    link_only: bool = False
    came_by_link: bool = False
    holder: bool = False
    holder_is_buyer: bool = False
    owner_is_buyer: bool = False


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """What is known of the buyer. `known` is False for a guest whose e-mail is not given yet."""

    known: bool = True
    has_bought: bool = False
    claim_taken: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: its name, whether it holds, the reason when it does not, and the figures it looked at."""

    name: str
    ok: bool
    reason: Reason | None = None
    data: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a cart comes to with a code: what the code takes off, and goods with VAT after all coupons."""

    discount: int
    goods: int


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All that `checks` looks at. `placing` is the moment at which nothing may stay open.

    `beside` are the terms of the codes that hold already; `effect` is needed for what is compared after
    coupons and for budgets (None: nothing can be said yet).
    """

    terms: CouponTerms
    state: CodeState
    buyer: Buyer
    basket: Basket | None
    currency: str
    now: datetime
    zone: tzinfo = UTC
    placing: bool = False
    own_code_allowed: bool = False
    beside: tuple[CouponTerms, ...] = ()
    effect: Effect | None = None


def checks(judgement: Judgement) -> Iterator[Check]:
    """Yield every check in its order. A basket of None (lines not known yet) skips what needs lines."""
    yield from _code_checks(judgement)
    yield from _person_checks(judgement)
    yield from _limit_checks(judgement)
    yield from _cart_checks(judgement)


def refusal(judgement: Judgement) -> Check | None:
    """Give the first check that does not hold."""
    return next((check for check in checks(judgement) if not check.ok), None)


def _check(name: str, ok: bool, reason: Reason, **data: object) -> Check:
    return Check(name=name, ok=ok, reason=None if ok else reason, data=data)


def _code_checks(j: Judgement) -> Iterator[Check]:
    yield _check("active", j.state.active and j.state.coupon_active, Reason.INACTIVE)
    begins = max((at for at in (j.terms.valid_from, j.state.valid_from) if at), default=None)
    ends = min((at for at in (j.terms.valid_until, j.state.valid_until) if at), default=None)
    yield _check("from", begins is None or j.now >= begins, Reason.NOT_YET, begins=begins)
    yield _check("until", ends is None or j.now < ends, Reason.EXPIRED, ends=ends)
    days, opens, closes = j.terms.days, j.terms.opens, j.terms.closes
    if days or opens is not None or closes is not None:
        is_now = is_open(j.now.astimezone(j.zone), days=days, opens=opens, closes=closes)
        yield _check("hours", is_now, Reason.NOT_YET, days=sorted(days), opens=opens, closes=closes)
    if j.terms.link_only or j.state.link_only:
        yield _check("link", j.state.came_by_link, Reason.INACTIVE)


def _person_checks(j: Judgement) -> Iterator[Check]:
    not_theirs = Reason.NOT_YOURS if j.buyer.known else Reason.EMAIL_NEEDED
    yield _check("holder", _may_hold(j), not_theirs)
    yield _check("own code", j.own_code_allowed or not j.state.owner_is_buyer, Reason.OWN_CODE)
    if j.terms.new_customers_only:
        new = not j.buyer.has_bought and not j.buyer.claim_taken
        yield _check(
            "new customer",
            new,
            Reason.NEW_CUSTOMERS_ONLY,
            has_bought=j.buyer.has_bought,
            claim_taken=j.buyer.claim_taken,
        )
    if j.terms.knows_person:
        yield _check("e-mail", j.buyer.known or not j.placing, Reason.EMAIL_NEEDED)


def _may_hold(j: Judgement) -> bool:
    """Say whether the code may be this buyer's: a guest shows who it is when ordering at the latest."""
    return not j.state.holder or j.state.holder_is_buyer or not (j.buyer.known or j.placing)


def _limit_checks(j: Judgement) -> Iterator[Check]:
    limits = (
        ("uses of the coupon", j.state.coupon_used, j.terms.max_uses),
        ("uses of the code", j.state.code_used, _narrower(j.state.code_max, j.terms.max_per_code)),
        ("uses by this customer", j.state.person_used, j.terms.max_per_customer),
        ("uses in this period", j.state.used_in_period, j.terms.max_in_period),
        (
            "uses by this customer in this period",
            j.state.person_used_in_period,
            j.terms.max_per_customer_in_period,
        ),
    )
    for name, used, limit in limits:
        if limit is not None or name in _ALWAYS_SHOWN:
            yield _check(name, limit is None or used < limit, Reason.USED_UP, used=used, limit=limit)
    if j.state.credit_left is not None:
        yield _check("credit", j.state.credit_left > 0, Reason.USED_UP, left=j.state.credit_left)


_ALWAYS_SHOWN = frozenset({"uses of the coupon", "uses of the code", "uses by this customer"})


def _narrower(one: int | None, other: int | None) -> int | None:
    known = [limit for limit in (one, other) if limit is not None]
    return min(known) if known else None


def _cart_checks(j: Judgement) -> Iterator[Check]:
    needed = j.terms.currency
    yield _check("currency", needed is None or needed == j.currency, Reason.CURRENCY, currency=needed)
    yield _check("alone", all(j.terms.goes_with(other) for other in j.beside), Reason.NOT_STACKABLE)
    yield from _number_checks(j)
    if j.basket is None:
        return
    after = j.terms.order_value is OrderValue.AFTER
    goods = j.effect.goods if after and j.effect is not None else j.basket.goods_gross
    yield from order_value_checks(j.terms, goods)
    yield _check("products", _finds_products(j.terms, j.basket), Reason.PRODUCTS)
    if j.effect is not None:
        yield from _budget_checks(j, j.effect)


def order_value_checks(terms: CouponTerms, goods: int) -> Iterator[Check]:
    """Compare goods, gross, with the minimum and maximum order, both inclusive."""
    low, high = terms.min_order, terms.max_order
    missing = (low or 0) - goods
    enough = low is None or goods >= low
    yield _check("minimum", enough, Reason.MINIMUM, goods=goods, minimum=low, missing=missing)
    yield _check("maximum", high is None or goods <= high, Reason.MAXIMUM, goods=goods, maximum=high)


def _number_checks(j: Judgement) -> Iterator[Check]:
    discounts = [terms for terms in (j.terms, *j.beside) if not terms.pays]
    bounds = [terms.most_codes for terms in discounts if terms.most_codes is not None]
    if bounds and not j.terms.pays:
        most = min(bounds)
        ok = len(discounts) <= most
        yield _check("number of codes", ok, Reason.NOT_STACKABLE, codes=len(discounts), most=most)


def _budget_checks(j: Judgement, effect: Effect) -> Iterator[Check]:
    budgets = (
        ("budget", j.state.spent, effect.discount, j.terms.budget),
        ("budget of orders", j.state.ordered, effect.goods, j.terms.order_budget),
    )
    for name, so_far, more, budget in budgets:
        if budget is not None:
            ok = so_far + more <= budget
            yield _check(name, ok, Reason.USED_UP, used=so_far, more=more, limit=budget)


def _finds_products(terms: CouponTerms, basket: Basket) -> bool:
    if terms.pays and not terms.filters:
        return True
    if terms.kind is Kind.SHIPPING:
        filtered = terms.filters
        return basket.shipping > 0 and (not filtered or any(terms.means(line) for line in basket.lines))
    return any(terms.means(line) for line in basket.lines)
