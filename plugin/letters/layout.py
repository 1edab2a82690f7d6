"""The one layout of our mails, as text and as HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import i18n
from ..domain.mail import Mailbox, read_mailbox
from .wording import Wording

if TYPE_CHECKING:
    from flask import Flask

    from ..state import State

_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A mail as its reader gets it."""

    subject: str
    text: str
    html: str


def write(app: Flask, said: Wording, brand: str) -> Written:
    """Write a mail in the language that is spoken, under the shop's name."""
    facts = {"mail": said, "language": i18n.Figures().language, "brand": brand}
    text = _EMPTY_LINES.sub("\n\n", _rendered(app, "txt", facts)).strip()
    subject = " ".join(said.subject.split())
    return Written(subject=subject, text=f"{text}\n", html=_rendered(app, "html", facts))


def _rendered(app: Flask, kind: str, facts: dict[str, object]) -> str:
    """Render without what the shop adds to its pages: much of that reads the request, and there is none."""
    return app.jinja_env.get_template(f"firstline/mail/mail.{kind}").render(facts)


def sender_of(state: State) -> Mailbox | None:
    """Give from whom our mails come, where that is set."""
    return read_mailbox(state.settings.mail_from) if state.settings.mail_from else None


def shop_name(state: State, otherwise: str | None = None) -> str:
    """Name the shop: as the sender of its mails does, else by its host."""
    sender = sender_of(state)
    if sender is not None:
        return sender.name or sender.host
    return str(otherwise or state.app.config.get("SERVER_NAME") or state.app.name)
