"""Mails of the shop's own templates, in the reader's language, with the way to get no more of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from ..letters import many
from ..letters.wording import Told, Wording
from ..models import MessageState
from ..services import mails, preferences, templated
from ..services.context import Context
from ..services.preferences import MailSort
from ..state import State
from .effects import CannotYet, Effect
from .leaving import way_to_leave
from .mails import compose


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Write the mail of a row and give what sends it; None where nobody is there or wants it."""
    mail = templated.written(ctx.conn, int(row.payload["templated_id"]))
    receiver = mails.receiver(ctx.conn, row.payload)
    unwanted = mail.can_be_left and not preferences.wants(ctx.conn, mail.contact_id, MailSort.PROGRAM)
    if receiver is None or unwanted or mail.removed_at is not None:
        templated.end(ctx, mail.id, MessageState.SKIPPED)
        return None
    values = {"leave": way_to_leave(state, ctx, mail.contact_id)} if mail.can_be_left else {}
    first = state.settings.locales[0]

    def words(told: Told) -> Wording:
        given = {**mail.words, "name": told.receiver.name, "shop": told.shop}
        said = templated.said(ctx.conn, mail.template, told.receiver.locale, given, first)
        if said is None:
            raise CannotYet(f"The mail {mail.template!r} has no text any more.")
        return many.of_the_program(replace(told, values={**told.values, **said}))

    return compose(state, ctx, row, receiver, values, words)
