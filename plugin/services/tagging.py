"""Tags: labels of ours on contacts. The rows are the truth; the contact repeats them for reading."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, select, update

from ..models import Contact, ContactTag
from . import audit
from .context import Moment
from .mistakes import BadTag, NotThere

LONGEST = 64
MOST = 50
_AT_ONCE = 500
_CONTACT = Contact.__table__
_TAG = ContactTag.__table__
_SAY = update(_CONTACT).where(_CONTACT.c.id == bindparam("of_id")).values(tags=bindparam("tags"))


def spelled(tag: str) -> str:
    """Give a tag as it is kept: in small letters, without blanks around it; BadTag where it is none."""
    text = " ".join(unicodedata.normalize("NFKC", tag).casefold().split())
    if not text or len(text) > LONGEST or "," in text or not text.isprintable():
        raise BadTag(f"A tag has 1 to {LONGEST} characters and no comma.")
    return text


def tag(ctx: Moment, contact_id: int, tag: str, *, who: str) -> bool:
    """Put a tag on a contact; False where it is there already, NotThere without such a contact."""
    _be_there(ctx.conn, contact_id)
    return tag_all(ctx, [contact_id], tag, who=who) == 1


def untag(ctx: Moment, contact_id: int, tag: str, *, who: str) -> bool:
    """Take a tag off a contact; False where it was not there, NotThere without such a contact."""
    _be_there(ctx.conn, contact_id)
    return untag_all(ctx, [contact_id], tag, who=who) == 1


def tag_all(ctx: Moment, contact_ids: Sequence[int], tag: str, *, who: str) -> int:
    """Put a tag on contacts; say how many did not have it."""
    wanted, made = spelled(tag), 0
    for rows in _locked(ctx.conn, contact_ids):
        new = {row.id: [*row.tags, wanted] for row in rows if wanted not in row.tags}
        if any(len(tags) > MOST for tags in new.values()):
            raise BadTag(f"A contact has at most {MOST} tags.")
        if new:
            values = {"tag": wanted, "who": who[:100], "at": ctx.now}
            ctx.conn.execute(insert(_TAG), [{"contact_id": one, **values} for one in new])
            _keep(ctx, rows, new, "tag", wanted, who)
        made += len(new)
    return made


def untag_all(ctx: Moment, contact_ids: Sequence[int], tag: str, *, who: str) -> int:
    """Take a tag off contacts; say how many had it."""
    wanted, gone = spelled(tag), 0
    for rows in _locked(ctx.conn, contact_ids):
        left = {row.id: [t for t in row.tags if t != wanted] for row in rows if wanted in row.tags}
        if left:
            mine = (_TAG.c.contact_id.in_(left), _TAG.c.tag == wanted)
            ctx.conn.execute(delete(_TAG).where(*mine))
            _keep(ctx, rows, left, "untag", wanted, who)
        gone += len(left)
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


def _be_there(conn: Connection, contact_id: int) -> None:
    there = (_CONTACT.c.id == contact_id, _CONTACT.c.erased_at.is_(None))
    if conn.execute(select(_CONTACT.c.id).where(*there)).first() is None:
        raise NotThere("There is no such contact.")


def _locked(conn: Connection, contact_ids: Sequence[int]) -> Iterator[Sequence[Row[Any]]]:
    """Give some contacts at a time, in the order of their ids, whose tags nobody else changes."""
    ids = sorted(set(contact_ids))
    for begin in range(0, len(ids), _AT_ONCE):
        there = (_CONTACT.c.id.in_(ids[begin : begin + _AT_ONCE]), _CONTACT.c.erased_at.is_(None))
        query = select(_CONTACT).where(*there).order_by(_CONTACT.c.id)
        yield conn.execute(query.with_for_update(key_share=True)).all()


def _keep(
    ctx: Moment, rows: Sequence[Row[Any]], tags: Mapping[int, list[str]], act: str, tag: str, who: str
) -> None:
    """Let contacts say which tags they have, and log who changed them."""
    ctx.conn.execute(_SAY, [{"of_id": one, "tags": kept} for one, kept in tags.items()])
    names = [row.ref or f"#{row.id}" for row in rows if row.id in tags]
    after = {"tag": tag}
    audit.record_all(
        ctx.conn,
        [
            audit.entry(who=who, act=act, noun="contact", subject=name, after=after, now=ctx.now)
            for name in names
        ],
    )


def _repeat(conn: Connection, contact_id: int) -> None:
    """Let a contact say which tags it has."""
    mine = select(_TAG.c.tag).where(_TAG.c.contact_id == contact_id)
    tags = list(conn.execute(mine.order_by(_TAG.c.at, _TAG.c.tag)).scalars())
    conn.execute(_SAY, {"of_id": contact_id, "tags": tags})
