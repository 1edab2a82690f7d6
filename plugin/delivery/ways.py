"""The ways by which a mail can leave: the shop's own, its mail extension's, or a server that is named."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from ..domain.mail import MailServer, read_server
from ..shop import SendsMail
from ..state import State
from .effects import CannotYet, Never
from .wire import POLICY

_SECONDS = 30
NO_WAY = "There is no way to send mail."
NO_WAY_MEND = (
    "Give the adapter send_mail(message), mount Flask-Mailman or Flask-Mail, or set FIRSTLINE_SMTP_URL."
)
NO_SENDER = "FIRSTLINE_SMTP_URL is set without FIRSTLINE_MAIL_FROM: nobody is named as the sender."
NO_SENDER_MEND = 'Set FIRSTLINE_MAIL_FROM = "The Shop <shop@shop.example>".'


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way: what it is called, and what takes a mail; an error says that it did not."""

    name: str
    send: Callable[[EmailMessage], None]


def find_way(state: State) -> Way:
    """Give the first way that exists, or raise CannotYet with how to make one."""
    if isinstance(state.shop, SendsMail):
        return Way(name="send_mail of the shop", send=state.shop.send_mail)
    for extension, (name, send) in _EXTENSIONS.items():
        mounted = state.app.extensions.get(extension)
        if mounted is not None:
            return Way(name=name, send=partial(send, mounted))
    if not state.settings.smtp_url:
        raise CannotYet(f"{NO_WAY} {NO_WAY_MEND}")
    if not state.settings.mail_from:
        raise CannotYet(f"{NO_SENDER} {NO_SENDER_MEND}")
    server = read_server(state.settings.smtp_url)
    return Way(name=f"{server.host}:{server.port}", send=partial(send_by_smtp, server))


def _send_by_mailman(_mounted: Any, message: EmailMessage) -> None:  # noqa: ANN401 - the extension's own
    from flask_mailman import EmailMultiAlternatives

    text, html = _parts(message)
    mail = EmailMultiAlternatives(
        subject=str(message["Subject"]),
        body=text,
        from_email=_header(message, "From"),
        to=[str(message["To"])],
        headers={"Message-ID": str(message["Message-ID"]), "Date": str(message["Date"]), **_own(message)},
    )
    mail.attach_alternative(html, "text/html")
    mail.send()


def _send_by_flask_mail(mounted: Any, message: EmailMessage) -> None:  # noqa: ANN401 - the extension's own
    from flask_mail import Message

    class Whole(Message):  # type: ignore[misc, unused-ignore]  # the extension may carry no types
        """A mail of the extension whose headers are written as ours."""

        def _message(self) -> Any:  # noqa: ANN401 - the extension's own
            made = super()._message()
            made.policy = POLICY
            return made

    text, html = _parts(message)
    mail = Whole(
        subject=str(message["Subject"]),
        recipients=[str(message["To"])],
        body=text,
        html=html,
        sender=_header(message, "From"),
        date=parsedate_to_datetime(str(message["Date"])).timestamp(),
        extra_headers=_own(message),
    )
    mail.msgId = str(message["Message-ID"])
    mounted.send(mail)


_EXTENSIONS: dict[str, tuple[str, Callable[[Any, EmailMessage], None]]] = {
    "mailman": ("Flask-Mailman", _send_by_mailman),
    "mail": ("Flask-Mail", _send_by_flask_mail),
}


def _own(message: EmailMessage) -> dict[str, str]:
    """Give the headers that no extension writes by itself; one of them ends mails by a click (RFC 8058)."""
    names = ("Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post")
    return {name: str(message[name]) for name in names if message[name] is not None}


def _header(message: EmailMessage, name: str) -> str | None:
    return None if message[name] is None else str(message[name])


def _parts(message: EmailMessage) -> tuple[str, str]:
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    return text.get_content() if text else "", html.get_content() if html else ""


def send_by_smtp(server: MailServer, message: EmailMessage) -> None:
    """Hand a mail to a server; raises Never where it says that there is no such mailbox."""
    with _connected(server) as smtp:
        if server.user:
            smtp.login(server.user, server.password)
        try:
            smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            answers = list(refused.recipients.values())
            if answers and all(_no_such_mailbox(code, said) for code, said in answers):
                raise Never(f"The mail server says: {_said(answers[0][1])}") from refused
            raise
        except smtplib.SMTPNotSupportedError as error:
            raise Never(f"The mail server cannot write to this address: {error}") from error


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Connect; how the connection ends says nothing about the mail, which the server has by then."""
    if server.tls:
        trusted = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=_SECONDS)
    try:
        if server.starttls:
            smtp.starttls(context=ssl.create_default_context())
        yield smtp
        with suppress(OSError):
            smtp.quit()
    finally:
        smtp.close()


def _no_such_mailbox(code: int, said: bytes | str) -> bool:
    """Tell an address that is wrong (5.1.x) from a server that is set up wrongly."""
    return 500 <= code < 600 and _said(said).startswith("5.1.")


def _said(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
