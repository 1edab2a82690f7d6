"""What is done about a code that has leaked: its link only, a fresh code, or nothing since all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from ..domain.codes import LONGEST, generate
from ..models import Code
from . import audit
from .codes import create_code, get_code, set_code_active
from .counting import LIVE
from .mistakes import NotReplaceable
from .radar import ALL_IS_WELL
from .use_days import REDEMPTION

_CODE = Code.__table__
_FRESH_SIGNS = 4
"""Random signs behind the old spelling: easy to say, and nobody finds it by trying a few."""


class OldCode(StrEnum):
    """What becomes of the code that leaked."""

    LINK_ONLY = "link_only"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """The code that was made in the place of another one."""

    id: int
    code: str
    old: str


def set_link_only(conn: Connection, code_id: int, link_only: bool, *, who: str, now: datetime) -> bool:
    """Let a code count with its link only, or when typed too; False where it was so already."""
    row = get_code(conn, code_id, lock=True)
    if row.link_only == link_only:
        return False
    conn.execute(update(_CODE).where(_CODE.c.id == code_id).values(link_only=link_only))
    act = "link only" if link_only else "typed too"
    audit.record(conn, who=who, act=act, noun="code", subject=row.display, now=now)
    return True


def call_well(conn: Connection, code_id: int, *, who: str, now: datetime) -> None:
    """Note that a person has looked at a code and found it well: only what follows is suspicious."""
    row = get_code(conn, code_id)
    after = {"uses": _uses(conn, code_id)}
    audit.record(conn, who=who, act=ALL_IS_WELL, noun="code", subject=row.display, after=after, now=now)


def replace_code(
    conn: Connection,
    code_id: int,
    text: str = "",
    *,
    old: OldCode = OldCode.LINK_ONLY,
    who: str,
    now: datetime,
) -> Fresh:
    """Make a fresh code for the same owner, with what is left of the old one's limit and its dates.

    The old one counts with its link only from now on, or is switched off: always so where it has a limit of
    its own, since both together must not pass it. Without `text` the spelling is that of the old one with a
    few random signs. Raises BadCode, CodeTaken, LooksAlike or NotReplaceable.
    """
    row = get_code(conn, code_id, lock=True)
    _check_replaceable(conn, row)
    display = text.strip() or _fresh_spelling(row.display)
    fresh_id = create_code(
        conn,
        display,
        coupon_id=row.coupon_id,
        owner_id=row.owner_id,
        holder_id=row.holder_id,
        max_uses=_left(conn, row),
        who=who,
        now=now,
    )
    names = ("valid_from", "valid_until", "portions")
    copied = {"replaces_id": row.id, **{name: getattr(row, name) for name in names}}
    conn.execute(update(_CODE).where(_CODE.c.id == fresh_id).values(**copied))
    if old is OldCode.LINK_ONLY and row.max_uses is None:
        set_link_only(conn, code_id, True, who=who, now=now)
    else:
        set_code_active(conn, code_id, False, who=who, now=now)
    fresh = get_code(conn, fresh_id).display
    audit.record(
        conn,
        who=who,
        act="replace",
        noun="code",
        subject=row.display,
        after={"display": fresh},
        now=now,
    )
    return Fresh(id=fresh_id, code=fresh, old=row.display)


def _check_replaceable(conn: Connection, row: Row[Any]) -> None:
    if row.credit is not None:
        raise NotReplaceable(
            "Store credit is not replaced; switch the code off and issue a new one.", "credit"
        )
    if replaced_by(conn, row.id) is not None:
        raise NotReplaceable("There is a fresh code for it already.", "replaced")
    if _left(conn, row) == 0:
        raise NotReplaceable("It is used up; nothing is left that a fresh code could give.", "used_up")


def _left(conn: Connection, row: Row[Any]) -> int | None:
    return None if row.max_uses is None else max(0, int(row.max_uses) - _uses(conn, row.id))


def _uses(conn: Connection, code_id: int) -> int:
    query = select(func.count()).select_from(REDEMPTION).where(REDEMPTION.c.code_id == code_id, LIVE)
    return conn.execute(query).scalar_one()


def _fresh_spelling(display: str) -> str:
    signs = next(iter(generate(1, length=_FRESH_SIGNS)))
    return f"{display[: LONGEST - _FRESH_SIGNS - 1]}-{signs}"


def replaced_by(conn: Connection, code_id: int) -> Row[Any] | None:
    """Give the fresh code that was made in the place of this one, or None."""
    return conn.execute(select(_CODE).where(_CODE.c.replaces_id == code_id)).first()


def line_of(conn: Connection, code_id: int) -> list[int]:
    """Give a code and all that it was made in the place of, newest first."""
    found: list[int] = []
    wanted: int | None = code_id
    while wanted is not None and wanted not in found:
        found.append(wanted)
        wanted = conn.execute(select(_CODE.c.replaces_id).where(_CODE.c.id == wanted)).scalar()
    return found


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """An old code of a partner and the fresh one in its place; `still` says that its link holds."""

    old: str
    fresh: str
    still: bool


def fresh_codes(conn: Connection, owner_id: int, *, since: datetime) -> list[Replaced]:
    """Give the fresh codes that a partner was given since then, the latest first."""
    old = _CODE.alias("old")
    query = (
        select(_CODE.c.display, old.c.display.label("old"), old.c.active)
        .join(old, old.c.id == _CODE.c.replaces_id)
        .where(_CODE.c.owner_id == owner_id, _CODE.c.created_at >= since)
        .order_by(_CODE.c.id.desc())
    )
    return [Replaced(old=row.old, fresh=row.display, still=row.active) for row in conn.execute(query)]
