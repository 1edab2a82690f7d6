"""Mails to many, on either database: each person once, nobody who wants none, ended by one click."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Audit, Contact, Mailing, MailingReceiver
from flask_firstline.services import mailings, merging
from flask_firstline.services.code_acts import Tally
from flask_firstline.services.mistakes import Mistake, SentAlready
from flask_firstline.testing import FakeShop

from .kit import MakeShop

LEAVE = "https://shop.example/firstline/mails/leave/{ticket}"


@pytest.fixture
def shop(make_shop: MakeShop) -> FakeShop:
    made = make_shop()
    made.sent = []  # type: ignore[attr-defined]
    made.state.shop = made
    made.send_mail = made.sent.append  # type: ignore[attr-defined]
    return made


def add(shop: FakeShop, ref: str, email: str | None) -> int:
    with shop.app.app_context():
        shop.firstline.customer_registered(Customer(ref=ref, email=email), commit=True)
    return int(shop.rows(Contact, ref=ref)[0].id)


def send(
    shop: FakeShop, *ids: int, subject: str = "Spring", text: str = "Balm is here.\n\nCome by."
) -> Tally:
    with shop.transaction() as session:
        return mailings.send(
            session.connection(),
            ids,
            subject=subject,
            text=text,
            leave=LEAVE,
            who="Ines",
            now=shop.clock.now,
        )


def work(shop: FakeShop) -> list[EmailMessage]:
    with shop.app.app_context():
        while not work_once(shop.state).idle:
            pass
    return shop.sent  # type: ignore[attr-defined,no-any-return]


def test_each_gets_the_mail_once_one_by_one_with_a_way_to_end_them(shop: FakeShop) -> None:
    ina, jan = add(shop, "ina", "ina@post.example"), add(shop, "jan", "jan@post.example")

    assert send(shop, ina, jan, ina).changed == 2
    first, second = work(shop)

    assert {first["To"], second["To"]} == {"ina@post.example", "jan@post.example"}
    assert first["Subject"] == "Spring"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(r"<https://shop\.example/firstline/mails/leave/[\w.-]+>", first["List-Unsubscribe"])
    body = first.get_body(("plain",))
    assert body is not None
    assert "Balm is here." in body.get_content()
    assert first["List-Unsubscribe"][1:-1] in body.get_content()
    assert first["List-Unsubscribe"] != second["List-Unsubscribe"]
    [mailing] = shop.rows(Mailing)
    assert (mailing.receivers, mailing.who) == (2, "Ines")
    assert [row.sent_at is not None for row in shop.rows(MailingReceiver)] == [True, True]
    assert [row.after for row in shop.rows(Audit, act="mail")] == [{"subject": "Spring", "count": 2}]


def test_who_has_no_address_or_the_same_one_as_another_or_wants_none_is_left_out(shop: FakeShop) -> None:
    ids = [
        add(shop, "ina", "ina@post.example"),
        add(shop, "ina2", "INA+shop@post.example"),
        add(shop, "jan", "jan@post.example"),
        add(shop, "kim", None),
    ]
    with shop.transaction() as session:
        assert mailings.opt_out(session.connection(), ids[2], now=shop.clock.now)
        assert not mailings.opt_out(session.connection(), ids[2], now=shop.clock.now)

    found = send(shop, *ids)

    assert found.changed == 1
    assert sorted(problem for _name, problem in found.refused) == ["no_address", "opted_out", "same_address"]
    assert [message["To"] for message in work(shop)] == ["ina@post.example"]


def test_who_ends_them_before_it_is_sent_gets_none(shop: FakeShop) -> None:
    ina = add(shop, "ina", "ina@post.example")
    send(shop, ina)
    with shop.transaction() as session:
        mailings.opt_out(session.connection(), ina, now=shop.clock.now)

    assert work(shop) == []
    assert [row.sent_at for row in shop.rows(MailingReceiver)] == [None]


def test_doubles_and_who_was_erased_get_none(shop: FakeShop) -> None:
    ina, jan, kim = (add(shop, ref, f"{ref}@post.example") for ref in ("ina", "jan", "kim"))
    with shop.transaction() as session:
        now = shop.clock.now
        merging.merge(session.connection(), jan, ina, why="same", who="test", now=now)
    with shop.app.app_context():
        shop.firstline.customer_erased("kim", commit=True)

    assert send(shop, ina, jan, kim).changed == 1
    assert [message["To"] for message in work(shop)] == ["ina@post.example"]


def test_the_very_same_mail_goes_to_the_same_people_once_however_often_the_button_is_pressed(
    shop: FakeShop,
) -> None:
    ina, jan = add(shop, "ina", "ina@post.example"), add(shop, "jan", "jan@post.example")
    send(shop, ina)

    with pytest.raises(SentAlready):
        send(shop, ina)
    assert send(shop, ina, text="More of it.").changed == 1
    assert send(shop, ina, jan).changed == 2
    assert len(work(shop)) == 4


def test_to_nobody_nothing_is_written(shop: FakeShop) -> None:
    assert send(shop).changed == 0
    assert shop.rows(Mailing) == []


@pytest.mark.parametrize(("subject", "text"), [("", "x"), ("x", " "), ("x" * 151, "x"), ("x", "x" * 10_001)])
def test_what_is_no_mail_is_refused(shop: FakeShop, subject: str, text: str) -> None:
    with pytest.raises(Mistake):
        send(shop, add(shop, "ina", "ina@post.example"), subject=subject, text=text)


def test_a_subject_over_several_lines_brings_no_header_in(shop: FakeShop) -> None:
    send(shop, add(shop, "ina", "ina@post.example"), subject="Spring\r\nBcc: all@post.example")

    [message] = work(shop)
    assert message["Bcc"] is None
    assert message["Subject"] == "Spring Bcc: all@post.example"
