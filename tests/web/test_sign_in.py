"""The log-in of partners without an account in the shop: password, mailed links, sessions and their ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from flask_firstline.models import Audit, Contact, Login
from flask_firstline.partner_session import COOKIE
from flask_firstline.services import partners
from flask_firstline.testing import make_partner

from .join_kit import DESK, SIGN_IN, MailingOffice, body_of, fill, opened, partner_by_page, said
from .office import PREFIX, link, send

PASSWORD = "correct horse"
FORGOT = "/firstline/partners/password"
LOG_IN = f"{DESK}log-in"


@pytest.fixture
def shop() -> Iterator[MailingOffice]:
    yield from opened(FIRSTLINE_PARTNER_APPROVAL=False)


@pytest.fixture
def tom(shop: MailingOffice) -> FlaskClient:
    """Tom's browser: he became a partner by the page, has set a password, and is signed in."""
    return partner_by_page(shop, PASSWORD)


def login(shop: MailingOffice, password: str = PASSWORD, email: str = "tom@post.example") -> FlaskClient:
    browser = shop.browser()
    fill(browser, SIGN_IN, email=email, password=password)
    return browser


def is_in(browser: FlaskClient) -> bool:
    return browser.get(DESK).status_code == 200


def test_email_address_and_password_open_the_desk(shop: MailingOffice, tom: FlaskClient) -> None:
    browser = shop.browser()
    assert browser.get(f"{DESK}codes").location == f"{SIGN_IN}?next=/firstline/desk/codes"

    done = fill(browser, f"{SIGN_IN}?next=/firstline/desk/codes", at=SIGN_IN, email=" TOM@post.example ",
                password=PASSWORD)  # fmt: skip

    assert (done.status_code, done.location) == (303, f"{DESK}codes")
    assert is_in(browser)


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere_after_signing_in(
    shop: MailingOffice, tom: FlaskClient, address: str
) -> None:
    done = fill(shop.browser(), SIGN_IN, email="tom@post.example", password=PASSWORD, next=address)

    assert done.location == DESK


@pytest.mark.parametrize(
    ("email", "password"),
    [("tom@post.example", "wrong horse"), ("eva@post.example", PASSWORD), ("", ""), ("tom@post.example", "")],
)
def test_what_does_not_fit_is_told_in_the_same_words(
    shop: MailingOffice, tom: FlaskClient, email: str, password: str
) -> None:
    browser = shop.browser()

    answer = fill(browser, SIGN_IN, email=email, password=password)

    assert answer.status_code == 422
    assert "E-mail address and password do not fit together." in said(answer)
    assert not is_in(browser)


def test_before_a_password_is_set_none_fits(shop: MailingOffice) -> None:
    with shop.transaction() as session:
        partners.add_partner(
            session.connection(), ref=None, email="eva@post.example", who="test", now=shop.clock.now
        )

    assert not is_in(login(shop, "", "eva@post.example"))


def test_an_account_is_tried_ten_times_whoever_tries(shop: MailingOffice, tom: FlaskClient) -> None:
    answers = []
    for number in range(11):
        browser = shop.browser()
        browser.environ_base["REMOTE_ADDR"] = f"10.0.{number}.1"
        answers.append(fill(browser, SIGN_IN, email="tom@post.example", password="wrong").status_code)

    assert answers == [422] * 10 + [429]
    assert not is_in(login(shop))
    shop.clock.advance(minutes=10)
    assert is_in(login(shop))


def test_one_address_tries_ten_accounts(shop: MailingOffice, tom: FlaskClient) -> None:
    answers = [
        fill(shop.browser(), SIGN_IN, email=f"{number}@post.example", password="wrong").status_code
        for number in range(11)
    ]

    assert answers == [422] * 10 + [429]


# The cookie --------------------------------------------------------------------------------------------


def cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie(COOKIE)
    assert found is not None
    return found.value


def test_the_cookie_is_not_for_scripts_and_new_with_each_log_in(
    shop: MailingOffice, tom: FlaskClient
) -> None:
    browser = shop.browser()
    done = fill(browser, SIGN_IN, email="tom@post.example", password=PASSWORD)
    [header] = [line for line in done.headers.getlist("Set-Cookie") if line.startswith(COOKIE)]

    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert cookie(browser) != cookie(tom)


def test_a_cookie_that_was_changed_opens_nothing(shop: MailingOffice, tom: FlaskClient) -> None:
    browser = shop.browser()
    browser.set_cookie(COOKIE, cookie(tom)[:-2] + "xx")

    assert not is_in(browser)


def test_a_session_ends_after_two_weeks(shop: MailingOffice, tom: FlaskClient) -> None:
    shop.clock.advance(days=13)
    assert is_in(tom)
    shop.clock.advance(days=1)
    assert not is_in(tom)


def test_signing_out_ends_copies_of_the_cookie_too(shop: MailingOffice, tom: FlaskClient) -> None:
    copy = shop.browser()
    copy.set_cookie(COOKIE, cookie(tom))
    assert is_in(copy)

    assert fill(tom, LOG_IN, at=f"{DESK}sign-out").location == SIGN_IN

    assert (is_in(tom), is_in(copy)) == (False, False)


def test_other_sessions_can_be_ended(shop: MailingOffice, tom: FlaskClient) -> None:
    other = login(shop)

    fill(tom, LOG_IN, at=f"{LOG_IN}/end")

    assert (is_in(tom), is_in(other)) == (True, False)


def test_a_changed_password_ends_other_sessions(shop: MailingOffice, tom: FlaskClient) -> None:
    other = login(shop)

    assert fill(tom, LOG_IN, old="wrong", new="battery staple").status_code == 422
    assert fill(tom, LOG_IN, old=PASSWORD, new="short").status_code == 422
    assert fill(tom, LOG_IN, old=PASSWORD, new="battery staple").status_code == 303

    assert (is_in(tom), is_in(other)) == (True, False)
    assert (is_in(login(shop)), is_in(login(shop, "battery staple"))) == (False, True)
    assert [row.who for row in shop.rows(Audit, act="set password")] == ["partner:1", "partner:1"]


def test_the_password_is_kept_hashed_and_salted(shop: MailingOffice, tom: FlaskClient) -> None:
    [row] = shop.rows(Login)

    assert PASSWORD not in row.password
    assert row.password.startswith("scrypt:")


def test_a_form_of_the_desk_is_tied_to_the_session(shop: MailingOffice, tom: FlaskClient) -> None:
    from .office import hidden

    fields = dict(hidden(tom.get(LOG_IN).text))
    other = login(shop)

    other.post(f"{LOG_IN}/end", data=fields)

    assert is_in(tom)


# Mailed links ------------------------------------------------------------------------------------------


def test_a_mailed_link_signs_in_once_and_only_by_its_button(shop: MailingOffice, tom: FlaskClient) -> None:
    browser = shop.browser()
    fill(browser, SIGN_IN, at=f"{SIGN_IN}/link", email="tom@post.example")
    link = shop.link()

    assert browser.get(link).status_code == 200
    assert not is_in(browser)
    assert fill(browser, link).location == DESK
    assert is_in(browser)
    assert shop.browser().get(link).status_code == 410


def test_a_mailed_link_holds_half_an_hour(shop: MailingOffice, tom: FlaskClient) -> None:
    fill(shop.browser(), SIGN_IN, at=f"{SIGN_IN}/link", email="tom@post.example")
    link = shop.link()
    shop.clock.advance(minutes=30)

    assert shop.browser().get(link).status_code == 410


def test_a_link_that_signs_in_sets_no_password(shop: MailingOffice, tom: FlaskClient) -> None:
    fill(shop.browser(), SIGN_IN, at=f"{SIGN_IN}/link", email="tom@post.example")
    ticket = shop.link().rpartition("/")[2]

    assert shop.browser().get(f"{FORGOT}/{ticket}").status_code == 410


def test_a_forgotten_password_is_set_anew(shop: MailingOffice, tom: FlaskClient) -> None:
    browser = shop.browser()
    fill(browser, FORGOT, email="tom@post.example")
    link = shop.link()

    assert fill(browser, link, new="short").status_code == 422
    assert fill(browser, link, new="battery staple").status_code == 303

    assert (is_in(browser), is_in(tom)) == (True, False)
    assert shop.browser().get(link).status_code == 410
    assert is_in(login(shop, "battery staple"))


def test_a_password_that_is_set_ends_links_that_were_sent_before(
    shop: MailingOffice, tom: FlaskClient
) -> None:
    fill(shop.browser(), SIGN_IN, at=f"{SIGN_IN}/link", email="tom@post.example")
    link = shop.link()

    fill(tom, LOG_IN, old=PASSWORD, new="battery staple")

    assert shop.browser().get(link).status_code == 410


def test_the_answer_tells_nobody_whether_there_is_such_a_partner(
    shop: MailingOffice, tom: FlaskClient
) -> None:
    known = fill(shop.browser(), FORGOT, email="tom@post.example")
    unknown = fill(shop.browser(), FORGOT, email="eva@post.example")

    assert said(known) == said(unknown)
    assert [mail["To"].addresses[0].addr_spec for mail in shop.post()] == ["tom@post.example"]


def test_links_are_mailed_three_times_in_ten_minutes(shop: MailingOffice, tom: FlaskClient) -> None:
    for number in range(6):
        browser = shop.browser()
        browser.environ_base["REMOTE_ADDR"] = f"10.0.{number}.1"
        fill(browser, FORGOT, email="tom@post.example")

    assert len(shop.post()) == 3


# Who has a log-in --------------------------------------------------------------------------------------


def test_an_admin_enters_a_partner_without_an_account(shop: MailingOffice) -> None:
    fields = {"name": "Eva", "email": "eva@post.example", "locale": "", "mail": "y"}
    assert send(shop.ines(), f"{PREFIX}/partners/new", fields).status_code == 303

    [mail] = shop.post()
    assert "Set my password" in body_of(mail)
    assert [row.email_key for row in shop.rows(Login)] == ["eva@post.example"]
    assert shop.rows(Contact)[0].ref is None


def test_an_admin_enters_nobody_who_cannot_be_reached(shop: MailingOffice) -> None:
    answer = send(shop.ines(), f"{PREFIX}/partners/new", {"name": "Eva", "locale": ""})

    assert answer.status_code == 422
    assert "Give a customer number or an e-mail address." in said(answer)


def test_the_card_says_how_a_partner_gets_in_and_which_terms_hold(
    shop: MailingOffice, tom: FlaskClient
) -> None:
    shop.write_terms(en="Be fair.")
    fill(tom, f"{DESK}terms")

    page = said(shop.ines().get(f"{PREFIX}/contacts/1"))

    assert "by e-mail address, last on" in page
    assert "Partner terms Version 1" in page


def test_an_admin_sends_the_way_to_the_desk_once_more(shop: MailingOffice, tom: FlaskClient) -> None:
    make_partner(shop.app, "quiet")
    boss, listed = shop.ines(), f"{PREFIX}/partners"
    shop.post()
    ticked = {"act": "invite", "key": ["1", "2"]}

    preview = send(boss, f"{listed}/act", ticked, form_at=listed)
    assert "1 partner gets a mail with the way to the desk." in said(preview)
    assert "no e-mail address, or no partner any more" in said(preview)
    done = send(boss, f"{listed}/act", {**ticked, "sure": "yes", "seen": "1"}, form_at=listed)
    assert done.status_code == 303, said(done)

    [mail] = shop.post()
    assert mail["To"].addresses[0].addr_spec == "tom@post.example"
    assert "Set my password" in body_of(mail)


def test_a_partner_who_left_can_be_entered_again_by_address(shop: MailingOffice, tom: FlaskClient) -> None:
    with shop.transaction() as session:
        partners.end_partner(session.connection(), 1, why="moved", who="test", now=shop.clock.now)
    boss = shop.ines()
    again = link(boss.get(f"{PREFIX}/contacts/1"), "Make a partner")
    assert again == f"{PREFIX}/partners/new?email=tom@post.example"

    fields = {"name": "Tom Neu", "email": "tom@post.example", "locale": ""}
    assert send(boss, f"{PREFIX}/partners/new", fields).status_code == 303

    assert [row.id for row in shop.rows(Contact, email="tom@post.example")] == [1]
    assert shop.partner(id=1).partner_until is None


def test_a_partner_with_an_account_signs_in_at_the_shop(shop: MailingOffice) -> None:
    make_partner(shop.app, "meier", email="meier@shop.example")

    assert shop.browser().get(DESK).location.startswith("/sign-in")
    assert shop.rows(Login) == []
    assert shop.browser("meier").get(LOG_IN).status_code == 404


def test_where_both_ways_exist_the_page_offers_both(shop: MailingOffice, tom: FlaskClient) -> None:
    page = shop.browser().get(SIGN_IN)

    assert "Sign in with my account in the shop" in said(page)
    assert shop.browser().get(f"{SIGN_IN}/shop").location.startswith("/sign-in")


def test_who_is_signed_in_at_the_shop_and_here_sees_the_own_desk(
    shop: MailingOffice, tom: FlaskClient
) -> None:
    make_partner(shop.app, "meier", name="Hans Meier")
    shop.sign_in(tom, "ina")
    assert "Hello, Tom Neu" in said(tom.get(DESK))
    shop.sign_in(tom, "meier")
    assert "Hello, Hans Meier" in said(tom.get(DESK))


def test_a_suspended_partner_signs_in_and_only_looks(shop: MailingOffice, tom: FlaskClient) -> None:
    with shop.transaction() as session:
        partners.suspend(session.connection(), 1, why="check", who="test", now=shop.clock.now)

    browser = login(shop)

    assert is_in(browser)
    assert "No new links" in said(browser.get(f"{DESK}links"))
