"""What the desk reads, on every database: balances, sales of a month, codes, first line, commissions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, create_engine

from flask_firstline.models import AddressType
from flask_firstline.services import desk_accruals, desk_codes, desk_people, desk_start
from flask_firstline.services.desk_accruals import State, Wanted

from ..web.small_shop import World, make_world

BERLIN = ZoneInfo("Europe/Berlin")
MEIER = 1


@pytest.fixture
def world(tmp_path: Path, firstline_url: str) -> Iterator[World]:
    """Give a shop in which Meier sold twice, the second sale came back, and Roth stands below him."""
    world = make_world(tmp_path, url=firstline_url)
    meier = world.partner("meier", "Hans Meier")
    roth = world.partner("roth", "Julia Roth", sponsor="meier")
    coupon = world.coupon()
    world.code("vonmeier", coupon, meier)
    world.code("vonroth", coupon, roth)
    world.terms({1: 10, 2: 5})
    world.buys("anna", "Anna Fischer", number="1", code="vonmeier")
    world.later(hours=1)
    world.buys("bernd", "Bernd Kolb", number="2", quantity=3, code="vonmeier")
    world.buys("carla", "Carla Ek", number="3", code="vonroth")
    world.later(hours=1)
    world.returns("2")
    yield world
    world.close()


@pytest.fixture
def conn(world: World, firstline_url: str) -> Iterator[Connection]:
    """Read what is committed."""
    engine = create_engine(firstline_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_balances_stand_per_currency_and_the_shops_own_is_always_there(
    world: World, conn: Connection
) -> None:
    earned = desk_start.balances(conn, MEIER, currency="EUR")
    nothing = desk_start.balances(conn, 99, currency="CHF")

    assert earned == (desk_start.Owed(currency="EUR", on_hold=208 + 104, payable=0, paid=0),)
    assert nothing == (desk_start.Owed(currency="CHF", on_hold=0, payable=0, paid=0),)


def test_the_sales_of_a_month_are_what_stayed_sold_by_day_and_week(world: World, conn: Connection) -> None:
    (month,) = desk_start.month(conn, MEIER, now=world.now, zone=BERLIN, currency="EUR")

    assert len(month.days) == 30
    assert month.days[19] == desk_start.Span(
        begins=date(2026, 11, 20), ends=date(2026, 11, 20), documents=3, net=2084 + 2084, commission=208 + 104
    )
    assert (month.weeks[-1].begins, month.weeks[-1].ends) == (date(2026, 11, 16), date(2026, 11, 20))
    assert month.whole.net == sum(week.net for week in month.weeks) == 4168


def test_a_sale_at_night_counts_for_the_day_of_the_shops_time_zone(world: World, firstline_url: str) -> None:
    world.now = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    world.buys("dora", "Dora Ek", number="4", code="vonmeier")

    engine = create_engine(firstline_url)
    with engine.connect() as conn:
        (month,) = desk_start.month(conn, MEIER, now=world.now, zone=BERLIN, currency="EUR")
    engine.dispose()

    assert [(day.begins, day.net) for day in month.days if day.net] == [(date(2026, 12, 1), 2084)]


def test_money_on_hold_is_told_by_the_week_in_which_it_gets_free(world: World, conn: Connection) -> None:
    at_once = desk_start.releases(conn, MEIER, now=world.now, zone=BERLIN)
    world.later(days=25)
    closer = desk_start.releases(conn, MEIER, now=world.now, zone=BERLIN)

    assert at_once == (desk_start.Release(currency="EUR", until=None, amount=312),)
    assert closer == (desk_start.Release(currency="EUR", until=date(2026, 12, 22), amount=312),)


def test_codes_carry_what_they_brought(world: World, conn: Connection) -> None:
    (code,) = desk_codes.own_codes(conn, MEIER, now=world.now)

    assert (code.display, code.used, code.new_customers) == ("vonmeier", 2, 2)
    assert (code.discount, code.commission) == ({"EUR": 1000}, {"EUR": 208})
    assert (code.active, code.ended, code.max_uses) == (True, False, None)


def test_offers_are_the_coupons_opened_for_partners_that_still_run(world: World, conn: Connection) -> None:
    running = desk_codes.open_offers(conn, now=world.now)

    assert [(offer.name, offer.amount, offer.min_order) for offer in running] == [
        ("5 EUR for new customers", 500, 2000)
    ]


def test_the_first_line_is_counted_and_listed_by_address_type(world: World, conn: Connection) -> None:
    counts = desk_people.count_by_type(conn, MEIER, now=world.now)
    everybody = list(desk_people.all_people(conn, MEIER, now=world.now))
    partners = desk_people.people(conn, MEIER, now=world.now, only=AddressType.PARTNER).rows

    assert counts == {AddressType.PROSPECT: 0, AddressType.CUSTOMER: 2, AddressType.PARTNER: 1}
    assert [person.initials for person in everybody] == ["B. K.", "A. F.", "J. R."]
    assert [(person.initials, person.how, person.code) for person in partners] == [("J. R.", "admin", None)]
    assert everybody[0].code == "vonmeier"


def test_the_first_line_goes_on_where_a_page_ended(world: World, conn: Connection) -> None:
    found, after = [], None
    while True:
        page = desk_people.people(conn, MEIER, now=world.now, after=after, limit=1)
        found += [person.initials for person in page.rows]
        after = page.after
        if after is None:
            break

    assert found == ["B. K.", "A. F.", "J. R."]


def test_entries_are_commissions_and_reversals_the_newest_first(world: World, conn: Connection) -> None:
    rows = desk_accruals.entries(conn, MEIER, Wanted(), now=world.now).rows

    assert [(row.document, row.level, row.base, row.amount, row.reversal) for row in rows] == [
        ("R-2", 1, -3336, -334, True),
        ("R-3", 2, 2084, 104, False),
        ("R-2", 1, 3336, 334, False),
        ("R-1", 1, 2084, 208, False),
    ]
    assert [row.taken_back for row in rows] == [True, False, True, False]
    assert rows[-1].codes == ("vonmeier",)


def test_entries_go_on_where_a_page_ended(world: World, conn: Connection) -> None:
    whole = desk_accruals.entries(conn, MEIER, Wanted(), now=world.now).rows
    first = desk_accruals.entries(conn, MEIER, Wanted(), now=world.now, limit=3)
    rest = desk_accruals.entries(conn, MEIER, Wanted(), now=world.now, after=first.after, limit=3)

    assert (*first.rows, *rest.rows) == whole
    assert rest.after is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(level=2), ["R-3"]),
        (Wanted(state=State.ON_HOLD), ["R-2", "R-3", "R-2", "R-1"]),
        (Wanted(state=State.PAYABLE), []),
        (Wanted(ends=datetime(2026, 11, 20, 12, tzinfo=UTC)), ["R-1"]),
        (Wanted(begins=datetime(2026, 12, 1, tzinfo=UTC)), []),
    ],
)
def test_entries_are_narrowed(world: World, conn: Connection, wanted: Wanted, found: list[str]) -> None:
    rows = desk_accruals.entries(conn, MEIER, wanted, now=world.now).rows

    assert [row.document for row in rows] == found


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Hans Meier", "H. M."), ("  élise  de la Tour", "É. D. L. T."), ("3com", ""), (None, ""), ("", "")],
)
def test_names_are_masked_to_initials(name: str | None, shown: str) -> None:
    assert desk_people.initials(name) == shown
