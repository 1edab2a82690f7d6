"""From the sign-up to the first code that a partner makes, and signing in again, as people use the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect

from flask_firstline.services import partners
from flask_firstline.testing import make_code, make_coupon, make_partner

from ..web.join_kit import JOIN, SENDER, SIGN_IN, MailingOffice
from ..web.office import INES, PREFIX
from ..web.small_shop import POLICY
from .axe import complaints_of
from .conftest import LiveServer

DESK = "/firstline/desk/"
PASSWORD = "correct horse battery"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[MailingOffice]:
    """Give the shop with Partner Meier, a coupon for partners and partner terms, under a strict policy."""
    with MailingOffice(url=f"sqlite:///{tmp_path / 'office.sqlite'}", FIRSTLINE_MAIL_FROM=SENDER) as shop:
        shop.add_customer(INES)
        make_partner(shop.app, "meier", name="Hans Meier")
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
        make_coupon(shop.app, "Ten off", percent=10, open_to_partners=True)
        shop.write_terms(en="You pass on what is true.\n\nYou send no unasked mails.")

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        yield shop


@pytest.fixture
def address(office: MailingOffice, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(office.app)


@pytest.mark.parametrize("width", [1280, 360])
def test_from_the_sign_up_to_the_first_code(
    office: MailingOffice, address: str, browser: Browser, width: int
) -> None:
    tom = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    ines = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    found: dict[str, list[str]] = {}

    tom.goto(f"{address}{JOIN}")
    found["form"] = complaints_of(tom)
    tom.get_by_label("Name").fill("Tom Neu")
    tom.get_by_label("E-mail address").fill("tom")
    tom.get_by_role("button", name="Apply").click()
    expect(tom.get_by_text("This is no e-mail address.")).to_be_visible()
    expect(tom.get_by_text("Please accept the partner terms.")).to_be_visible()
    found["form with mistakes"] = complaints_of(tom)
    tom.get_by_label("E-mail address").fill("tom@post.example")
    tom.get_by_label("Code of the partner who invited you").fill("vonmeier")
    tom.get_by_label("I accept the partner terms.").check()
    tom.get_by_role("button", name="Apply").click()
    expect(tom.get_by_role("heading", name="Please look into your mail")).to_be_visible()
    found["sent"] = complaints_of(tom)

    tom.goto(f"{address}{office.link()}")
    found["confirm"] = complaints_of(tom)
    tom.get_by_role("button", name="Confirm my address").click()
    expect(tom.get_by_role("heading", name="Your application is here")).to_be_visible()

    _approve(ines, address, found)

    tom.goto(f"{address}{office.link()}")
    found["password"] = complaints_of(tom)
    tom.get_by_label("New password").fill(PASSWORD)
    tom.get_by_role("button", name="Set the password").click()
    expect(tom.get_by_role("heading", name="Hello, Tom Neu")).to_be_visible()
    found["desk"] = complaints_of(tom)

    _make_a_code(tom, address)
    _sign_in_again(tom, address, found)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def _approve(ines: Page, address: str, found: dict[str, list[str]]) -> None:
    ines.request.post(f"{address}/sign-in", form={"customer": INES})
    ines.goto(f"{address}{PREFIX}/applications")
    found["applications"] = complaints_of(ines)
    ines.get_by_role("link", name="Tom Neu").first.click()
    found["application"] = complaints_of(ines)
    expect(ines.get_by_role("link", name="Hans Meier")).to_be_visible()
    ines.get_by_role("button", name="Approve").click()
    expect(ines.get_by_text("Tom Neu is a partner now")).to_be_visible()
    ines.goto(f"{address}{PREFIX}/partner_terms/new")
    found["new terms"] = complaints_of(ines)


def _make_a_code(tom: Page, address: str) -> None:
    tom.goto(f"{address}{DESK}codes")
    tom.get_by_label("Your code", exact=False).fill("tomstip")
    tom.get_by_role("button", name="Make the code").click()
    expect(tom.get_by_text("tomstip").first).to_be_visible()


def _sign_in_again(tom: Page, address: str, found: dict[str, list[str]]) -> None:
    tom.goto(f"{address}{DESK}log-in")
    found["log-in"] = complaints_of(tom)
    tom.get_by_role("button", name="Sign out").click()
    expect(tom.get_by_text("You are signed out.")).to_be_visible()
    found["signed out"] = complaints_of(tom)
    tom.goto(f"{address}{DESK}")
    expect(tom).to_have_url(f"{address}{SIGN_IN}?next=/firstline/desk/")
    tom.get_by_role("textbox", name="E-mail address").fill("tom@post.example")
    tom.get_by_label("Password", exact=True).fill("wrong")
    tom.get_by_role("button", name="Sign in", exact=True).click()
    expect(tom.get_by_text("do not fit together")).to_be_visible()
    found["wrong password"] = complaints_of(tom)
    tom.get_by_label("Password", exact=True).fill(PASSWORD)
    tom.get_by_role("button", name="Sign in", exact=True).click()
    expect(tom.get_by_role("heading", name="Hello, Tom Neu")).to_be_visible()


def test_a_link_instead_of_a_password(office: MailingOffice, address: str, page: Page) -> None:
    with office.transaction() as session:
        partners.add_partner(
            session.connection(), ref=None, email="tom@post.example", name="Tom", who="test",
            now=office.clock.now,
        )  # fmt: skip
    page.goto(f"{address}{SIGN_IN}")
    page.get_by_role("textbox", name="E-mail address").fill("tom@post.example")
    page.get_by_role("button", name="Send me a link instead").click()
    expect(page.get_by_role("heading", name="Please look into your mail")).to_be_visible()

    page.goto(f"{address}{office.link()}")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Hello, Tom")).to_be_visible()
