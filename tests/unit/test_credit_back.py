"""What goes back to store credit when goods come back: worked cases, boundaries, and any returns at all."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.commission import SaleLine
from flask_firstline.domain.credit_back import Return, credit_back, last_first

SOAP, OIL = "soap", "oil"


def sold(*lines: tuple[str, str, int]) -> tuple[list[SaleLine], list[int]]:
    """Give lines of (key, quantity, gross after discount) with their grosses."""
    found = [
        SaleLine(key=key, product_ref=key, quantity=Decimal(quantity), total=gross)
        for key, quantity, gross in lines
    ]
    return found, [gross for _, _, gross in lines]


def came(paid: int | None = None, **units: object) -> Return:
    return Return(units={key: Fraction(str(quantity)) for key, quantity in units.items()}, paid=paid)


TWO = sold((SOAP, "2", 4000), (OIL, "1", 3000))
"""Goods of 70.00: two soaps of 20.00 and an oil of 30.00."""


# fmt: off
@pytest.mark.parametrize(("returns", "charged", "used", "back"), [
    # One soap of 20.00: the money goes back first.
    ([came(soap=1)],                              5000, 2000,    0),
    ([came(soap=1)],                              2001, 4999,    0),
    ([came(soap=1)],                              2000, 5000,    0),   # the money is just used up
    ([came(soap=1)],                              1999, 5001,    1),   # one cent more than the money
    ([came(soap=1)],                              1500, 5500,  500),
    ([came(soap=1)],                                 0, 7000, 2000),   # all was paid with credit
    ([came(soap=1), came(oil=1)],                 2000, 5000, 3000),
    ([came(soap=1), came(oil=1)],                 4000, 1000, 1000),
    ([came(soap=1), came(oil=1)],                 4000,  999,  999),   # never more than was used
    # The shop says what it paid for the goods: the rest is credit.
    ([came(2000, soap=1)],                        5000, 2000,    0),
    ([came(1999, soap=1)],                        5000, 2000,    1),
    ([came(0, soap=1)],                           5000, 2000, 2000),
    ([came(2600, soap=1)],                        5000, 2000,    0),   # 6.00 of it were for shipping
    ([came(2600, soap=1), came(0, oil=1)],        5000, 4000, 3000),
    ([came(500, soap=1), came(1000, soap=1)],     1500, 5500, 2500),
    # Both: what was named counts as money given back.
    ([came(500, soap=1), came(oil=1)],            1500, 5500, 3500),
    ([came(500, soap=1), came(oil=1)],            6000, 2000, 1500),
    # All units: all the credit, also what has paid for shipping.
    ([came(soap=2, oil=1)],                       1500, 5990, 5990),
    ([came(soap=1), came(soap=1), came(oil=1)],   1500, 5990, 5990),
    ([came(4000, soap=2), came(3000, oil=1)],     1500, 5500, 5500),
    # More than was sold is no goods of the sale.
    ([came(soap=5)],                              1000, 6000, 3000),
    ([came(4000, soap=5)],                        1000, 6000,    0),
    ([came(4000, soap=2), came(soap=2)],          4000, 3000,    0),
    ([came(4000, soap=2), came(0, soap=1)],       4000, 3000, 2000),
    ([came(nothing_of_it=3)],                     0,    7000,    0),
    ([came(100, nothing_of_it=3)],                0,    7000,    0),
    ([],                                          0,    7000,    0),
])
# fmt: on
def test_money_goes_back_first_and_the_rest_goes_to_the_credit(
    returns: Sequence[Return], charged: int, used: int, back: int
) -> None:
    lines, grosses = TWO

    for turned in permutations(returns):
        assert credit_back(lines, grosses, turned, charged=charged, used=used) == back


def test_units_are_exact_and_only_their_sum_is_rounded() -> None:
    lines, grosses = sold((SOAP, "3", 1000), (OIL, "0.75", 999))

    def back(*returns: Return) -> int:
        return credit_back(lines, grosses, returns, charged=0, used=1999)

    assert [back(came(soap=1)), back(came(soap=2)), back(came(soap=3))] == [333, 667, 1000]
    assert back(came(soap=1), came(oil="0.5")) == 999
    assert back(came(soap=1), came(soap=1)) == 667


def test_a_line_worth_nothing_or_less_brings_nothing_and_belongs_to_the_whole() -> None:
    lines, grosses = sold((SOAP, "1", 5000), ("gift", "1", 0), ("thanks", "1", -1000), ("gone", "0", 0))

    assert credit_back(lines, grosses, [came(gift=1)], charged=0, used=4000) == 0
    assert credit_back(lines, grosses, [came(7, gift=1, thanks=1)], charged=0, used=4000) == 0
    assert credit_back(lines, grosses, [came(soap=1)], charged=2000, used=2000) == 2000
    assert credit_back(lines, grosses, [came(soap=1, gift=1, thanks=1)], charged=3000, used=1000) == 1000


@pytest.mark.parametrize(
    ("back", "shares"), [(0, [0, 0, 0]), (1, [0, 0, 1]), (301, [0, 1, 300]), (1000, [500, 200, 300])]
)
def test_the_code_that_paid_last_gets_it_back_first(back: int, shares: list[int]) -> None:
    assert last_first([500, 200, 300], back) == shares


quantities = st.sampled_from(("1", "2", "3", "7", "0.5", "2.25"))
sales = st.lists(
    st.tuples(quantities, st.integers(min_value=0, max_value=9999)), min_size=1, max_size=4
).map(lambda found: sold(*((f"l{place}", *line) for place, line in enumerate(found))))
some_units = st.sampled_from(("1", "0.5", "2", "3")).map(Fraction)
some_returns = st.lists(
    st.builds(
        Return,
        units=st.dictionaries(st.sampled_from(("l0", "l1", "l2", "l3")), some_units, min_size=1, max_size=3),
        paid=st.none() | st.integers(min_value=0, max_value=6000),
    ),
    max_size=5,
)
amounts = st.integers(min_value=0, max_value=20_000)
order = st.randoms(use_true_random=False)


@given(sale=sales, returns=some_returns, charged=amounts, used=amounts, shuffled=order)
def test_any_order_of_the_same_returns_ends_the_same_and_nothing_is_ever_taken_again(
    sale: tuple[list[SaleLine], list[int]],
    returns: list[Return],
    charged: int,
    used: int,
    shuffled: object,
) -> None:
    lines, grosses = sale
    turned = list(returns)
    shuffled.shuffle(turned)  # type: ignore[attr-defined]  # a Random that hypothesis can replay

    for history in (returns, turned):
        steps = [
            credit_back(lines, grosses, history[:count], charged=charged, used=used)
            for count in range(len(history) + 1)
        ]
        assert steps == sorted(steps)
        assert all(0 <= back <= used for back in steps)
        assert steps[0] == 0
        assert steps[-1] == credit_back(lines, grosses, returns, charged=charged, used=used)


@st.composite
def possible_returns(draw: st.DrawFn) -> tuple[tuple[list[SaleLine], list[int]], list[Return]]:
    """Give a sale, and returns that bring back no more units than were sold, but not all."""
    lines, grosses = draw(sales)
    left = {line.key: Fraction(line.quantity) for line in lines}
    found = []
    for returned in draw(some_returns):
        units = {key: min(left[key], wanted) for key, wanted in returned.units.items() if left.get(key)}
        left |= {key: left[key] - back for key, back in units.items()}
        if units and any(left.values()):
            found.append(Return(units=units, paid=returned.paid))
    return (lines, grosses), found


@given(case=possible_returns(), charged=amounts, used=amounts)
def test_money_and_credit_together_never_exceed_what_the_goods_were_worth(
    case: tuple[tuple[list[SaleLine], list[int]], list[Return]], charged: int, used: int
) -> None:
    """The rule a second time, from the money: what the shop named, and what was charged for the rest."""
    (lines, grosses), returns = case
    each = {
        line.key: Fraction(gross) / Fraction(line.quantity)
        for line, gross in zip(lines, grosses, strict=True)
    }

    def worth(returned: Return) -> Fraction:
        return sum((each[key] * units for key, units in returned.units.items()), Fraction(0))

    goods = sum(map(worth, returns), Fraction(0))
    named = sum(
        (min(Fraction(back.paid), worth(back)) for back in returns if back.paid is not None), Fraction(0)
    )
    unnamed = sum((worth(back) for back in returns if back.paid is None), Fraction(0))
    money = named + min(unnamed, max(Fraction(0), charged - named))

    back = credit_back(lines, grosses, returns, charged=charged, used=used)

    half = Fraction(1, 2)
    assert back <= used
    assert back == 0 or back + money <= goods + half
    assert back == used or back + money >= goods - half


@given(sale=sales, charged=amounts, used=amounts, paid=st.none() | amounts)
def test_everything_back_is_all_the_credit(
    sale: tuple[list[SaleLine], list[int]], charged: int, used: int, paid: int | None
) -> None:
    lines, grosses = sale
    each = [Return(units={line.key: Fraction(line.quantity)}, paid=paid) for line in lines]

    assert credit_back(lines, grosses, each, charged=charged, used=used) == used
