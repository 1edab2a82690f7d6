"""Mails of the shop's own templates, in the reader's language, with the way to get no more of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from ..i18n import gettext as _
from ..models import MessageState
from ..services import mails, preferences, templated
from ..services.context import Context
from ..services.preferences import MailSort
from ..state import State
from .effects import CannotYet, Effect
from .letters import Told, Wording, greeting
from .mails import compose

NO_ADDRESS = "The shop's own address is not known, and such a mail has a link to end them."
NO_ADDRESS_MEND = 'Set SERVER_NAME, such as "shop.example".'


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail of a row and give what sends it; None where nobody is there or wants it."""
    mail = templated.written(ctx.conn, int(row.payload["templated_id"]))
    receiver = mails.receiver(ctx.conn, row.payload)
    unwanted = mail.can_be_left and not preferences.wants(ctx.conn, mail.contact_id, MailSort.PROGRAM)
    if receiver is None or unwanted:
        templated.end(ctx, mail.id, MessageState.SKIPPED)
        return None
    values = {"leave": _leave(state, ctx, mail.contact_id)} if mail.can_be_left else {}
    first = state.settings.locales[0]

    def words(told: Told) -> Wording:
        given = {**mail.words, "name": told.receiver.name, "shop": told.shop}
        said = templated.said(ctx.conn, mail.template, told.receiver.locale, given, first)
        if said is None:
            raise CannotYet(f"The mail {mail.template!r} has no text any more.")
        return _wording(told, said)

    return compose(state, ctx, row, receiver, values, words)


def _wording(told: Told, said: dict[str, str]) -> Wording:
    lines = (line.strip() for line in said["text"].splitlines())
    leave = told.values.get("leave")
    return Wording(
        subject=said["subject"],
        heading=greeting(told),
        paragraphs=tuple(line for line in lines if line),
        reason=_("You get this mail because %(shop)s knows you.", shop=told.shop)
        if leave
        else _("You get this mail because it serves what you have agreed with %(shop)s.", shop=told.shop),
        leave=(_("Choose which mails you get"), leave) if leave else None,
    )


def _leave(state: State, ctx: Context, contact_id: int) -> str:
    """Give the address at which a reader ends such mails."""
    config = state.app.config
    if not config.get("SERVER_NAME"):
        raise CannotYet(f"{NO_ADDRESS} {NO_ADDRESS_MEND}")
    root = str(config.get("APPLICATION_ROOT") or "/").rstrip("/")
    base = f"{config['PREFERRED_URL_SCHEME']}://{config['SERVER_NAME']}{root}{state.settings.url_prefix}"
    ticket = preferences.sign(ctx.keys, contact_id, MailSort.PROGRAM, now=ctx.now)
    return f"{base}/mails/preferences/{ticket}"
