"""Mails as the worker sends them: written in the receiver's language, with text and HTML."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Row

from .. import i18n
from ..domain.mail import Mailbox, mailbox, read_mailbox
from ..services import mails
from ..services.context import Context
from ..services.mails import Letter, Receiver
from ..state import State
from .effects import Effect, Never
from .letters import Told, Wording, trial, wording
from .ways import Way, find_way

_POLICY = SMTP.clone(utf8=False)
_EMPTY_LINES = re.compile(r"\n{3,}")


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail of a row and give what sends it; None where nobody is there any more to get it."""
    receiver = mails.receiver(ctx.conn, row.payload)
    if receiver is None:
        return None
    letter, values = Letter(row.payload["letter"]), mails.values_of(ctx, row.payload)
    return compose(state, ctx, row, receiver, values, lambda told: wording(letter, told))


def compose(
    state: State,
    ctx: Context,
    row: Row[Any],
    receiver: Receiver,
    values: dict[str, str],
    words: Callable[[Told], Wording],
) -> Effect:
    """Write the mail of a row in these words and give what sends it."""
    way = find_way(state)
    message = _written(state, receiver, values, words, row.created_at)
    message["Message-ID"] = _message_id(ctx, row, message)
    if "leave" in values:
        message["List-Unsubscribe"] = f"<{values['leave']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return lambda: way.send(message)


def send_trial(state: State, address: str) -> Way:
    """Send a mail that only shows that mails arrive, at once; give the way it went."""
    way = find_way(state)
    message = _written(state, Receiver(email=address), {}, trial, state.now())
    message["Message-ID"] = f"<{hashlib.sha256(message.as_bytes()).hexdigest()[:32]}@{_own_host(message)}>"
    way.send(message)
    return way


def _written(
    state: State,
    receiver: Receiver,
    values: dict[str, str],
    words: Callable[[Told], Wording],
    at: datetime,
) -> EmailMessage:
    try:
        to = mailbox(receiver.email, receiver.name)
    except ValueError as error:
        raise Never(f"The receiver's address cannot be used: {error}.") from error
    sender = read_mailbox(state.settings.mail_from) if state.settings.mail_from else None
    with i18n.speaking(receiver.locale):
        known = Receiver(email=to.address, name=to.name, locale=receiver.locale)
        told = Told(shop=_shop_name(state, sender, values), receiver=known, values=values)
        said = words(told)
        message = _envelope(sender, to, said.subject, at)
        facts = {"mail": said, "language": i18n.Figures().language, "brand": told.shop}
        text = _EMPTY_LINES.sub("\n\n", _rendered(state, "txt", facts)).strip()
        message.set_content(f"{text}\n", cte="quoted-printable")
        html = _rendered(state, "html", facts)
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message


def _envelope(sender: Mailbox | None, to: Mailbox, subject: str, at: datetime) -> EmailMessage:
    """Give a mail without content; without a sender of ours the way puts in its own."""
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = " ".join(subject.split())
    if sender is not None:
        message["From"] = sender.header
    message["To"] = to.header
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"
    return message


def _rendered(state: State, kind: str, facts: dict[str, object]) -> str:
    """Render without what the shop adds to its pages: much of that reads the request, and there is none."""
    return state.app.jinja_env.get_template(f"firstline/mail/mail.{kind}").render(facts)


def _shop_name(state: State, sender: Mailbox | None, values: dict[str, str]) -> str:
    """Name the shop: as its sender does, else by its host."""
    if sender is not None:
        return sender.name or sender.host
    return str(values.get("shop") or state.app.config.get("SERVER_NAME") or state.app.name)


def _message_id(ctx: Context, row: Row[Any], message: EmailMessage) -> str:
    """Give the same id whenever the row is sent, so that a mail sent twice is known as one."""
    key = ctx.keys.secret(next(iter(ctx.keys.secrets)), "message ids")
    told = hmac.new(key, f"{row.id}:{row.created_at.isoformat()}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"<{told}@{_own_host(message)}>"


def _own_host(message: EmailMessage) -> str:
    boxes = message["From"].addresses if message["From"] is not None else message["To"].addresses
    return str(boxes[0].domain)
