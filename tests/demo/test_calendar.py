"""The calendar of the shop, by which holds are over in a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from demo import seeds
from demo.browser import Visitor
from demo.clock import EXTENSION, ShopClock
from flask_firstline.state import state_of

from .acts import meiers_code, office, pay, place, put, sign_in, type_code

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")


def clock(app: Flask) -> ShopClock:
    found: ShopClock = app.extensions[EXTENSION]
    return found


def test_days_that_go_by_end_holds(app: Flask, home: str, buyer: Visitor) -> None:
    code = meiers_code(home)
    put(buyer, "candle-beeswax", 4)
    type_code(buyer, code)
    pay(buyer, place(buyer))
    meier, admin = Visitor(home), office(home)
    sign_in(meier, seeds.MEIER)
    # 4 x 12.50 - 5.00 = 45.00, VAT 7.18, net 37.82; 10 % = 3.78.
    assert meier.open("/firstline/desk/").amount("On hold") == 378

    page = admin.send(admin.open("/office/calendar"), "/office/calendar", days="31")

    assert "31 days ahead of the world outside." in page.text
    assert meier.open("/firstline/desk/").amount("Payable") == 378


def test_everybody_reads_the_same_clock(app: Flask) -> None:
    clock(app).let_pass(3)

    ahead = state_of(app).now() - datetime.now(UTC)
    assert abs(ahead - timedelta(days=3)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", ["0", "-1", "401", "many", ""])
def test_the_calendar_never_goes_back(app: Flask, home: str, days: str) -> None:
    admin = office(home)
    page = admin.open("/office/calendar")

    assert admin.send(page, "/office/calendar", days=days).status == 400
    assert clock(app).days == 0


def test_only_admins_move_it(app: Flask, home: str) -> None:
    meier = Visitor(home)
    sign_in(meier, seeds.MEIER)

    assert meier.open("/office/calendar").status == 403
