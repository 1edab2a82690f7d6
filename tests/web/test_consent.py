"""Contact data from consent to taking back: the buyer's page, the include, the sponsor's prospects."""

from __future__ import annotations

import re

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline import Customer
from flask_firstline.models import Consent, ConsentView
from flask_firstline.services import partners
from flask_firstline.state import state_of

from .office import hidden, multi, text
from .small_shop import World
from .test_desk import DESK, rows, signed_in

CONSENT = "/firstline/consent"
PROSPECTS = f"{DESK}/prospects"


@pytest.fixture
def anna(world: World) -> FlaskClient:
    """Let Anna sign up with Meier's code, and sign her in."""
    customer = Customer(ref="anna", email="anna@post.example", name="Anna Fischer", phone="0731 401")
    world.adapter.people["anna"] = customer
    with world.app.app_context():
        world.firstline.customer_registered(customer, code="vonmeier", commit=True)
    return signed_in(world, "anna")


@pytest.fixture
def meier(world: World) -> FlaskClient:
    """Sign in as Partner Meier."""
    return signed_in(world, "meier")


def post(client: FlaskClient, address: str, **given: object) -> TestResponse:
    """Send the form of a page with its hidden fields."""
    page = client.get(address)
    fields: list[tuple[str, object]] = [*hidden(page.text)]
    for name, value in given.items():
        fields += [(name, one) for one in value] if isinstance(value, list) else [(name, value)]
    return client.post(address, data=multi(fields))


def agree(client: FlaskClient, *what: str, months: int = 3) -> TestResponse:
    return post(client, CONSENT, what=list(what) or ["email"], months=months)


def count(world: World, model: type) -> int:
    with world.app.app_context():
        return int(state_of(world.app).session().query(model).count())


def number(world: World, page: str) -> str:
    [found] = re.findall(rf'href="{PROSPECTS}/(\d+)"', page)
    return str(found)


def test_the_page_says_who_would_see_what_and_that_it_can_be_taken_back(anna: FlaskClient) -> None:
    page = text(anna.get(CONSENT))

    assert "Hans Meier is your adviser here and sees only your initials." in page
    assert "You can take this back at any time with one click" in page
    assert "anna@post.example" in page


def test_the_sponsor_sees_initials_before_and_contact_data_after(
    world: World, anna: FlaskClient, meier: FlaskClient
) -> None:
    before = text(meier.get(PROSPECTS))
    answer = agree(anna, "email")
    after = text(meier.get(PROSPECTS))

    assert "Thank you. You can take this back here at any time." in text(anna.get(answer.location))
    assert "A. F. contact data not released" in before
    assert "anna@post.example" not in before
    assert "Anna Fischer anna@post.example" in after
    assert "0731" not in after


def test_what_was_read_is_kept_with_its_version_and_end(world: World, anna: FlaskClient) -> None:
    agree(anna, "email", "phone", months=3)

    with world.app.app_context():
        consent = state_of(world.app).session().query(Consent).one()
        assert (
            "Hans Meier may see my name, e-mail address and phone number until Feb 20, 2027."
            in consent.wording
        )
        assert (consent.version, consent.locale) == ("1", "en")
        assert consent.until is not None
        assert consent.until.isoformat() == "2027-02-20T23:00:00+00:00"


def test_each_look_is_recorded_and_the_buyer_reads_how_often(
    world: World, anna: FlaskClient, meier: FlaskClient
) -> None:
    agree(anna)
    meier.get(PROSPECTS)
    meier.get(f"{PROSPECTS}.csv")
    meier.get(f"{PROSPECTS}/{number(world, meier.get(PROSPECTS).text)}")

    assert count(world, ConsentView) == 4
    assert "Looked at 4 times, last on Nov 20, 2026" in text(anna.get(CONSENT))


def test_one_click_takes_it_back(world: World, anna: FlaskClient, meier: FlaskClient) -> None:
    agree(anna)
    person = f"{PROSPECTS}/{number(world, meier.get(PROSPECTS).text)}"

    answer = post(anna, CONSENT, take_back="1")

    assert "Taken back." in text(anna.get(answer.location))
    assert "anna@post.example" not in meier.get(PROSPECTS).text
    gone = meier.get(person)
    assert gone.status_code == 303
    assert "does not let you see contact data" in text(meier.get(gone.location))


def test_nothing_ticked_is_said(anna: FlaskClient, world: World) -> None:
    answer = post(anna, CONSENT, months=3)

    assert "Please tick what your adviser may see." in text(anna.get(answer.location))
    assert count(world, Consent) == 0


def test_a_form_read_of_another_sponsor_agrees_to_nothing(anna: FlaskClient, world: World) -> None:
    page = hidden(anna.get(CONSENT).text)
    other = [(name, value) for name, value in page if name != "sponsor"]

    answer = anna.post(CONSENT, data=multi([*other, ("sponsor", "99"), ("what", "email")]))

    assert "Your adviser has changed." in text(anna.get(answer.location))
    assert count(world, Consent) == 0


def test_a_post_without_the_token_agrees_to_nothing(anna: FlaskClient, world: World) -> None:
    answer = anna.post(CONSENT, data={"what": "email"})

    assert answer.status_code == 400
    assert count(world, Consent) == 0


def test_a_stranger_reads_that_nobody_sees_anything(world: World) -> None:
    page = world.app.test_client().get(CONSENT)

    assert page.status_code == 200
    assert "Nobody here sees your contact data" in text(page)


def test_the_link_of_a_mail_leads_to_the_page_without_signing_in(world: World, anna: FlaskClient) -> None:
    agree(anna)
    with world.app.test_request_context():
        address = render_template_string("{{ firstline_consent_link('anna') }}")
        nobody = render_template_string("{{ firstline_consent_link('nobody') }}")
    stranger = world.app.test_client()
    path = address.removeprefix("http://localhost")

    answer = post(stranger, path, take_back="1")

    assert nobody == ""
    assert "Taken back." in text(stranger.get(answer.location))
    assert "Hans Meier is your adviser here" in text(anna.get(CONSENT))
    assert stranger.get(f"{path}x").status_code == 404


def test_the_include_stands_in_a_page_of_the_shop(world: World, anna: FlaskClient) -> None:
    with anna:
        anna.get("/")
        shown = render_template_string('{% include "firstline/consent.html" %}')
    stranger = world.app.test_client()
    with stranger:
        stranger.get("/")
        empty = render_template_string('{% include "firstline/consent.html" %}')

    assert "Hans Meier is your adviser here" in shown
    assert empty.strip() == ""


def test_a_partner_who_is_suspended_sees_nobodys_data(
    world: World, anna: FlaskClient, meier: FlaskClient
) -> None:

    agree(anna)
    world.in_books(lambda conn: int(partners.suspend(conn, 1, why="check", who="admin", now=world.now)))

    assert "anna@post.example" not in meier.get(PROSPECTS).text
    assert "anna@post.example" not in meier.get(f"{PROSPECTS}.csv").text


def test_notes_status_and_a_reminder_are_kept_and_stand_on_the_start_page(
    world: World, anna: FlaskClient, meier: FlaskClient
) -> None:
    agree(anna)
    person = f"{PROSPECTS}/{number(world, meier.get(PROSPECTS).text)}"

    answer = post(meier, person, state="interested", note="Asks for balsam", remind_on="2026-11-20")

    assert "Noted." in text(meier.get(answer.location))
    assert "interested Asks for balsam Nov 20, 2026" in text(meier.get(PROSPECTS))
    assert "Follow up: Anna Fischer Asks for balsam" in text(meier.get(f"{DESK}/"))


def test_a_reminder_that_is_not_due_yet_does_not_stand_there(
    world: World, anna: FlaskClient, meier: FlaskClient
) -> None:
    agree(anna)
    person = f"{PROSPECTS}/{number(world, meier.get(PROSPECTS).text)}"

    post(meier, person, state="contacted", note="", remind_on="2026-11-21")
    today = text(meier.get(f"{DESK}/"))
    world.later(days=1)

    assert "Follow up" not in today
    assert "Follow up: Anna Fischer" in text(meier.get(f"{DESK}/"))


def test_a_reminder_on_no_date_is_refused(world: World, anna: FlaskClient, meier: FlaskClient) -> None:
    agree(anna)
    person = f"{PROSPECTS}/{number(world, meier.get(PROSPECTS).text)}"

    answer = post(meier, person, state="new", note="", remind_on="soon")

    assert "This is no date." in text(meier.get(answer.location))


def test_the_file_holds_the_same_as_the_page(anna: FlaskClient, meier: FlaskClient) -> None:
    masked = rows(meier.get(f"{PROSPECTS}.csv"))
    agree(anna, "phone")
    released = rows(meier.get(f"{PROSPECTS}.csv"))

    assert masked[1][:3] == ["A. F.", "", ""]
    assert released[1][:3] == ["Anna Fischer", "", "0731 401"]


def test_the_first_line_leads_to_who_released_contact_data(anna: FlaskClient, meier: FlaskClient) -> None:
    agree(anna)

    page = meier.get(f"{DESK}/firstline")

    assert "A. F. contact data released" in text(page)
    assert "anna@post.example" not in page.text


def test_other_partners_do_not_find_the_person(world: World, anna: FlaskClient, meier: FlaskClient) -> None:
    agree(anna)
    found = number(world, meier.get(PROSPECTS).text)
    world.partner("roth", "Julia Roth")

    assert signed_in(world, "roth").get(f"{PROSPECTS}/{found}").status_code == 404


def sign_up(world: World, code: str | None, **fields: object) -> None:
    """Let the shop's sign-up form be sent, and the shop tell of it."""
    customer = Customer(ref="berta", email="berta@post.example", name="Berta Kolb")
    given = multi([(name, value) for name, values in fields.items() for value in values])  # type: ignore[attr-defined]
    with world.app.test_request_context("/sign-up", method="POST", data=given):
        world.firstline.customer_registered(customer, code=code, commit=True)


def test_the_sign_up_form_asks_with_nothing_ticked(world: World) -> None:
    with world.app.test_request_context():
        fields = render_template_string('{% include "firstline/consent_fields.html" %}')

    assert "The partner whose code you use is your adviser here" in fields
    assert "checked" not in fields


def test_what_is_ticked_at_a_sign_up_by_code_is_agreed_to_at_once(world: World, meier: FlaskClient) -> None:
    sign_up(world, "vonmeier", firstline_consent=["email"], firstline_consent_months=["12"])

    assert "Berta Kolb berta@post.example" in text(meier.get(PROSPECTS))
    with world.app.app_context():
        consent = state_of(world.app).session().query(Consent).one()
        assert "may see my name and e-mail address until Nov 20, 2027." in consent.wording


def test_a_sign_up_with_nothing_ticked_or_without_a_code_agrees_to_nothing(
    world: World, meier: FlaskClient
) -> None:
    sign_up(world, None, firstline_consent=["email"])
    sign_up(world, "vonmeier", firstline_consent_months=["12"])

    assert count(world, Consent) == 0
    assert "B. K. contact data not released" in text(meier.get(PROSPECTS))
