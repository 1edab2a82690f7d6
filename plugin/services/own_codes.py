"""A partner's own codes: whether a spelling can be had, a suggestion near to it, making and switching one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, insert, or_, select, update

from ..domain.codes import CodeProblem, canonical, own_code_problem, skeleton
from ..models import Audit, Code
from ..models.base import dialect_insert


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What speaks against a code; `taken` and `looks_like` are about codes that exist."""

    problem: CodeProblem | None = None
    taken: bool = False
    looks_like: str = ""

    @property
    def free(self) -> bool:
        """Whether a partner can have the code."""
        return self.problem is None and not self.taken and not self.looks_like


def judge(conn: Connection, text: str) -> Verdict:
    """Judge a code that a partner would like to have."""
    problem = own_code_problem(text)
    if problem is not None:
        return Verdict(problem=problem)
    key = canonical(text)
    rows = conn.execute(
        select(Code.key, Code.display).where(or_(Code.key == key, Code.skeleton == skeleton(key)))
    ).all()
    if any(row.key == key for row in rows):
        return Verdict(taken=True)
    return Verdict(looks_like=rows[0].display) if rows else Verdict()


def suggest(conn: Connection, text: str, name: str, *, now: datetime) -> str:
    """Give a free code near to the one that was wanted, "" where none is found."""
    return next((option for option in _options(text.strip(), name, now) if judge(conn, option).free), "")


def _options(text: str, name: str, now: datetime) -> Iterator[str]:
    last = name.split()[-1].lower() if name.split() else ""
    if last and last not in text.lower():
        yield f"{last}-{text}"
    yield f"{text}-{now:%y}"
    yield from (f"{text}-{n}" for n in range(2, 10))


def make(conn: Connection, text: str, *, coupon_id: int, owner_id: int, by: str, now: datetime) -> bool:
    """Make a code of a partner; False where somebody else has just taken it or a look-alike."""
    key = canonical(text)
    row = {
        "coupon_id": coupon_id,
        "display": text,
        "key": key,
        "skeleton": skeleton(key),
        "owner_id": owner_id,
        "used": 0,
        "active": True,
        "created_at": now,
    }
    table = cast("Table", Code.__table__)
    statement = dialect_insert(table, conn.dialect.name).on_conflict_do_nothing().returning(Code.id)
    if conn.execute(statement, row).scalar() is None:
        return False
    _note(conn, "made", text, {}, {"coupon_id": coupon_id, "owner_id": owner_id}, by=by, now=now)
    return True


def switch(
    conn: Connection, owner_id: int, code_id: int, *, active: bool, by: str, now: datetime
) -> str | None:
    """Pause or go on with a partner's own code; give its spelling, None where it is not theirs."""
    display = conn.scalar(select(Code.display).where(Code.id == code_id, Code.owner_id == owner_id))
    if display is None:
        return None
    changed = update(Code).where(Code.id == code_id, Code.active != active).values(active=active)
    if conn.execute(changed).rowcount:
        _note(conn, "changed", display, {"active": not active}, {"active": active}, by=by, now=now)
    return display


def _note(
    conn: Connection, act: str, code: str, before: Mapping[str, object], after: Mapping[str, object], *,
    by: str, now: datetime,
) -> None:  # fmt: skip
    conn.execute(
        insert(Audit).values(who=by, act=act, noun="code", subject=code, before=before, after=after, at=now)
    )
