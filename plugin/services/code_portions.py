"""Codes that several partners share: who has which portion of what they bring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Text, select, type_coerce, union_all, update

from ..domain import portions as rules
from ..domain.portions import Portion
from ..models import Code, Contact
from . import audit
from .candidates import portions_of
from .codes import get_code
from .coupons import get_coupon
from .mistakes import BadPortions

_CODE = Code.__table__
_CONTACT = Contact.__table__
LONGEST_REASON = 200


def share_code(
    conn: Connection, code_id: int, wanted: Sequence[Portion], *, reason: str, who: str, now: datetime
) -> bool:
    """Let partners share what a code brings, the first of them as its owner; False where they do already.

    One portion ends the sharing. What was ordered before stays as it is. Raises BadPortions, NotThere.
    """
    check(conn, wanted, reason)
    get_coupon(conn, get_code(conn, code_id).coupon_id, lock=True)
    row = get_code(conn, code_id, lock=True)
    packed = [[one.partner_id, one.weight] for one in wanted]
    values = {"owner_id": wanted[0].partner_id, "portions": packed if len(wanted) > 1 else None}
    before = {"owner_id": row.owner_id, "portions": kept(row.owner_id, row.portions)}
    if before == values:
        return False
    conn.execute(update(_CODE).where(_CODE.c.id == code_id).values(**values))
    audit.record(
        conn,
        who=who,
        act="share",
        noun="code",
        subject=row.display,
        before={**before, "reason": None},
        after={**values, "reason": reason.strip()},
        now=now,
    )
    return True


def kept(owner_id: int | None, packed: list[list[int]] | None) -> list[list[int]] | None:
    """Give the portions of a code that hold, None where its owner has all of it."""
    return packed if portions_of(owner_id, packed) else None


def owner_cell(conn: Connection, row: Row[Any], owner_ref: str | None) -> str | None:
    """Give whose a code is as files of codes have it: one ref, or meier=60|schulz=40."""
    shares = portions_of(row.owner_id, row.portions)
    if not shares:
        return owner_ref
    return rules.written((ref or f"#{one.partner_id}", one.weight) for ref, one in named(conn, shares))


def named(conn: Connection, shares: Sequence[Portion]) -> list[tuple[str | None, Portion]]:
    """Give portions with the refs of their partners."""
    ids = [one.partner_id for one in shares]
    wanted = select(_CONTACT.c.id, _CONTACT.c.ref).where(_CONTACT.c.id.in_(ids))
    refs = {row.id: row.ref for row in conn.execute(wanted)}
    return [(refs.get(one.partner_id), one) for one in shares]


def check(conn: Connection, wanted: Sequence[Portion], reason: str) -> None:
    """Raise BadPortions unless a credit can be shared so; only who is or was a partner has a portion."""
    if not reason.strip():
        raise BadPortions("reason", "Say why it is shared so.")
    if len(reason.strip()) > LONGEST_REASON:
        raise BadPortions("reason_long", f"The reason has at most {LONGEST_REASON} characters.")
    try:
        rules.check(wanted)
    except ValueError as error:
        raise BadPortions("weights", f"{str(error).capitalize()}.") from error
    ids = {one.partner_id for one in wanted}
    partners = select(_CONTACT.c.id).where(
        _CONTACT.c.id.in_(ids), _CONTACT.c.partner_since.is_not(None), _CONTACT.c.erased_at.is_(None)
    )
    if set(conn.scalars(partners)) != ids:
        raise BadPortions("no_partner", "Only who is or was a partner has a portion.")


def is_of(partner_id: int) -> ColumnElement[bool]:
    """Ask for the codes that a partner owns, or has a portion of: each by its index."""
    own, shared = _CODE.alias("own"), _CODE.alias("shared")
    packed = type_coerce(shared.c.portions, Text)
    owned = select(own.c.id).where(own.c.owner_id == partner_id)
    has_portion = select(shared.c.id).where(
        shared.c.portions.is_not(None),
        packed.startswith("[[" + shared.c.owner_id.cast(Text) + ","),
        packed.contains(f"[{int(partner_id)},"),
    )
    return Code.id.in_(union_all(owned, has_portion))
