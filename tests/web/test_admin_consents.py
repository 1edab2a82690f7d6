"""Who signed up and never bought, with the export; consents and changes of the address type on the card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from flask_firstline.domain.consent import Grant
from flask_firstline.models import PartnerTerms, TermsAcceptance
from flask_firstline.services import consents, preferences
from flask_firstline.services.preferences import MailSort
from flask_firstline.state import state_of

from .office import PREFIX, Office, rows, story, text
from .test_admin_people import card, contact

TERMS = {"version": 1, "locale": "en", "text": "Be fair.", "digest": "abc", "written_by": "Ines"}
ACCEPTED = {"version": 1, "locale": "en", "digest": "abc"}


@pytest.fixture
def office() -> Iterator[Office]:
    with Office() as shop:
        story(shop)
        yield shop


def sign_up(office: Office) -> int:
    paula = office.add_customer("paula", name="Paula Prospekt", email="paula@post.example", phone="0731 5")
    with office.app.app_context():
        office.firstline.customer_registered(paula, code="vonmeier", commit=True)
    return contact(office, "paula")


def test_who_signed_up_and_never_bought_is_selected_and_exported(office: Office) -> None:
    sign_up(office)
    browser = office.ines()

    listed = rows(browser.get(f"{PREFIX}/contacts?bought=never&type=prospect"))
    file = browser.get(f"{PREFIX}/contacts.csv?bought=never&type=prospect").text

    assert listed == ["Paula Prospekt"]
    assert "paula@post.example,0731 5" in file
    assert "Sabine" not in file


def test_the_card_lists_consents_with_their_looks(office: Office) -> None:
    paula, meier = sign_up(office), contact(office, "meier")
    state = state_of(office.app)
    wording = consents.Wording(text="Hans Meier may see my phone.", version="1", locale="en")
    grant = Grant(email=False, phone=True)
    with office.app.app_context():
        now = state.now()
        consent_id = state.in_own_unit(
            lambda opened: consents.give(opened.connection(), paula, meier, grant, wording=wording, now=now)
        )
        state.in_own_unit(
            lambda opened: consents.note_views(opened.connection(), [consent_id], place="list", now=now)
        )

    page = card(office, "paula")

    assert "Phone Hans Meier may see my phone. Hans Meier until taken back 1" in page.split("Consents")[2]


def test_a_card_without_consents_says_so(office: Office) -> None:
    assert "Nobody was allowed to see the contact data." in card(office, "sabine")


def test_changes_of_the_address_type_stand_on_the_card_with_their_reason(office: Office) -> None:
    happened = card(office, "sabine").split("What happened")[2]

    assert "Address type from Prospect to Customer by an order, order o1" in happened
    assert "Address type" in text(office.ines().get(f"{PREFIX}/contacts"))


def test_the_log_says_who_agreed_to_what_and_what_was_taken_back(office: Office) -> None:
    paula, meier = sign_up(office), contact(office, "meier")
    state = state_of(office.app)
    wording = consents.Wording(
        text="Hans Meier may see my phone.", version="1", locale="en", place="/account"
    )
    with office.app.app_context():
        now = state.now()

        def agree(opened: Session) -> None:
            conn, phone = opened.connection(), Grant(email=False, phone=True)
            consents.give(conn, paula, meier, phone, wording=wording, now=now)
            consents.take_back(conn, paula, now=now)
            conn.execute(insert(PartnerTerms).values(**TERMS, created_at=now))
            conn.execute(insert(TermsAcceptance).values(**ACCEPTED, contact_id=meier, at=now))
            preferences.leave(conn, meier, MailSort.REMINDER, now=now)
            preferences.choose(conn, meier, {MailSort.REMINDER, MailSort.PROGRAM}, now=now)

        state.in_own_unit(agree)
    browser = office.ines()

    page = browser.get(f"{PREFIX}/consent_log")
    assert sorted(rows(page)) == ["Hans Meier", "Hans Meier", "Hans Meier", "Paula Prospekt"]
    assert "Contact data for the sponsor, Phone Hans Meier may see my phone." in text(page)
    assert sorted(rows(browser.get(f"{PREFIX}/consent_log?state=over"))) == ["Hans Meier", "Paula Prospekt"]
    assert rows(browser.get(f"{PREFIX}/consent_log?kind=mailing&state=holds")) == ["Hans Meier"]
    assert rows(browser.get(f"{PREFIX}/consent_log?kind=terms&q=Meier")) == ["Hans Meier"]
    file = browser.get(f"{PREFIX}/consent_log.csv").text
    assert "SHA-256 abc" in file and file.count("taken back") == 2
    assert "/account" in file and "one click in the mail program" in file
