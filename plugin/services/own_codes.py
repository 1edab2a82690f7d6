"""Whether a partner can have a code: its spelling, and whether it or a look-alike is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from ..domain.codes import CodeProblem, canonical, own_code_problem, skeleton
from ..models import Code


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
