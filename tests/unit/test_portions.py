"""Credit that several partners share: its weights, and what each portion earns, for any of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain.commission import (
    Link,
    Progress,
    SaleLine,
    Seat,
    Share,
    kept,
    level_and_portion,
    place_of,
    plan,
    seats,
)
from flask_firstline.domain.money import half_up
from flask_firstline.domain.portions import WHOLE, Portion, check, numbered, percent_of, weight_of
from flask_firstline.domain.terms import Terms, TermsBook

PERCENTS = ("10", "5", "1.5")


@st.composite
def weights(draw: st.DrawFn) -> list[int]:
    """Draw weights of two to five partners that add up."""
    cuts = draw(st.lists(st.integers(1, WHOLE - 1), min_size=1, max_size=4, unique=True))
    bounds = [0, *sorted(cuts), WHOLE]
    return [end - begin for begin, end in zip(bounds, bounds[1:], strict=False)]


def shares_of(total: int, shared: Sequence[int], *, cap: int = 100) -> tuple[Share, ...]:
    """Plan a line without VAT: every portion has two levels of partners of its own, and one above all."""
    line = SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=total)
    seating = [
        Seat(level=level, partner_id=9 if level == 3 else 10 * level + n, portion=n, weight=weight)
        for level in (1, 2, 3)
        for n, weight in enumerate(shared)
    ]
    rows = [Terms(level=n, percent=Decimal(percent)) for n, percent in enumerate(PERCENTS, 1)]
    book = TermsBook(rows, currency="EUR")
    return plan([line], [total], seating, book, prices_include_vat=True, levels_cap=Decimal(cap))


def of_level(shares: Sequence[Share], level: int) -> list[int]:
    return [share.amount for share in shares if share.level == level]


@given(total=st.integers(1, 1_000_000), shared=weights())
def test_each_portion_is_its_part_of_what_the_terms_give_rounded_half_up_once(
    total: int, shared: list[int]
) -> None:
    found = {share.place: share.amount for share in shares_of(total, shared)}

    for level, percent in enumerate(PERCENTS, 1):
        for n, weight in enumerate(shared):
            exact = total * Fraction(percent) / 100 * Fraction(weight, WHOLE)
            assert found.get(place_of(level, "a", n), 0) == half_up(exact)


@given(total=st.integers(1, 1_000_000), shared=weights())
def test_all_portions_differ_from_the_whole_by_at_most_half_a_cent_each(
    total: int, shared: list[int]
) -> None:
    whole, parts = shares_of(total, [WHOLE]), shares_of(total, shared)

    for level in (1, 2, 3):
        difference = sum(of_level(parts, level)) - sum(of_level(whole, level))
        assert 2 * abs(difference) <= len(shared)


@given(hundreds=st.integers(1, 10_000), shared=st.sampled_from([[6_000, 4_000], [2_500] * 4, [5_000, 5_000]]))
def test_where_the_weights_divide_nothing_is_lost(hundreds: int, shared: list[int]) -> None:
    total = hundreds * 20_000
    whole, parts = shares_of(total, [WHOLE]), shares_of(total, shared)

    assert [sum(of_level(parts, level)) for level in (1, 2, 3)] == [
        sum(of_level(whole, level)) for level in (1, 2, 3)
    ]


@given(total=st.integers(1, 100_000), shared=weights(), cap=st.integers(0, 20))
def test_the_cap_over_all_levels_counts_the_portions_together(
    total: int, shared: list[int], cap: int
) -> None:
    found = shares_of(total, shared, cap=cap)

    assert sum(share.amount for share in found) <= half_up(Fraction(total * cap, 100))
    assert all(share.amount >= 0 and share.cut >= 0 for share in found)


@given(total=st.integers(1, 100_000), shared=weights(), paid=st.integers(0, 100), back=st.integers(0, 100))
def test_what_is_kept_stays_between_nought_and_the_whole_and_ends_at_nought(
    total: int, shared: list[int], paid: int, back: int
) -> None:
    line = SaleLine(key="a", product_ref="p", quantity=Decimal(1), total=total)
    some = Progress(total=total, paid=total * paid // 100, given_back=total * back // 100)
    none = Progress(total=total, paid=total, returned={"a": Fraction(1)})

    for share in shares_of(total, shared):
        assert 0 <= kept([line], [total], some).of(share.amount, "a") <= share.amount
        assert kept([line], [total], none).of(share.amount, "a") == 0


def test_who_has_a_portion_sits_on_level_1_of_its_chain_whoever_that_is() -> None:
    chain = [Link(contact_id=1, is_partner=False), Link(contact_id=2, is_partner=True)]

    found = seats(chain, levels=2, buyer_id=None, portion=Portion(partner_id=1, weight=3_000, number=2))

    assert [(seat.level, seat.partner_id, seat.barred) for seat in found] == [
        (1, 1, "no partner"),
        (2, 2, None),
    ]
    assert {(seat.portion, seat.weight) for seat in found} == {(2, 3_000)}


def test_a_partner_who_buys_with_a_portion_gets_nothing_for_it() -> None:
    chain = [Link(contact_id=1, is_partner=True)]

    (seat,) = seats(chain, levels=1, buyer_id=1, portion=Portion(partner_id=1, weight=3_000))

    assert seat.barred == "own order"


def test_places_name_line_level_and_portion() -> None:
    assert [place_of(2, "a|b"), place_of(2, "a|b", 3)] == ["2|a|b", "2.3|a|b"]
    assert [level_and_portion("2|a|b"), level_and_portion("2.3|a|b")] == [(2, 0), (2, 3)]


def test_who_stays_keeps_the_number_and_others_get_new_ones() -> None:
    before = (Portion(partner_id=1, weight=6_000), Portion(partner_id=2, weight=4_000, number=1))
    wanted = (Portion(partner_id=3, weight=5_000), Portion(partner_id=2, weight=5_000))

    assert [(one.partner_id, one.number) for one in numbered(wanted, before, 4)] == [(3, 5), (2, 1)]


@pytest.mark.parametrize(
    ("text", "weight"), [("60", 6_000), (" 33,33 ", 3_333), ("66.67 %", 6_667), ("100", WHOLE), ("0.01", 1)]
)
def test_weights_are_read_as_people_write_them(text: str, weight: int) -> None:
    assert weight_of(text) == weight
    assert weight_of(str(percent_of(weight))) == weight


@pytest.mark.parametrize("text", ["", "x", "0", "-1", "100.01", "33.333", "nan", "1e400"])
def test_what_is_no_weight_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"weight|per cent"):
        weight_of(text)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ([], "shared by 1 to 10"),
        ([(1, 6_000), (2, 3_999)], "not to 99.99"),
        ([(1, 5_000), (1, 5_000)], "named once"),
        ([(1, WHOLE), (2, 0)], "above 0"),
        ([(n, 900) for n in range(11)], "shared by 1 to 10"),
    ],
)
def test_portions_that_cannot_be_are_refused(wanted: list[tuple[int, int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check([Portion(partner_id=partner_id, weight=weight) for partner_id, weight in wanted])
