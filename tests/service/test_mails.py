"""Mails: written down with their cause, sent by the worker as soon as it can."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from flask_mail import Mail as FlaskMail
from flask_mailman import Mail as Mailman
from sqlalchemy import update

from flask_firstline.delivery.effects import MOST_ATTEMPTS
from flask_firstline.delivery.ways import send_by_smtp
from flask_firstline.delivery.worker import LEASE, Worked, work_once
from flask_firstline.domain.mail import read_server
from flask_firstline.models import Contact, Outbox
from flask_firstline.services import mails
from flask_firstline.services.partners import add_partner
from flask_firstline.testing import FakeShop
from tests.mail_server import MailServer, html_of, mail_server, text_of

DESK = "https://shop.example/firstline/desk/"
SENDER = "Lindenhof <shop@shop.example>"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def shop(firstline_url: str, server: MailServer) -> Iterator[FakeShop]:
    with FakeShop(firstline_url, FIRSTLINE_SMTP_URL=server.url, FIRSTLINE_MAIL_FROM=SENDER) as shop:
        yield shop


def welcome(shop: FakeShop, ref: str = "ina", **more: Any) -> None:
    with shop.app.app_context():
        given = {"email": f"{ref}@shop.example", "name": "Ina Neu", "places": {"desk": DESK}, **more}
        now = shop.state.now()
        shop.state.in_own_unit(
            lambda session: add_partner(session.connection(), ref=ref, who="admin", now=now, **given)
        )


def work(shop: FakeShop) -> Worked:
    with shop.app.app_context():
        return work_once(shop.state)


def waiting(shop: FakeShop) -> list[Any]:
    return [row for row in shop.rows(Outbox, topic=mails.MAIL) if row.state == "waiting"]


def change(shop: FakeShop, **values: object) -> None:
    with shop.transaction() as session:
        session.execute(update(Contact).values(**values))


def test_a_new_partner_gets_one_mail_with_the_way_to_the_desk(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    welcome(shop)
    assert server.mails == []

    assert (work(shop).delivered > 0, work(shop).delivered) == (True, 0)

    (mail,) = server.mails
    assert mail["Subject"] == "You are a partner of Lindenhof"
    assert (mail["From"], mail["To"]) == (SENDER, "Ina Neu <ina@shop.example>")
    assert parsedate_to_datetime(mail["Date"]) == shop.state.now().replace(microsecond=0)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@shop.example>")
    assert mail["List-Unsubscribe"] is None
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert text_of(mail).startswith("Hello Ina Neu\n\nYou are a partner of Lindenhof now.")
    assert f"Open my desk:\n{DESK}\n" in text_of(mail)
    assert f'href="{DESK}"' in html_of(mail)
    assert server.senders == ["shop@shop.example"]


@pytest.mark.parametrize(
    ("locale", "subject", "button"),
    [
        ("en", "You are a partner of Lindenhof", "Open my desk"),
        ("de_AT", "Sie sind Partner von Lindenhof", "Mein Desk öffnen"),
        ("nl-NL", "U bent partner van Lindenhof", "Mijn desk openen"),
        ("ru", "Вы партнёр: Lindenhof", "Открыть кабинет"),
        ("fr", "You are a partner of Lindenhof", "Open my desk"),
        (None, "You are a partner of Lindenhof", "Open my desk"),
    ],
)
def test_a_mail_speaks_its_readers_language(
    shop: FakeShop, server: MailServer, locale: str | None, subject: str, button: str
) -> None:
    welcome(shop)
    change(shop, locale=locale)

    work(shop)

    (mail,) = server.mails
    assert mail["Subject"] == subject
    assert button in text_of(mail)
    assert f">{button}</a>" in html_of(mail)


def test_without_a_language_the_shops_first_one_is_spoken(firstline_url: str, server: MailServer) -> None:
    more = {
        "FIRSTLINE_SMTP_URL": server.url,
        "FIRSTLINE_MAIL_FROM": SENDER,
        "FIRSTLINE_LOCALES": ("nl", "en"),
    }
    with FakeShop(firstline_url, **more) as shop:  # type: ignore[arg-type]
        welcome(shop)
        work(shop)

    assert server.mails[0]["Subject"] == "U bent partner van Lindenhof"


def test_the_row_names_nobody_and_an_erased_person_gets_nothing(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    (row,) = waiting(shop)
    with shop.transaction():
        shop.firstline.customer_erased("ina")

    done = work(shop)

    assert set(row.payload) == {"letter", "contact_id", "values"}
    assert "ina" not in str(row.payload).lower()
    assert (server.mails, waiting(shop), done.failed) == ([], [], 0)


def test_of_an_erased_partner_neither_phone_nor_site_stays(shop: FakeShop) -> None:
    welcome(shop, phone="+49 731 1234", site="https://ina.example")
    before = shop.rows(Contact)[0]
    with shop.transaction():
        shop.firstline.customer_erased("ina")

    after = shop.rows(Contact)[0]
    assert (before.phone, before.site) == ("+49 731 1234", "https://ina.example")
    assert (after.phone, after.site, after.name, after.email) == (None, None, None, None)


def test_a_mail_goes_to_the_address_of_today(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    change(shop, email="new@shop.example")

    work(shop)

    assert server.mails[0]["To"] == "Ina Neu <new@shop.example>"


def test_no_mail_where_nobody_asked_no_address_is_known_or_the_partner_is_one_already(shop: FakeShop) -> None:
    welcome(shop, "quiet", places=None)
    welcome(shop, "silent", email=None)
    welcome(shop, "quiet")

    assert waiting(shop) == []


def test_a_mail_is_gone_with_the_transaction_that_caused_it(shop: FakeShop) -> None:
    with shop.app.app_context():
        session = shop.db.session()
        now = shop.state.now()
        add_partner(
            session.connection(),
            ref="ina",
            email="ina@shop.example",
            places={"desk": DESK},
            who="admin",
            now=now,
        )
        session.rollback()

    assert waiting(shop) == []


# Names and addresses that would do harm ---------------------------------------------------------------------


def test_a_name_can_forge_no_header_and_no_markup(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    change(shop, name="Ina\r\nBcc: all@shop.example\r\n\r\n<script>alert(1)</script> " + "ü" * 100)

    work(shop)

    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == "ina@shop.example"
    assert mail["To"].addresses[0].display_name.startswith("Ina Bcc: all@shop.example <script>")
    assert "<script" not in html_of(mail)


def test_an_address_that_is_none_is_given_up_at_once(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    change(shop, email="ina@shop.example\nBcc: all@shop.example")

    assert work(shop).failed == 1

    (row,) = shop.rows(Outbox, topic=mails.MAIL)
    assert (row.state, row.error.startswith("The receiver's address cannot be used")) == ("dead", True)
    assert server.mails == []


def test_a_host_of_other_letters_is_reached(shop: FakeShop, server: MailServer) -> None:
    welcome(shop, email="ina@müller.example")

    work(shop)

    assert server.mails[0]["To"].addresses[0].addr_spec == "ina@xn--mller-kva.example"


# Trouble ----------------------------------------------------------------------------------------------------


def test_a_server_in_trouble_is_asked_again_later(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    server.refusals = ["451 4.7.1 Try again later"]

    assert work(shop).failed == 1
    assert work(shop).failed == 0
    assert "Try again later" in waiting(shop)[0].error
    shop.clock.advance(seconds=11)

    assert work(shop).failed == 0
    assert len(server.mails) == 1
    assert shop.rows(Outbox, topic=mails.MAIL)[0].state == "done"


def test_a_mailbox_that_does_not_exist_is_not_tried_again(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    server.refusals = ["550 5.1.1 No such user"]

    assert work(shop).failed == 1

    (row,) = shop.rows(Outbox, topic=mails.MAIL)
    assert (row.state, row.error) == ("dead", "The mail server says: 5.1.1 No such user")


def test_a_server_that_is_set_up_wrongly_is_tried_many_times(shop: FakeShop, server: MailServer) -> None:
    welcome(shop)
    server.refusals = ["550 5.7.1 Relaying denied"] * MOST_ATTEMPTS
    for _ in range(MOST_ATTEMPTS - 1):
        work(shop)
        shop.clock.advance(hours=6)
    assert len(waiting(shop)) == 1

    work(shop)

    assert shop.rows(Outbox, topic=mails.MAIL)[0].state == "dead"


def test_without_a_way_a_mail_waits_for_as_long_as_it_takes_and_nothing_fails(firstline_url: str) -> None:
    with FakeShop(firstline_url) as shop:
        welcome(shop)
        for _ in range(MOST_ATTEMPTS + 3):
            done = work(shop)
            assert (done.waiting, done.failed) == (1, 0)
            shop.clock.advance(minutes=10)
        (row,) = waiting(shop)
        assert (row.attempts, row.error.startswith("There is no way to send mail.")) == (0, True)

    with mail_server() as server:
        later = FakeShop(
            firstline_url, FIRSTLINE_SMTP_URL=server.url, FIRSTLINE_MAIL_FROM=SENDER, clock=shop.clock
        )
        with later:
            work(later)
        assert len(server.mails) == 1


def test_without_a_sender_the_servers_mails_wait(firstline_url: str, server: MailServer) -> None:
    with FakeShop(firstline_url, FIRSTLINE_SMTP_URL=server.url) as shop:
        welcome(shop)

        assert work(shop).waiting == 1
        assert "Set FIRSTLINE_MAIL_FROM" in waiting(shop)[0].error


def test_a_mail_does_not_hold_the_database_while_it_is_sent(firstline_url: str) -> None:
    with Sending(firstline_url) as shop:
        shop.during = lambda: welcome(shop, "eva", places=None)
        welcome(shop)

        assert work(shop).failed == 0

        assert {row.ref for row in shop.rows(Contact)} == {"ina", "eva"}


def test_a_round_of_slow_mails_does_not_outlive_its_leases(firstline_url: str) -> None:
    """Another worker comes by while each mail takes most of a lease: it sends none of them again."""
    with Sending(firstline_url) as shop, Sending(firstline_url, clock=shop.clock) as other:

        def dawdle() -> None:
            shop.clock.advance(minutes=4)
            work(other)

        shop.during = dawdle
        for ref in ("ina", "eva", "udo"):
            welcome(shop, ref)

        work(shop)

        sent = sorted(str(mail["To"].addresses[0].username) for mail in [*shop.mails, *other.mails])
        assert sent == ["eva", "ina", "udo"]


def test_a_worker_killed_before_it_could_note_the_mail_sends_it_again_under_the_same_id(
    firstline_url: str, server: MailServer, shop: FakeShop
) -> None:
    welcome(shop)
    process = multiprocessing.get_context("spawn").Process(
        target=send_and_die, args=(firstline_url, server.url)
    )
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert (len(server.mails), waiting(shop)[0].leased_by is not None) == (1, True)

    work(shop)
    assert len(server.mails) == 1
    shop.clock.advance(seconds=LEASE.total_seconds() + 60)
    work(shop)

    assert (len(server.mails), waiting(shop)) == (2, [])
    assert len({mail["Message-ID"] for mail in server.mails}) == 1


def send_and_die(url: str, server_url: str) -> None:
    with Sending(url, FIRSTLINE_MAIL_FROM=SENDER) as shop:

        def die() -> None:
            send_by_smtp(read_server(server_url), shop.mails[-1])
            os._exit(9)

        shop.during = die
        work(shop)


# The ways ---------------------------------------------------------------------------------------------------


class Sending(FakeShop):
    """A shop that sends mail itself."""

    def __init__(self, url: str, **config: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.during: Callable[[], object] = int
        super().__init__(url, **config)

    def __enter__(self) -> Sending:
        return self

    def send_mail(self, message: EmailMessage) -> None:
        """Keep it, and do what happens meanwhile."""
        self.mails.append(message)
        self.during()


def test_the_shops_own_way_comes_first(firstline_url: str, server: MailServer) -> None:
    with Sending(firstline_url, FIRSTLINE_SMTP_URL=server.url, FIRSTLINE_MAIL_FROM=SENDER) as shop:
        Mailman(shop.app)
        welcome(shop)
        work(shop)

        assert (len(shop.mails), server.mails) == (1, [])


def test_a_shop_that_sends_itself_names_the_sender_and_is_named_by_its_host(firstline_url: str) -> None:
    with Sending(firstline_url) as shop:
        welcome(shop)
        work(shop)

        (mail,) = shop.mails
        assert (mail["From"], mail["Subject"]) == (None, "You are a partner of shop.example")


@pytest.mark.parametrize("extension", [Mailman, FlaskMail], ids=["Flask-Mailman", "Flask-Mail"])
@pytest.mark.parametrize("sender", [SENDER, None], ids=["our sender", "its sender"])
def test_the_extension_of_the_shop_sends_it_whole(
    firstline_url: str, server: MailServer, extension: type, sender: str | None
) -> None:
    own: dict[str, Any] = {
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": read_server(server.url).port,
        "MAIL_BACKEND": "smtp",
        "MAIL_SUPPRESS_SEND": False,
        "MAIL_DEFAULT_SENDER": "own@shop.example",
    }
    with FakeShop(firstline_url, FIRSTLINE_MAIL_FROM=sender, **own) as shop:
        extension(shop.app)
        welcome(shop, name="Ina Müller")
        change(shop, locale="ru")
        assert work(shop).failed == 0

    (mail,) = server.mails
    assert mail["From"] == (sender or "own@shop.example")
    assert mail["To"] == "Ina Müller <ina@shop.example>"
    assert mail["Subject"] == f"Вы партнёр: {'Lindenhof' if sender else 'shop.example'}"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].count("@") == 1
    assert "localhost" not in mail["Message-ID"]
    assert abs(parsedate_to_datetime(mail["Date"]) - shop.state.now()) < timedelta(seconds=1)
    assert "Открыть кабинет" in text_of(mail)
    assert "Открыть кабинет" in html_of(mail)


def test_a_server_with_a_log_in_is_logged_in_to(firstline_url: str) -> None:
    with mail_server(with_login=True) as server:
        url = server.url.replace("smtp://", "smtp://ina%40shop:p%2Fw%40@")
        with FakeShop(firstline_url, FIRSTLINE_SMTP_URL=url, FIRSTLINE_MAIL_FROM=SENDER) as shop:
            welcome(shop)
            work(shop)

        assert server.logins == [(b"ina@shop", b"p/w@")]
        assert len(server.mails) == 1


def test_a_server_without_tls_gets_nothing_that_was_to_go_by_tls(
    firstline_url: str, server: MailServer
) -> None:
    with FakeShop(
        firstline_url, FIRSTLINE_SMTP_URL=f"{server.url}?starttls", FIRSTLINE_MAIL_FROM=SENDER
    ) as shop:
        welcome(shop)

        assert work(shop).failed == 1
        assert "STARTTLS" in waiting(shop)[0].error
    assert server.mails == []


def test_templates_are_rendered_without_what_the_shop_adds_to_its_pages(
    shop: FakeShop, server: MailServer
) -> None:
    @shop.app.context_processor
    def reads_the_request() -> dict[str, object]:
        raise RuntimeError("there is no request here")

    welcome(shop)

    assert work(shop).failed == 0
    assert len(server.mails) == 1


def test_the_layout_of_a_shop_takes_the_place_of_ours(
    firstline_url: str, server: MailServer, tmp_path: Path
) -> None:
    (tmp_path / "firstline" / "mail").mkdir(parents=True)
    (tmp_path / "firstline" / "mail" / "mail.html").write_text("<p>Ours: {{ mail.heading }}</p>")
    with FakeShop(firstline_url, FIRSTLINE_SMTP_URL=server.url, FIRSTLINE_MAIL_FROM=SENDER) as shop:
        shop.app.template_folder = str(tmp_path)
        welcome(shop)
        work(shop)

    assert html_of(server.mails[0]).strip() == "<p>Ours: Hello Ina Neu</p>"
    assert text_of(server.mails[0]).startswith("Hello Ina Neu")
