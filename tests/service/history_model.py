"""What the books must hold after any calls, by the rules of arithmetic alone; it knows nothing of our code.

Amounts are in minor units. The prices and commissions are those of the oracle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from tests.unit import oracle

HOLD = timedelta(days=30)
Place = tuple[str, str, int]
"""Order, line and level."""


@dataclass(kw_only=True)
class Part:
    """One commission that was posted: what is left of it, to whom, and whether its hold is over."""

    place: Place
    partner: str
    currency: str
    left: int
    due: datetime
    released: bool = False


@dataclass(kw_only=True)
class OrderModel:
    """One order of the shop: what it is about now, and what has become of it."""

    ref: str
    customer: str
    currency: str
    cart: oracle.Cart
    coupon: oracle.Coupon | None
    placed: bool = False
    cancelled: bool = False
    failed: bool = False
    partner: str | None = None
    paid: int = 0
    given_back: int = 0
    returned: dict[str, Fraction] = field(default_factory=dict)
    invoices: dict[str, int] = field(default_factory=dict)
    waiting: list[Callable[[], None]] = field(default_factory=list)

    @property
    def bill(self) -> oracle.Bill:
        return oracle.quote(self.cart, [] if self.coupon is None else [self.coupon])

    @property
    def total(self) -> int:
        return self.bill.total

    @property
    def open(self) -> int:
        return max(0, self.total - self.paid)

    def return_units(self, key: str, quantity: Fraction) -> None:
        sold = next(line.quantity for line in self.cart.lines if line.key == key)
        self.returned[key] = min(max(sold, self.returned.get(key, Fraction(0))), self._back(key) + quantity)

    def _back(self, key: str) -> Fraction:
        return self.returned.get(key, Fraction(0))

    def return_all(self) -> None:
        self.returned = {line.key: line.quantity for line in self.cart.lines}


@dataclass(kw_only=True)
class Paid:
    """One payout that was released and has not failed."""

    id: int
    partner: str
    currency: str
    amount: int


@dataclass(kw_only=True)
class Books:
    """All orders, who brought whom, and every commission that is posted."""

    above: dict[str, Sequence[str]]
    """Each partner with all above, nearest first."""
    owner: dict[str, str]
    """Who owns a code."""
    sponsors: dict[str, str] = field(default_factory=dict)
    orders: dict[str, OrderModel] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    payouts: list[Paid] = field(default_factory=list)

    def place(self, order: OrderModel, now: datetime) -> None:
        """Place an order as new: the code's owner becomes the first sponsor, and what waits is heard."""
        order.placed, order.failed = True, False
        if order.coupon is not None:
            self.sponsors.setdefault(order.customer, self.owner[order.coupon.code])
        order.partner = self.sponsors.get(order.customer)
        waiting, order.waiting = order.waiting, []
        for call in waiting:
            call()
            self.post(order, now)

    def full(self, order: OrderModel) -> dict[Place, tuple[str, int]]:
        """Give who earns what on each line and level once all is paid and kept."""
        found: dict[Place, tuple[str, int]] = {}
        if order.partner is None:
            return found
        for index, line in enumerate(order.cart.lines):
            base = oracle.line_base(order.cart, order.bill, index)
            for level, partner in enumerate((order.partner, *self.above[order.partner]), start=1):
                percent, fixed = terms_of(level, partner, line.product, order.currency)
                if percent is not None or fixed is not None:
                    amount = oracle.full_commission(base, line.quantity, percent=percent, fixed=fixed)
                    found[order.ref, line.key, level] = partner, amount
        return found

    def kept(self, order: OrderModel) -> dict[Place, tuple[str, int]]:
        """Give who has earned what by now."""
        lines = order.cart.lines
        places = {line.key: index for index, line in enumerate(lines)}
        return {
            place: (
                partner,
                oracle.kept(
                    full,
                    places[place[1]],
                    grosses=oracle.line_grosses(order.cart, order.bill),
                    quantities=[line.quantity for line in lines],
                    returned={places[key]: back for key, back in order.returned.items() if key in places},
                    total=order.total,
                    paid=order.paid,
                    given_back=order.given_back,
                ),
            )
            for place, (partner, full) in self.full(order).items()
        }

    def post(self, order: OrderModel, now: datetime) -> None:
        """Post the difference: more as a new commission, less off the newest ones first."""
        if not order.paid and not any(part.left for part in self.parts if part.place[0] == order.ref):
            return
        wanted = self.kept(order)
        mine = {part.place: part for part in self.parts if part.place[0] == order.ref}
        for place in {*wanted, *mine}:
            partner, amount = wanted.get(place, ("", 0))
            posted = [part for part in self.parts if part.place == place]
            more = amount - sum(part.left for part in posted)
            if more > 0:
                self.parts.append(
                    Part(place=place, partner=partner, currency=order.currency, left=more, due=now + HOLD)
                )
            for part in reversed(posted):
                off = min(part.left, max(0, -more))
                part.left -= off
                more += off

    def release(self, partner: str, now: datetime) -> None:
        """Let holds that are over end."""
        for part in self.parts:
            if part.partner == partner and part.due <= now:
                part.released = True

    def balance(self, partner: str, currency: str, *, payable: bool) -> int:
        mine = [part for part in self.parts if (part.partner, part.currency) == (partner, currency)]
        left = sum(part.left for part in mine if part.released == payable)
        return left - self.paid(partner, currency) if payable else left

    def paid(self, partner: str, currency: str) -> int:
        """Give what was paid out and has not failed."""
        mine = [one for one in self.payouts if (one.partner, one.currency) == (partner, currency)]
        return sum(one.amount for one in mine)


PERCENTS = {1: Fraction(10), 2: Fraction(5), 3: Fraction(3, 2)}
FIXED = "p-fixed"
FIXED_AMOUNT = 150
STAR = "star"
STARS_PERCENT = Fraction(20)


def terms_of(level: int, partner: str, product: str, currency: str) -> tuple[Fraction | None, int | None]:
    """Give per cent or fixed amount: the partner's own terms, the product's, the general ones."""
    if level == 1 and partner.startswith(STAR):
        return STARS_PERCENT, None
    if level == 1 and product == FIXED and currency == "EUR":
        return None, FIXED_AMOUNT
    return PERCENTS.get(level), None
