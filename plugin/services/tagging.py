"""Tags: labels of ours on contacts. The rows are the truth; the contact repeats them for reading."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, select, update

from ..models import Contact, ContactTag
from . import audit, once
from .context import Moment
from .mistakes import BadTag, NotThere

LONGEST = 64
MOST = 50
_CONTACT = Contact.__table__
_TAG = ContactTag.__table__


def spelled(tag: str) -> str:
    """Give a tag as it is kept: in small letters, without blanks around it; BadTag where it is none."""
    text = " ".join(unicodedata.normalize("NFKC", tag).casefold().split())
    if not text or len(text) > LONGEST or "," in text or not text.isprintable():
        raise BadTag(f"A tag has 1 to {LONGEST} characters and no comma.")
    return text


def tag(ctx: Moment, contact_id: int, tag: str, *, who: str) -> bool:
    """Put a tag on a contact; False where it is there already."""
    wanted = spelled(tag)
    contact = _locked(ctx.conn, contact_id)
    row = {"contact_id": contact_id, "tag": wanted, "who": who[:100], "at": ctx.now}
    made = once.insert_new(ctx.conn, _TAG, row)
    if made:
        if len(_repeat(ctx.conn, contact_id)) > MOST:
            raise BadTag(f"A contact has at most {MOST} tags.")
        _log(ctx, contact, "tag", {"tag": wanted}, who)
    return made


def untag(ctx: Moment, contact_id: int, tag: str, *, who: str) -> bool:
    """Take a tag off a contact; False where it was not there."""
    wanted = spelled(tag)
    contact = _locked(ctx.conn, contact_id)
    there = (_TAG.c.contact_id == contact_id, _TAG.c.tag == wanted)
    gone = ctx.conn.execute(delete(_TAG).where(*there)).rowcount == 1
    if gone:
        _repeat(ctx.conn, contact_id)
        _log(ctx, contact, "untag", {"tag": wanted}, who)
    return gone


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Put the tags of a double on the contact that goes on; both are locked."""
    other = _TAG.alias()
    same = exists().where(other.c.contact_id == winner_id, other.c.tag == _TAG.c.tag)
    own = _TAG.c.contact_id == loser_id
    conn.execute(update(_TAG).where(own, ~same).values(contact_id=winner_id))
    conn.execute(delete(_TAG).where(own))
    _repeat(conn, loser_id)
    _repeat(conn, winner_id)


def forget(conn: Connection, contact_id: int) -> None:
    """Delete the tags of a person who is erased."""
    conn.execute(delete(_TAG).where(_TAG.c.contact_id == contact_id))


def known(conn: Connection, limit: int = 200) -> list[tuple[str, int]]:
    """Give the tags there are and how many contacts have each, the most used first."""
    count = func.count()
    query = select(_TAG.c.tag, count).group_by(_TAG.c.tag).order_by(count.desc(), _TAG.c.tag).limit(limit)
    return [(name, int(number)) for name, number in conn.execute(query)]


def _locked(conn: Connection, contact_id: int) -> Row[Any]:
    query = select(_CONTACT).where(_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    row = conn.execute(query.with_for_update(key_share=True)).first()
    if row is None:
        raise NotThere("There is no such contact.")
    return row


def _repeat(conn: Connection, contact_id: int) -> Sequence[str]:
    """Let the contact say which tags it has."""
    mine = select(_TAG.c.tag).where(_TAG.c.contact_id == contact_id)
    tags = list(conn.execute(mine.order_by(_TAG.c.at, _TAG.c.tag)).scalars())
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(tags=tags))
    return tags


def _log(ctx: Moment, contact: Row[Any], act: str, after: dict[str, object], who: str) -> None:
    subject = contact.ref or f"#{contact.id}"
    audit.record(ctx.conn, who=who, act=act, noun="contact", subject=subject, after=after, now=ctx.now)
