"""The letters of the program in the shop's words: kept per language, checked, taken back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from ..domain.letters import PLANS, OwnLetter
from ..domain.mail import mailbox
from ..domain.places import places_of
from ..models import MailText
from . import audit, outbox, templated
from .context import Moment
from .mistakes import NotThere, PlacesMissing

TRY = "letter_try"
"""The topic of a letter with examples in it, to who wants to see it."""
_TEXT = MailText.__table__
NAMES = frozenset(letter.value for letter in OwnLetter)


def find(name: str) -> OwnLetter:
    """Give a letter by its name, or raise NotThere."""
    if name not in NAMES:
        raise NotThere(f"There is no letter {name!r}. There are: {', '.join(OwnLetter)}.")
    return OwnLetter(name)


def texts(conn: Connection, letter: OwnLetter) -> dict[str, Row[Any]]:
    """Give what the shop says in a letter, by language; where it says nothing, ours stands."""
    return templated.texts(conn, letter.value)


def all_texts(conn: Connection) -> dict[OwnLetter, dict[str, Row[Any]]]:
    """Give what the shop says in its letters, by letter and language."""
    found: dict[OwnLetter, dict[str, Row[Any]]] = {letter: {} for letter in OwnLetter}
    for row in conn.execute(select(_TEXT).where(_TEXT.c.template.in_(NAMES)).order_by(_TEXT.c.locale)):
        found[OwnLetter(row.template)][row.locale] = row
    return found


def checked(letter: OwnLetter, subject: str, text: str) -> dict[str, str]:
    """Give subject and text as they are kept.

    Raises BadTemplate with the place of what is no word of the letter, PlacesMissing where a word is not
    there without which the letter is of no use.
    """
    plan = PLANS[letter]
    said = templated.checked(subject, text, frozenset(plan.in_text))
    templated.refuse_unknown(said["subject"], frozenset(plan.in_subject))
    missing = plan.needed - places_of(said["text"])
    if missing:
        raise PlacesMissing(tuple(sorted(missing)))
    return said


def save(ctx: Moment, letter: OwnLetter, locale: str, subject: str, text: str, *, who: str) -> bool:
    """Let a letter say this in a language from now on; False where it does."""
    said = checked(letter, subject, text)
    return templated.keep(ctx, letter.value, locale, said, who=who)


def reset(ctx: Moment, letter: OwnLetter, locale: str, *, who: str) -> bool:
    """Let a letter say in a language again what we say; False where it does."""
    mine = (_TEXT.c.template == letter.value, _TEXT.c.locale == locale)
    old = ctx.conn.execute(select(_TEXT).where(*mine).with_for_update()).first()
    if old is None:
        return False
    templated.drop_text(ctx, letter.value, locale, old, act="reset", who=who)
    return True


def send_try(
    ctx: Moment, letter: OwnLetter, locale: str, subject: str, text: str, email: str, *, who: str
) -> None:
    """Write a letter with examples in it down, to an address; ValueError for one that is none."""
    to = mailbox(email).address
    said = checked(letter, subject, text)
    about = f"{letter.value} {locale}"
    audit.record(
        ctx.conn, who=who, act="try", noun="mail_text", subject=about, after={"email": to}, now=ctx.now
    )
    outbox.put(ctx.conn, TRY, {"letter": letter.value, "locale": locale, "email": to, **said}, now=ctx.now)
