"""Traces of somebody who is erased in what is about others: logs, texts, messages, signatures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Row, String, Table, Text, or_, select, type_coerce, update

from ..models import (
    AllowedPair,
    ApiAnswer,
    Application,
    Audit,
    Call,
    ContactNote,
    Dispute,
    FollowUp,
    History,
    Merged,
    Notice,
    Outbox,
    PayoutBlock,
    RuleRun,
    SavedFilter,
    Sms,
    SponsorChange,
    Suspicion,
    Task,
    TemplatedMail,
    Upload,
    WebhookTry,
)
from ..models.base import Base
from ..models.upload import BEFORE_IMPORT, NO_LINES

_AUDIT = Audit.__table__
_HISTORY = History.__table__
_CHANGE = SponsorChange.__table__
_MERGED = Merged.__table__
_UPLOAD = Upload.__table__
_FILTER = SavedFilter.__table__
_ABOUT_PEOPLE = ("partner", "contact", "note")
_SIGNING = ("who", "by")
_SIGNATURE = 100
"""Signs of a column that holds names; shorter ones hold words of ours."""
_NAMES_A_CONTACT = frozenset(
    {"ref", "customer", "customer_ref", "partner_ref", "sponsor_ref", "sponsor", "owner", "holder", "double"}
    | {"partner", "parent", "winner", "contact", "friend", "sharer", "trace"}
)
"""Fields whose value can be a customer number; what the trace of a rule has found can be one."""
_JSON: tuple[tuple[type[Base], tuple[str, ...]], ...] = (
    (Audit, ("before", "after")),
    (Outbox, ("payload",)),
    (RuleRun, ("trace", "done")),
    (TemplatedMail, ("words",)),
    (Upload, ("report",)),
    (ApiAnswer, ("body",)),
)
_TEXTS: tuple[tuple[type[Base], tuple[str, ...]], ...] = (
    (AllowedPair, ("why",)),
    (Application, ("reason",)),
    (Call, ("error",)),
    (ContactNote, ("text",)),
    (Dispute, ("reason",)),
    (FollowUp, ("note",)),
    (History, ("why",)),
    (Merged, ("why",)),
    (Notice, ("text",)),
    (Outbox, ("error",)),
    (PayoutBlock, ("why",)),
    (Sms, ("text",)),
    (SponsorChange, ("why", "problem")),
    (Suspicion, ("why",)),
    (Task, ("title",)),
    (WebhookTry, ("answer", "error")),
)


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Who is erased: `words` are address, name and phone, which are found inside of texts, too."""

    contact_id: int
    ref: str | None
    words: Sequence[str]

    @property
    def mark(self) -> str:
        """What stands in place of the person."""
        return f"#{self.contact_id}"

    @property
    def pattern(self) -> re.Pattern[str]:
        """Find one of the words, whole, in any case."""
        found = "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
        return re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE) if found else re.compile(r"(?!)")


def forget(conn: Connection, row: Row[Any]) -> None:
    """Take a person out of logs, texts and messages; `row` is the contact as it was before."""
    words = tuple(word for word in (row.email, row.name, row.phone) if word)
    gone = Gone(contact_id=row.id, ref=row.ref, words=words)
    _forget_acts(conn, gone)
    _forget_signatures(conn, gone)
    _forget_files(conn, gone)
    _forget_filters(conn, gone)
    for model, names in _JSON:
        for name in names:
            _wash_json(conn, gone, _table(model), name)
    for model, names in _TEXTS:
        for name in names:
            _wash_text(conn, gone, _table(model), name)


def _table(model: type[Base]) -> Table:
    return model.__table__


def _forget_acts(conn: Connection, gone: Gone) -> None:
    """Let the log say who acted when on this person, and no more what was said; merges name both."""
    names = [gone.mark, *(name for name in (gone.ref, *gone.words[:1]) if name)]
    about = (_AUDIT.c.noun.in_(_ABOUT_PEOPLE), _AUDIT.c.subject.in_(names))
    conn.execute(update(_AUDIT).where(*about).values(subject=gone.mark, before={}, after={}))
    conn.execute(update(_CHANGE).where(_CHANGE.c.contact_id == gone.contact_id).values(why=""))
    pair = or_(_MERGED.c.loser_id == gone.contact_id, _MERGED.c.winner_id == gone.contact_id)
    conn.execute(update(_MERGED).where(pair).values(why=""))
    if gone.ref is not None:
        for column in (_HISTORY.c.before, _HISTORY.c.after):
            merged = (_HISTORY.c.how == "merge", column == gone.ref)
            conn.execute(update(_HISTORY).where(*merged).values({column.name: gone.mark}))


@cache
def _signed() -> tuple[Column[Any], ...]:
    """Give all columns that say who did something."""
    return tuple(
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and (column.name in _SIGNING or column.name.endswith("_by"))
        if (column.type.length or 0) >= _SIGNATURE
    )


def _forget_signatures(conn: Connection, gone: Gone) -> None:
    """Sign by the contact's number what the person did in the desk under the customer number."""
    if gone.ref is None:
        return
    for column in _signed():
        mine = column == f"partner:{gone.ref}"
        conn.execute(update(column.table).where(mine).values({column.name: f"partner:{gone.mark}"}))


def _forget_files(conn: Connection, gone: Gone) -> None:
    """Take the cells that are shown out of files that name the person, and drop those not imported."""
    named = or_(*_naming(gone, _UPLOAD.c.content), *_naming(gone, type_coerce(_UPLOAD.c.report, Text)))
    for upload in conn.execute(select(_UPLOAD).where(named)).all():
        report = {**upload.report, **NO_LINES}
        mine = update(_UPLOAD).where(_UPLOAD.c.id == upload.id)
        if upload.state in BEFORE_IMPORT:
            conn.execute(_UPLOAD.delete().where(_UPLOAD.c.id == upload.id))
        elif upload.content is None:
            conn.execute(mine.values(report=report))


def _forget_filters(conn: Connection, gone: Gone) -> None:
    """Remove the saved filters that look for the person: without it they would ask for something else."""
    for row in conn.execute(select(_FILTER)).all():
        said = (row.name, *row.query.values())
        if any(text == gone.ref or gone.pattern.search(text) for text in said):
            conn.execute(_FILTER.delete().where(_FILTER.c.id == row.id))


def _naming(gone: Gone, column: Any) -> Iterator[Any]:
    """Say as SQL that a text may name the person; what it finds is looked at again."""
    yield from (column.icontains(word, autoescape=True) for word in gone.words)
    if gone.ref is not None:
        yield column.contains(gone.ref, autoescape=True)


def _wash_json(conn: Connection, gone: Gone, table: Table, name: str) -> None:
    column, keys = table.c[name], list(table.primary_key.columns)
    found = [text for word in gone.words if (text := json.dumps(word, ensure_ascii=False)[1:-1])]
    asked = Gone(contact_id=gone.contact_id, ref=gone.ref, words=found)
    as_text = isinstance(column.type, Text)
    query = select(*keys, column).where(or_(*_naming(asked, type_coerce(column, Text))))
    for row in conn.execute(query).all():
        before = json.loads(row[-1] or "null") if as_text else row[-1]
        after = washed(gone, before, name)
        if after != before:
            same = (key == value for key, value in zip(keys, row[:-1], strict=True))
            value = json.dumps(after, ensure_ascii=False) if as_text else after
            conn.execute(update(table).where(*same).values({name: value}))


def washed(gone: Gone, value: object, field: str = "") -> object:
    """Give a value of JSON without the person."""
    if isinstance(value, Mapping):
        return {name: washed(gone, inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [washed(gone, inner, field) for inner in value]
    if not isinstance(value, str):
        return value
    if value == gone.ref and field in _NAMES_A_CONTACT:
        return gone.mark
    return gone.pattern.sub(gone.mark, value)


def _wash_text(conn: Connection, gone: Gone, table: Table, name: str) -> None:
    column, keys = table.c[name], list(table.primary_key.columns)
    words = [column.icontains(word, autoescape=True) for word in gone.words]
    if not words:
        return
    for row in conn.execute(select(*keys, column).where(or_(*words))).all():
        same = (key == value for key, value in zip(keys, row[:-1], strict=True))
        conn.execute(update(table).where(*same).values({name: gone.pattern.sub(gone.mark, row[-1])}))
