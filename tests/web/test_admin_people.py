"""The card of a contact, and the acts on it that need a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.models import Contact, History
from flask_firstline.testing import make_cart, make_code, make_customer

from .office import PREFIX, VERA, Office, link, send, story, text


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def contact(office: Office, ref: str) -> int:
    return int(office.rows(Contact, ref=ref)[0].id)


def card(office: Office, ref: str) -> str:
    return text(office.ines().get(f"{PREFIX}/contacts/{contact(office, ref)}"))


def test_the_card_of_a_partner_lists_first_line_codes_and_commissions(office: Office) -> None:
    page = card(office, "meier")

    assert "Hans Meier Partner active" in page
    assert "Payable €0.00 On hold €1.68" in page
    assert "Sponsor Petra Schulte First line 2 contacts" in page
    assert "vonmeier" in page.split("Own codes")[2].split("Codes kept")[0]
    assert "2026-11873" in page.split("Accruals")[3]


def test_the_card_of_a_customer_lists_orders_and_redeemed_codes_and_what_happened(office: Office) -> None:
    make_code(office.app, "FORSABINE", holder="sabine")

    page = card(office, "sabine")

    assert "Sabine Krüger Customer" in page
    assert "FORSABINE" in page.split("Codes kept for this contact")[2].split("Redeemed codes")[0]
    assert "vonmeier" in page.split("Redeemed codes")[2].split("What happened")[0]
    happened = page.split("What happened")[2]
    assert "Sponsor: Hans Meier code redeemed, code vonmeier, order o1" in happened
    assert "Address type from Prospect to Customer" in happened


def test_an_admin_names_another_sponsor_with_a_reason(office: Office) -> None:
    browser, sabine = office.ines(), contact(office, "sabine")

    form = text(browser.get(f"{PREFIX}/contacts/{sabine}/sponsor"))
    answer = send(
        browser,
        f"{PREFIX}/contacts/{sabine}/sponsor",
        {"sponsor_id": "Petra Schulte", "why": "She asked for it"},
    )

    assert "Orders that are already there keep the partner" in form
    card = text(browser.get(answer.location))
    assert "The sponsor of Sabine Krüger is set, or planned for that day." in card
    [row] = office.rows(Contact, ref="sabine")
    assert row.sponsor_id == contact(office, "schulz")
    last = office.rows(History, contact_id=sabine)[-1]
    assert (last.by, last.why, last.how) == ("Ines Walter", "She asked for it", "admin")


def test_moving_a_partner_says_how_many_move_along(office: Office) -> None:
    form = office.ines().get(f"{PREFIX}/contacts/{contact(office, 'meier')}/sponsor")

    assert "2 contacts below move along." in text(form)


def test_a_circle_is_refused_at_the_field(office: Office) -> None:
    opa = contact(office, "opa")

    answer = send(
        office.ines(), f"{PREFIX}/contacts/{opa}/sponsor", {"sponsor_id": "meier", "why": "Because"}
    )

    assert answer.status_code == 422
    assert "The new sponsor stands below this contact." in text(answer)
    assert office.rows(Contact, ref="opa")[0].sponsor_id is None


def test_no_reason_no_act(office: Office) -> None:
    meier = contact(office, "meier")

    answer = send(office.ines(), f"{PREFIX}/contacts/{meier}/end", {"why": " "})

    assert answer.status_code == 422
    assert "Please fill this in." in text(answer)
    assert office.rows(Contact, ref="meier")[0].partner_until is None


def test_a_partner_is_suspended_resumed_and_ended(office: Office) -> None:
    browser, meier = office.ines(), contact(office, "meier")
    address = f"{PREFIX}/contacts/{meier}"

    send(browser, f"{address}/suspend", {"why": "Holiday"})
    assert "Partner suspended" in card(office, "meier")
    send(browser, f"{address}/resume", {"why": "Back"})
    assert "Partner active" in card(office, "meier")
    ended = text(browser.get(f"{address}/end"))
    send(browser, f"{address}/end", {"why": "Left"})

    assert "1 accrual on hold stays" not in ended
    assert "2 accruals on hold stay and get payable." in ended
    assert "Hans Meier Prospect left" in card(office, "meier")
    assert [act for _who, act, _noun in office.acts()][-3:] == ["suspend", "resume", "end"]


def test_the_parent_partner_earns_until_a_day_that_an_admin_sets_and_takes_back(office: Office) -> None:
    browser, meier = office.ines(), contact(office, "meier")
    address = f"{PREFIX}/contacts/{meier}/parent"

    send(browser, address, {"until": ["2020-01-31", ""], "why": "One year"})
    office.place(make_cart(customer=make_customer("new")), "o9", codes=["vonmeier"])
    office.pay("o9")
    ended = why(office, "o9")
    assert "The parent partner earns until Jan 31, 2020" in card(office, "meier")
    again = send(browser, address, {"until": ["2020-01-31", ""], "why": "Twice"})
    send(browser, address, {"until": ["", ""], "why": "For ever after all"})

    assert "the commission for the partner below has ended" in ended
    assert again.status_code == 422
    assert office.rows(Contact, ref="meier")[0].parent_commission_until is None
    assert office.acts()[-2:] == [("Ines Walter", "parent end", "partner")] * 2
    assert "For ever after all" in card(office, "meier")


def test_an_end_for_a_parent_needs_a_parent(office: Office) -> None:
    address = f"{PREFIX}/contacts/{contact(office, 'opa')}/parent"

    answer = send(office.ines(), address, {"until": ["2030-01-31", ""], "why": "None above"})

    assert answer.status_code == 422
    assert "Nobody stands above this partner." in text(answer)
    assert (
        link(office.ines().get(f"{PREFIX}/contacts/{contact(office, 'opa')}"), "Set the parent's end") is None
    )


def why(office: Office, order: str) -> str:
    return text(office.ines().get(f"{PREFIX}/why?q={order}", follow_redirects=True))


def test_what_is_so_already_is_said(office: Office) -> None:
    browser, meier = office.ines(), contact(office, "meier")

    answer = send(browser, f"{PREFIX}/contacts/{meier}/resume", {"why": "Twice"})

    assert answer.status_code == 422
    assert "It is so already" in text(answer)


def test_a_viewer_sees_the_card_without_buttons(office: Office) -> None:
    page = office.browser(VERA).get(f"{PREFIX}/contacts/{contact(office, 'meier')}")

    assert page.status_code == 200
    assert link(page, "Suspend") is None


def test_a_person_who_was_erased_has_no_card_and_no_name(office: Office) -> None:
    sabine = contact(office, "sabine")
    with office.transaction():
        office.firstline.customer_erased("sabine")

    browser = office.ines()

    assert browser.get(f"{PREFIX}/contacts/{sabine}").status_code == 404
    orders = text(browser.get(f"{PREFIX}/orders"))
    assert "Sabine" not in orders
    assert f"Erased person {sabine}" in orders


def test_names_are_never_taken_for_markup(office: Office) -> None:
    office.register(make_customer("mallory", name="<script>alert(1)</script>"), code="vonmeier")

    for address in (
        "contacts",
        f"contacts/{contact(office, 'mallory')}",
        f"contacts/{contact(office, 'meier')}",
    ):
        assert "<script>alert" not in office.ines().get(f"{PREFIX}/{address}").get_data(as_text=True)
