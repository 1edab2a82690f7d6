"""An order divided over its invoices: worked cases, and for any claims and payments no cent made or lost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.commission import SaleLine
from flask_firstline.domain.parts import (
    Claim,
    MoneyPart,
    share_amounts,
    share_line,
    share_money,
    share_units,
)

cents = st.integers(min_value=0, max_value=5000)
units = st.fractions(min_value=0, max_value=5, max_denominator=4)
claims = st.lists(
    st.builds(Claim, worth=cents, said=st.one_of(st.none(), st.integers(1, 5000)), paid=cents), max_size=4
)


def soap(quantity: str, total: int, discount: int) -> SaleLine:
    return SaleLine(
        key="soap", product_ref="soap", quantity=Decimal(quantity), total=total, discount=discount
    )


def test_a_cent_that_cannot_be_shared_goes_to_the_invoice_that_reaches_it() -> None:
    parts = share_line(soap("3", 1000, 500), [Decimal(1), Decimal(1), Decimal(1)])

    assert [(part.total, part.discount) for part in parts] == [(0, 0), (333, 167), (334, 166), (333, 167)]


def test_an_invoice_gets_no_more_units_than_there_are() -> None:
    parts = share_line(soap("3", 900, 0), [Decimal(2), Decimal(2), Decimal(2)])

    assert [part.quantity for part in parts] == [0, 2, 1, 0]


@given(
    quantity=st.decimals(min_value=0, max_value=9, places=2),
    total=st.integers(-999, 9999),
    discount=cents,
    wanted=st.lists(st.decimals(min_value=0, max_value=9, places=2), max_size=4),
)
def test_the_parts_of_a_line_are_the_line(
    quantity: Decimal, total: int, discount: int, wanted: Sequence[Decimal]
) -> None:
    line = SaleLine(key="a", product_ref="a", quantity=quantity, total=total, discount=discount)
    parts = share_line(line, wanted)

    sums = [sum(getattr(part, name) for part in parts) for name in ("quantity", "total", "discount")]
    assert sums == [quantity, total, discount]
    assert all(part.quantity >= 0 for part in parts)


# fmt: off
@pytest.mark.parametrize(("charged", "credit", "paid", "invoices", "parts"), [
    # No credit: invoices come to what their lines are worth, the rest stays.
    (2380,    0,    0, [Claim(worth=1190)],                                     [(1190, 0), (1190, 0)]),
    # Invoices never come to more than the order.
    (1500,    0,    0, [Claim(worth=1190), Claim(worth=1190)],                 [(0, 0), (1190, 0), (310, 0)]),
    # What the shop says is the total, as far as the order goes.
    (2380,    0,    0, [Claim(worth=1190, said=1000)],                          [(1380, 0), (1000, 0)]),
    (2380,    0,    0, [Claim(worth=1190, said=9900)],                          [(0, 0), (2380, 0)]),
    # Credit is shared by worth, shipping among the rest.
    (1380, 1000,    0, [Claim(worth=1190)],                                     [(690, 0), (690, 0)]),
    (1870, 1000,    0, [Claim(worth=1190)],                                     [(1095, 0), (775, 0)]),
    # What the shop has said of one invoice says how much credit is left for the others.
    (1380, 1000,    0, [Claim(worth=1190, said=190), Claim(worth=1190)],       [(0, 0), (190, 0), (1190, 0)]),
    (1380, 1000,    0, [Claim(worth=1190, said=1190), Claim(worth=1190)],      [(0, 0), (1190, 0), (190, 0)]),
    # Money in the place of credit sets it free for the rest, but no further than the credit goes.
    (1380, 1000,    0, [Claim(worth=1190, paid=1190)],                          [(190, 0), (1190, 0)]),
    (1380, 1000,    0, [Claim(worth=1190, paid=1500)],                          [(190, 0), (1190, 0)]),
    (1380, 1000, 1190, [Claim(worth=1190, paid=190)],                           [(690, 0), (690, 500)]),
    (2380,    0,    0, [Claim(worth=1190, paid=1500)],                          [(1190, 0), (1190, 0)]),
    # What was paid for the order beyond its rest covers its invoices, the first one first.
    (2380,    0, 1500, [Claim(worth=1190, paid=500)],                           [(1190, 0), (1190, 310)]),
    (2380,    0, 2380, [Claim(worth=1190, paid=500)],                           [(1190, 0), (1190, 690)]),
])
# fmt: on
def test_worked_cases_of_money(
    charged: int, credit: int, paid: int, invoices: Sequence[Claim], parts: Sequence[tuple[int, int]]
) -> None:
    found = share_money(charged, credit, paid, invoices)

    assert found == [MoneyPart(total=total, covered=covered) for total, covered in parts]


@given(charged=cents, credit=cents, paid=cents, invoices=claims)
def test_the_parts_of_an_order_come_to_what_it_charged(
    charged: int, credit: int, paid: int, invoices: Sequence[Claim]
) -> None:
    rest, *parts = share_money(charged, credit, paid, invoices)

    assert rest.total + sum(part.total for part in parts) == charged
    assert min([rest.total, *(part.total for part in parts)]) >= 0
    assert sum(part.covered for part in parts) <= max(0, paid - rest.total)


@given(charged=cents, credit=cents, worths=st.lists(cents, min_size=1, max_size=4), where=st.randoms())
def test_money_and_credit_pay_all_parts_wherever_the_money_went(
    charged: int, credit: int, worths: Sequence[int], where: st.DataObject
) -> None:
    """Money that exceeds no invoice's lines and adds up to what was charged leaves nothing open."""
    left, invoices = charged, []
    room = charged + credit
    for worth in worths:
        own = min(worth, room)
        room -= own
        amount = where.randint(0, min(own, left))  # type: ignore[attr-defined]
        left -= amount
        invoices.append(Claim(worth=own, paid=amount))
    rest, *parts = share_money(charged, credit, left, invoices)

    assert rest.total <= left
    assert all(
        part.total <= claim.paid + part.covered for part, claim in zip(parts, invoices, strict=True)
    )


def test_returned_units_are_those_of_the_order_first_then_those_of_its_invoices() -> None:
    sold = [Fraction(1), Fraction(2), Fraction(2)]
    none = [Fraction(0), Fraction(0)]

    assert share_units(sold, Fraction(2), none) == [1, 1, 0]
    assert share_units(sold, Fraction(9), none) == [1, 2, 2]
    assert share_units(sold, Fraction(2), [Fraction(9), Fraction(0)]) == [1, 2, 1]


@given(
    sold=st.lists(units, min_size=1, max_size=4), of_order=units, own=st.lists(units, min_size=3, max_size=3)
)
def test_no_more_units_come_back_than_were_sold(
    sold: Sequence[Fraction], of_order: Fraction, own: Sequence[Fraction]
) -> None:
    told = own[: len(sold) - 1]
    back = share_units(sold, of_order, told)

    own_back = sum((min(a, b) for a, b in zip(told, sold[1:], strict=True)), Fraction(0))
    assert all(0 <= part <= units for part, units in zip(back, sold, strict=True))
    assert sum(back) == min(sum(sold), of_order + own_back)


def test_amounts_go_against_goods_first_and_what_exceeds_them_stays_with_the_order() -> None:
    assert share_amounts([100, 200], 250, [0]) == [100, 150]
    assert share_amounts([100, 200], 250, [120]) == [170, 200]
    assert share_amounts([100, 200], 0, [900]) == [0, 900]
