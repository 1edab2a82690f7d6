"""Mappings of columns under a name: saved, and found again for a file with the same heading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..models import SavedMapping, UploadKind
from ..models.base import insert_for_id
from . import audit
from .context import Context
from .legacy_fields import plain_name
from .legacy_mapping import ColumnMapping
from .mistakes import Mistake, NotThere

_MAPPING = SavedMapping.__table__
LONGEST_NAME = 60


def heading_of(columns: Sequence[str]) -> str:
    """Give a digest of the names of a file's columns."""
    return hashlib.sha256(json.dumps([plain_name(name) for name in columns]).encode()).hexdigest()


def fitting(conn: Connection, kind: UploadKind, columns: Sequence[str]) -> Sequence[Row[Any]]:
    """Give the mappings that were saved for files with this heading, the newest first."""
    mine = (_MAPPING.c.kind == kind.value, _MAPPING.c.heading == heading_of(columns))
    return conn.execute(select(_MAPPING).where(*mine).order_by(_MAPPING.c.id.desc())).all()


def named(conn: Connection, kind: UploadKind, name: str, columns: Sequence[str]) -> ColumnMapping:
    """Give a mapping by its name for a file; NotThere, or Mistake where the file has another heading."""
    mine = (_MAPPING.c.kind == kind.value, _MAPPING.c.name == name)
    row = conn.execute(select(_MAPPING).where(*mine)).one_or_none()
    if row is None:
        raise NotThere(f"There is no mapping called {name!r}.")
    if row.heading != heading_of(columns):
        raise Mistake(f"The mapping {name!r} is for files with other columns.")
    return ColumnMapping.unpacked(row.mapping)


def save(
    ctx: Context,
    kind: UploadKind,
    name: str,
    columns: Sequence[str],
    mapping: ColumnMapping,
    *,
    origin: str,
    who: str,
) -> None:
    """Keep a mapping under a name, in place of one that has it. Raises Mistake for a name that is none."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Mistake(f"A name has 1 to {LONGEST_NAME} characters.")
    values: dict[str, object] = {"origin": origin, "heading": heading_of(columns), "mapping": mapping.packed}
    values |= {"made_by": who[:100], "created_at": ctx.now}
    row = {"kind": kind.value, "name": name, **values}
    if ctx.conn.execute(insert_for_id(_MAPPING, ctx.conn.dialect.name), row).scalar() is None:
        mine = (_MAPPING.c.kind == kind.value, _MAPPING.c.name == name)
        ctx.conn.execute(update(_MAPPING).where(*mine).values(**values))
    said = {"kind": kind.value, "origin": origin}
    audit.record(ctx.conn, who=who, act="set", noun="saved mapping", subject=name, after=said, now=ctx.now)
