"""Reports: their figures by hand, at the borders of days, and against the ledger over random histories."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flask_firstline.domain.money import minor
from flask_firstline.domain.report import Report, Row, Step, whole
from flask_firstline.models import Balance, Code, Posting, Redemption
from flask_firstline.services import reports
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_counters import check_counters
from flask_firstline.services.mistakes import Mistake, NotThere
from flask_firstline.services.payout_runs import PayoutRefused
from flask_firstline.services.report_asked import Asked
from flask_firstline.services.reports import REPORTS
from flask_firstline.testing import FakeShop, make_cart, make_code, make_line

from .kit import counted
from .pay_kit import act, release, run, wants

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""The days that have 23 and 25 hours there."""


def asked(shop: FakeShop, first: date | None = None, last: date | None = None, **more: Any) -> Asked:
    today = shop.clock.now.astimezone(BERLIN).date()
    known = {"zone": BERLIN, "home": "EUR", "now": shop.clock.now, **more}
    return Asked(first=first or today, last=last or first or today, **known)


def report(shop: FakeShop, name: str, question: Asked, **more: Any) -> Report:
    with shop.transaction() as session:
        return reports.report(session.connection(), name, question, **more)


def at(shop: FakeShop, day: date, clock: str) -> None:
    shop.clock.set(datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=BERLIN))


def sold(shop: FakeShop, ref: str, buyer: str = "ina", code: str = "vonmeier", *, pay: bool = True) -> None:
    shop.place(make_cart(customer=shop.add_customer(buyer), key=ref), ref, codes=[code])
    if pay:
        shop.pay(ref)


def figures(found: Report, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in found.rows]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_an_empty_shop_has_noughts_and_takes_a_few_statements(shop: FakeShop, name: str) -> None:
    with shop.app.app_context(), counted(shop) as alone:
        found = report(shop, name, asked(shop))
    assert [[row[c.name] for c in found.columns if c.is_sum] for row in found.rows] == [
        [0] * sum(c.is_sum for c in found.columns)
    ] * (1 if found.has_spans else 0)
    for number in range(3):
        sold(shop, f"o{number}", f"buyer{number}")
        shop.refund(f"o{number}", f"r{number}", amount=1)

    with shop.app.app_context(), counted(shop) as filled:
        report(shop, name, asked(shop, SPRING, step=Step.DAY, last=shop.clock.now.date()))

    assert len(filled) == len(alone) <= 3


def test_sales_go_by_the_day_of_the_order_and_returns_by_their_own(shop: FakeShop) -> None:
    at(shop, SPRING - timedelta(days=1), "23:59:59")
    sold(shop, "o1")
    at(shop, SPRING, "00:00:00")
    sold(shop, "o2", "uwe")
    at(shop, SPRING, "23:59:59")
    shop.refund("o1", "r1", lines={"a": 1})
    at(shop, SPRING + timedelta(days=1), "00:00:00")
    shop.refund("o1", "r2")
    shop.cancel("o1")
    shop.cancel("o2")

    found = report(shop, "sales", asked(shop, SPRING - timedelta(days=1), SPRING + timedelta(days=1)))

    assert figures(found, "begins", "orders", "sales", "returned", "net_sales", "discount") == [
        (SPRING - timedelta(days=1), 1, 2000, 0, 2000, 500),
        (SPRING, 1, 2000, 1000, 1000, 500),
        (SPRING + timedelta(days=1), 0, 0, 3000, -3000, 0),
    ]


def test_an_order_whose_use_was_given_back_is_no_sale(shop: FakeShop) -> None:
    sold(shop, "o1", pay=False)
    shop.cancel("o1")

    assert figures(report(shop, "sales", asked(shop)), "orders", "sales", "returned") == [(0, 0, 0)]


def test_an_order_that_invoices_divide_is_one_sale(shop: FakeShop) -> None:
    sold(shop, "o1", pay=False)
    shop.pay("o1", "i1", lines=[make_line("a")])

    assert figures(report(shop, "sales", asked(shop)), "orders", "sales") == [(1, 2000)]


def test_weeks_and_months_add_up_to_their_days_and_currencies_never_to_each_other(shop: FakeShop) -> None:
    make_code(shop.app, "zehn", owner="meier", percent=10)
    first = date(2025, 12, 22)
    for number in range(25):
        at(shop, first + timedelta(days=number), "12:00:00")
        currency = "USD" if number % 5 == 0 else "EUR"
        cart = make_cart(customer=shop.add_customer(f"b{number}"), key=f"o{number}", currency=currency)
        shop.place(cart, f"o{number}", codes=["zehn"])

    days, weeks, months = (
        report(shop, "sales", asked(shop, first, date(2026, 1, 15), step=step)) for step in Step
    )

    assert days.currencies == weeks.currencies == months.currencies == ("EUR", "USD")
    for currency, orders in (("EUR", 20), ("USD", 5)):
        assert days.sums(currency) == weeks.sums(currency) == months.sums(currency)
        assert days.sums(currency)["orders"] == orders
    assert [row["begins"] for row in weeks.of("EUR")] == [
        date(2025, 12, 22), date(2025, 12, 29), date(2026, 1, 5), date(2026, 1, 12),
    ]  # fmt: skip
    assert figures(report(shop, "sales", asked(shop, first, shop.clock.now.date(), step=Step.MONTH,
                                               currency="USD")), "currency", "orders") == [
        ("USD", 2), ("USD", 3),
    ]  # fmt: skip


def test_people_are_new_once_and_come_again(shop: FakeShop) -> None:
    start = shop.clock.now.date()
    sold(shop, "o1", "ina")
    sold(shop, "o2", "uwe")
    shop.clock.advance(days=20)
    sold(shop, "o3", "ina")
    shop.clock.advance(days=40)
    shop.place(make_cart(customer=shop.add_customer("uwe"), key="o4"), "o4", codes=[])
    shop.clock.advance(days=1)

    period = asked(shop, start, shop.clock.now.date(), step=Step.MONTH)
    new = report(shop, "customers", period)
    again = report(shop, "repeat", period)

    assert new.sums("EUR") == {
        "orders": 3, "new_customers": 2, "known_customers": 1, "new_share": 667,
        "new_sales": 4000, "known_sales": 2000, "currency": "EUR",
    }  # fmt: skip
    shown = ("buyers", "waited_30", "again_30", "again_share_30", "waited_90", "again_share_90")
    assert figures(again, "code", *shown) == [("vonmeier", 2, 2, 1, 500, 0, None)]
    assert report(shop, "cohorts", period).sums("")["again_30"] == 1
    later = asked(shop, start, shop.clock.now.date(), now=shop.clock.now + timedelta(days=40))
    assert figures(report(shop, "repeat", later), "waited_90", "again_90") == [(2, 2)]


def test_codes_products_and_partners_stand_in_the_order_of_what_they_brought(shop: FakeShop) -> None:
    make_code(shop.app, "vonschulz", owner="schulz", amount="1.00")
    sold(shop, "o1", "ina")
    sold(shop, "o2", "uwe", "vonschulz")
    shop.refund("o2", "r2", lines={"a": 1})

    assert figures(report(shop, "codes", asked(shop)), "code", "orders", "sales", "discount") == [
        ("vonschulz", 1, 2400, 100),
        ("vonmeier", 1, 2000, 500),
    ]
    products = report(shop, "products", asked(shop))
    partners = report(shop, "partners", asked(shop))
    assert products.sums("EUR")["goods"] == 4400
    assert products.sums("EUR")["commission"] == partners.sums("EUR")["earned"]
    meier = int(shop.rows(Code, display="vonmeier")[0].owner_id)
    assert report(shop, "codes", asked(shop, partner=meier)).sums("EUR")["orders"] == 1
    assert figures(report(shop, "partners", asked(shop, partner=meier)), "sales_credited") == [(1,)]


def test_what_a_report_does_not_know_is_said(shop: FakeShop) -> None:
    with pytest.raises(NotThere, match="there are sales"):
        report(shop, "weather", asked(shop))
    with pytest.raises(Mistake, match="cannot be narrowed by currency"):
        report(shop, "conversion", asked(shop, currency="EUR"))
    with pytest.raises(Mistake, match="choose weeks or months"):
        report(shop, "sales", asked(shop, date(2000, 1, 1), date(2026, 1, 1)))
    with pytest.raises(Mistake, match="before the first"):
        asked(shop, date(2026, 1, 2), date(2026, 1, 1))


class History:
    """Orders, payments, returns, payouts at random over some days, and what the reports must say of them."""

    def __init__(self, shop: FakeShop, seed: int) -> None:
        self.shop, self.chance = shop, random.Random(seed)
        self.open: list[str] = []
        self.orders: Counter[date] = Counter()
        self.sales: Counter[date] = Counter()
        self.owed: dict[date, tuple[dict[str, object], ...]] = {}

    @property
    def today(self) -> date:
        return self.shop.clock.now.astimezone(BERLIN).date()

    def live(self, days: int) -> None:
        """Let days pass with a few acts each, some of them at the very border of a day."""
        for number in range(days):
            day = AUTUMN - timedelta(days=2) + timedelta(days=number)
            for clock in ("00:00:00", "02:30:00", "12:00:00", "23:59:59"):
                at(self.shop, day, clock)
                self.act(f"o{number}-{clock[:2]}")
            self.owed[day] = tuple(
                dict(row) for row in report(self.shop, "liabilities", asked(self.shop)).rows
            )

    def act(self, ref: str) -> None:
        chance = self.chance.random()
        if chance < 0.6 or not self.open:
            self.place(ref)
        elif chance < 0.75:
            self.shop.refund(self.open.pop(), f"r-{ref}")
        elif chance < 0.85:
            self.shop.refund(self.chance.choice(self.open), f"r-{ref}", amount=self.chance.randint(1, 30))
        elif chance < 0.92:
            self.shop.cancel(self.open.pop())
        else:
            with suppress(PayoutRefused):
                release(self.shop, run(self.shop))

    def place(self, ref: str) -> None:
        code, price = self.chance.choice(("vonmeier", "zehn")), self.chance.randint(21, 90)
        cart = make_cart(
            make_line("a", price), customer=self.shop.add_customer(f"c{self.chance.randint(1, 6)}"), key=ref
        )
        quote = self.shop.place(cart, ref, codes=[code, "karte"] if self.chance.random() < 0.3 else [code])
        self.orders[self.today] += 1
        self.sales[self.today] += minor(quote.to_pay, "EUR")
        if quote.to_pay:
            self.shop.pay(ref)
        self.open.append(ref)


def day_of(row: Row) -> date:
    day = row["begins"]
    assert isinstance(day, date)
    return day


def moves(shop: FakeShop) -> Iterator[tuple[date, str, int]]:
    """Give the postings of the ledger: their day, where they lead, and how much they move."""
    for row in shop.rows(Posting):
        yield row.at.astimezone(BERLIN).date(), f"{row.origin}>{row.destination}", row.amount


@pytest.mark.parametrize("seed", [1, 2])
def test_reports_agree_with_the_books_over_random_histories(make_shop: Any, seed: int) -> None:
    shop = make_shop(FIRSTLINE_HOLD_DAYS=1)
    make_code(shop.app, "zehn", owner="schulz", percent=10, stackable=True)
    make_code(shop.app, "karte", amount="600.00", treatment="multi_purpose", stackable=True)
    for partner in ("meier", "schulz", "opa"):
        wants(shop, partner)
    history = History(shop, seed)
    history.live(6)
    last = history.today
    first = min(history.owed)

    earned: Counter[date] = Counter()
    paid: Counter[date] = Counter()
    for day, way, amount in moves(shop):
        earned[day] += amount * (way.startswith("expense>") - way.endswith(">expense"))
        paid[day] += amount * (way.endswith(">paid") - way.startswith("paid>"))
    commissions = report(shop, "commissions", asked(shop, first, last))
    by_day = {day_of(row): row for row in commissions.rows}
    assert {day: row["earned"] for day, row in by_day.items()} == {day: earned[day] for day in by_day}
    assert {day: row["paid"] for day, row in by_day.items()} == {day: paid[day] for day in by_day}
    for row in commissions.rows:
        parts = whole(row["accrued"]) + whole(row["by_hand"]) - whole(row["reversed"])
        assert row["earned"] == parts
    assert sum(earned.values()) and sum(paid.values())

    for day, before in history.owed.items():
        now = report(shop, "liabilities", asked(shop, first, day))
        assert tuple(dict(row) for row in now.rows) == before, "a past day keeps its figures"
        owed = sum(whole(row["owed"]) for row in now.rows if row["owed_as"] == "commission")
        assert owed == sum(earned[one] - paid[one] for one in history.owed if one <= day)
    left = sum(row.credit_left for row in shop.rows(Code) if row.credit_left is not None)
    final = report(shop, "liabilities", asked(shop)).rows
    assert sum(whole(row["owed"]) for row in final if row["owed_as"] == "store_credit") == left
    assert sum(whole(row["owed"]) for row in final if row["owed_as"] == "commission") == sum(
        row.amount for row in shop.rows(Balance) if row.kind != "paid"
    )

    sales = report(shop, "sales", asked(shop, first, last))
    assert {day_of(row): (row["orders"], row["sales"]) for row in sales.rows} == {
        day: (history.orders[day], history.sales[day]) for day in by_day
    }
    assert 0 < whole(sales.sums("EUR")["returned"]) <= whole(sales.sums("EUR")["sales"])
    uses = report(shop, "redemptions", asked(shop, first, last)).sums("EUR")
    counted_ones = [row for row in shop.rows(Redemption) if row.state == "redeemed"]
    assert uses["redemptions"] == len(counted_ones)
    assert uses["discount"] == sales.sums("EUR")["discount"] == sum(row.discount for row in counted_ones)
    codes = report(shop, "codes", asked(shop, first, last)).sums("EUR")
    assert codes["orders"] == len(counted_ones)
    partners = report(shop, "partners", asked(shop, first, last)).sums("EUR")
    assert partners["earned"] == sum(earned.values())
    assert all_ok(act(shop, check_counters))
