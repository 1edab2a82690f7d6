"""Tiers, bases, caps and recurring payments, worked out by hand and searched for counterexamples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_firstline.domain import caps
from flask_firstline.domain.caps import Given, give_away_room, limits
from flask_firstline.domain.clauses import (
    PLAIN,
    Base,
    Caps,
    Clauses,
    Recurring,
    Span,
    Tier,
    Tiers,
    months_after,
    pack_clauses,
    read_clauses,
)
from flask_firstline.domain.commission import Figure, Frozen, Limit, Progress, Seat, Share, hits, kept, plan
from flask_firstline.domain.figures import Payment, Standing, figures, offsets
from flask_firstline.domain.money import half_up
from flask_firstline.domain.portions import WHOLE
from flask_firstline.domain.reward import RewardTerms
from flask_firstline.domain.sale import SaleLine, base_of, net_before
from flask_firstline.domain.terms import Terms, TermsBook

D = Decimal
AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
RISING = Tiers(by=Span.MONTH, tiers=(Tier(begins=1000, percent=D(12)), Tier(begins=5000, percent=D(15))))


def line(key: str = "a", total: int = 1190, *, discount: int = 0, quantity: int = 1, **more: Any) -> SaleLine:
    values = {"product_ref": f"p-{key}", "vat_rate": D(19), **more}
    return SaleLine(key=key, total=total, discount=discount, quantity=D(quantity), **values)


def shares_of(
    rows: list[Terms], *lines: SaleLine, frozen: Frozen | None = None, levels: int = 1
) -> tuple[Share, ...]:
    seating = [Seat(level=level, partner_id=level * 10) for level in range(1, levels + 1)]
    grosses = [one.left for one in lines]
    book = TermsBook(rows, currency="EUR")
    return plan(lines, grosses, seating, book, prices_include_vat=True, frozen=frozen or Frozen())


# Bases -----------------------------------------------------------------------------------------------------

BASES = {
    Base.NET: 800,
    Base.NET_BEFORE: 1000,
    Base.GROSS: 952,
    Base.GROSS_BEFORE: 1190,
    Base.MARGIN: 500,
}


@pytest.mark.parametrize(("base", "amount"), BASES.items())
def test_a_per_cent_can_be_of_each_base(base: Base, amount: int) -> None:
    sold = line(total=1190, discount=238, quantity=2, cost=D(150))

    found = shares_of([Terms(level=1, percent=D(10), clauses=Clauses(base=base))], sold)

    assert base_of(sold, 952, base, prices_include_vat=True) == amount
    assert [(share.base, share.amount, share.basis) for share in found] == [(amount, amount // 10, base)]


@pytest.mark.parametrize(("base", "amount"), BASES.items())
def test_prices_without_vat_have_the_same_bases(base: Base, amount: int) -> None:
    sold = line(total=1000, discount=200, quantity=2, cost=D(150))

    assert base_of(sold, 952, base, prices_include_vat=False) == amount


def test_a_margin_is_never_below_zero_and_needs_the_cost() -> None:
    assert base_of(line(cost=D(2000)), 1190, Base.MARGIN, prices_include_vat=True) == 0
    assert base_of(line(), 1190, Base.MARGIN, prices_include_vat=True) == 0
    assert base_of(line(cost=D("0.5"), quantity=3), 1190, Base.MARGIN, prices_include_vat=True) == 998


def test_a_line_given_away_earns_nothing_on_any_base() -> None:
    free = line(total=1190, discount=1190, cost=D(0))

    assert [base_of(free, 0, base, prices_include_vat=True) for base in Base] == [0] * 5


def test_no_base_earns_more_than_all_levels_may() -> None:
    rows = [Terms(level=1, percent=D(100), clauses=Clauses(base=Base.GROSS_BEFORE))]

    assert [(one.amount, one.cut) for one in shares_of(rows, line(discount=238))] == [(800, 390)]


def test_shipping_is_an_item_of_its_own_where_goods_earn() -> None:
    post = line("post", 595, product_ref="")
    rows = [Terms(level=1, percent=D(10), clauses=Clauses(shipping=True))]
    frozen = Frozen(shipping=post)

    assert [(one.line_key, one.amount) for one in shares_of(rows, line(), frozen=frozen)] == [
        ("a", 100),
        ("post", 50),
    ]
    assert shares_of(rows, line(takes_part=False), frozen=frozen) == ()
    plain = [Terms(level=1, percent=D(10))]
    assert [one.line_key for one in shares_of(plain, line(), frozen=frozen)] == ["a"]


def test_shipping_goes_back_with_the_last_of_the_goods() -> None:
    goods = [line()]
    half = kept(goods, [1190], Progress(total=1785, paid=1785, given_back=595))
    none = kept(goods, [1190], Progress(total=1785, paid=1785, returned={"a": Fraction(1)}))

    assert (half.of(50, "post"), none.of(50, "post")) == (25, 0)


# Tiers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reached", "percent"), [(0, 10), (999, 10), (1000, 12), (4999, 12), (5000, 15)])
def test_tiers_are_half_open(reached: int, percent: int) -> None:
    assert RISING.at(D(10), reached)[2] == percent


def test_slabs_take_each_part_by_its_tier() -> None:
    assert RISING.mixed(D(10), 800, 400) == Fraction(11)  # 200 at 10, 200 at 12
    assert RISING.mixed(D(10), 0, 10_000) == Fraction(10 * 1000 + 12 * 4000 + 15 * 5000, 10_000)


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=6),
    st.integers(0, 9000),
    st.lists(
        st.tuples(st.integers(1, 8000), st.integers(0, 100)), min_size=1, max_size=4, unique_by=lambda t: t[0]
    ),
)
def test_slabs_of_parts_come_to_the_slab_of_the_whole(
    sizes: list[int], reached: int, steps: list[tuple[int, int]]
) -> None:
    ordered = tuple(Tier(begins=begins, percent=D(percent)) for begins, percent in sorted(steps))
    tiers = Tiers(by=Span.EVER, tiers=ordered, slab=True)
    parts, at = Fraction(0), reached
    for size in sizes:
        parts += tiers.mixed(D(7), at, size) * size
        at += size

    assert parts == tiers.mixed(D(7), reached, sum(sizes)) * sum(sizes)


def tiered(tiers: Tiers, **standing: Any) -> dict[str, Figure]:
    lines = [line("a", 1190), line("b", 1190)]
    rows = [Terms(level=n, percent=D(10), currency="EUR", clauses=Clauses(tiers=tiers)) for n in (1, 2)]
    seating = [Seat(level=n, partner_id=n) for n in (1, 2)]
    found = hits(
        lines,
        [1190, 1190],
        seating,
        TermsBook(rows, currency="EUR"),
        prices_include_vat=True,
        frozen=Frozen(),
    )
    laid = offsets(lines, [1190, 1190], prices_include_vat=True)
    return figures(found, laid, Standing(at=AT, sellers={1: WHOLE}, **standing))


def test_the_sum_before_a_sale_chooses_its_tier_and_the_sale_lifts_only_the_next() -> None:
    found = tiered(RISING, sums={(1, Span.MONTH): 900, (2, Span.MONTH): 1000})

    assert {place: figure.rate for place, figure in found.items()} == {
        "1|a": 10,
        "2|a": 12,
        "1|b": 10,
        "2|b": 12,
    }


def test_slabs_go_on_from_line_to_line_for_the_partner_whose_sale_it_is() -> None:
    slab = Tiers(by=Span.MONTH, tiers=RISING.tiers, slab=True)
    found = tiered(slab, sums={(1, Span.MONTH): 500, (2, Span.MONTH): 500})

    assert {place: figure.rate for place, figure in found.items()} == {
        "1|a": 11,
        "2|a": 10,
        "1|b": 12,
        "2|b": 10,
    }


def test_tiers_by_the_value_of_an_order() -> None:
    assert {one.rate for one in tiered(Tiers(by=Span.ORDER, tiers=RISING.tiers)).values()} == {12}
    slab = tiered(Tiers(by=Span.ORDER, tiers=RISING.tiers, slab=True))
    assert [slab[place].rate for place in ("1|a", "1|b")] == [10, 12]


@pytest.mark.parametrize(
    ("span", "begin"),
    [
        (Span.MONTH, "2026-11-01T00:00:00+00:00"),
        (Span.QUARTER, "2026-10-01T00:00:00+00:00"),
        (Span.YEAR, "2026-01-01T00:00:00+00:00"),
    ],
)
def test_periods_are_those_of_the_calendar(span: Span, begin: str) -> None:
    found = span.begin(AT)

    assert found is not None and found.isoformat() == begin
    assert Span.EVER.begin(AT) is None


# Recurring payments ----------------------------------------------------------------------------------------


def recurring(said: Recurring, number: int, first_at: datetime = AT) -> Figure:
    rows = [Terms(level=1, percent=D(5), clauses=Clauses(recurring=said))]
    found = hits(
        [line()], [1190], [Seat(level=1, partner_id=1)], TermsBook(rows, currency="EUR"),
        prices_include_vat=True, frozen=Frozen(),
    )  # fmt: skip
    payment = Payment(number=number, first_at=first_at)
    laid = offsets([line()], [1190], prices_include_vat=True)
    return figures(found, laid, Standing(at=AT, payments={"": payment}))["1|a"]


def test_each_payment_has_its_rate_and_the_last_holds_on() -> None:
    said = Recurring(rates=(D(20), D(10)))

    assert [recurring(said, number).rate for number in (1, 2, 3, 99)] == [20, 10, 10, 10]


def test_recurring_commissions_end_after_payments_or_months() -> None:
    assert [recurring(Recurring(payments=2), number).ended for number in (1, 2, 3)] == [
        None,
        None,
        "payments",
    ]
    year = Recurring(months=12)
    assert recurring(year, 12, months_after(AT, -11)).ended is None
    assert recurring(year, 13, months_after(AT, -12)).ended == "months"


def test_an_ended_payment_gives_nothing() -> None:
    ended = Figure(rate=Fraction(5), payment=3, ended="payments")
    rows = [Terms(level=1, percent=D(5), clauses=Clauses(recurring=Recurring(payments=2)))]

    assert shares_of(rows, line(), frozen=Frozen(figures={"1|a": ended})) == ()


# Caps ------------------------------------------------------------------------------------------------------


def capped(amount: int, **more: Any) -> list[Terms]:
    said = Caps(**{"order": amount, **more})
    return [Terms(level=1, percent=D(10), currency="EUR", clauses=Clauses(caps=said))]


def test_a_cap_is_spread_over_the_lines_and_named() -> None:
    found = shares_of(capped(150), line("a", 1190), line("b", 1190))

    assert limits(found, {}) == {
        "1|a": Limit(full=100, to=75, by=("order",)),
        "1|b": Limit(full=100, to=75, by=("order",)),
    }


def test_the_narrowest_cap_wins() -> None:
    found = shares_of(capped(90, partner=500, customer=200), line())
    key = (found[0].terms.place, 10)

    assert limits(found, {key: Given(partner=430, customer=100)})["1|a"].by == ("partner",)
    assert limits(found, {key: Given(partner=430, customer=190)})["1|a"] == Limit(
        full=100, to=10, by=("customer",)
    )
    assert limits(found, {key: Given(partner=900)})["1|a"].to == 0


def test_the_give_away_cap_cuts_the_top_level_first() -> None:
    rows = [Terms(level=n, percent=D(10)) for n in (1, 2, 3)]
    sold = line("a", 1190, discount=119)
    found = shares_of(rows, sold, levels=3)
    room = give_away_room([sold], [1071], D(25), prices_include_vat=True)

    assert room == 150  # 25 % of 10.00 less the discount of 1.00
    assert {place: limit.to for place, limit in limits(found, {}, room).items()} == {"2|a": 60, "3|a": 0}
    assert limits(found, {}, room)["3|a"].by == (caps.GIVE_AWAY,)


@given(
    st.lists(st.integers(1, 100_000), min_size=1, max_size=5),
    st.lists(st.integers(0, 60), min_size=1, max_size=4),
    st.integers(0, 3000),
    st.one_of(st.none(), st.integers(-500, 5000)),
)
def test_no_cap_is_ever_exceeded_and_nothing_grows(
    totals: list[int], percents: list[int], cap: int, room: int | None
) -> None:
    said = Clauses(caps=Caps(order=cap))
    rows = [
        Terms(level=n, percent=D(percent), currency="EUR", clauses=said)
        for n, percent in enumerate(percents, 1)
    ]
    lines = [line(str(n), total) for n, total in enumerate(totals)]
    found = shares_of(rows, *lines, levels=len(percents))
    cut = shares_of(rows, *lines, levels=len(percents), frozen=Frozen(limits=limits(found, {}, room)))

    per_level = {level: sum(one.amount for one in cut if one.level == level) for level in range(1, 5)}
    assert max(per_level.values()) <= cap
    assert room is None or sum(per_level.values()) <= max(0, room)
    assert all(0 <= after.amount <= before.amount for before, after in zip(found, cut, strict=True))


@given(
    st.lists(st.tuples(st.integers(1, 100_000), st.integers(0, 50)), min_size=1, max_size=4),
    st.decimals(0, 60, places=2),
    st.decimals("0.01", 60, places=2),
    st.one_of(st.none(), st.integers(1, 5000)),
)
def test_discount_levels_and_a_kickback_of_a_per_cent_never_pass_the_cap_over_all(
    goods: list[tuple[int, int]], cap: D, percent: D, at_most: int | None
) -> None:
    lines = [line(str(n), total, discount=total * off // 100) for n, (total, off) in enumerate(goods)]
    grosses = [one.left for one in lines]
    reward = RewardTerms(label="Thanks", percent=percent, cap=at_most, currency="EUR")
    kickback = reward.promised_by(lines, prices_include_vat=True)
    rows = [Terms(level=n, percent=D(20)) for n in (1, 2, 3)]
    room = give_away_room(lines, grosses, cap, prices_include_vat=True, kickback=kickback)
    found = shares_of(rows, *lines, levels=3)
    cut = shares_of(rows, *lines, levels=3, frozen=Frozen(limits=limits(found, {}, room)))

    net = sum(net_before(one, prices_include_vat=True) for one in lines)
    discount = net - sum(base_of(one, one.left, Base.NET, prices_include_vat=True) for one in lines)
    levels = sum(share.amount for share in cut)
    allowed = half_up(Fraction(net) * Fraction(cap) / 100)
    assert 0 <= kickback <= half_up(Fraction(net) * Fraction(percent) / 100)
    assert at_most is None or kickback <= at_most
    assert levels == 0 or discount + kickback + levels <= allowed
    assert levels <= max(0, allowed - discount - kickback)


def test_a_kickback_of_a_per_cent_counts_on_the_goods_that_it_is_for() -> None:
    balm, soap = line("balm", 1190), line("soap", 2380, categories=("care",))
    whole = RewardTerms(label="Thanks", percent=D(10))
    kinds = (
        whole,
        replace(whole, products=frozenset({"p-balm"})),
        replace(whole, categories=frozenset({"care"})),
        replace(whole, products=frozenset({"p-oil"})),
        replace(whole, cap=150, currency="EUR"),
    )

    worth = [terms.promised_by([balm, soap], prices_include_vat=True) for terms in kinds]

    assert worth == [300, 100, 200, 0, 150]


@given(
    st.lists(st.integers(1, 50_000), min_size=1, max_size=4),
    st.integers(0, 2000),
    st.integers(0, 20_000),
    st.data(),
)
def test_a_sale_returned_in_full_earns_nothing_under_caps_and_tiers(
    totals: list[int], cap: int, reached: int, data: st.DataObject
) -> None:
    tiers = Tiers(by=Span.ORDER, tiers=RISING.tiers, slab=data.draw(st.booleans()))
    said = Clauses(caps=Caps(order=cap), tiers=tiers)
    rows = [Terms(level=1, percent=D(9), currency="EUR", clauses=said)]
    lines = [line(str(n), total) for n, total in enumerate(totals)]
    grosses = [one.left for one in lines]
    book, seat = TermsBook(rows, currency="EUR"), [Seat(level=1, partner_id=1)]
    found = hits(lines, grosses, seat, book, prices_include_vat=True, frozen=Frozen())
    laid = offsets(lines, grosses, prices_include_vat=True)
    made = figures(found, laid, Standing(at=AT, sellers={1: WHOLE}))
    uncut = plan(lines, grosses, seat, book, prices_include_vat=True, frozen=Frozen(figures=made))
    frozen = Frozen(figures=made, limits=limits(uncut, {}))
    shares = plan(lines, grosses, seat, book, prices_include_vat=True, frozen=frozen)

    back = kept(lines, grosses, Progress(total=sum(grosses), paid=sum(grosses), given_back=sum(grosses)))
    whole = kept(lines, grosses, Progress(total=sum(grosses), paid=sum(grosses)))
    assert sum(back.of(share.amount, share.line_key) for share in shares) == 0
    assert sum(whole.of(share.amount, share.line_key) for share in shares) <= cap


# What cannot work ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: Tiers(by=Span.MONTH, tiers=()), "above 0"),
        (lambda: Tiers(by=Span.MONTH, tiers=(Tier(begins=0, percent=D(1)),)), "above 0"),
        (lambda: Tiers(by=Span.MONTH, tiers=(Tier(begins=5, percent=D(101)),)), "from 0 to 100"),
        (lambda: Caps(), "a cap is an amount"),
        (lambda: Caps(order=-1), "a cap is an amount"),
        (lambda: Caps(order=1, period=Span.YEAR), "period goes with"),
        (lambda: Caps(partner=1, period=Span.ORDER), "period of a cap"),
        (lambda: Recurring(), "recurring terms have"),
        (lambda: Recurring(payments=0), "at least 1"),
        (lambda: Recurring(rates=(D(-1),)), "from 0 to 100"),
        (lambda: Terms(level=1, percent=D(1), clauses=Clauses(tiers=RISING)), "have a currency"),
        (lambda: Terms(level=1, fixed=1, currency="EUR", clauses=Clauses(base=Base.GROSS)), "no base"),
        (lambda: Terms(level=1, percent=D(1), product_ref="p", clauses=Clauses(shipping=True)), "no product"),
        (lambda: Terms(level=1, percent=D(1), clauses=Clauses(shipping=True, base=Base.MARGIN)), "no margin"),
        (
            lambda: Terms(
                level=1,
                percent=D(1),
                currency="EUR",
                clauses=Clauses(tiers=RISING, recurring=Recurring(rates=(D(1),))),
            ),
            "do not go together",
        ),
    ],
)
def test_what_cannot_work_is_refused(wrong: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        wrong()


@pytest.mark.parametrize(
    "clauses",
    [
        PLAIN,
        Clauses(base=Base.MARGIN, shipping=False),
        Clauses(shipping=True, tiers=RISING),
        Clauses(caps=Caps(order=1, partner=2, period=Span.YEAR)),
        Clauses(recurring=Recurring(rates=(D(20), D("7.5")), payments=3, months=12)),
    ],
)
def test_clauses_are_kept_and_read_back(clauses: Clauses) -> None:
    assert read_clauses(pack_clauses(clauses)) == clauses
