"""Greeting and closing lines of all mails in the shop's words: by language, on the page, by command."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Contact, MailText
from flask_firstline.services import mailings, standalone_users
from flask_firstline.services.mails import put_to_user
from tests.mail_server import html_of
from tests.service.pay_kit import act

from .office import PREFIX, Office, send, text

PAGE = f"{PREFIX}/letters/frame"
GERMAN = {"greeting": "Grüß Gott {name}", "closing": "{shop}\nHauptstraße 12, 89180 Berghülen"}


class Posting(Office):
    """A shop that keeps the mails it is given."""

    def __init__(self, url: str) -> None:
        super().__init__(url, SERVER_NAME="localhost", FIRSTLINE_MAIL_FROM="Lindenhof <shop@shop.example>")
        self.mails: list[EmailMessage] = []

    def send_mail(self, message: EmailMessage) -> None:
        """Keep it."""
        self.mails.append(message)


@pytest.fixture
def shop(firstline_url: str) -> Iterator[Posting]:
    with Posting(firstline_url) as made:
        yield made


def mailed(shop: Posting, ref: str, locale: str, name: str | None = None) -> EmailMessage:
    """Write to somebody, as admins write to many."""
    shop.register(Customer(ref=ref, email=f"{ref}@post.example", name=name, locale=locale))
    [contact] = shop.rows(Contact, ref=ref)
    said = {"subject": "Spring", "text": "It is here.", "leave": "https://shop.example/leave/{ticket}"}
    act(shop, lambda ctx: mailings.send(ctx.conn, [contact.id], **said, who="Ines", now=ctx.now))
    shop.mails.clear()
    with shop.app.app_context():
        work_once(shop.state)
    return shop.mails[-1]


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())


def test_mails_greet_and_close_in_the_shops_words_and_tell_how_to_leave_in_any_case(shop: Posting) -> None:
    assert send(shop.ines(), f"{PAGE}/de", GERMAN).status_code == 303

    german = mailed(shop, "anna", name="Anna Berg", locale="de")
    said = plain(german)
    assert said.startswith("Grüß Gott Anna Berg It is here. Lindenhof Hauptstraße 12, 89180 Berghülen -- ")
    assert "Keine solchen Mails mehr bekommen: https://shop.example/leave/" in said
    assert "List-Unsubscribe" in german and "Berghülen" in html_of(german)
    assert plain(mailed(shop, "ben", locale="de")).startswith("Guten Tag It is here. Lindenhof")
    assert plain(mailed(shop, "cleo", name="Cleo", locale="en")).startswith("Hello Cleo It is here. -- ")


def test_letters_of_ours_have_it_too_and_mails_to_the_staff_do_not(shop: Posting) -> None:
    send(shop.ines(), f"{PAGE}/en", {"greeting": "Dear {name}", "closing": "Mill Lane 3"})
    shown = shop.ines().get(f"{PREFIX}/letters/log_in/en/preview/text")
    assert "Dear Anna Lindner" in shown.text and "Mill Lane 3" in shown.text

    wanted = standalone_users.Wanted(email="olga@post.example", name="Olga", role="owner")
    user_id = act(shop, lambda ctx: standalone_users.add(ctx, wanted, who="Ines"))
    act(shop, lambda ctx: put_to_user(ctx.conn, user_id, {"link": "https://x.example"}, now=ctx.now))
    with shop.app.app_context():
        work_once(shop.state)
    assert plain(shop.mails[-1]).startswith("Hello Olga")
    assert "Mill Lane" not in plain(shop.mails[-1])


def test_wrong_places_are_told_and_empty_words_end_it(shop: Posting) -> None:
    refused = send(shop.ines(), f"{PAGE}/de", {"greeting": "Hallo {nmae}", "closing": "{name}"})
    assert refused.status_code == 422
    assert text(refused).count("is no word of this mail here") == 2

    send(shop.ines(), f"{PAGE}/de", GERMAN)
    assert "own text" in text(shop.ines().get(f"{PREFIX}/letters"))
    send(shop.ines(), f"{PAGE}/de", {"greeting": "", "closing": " "})
    assert shop.rows(MailText) == []
    assert shop.ines().get(f"{PAGE}/fr").status_code == 404


def test_the_command_line_shows_and_sets_them(shop: Posting) -> None:
    run = shop.app.test_cli_runner()
    letter = ["firstline", "letter", "frame", "--language", "de"]

    assert "As usual" in run.invoke(args=letter).output
    changed = run.invoke(args=[*letter, "--greeting", "Guten Tag {name}", "--closing", "-"], input="Am Anger")
    assert changed.output == "Guten Tag {name}\n\nAm Anger\n"
    assert run.invoke(args=[*letter, "--greeting", "Hallo {x}"]).exit_code == 2
    assert run.invoke(args=letter).output == changed.output
