"""The overview, parked calls, the shop's own layout and its Flask-Admin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import pytest
from flask import Flask
from jinja2 import DictLoader
from sqlalchemy import insert, update

from flask_firstline import Customer, Firstline, Invoice
from flask_firstline.models import Balance, Call
from flask_firstline.testing import make_cart, make_code, make_partner, make_terms

from .office import PREFIX, Office, link, rows, send, story, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        yield shop


def overview(office: Office) -> str:
    return text(office.ines().get(f"{PREFIX}/"))


def test_a_new_program_says_what_to_do_first(office: Office) -> None:
    page = overview(office)

    for step in (
        "Make the first coupon",
        "Set commission terms",
        "Enter the first partner",
        "Make the first code",
    ):
        assert step in page
    assert "Nothing is parked" in page
    assert "The books add up" in page


def test_the_overview_shows_this_month_and_what_is_owed(office: Office) -> None:
    story(office)
    office.place(make_cart(customer=office.add_customer("uwe"), key="k3"), "o3")
    page = overview(office)

    assert "Orders of partners 2 of 3 orders in all" in page
    assert "Redemptions 2 −€10.00" in page
    assert "New customers 3" in page
    assert "Payable €0.00 On hold €2.68" in page
    assert "Hans Meier 1 €1.68" in page


def test_the_overview_sets_this_month_beside_the_last_as_the_reports_count_it(office: Office) -> None:
    story(office)
    page = overview(office)
    assert "Sales with codes €20.00 April 2026: €0.00 Commissions €2.68 April 2026: €0.00" in page
    assert "Partner Orders New customers Sales Hans Meier 2 2 €20.00" in page
    report = text(office.ines().get(f"{PREFIX}/reports/sales"))
    assert report.endswith("Sum 2 €40.00 €20.00 €20.00 €10.00 €0.00")

    office.clock.advance(days=31)
    page = overview(office)
    assert "Sales with codes €0.00 May 2026: €20.00 Commissions €0.00 May 2026: €2.68" in page
    assert "Orders of partners 0 of 0 orders in all May 2026: 2" in page
    assert "New customers 0 with their first order May 2026: 2" in page
    assert "No partner has sold anything this month yet." in page


def test_a_hold_that_is_over_counts_as_payable_before_anybody_moves_it(office: Office) -> None:
    story(office)
    office.clock.advance(days=31)

    assert "Payable €2.68 On hold €0.00" in overview(office)


def test_balances_that_do_not_fit_are_told(office: Office) -> None:
    story(office)
    with office.transaction() as session:
        session.execute(update(Balance).where(Balance.kind == "on_hold").values(amount=Balance.amount + 1))

    assert "The books do not add up Difference: €0.03." in overview(office)


def parked(office: Office, *, kind: str = "invoice_paid") -> int:
    """Park a payment of order o1, as after a bug of ours."""
    payload = {"ref": "o1", "order_ref": "o1", "currency": "EUR"}
    row = {
        "source": "shop", "kind": kind, "key": '["o1",null]', "subject_ref": "o1", "order_ref": "o1",
        "payload": payload, "digest": "x", "outcome": "parked", "attempts": 1, "at": office.clock.now,
        "error": "Traceback (most recent call last):\nZeroDivisionError: division by zero",
    }  # fmt: skip
    with office.transaction() as session:
        return int(session.execute(insert(Call.__table__).values(row).returning(Call.id)).scalar_one())


def with_order(office: Office) -> None:
    make_partner(office.app, "meier")
    make_terms(office.app, 10)
    make_code(office.app, "vonmeier", owner="meier", amount="5.00")
    office.place(make_cart(), "o1", codes=["vonmeier"])


def test_a_parked_call_shows_its_error_and_what_the_shop_said(office: Office) -> None:
    with_order(office)
    call = parked(office)
    browser = office.ines()

    page = text(browser.get(f"{PREFIX}/calls/{call}"))

    assert "ZeroDivisionError: division by zero" in text(browser.get(f"{PREFIX}/calls"))
    assert "Parked calls 1 open" in page
    assert "Traceback" in page
    assert '"order_ref": "o1"' in page


def test_a_parked_call_is_worked_off_by_its_button(office: Office) -> None:
    with_order(office)
    call = parked(office)
    browser = office.ines()

    answer = send(browser, f"{PREFIX}/calls/{call}/again", {}, form_at=f"{PREFIX}/calls/{call}")

    assert "The call is worked off." in text(browser.get(answer.location))
    assert office.rows(Call, id=call)[0].outcome == "done"
    assert office.balance("meier").on_hold > 0
    assert office.acts()[-1] == ("Ines Walter", "replay", "call")


def test_a_call_that_fails_again_stays_parked_with_the_new_reason(office: Office) -> None:
    with_order(office)
    call = parked(office, kind="never_heard_of")
    browser = office.ines()

    answer = send(browser, f"{PREFIX}/calls/{call}/again", {}, form_at=f"{PREFIX}/calls/{call}")
    page = text(browser.get(answer.location))

    assert "It still cannot be worked off." in page
    assert "KeyError: 'never_heard_of'" in page
    assert office.rows(Call, id=call)[0].attempts == 2


def test_all_parked_calls_are_tried_at_once(office: Office) -> None:
    with_order(office)
    parked(office)
    browser = office.ines()

    answer = send(browser, f"{PREFIX}/calls/again", {}, form_at=f"{PREFIX}/calls")

    assert "1 call is worked off." in text(browser.get(answer.location))


def test_a_payment_without_its_order_waits_in_the_list(office: Office) -> None:
    with office.transaction():
        office.firstline.invoice_paid(
            Invoice(ref="R9", order_ref="o9", currency="EUR", customer=Customer(ref="ina"), amount=Decimal(5))
        )

    page = office.ines().get(f"{PREFIX}/calls")

    assert rows(page) == ["Invoice paid"]
    assert "The order o9 is not known yet." in text(page)
    assert "1 payment without its order" in overview(office)


LAYOUT = "<html lang=en><title>Shop</title><h1>{{ shop_name }}</h1>{% block content %}{% endblock %}</html>"


class _Framed(Office):
    """A shop that lends its layout to the admin pages."""

    def layout(self, area: str) -> tuple[str, str, Mapping[str, object]] | None:
        """Lend the layout to the admin pages only."""
        return ("shop.html", "content", {"shop_name": "Linden"}) if area == "admin" else None


def test_the_shops_own_layout_stands_around_the_pages() -> None:
    with _Framed() as shop:
        shop.app.jinja_loader = DictLoader({"shop.html": LAYOUT})
        page = shop.ines().get(f"{PREFIX}/coupons").get_data(as_text=True)

    assert "<h1>Linden</h1>" in page
    assert "Here stand the coupons" in page
    assert 'class="fl-top"' not in page


def flask_admin_app(**given: object) -> tuple[Flask, Firstline]:
    app = Flask("with_admin")
    app.config["SECRET_KEY"] = "x"
    return app, Firstline()


def test_the_pages_stand_in_the_menu_of_the_shops_flask_admin() -> None:
    flask_admin = pytest.importorskip("flask_admin")
    with Office() as donor:
        app, firstline = flask_admin_app()
        flask_admin.Admin(app, name="Shop")
        firstline.init_app(app, shop=donor, session=donor.db.session)

        page = app.test_client().get("/admin/")

    assert link(page, "Partner program") == f"{PREFIX}/"


def test_a_flask_admin_that_is_given_goes_first() -> None:
    flask_admin = pytest.importorskip("flask_admin")
    with Office() as donor:
        app, firstline = flask_admin_app()
        flask_admin.Admin(app, name="Shop")
        second = flask_admin.Admin(app, name="Back", url="/back", endpoint="back")
        firstline.init_app(app, shop=donor, session=donor.db.session, admin=second)
        browser = app.test_client()

        assert link(browser.get("/admin/"), "Partner program") is None
        assert link(browser.get("/back/"), "Partner program") == f"{PREFIX}/"


def test_the_pages_speak_the_four_languages(office: Office) -> None:
    titles = {
        language: text(office.ines(language).get(f"{PREFIX}/terms")) for language in ("en", "de", "nl", "ru")
    }

    assert "Commission terms" in titles["en"]
    assert "Provisionsregeln" in titles["de"]
    assert "Commissievoorwaarden" in titles["nl"]
    assert "Условия комиссии" in titles["ru"]
