"""An admin writes to who signed up and never bought; a reader ends such mails by one click."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from werkzeug.test import TestResponse

from flask_firstline.checkout import leaving
from flask_firstline.models import Contact, Mailing, MailOptOut, Outbox
from flask_firstline.services import tickets
from flask_firstline.services.tickets import LIFE, Purpose, Ticket
from flask_firstline.testing import make_cart

from .office import PREFIX, Office, hidden, multi, rows, send, text

LIST = f"{PREFIX}/contacts"
WRITTEN = {"subject": "Spring", "text": "Balm is here."}


@pytest.fixture
def shop() -> Iterator[Office]:
    with Office() as made:
        for ref in ("ina", "jan", "kim"):
            customer = made.add_customer(ref, f"{ref}@post.example", name=ref.title())
            with made.app.app_context():
                made.firstline.customer_registered(customer, commit=True)
        made.place(make_cart(customer=made.add_customer("kim", "kim@post.example")), "o1")
        yield made


def look(browser: FlaskClient) -> TestResponse:
    """Choose who never bought, write, and look at what will happen."""
    given: dict[str, object] = {"act": "mail", "all": "yes", "bought": "never", "stage": "typed", **WRITTEN}
    return send(browser, f"{LIST}/act", given, form_at=f"{LIST}?bought=never")


def confirm(browser: FlaskClient, page: TestResponse, count: str) -> TestResponse:
    form = page.text[page.text.rindex("<form") :]
    return browser.post(f"{LIST}/act", data=multi([*hidden(form), ("typed_count", count)]))


def ticket(shop: Office, ref: str = "ina", purpose: Purpose = Purpose.LEAVE) -> str:
    [contact] = shop.rows(Contact, ref=ref)
    with shop.app.app_context():
        keys = shop.state.context(shop.state.session().connection()).keys
    until = shop.clock.now + LIFE[purpose]
    return tickets.sign(keys, Ticket(purpose=purpose, row_id=contact.id, serial=1, until=until))


def test_who_never_bought_gets_a_mail_after_the_number_was_typed(shop: Office) -> None:
    boss = shop.ines()
    page = look(boss)
    assert "2 contacts get this mail." in text(page)
    assert "Balm is here." in text(page)
    assert shop.rows(Mailing) == []

    wrong = confirm(boss, page, "3")
    assert "This is not the number above. Nothing was done." in text(wrong)
    assert shop.rows(Mailing) == []

    assert confirm(boss, page, "2").status_code == 303
    assert [row.receivers for row in shop.rows(Mailing)] == [2]
    assert rows(boss.get(f"{PREFIX}/mailings")) == ["Spring"]
    assert "written to many" in text(boss.get(f"{PREFIX}/audit"))


def test_subject_and_text_are_asked_for(shop: Office) -> None:
    given: dict[str, object] = {"act": "mail", "all": "yes", "stage": "typed", "subject": "", "text": ""}

    answer = send(shop.ines(), f"{LIST}/act", given, form_at=LIST)

    assert answer.status_code == 422
    assert text(answer).count("Please fill this in.") == 2


def test_a_reader_ends_them_by_the_button_not_by_opening_the_page(shop: Office) -> None:
    look(shop.ines())
    address = f"/firstline/mails/leave/{ticket(shop)}"
    confirm(shop.ines(), look(shop.ines()), "2")
    reader = shop.browser()

    assert "Shall mails that the shop writes to many not come any more?" in text(reader.get(address))
    assert shop.rows(MailOptOut) == []

    assert "You get no more of these mails." in text(reader.post(address))
    reader.post(address)
    assert len(shop.rows(MailOptOut)) == 1
    [ina] = shop.rows(Contact, ref="ina")
    card = text(shop.ines().get(f"{LIST}/{ina.id}"))
    assert "Wants no mails to many since" in card
    assert "<time" not in card
    page = text(look(shop.ines()))
    assert "1 contact gets this mail." in page
    assert "wants no such mails" in page


def test_a_mail_program_ends_them_although_the_shop_protects_its_forms() -> None:
    with Office() as shop:
        CSRFProtect(shop.app)
        leaving.install(shop.app)
        with shop.app.app_context():
            shop.firstline.customer_registered(shop.add_customer("ina", "ina@post.example"), commit=True)
        with shop.transaction() as session:
            sent = Mailing(
                subject="Spring", text="Balm", receivers=1, once="a", who="Ines", created_at=shop.clock.now
            )
            session.add(sent)
        click = {"List-Unsubscribe": "One-Click"}

        answer = shop.browser().post(f"/firstline/mails/leave/{ticket(shop)}", data=click)

        assert answer.status_code == 200
        assert len(shop.rows(MailOptOut)) == 1
        assert shop.browser().post("/firstline/coupon", data={"code": "x"}).status_code == 400


@pytest.mark.parametrize("wrong", ["x", "a.b.c"])
def test_a_made_up_address_ends_nothing(shop: Office, wrong: str) -> None:
    assert shop.browser().post(f"/firstline/mails/leave/{wrong}").status_code == 404
    other = ticket(shop, purpose=Purpose.PASSWORD)
    assert shop.browser().post(f"/firstline/mails/leave/{other}").status_code == 404
    assert shop.rows(MailOptOut) == []


def test_the_address_in_a_mail_leads_to_the_page(shop: Office) -> None:
    confirm(shop.ines(), look(shop.ines()), "2")
    kept = [row.payload["values"]["leave"] for row in shop.rows(Outbox, topic="mail")]
    assert kept == ["http://localhost/firstline/mails/leave/{ticket}"] * 2
