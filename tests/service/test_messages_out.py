"""What is written to one contact, on either database: mails of own templates, and short messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import TypeVar

import pytest

from flask_firstline import Customer
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Audit, Contact, MailText, Outbox, Sms, TemplatedMail
from flask_firstline.services import preferences, sms, templated
from flask_firstline.services.context import Context
from flask_firstline.services.mistakes import BadTemplate, BadText, NameTaken, NotThere, WordsMissing
from flask_firstline.services.preferences import MailSort
from flask_firstline.testing import FakeShop

from .kit import MakeShop

Result = TypeVar("Result")


class Sent:
    """What left the shop."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.short: list[tuple[str, str]] = []


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
def shop(make_shop: MakeShop, sent: Sent) -> FakeShop:
    made = make_shop()
    made.app.config["SERVER_NAME"] = "shop.example"
    made.state.shop = made
    made.send_mail = sent.mails.append  # type: ignore[attr-defined]
    made.send_sms = lambda to, text: sent.short.append((to, text))  # type: ignore[attr-defined]
    return made


def act(shop: FakeShop, work: Callable[[Context], Result]) -> Result:
    with shop.app.app_context(), shop.transaction() as session:
        return work(shop.state.context(session.connection()))


def add(shop: FakeShop, ref: str, **more: object) -> int:
    customer = Customer(**{"ref": ref, "email": f"{ref}@post.example", "name": ref.title(), **more})  # type: ignore[arg-type]
    with shop.app.app_context():
        shop.firstline.customer_registered(customer, commit=True)
    return int(shop.rows(Contact, ref=ref)[0].id)


def work(shop: FakeShop) -> None:
    with shop.app.app_context():
        while not work_once(shop.state).idle:
            pass


def write_template(
    shop: FakeShop, text: str = "Your code:\n{code}", locale: str = "en", can_be_left: bool = True
) -> None:
    def make(ctx: Context) -> None:
        if not templated.texts(ctx.conn, "thanks"):
            templated.add_template(ctx, "thanks", "Thanks", can_be_left=can_be_left, who="Ines")
        templated.set_text(ctx, "thanks", locale, "Thank you, {name}", text, who="Ines")

    act(shop, make)


def mail(shop: FakeShop, contact_id: int, key: str | None = None, **words: str) -> int:
    return act(shop, lambda ctx: templated.mail(ctx, "thanks", contact_id, words, key=key))


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_mail_of_a_template_goes_once_with_words_in_the_readers_language(
    shop: FakeShop, sent: Sent
) -> None:
    write_template(shop)
    write_template(shop, "Dein Code:\n{code}", "de")
    ina, jan = add(shop, "ina", locale="de_DE"), add(shop, "jan", locale="fr")

    assert mail(shop, ina, "e7", code="{name}<b>") == mail(shop, ina, "e7", code="other")
    mail(shop, jan, code="BALM")
    work(shop)

    german, english = sorted(sent.mails, key=lambda message: str(message["To"]))
    assert german["Subject"] == "Thank you, Ina"
    assert "Dein Code:\n" in body(german).replace("\r", "")
    assert "{name}<b>" in body(german)
    html = german.get_body(("html",))
    assert html is not None
    assert "{name}&lt;b&gt;" in html.get_content()
    assert "BALM" in body(english)
    assert "Your code:" in body(english)
    assert [row.state for row in shop.rows(TemplatedMail)] == ["sent", "sent"]


def test_it_has_the_way_to_end_such_mails_by_one_click_and_who_did_gets_none(
    shop: FakeShop, sent: Sent
) -> None:
    write_template(shop, "Hi.")
    ina = add(shop, "ina")
    mail(shop, ina)
    work(shop)
    [message] = sent.mails
    link = message["List-Unsubscribe"][1:-1]
    assert link.startswith("http://shop.example/firstline/mails/preferences/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in body(message)
    ticket = link.rpartition("/")[2]
    read = act(shop, lambda ctx: preferences.read(ctx.keys, ticket, now=ctx.now))
    assert read == (ina, MailSort.PROGRAM)

    act(shop, lambda ctx: preferences.leave(ctx.conn, ina, MailSort.PROGRAM, now=ctx.now))
    mail(shop, ina)
    work(shop)

    assert len(sent.mails) == 1
    assert [row.state for row in shop.rows(TemplatedMail)] == ["sent", "skipped"]


def test_a_mail_that_cannot_be_left_comes_always_and_says_so(shop: FakeShop, sent: Sent) -> None:
    write_template(shop, "Hi.", can_be_left=False)
    ina = add(shop, "ina")
    act(shop, lambda ctx: preferences.leave(ctx.conn, ina, MailSort.PROGRAM, now=ctx.now))

    mail(shop, ina)
    work(shop)

    [message] = sent.mails
    assert message["List-Unsubscribe"] is None
    assert "serves what you have agreed" in body(message)


def test_without_the_shops_address_it_waits_and_says_what_to_set(shop: FakeShop, sent: Sent) -> None:
    shop.app.config["SERVER_NAME"] = None
    write_template(shop, "Hi.")
    mail(shop, add(shop, "ina"))

    work(shop)

    assert sent.mails == []
    [row] = shop.rows(Outbox, topic="mail")
    assert (row.state, "SERVER_NAME" in row.error) == ("waiting", True)


def test_a_word_that_the_text_needs_must_be_given(shop: FakeShop) -> None:
    write_template(shop)
    ina = add(shop, "ina")

    with pytest.raises(WordsMissing, match="code"):
        mail(shop, ina)
    with pytest.raises(NotThere):
        act(shop, lambda ctx: templated.mail(ctx, "none", ina, {}))
    with pytest.raises(NotThere):
        mail(shop, 99, code="x")
    assert shop.rows(TemplatedMail) == []


@pytest.mark.parametrize(
    ("subject", "text", "place"),
    [
        ("Hi", "one\ntwo {coed}", (2, 5)),
        ("Hi {email}", "x", (1, 4)),
        ("Hi", "{{ 7 * 7 }}", (1, 1)),
        ("", "x", None),
        ("Hi", " ", None),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_with_its_place(
    shop: FakeShop, subject: str, text: str, place: tuple[int, int] | None
) -> None:
    write_template(shop)
    with pytest.raises(BadTemplate) as caught:
        act(shop, lambda ctx: templated.set_text(ctx, "thanks", "en", subject, text, who="Ines"))
    assert caught.value.place == place
    assert [row.text for row in shop.rows(MailText)] == ["Your code:\n{code}"]


def test_what_a_template_said_before_stands_in_the_log_of_acts(shop: FakeShop) -> None:
    write_template(shop)
    write_template(shop, "Here it is: {code}")
    write_template(shop, "Here it is: {code}")

    logged = shop.rows(Audit, noun="mail_text")
    assert [(row.before.get("text"), row.after["text"]) for row in logged] == [
        (None, "Your code:\n{code}"),
        ("Your code:\n{code}", "Here it is: {code}"),
    ]


@pytest.mark.parametrize("name", ["welcome", "thanks"])
def test_a_name_that_is_taken_is_refused(shop: FakeShop, name: str) -> None:
    write_template(shop)
    with pytest.raises(NameTaken):
        act(shop, lambda ctx: templated.add_template(ctx, name, "Again", who="Ines"))


def test_preferences_are_kept_as_chosen(shop: FakeShop) -> None:
    ina = add(shop, "ina")

    def choose(*sorts: MailSort) -> frozenset[MailSort]:
        act(shop, lambda ctx: preferences.choose(ctx.conn, ina, sorts, now=ctx.now))
        return act(shop, lambda ctx: preferences.unwanted(ctx.conn, ina))

    assert choose() == set(MailSort)
    assert choose(MailSort.MANY) == {MailSort.PROGRAM, MailSort.REMINDER}
    assert choose(MailSort.PROGRAM, MailSort.REMINDER) == {MailSort.MANY}
    assert choose(*MailSort) == set()


def test_a_ticket_that_is_over_or_forged_is_none(shop: FakeShop) -> None:
    ina = add(shop, "ina")
    ticket = act(shop, lambda ctx: preferences.sign(ctx.keys, ina, MailSort.REMINDER, now=ctx.now))
    later = shop.clock.now + timedelta(days=5 * 365 + 1)
    assert act(shop, lambda ctx: preferences.read(ctx.keys, ticket, now=later)) is None
    assert act(shop, lambda ctx: preferences.read(ctx.keys, ticket + "x", now=ctx.now)) is None


def test_a_short_message_goes_once_to_the_number_in_one_spelling(shop: FakeShop, sent: Sent) -> None:
    ina = add(shop, "ina", phone="0170 1234567", country="DE")

    for _ in range(2):
        act(shop, lambda ctx: sms.send(ctx, ina, "Your friend bought.", who="rule 1", key="e7"))
    work(shop)

    assert sent.short == [("+491701234567", "Your friend bought.")]
    assert [row.state for row in shop.rows(Sms)] == ["sent"]


def test_to_nobody_with_a_number_no_short_message_goes_and_it_is_said(shop: FakeShop, sent: Sent) -> None:
    ina, jan = add(shop, "ina", phone="0170 1234567"), add(shop, "jan", phone="+49 170 1234567")
    act(shop, lambda ctx: [sms.send(ctx, one, "Hi", who="Ines") for one in (ina, jan)])
    with shop.app.app_context():
        shop.firstline.customer_erased("jan", commit=True)

    work(shop)

    assert sent.short == []
    assert [(row.state, row.error[:9], row.text) for row in shop.rows(Sms)] == [
        ("skipped", "no phone ", "Hi"),
        ("skipped", "no phone ", ""),
    ]
    assert [row.state for row in shop.rows(Outbox, topic="sms")] == ["done", "done"]


@pytest.mark.parametrize("text", ["", " ", "x" * 481])
def test_what_is_no_short_message_is_refused(shop: FakeShop, text: str) -> None:
    with pytest.raises(BadText):
        act(shop, lambda ctx: sms.send(ctx, 1, text, who="Ines"))
