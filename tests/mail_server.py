"""A real mail server for the tests: it keeps what it is given, and refuses what it is told to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """What has arrived; `refusals` are answers to receivers, in their order, before any is taken."""

    mails: list[EmailMessage] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    url: str = ""
    holds: threading.Event = field(default_factory=threading.Event)
    """While it is set, a mail that was handed over gets no answer."""
    held: threading.Event = field(default_factory=threading.Event)
    """Set when a mail waits for its answer."""

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a receiver."""
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail."""
        while self.holds.is_set():
            self.held.set()
            await asyncio.sleep(0.01)
        content = envelope.content
        assert isinstance(content, bytes)
        read = message_from_bytes(content, policy=default)
        assert isinstance(read, EmailMessage)
        self.mails.append(read)
        self.senders.append(str(envelope.mail_from))
        return "250 OK"

    def sign_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        """Let everybody in, and remember who it was."""
        self.logins.append((given.login, given.password))
        return AuthResult(success=True)


@contextmanager
def mail_server(*, with_login: bool = False) -> Iterator[MailServer]:
    """Run a mail server on a free port of this machine."""
    kept = MailServer()
    more: dict[str, Any] = {"auth_require_tls": False, "authenticator": kept.sign_in} if with_login else {}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port, **more)
    controller.start()
    kept.url = f"smtp://127.0.0.1:{port}"
    try:
        yield kept
    finally:
        controller.stop()


def text_of(mail: EmailMessage) -> str:
    """Give the text part of a mail."""
    return _part(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    """Give the HTML part of a mail."""
    return _part(mail, "html")


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
