"""Coupon terms and the checks a code must pass, in their order, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ..errors import Reason
from .basket import Basket, BasketLine


class Kind(StrEnum):
    """What a coupon takes off."""

    AMOUNT = "amount"
    PERCENT = "percent"
    SHIPPING = "shipping"


@dataclass(frozen=True, kw_only=True)
class CouponTerms:
    """The terms of a coupon. Amounts in minor units of `currency`; times aware, the period half-open.

    Empty `products` and `categories` mean all; a line is meant when it is in either.
    """

    name: str
    kind: Kind
    amount: int | None = None
    percent: Decimal | None = None
    cap: int | None = None
    currency: str | None = None
    min_order: int | None = None
    max_order: int | None = None
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    new_customers_only: bool = False
    max_uses: int | None = None
    max_per_code: int | None = None
    max_per_customer: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    vat_rate: Decimal | None = None
    priority: int = 100
    stackable: bool = False

    def __post_init__(self) -> None:
        """Refuse terms that cannot work."""
        problem = self._problem()
        if problem:
            raise ValueError(problem)

    def _problem(self) -> str | None:
        if self.kind is Kind.AMOUNT and (self.amount is None or self.amount <= 0):
            return "the amount of a coupon must be above 0"
        if self.kind is Kind.PERCENT and (self.percent is None or not 0 < self.percent <= 100):
            return "the per cent of a coupon must be above 0 and at most 100"
        if self.cap is not None and self.cap <= 0:
            return "the cap of a coupon must be above 0"
        if self.vat_rate is not None and not 0 <= self.vat_rate < 100:
            return "the VAT rate of a coupon must be from 0 to below 100 per cent"
        if any(n is not None and n < 1 for n in (self.max_uses, self.max_per_code, self.max_per_customer)):
            return "a limit must be at least 1; leave it out for no limit"
        return self._order_problem()

    def _order_problem(self) -> str | None:
        if any(n is not None and n < 0 for n in (self.min_order, self.max_order)):
            return "the minimum and maximum order cannot be below 0"
        if self.min_order is not None and self.max_order is not None and self.min_order > self.max_order:
            return "the minimum order is above the maximum order"
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            return "the coupon ends before it begins"
        return None

    def means(self, line: BasketLine) -> bool:
        """Whether this coupon may take something off that line."""
        if line.total <= 0 or not line.coupon_allowed:
            return False
        if self.kind is Kind.AMOUNT and not line.absolute_allowed:
            return False
        if not self.products and not self.categories:
            return True
        return line.product_ref in self.products or not self.categories.isdisjoint(line.categories)


@dataclass(frozen=True, kw_only=True)
class CodeState:
    """What is known of a code when it is judged. Counters leave out what this very cart has reserved."""

    code: str
    active: bool = True
    coupon_active: bool = True
    coupon_used: int = 0
    code_used: int = 0
    code_max: int | None = None
    person_used: int = 0
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
class Judgement:
    """All that `checks` looks at. `placing` is the moment at which nothing may stay open."""

    terms: CouponTerms
    state: CodeState
    buyer: Buyer
    basket: Basket | None
    currency: str
    now: datetime
    placing: bool = False
    own_code_allowed: bool = False
    beside: bool = False


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
    begins, ends = j.terms.valid_from, j.terms.valid_until
    yield _check("from", begins is None or j.now >= begins, Reason.NOT_YET, begins=begins)
    yield _check("until", ends is None or j.now < ends, Reason.EXPIRED, ends=ends)


def _person_checks(j: Judgement) -> Iterator[Check]:
    yield _check("holder", not j.state.holder or j.state.holder_is_buyer, Reason.NOT_YOURS)
    yield _check("own code", j.own_code_allowed or not j.state.owner_is_buyer, Reason.OWN_CODE)
    if not j.terms.new_customers_only:
        return
    new = not j.buyer.has_bought and not j.buyer.claim_taken
    yield _check(
        "new customer",
        new,
        Reason.NEW_CUSTOMERS_ONLY,
        has_bought=j.buyer.has_bought,
        claim_taken=j.buyer.claim_taken,
    )
    yield _check("e-mail", j.buyer.known or not j.placing, Reason.EMAIL_NEEDED)


def _limit_checks(j: Judgement) -> Iterator[Check]:
    limits = (
        ("uses of the coupon", j.state.coupon_used, j.terms.max_uses),
        ("uses of the code", j.state.code_used, _narrower(j.state.code_max, j.terms.max_per_code)),
        ("uses by this customer", j.state.person_used, j.terms.max_per_customer),
    )
    for name, used, limit in limits:
        yield _check(name, limit is None or used < limit, Reason.USED_UP, used=used, limit=limit)


def _narrower(one: int | None, other: int | None) -> int | None:
    known = [limit for limit in (one, other) if limit is not None]
    return min(known) if known else None


def _cart_checks(j: Judgement) -> Iterator[Check]:
    needed = j.terms.currency
    yield _check("currency", needed is None or needed == j.currency, Reason.CURRENCY, currency=needed)
    yield _check("alone", not j.beside, Reason.NOT_STACKABLE)
    if j.basket is None:
        return
    goods = j.basket.goods_gross
    low, high = j.terms.min_order, j.terms.max_order
    yield _check(
        "minimum",
        low is None or goods >= low,
        Reason.MINIMUM,
        goods=goods,
        minimum=low,
        missing=(low or 0) - goods,
    )
    yield _check("maximum", high is None or goods <= high, Reason.MAXIMUM, goods=goods, maximum=high)
    yield _check("products", _finds_products(j.terms, j.basket), Reason.PRODUCTS)


def _finds_products(terms: CouponTerms, basket: Basket) -> bool:
    if terms.kind is Kind.SHIPPING:
        filtered = bool(terms.products or terms.categories)
        return basket.shipping > 0 and (not filtered or any(terms.means(line) for line in basket.lines))
    return any(terms.means(line) for line in basket.lines)
