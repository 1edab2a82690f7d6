"""Notices to partners about their money: sent once, in their language, to the right address, where wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from flask_firstline.delivery.worker import Worked, work_once
from flask_firstline.domain.payout import Method
from flask_firstline.models import Contact, NoticeOff
from flask_firstline.services import holds, notices
from flask_firstline.services.notices import NoticeKind
from flask_firstline.testing import FakeShop
from tests.mail_server import MailServer, html_of, mail_server, text_of

from .kit import set_up
from .pay_kit import IBANS, act, contact_id, earned, fail, payout, release, run, wants
from .statement_kit import issue, issuer, taxed, void

SENDER = "Lindenhof <shop@shop.example>"
OLD, NEW = "hans@old.example", "thief@new.example"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def shop(firstline_url: str, server: MailServer) -> Iterator[FakeShop]:
    config = {"FIRSTLINE_SMTP_URL": server.url, "FIRSTLINE_MAIL_FROM": SENDER, "SERVER_NAME": "shop.example"}
    with FakeShop(firstline_url, **config) as made:  # type: ignore[arg-type]
        set_up(made)
        address(made, OLD)
        yield made


def address(shop: FakeShop, email: str | None, **more: object) -> None:
    """Give meier an address; nobody else has one."""
    with shop.transaction() as session:
        session.execute(update(Contact).values(email=None))
        session.execute(update(Contact).where(Contact.ref == "meier").values(email=email, **more))


def work(shop: FakeShop) -> Worked:
    with shop.app.app_context():
        return work_once(shop.state)


def paid(shop: FakeShop, method: Method = Method.SEPA, **given: str) -> int:
    wants(shop, "meier", method, **given)
    earned(shop)
    number = run(shop)
    release(shop, number)
    return int(payout(shop, number, "meier").id)


def choose(shop: FakeShop, *kinds: NoticeKind) -> None:
    who = contact_id(shop, "meier")
    act(shop, lambda ctx: notices.choose(ctx.conn, who, kinds, now=ctx.now))


def test_who_is_paid_is_told_once_with_amount_and_way(shop: FakeShop, server: MailServer) -> None:
    paid(shop)

    work(shop)
    work(shop)

    (mail,) = server.mails
    assert mail["To"].addresses[0].addr_spec == OLD
    assert mail["Subject"] == "Lindenhof pays you €10.00"
    assert "Bank transfer (SEPA) DE·· 3000" in text_of(mail)
    assert 'href="http://shop.example/firstline/desk/payouts"' in html_of(mail)
    assert "DE8937" not in text_of(mail)


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        (Method.PAYPAL, {"paypal": "hans@pay.example"}, "hands it to PayPal"),
        (Method.CASH, {}, "fetch it at the shop"),
        (Method.CREDIT, {}, "find the code in your desk"),
    ],
)
def test_each_way_says_what_comes_next(
    shop: FakeShop, server: MailServer, method: Method, given: dict[str, str], said: str
) -> None:
    paid(shop, method, **given)

    work(shop)

    assert said in text_of(server.mails[0])


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("de", "Lindenhof zahlt Ihnen 10,00 €"),
        ("nl", "Lindenhof betaalt u € 10,00"),
        ("ru", "Lindenhof выплачивает вам 10,00 €"),
    ],
)
def test_notices_speak_the_partners_language(
    shop: FakeShop, server: MailServer, locale: str, subject: str
) -> None:
    address(shop, OLD, locale=locale)
    paid(shop)

    work(shop)

    assert " ".join(server.mails[0]["Subject"].split()) == subject


def test_a_payout_that_did_not_arrive_is_told_with_its_reason(shop: FakeShop, server: MailServer) -> None:
    number = paid(shop)
    work(shop)
    fail(shop, number, "account closed")

    work(shop)

    assert server.mails[-1]["Subject"] == "A payout of Lindenhof did not arrive"
    assert "account closed" in text_of(server.mails[-1])


def test_of_a_payout_that_has_failed_by_then_only_that_is_told(shop: FakeShop, server: MailServer) -> None:
    fail(shop, paid(shop))

    work(shop)

    assert [mail["Subject"] for mail in server.mails] == ["A payout of Lindenhof did not arrive"]


def test_a_change_of_payout_details_is_told_but_the_first_ones_are_not(
    shop: FakeShop, server: MailServer
) -> None:
    wants(shop, "meier")
    work(shop)
    assert server.mails == []

    wants(shop, "meier", iban=IBANS["schulz"])
    work(shop)

    (mail,) = server.mails
    assert mail["Subject"] == "Your payout details at Lindenhof were changed"
    assert "NL·· 4300" in text_of(mail) and "take the change back" in text_of(mail)


def test_who_changes_the_address_first_is_told_on_at_the_old_one(shop: FakeShop, server: MailServer) -> None:
    wants(shop, "meier")
    address(shop, NEW)

    wants(shop, "meier", iban=IBANS["schulz"])
    wants(shop, "meier", iban=IBANS["opa"])
    work(shop)

    told = [mail["To"].addresses[0].addr_spec for mail in server.mails]
    assert sorted(told) == [OLD, OLD, NEW, NEW]


def test_a_statement_is_told_and_one_without_effect_by_then_is_not(
    shop: FakeShop, server: MailServer
) -> None:
    issuer(shop)
    taxed(shop)
    earned(shop)
    act(shop, holds.release_all_due)
    (one,), _skipped = issue(shop)
    work(shop)
    assert server.mails[0]["Subject"].startswith("Your statement GS-")
    assert f"http://shop.example/firstline/desk/statements/{one}" in text_of(server.mails[0])
    shop.refund("o1")
    (two,), _skipped = issue(shop)
    void(shop, two)

    work(shop)

    assert len(server.mails) == 1


def test_what_is_switched_off_is_not_sent_but_a_theft_is_always_told(
    shop: FakeShop, server: MailServer
) -> None:
    choose(shop)
    paid(shop)
    wants(shop, "meier", iban=IBANS["schulz"])

    worked = work(shop)

    assert [mail["Subject"] for mail in server.mails] == ["Your payout details at Lindenhof were changed"]
    assert worked.failed == worked.waiting == 0
    assert len(shop.rows(NoticeOff)) == 4


def test_nobody_without_an_address_is_written_to(shop: FakeShop, server: MailServer) -> None:
    address(shop, None)
    paid(shop)

    worked = work(shop)

    assert server.mails == []
    assert worked.failed == worked.waiting == 0


def test_without_a_known_address_of_the_shop_there_is_no_button(
    firstline_url: str, server: MailServer
) -> None:
    with FakeShop(firstline_url, FIRSTLINE_SMTP_URL=server.url, FIRSTLINE_MAIL_FROM=SENDER) as shop:
        set_up(shop)
        address(shop, OLD)
        paid(shop)
        work(shop)

    assert "href=" not in html_of(server.mails[0])


def test_what_is_told_too_late_is_not_told(shop: FakeShop, server: MailServer) -> None:
    paid(shop)
    shop.clock.advance(days=8)

    worked = work(shop)

    assert server.mails == []
    assert worked.failed == worked.waiting == 0


def test_erasing_a_person_takes_the_choice_along(shop: FakeShop) -> None:
    choose(shop)
    with shop.transaction():
        shop.firstline.customer_erased("meier")

    assert shop.rows(NoticeOff) == []
