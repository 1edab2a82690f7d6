"""What codes brought, and acts on many of them at once."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from flask_firstline.models import Audit, CameBy, Code, Redemption
from flask_firstline.services import code_acts, code_figures, redemption_acts
from flask_firstline.services.code_acts import ENDS_BEFORE_BEGIN, LIMIT_BELOW_USE, Tally
from flask_firstline.services.code_figures import CodeFigures, Step
from flask_firstline.services.mistakes import BadTerms, NotThere
from flask_firstline.testing import FakeShop, make_cart, make_code, make_coupon, make_line

from .kit import cart_of
from .use_kit import code_id, use

UTC = ZoneInfo("UTC")


def figures(shop: FakeShop, *codes: str, partner: int | None = None) -> CodeFigures:
    ids = [code_id(shop, code) for code in codes or ("vonmeier",)]
    with shop.transaction() as session:
        return code_figures.figures(session.connection(), ids, partner=partner)


def sold(shop: FakeShop, ref: str, buyer: str, code: str = "vonmeier", *, pay: bool = True) -> None:
    shop.place(make_cart(customer=shop.add_customer(buyer), key=ref), ref, codes=[code])
    if pay:
        shop.pay(ref)


def test_a_code_that_nobody_used_has_brought_nothing(shop: FakeShop) -> None:
    assert figures(shop) == CodeFigures()


def test_figures_add_up_uses_orders_discount_sales_people_and_commission(shop: FakeShop) -> None:
    sold(shop, "o1", "ina")
    sold(shop, "o2", "ina")
    sold(shop, "o3", "uwe", pay=False)

    found = figures(shop)

    assert (found.uses, found.orders, found.new_customers, found.repeat_buyers) == (3, 3, 2, 1)
    assert found.discount == {"EUR": 1500}
    assert found.goods == {"EUR": 6000}
    assert found.commission == {"EUR": 2 * 268}
    assert found.last_use == shop.clock.now


def test_what_went_back_is_taken_off_the_commission(shop: FakeShop) -> None:
    sold(shop, "o1", "ina")
    sold(shop, "o2", "uwe")
    shop.refund("o1")

    found = figures(shop)

    assert (found.uses, found.commission) == (2, {"EUR": 268})


def test_a_cancelled_order_gives_its_use_back(shop: FakeShop) -> None:
    sold(shop, "o1", "ina", pay=False)
    shop.cancel("o1")

    assert figures(shop).uses == 0


def test_a_partner_sees_the_own_commission_only(shop: FakeShop) -> None:
    sold(shop, "o1", "ina")
    meier = shop.rows(Code, display="vonmeier")[0].owner_id

    assert figures(shop, partner=meier).commission == {"EUR": 168}


def test_figures_of_several_codes_are_their_sum(shop: FakeShop) -> None:
    make_code(shop.app, "zwei", amount="1.00")
    use(shop, "vonmeier", 2)
    use(shop, "zwei", 3)

    assert figures(shop, "vonmeier", "zwei").uses == 5


# fmt: off
@pytest.mark.parametrize(("link", "typed", "shares"), [
    (0, 0, (0, 0)), (1, 0, (100, 0)), (1, 2, (33, 67)), (1, 1, (50, 50)), (199, 1, (100, 1)),
])
# fmt: on
def test_shares_say_by_which_way_buyers_came(
    shop: FakeShop, link: int, typed: int, shares: tuple[int, int]
) -> None:
    use(shop, "vonmeier", link)
    use(shop, "vonmeier", typed, came_by=CameBy.TYPED, touched=False)

    found = figures(shop)

    assert (found.share("link"), found.share("typed")) == shares
    assert found.strangers == typed


def test_reservations_are_counted_apart(shop: FakeShop) -> None:
    use(shop, "vonmeier", 2, state="reserved")
    use(shop, "vonmeier", 1, state="released")

    assert (figures(shop).uses, figures(shop).reserved) == (0, 2)


def spans(shop: FakeShop, step: Step, zone: ZoneInfo = UTC) -> dict[date, int]:
    with shop.transaction() as session:
        found = code_figures.uses_over_time(
            session.connection(), [code_id(shop, "vonmeier")], step, now=shop.clock.now, zone=zone
        )
    return {span.begins: span.uses for span in found}


def test_four_weeks_stand_day_by_day_without_a_gap(shop: FakeShop) -> None:
    use(shop, "vonmeier", 2)
    use(shop, "vonmeier", 3, days_ago=27)
    use(shop, "vonmeier", 5, days_ago=28)
    today = shop.clock.now.date()

    found = spans(shop, Step.DAY)

    assert len(found) == 28
    assert {day: uses for day, uses in found.items() if uses} == {today: 2, today - timedelta(days=27): 3}


def test_half_a_year_stands_week_by_week_from_monday(shop: FakeShop) -> None:
    monday = date(2026, 5, 4)
    use(shop, "vonmeier", 2)
    use(shop, "vonmeier", 3, days_ago=1)

    found = spans(shop, Step.WEEK)

    assert shop.clock.now.date() == monday
    assert len(found) == 26
    assert {day: uses for day, uses in found.items() if uses} == {monday: 2, monday - timedelta(days=7): 3}


def test_a_day_begins_at_midnight_in_the_shops_zone(shop: FakeShop) -> None:
    late = shop.clock.now.replace(hour=23) - timedelta(days=1)
    use(shop, "vonmeier", 1, at=late)

    today = shop.clock.now.date()

    assert spans(shop, Step.DAY)[today] == 0
    assert spans(shop, Step.DAY, ZoneInfo("Europe/Berlin"))[today] == 1


# Acts on many codes ---------------------------------------------------------------------------------------


def many(shop: FakeShop, number: int = 3) -> list[int]:
    make_coupon(shop.app, "Standing")
    return [make_code(shop.app, f"CODE-{n:04}", coupon="Standing") for n in range(number)]


def acted(shop: FakeShop, act: object, ids: list[int], value: object) -> Tally:
    with shop.transaction() as session:
        return act(session.connection(), ids, value, who="ines", now=shop.clock.now)  # type: ignore[operator,no-any-return]


def test_codes_are_switched_once_and_each_is_logged(shop: FakeShop) -> None:
    ids = many(shop)
    acted(shop, code_acts.set_active, ids[:1], False)

    tally = acted(shop, code_acts.set_active, ids, False)

    assert tally == Tally(changed=2)
    assert [row.active for row in shop.rows(Code) if row.id in ids] == [False] * 3
    logged = [row.subject for row in shop.rows(Audit, act="switch off")]
    assert logged == ["CODE-0000", "CODE-0001", "CODE-0002"]


def test_an_act_reaches_more_codes_than_one_statement_holds(shop: FakeShop) -> None:
    ids = many(shop, 3)
    with shop.transaction() as session:
        conn = session.connection()
        coupon = conn.execute(select(Code.coupon_id).where(Code.id == ids[0])).scalar_one()
        rows = [
            {
                "coupon_id": coupon, "display": f"m{n}", "key": f"m{n}", "skeleton": f"m{n}", "used": 0,
                "active": True, "created_at": shop.clock.now,
            }
            for n in range(1100)
        ]  # fmt: skip
        conn.execute(Code.__table__.insert(), rows)
        ids = list(conn.execute(select(Code.id).where(Code.coupon_id == coupon)).scalars())

    assert acted(shop, code_acts.set_link_only, ids, True) == Tally(changed=1103)
    assert acted(shop, code_acts.set_link_only, ids, True) == Tally()
    assert len(shop.rows(Audit, act="link only")) == 1103


def test_codes_get_an_owner_and_lose_it_again(shop: FakeShop) -> None:
    ids = many(shop)
    meier = shop.rows(Code, display="vonmeier")[0].owner_id

    given = acted(shop, code_acts.set_owner, ids, meier)
    taken = acted(shop, code_acts.set_owner, ids[:2], None)

    assert (given.changed, taken.changed) == (3, 2)
    assert [row.owner_id for row in shop.rows(Code) if row.id in ids] == [None, None, meier]
    assert shop.rows(Audit, act="change")[-1].before == {"owner_id": meier}


def test_an_owner_who_is_not_there_changes_nothing(shop: FakeShop) -> None:
    with pytest.raises(NotThere):
        acted(shop, code_acts.set_owner, many(shop), 4711)


def test_a_code_that_is_not_there_stops_the_act(shop: FakeShop) -> None:
    ids = many(shop)

    with pytest.raises(NotThere):
        acted(shop, code_acts.set_active, [*ids, 4711], False)

    assert all(row.active for row in shop.rows(Code))


# fmt: off
@pytest.mark.parametrize(("uses", "limit", "changed"), [(2, 3, True), (3, 3, True), (4, 3, False)])
# fmt: on
def test_a_limit_below_the_uses_leaves_a_code_out(
    shop: FakeShop, uses: int, limit: int, changed: bool
) -> None:
    ids = many(shop, 1)
    use(shop, "CODE-0000", uses)

    tally = acted(shop, code_acts.set_limit, ids, limit)

    code = shop.rows(Code, display="CODE-0000")[0]
    if changed:
        assert tally == Tally(changed=1)
        assert (code.max_uses, code.used) == (limit, uses)
    else:
        assert tally == Tally(refused=(("CODE-0000", LIMIT_BELOW_USE),))
        assert (code.max_uses, code.used) == (None, 0)


def test_without_a_limit_nothing_is_counted(shop: FakeShop) -> None:
    ids = many(shop, 1)
    use(shop, "CODE-0000", 2)
    acted(shop, code_acts.set_limit, ids, 5)

    acted(shop, code_acts.set_limit, ids, None)

    code = shop.rows(Code, display="CODE-0000")[0]
    assert (code.max_uses, code.used) == (None, 0)


def test_a_limit_that_was_set_for_many_is_kept(shop: FakeShop) -> None:
    ids = many(shop, 2)
    use(shop, "CODE-0000", 1)
    acted(shop, code_acts.set_limit, ids, 2)

    shop.place(cart_of("ina", make_line("a", "25.00")), "o1", codes=["CODE-0000"])
    quote = shop.apply(cart_of("uwe", make_line("a", "25.00")), "CODE-0000")

    assert quote.reason == "used_up"


@pytest.mark.parametrize("limit", [0, -1, 10**9 + 1])
def test_a_limit_that_cannot_be_is_refused(shop: FakeShop, limit: int) -> None:
    with pytest.raises(BadTerms):
        acted(shop, code_acts.set_limit, many(shop, 1), limit)


def test_an_end_is_set_and_taken_off_and_cannot_be_before_the_beginning(shop: FakeShop) -> None:
    ids, now = many(shop), shop.clock.now
    with shop.transaction() as session:
        session.execute(update(Code).where(Code.id == ids[0]).values(valid_from=now))

    at_once = acted(shop, code_acts.set_end, ids, now)
    later = acted(shop, code_acts.set_end, ids, now + timedelta(seconds=1))
    never = acted(shop, code_acts.set_end, ids, None)

    assert at_once == Tally(changed=2, refused=(("CODE-0000", ENDS_BEFORE_BEGIN),))
    assert (later, never) == (Tally(changed=3), Tally(changed=3))


# Acts on redemptions --------------------------------------------------------------------------------------


def redemption_act(shop: FakeShop, act: object, ids: list[int]) -> Tally:
    with shop.transaction() as session:
        ctx = shop.state.context(session.connection(), now=shop.clock.now)
        return act(ctx, ids, who="ines")  # type: ignore[operator,no-any-return]


def test_reservations_are_freed_once_with_their_counters(shop: FakeShop) -> None:
    make_code(shop.app, "ONCE", max_uses=1)
    cart = cart_of("ina", make_line("a", "25.00"))
    shop.apply(cart, "ONCE")
    shop.reserve(cart)
    ids = [row.id for row in shop.rows(Redemption)]
    before = shop.rows(Code, display="ONCE")[0].used

    tallies = [redemption_act(shop, redemption_acts.release_reserved, ids) for _time in range(2)]

    assert [tally.changed for tally in tallies] == [1, 0]
    assert (before, shop.rows(Code, display="ONCE")[0].used) == (1, 0)
    logged = [(row.act, row.noun) for row in shop.rows(Audit) if row.who == "ines"]
    assert logged == [("release", "redemption")]


def test_flags_are_cleared_and_what_counted_counts_on(shop: FakeShop) -> None:
    use(shop, "vonmeier", 2, state="flagged")
    use(shop, "vonmeier", 1)
    ids = [row.id for row in shop.rows(Redemption)]

    tally = redemption_act(shop, redemption_acts.clear_flags, ids)

    assert tally.changed == 2
    assert {row.state for row in shop.rows(Redemption)} == {"redeemed"}
    assert figures(shop).uses == 3
