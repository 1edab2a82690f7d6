from __future__ import annotations

import pytest

from flask_firstline.config import read_settings
from flask_firstline.domain.mail import Mailbox, MailServer, mailbox, read_mailbox, read_server
from flask_firstline.errors import ConfigError


def test_a_mailbox_is_read_with_and_without_a_name() -> None:
    assert read_mailbox("shop@shop.example") == Mailbox(address="shop@shop.example")
    assert read_mailbox("Lindenhof & Co <shop@Shop.example>").name == "Lindenhof & Co"
    assert str(read_mailbox('"Krüger, Ina" <ina@shop.example>').header) == '"Krüger, Ina" <ina@shop.example>'


def test_the_host_is_spelled_as_every_server_knows_it() -> None:
    assert mailbox("ina@Müller.example").address == "ina@xn--mller-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "ina", "@shop.example", "ina@", "ina @shop.example", "ina@shop.example\nBcc: all@shop.example",
        "ina@a..b", "a@b@shop.example", "ina@shop.example\x00", "i" * 65 + "@shop.example",
        "ina@" + ".".join(["shop"] * 60) + ".example", "<ina@shop.example>", "ina,eva@shop.example", "",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address|host"):
        mailbox(address)


def test_a_name_is_cleaned_and_cut_but_never_refused() -> None:
    box = mailbox("ina@shop.example", "Ina\r\nBcc: all@shop.example\x00" + "x" * 10_000)

    assert box.name.startswith("Ina Bcc: all@shop.example x")
    assert (len(box.name), box.name.isprintable()) == (100, True)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://mail.example", MailServer(host="mail.example", port=25)),
        ("smtp://mail.example:2525", MailServer(host="mail.example", port=2525)),
        ("smtp://mail.example?starttls", MailServer(host="mail.example", port=587, starttls=True)),
        (
            "smtps://ina%40shop:p%2F%40@mail.example",
            MailServer(host="mail.example", port=465, tls=True, user="ina@shop", password="p/@"),
        ),
    ],
)
def test_the_address_of_a_mail_server_is_read(text: str, server: MailServer) -> None:
    assert read_server(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "mail.example", "http://mail.example", "smtp://", "smtp://mail.example?tls=1", "smtp://mail.example/x",
        "smtps://mail.example?starttls", "smtp://mail.example:99999", "smtp://ina:a/b@mail.example",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|port|\?starttls"):
        read_server(text)


def test_a_password_goes_unseen_only_by_tls_or_at_home() -> None:
    assert read_server("smtp://ina:secret@mail.example").tells_password
    assert not read_server("smtp://ina:secret@mail.example?starttls").tells_password
    assert not read_server("smtps://ina:secret@mail.example").tells_password
    assert not read_server("smtp://ina:secret@localhost").tells_password


def test_settings_that_cannot_be_are_refused_without_telling_the_password() -> None:
    with pytest.raises(ConfigError, match=r"FIRSTLINE_SMTP_URL cannot be used") as caught:
        read_settings({"FIRSTLINE_SMTP_URL": "smtp://ina:secret@mail.example/path"})
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(read_server("smtp://ina:secret@mail.example"))

    with pytest.raises(ConfigError, match=r"FIRSTLINE_MAIL_FROM cannot be used"):
        read_settings({"FIRSTLINE_MAIL_FROM": "shop@shop.example\nBcc: all@shop.example"})


def test_empty_settings_count_as_not_given() -> None:
    settings = read_settings({"FIRSTLINE_SMTP_URL": " ", "FIRSTLINE_MAIL_FROM": ""})

    assert (settings.smtp_url, settings.mail_from) == (None, None)
