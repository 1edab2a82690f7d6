"""Seals: once a day is over, its postings and the seal before it get one digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import Row, func, select

from ..models import Posting, Seal
from ..models.base import insert_once
from .checking import Checked, Comparison
from .context import Context

_POSTING = Posting.__table__
_SEAL = Seal.__table__
_REST = timedelta(hours=6)
"""How long after its end a day is sealed: by then every transaction that was begun in it has ended."""
_FIRST = (
    "call_id",
    "seq",
    "kind",
    "partner_id",
    "origin",
    "destination",
    "amount",
    "currency",
    "document_id",
    "line_key",
    "level",
    "reverses_call_id",
    "reverses_seq",
    "at",
)
_CONVERTED = ("original_amount", "original_currency", "rate", "rate_day", "rate_source")
_FORM = 3
_SECOND = (*_FIRST, *_CONVERTED)
_FORMS: Mapping[int, tuple[str, ...]] = {1: _FIRST, 2: _SECOND, 3: (*_SECOND, "portion")}
"""What is sealed of a posting; days that were sealed in an earlier form are checked in that."""
_AT_ONCE = 1_000


def seal_next(ctx: Context) -> bool:
    """Seal the next day that is over and has postings; False where there is none."""
    last = ctx.conn.execute(select(_SEAL).order_by(_SEAL.c.day.desc()).limit(1)).one_or_none()
    ends = _midnight((ctx.now - _REST).astimezone(UTC).date())
    begins = _midnight(last.day + timedelta(days=1)) if last is not None else None
    if begins is not None and begins >= ends:
        return False
    first = ctx.conn.execute(
        select(func.min(_POSTING.c.at)).where(
            _POSTING.c.at < ends, *(() if begins is None else (_POSTING.c.at >= begins,))
        )
    ).scalar()
    if first is None:
        return False
    day, before = first.astimezone(UTC).date(), "" if last is None else last.digest
    digest, postings = _digest(ctx, day, before, _FORM)
    row = {"day": day, "postings": postings, "before": before, "digest": digest, "form": _FORM, "at": ctx.now}
    sealed = insert_once(_SEAL, ctx.conn.dialect.name).returning(_SEAL.c.day)
    return ctx.conn.execute(sealed, row).first() is not None


def late_since(ctx: Context) -> date | None:
    """Give the first day with postings that should be sealed for more than a day; None: there is none."""
    last = ctx.conn.execute(select(func.max(_SEAL.c.day))).scalar()
    late = _midnight((ctx.now - _REST).astimezone(UTC).date() - timedelta(days=1))
    begins = () if last is None else (_POSTING.c.at >= _midnight(last + timedelta(days=1)),)
    first = ctx.conn.execute(select(func.min(_POSTING.c.at)).where(_POSTING.c.at < late, *begins)).scalar()
    return None if first is None else first.astimezone(UTC).date()


def _digest(ctx: Context, day: date, before: str, form: int) -> tuple[str, int]:
    """Give the digest of a day's postings in their order behind that of the seal before, and their number."""
    begins = _midnight(day)
    query = (
        select(*(_POSTING.c[name] for name in _FORMS[form]))
        .where(_POSTING.c.at >= begins, _POSTING.c.at < begins + timedelta(days=1))
        .order_by(_POSTING.c.call_id, _POSTING.c.seq)
    )
    found, postings = sha256(f"{before}\n".encode()), 0
    with ctx.conn.execute(query.execution_options(yield_per=_AT_ONCE)) as rows:
        for row in rows:
            found.update(json.dumps([_told(value) for value in row], separators=(",", ":")).encode() + b"\n")
            postings += 1
    return found.hexdigest(), postings


def _told(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def check_seals(ctx: Context) -> Checked:
    """Compute every seal anew: postings that were changed, taken away or put in later show."""
    comparison = Comparison("sealed days = their postings")
    seals = ctx.conn.execute(select(_SEAL).order_by(_SEAL.c.day)).all()
    before = ""
    for seal in seals:
        comparison.states(f"seal of {seal.day}, the one before", computed=before, kept=seal.before)
        digest, postings = _digest(ctx, seal.day, seal.before, seal.form)
        comparison.count(f"seal of {seal.day}, postings", computed=postings, kept=seal.postings)
        comparison.states(f"seal of {seal.day}", computed=digest, kept=seal.digest)
        before = seal.digest
    if seals:
        comparison.count(
            "postings up to the last seal",
            computed=_count_before(ctx, seals[-1]),
            kept=sum(seal.postings for seal in seals),
        )
    return comparison.done()


def _count_before(ctx: Context, last: Row[tuple[object, ...]]) -> int:
    ends = _midnight(last.day + timedelta(days=1))
    query = select(func.count()).select_from(_POSTING).where(_POSTING.c.at < ends)
    return int(ctx.conn.execute(query).scalar_one())
