"""The letters of the program in the shop's words: edited, refused with the place, tried, set back."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import update

from flask_firstline import i18n
from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.letters import OwnLetter
from flask_firstline.letters import own, samples
from flask_firstline.letters.wording import Told
from flask_firstline.models import Contact, MailText, Outbox
from flask_firstline.services import mails, own_letters
from flask_firstline.services.mails import Receiver
from tests.mail_server import html_of, text_of
from tests.service.pay_kit import act, contact_id

from .cli_kit import CommandLine
from .office import PREFIX, VERA, Office, send, story, text

AT = f"{PREFIX}/letters"
LOG_IN = f"{AT}/log_in/de"
OURS = {
    "subject": "Ihr Zugang zu {shop}",
    "text": "Gleich sind Sie da, {name}.\nHinein: {link}\nEine Stunde.",
}
LINK = "https://shop.example/in?a=1&b=2"


class Post(Office):
    """An office that keeps the mails it sends."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        super().__init__(FIRSTLINE_LOCALES=["de", "en"], FIRSTLINE_MAIL_FROM="Lindenhof <a@shop.example>")

    def send_mail(self, message: EmailMessage) -> None:
        """Keep it."""
        self.mails.append(message)

    def next_mail(self) -> EmailMessage:
        """Let the worker send, and give the one mail that was sent."""
        self.mails.clear()
        with self.app.app_context():
            work_once(self.state)
        [mail] = self.mails
        return mail

    def log_in_mail(self) -> EmailMessage:
        """Let Hans get the mail with his link."""
        who = contact_id(self, "meier")
        act(self, lambda ctx: mails.put(ctx.conn, mails.Letter.LOG_IN, who, {"link": LINK}, now=ctx.now))
        return self.next_mail()


@pytest.fixture
def office() -> Iterator[Post]:
    with Post() as shop:
        story(shop)
        with shop.app.app_context():
            work_once(shop.state)
        with shop.transaction() as session:
            session.execute(update(Contact).where(Contact.ref == "meier").values(email="hans@shop.example"))
        yield shop


def test_an_edited_letter_goes_out_in_its_language_and_ours_again_after_the_reset(office: Post) -> None:
    before = text_of(office.log_in_mail())
    browser = office.ines()
    assert send(browser, LOG_IN, {**OURS, "do": "save"}).status_code == 303
    assert "own text" in text(browser.get(AT))

    mail = office.log_in_mail()
    assert mail["Subject"] == "Ihr Zugang zu Lindenhof"
    assert "Gleich sind Sie da, Hans Meier.\n\nHinein:\n" + LINK in text_of(mail)
    assert 'href="https://shop.example/in?a=1&amp;b=2"' in html_of(mail)
    assert "Sie bekommen diese Mail" in text_of(mail)
    assert "own text" not in text(browser.get(f"{AT}/log_in/en"))

    page = browser.get(LOG_IN).get_data(as_text=True)
    assert f'href="{PREFIX}/audit?noun=mail_text&amp;q=log_in+de"' in page
    assert "Hinein: {link}" in text(browser.get(f"{PREFIX}/audit?noun=mail_text&q=log_in+de"))
    assert send(browser, f"{LOG_IN}/reset", {}).status_code == 303
    assert office.rows(MailText) == []
    assert text_of(office.log_in_mail()) == before
    assert office.acts()[-2:] == [
        ("Ines Walter", "change", "mail_text"),
        ("Ines Walter", "reset", "mail_text"),
    ]


def test_our_own_text_saved_again_is_not_kept_so_that_it_follows_new_versions(office: Post) -> None:
    browser = office.ines()
    send(browser, LOG_IN, {**OURS, "do": "save"})
    with office.app.app_context(), i18n.speaking("de"):
        subject, said = own.our_text(OwnLetter.LOG_IN)

    assert send(browser, LOG_IN, {"subject": subject, "text": said, "do": "save"}).status_code == 303
    assert office.rows(MailText) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": "Los: {link}\nund {lnik}"}, "in line 2, sign 5, is no word of this mail"),
        ({"subject": "Ihr {link}"}, "in line 1, sign 5, is no word of this mail"),
        ({"text": "Bald sind Sie da."}, "of no use without {link}"),
        ({"text": "{link} {{ config }}"}, "in line 1, sign 8"),
        ({"text": ""}, "Please fill this in."),
        ({"text": "{link}" + "x" * 10_000}, "At most 10"),
        ({"do": "try", "email": "nobody"}, "no e-mail address"),
    ],
)
def test_what_is_no_such_letter_is_refused_with_its_place_and_nothing_is_lost(
    office: Post, given: dict[str, str], said: str
) -> None:
    typed = {**OURS, "do": "save", **given}
    answer = send(office.ines(), LOG_IN, typed)

    assert answer.status_code == 422
    assert said in text(answer)
    assert typed["subject"] in answer.get_data(as_text=True)
    assert office.rows(MailText) == [] and office.rows(Outbox, topic=own_letters.TRY) == []


def test_a_preview_shows_what_is_typed_in_the_real_layout_and_as_text_and_saves_nothing(office: Post) -> None:
    browser = office.ines()
    html = send(browser, f"{LOG_IN}/preview/html", {**OURS, "text": "<b>{name}</b>: {link}"}, form_at=LOG_IN)
    plain = send(browser, f"{LOG_IN}/preview/text", OURS, form_at=LOG_IN)
    wrong = send(browser, f"{LOG_IN}/preview/html", {**OURS, "text": "{}"}, form_at=LOG_IN)

    page = html.get_data(as_text=True)
    assert 'lang="de"' in page and "&lt;b&gt;Anna Lindner&lt;/b&gt;: https://shop.example/" in page
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert plain.get_data(as_text=True).startswith("Ihr Zugang zu Lindenhof\n\nGuten Tag Anna Lindner\n")
    assert (wrong.status_code, wrong.mimetype) == (422, "text/plain")
    assert "Ihr Link zum Anmelden" in browser.get(f"{LOG_IN}/preview/html").get_data(as_text=True)
    assert office.rows(MailText) == []


def test_a_try_goes_to_an_address_with_examples_and_what_is_typed_stays(office: Post) -> None:
    page = send(office.ines(), LOG_IN, {**OURS, "do": "try", "email": "ines@shop.example"})
    mail = office.next_mail()

    assert page.status_code == 200 and "Hinein: {link}" in page.get_data(as_text=True)
    assert mail["To"].addresses[0].addr_spec == "ines@shop.example"
    assert "Gleich sind Sie da, Anna Lindner." in text_of(mail)
    assert office.acts()[-1] == ("Ines Walter", "try", "mail_text")
    assert office.rows(MailText) == []


def test_who_may_only_look_sees_a_letter_and_cannot_change_it(office: Post) -> None:
    browser = office.browser(VERA)
    page = browser.get(LOG_IN)

    assert page.status_code == 200 and 'value="save"' not in page.get_data(as_text=True)
    assert browser.post(LOG_IN, data=OURS).status_code == 403
    assert browser.get(f"{AT}/log_in/nl").status_code == 404
    assert browser.get(f"{AT}/nothing/de").status_code == 404


def test_every_letter_has_a_page_with_a_preview(office: Post) -> None:
    browser = office.ines()
    for letter in OwnLetter:
        assert browser.get(f"{AT}/{letter}/en").status_code == 200, letter
        assert browser.get(f"{AT}/{letter}/en/preview/html").status_code == 200, letter


def test_every_letter_with_our_own_text_in_places_says_what_it_says_without(office: Post) -> None:
    for language in ("en", "de", "nl", "ru"):
        with office.app.app_context(), i18n.speaking(language):
            for letter in OwnLetter:
                values = samples.words(letter, office.state.now(), "EUR")
                told = Told(shop="Lindenhof", receiver=Receiver(email="", name="Anna"), values=values)
                subject, said = own.our_text(letter)

                assert own_letters.checked(letter, subject, said) == {"subject": subject, "text": said}
                assert own.edited(letter, told, subject, said) == own.worded(letter, told, {})


def test_the_command_line_lists_shows_sets_and_resets(office: Post, tmp_path: Path) -> None:
    cli = CommandLine(office)  # type: ignore[arg-type]  # any shop that has an app
    shown = cli.json("letter", "show", "log_in", "--language", "de")
    assert (shown["yours"], shown["needed"]) == (False, ["link"])
    assert "{link}" in shown["text"]

    def put(said: str, language: str = "de") -> tuple[str, ...]:
        (tmp_path / "said.txt").write_text(said, encoding="utf-8")
        file = str(tmp_path / "said.txt")
        return ("letter", "set", "log_in", "--language", language, "--subject", "Hallo", "--text", file)

    assert "is of no use without {link}" in cli.refused(*put("Los."))
    assert "none of FIRSTLINE_LOCALES" in cli.refused(*put("{link}", "fr"))
    assert cli.json(*put("Los: {link}")) == {"changed": True}
    assert {"name": "log_in", "yours": ["de"]} in cli.json("letter", "list")
    assert text_of(office.log_in_mail()).startswith("Guten Tag Hans Meier\n\nLos:\nhttps://")
    assert cli.json("letter", "reset", "log_in", "--language", "de") == {"changed": True}
    assert "There is no letter 'nothing'" in cli.refused("letter", "reset", "nothing", "--language", "de")
