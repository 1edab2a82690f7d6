"""Mails of the shop's own templates: written by admins, sent by rules to one contact at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..domain.letters import OwnLetter
from ..domain.places import bad_place, filled, places_of
from ..models import Contact, MailTemplate, MailText, MessageState, TemplatedMail
from ..models.base import dialect_insert
from . import audit, mails, once, outbox, rule_uses
from .context import Moment
from .mistakes import BadTemplate, NameTaken, NotThere, WordsMissing

GIVEN = frozenset({"name", "shop"})
"""Words that are known when a mail is written: its reader, and the shop."""
WORDS = GIVEN | {
    "friend", "sharer", "partner", "code", "reward", "amount", "order", "product", "link", "until", "event",
    "count",
}  # fmt: skip
"""Every word that a template of the shop's own can have a place for."""
LONGEST_SUBJECT = 150
LONGEST_TEXT = 10_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CONTACT = Contact.__table__
_MAIL = TemplatedMail.__table__
_TEMPLATE = MailTemplate.__table__
_TEXT = MailText.__table__


def add_template(ctx: Moment, name: str, title: str, *, can_be_left: bool = True, who: str) -> None:
    """Make a template; its texts are set afterwards."""
    title = " ".join(title.split())
    if not _NAME.fullmatch(name) or not title or len(title) > 100:
        raise BadTemplate("A template has a title, and a name of small letters, digits and _.")
    if name in {letter.value for letter in mails.Letter} | {letter.value for letter in OwnLetter}:
        raise NameTaken(f"A mail is called {name!r} already.")
    values = {"title": title, "can_be_left": can_be_left, "made_by": who[:100], "created_at": ctx.now}
    if not once.insert_new(ctx.conn, _TEMPLATE, {"name": name, **values}) and not _made_anew(
        ctx, name, values
    ):
        raise NameTaken(f"A mail is called {name!r} already.")
    after = {"title": title, "can_be_left": can_be_left}
    audit.record(
        ctx.conn, who=who, act="create", noun="mail_template", subject=name, after=after, now=ctx.now
    )


def _made_anew(ctx: Moment, name: str, values: Mapping[str, Any]) -> bool:
    """Make a template again whose name one had that was deleted; False where none was."""
    gone = (_TEMPLATE.c.name == name, _TEMPLATE.c.removed_at.is_not(None))
    made = update(_TEMPLATE).where(*gone).values(**values, removed_at=None)
    return ctx.conn.execute(made).rowcount == 1


def remove(ctx: Moment, template: str, *, who: str) -> None:
    """Delete a template with its texts; what waits of it is not sent, what was sent stays in the log.

    Raises NotThere, and InUse while rules name it.
    """
    rule_uses.refuse_used(ctx.conn, "template", template)
    there = (_TEMPLATE.c.name == template, _TEMPLATE.c.removed_at.is_(None))
    if ctx.conn.execute(update(_TEMPLATE).where(*there).values(removed_at=ctx.now)).rowcount != 1:
        raise NotThere(f"There is no mail {template!r}.")
    for locale, row in texts(ctx.conn, template).items():
        drop_text(ctx, template, locale, row, act="remove", who=who)
    audit.record(ctx.conn, who=who, act="remove", noun="mail_template", subject=template, now=ctx.now)


def drop_text(ctx: Moment, template: str, locale: str, row: Row[Any], *, act: str, who: str) -> None:
    """Delete what a mail says in a language; it stays in the audit log."""
    same = (_TEXT.c.template == template, _TEXT.c.locale == locale)
    ctx.conn.execute(delete(_TEXT).where(*same))
    before = {"subject": row.subject, "text": row.text}
    audit.record(
        ctx.conn, who=who, act=act, noun="mail_text", subject=f"{template} {locale}", before=before,
        now=ctx.now,
    )  # fmt: skip


def set_text(ctx: Moment, template: str, locale: str, subject: str, text: str, *, who: str) -> None:
    """Keep what a template says in one language; BadTemplate says where a place is wrong."""
    there = (_TEMPLATE.c.name == template, _TEMPLATE.c.removed_at.is_(None))
    if ctx.conn.execute(select(_TEMPLATE.c.name).where(*there)).first() is None:
        raise NotThere(f"There is no mail {template!r}.")
    keep(ctx, template, locale, checked(subject, text, WORDS), who=who)


def keep(ctx: Moment, template: str, locale: str, said: Mapping[str, str], *, who: str) -> bool:
    """Keep a subject and a text that were checked; False where they are kept already."""
    same = (_TEXT.c.template == template, _TEXT.c.locale == locale)
    old = ctx.conn.execute(select(_TEXT.c.subject, _TEXT.c.text).where(*same)).first()
    before = {"subject": old.subject, "text": old.text} if old else {}
    if before == said:
        return False
    values = {**said, "changed_by": who[:100], "changed_at": ctx.now}
    statement = dialect_insert(_TEXT, ctx.conn.dialect.name).values(
        template=template, locale=locale, **values
    )
    ctx.conn.execute(statement.on_conflict_do_update(index_elements=["template", "locale"], set_=values))
    subject = f"{template} {locale}"
    audit.record(
        ctx.conn, who=who, act="change", noun="mail_text", subject=subject, before=before, after=said,
        now=ctx.now,
    )  # fmt: skip
    return True


def checked(subject: str, text: str, known: frozenset[str]) -> dict[str, str]:
    """Give subject and text as they are kept; BadTemplate where they are no mail."""
    subject, text = " ".join(subject.split()), text.replace("\r\n", "\n").strip()
    if not subject or len(subject) > LONGEST_SUBJECT or not text or len(text) > LONGEST_TEXT:
        raise BadTemplate("A mail needs a subject and a text.")
    for part in (subject, text):
        refuse_unknown(part, known)
    return {"subject": subject, "text": text}


def refuse_unknown(text: str, known: frozenset[str]) -> None:
    """Raise BadTemplate with the place of the first thing in braces that is none of the known words."""
    wrong = bad_place(text, known)
    if wrong is not None:
        raise BadTemplate(
            f"{wrong.written!r} in line {wrong.line}, sign {wrong.sign}, is no word of this mail. "
            f"It knows: {', '.join(f'{{{word}}}' for word in sorted(known))}.",
            (wrong.line, wrong.sign),
        )


def texts(conn: Connection, template: str) -> dict[str, Row[Any]]:
    """Give what a template says, by language."""
    query = select(_TEXT).where(_TEXT.c.template == template).order_by(_TEXT.c.locale)
    return {row.locale: row for row in conn.execute(query)}


def needed_words(conn: Connection, template: str) -> frozenset[str]:
    """Give the words that whoever sends a template must give; NotThere where it says nothing yet."""
    found = texts(conn, template)
    if not found:
        raise NotThere(f"There is no mail {template!r}, or it has no text.")
    return frozenset[str]().union(*(places_of(row.subject + row.text) for row in found.values())) - GIVEN


def mail(
    ctx: Moment, template: str, contact_id: int, words: Mapping[str, str], *, key: str | None = None
) -> int:
    """Write a mail of a template to a contact down and give its id; one with the same `key` is sent once.

    Raises WordsMissing where its text has places for which no word is given.
    """
    missing = needed_words(ctx.conn, template) - words.keys()
    if missing:
        raise WordsMissing(f"The mail {template!r} has no word for {', '.join(sorted(missing))}.")
    there = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    if ctx.conn.execute(select(_CONTACT.c.id).where(*there)).first() is None:
        raise NotThere("There is no such contact.")
    row = {
        "template": template, "contact_id": contact_id, "words": dict(words), "once": key,
        "state": MessageState.WAITING.value, "created_at": ctx.now,
    }  # fmt: skip
    mail_id, new = once.insert(ctx.conn, _MAIL, row)
    if new:
        payload = {
            "letter": mails.Letter.TEMPLATED.value, "contact_id": contact_id, "templated_id": mail_id,
            "values": {},
        }  # fmt: skip
        outbox.put(ctx.conn, mails.MAIL, payload, now=ctx.now)
    return mail_id


def said(
    conn: Connection, template: str, locale: str | None, words: Mapping[str, str], first: str
) -> dict[str, str] | None:
    """Give subject and text in the reader's language, else in the `first` or any; None: it says nothing."""
    found = texts(conn, template)
    short = (locale or "").partition("_")[0].partition("-")[0]
    row = found.get(locale or "") or found.get(short) or found.get(first) or next(iter(found.values()), None)
    if row is None:
        return None
    given = {**dict.fromkeys(places_of(row.subject + row.text), ""), **words}
    return {"subject": filled(row.subject, given), "text": filled(row.text, given)}


def written(conn: Connection, mail_id: int) -> Row[Any]:
    """Give a mail that was written down, with what its template says of all such mails."""
    query = (
        select(_MAIL, _TEMPLATE.c.can_be_left, _TEMPLATE.c.removed_at)
        .join_from(_MAIL, _TEMPLATE)
        .where(_MAIL.c.id == mail_id)
    )
    return conn.execute(query).one()


def end(ctx: Moment, mail_id: int, state: MessageState) -> None:
    """Keep how a mail ended."""
    mine = (_MAIL.c.id == mail_id, _MAIL.c.state == MessageState.WAITING.value)
    ctx.conn.execute(update(_MAIL).where(*mine).values(state=state.value, ended_at=ctx.now))


def note_sent(ctx: Moment, payload: Mapping[str, Any]) -> None:
    """Keep that a mail was sent; one that nobody could get has ended before, other mails are left alone."""
    if "templated_id" in payload:
        end(ctx, int(payload["templated_id"]), MessageState.SENT)


def forget(conn: Connection, contact_id: int) -> None:
    """Forget what was written to a person who is erased."""
    conn.execute(update(_MAIL).where(_MAIL.c.contact_id == contact_id).values(words={}))
