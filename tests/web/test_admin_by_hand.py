"""Postings by hand on the admin pages, and payments and returns that are recorded there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline import Admin
from flask_firstline.models import Accrual, Document, Posting
from flask_firstline.testing import make_cart, make_line
from tests.service.pay_kit import books_agree, contact_id

from . import office as office_kit
from .office import PREFIX, Office, hidden, rows, send, story, text

LIST, NEW = f"{PREFIX}/accruals", f"{PREFIX}/accruals/new"


@pytest.fixture
def office(firstline_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    mara = Admin(id="4", name="Mara Market", roles=("marketing",))
    monkeypatch.setattr(office_kit, "STAFF", {**office_kit.STAFF, "mara": mara})
    with Office(firstline_url) as shop:
        story(shop)
        yield shop


def post(browser: FlaskClient, **given: str) -> TestResponse:
    """Fill in the form of a posting by hand."""
    values = {
        "partner_id": "meier",
        "kind": "sale",
        "way": "plus",
        "currency": "EUR",
        "amount": "12.50",
        "reason": "trade fair",
        "when": "now",
    }
    return send(browser, NEW, {**values, **given})


def balance(office: Office) -> str:
    found = office.balance("meier")
    return f"{found.on_hold} {found.payable}"


def manual(office: Office) -> list[int]:
    return [row.amount for row in office.rows(Accrual) if row.level is None]


def test_a_sale_is_posted_with_its_reason_and_shown_in_the_list(office: Office) -> None:
    ines = office.ines()
    before = len(rows(ines.get(LIST)))

    answer = post(ines)

    assert answer.status_code == 303, text(answer)
    page = text(ines.get(answer.location))
    assert "Manual sale: trade fair" in page and "Ines Walter" in page and "Hans Meier" in page
    assert len(rows(ines.get(LIST))) == before + 1
    assert "Manual sale: trade fair" in text(ines.get(LIST))
    assert ("Ines Walter", "post by hand", "posting") in office.acts()
    assert books_agree(office)


def test_the_form_sent_twice_posts_once(office: Office) -> None:
    ines = office.ines()
    fields = dict(hidden(ines.get(NEW).get_data(as_text=True)))
    values = {"partner_id": "meier", "kind": "correction", "way": "minus", "currency": "EUR"}
    given = {**fields, **values, "amount": "3.00", "reason": "paid twice", "when": "hold"}

    assert [ines.post(NEW, data=given).status_code for _ in range(2)] == [303, 303]

    assert manual(office) == [-300]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"partner_id": "nobody"}, "Nobody is known under this"),
        ({"partner_id": "sabine"}, "is or was a partner"),
        ({"amount": "0.00"}, "above nought"),
        ({"amount": "abc"}, "This is no amount"),
        ({"currency": "EURO"}, "This is no currency"),
        ({"reason": ""}, "Please fill this in"),
        ({"document_id": "nothing"}, "No order or invoice is known"),
        ({"way": "minus"}, "A sale earns something"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_posted(
    office: Office, wrong: dict[str, str], said: str
) -> None:
    answer = post(office.ines(), **wrong)

    assert answer.status_code == 422
    assert said in text(answer)
    assert manual(office) == []


def test_it_is_taken_back_on_its_page_once(office: Office) -> None:
    ines = office.ines()
    place = post(ines).location
    was = balance(office)

    assert send(ines, f"{place}/back", {"why": ""}, form_at=place).status_code == 422
    assert send(ines, f"{place}/back", {"why": "a mistake"}, form_at=place).status_code == 303

    assert balance(office) != was
    assert "a mistake" in text(ines.get(place))
    assert "Its opposite is posted" not in text(ines.get(place))
    assert books_agree(office)


def test_commissions_of_orders_have_no_such_page(office: Office) -> None:
    row = office.rows(Accrual)[0]

    assert office.ines().get(f"{LIST}/{row.call_id}/{row.seq}").status_code == 404


def test_only_finance_and_owners_post(office: Office) -> None:
    mara = office.browser("mara")

    assert mara.get(NEW).status_code == 403
    order = office.rows(Document, ref="o1")[0].id
    assert mara.get(f"{PREFIX}/why/{order}/payment").status_code == 403
    assert "Record a payment" not in text(mara.get(f"{PREFIX}/why/{order}"))


def test_the_card_and_the_order_lead_to_the_form(office: Office) -> None:
    ines, partner = office.ines(), contact_id(office, "meier")
    order = office.rows(Document, ref="o1")[0].id

    assert f"{NEW}?partner={partner}" in ines.get(f"{PREFIX}/contacts/{partner}").get_data(as_text=True)
    assert 'value="meier"' in ines.get(f"{NEW}?partner={partner}").get_data(as_text=True)
    assert 'value="2026-11873"' in ines.get(f"{NEW}?order={order}").get_data(as_text=True)


def test_an_order_shows_what_was_posted_by_hand_for_it(office: Office) -> None:
    ines, order = office.ines(), office.rows(Document, ref="o1")[0].id

    post(ines, document_id="2026-11873")

    page = text(ines.get(f"{PREFIX}/why/{order}"))
    assert "Posted by hand for it" in page and "Hans Meier: Manual sale: trade fair" in page
    assert "The books add up" in page


def test_the_partner_reads_the_reason_in_the_desk(office: Office) -> None:
    post(office.ines(), kind="correction", way="minus")

    said = text(office.browser("meier").get("/firstline/desk/commissions"))

    assert "trade fair A correction by the shop." in said and "set off at once" in said
    assert "trade fair" in office.browser("meier").get("/firstline/desk/commissions.csv").get_data(
        as_text=True
    )


# Payments and returns --------------------------------------------------------------------------------------


@pytest.fixture
def unpaid(office: Office) -> str:
    """Place an order that is not paid; give the address of its page."""
    office.place(
        make_cart(make_line("a", "119.00"), customer=office.add_customer("uwe")), "o9", codes=["vonmeier"]
    )
    return f"{PREFIX}/why/{office.rows(Document, ref='o9')[0].id}"


def fill(browser: FlaskClient, address: str, **given: str) -> TestResponse:
    """Ask for a preview."""
    return send(browser, address, given)


def confirm(browser: FlaskClient, address: str, preview: TestResponse, **given: str) -> TestResponse:
    fields = dict(hidden(preview.get_data(as_text=True)))
    return browser.post(address, data={**fields, **given})


def test_a_payment_is_previewed_then_recorded_once(office: Office, unpaid: str) -> None:
    ines, before = office.ines(), len(office.rows(Posting))

    preview = fill(ines, f"{unpaid}/payment", how="whole", number="R-1")

    assert "What will be posted" in text(preview) and "Hans Meier" in text(preview)
    assert len(office.rows(Posting)) == before
    answers = [confirm(ines, f"{unpaid}/payment", preview, how="whole", number="R-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(office.rows(Posting)) == before + 3
    assert "R-1: €114.00 paid" in text(ines.get(unpaid))
    assert ("Ines Walter", "record payment", "order") in office.acts()
    assert books_agree(office)


def test_what_was_changed_after_the_preview_is_previewed_again(office: Office, unpaid: str) -> None:
    ines, before = office.ines(), len(office.rows(Posting))
    preview = fill(ines, f"{unpaid}/payment", how="whole")

    again = confirm(ines, f"{unpaid}/payment", preview, how="amount", amount="20.00")

    assert again.status_code == 200 and "It counts as €20.00" in text(again)
    assert len(office.rows(Posting)) == before


def test_a_return_of_units_is_recorded(office: Office, unpaid: str) -> None:
    ines = office.ines()
    paid = fill(ines, f"{unpaid}/payment", how="whole")
    confirm(ines, f"{unpaid}/payment", paid, how="whole")
    given = {"how": "units", "units-0": "1", "reason": "broken"}

    preview = fill(ines, f"{unpaid}/return", **given)
    answer = confirm(ines, f"{unpaid}/return", preview, **given)

    assert answer.status_code == 303, text(answer)
    assert sum(row.amount - row.reversed for row in office.rows(Accrual, document_id=int(unpaid[-1]))) == 0
    assert books_agree(office)


@pytest.mark.parametrize(
    ("what", "given", "said"),
    [
        ("payment", {"how": "amount"}, "above nought"),
        ("payment", {"how": "units"}, "how many units"),
        ("payment", {"how": "units", "units-0": "x"}, "how many units"),
        ("payment", {"how": "whole", "at": "2999-01-01"}, "lies in the future"),
        ("return", {"how": "whole"}, "Please fill this in"),
        ("return", {"how": "units", "units-0": "-1", "reason": "x"}, "how many units"),
    ],
)
def test_what_cannot_be_recorded_is_said(
    office: Office, unpaid: str, what: str, given: dict[str, str], said: str
) -> None:
    before = len(office.rows(Posting))

    answer = fill(office.ines(), f"{unpaid}/{what}", **given)

    assert answer.status_code == 422
    assert said in text(answer)
    assert len(office.rows(Posting)) == before


def test_what_is_paid_in_full_is_not_paid_again(office: Office) -> None:
    order = office.rows(Document, ref="o1")[0].id

    answer = fill(office.ines(), f"{PREFIX}/why/{order}/payment", how="whole")

    assert answer.status_code == 422 and "paid already" in text(answer)
