"""Many codes at once: generate, import, export."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from ..domain.codes import LONGEST, generate
from ..models import Code, Contact, Redemption
from . import audit
from .address_book import get_contact_id
from .codes import change_code, check_limit, create_code, find_code, spelled
from .counting import LIVE
from .coupons import get_coupon
from .mistakes import Mistake

_CODE = Code.__table__
_CONTACT = Contact.__table__
_REDEMPTION = Redemption.__table__
_CHUNK = 5_000
_TRIES = 20
COLUMNS = ("code", "owner", "holder", "max", "uses", "active")

Told = Callable[[int], object]


def _quiet(number: int) -> None:
    """Tell nobody."""


def generate_codes(
    conn: Connection,
    coupon_id: int,
    count: int,
    *,
    prefix: str = "",
    length: int = 10,
    key: bytes | None = None,
    owner_id: int | None = None,
    max_uses: int | None = None,
    who: str,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
    progress: Told = _quiet,
) -> list[str]:
    """Draw and store codes, chunk by chunk, and give them; `progress` is told how many were added."""
    coupon = get_coupon(conn, coupon_id)
    if count < 1:
        raise Mistake("The number of codes is at least 1.")
    if len(prefix) + length + (key is not None) > LONGEST:
        raise Mistake(f"A code has at most {LONGEST} characters, its prefix among them.")
    whose = {"owner_id": owner_id, "max_uses": check_limit(max_uses)}
    common = {"coupon_id": coupon_id, **whose, "used": 0, "active": True, "created_at": now}
    codes: list[str] = []
    while len(codes) < count:
        size = min(_CHUNK, count - len(codes))
        stored = _store_drawn(conn, lambda wanted: _draw(wanted, prefix, length, key, random), size, common)
        codes += stored
        progress(len(stored))
    details = {"count": count, "prefix": prefix, "length": length, **whose}
    audit.record(conn, who=who, act="generate", noun="code", subject=coupon.name, after=details, now=now)
    return codes


def _draw(
    count: int, prefix: str, length: int, key: bytes | None, random: Callable[[int], bytes]
) -> list[str]:
    try:
        return generate(count, prefix=prefix, length=length, key=key, random=random)
    except ValueError as error:
        raise Mistake(f"{error}; give a greater length.") from error


def _store_drawn(
    conn: Connection, draw: Callable[[int], list[str]], size: int, common: Mapping[str, object]
) -> list[str]:
    """Store `size` new codes; those that are taken, or look like others, are drawn again."""
    rows: dict[object, dict[str, object]] = {}
    for _ in range(_TRIES):
        for text in draw(size - len(rows)):
            row = {**spelled(text), **common}
            rows.setdefault(row["skeleton"], row)
        if len(rows) < size:
            continue
        try:
            with conn.begin_nested():
                conn.execute(insert(_CODE), list(rows.values()))
        except IntegrityError:
            for taken in _taken(conn, list(rows)):
                rows.pop(taken, None)
            continue
        return [str(row["display"]) for row in rows.values()]
    raise Mistake("Nearly all codes of this form are taken; give a greater length or another prefix.")


def _taken(conn: Connection, skeletons: Sequence[object]) -> list[str]:
    """Give those that exist; equal keys have equal skeletons."""
    return list(conn.execute(select(_CODE.c.skeleton).where(_CODE.c.skeleton.in_(skeletons))).scalars())


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """A line that was not imported, and why."""

    line: int
    code: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import did: new codes, codes whose owner or limit changed, codes that were there, bad lines."""

    created: int
    changed: int
    unchanged: int
    bad: tuple[BadLine, ...]


def import_codes(
    conn: Connection,
    rows: Iterable[tuple[int, Mapping[str, str]]],
    *,
    coupon_id: int,
    all_or_none: bool = False,
    who: str,
    now: datetime,
    progress: Told = _quiet,
) -> Imported:
    """Import codes from (line number, columns code, owner, holder, max); the same file twice changes nothing.

    Bad lines are reported; with `all_or_none` a single one keeps all others out too.
    """
    coupon = get_coupon(conn, coupon_id)
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    bad: list[BadLine] = []
    with conn.begin_nested() as savepoint:
        for line, row in rows:
            progress(1)
            try:
                counts[_import(conn, row, coupon_id, who, now)] += 1
            except Mistake as mistake:
                bad.append(BadLine(line=line, code=row.get("code", ""), problem=str(mistake)))
        if bad and all_or_none:
            savepoint.rollback()
            return Imported(created=0, changed=0, unchanged=0, bad=tuple(bad))
    details = {**counts, "bad": len(bad)}
    audit.record(conn, who=who, act="import", noun="code", subject=coupon.name, after=details, now=now)
    return Imported(**counts, bad=tuple(bad))


def _import(conn: Connection, row: Mapping[str, str], coupon_id: int, who: str, now: datetime) -> str:
    text = row.get("code", "").strip()
    whose = {
        "owner_id": _contact(conn, row.get("owner", "")),
        "holder_id": _contact(conn, row.get("holder", "")),
        "max_uses": _whole(row.get("max", "")),
    }
    found = find_code(conn, text)
    if found is None:
        create_code(conn, text, coupon_id=coupon_id, **whose, who=who, now=now)
        return "created"
    if found.coupon_id != coupon_id:
        raise Mistake("This code belongs to another coupon.")
    return "changed" if change_code(conn, found.id, **whose, who=who, now=now) else "unchanged"


def _contact(conn: Connection, ref: str) -> int | None:
    return get_contact_id(conn, ref) if ref.strip() else None


def _whole(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise Mistake(f"max is {text!r}; give a whole number, or nothing for no limit.")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """A code as exported."""

    code: str
    owner: str | None
    holder: str | None
    max: int | None
    uses: int
    active: bool


def export_codes(conn: Connection, coupon_id: int) -> Iterator[CodeLine]:
    """Yield all codes of a coupon in the order in which they were made."""
    get_coupon(conn, coupon_id)
    owner, holder = _CONTACT.alias("owner"), _CONTACT.alias("holder")
    uses = (
        select(func.count())
        .select_from(_REDEMPTION)
        .where(_REDEMPTION.c.code_id == _CODE.c.id, LIVE)
        .correlate(_CODE)
        .scalar_subquery()
    )
    query = (
        select(_CODE, owner.c.ref.label("owner_ref"), holder.c.ref.label("holder_ref"), uses.label("uses"))
        .outerjoin_from(_CODE, owner, owner.c.id == _CODE.c.owner_id)
        .outerjoin(holder, holder.c.id == _CODE.c.holder_id)
        .where(_CODE.c.coupon_id == coupon_id)
        .order_by(_CODE.c.id)
    )
    for row in conn.execute(query.execution_options(yield_per=_CHUNK)):
        yield _code_line(row)


def _code_line(row: Row[Any]) -> CodeLine:
    return CodeLine(
        code=row.display,
        owner=row.owner_ref,
        holder=row.holder_ref,
        max=row.max_uses,
        uses=row.uses,
        active=row.active,
    )
