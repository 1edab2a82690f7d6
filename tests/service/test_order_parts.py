"""Orders of which invoices with own lines stand for parts: the same calls in any order end the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select, update

from flask_firstline import Customer, Invoice, Line, Order, Refund
from flask_firstline.domain.coupon import Treatment
from flask_firstline.models import Balance, Call, CommissionTerms, Document, Redemption
from flask_firstline.services.checking import all_ok
from flask_firstline.services.checking_books import check_books
from flask_firstline.services.checking_counters import check_counters
from tests.small_shop import SmallShop, build, line

D = Decimal
Act = Callable[[SmallShop, str], object]


@pytest.fixture
def shop(firstline_url: str) -> Iterator[SmallShop]:
    """A shop with 4 per cent off by meier's code, 10 per cent for meier, and a gift card of 10.00."""
    made = build(firstline_url)
    with made.app.app_context():
        made.partner("meier")
        made.terms("10")
        made.coupon("Four", codes=["four"], owner="meier", percent=D(4), currency=None, cap=None)
        made.coupon("Card", codes=["card"], amount=1000, treatment=Treatment.MULTI_PURPOSE)
        yield made
        with made.engine.connect() as conn:
            ctx = made.state.context(conn)
            checks = [*check_books(ctx), *check_counters(ctx)]
        assert all_ok(checks), checks
        made.session.rollback()
        made.engine.dispose()


def soap(quantity: object = 1) -> Line:
    return line("soap", "11.90", str(quantity))


def oil(quantity: object = 1) -> Line:
    return line("oil", "23.80", str(quantity))


def place(*lines: Line, codes: tuple[str, ...] = ("four",), **more: Any) -> Act:
    """Order these lines."""
    return lambda shop, ref: shop.firstline.order_placed(fact(ref, *lines, codes=codes, **more))


def fact(ref: str, *lines: Line, codes: tuple[str, ...] = ("four",), **more: Any) -> Order:
    who = Customer(ref="ina", email="ina@shop.example")
    return Order(ref=ref, currency="EUR", lines=lines, customer=who, codes=codes, **more)


def change(*lines: Line, **more: Any) -> Act:
    return lambda shop, ref: shop.firstline.order_changed(fact(ref, *lines, **more))


def pay(name: str, *lines: Line, amount: str | None = None, total: str | None = None) -> Act:
    """Tell a payment of the invoice of this name, with its lines where it has some."""
    return lambda shop, ref: shop.firstline.invoice_paid(
        Invoice(
            ref=f"{ref}-{name}",
            order_ref=ref,
            currency="EUR",
            lines=lines or None,
            amount=None if amount is None else D(amount),
            total=None if total is None else D(total),
        )
    )


def back(
    name: str,
    units: Mapping[str, object] | None = None,
    *,
    of: str = "",
    alone: bool = False,
    amount: str = "",
) -> Act:
    """Tell a refund of the order; `of` names an invoice too, and where it is `alone` only that."""
    return lambda shop, ref: shop.firstline.invoice_refunded(
        Refund(
            ref=f"{ref}-{name}",
            order_ref=None if alone else ref,
            invoice_ref=f"{ref}-{of}" if of else None,
            currency="EUR",
            amount=D(amount) if amount else None,
            lines=[{"key": key, "quantity": quantity} for key, quantity in (units or {}).items()],  # type: ignore[arg-type]
        )
    )


def cancel() -> Act:
    return lambda shop, ref: shop.firstline.order_cancelled(ref)


def tell(shop: SmallShop, ref: str, *acts: Act) -> None:
    for act in acts:
        act(shop, ref)
        shop.session.commit()


def kept(shop: SmallShop, ref: str) -> dict[str, dict[str, int]]:
    """Give what each document of an order has earned, in cents."""
    rows = shop.session.scalars(select(Document).where(Document.ref.like(f"{ref}%")))
    return {row.ref.removeprefix(ref): dict(row.kept) for row in rows if row.kept}


def earned(shop: SmallShop) -> int:
    """Give what meier has on hold and payable together, in cents."""
    shop.session.expire_all()
    return sum(shop.session.scalars(select(Balance.amount)))


HISTORIES: dict[str, tuple[int, list[Act]]] = {
    "a unit back of a whole invoice": (96, [
        place(soap(2)), pay("x", soap(2)), back("r", {"soap": 1})]),
    "a unit back that is still on the order": (96, [
        place(soap(2)), pay("x", soap()), pay("y", amount="11.42"), back("r", {"soap": 1})]),
    "a unit back that only an invoice has": (96, [
        place(soap(), oil()), pay("x", soap()), pay("y", amount="11.42"), back("r", {"soap": 1})]),
    "a unit back told of the invoice and of the order": (96, [
        place(soap(2)), pay("x", soap(), amount="5.00"), back("r", {"soap": 1}, of="x"), pay("y")]),
    "a unit back told of the invoice alone": (96, [
        place(soap(2)), pay("x", soap()), pay("y"), back("r", {"soap": 1}, of="x", alone=True)]),
    "amounts told of the order and of the invoice": (192 - 25 - 34, [
        place(soap(2)), pay("x", soap()), pay("y"),
        back("r", of="x", amount="3.00"), back("s", amount="4.00")]),
    "an amount that exceeds the goods on the order": (17, [
        place(soap(2), shipping="4.90"), pay("x", soap()), pay("y"), back("s", amount="20.85")]),
    "invoices that together want more than was ordered": (192, [
        place(soap(2)), pay("x", soap(2)), pay("w", soap()), pay("y")]),
    "three invoices between which a cent moves": (288, [
        place(soap(3)), pay("x", soap()), pay("w", soap()), pay("z", soap())]),
    "everything back": (0, [
        place(soap(2), oil()), pay("x", soap()), pay("y"), back("r")]),
    "the invoice back whole, told of both": (0, [
        place(soap(2)), pay("x", soap()), pay("y"), back("r", of="x")]),
    "cancelled": (0, [
        place(soap(2)), pay("x", soap()), pay("y"), back("r", {"soap": 1}, of="x")]),
    "an order paid whole besides its invoices": (288, [
        place(soap(3)), pay("x", soap(), amount="2.00"), pay("y", amount="34.27")]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HISTORIES)
def test_any_order_of_the_same_calls_ends_in_the_same_books(shop: SmallShop, name: str) -> None:
    expected, acts = HISTORIES[name]
    first = None
    for number, order in enumerate(permutations(acts)):
        before = earned(shop)
        tell(shop, f"o{number}", *order, *([cancel()] if name == "cancelled" else []))

        assert earned(shop) - before == expected, number
        first = first or kept(shop, "o0")
        assert kept(shop, f"o{number}") == first, number
    assert set(shop.session.scalars(select(Call.outcome))) == {"done"}


@pytest.mark.parametrize("place_of_cancel", [1, 2, 3])
def test_a_cancelled_order_earns_nothing_whenever_its_invoice_comes(
    shop: SmallShop, place_of_cancel: int
) -> None:
    acts = [place(soap(2)), pay("x", soap()), back("r", {"soap": 2}, of="x")]

    tell(shop, "o", *acts[:place_of_cancel], cancel(), *acts[place_of_cancel:])

    assert earned(shop) == 0


def test_units_still_on_the_order_come_back_first_then_those_of_its_invoices_by_their_refs(
    shop: SmallShop,
) -> None:
    tell(shop, "o", place(soap(3)), pay("y", soap()), pay("x", soap()), pay("rest"))
    seen = []
    for number in range(3):
        tell(shop, "o", back(f"r{number}", {"soap": 1}))
        seen.append(sorted(kept(shop, "o")))

    assert seen == [["-x", "-y"], ["-y"], []]


def test_terms_are_frozen_once_for_all_parts_of_an_order(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(2)), pay("x", soap()))
    with shop.seeding() as conn:
        conn.execute(update(CommissionTerms.__table__).values(percent=D(50)))
    tell(shop, "o", pay("y"))

    assert earned(shop) == 192


def test_an_order_of_which_only_an_invoice_was_paid_counts_as_paid(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(2)), pay("x", soap(), amount="1.00"), cancel())

    assert set(shop.session.scalars(select(Redemption.state))) == {"redeemed"}


# An order that changes after an invoice took lines out ------------------------------------------------------


@pytest.mark.parametrize("invoice_first", [True, False])
def test_a_changed_order_counts_its_invoiced_lines_once(shop: SmallShop, invoice_first: bool) -> None:
    acts = [pay("x", soap()), change(soap(2), oil())]
    tell(shop, "o", place(soap(2)), *(acts if invoice_first else reversed(acts)))
    assert earned(shop) == 96
    tell(shop, "o", pay("rest"))

    assert earned(shop) == 384
    assert {row.ref: row.total for row in documents(shop)} == {"o": 3428, "o-x": 1142}


def test_an_invoice_never_stands_for_more_than_the_changed_order_has(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(3)), pay("x", soap(2)), change(soap(1)))
    assert earned(shop) == 96
    tell(shop, "o", pay("rest"))
    assert earned(shop) == 96
    tell(shop, "o", change(soap(4)), pay("rest2"))

    assert earned(shop) == 384
    assert {row.ref: row.total for row in documents(shop)} == {"o": 2285, "o-x": 2285}


def test_an_invoiced_line_that_the_order_loses_earns_nothing_and_comes_back_with_it(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(), oil()), pay("x", soap()), change(oil()))
    assert earned(shop) == 0
    tell(shop, "o", change(soap(), oil()))

    assert earned(shop) == 96


def test_an_order_may_lose_all_its_lines_when_an_invoice_of_it_was_paid(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(2)), pay("x", soap()), change())

    assert earned(shop) == 0


def test_returns_stand_when_the_order_changes(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(3)), pay("x", soap()), pay("rest"), back("r", {"soap": 2}), change(soap(2)))
    assert earned(shop) == 0
    tell(shop, "o", change(soap(4)), pay("more"))

    assert earned(shop) == 192


def documents(shop: SmallShop) -> list[Document]:
    shop.session.expire_all()
    return list(shop.session.scalars(select(Document)))


# Paid partly with store credit ------------------------------------------------------------------------------


CREDIT = ("four", "card")


@pytest.mark.parametrize(
    "payments",
    [
        [pay("x", soap()), pay("rest")],
        [pay("x", soap(), amount="1.42"), pay("rest", amount="11.43")],
        [pay("x", soap(), amount="11.42"), pay("rest", amount="1.43")],
        [pay("x", soap(), total="1.42"), pay("rest")],
        [pay("x", soap(), total="11.42"), pay("rest")],
        [pay("x", soap()), pay("y", soap())],
        [pay("x", soap(), amount="1.42"), pay("y", soap(), amount="11.43")],
        [pay("x", soap(), amount="1.42"), pay("rest", amount="8.00"), pay("rest2", amount="3.43")],
    ],
)
def test_money_and_credit_together_pay_an_order_in_full(shop: SmallShop, payments: list[Act]) -> None:
    """22.85 are paid with 10.00 from the card and 12.85 in money, wherever the shop puts the credit."""
    for number, order in enumerate(permutations(payments)):
        ref = f"o{number}-"
        shop.coupon(f"Card {number}", codes=[f"c{number}"], amount=1000, treatment=Treatment.MULTI_PURPOSE)
        before = earned(shop)
        tell(shop, ref, place(soap(2), codes=("four", f"c{number}")), *order)

        assert earned(shop) - before == 192
        assert sum(row.total for row in documents(shop) if row.ref.startswith(ref)) == 1285


def test_an_invoice_leaves_out_its_share_of_the_credit(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(2), codes=CREDIT), pay("x", soap()))

    assert {row.ref: row.total for row in documents(shop)} == {"o": 643, "o-x": 642}
    assert earned(shop) == 96


def test_credit_that_money_has_paid_in_the_place_of_pays_elsewhere(shop: SmallShop) -> None:
    tell(shop, "o", place(soap(2), codes=CREDIT), pay("x", soap(), amount="11.42"))

    assert {row.ref: row.total for row in documents(shop)} == {"o": 143, "o-x": 1142}
    assert earned(shop) == 96


def test_what_only_credit_pays_counts_once_the_rest_is_paid(shop: SmallShop) -> None:
    shop.coupon("Half", codes=["half"], amount=1143, treatment=Treatment.MULTI_PURPOSE)
    tell(shop, "o", place(soap(2), codes=("four", "half")), pay("x", soap(), amount="5.00"))
    assert earned(shop) < 96
    tell(shop, "o", pay("y", soap(), amount="6.42"))

    assert earned(shop) == 192
