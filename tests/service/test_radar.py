"""The leak radar on real rows, and what is done about a code that has leaked."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from flask_firstline.domain.leak import Kind
from flask_firstline.models import AppliedCode, Audit, CameBy, Code, Coupon
from flask_firstline.services import leaks, radar
from flask_firstline.services.leaks import Fresh, OldCode
from flask_firstline.services.mistakes import CodeTaken, Mistake, NotReplaceable
from flask_firstline.services.radar import Suspect
from flask_firstline.testing import FakeShop, make_cart, make_code, switch_code

from .kit import MakeShop
from .use_kit import age, code_id, use

UTC = ZoneInfo("UTC")


def found(shop: FakeShop) -> dict[str, Suspect]:
    with shop.transaction() as session:
        seen = radar.suspects(session.connection(), now=shop.clock.now, zone=UTC)
    return {one.code: one for one in seen}


def kinds(shop: FakeShop, code: str = "vonmeier") -> list[str]:
    one = found(shop).get(code)
    return [] if one is None else [sign.kind.value for sign in one.signs]


def replaced(
    shop: FakeShop, text: str = "", *, code: str = "vonmeier", old: OldCode = OldCode.LINK_ONLY
) -> Fresh:
    with shop.transaction() as session:
        return leaks.replace_code(
            session.connection(), code_id(shop, code), text, old=old, who="ines", now=shop.clock.now
        )


def call_well(shop: FakeShop, code: str = "vonmeier") -> None:
    with shop.transaction() as session:
        leaks.call_well(session.connection(), code_id(shop, code), who="ines", now=shop.clock.now)


def quiet_past(shop: FakeShop, code: str = "vonmeier") -> None:
    """Let a code be old and used once a day, always by link."""
    age(shop, code, 120)
    for day in range(1, 60):
        use(shop, code, days_ago=day)


@pytest.mark.parametrize(("times", "told"), [(6, []), (7, ["burst"])])
def test_a_burst_is_measured_against_the_codes_own_past(shop: FakeShop, times: int, told: list[str]) -> None:
    quiet_past(shop)

    use(shop, "vonmeier", times)

    assert kinds(shop) == told


def test_days_are_those_of_the_shops_time_zone(shop: FakeShop) -> None:
    age(shop, "vonmeier", 120)
    late = shop.clock.now.replace(hour=23)
    use(shop, "vonmeier", 3, at=late - timedelta(days=1))
    use(shop, "vonmeier", 3, at=late.replace(hour=10))

    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        in_utc = radar.suspects(conn, now=now, zone=UTC)
        in_berlin = radar.suspects(conn, now=now, zone=ZoneInfo("Europe/Berlin"))

    assert in_utc == ()
    assert [sign.uses for one in in_berlin for sign in one.signs] == [6]


def test_strangers_are_those_who_typed_it_without_having_met_the_owner(shop: FakeShop) -> None:
    quiet_past(shop)
    for day in range(7):
        use(shop, "vonmeier", 2, days_ago=day, came_by=CameBy.TYPED, touched=True)
        use(shop, "vonmeier", 2, days_ago=day, came_by=CameBy.LINK, touched=False)
    before = kinds(shop)
    for day in range(7):
        use(shop, "vonmeier", 12, days_ago=day, came_by=CameBy.TYPED, touched=False)

    (sign,) = [sign for sign in found(shop)["vonmeier"].signs if sign.kind is Kind.STRANGERS]

    assert "strangers" not in before
    assert (sign.uses, sign.out_of, sign.share, sign.past) == (84, 139, 60, 0)


def test_uses_that_were_given_back_or_only_reserved_do_not_count(shop: FakeShop) -> None:
    quiet_past(shop)

    use(shop, "vonmeier", 20, state="released")
    use(shop, "vonmeier", 20, state="reserved")
    assert kinds(shop) == []

    use(shop, "vonmeier", 20, state="flagged")
    assert kinds(shop) == ["burst"]


@pytest.mark.parametrize(("by_link", "told"), [(False, ["burst", "strangers"]), (True, ["burst"])])
def test_real_sales_leave_the_traces_that_the_radar_reads(
    shop: FakeShop, by_link: bool, told: list[str]
) -> None:
    for n in range(21):
        cart = make_cart(customer=shop.add_customer(f"buyer-{n}"), key=f"cart-{n}")
        shop.apply(cart, "vonmeier")
        if by_link:
            with shop.transaction() as session:
                session.execute(update(AppliedCode).values(came_by=CameBy.LINK.value))
        shop.place(cart, f"o{n}")

    assert kinds(shop) == told


def leave_out(shop: FakeShop, how: str) -> None:
    values: dict[str, dict[str, object]] = {
        "off": {"active": False},
        "link only": {"link_only": True},
        "single use": {"max_uses": 1},
        "store credit": {"credit": 5000, "credit_left": 100},
    }
    with shop.transaction() as session:
        if how.startswith("coupon"):
            coupon = {"active": False} if how == "coupon off" else {"max_per_code": 1}
            session.execute(update(Coupon).values(**coupon))
        else:
            session.execute(update(Code).where(Code.display == "vonmeier").values(**values[how]))


@pytest.mark.parametrize(
    "how", ["off", "link only", "single use", "store credit", "coupon off", "coupon single"]
)
def test_codes_that_cannot_leak_any_more_are_left_out(shop: FakeShop, how: str) -> None:
    quiet_past(shop)
    use(shop, "vonmeier", 30)
    before = kinds(shop)

    leave_out(shop, how)

    assert (before, kinds(shop)) == (["burst"], [])


def test_the_clearest_stand_first(shop: FakeShop) -> None:
    for name, times in (("small", 10), ("large", 40), ("middle", 20)):
        make_code(shop.app, name, owner="meier")
        quiet_past(shop, name)
        use(shop, name, times)

    assert list(found(shop)) == ["large", "middle", "small"]


def test_all_is_well_silences_a_code_until_its_use_changes_again(shop: FakeShop) -> None:
    quiet_past(shop)
    use(shop, "vonmeier", 30, came_by=CameBy.TYPED, touched=False)
    before = kinds(shop)

    call_well(shop)
    after = kinds(shop)
    shop.clock.advance(days=1)
    use(shop, "vonmeier", 5)
    usual = kinds(shop)
    use(shop, "vonmeier", 30)

    assert (before, after, usual, kinds(shop)) == (["burst", "strangers"], [], [], ["burst"])
    assert [row.after for row in shop.rows(Audit, act="all is well")] == [{"uses": 89}]


def test_strangers_that_were_called_well_belong_to_the_past(shop: FakeShop) -> None:
    quiet_past(shop)
    for day in range(1, 28):
        use(shop, "vonmeier", 3, days_ago=day, came_by=CameBy.TYPED, touched=False)
    before = kinds(shop)
    call_well(shop)
    for _day in range(8):
        shop.clock.advance(days=1)
        use(shop, "vonmeier", 3, came_by=CameBy.TYPED, touched=False)

    assert before == ["strangers"]
    assert "strangers" in kinds(shop), "now nearly all are strangers, and before it was only half of them"

    call_well(shop)
    assert kinds(shop) == []


def test_a_fresh_code_takes_the_place_and_the_old_one_counts_with_its_link_only(shop: FakeShop) -> None:
    fresh = replaced(shop)

    old, new = shop.rows(Code, display="vonmeier")[0], shop.rows(Code, display=fresh.code)[0]
    assert (old.active, old.link_only) == (True, True)
    assert (new.active, new.link_only, new.replaces_id) == (True, False, old.id)
    assert (new.owner_id, new.coupon_id) == (old.owner_id, old.coupon_id)
    assert new.display.startswith("vonmeier-")
    assert len(new.display) == len("vonmeier-") + 4
    acts = [(row.act, row.subject) for row in shop.rows(Audit) if row.who == "ines"]
    assert acts == [("create", new.display), ("link only", "vonmeier"), ("replace", "vonmeier")]


def test_a_fresh_code_can_have_a_spelling_of_its_own_and_the_old_one_be_off(shop: FakeShop) -> None:
    assert replaced(shop, "meier-neu", old=OldCode.OFF).code == "meier-neu"

    old = shop.rows(Code, display="vonmeier")[0]
    assert (old.active, old.link_only) == (False, False)


# fmt: off
@pytest.mark.parametrize(("limit", "uses", "left"), [(10, 0, 10), (10, 1, 9), (10, 9, 1)])
# fmt: on
def test_what_is_left_of_a_limit_goes_along_and_the_old_code_is_off(
    shop: FakeShop, limit: int, uses: int, left: int
) -> None:
    make_code(shop.app, "limited", owner="meier", max_uses=limit)
    if uses:
        use(shop, "limited", 1, state="reserved")
        use(shop, "limited", uses - 1)

    fresh = replaced(shop, code="limited")

    assert shop.rows(Code, display=fresh.code)[0].max_uses == left
    assert not shop.rows(Code, display="limited")[0].active


def test_nothing_is_replaced_twice_or_when_nothing_is_left(shop: FakeShop) -> None:
    make_code(shop.app, "gone", owner="meier", max_uses=2)
    use(shop, "gone", 2)
    make_code(shop.app, "credit", owner="meier")
    with shop.transaction() as session:
        session.execute(update(Code).where(Code.display == "credit").values(credit=500, credit_left=500))
    replaced(shop)

    problems = []
    for code in ("gone", "credit", "vonmeier"):
        with pytest.raises(NotReplaceable) as refused:
            replaced(shop, code=code)
        problems.append(refused.value.problem)

    assert problems == ["used_up", "credit", "replaced"]
    assert len(shop.rows(Code)) == 4


def test_a_spelling_that_is_taken_changes_nothing(shop: FakeShop) -> None:
    make_code(shop.app, "taken")

    with pytest.raises(CodeTaken):
        replaced(shop, "TAKEN")

    assert not shop.rows(Code, display="vonmeier")[0].link_only


def test_the_line_of_a_code_leads_back_to_all_before_it(shop: FakeShop) -> None:
    second = replaced(shop)
    third = replaced(shop, code=second.code)

    with shop.transaction() as session:
        line = leaks.line_of(session.connection(), third.id)
        newer = leaks.replaced_by(session.connection(), code_id(shop, "vonmeier"))

    assert line == [third.id, second.id, code_id(shop, "vonmeier")]
    assert newer is not None
    assert newer.id == second.id


def test_link_only_is_set_and_taken_back_once(shop: FakeShop) -> None:
    changed = []
    for wanted in (True, True, False, False):
        with shop.transaction() as session:
            changed.append(
                leaks.set_link_only(
                    session.connection(), code_id(shop, "vonmeier"), wanted, who="ines", now=shop.clock.now
                )
            )

    assert changed == [True, False, True, False]


def test_a_partner_is_told_of_fresh_codes_of_the_last_time(shop: FakeShop) -> None:
    fresh = replaced(shop)
    meier = shop.rows(Code, display="vonmeier")[0].owner_id

    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        told = leaks.fresh_codes(conn, meier, since=now - timedelta(days=30))
        later = leaks.fresh_codes(conn, meier, since=now + timedelta(seconds=1))

    assert [(news.old, news.fresh, news.still) for news in told] == [("vonmeier", fresh.code, True)]
    assert later == []


def test_a_code_that_is_off_has_no_link_any_more(shop: FakeShop) -> None:
    replaced(shop)
    switch_code(shop.app, "vonmeier", active=False)
    meier = shop.rows(Code, display="vonmeier")[0].owner_id

    with shop.transaction() as session:
        told = leaks.fresh_codes(session.connection(), meier, since=shop.clock.now)

    assert [news.still for news in told] == [False]


def test_one_code_can_be_looked_at_by_itself(make_shop: MakeShop) -> None:
    shop = make_shop()
    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        seen = radar.look_at(conn, code_id(shop, "vonmeier"), now=now, zone=UTC)
        nothing = radar.look_at(conn, 4711, now=now, zone=UTC)

    assert seen is not None
    assert (seen.code, seen.signs, nothing) == ("vonmeier", (), None)


def test_a_mistake_is_one_for_edges_too() -> None:
    assert issubclass(NotReplaceable, Mistake)


@pytest.mark.parametrize("number", range(3))
def test_looking_only_at_busy_codes_leaves_no_suspect_out(shop: FakeShop, number: int) -> None:
    draw = Random(number)  # noqa: S311 - uses, no secret
    for one in range(12):
        name = f"spring {one} {'abcdefghijkl'[one]}"
        make_code(shop.app, name, owner="meier" if one % 4 else None, amount="5.00")
        age(shop, name, draw.choice([3, 20, 200]))
        for _ in range(draw.randrange(12)):
            came_by = draw.choice([CameBy.LINK, CameBy.TYPED])
            how_many, days = draw.randrange(1, 9), draw.choice([0, 1, 3, 6, 6.9, 7, 20, 27, 28, 40])
            use(shop, name, how_many, days_ago=days, came_by=came_by, touched=draw.random() < 0.3)

    seen = found(shop)

    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        every = [radar.look_at(conn, one.id, now=now, zone=UTC) for one in shop.rows(Code)]
    assert {one.code: one for one in every if one is not None and one.signs} == seen
    assert seen
