"""The shop's greeting and closing lines of mails, by language; kept beside the texts of letters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from ..models import MailText
from . import templated
from .context import Moment
from .mistakes import BadTemplate

FRAME = "(frame)"
"""What they are kept under, which no mail can be called; the subject greets, the text closes."""
IN_GREETING = ("name", "shop")
IN_CLOSING = ("shop",)
LONGEST_GREETING = 100
LONGEST_CLOSING = 1000
_TEXT = MailText.__table__


def frames(conn: Connection) -> dict[str, Row[Any]]:
    """Give greeting and closing lines by language; where there is none, ours stand."""
    return templated.texts(conn, FRAME)


def save(ctx: Moment, locale: str, greeting: str, closing: str, *, who: str) -> bool:
    """Greet and close mails so in a language from now on; both empty: as usual. False where it is so.

    Raises BadTemplate with the place of what is no word here.
    """
    said = {"subject": " ".join(greeting.split()), "text": closing.replace("\r\n", "\n").strip()}
    if len(said["subject"]) > LONGEST_GREETING or len(said["text"]) > LONGEST_CLOSING:
        raise BadTemplate(
            f"A greeting has at most {LONGEST_GREETING} characters, closing lines {LONGEST_CLOSING}."
        )
    templated.refuse_unknown(said["subject"], frozenset(IN_GREETING))
    templated.refuse_unknown(said["text"], frozenset(IN_CLOSING))
    if any(said.values()):
        return templated.keep(ctx, FRAME, locale, said, who=who)
    mine = (_TEXT.c.template == FRAME, _TEXT.c.locale == locale)
    old = ctx.conn.execute(select(_TEXT).where(*mine).with_for_update()).first()
    if old is not None:
        templated.drop_text(ctx, FRAME, locale, old, act="reset", who=who)
    return old is not None
