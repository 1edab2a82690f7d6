"""Mails as the worker sends them: written in the receiver's language, with text and HTML."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from .. import i18n
from ..domain.letters import LINK, PLANS, OwnLetter
from ..domain.mail import Mailbox, mailbox
from ..letters import frame, joining, layout, many, own, samples
from ..letters.wording import Told, Wording, Words
from ..services import letter_frame, mails, own_letters
from ..services.context import Context
from ..services.mails import Letter, Receiver
from ..state import State
from .effects import CannotYet, Effect, Never
from .leaving import way_to_leave
from .ways import Way, find_way
from .wire import POLICY


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail of a row and give what sends it; None where nobody is there any more to get it."""
    receiver = mails.receiver(ctx.conn, row.payload)
    if receiver is None:
        return None
    letter, values = Letter(row.payload["letter"]), mails.values_of(ctx, row.payload)
    if letter is Letter.MAILING:
        return compose(state, ctx, row, receiver, values, many.mailing)
    if letter is Letter.RULE:
        values = _with_way_to_leave(state, ctx, row, values)
        return compose(state, ctx, row, receiver, values, many.of_the_program)
    if letter is Letter.USER:
        return compose(state, ctx, row, receiver, values, joining.user, to_staff=True)
    one, link = _OWN[letter]
    if letter is Letter.WELCOME and "password" not in values:
        one, link = OwnLetter.WELCOME_ACCOUNT, "desk"
    facts = {**dict.fromkeys(PLANS[one].words, ""), **values, LINK: values.get(link, "")}
    return compose(state, ctx, row, receiver, values, own_words(ctx, one, lambda: facts))


_OWN: Mapping[Letter, tuple[OwnLetter, str]] = {
    Letter.WELCOME: (OwnLetter.WELCOME, "password"),
    Letter.CONFIRM: (OwnLetter.CONFIRM, "confirm"),
    Letter.PARTNER_ALREADY: (OwnLetter.PARTNER_ALREADY, "desk"),
    Letter.DECLINED: (OwnLetter.DECLINED, LINK),
    Letter.LOG_IN: (OwnLetter.LOG_IN, LINK),
    Letter.PASSWORD: (OwnLetter.PASSWORD, LINK),
}
"""Our letters, and under which name the address of their button is written down."""


def _with_way_to_leave(state: State, ctx: Context, row: Row[Any], values: dict[str, str]) -> dict[str, str]:
    """Give a rule's mail the way to end such mails, however the rule was saved.

    Where the shop's own address is not set, the one of the page on which the rule was saved is taken.
    """
    try:
        return {**values, "leave": way_to_leave(state, ctx, row.payload["contact_id"])}
    except CannotYet:
        if "leave" in values:
            return values
        raise


def in_frame(ctx: Context, words: Words) -> Words:
    """Give words with the shop's greeting and closing lines."""
    frames = letter_frame.frames(ctx.conn)
    return lambda told: frame.framed(words(told), told, frames)


def own_words(ctx: Context, letter: OwnLetter, facts: Callable[[], Mapping[str, str]]) -> Words:
    """Give the words of one of our letters; `facts` is asked in the reader's language."""
    texts = own_letters.texts(ctx.conn, letter)

    def words(told: Told) -> Wording:
        return own.worded(letter, replace(told, values={**told.values, **facts()}), texts)

    return words


def compose(
    state: State,
    ctx: Context,
    row: Row[Any],
    receiver: Receiver,
    values: Mapping[str, str],
    words: Words,
    *,
    to_staff: bool = False,
) -> Effect:
    """Write the mail of a row in these words and give what sends it; the shop's frame is for its people."""
    way = find_way(state)
    framed = words if to_staff else in_frame(ctx, words)
    message = _written(state, receiver, values, framed, row.created_at)
    message["Message-ID"] = _message_id(ctx, row, message)
    if "leave" in values:
        message["List-Unsubscribe"] = f"<{values['leave']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return lambda: way.send(message)


def prepare_try(state: State, ctx: Context, row: Row[Any]) -> Effect:
    """Write a letter with examples in it, as an admin has typed it, to who wants to see it."""
    letter, given = OwnLetter(row.payload["letter"]), row.payload
    receiver = Receiver(email=given["email"], name=samples.READER, locale=given["locale"])

    def words(told: Told) -> Wording:
        shown = replace(told, values=samples.words(letter, ctx.now, ctx.settings.currency))
        return own.edited(letter, shown, given["subject"], given["text"])

    return compose(state, ctx, row, receiver, {}, words)


def send_trial(state: State, address: str) -> Way:
    """Send a mail that only shows that mails arrive, at once; give the way it went."""
    way = find_way(state)
    receiver = Receiver(email=address)
    message: EmailMessage = state.in_own_unit(
        lambda session: _written(state, receiver, {}, _trial(state, session), state.now())
    )
    message["Message-ID"] = f"<{hashlib.sha256(message.as_bytes()).hexdigest()[:32]}@{_own_host(message)}>"
    way.send(message)
    return way


def _trial(state: State, session: Session) -> Words:
    return own_words(state.context(session.connection()), OwnLetter.TRIAL, dict)


def _written(
    state: State, receiver: Receiver, values: Mapping[str, str], words: Words, at: datetime
) -> EmailMessage:
    try:
        to = mailbox(receiver.email, receiver.name)
    except ValueError as error:
        raise Never(f"The receiver's address cannot be used: {error}.") from error
    with i18n.speaking(receiver.locale):
        known = Receiver(email=to.address, name=to.name, locale=receiver.locale)
        brand = layout.shop_name(state, values.get("shop"))
        written = layout.write(state.app, words(Told(shop=brand, receiver=known, values=values)), brand)
    message = _envelope(layout.sender_of(state), to, written.subject, at)
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    return message


def _envelope(sender: Mailbox | None, to: Mailbox, subject: str, at: datetime) -> EmailMessage:
    """Give a mail without content; without a sender of ours the way puts in its own."""
    message = EmailMessage(policy=POLICY)
    message["Subject"] = subject
    if sender is not None:
        message["From"] = sender.header
    message["To"] = to.header
    message["Date"] = format_datetime(at)
    message["Auto-Submitted"] = "auto-generated"
    return message


def _message_id(ctx: Context, row: Row[Any], message: EmailMessage) -> str:
    """Give the same id whenever the row is sent, so that a mail sent twice is known as one."""
    key = ctx.keys.secret(next(iter(ctx.keys.secrets)), "message ids")
    told = hmac.new(key, f"{row.id}:{row.created_at.isoformat()}".encode(), hashlib.sha256).hexdigest()[:32]
    return f"<{told}@{_own_host(message)}>"


def _own_host(message: EmailMessage) -> str:
    boxes = message["From"].addresses if message["From"] is not None else message["To"].addresses
    return str(boxes[0].domain)
