"""Another sponsor from a day on, on either database: credited as things stand when an order is placed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Contact, History, SponsorChange
from flask_firstline.services import merging, sponsor_changes
from flask_firstline.services.mistakes import ChangePlanned, ClosesCircle
from flask_firstline.testing import FakeShop, make_cart

DAY = timedelta(days=1)


def contact_id(shop: FakeShop, ref: str) -> int:
    return int(shop.rows(Contact, ref=ref)[0].id)


def plan(shop: FakeShop, ref: str, sponsor: str | None, at: datetime | None) -> bool:
    sponsor_id = None if sponsor is None else contact_id(shop, sponsor)
    with shop.transaction() as session:
        return sponsor_changes.name_sponsor(
            session.connection(),
            contact_id(shop, ref),
            sponsor_id,
            at=at,
            why="moved",
            who="test",
            now=shop.clock.now,
        )


def work(shop: FakeShop) -> None:
    with shop.app.app_context():
        work_once(shop.state)


def sponsor(shop: FakeShop, ref: str) -> str | None:
    view = shop.contact(ref)
    return None if view is None else view.sponsor_ref


def credited(shop: FakeShop, order_ref: str) -> str | None:
    view = shop.order(order_ref)
    return None if view is None else view.partner_ref


def states(shop: FakeShop) -> list[str]:
    return [row.state for row in shop.rows(SponsorChange)]


def test_orders_are_credited_to_who_is_the_sponsor_when_they_are_placed(shop: FakeShop) -> None:
    ina = shop.add_customer("ina")
    shop.place(make_cart(customer=ina), "o1", codes=["vonmeier"])
    plan(shop, "ina", "opa", shop.clock.now + DAY)

    work(shop)
    shop.place(make_cart(customer=ina), "o2")
    assert (sponsor(shop, "ina"), states(shop)) == ("meier", ["waiting"])

    shop.clock.now += 2 * DAY
    work(shop)
    shop.place(make_cart(customer=ina), "o3")

    assert (sponsor(shop, "ina"), states(shop)) == ("opa", ["done"])
    assert [credited(shop, ref) for ref in ("o1", "o2", "o3")] == ["meier", "meier", "opa"]
    last = shop.rows(History, kind="sponsor", contact_id=contact_id(shop, "ina"))[-1]
    assert (last.why, last.by, last.before, last.after) == ("moved", "test", "meier", "opa")


@pytest.mark.parametrize("at", [None, timedelta(0), -DAY])
def test_without_a_day_to_come_it_is_done_at_once(shop: FakeShop, at: timedelta | None) -> None:
    plan(shop, "meier", "opa", None if at is None else shop.clock.now + at)

    assert (sponsor(shop, "meier"), states(shop)) == ("opa", [])


def test_a_contact_has_one_change_that_waits_and_a_new_one_when_that_is_called_off(shop: FakeShop) -> None:
    plan(shop, "meier", "opa", shop.clock.now + DAY)
    with pytest.raises(ChangePlanned):
        plan(shop, "meier", None, shop.clock.now + 2 * DAY)
    [change] = shop.rows(SponsorChange)
    with shop.transaction() as session:
        conn, now = session.connection(), shop.clock.now
        assert sponsor_changes.call_off(conn, change.id, who="test", now=now)
        assert not sponsor_changes.call_off(conn, change.id, who="test", now=now)

    plan(shop, "meier", None, shop.clock.now + 2 * DAY)
    shop.clock.now += 3 * DAY
    work(shop)

    assert sponsor(shop, "meier") is None
    assert states(shop) == ["called_off", "done"]


def test_a_circle_is_refused_when_planned_and_when_it_would_close_by_then(shop: FakeShop) -> None:
    with pytest.raises(ClosesCircle):
        plan(shop, "opa", "meier", shop.clock.now + DAY)

    plan(shop, "schulz", None, shop.clock.now + DAY)
    plan(shop, "meier", None, None)
    plan(shop, "opa", "meier", shop.clock.now + 2 * DAY)
    plan(shop, "meier", "opa", None)
    shop.clock.now += 3 * DAY
    work(shop)

    assert states(shop) == ["done", "failed"]
    assert "stands below" in shop.rows(SponsorChange)[1].problem
    assert sponsor(shop, "opa") is None


def test_who_was_merged_since_is_moved_no_more_and_a_merged_sponsor_means_who_goes_on(shop: FakeShop) -> None:
    for ref in ("ina", "jan", "double"):
        with shop.app.app_context():
            shop.firstline.customer_registered(shop.add_customer(ref), commit=True)
    plan(shop, "ina", "double", shop.clock.now + DAY)
    plan(shop, "jan", "opa", shop.clock.now + DAY)
    for loser, winner in (("double", "meier"), ("jan", "ina")):
        with shop.transaction() as session:
            merging.merge(
                session.connection(),
                contact_id(shop, loser),
                contact_id(shop, winner),
                why="same",
                who="test",
                now=shop.clock.now,
            )
    shop.clock.now += 2 * DAY
    work(shop)

    assert (sponsor(shop, "ina"), states(shop)) == ("meier", ["done", "failed"])
