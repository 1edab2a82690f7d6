"""Becoming a partner by the public page: applied, proven by mail, approved or declined."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_firstline.models import Application, Contact, History, Link, TermsAcceptance
from flask_firstline.services import links, partner_terms, partners
from flask_firstline.testing import make_code, make_partner

from .join_kit import DESK, JOIN, TOM, MailingOffice, body_of, confirmed, fill, opened, partner_by_page, said
from .office import PREFIX, hidden, send, text


@pytest.fixture
def shop() -> Iterator[MailingOffice]:
    yield from opened()


@pytest.fixture
def at_once() -> Iterator[MailingOffice]:
    yield from opened(FIRSTLINE_PARTNER_APPROVAL=False)


def applications(shop: MailingOffice) -> list[tuple[str, str]]:
    return [(row.email, row.state) for row in shop.rows(Application)]


def test_from_the_form_to_the_desk(shop: MailingOffice) -> None:
    browser = shop.browser()

    sent = fill(browser, JOIN, **TOM, company="Neu KG", phone="0731 1", site="neu.example")
    assert "We have sent you a mail" in said(browser.get(sent.location))
    assert (applications(shop), shop.rows(Contact)) == ([("tom@post.example", "unconfirmed")], [])

    link = shop.link()
    page = browser.get(link)
    assert "Neu KG" in page.text
    assert applications(shop) == [("tom@post.example", "unconfirmed")]
    waits = fill(browser, link)
    assert "The shop reads it" in said(browser.get(waits.location))

    [tom] = shop.rows(Contact)
    assert (tom.name, tom.email_verified, tom.site, tom.partner_since) == (
        "Tom Neu", True, "https://neu.example", None,
    )  # fmt: skip
    [row] = shop.rows(Application)
    boss = shop.ines()
    assert "Neu KG" in text(boss.get(f"{PREFIX}/applications"))
    assert send(boss, f"{PREFIX}/applications/{row.id}", {"approve": "1"}).status_code == 303

    assert shop.partner(id=tom.id).partner_since == shop.clock.now
    new_password = shop.link()
    signed_in = fill(browser, new_password, new="correct horse")
    assert (signed_in.status_code, signed_in.location) == (303, DESK)
    assert "Hello, Tom Neu" in said(browser.get(DESK))
    assert ("Ines Walter", "approve", "application") in shop.acts()


def test_without_approval_who_has_proven_the_address_is_a_partner(at_once: MailingOffice) -> None:
    done = confirmed(at_once, at_once.browser())

    assert "You are a partner now" in said(at_once.browser().get(done.location))
    [mail] = at_once.post()
    assert mail["Subject"] == "You are a partner of Lindenhof"


def test_who_has_left_is_asked_about_again_also_without_approval(at_once: MailingOffice) -> None:
    confirmed(at_once, at_once.browser())
    at_once.post()
    with at_once.transaction() as session:
        partners.end_partner(session.connection(), 1, why="fraud", who="test", now=at_once.clock.now)

    confirmed(at_once, at_once.browser())

    assert [state for _, state in applications(at_once)] == ["approved", "waiting"]


def test_a_declined_application_gets_a_mail_with_the_reason(shop: MailingOffice) -> None:
    confirmed(shop, shop.browser())
    [row] = shop.rows(Application)
    boss = shop.ines()

    done = send(boss, f"{PREFIX}/applications/{row.id}", {"decline": "1", "why": "No site yet."})

    assert done.status_code == 303
    [mail] = shop.post()
    assert "No site yet." in body_of(mail)
    assert applications(shop) == [("tom@post.example", "declined")]
    again = send(
        boss, f"{PREFIX}/applications/{row.id}", {"approve": "1"}, form_at=f"{PREFIX}/partner_terms/new"
    )
    assert "It was decided already" in text(boss.get(again.location))
    assert shop.partner(email="tom@post.example").partner_since is None


@pytest.mark.parametrize("language", ["de", "nl", "ru"])
def test_mails_speak_the_language_of_the_page(shop: MailingOffice, language: str) -> None:
    browser = shop.browser()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    fill(browser, JOIN, **TOM)

    [mail] = shop.post()

    subjects = {
        "de": "Bitte bestätigen Sie Ihre E-Mail-Adresse",
        "nl": "Bevestig uw e-mailadres",
        "ru": "Подтвердите адрес электронной почты",
    }
    assert mail["Subject"] == subjects[language]


# The address -------------------------------------------------------------------------------------------


def test_the_answer_is_the_same_for_an_address_that_is_a_partners(at_once: MailingOffice) -> None:
    confirmed(at_once, at_once.browser())
    at_once.post()

    known = fill(at_once.browser(), JOIN, **TOM)
    unknown = fill(at_once.browser(), JOIN, name="Eva", email="eva@post.example")

    assert known.location == unknown.location
    subjects = {mail["To"].addresses[0].addr_spec: mail["Subject"] for mail in at_once.post()}
    assert subjects == {
        "tom@post.example": "You are a partner of Lindenhof already",
        "eva@post.example": "Please confirm your e-mail address",
    }
    assert len(applications(at_once)) == 2


def test_a_link_confirms_once_and_repeating_changes_nothing(shop: MailingOffice) -> None:
    browser = shop.browser()
    fill(browser, JOIN, **TOM)
    link = shop.link()
    fill(browser, link)
    before = shop.rows(Contact), shop.rows(History)

    again = browser.get(link)

    assert again.location.endswith("/join/done/waiting")
    assert (shop.rows(Contact), shop.rows(History)) == before


def test_a_link_that_is_too_old_or_made_up_does_not_hold(shop: MailingOffice) -> None:
    browser = shop.browser()
    fill(browser, JOIN, **TOM)
    link = shop.link()

    assert browser.get(f"{link}x").status_code == 410
    shop.clock.advance(days=3, seconds=1)
    assert browser.get(link).status_code == 410


def test_an_application_that_nobody_confirms_is_deleted(shop: MailingOffice) -> None:
    fill(shop.browser(), JOIN, **TOM)
    shop.clock.advance(days=8)

    shop.post()

    assert applications(shop) == []


def test_two_applications_of_one_address_become_one(shop: MailingOffice) -> None:
    browser = shop.browser()
    confirmed(shop, browser)

    second = confirmed(shop, browser)

    assert second.location.endswith("/join/done/waiting")
    assert applications(shop) == [("tom@post.example", "waiting")]


def test_one_address_on_the_network_tries_ten_times(shop: MailingOffice) -> None:
    browser = shop.browser()
    answers = [
        fill(browser, JOIN, name="Eva", email=f"eva{number}@post.example").status_code for number in range(11)
    ]

    assert answers == [303] * 10 + [429]
    shop.clock.advance(minutes=10)
    assert fill(browser, JOIN, **TOM).status_code == 303


def test_nobody_is_flooded_with_mails(shop: MailingOffice) -> None:
    for number in range(6):
        browser = shop.browser()
        browser.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        fill(browser, JOIN, **TOM)

    assert len(shop.post()) == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "Please give your name"),
        ({"email": "tom"}, "This is no e-mail address"),
        ({"site": "ftp://neu.example"}, "This is no address of a web site"),
        ({"code": "unknown"}, "This code does not hold"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(shop: MailingOffice, given: dict[str, str], words: str) -> None:
    answer = fill(shop.browser(), JOIN, **{**TOM, **given})

    assert answer.status_code == 422
    assert words in said(answer)
    assert shop.rows(Application) == []


def test_a_form_of_another_site_is_refused(shop: MailingOffice) -> None:
    assert shop.browser().post(JOIN, data=TOM).status_code == 400
    assert shop.rows(Application) == []


# Whom somebody came through ----------------------------------------------------------------------------


def test_a_typed_code_names_the_sponsor(shop: MailingOffice) -> None:
    meier = make_partner(shop.app, "meier")
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")

    confirmed(shop, shop.browser(), code="von meier")

    assert shop.partner(email="tom@post.example").sponsor_id == meier


def test_a_link_in_the_address_names_the_sponsor_without_a_cookie(shop: MailingOffice) -> None:
    meier = make_partner(shop.app, "meier", name="Hans Meier")
    with shop.transaction() as session:
        links.make_link(session.connection(), meier, path="", who="test", now=shop.clock.now)
    [link] = shop.rows(Link)
    browser = shop.browser()

    assert "Invited by Hans Meier." in said(browser.get(f"{JOIN}?partner={link.tracking_id}"))
    sent = fill(browser, f"{JOIN}?partner={link.tracking_id}", at=JOIN, **TOM)
    assert sent.status_code == 303
    fill(browser, shop.link())

    tom = shop.partner(email="tom@post.example")
    assert tom.sponsor_id == meier
    assert [(row.how, row.after) for row in shop.rows(History, contact_id=tom.id, kind="sponsor")] == [
        ("link", link.tracking_id)
    ]


def test_a_code_that_waits_in_the_cart_names_the_sponsor(shop: MailingOffice) -> None:
    meier = make_partner(shop.app, "meier")
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
    browser = shop.browser()
    browser.get("/firstline/c/vonmeier")

    confirmed(shop, browser)

    assert shop.partner(email="tom@post.example").sponsor_id == meier


def test_the_code_of_a_suspended_partner_brings_nobody(shop: MailingOffice) -> None:
    meier = make_partner(shop.app, "meier")
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00")
    with shop.transaction() as session:
        partners.suspend(session.connection(), meier, why="check", who="test", now=shop.clock.now)

    answer = fill(shop.browser(), JOIN, **TOM, code="vonmeier")

    assert "This code does not hold" in said(answer)


def test_wrong_codes_are_counted_as_at_the_coupon_field(shop: MailingOffice) -> None:
    browser = shop.browser()

    answers = [fill(browser, JOIN, **TOM, code=f"guess{number}").status_code for number in range(11)]

    assert answers == [422] * 10 + [429]


# Customers of the shop ---------------------------------------------------------------------------------


def test_a_customer_with_a_proven_address_needs_no_mail(shop: MailingOffice) -> None:
    shop.add_customer("ina", name="Ina Alt", email_verified=True)
    browser = shop.browser("ina")

    done = fill(browser, JOIN, name="Ina Alt", email="else@post.example")

    assert done.location.endswith("/join/done/waiting")
    assert shop.post() == []
    assert [(row.email, row.customer_ref) for row in shop.rows(Application)] == [("ina@shop.example", "ina")]
    assert browser.get(JOIN).location.endswith("/join/done/waiting")
    assert "The shop reads it" in said(browser.get(DESK))


def test_a_customer_without_a_proven_address_confirms_it_with_the_same_account(shop: MailingOffice) -> None:
    shop.add_customer("ina", name="Ina Alt")
    shop.add_customer("eve", name="Eve")
    browser = shop.browser("ina")
    fill(browser, JOIN, name="Ina Alt", email="ina@shop.example")
    link = shop.link()

    assert shop.browser("eve").get(link).status_code == 403
    assert shop.browser().get(link).status_code == 403
    assert fill(browser, link).status_code == 303
    assert shop.partner(ref="ina").email_verified


def test_a_partner_is_led_to_the_desk(shop: MailingOffice) -> None:
    make_partner(shop.app, "meier")

    assert shop.browser("meier").get(JOIN).location == DESK


def test_the_desk_offers_the_page_to_customers(shop: MailingOffice) -> None:
    answer = shop.browser("ina").get(DESK)

    assert answer.status_code == 403
    assert JOIN in answer.text


# The partner terms -------------------------------------------------------------------------------------


def test_who_applies_accepts_the_terms_in_the_words_that_were_shown(shop: MailingOffice) -> None:
    shop.write_terms(en="Be fair.\n\nBe honest.", de="Seien Sie fair.")
    browser = shop.browser()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"

    refused = fill(browser, JOIN, **TOM)
    assert refused.status_code == 422
    assert "Seien Sie fair." in said(browser.get("/firstline/partners/terms/1?language=de"))
    confirmed(shop, browser)

    [row] = shop.rows(TermsAcceptance)
    assert (row.version, row.locale, row.digest) == (1, "de", partner_terms.digest_of("Seien Sie fair."))


def test_terms_that_changed_meanwhile_are_read_again(shop: MailingOffice) -> None:
    shop.write_terms(en="Be fair.")
    browser = shop.browser()
    old = dict(hidden(browser.get(JOIN).text))
    shop.write_terms(en="Be very fair.")

    answer = browser.post(JOIN, data={**old, **TOM, "terms": "y"})

    assert answer.status_code == 422
    assert "have changed" in said(answer)


def test_an_admin_writes_a_new_version_and_partners_are_asked(at_once: MailingOffice) -> None:
    boss = at_once.ines()
    send(boss, f"{PREFIX}/partner_terms/new", {"en": "Be fair.", "de": "Fair sein."})
    tom = partner_by_page(at_once)
    assert "The partner terms have changed" not in said(tom.get(DESK))

    same = send(boss, f"{PREFIX}/partner_terms/new", {"en": "Be fair.", "de": "Fair sein."})
    assert same.status_code == 422
    assert send(boss, f"{PREFIX}/partner_terms/new", {"en": "Be fairer."}).status_code == 303

    assert "The partner terms have changed" in said(tom.get(DESK))
    assert "Be fairer." in said(tom.get(f"{DESK}terms"))
    fill(tom, f"{DESK}terms")
    assert "The partner terms have changed" not in said(tom.get(DESK))
    assert [(row.version, row.locale) for row in at_once.rows(TermsAcceptance)] == [(1, "en"), (2, "en")]
    assert ("Ines Walter", "create", "partner terms") in at_once.acts()


def test_erasing_a_customer_takes_the_application_along(shop: MailingOffice) -> None:
    shop.add_customer("ina", name="Ina Alt", email_verified=True)
    fill(shop.browser("ina"), JOIN, name="Ina Alt", email="ina@shop.example")

    with shop.transaction():
        shop.firstline.customer_erased("ina")

    assert shop.rows(Application) == []


def test_a_mail_never_leads_where_a_request_says(shop: MailingOffice) -> None:
    with MailingOffice(FIRSTLINE_MAIL_FROM="a@shop.example", SERVER_NAME="shop.example") as real:
        browser = real.browser()
        page = browser.get(JOIN)
        browser.post(
            JOIN, data={**dict(hidden(page.text)), **TOM}, headers={"X-Forwarded-Host": "evil.example"},
            base_url="http://evil.example",
        )  # fmt: skip

        assert "http://shop.example/firstline/partners/join/" in body_of(real.post()[0])
