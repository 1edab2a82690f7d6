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
Place = tuple[str, str, int, str]
"""Document, line, level, and the partner whose portion of the credit it is."""
Portions = tuple[tuple[str, Fraction], ...]
"""Who shares a credit, the main partner first, and how much of it each has."""


@dataclass(kw_only=True)
class Part:
    """One commission that was posted: what is left of it, to whom, and whether its hold is over."""

    place: Place
    partner: str
    currency: str
    left: int
    due: datetime
    released: bool = False
    held: bool = False
    by_hand: int = 0
    """The call of a posting by hand."""
    payout: int | None = None
    """The payout that it is in, which has not failed."""
    amount: int = 0
    original: int = 0
    original_left: int = 0
    """In the currency of the sale: what it was posted as, and what of that is not reversed."""

    def reverse(self, most: int) -> int:
        """Take back at most so much in the currency of the sale; give how much it was."""
        off = min(self.original_left, max(0, most))
        self.original_left -= off
        back = Fraction(self.amount * (self.original - self.original_left), self.original)
        self.left = self.amount - oracle.hu(back)
        return off


@dataclass(kw_only=True)
class Wait:
    """A commission that is earned and not posted, in the currency of the sale."""

    amount: int
    due: datetime


OF_ORDER = ""
"""What was told of an order and of none of its invoices with lines."""
Units = dict[str, Fraction]


@dataclass(kw_only=True)
class Bought:
    """One line of a document: how many units, before and after our discount, and what the buyer pays."""

    line: oracle.Line
    quantity: Fraction
    total: int
    left: int
    gross: int = 0

    def base(self, *, with_vat: bool) -> int:
        if self.gross <= 0 or self.total <= 0:
            return 0
        return (
            self.gross - oracle.vat_of(self.gross, self.line.rate, with_vat=True) if with_vat else self.left
        )


@dataclass(kw_only=True)
class PaperModel:
    """An order's rest or an invoice with lines, as it stands after all that was told."""

    name: str
    bought: list[Bought]
    worth: int = 0
    total: int = 0
    paid: int = 0
    given_back: int = 0
    returned: Units = field(default_factory=dict)

    @property
    def reached(self) -> int:
        """What is paid, at most the total; as good as paid counts as paid."""
        whole = self.paid > 0 and self.paid >= self.total - len(self.bought)
        return self.total if whole else min(self.paid, self.total)

    @property
    def room(self) -> int:
        """What amounts can go against: paid goods that are still with the buyer."""
        still = Fraction(0)
        for one in self.bought:
            if one.quantity:
                still += one.gross * (1 - self.returned.get(one.line.key, Fraction(0)) / one.quantity)
        return min(self.reached, int(still))

    def price(self, *, with_vat: bool) -> None:
        """Work out what the buyer pays for each line."""
        sums: dict[oracle.Rate, int] = {}
        for one in self.bought:
            sums[one.line.rate] = sums.get(one.line.rate, 0) + one.left
        self.worth = sum(sums.values())
        if not with_vat:
            self.worth += sum(oracle.vat_of(net, rate, with_vat=False) for rate, net in sums.items())
        weights = [max(one.left, 0) * (100 + (one.line.rate or 0)) for one in self.bought]
        grosses = [one.left for one in self.bought]
        if not with_vat:
            grosses = oracle.alloc(max(self.worth, 0), weights) if any(weights) else [0] * len(weights)
        for one, gross in zip(self.bought, grosses, strict=True):
            one.gross = gross


@dataclass(kw_only=True)
class OrderModel:
    """One order of the shop: what it is about now, and what was told of it.

    `wanted` are the lines of invoices that bring some, by name, as told first; `invoiced` were heard.
    """

    ref: str
    customer: str
    currency: str
    cart: oracle.Cart
    coupon: oracle.Coupon | None
    placed: bool = False
    cancelled: bool = False
    failed: bool = False
    portions: Portions = ()
    paid_at: dict[str, datetime] = field(default_factory=dict)
    """Since when papers are paid in full, by name."""
    paid: dict[str, int] = field(default_factory=dict)
    given_back: dict[str, int] = field(default_factory=dict)
    returned: dict[str, Units] = field(default_factory=dict)
    wanted: dict[str, list[oracle.Line]] = field(default_factory=dict)
    invoiced: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    invoices: dict[str, int] = field(default_factory=dict)
    waiting: list[Callable[[], object]] = field(default_factory=list)
    dispute: int | None = None

    @property
    def bill(self) -> oracle.Bill:
        return oracle.quote(self.cart, [] if self.coupon is None else [self.coupon])

    @property
    def total(self) -> int:
        return self.bill.total

    @property
    def was_paid(self) -> bool:
        return bool(self.invoiced or self.paid.get(OF_ORDER))

    def ref_of(self, name: str) -> str:
        return f"{self.ref}-{name}" if name else self.ref

    def pay(self, name: str, part: int | None) -> int:
        """Hear of a payment of the order or of an invoice with lines; None: of all that is open of it."""
        self.failed = False
        if name:
            self.invoiced.add(name)
            if self.cancelled:
                self.return_all()
        if part is None:
            paper = next(paper for paper in self.papers() if paper.name == name)
            part = max(0, paper.total - paper.paid)
        self.paid[name] = self.paid.get(name, 0) + part
        self.settle()
        return part

    def settle(self) -> None:
        """Note which papers are paid in full: what costs nothing is, once all the others are."""
        papers = self.papers()
        full = [paper for paper in papers if paper.reached >= paper.total]
        self.settled |= {paper.name for paper in full if paper.paid or len(full) == len(papers)}

    def note(self, now: datetime) -> None:
        """Note the moment for papers that have become paid in full."""
        for name in self.settled:
            self.paid_at.setdefault(name, now)

    def return_units(self, name: str, key: str, quantity: Fraction) -> None:
        told = self.returned.setdefault(name, {})
        told[key] = told.get(key, Fraction(0)) + quantity

    def give_back(self, name: str, amount: int) -> None:
        self.given_back[name] = self.given_back.get(name, 0) + amount

    def return_all(self) -> None:
        """Return all there is; what was told of invoices that are not known was told of the order."""
        told = self.returned.setdefault(OF_ORDER, {})
        for line in self.cart.lines:
            own = told.get(line.key, Fraction(0))
            told[line.key] = own + max(Fraction(0), line.quantity - self._of_order(line.key))

    def _of_order(self, key: str) -> Fraction:
        known = {name: units for name, units in self.returned.items() if name not in self.invoiced}
        return sum((units.get(key, Fraction(0)) for units in known.values()), Fraction(0))

    def is_all_back(self) -> bool:
        return all(self._of_order(line.key) >= line.quantity for line in self.cart.lines)

    def papers(self) -> list[PaperModel]:
        """Divide the order: its rest, then its invoices with lines in the order of their refs."""
        names = [OF_ORDER, *sorted(self.invoiced)]
        papers = self._with_lines(names)
        left = self.total
        for paper in papers[1:]:
            paper.total = min(paper.worth, left)
            left -= paper.total
        papers[0].total = left
        for paper in papers:
            paper.paid = self.paid.get(paper.name, 0)
        over = max(0, papers[0].paid - papers[0].total)
        for paper in papers[1:]:
            more = min(over, max(0, paper.total - paper.paid))
            paper.paid, over = paper.paid + more, over - more
        for line in self.cart.lines:
            self._share_returned(papers, line.key)
        self._share_given_back(papers)
        return papers

    def _with_lines(self, names: Sequence[str]) -> list[PaperModel]:
        papers = [PaperModel(name=name, bought=[]) for name in names]
        totals = oracle.line_totals(self.cart)
        for line, total, discount in zip(self.cart.lines, totals, self.bill.per_line, strict=True):
            so_far, part_total, part_discount = Fraction(0), 0, 0
            for paper in papers[1:]:
                told = next((one for one in self.wanted[paper.name] if one.key == line.key), None)
                quantity = Fraction(0) if told is None else min(told.quantity, line.quantity - so_far)
                so_far += quantity
                off = oracle.hu(discount * so_far / line.quantity) - part_discount
                part_total = oracle.hu(total * so_far / line.quantity)
                part_discount += off
                if told is not None and quantity:
                    own = oracle.hu(told.price * quantity)
                    paper.bought.append(
                        Bought(line=told, quantity=quantity, total=own, left=own - min(off, own))
                    )
            rest_total, rest_off = total - part_total, discount - part_discount
            quantity = line.quantity - so_far
            rest = Bought(line=line, quantity=quantity, total=rest_total, left=rest_total - rest_off)
            papers[0].bought.append(rest)
        for paper in papers:
            paper.price(with_vat=self.cart.with_vat)
        if len(papers) == 1:
            grosses = oracle.line_grosses(self.cart, self.bill)
            for one, gross in zip(papers[0].bought, grosses, strict=True):
                one.gross = gross
        return papers

    def _share_returned(self, papers: Sequence[PaperModel], key: str) -> None:
        left = self._of_order(key)
        for paper in papers:
            sold = sum((one.quantity for one in paper.bought if one.line.key == key), Fraction(0))
            own = self.returned.get(paper.name, {}).get(key, Fraction(0)) if paper.name else Fraction(0)
            own = min(own, sold)
            more = min(left, sold - own)
            paper.returned[key], left = own + more, left - more

    def _share_given_back(self, papers: Sequence[PaperModel]) -> None:
        left = sum(amount for name, amount in self.given_back.items() if name not in self.invoiced)
        for paper in papers:
            own = self.given_back.get(paper.name, 0) if paper.name else 0
            more = min(left, max(0, paper.room - own))
            paper.given_back, left = own + more, left - more
        papers[0].given_back += left


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
    shared: dict[str, Portions] = field(default_factory=dict)
    """Who shares a code."""
    sponsors: dict[str, str] = field(default_factory=dict)
    orders: dict[str, OrderModel] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    payouts: list[Paid] = field(default_factory=list)
    abroad: str = ""
    """The partner who is paid in dollars."""
    rates: dict[str, Fraction] = field(default_factory=dict)
    """What the least coin of a currency comes to in cents."""
    waits: dict[Place, Wait] = field(default_factory=dict)

    def place(self, order: OrderModel, now: datetime) -> None:
        """Place an order as new: the code's owner becomes the first sponsor, and what waits is heard."""
        order.placed, order.failed = True, False
        if order.total == 0:
            order.settled.add(OF_ORDER)
        order.note(now)
        if order.coupon is not None:
            self.sponsors.setdefault(order.customer, self.owner[order.coupon.code])
        sponsor = self.sponsors.get(order.customer)
        order.portions = () if sponsor is None else ((sponsor, Fraction(1)),)
        if order.coupon is not None and sponsor == self.owner[order.coupon.code]:
            order.portions = self.shared.get(order.coupon.code, order.portions)
        waiting, order.waiting = order.waiting, []
        for call in waiting:
            call()
            self.post(order, now)

    def full(self, order: OrderModel, paper: PaperModel) -> dict[Place, tuple[str, int]]:
        """Give who earns what on each line and level of a document once all is paid and kept."""
        found: dict[Place, tuple[str, int]] = {}
        ref = order.ref_of(paper.name)
        for one in paper.bought:
            base = one.base(with_vat=order.cart.with_vat)
            for first, part in order.portions:
                for level, partner in enumerate((first, *self.above[first]), start=1):
                    percent, fixed = terms_of(level, partner, one.line.product, order.currency)
                    if percent is not None or fixed is not None:
                        found[ref, one.line.key, level, first] = (
                            partner,
                            oracle.full_commission(
                                base, one.quantity, percent=percent, fixed=fixed, part=part
                            ),
                        )
        return found

    def kept(self, order: OrderModel, paper: PaperModel) -> dict[Place, tuple[str, int]]:
        """Give who has earned what of a document by now."""
        places = {one.line.key: index for index, one in enumerate(paper.bought)}
        return {
            place: (
                partner,
                oracle.kept(
                    full,
                    places[place[1]],
                    grosses=[one.gross for one in paper.bought],
                    quantities=[one.quantity for one in paper.bought],
                    returned={places[key]: back for key, back in paper.returned.items() if key in places},
                    total=paper.total,
                    paid=paper.paid,
                    given_back=paper.given_back,
                ),
            )
            for place, (partner, full) in self.full(order, paper).items()
        }

    def share(self, order: OrderModel, portions: Portions, now: datetime) -> None:
        """Give the credit of an order to others; the hold of what is new counts from its payment."""
        order.portions = portions
        if not order.cancelled:
            self.post(order, max(order.paid_at.values(), default=now))

    def post(self, order: OrderModel, now: datetime) -> None:
        """Post the differences: more as new commissions, less off the newest ones first."""
        order.note(now)
        for paper in order.papers():
            ref = order.ref_of(paper.name)
            mine = [part for part in self.parts if part.place[0] == ref]
            if paper.paid or paper.name in order.settled or any(part.original_left for part in mine):
                wanted = dict.fromkeys((place for place in self.waits if place[0] == ref), ("", 0))
                self._post(order, wanted | self.kept(order, paper), mine, now)

    def _post(
        self,
        order: OrderModel,
        wanted: dict[Place, tuple[str, int]],
        mine: Sequence[Part],
        now: datetime,
    ) -> None:
        for place in {*wanted, *(part.place for part in mine)}:
            partner, amount = wanted.get(place, ("", 0))
            posted = [part for part in mine if part.place == place]
            more = amount - sum(part.original_left for part in posted)
            waited = self.waits.pop(place, None)
            if more > 0:
                self._earn(order, place, partner, more, waited, now)
            for part in reversed(posted):
                more += part.reverse(-more)

    def _earn(
        self, order: OrderModel, place: Place, partner: str, more: int, waited: Wait | None, now: datetime
    ) -> None:
        """Post what is earned, in dollars where the partner is paid so; it waits where that cannot be."""
        due = now + HOLD if waited is None or more > waited.amount else waited.due
        amount, currency = more, order.currency
        if partner == self.abroad:
            amount, currency = oracle.hu(more * self.rates.get(order.currency, Fraction(0))), "USD"
        if not amount:
            self.waits[place] = Wait(amount=more, due=due)
            return
        part = Part(place=place, partner=partner, currency=currency, left=amount, due=due)
        part.amount, part.original, part.original_left = amount, more, more
        part.held = order.dispute is not None
        self.parts.append(part)

    def of(self, order: OrderModel) -> list[Part]:
        """Give the commissions of an order and of the invoices that are its parts."""
        refs = {order.ref_of(name) for name in (OF_ORDER, *order.invoiced)}
        return [part for part in self.parts if part.place[0] in refs]

    def hold(self, order: OrderModel, dispute: int) -> None:
        """Hold what an order has earned and what was not paid out."""
        order.dispute = dispute
        for part in self.of(order):
            if part.payout is None:
                part.held, part.released = True, False

    def decide(self, order: OrderModel, *, won: bool, now: datetime) -> None:
        """Let what was held go on, or reverse all of it."""
        order.dispute = None
        if not won:
            order.return_all()
            if not order.cancelled:
                self.post(order, now)
        for part in self.of(order):
            part.held = False

    def link(self, paid: Paid) -> None:
        """Note which commissions a payout is for."""
        for part in self.parts:
            mine = (part.partner, part.currency) == (paid.partner, paid.currency)
            if mine and part.released and part.left and part.payout is None:
                part.payout = paid.id

    def unlink(self, paid: Paid) -> None:
        """Let them be free for other payouts, or hold them where their order is disputed meanwhile."""
        disputed = [part for order in self.orders.values() if order.dispute for part in self.of(order)]
        for part in self.parts:
            if part.payout == paid.id:
                part.payout = None
                if part in disputed:
                    part.held, part.released = True, False

    def release(self, partner: str, now: datetime) -> None:
        """Let holds that are over end."""
        for part in self.parts:
            if part.partner == partner and part.due <= now and not part.held:
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
