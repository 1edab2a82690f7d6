"""Portions of shared codes and orders, when two contacts become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Text, select, type_coerce, update

from ..models import Code, Document

_CODE = Code.__table__
_DOCUMENT = Document.__table__


def move(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Give the one that goes on the portions of its double, where nothing was posted by them yet."""
    for table, open_ in ((_CODE, ()), (_DOCUMENT, (_DOCUMENT.c.plan.is_(None),))):
        has = type_coerce(table.c.portions, Text).contains(f"[{loser_id},")
        query = select(table.c.id, table.c.portions).where(table.c.portions.is_not(None), has, *open_)
        for row in conn.execute(query.order_by(table.c.id).with_for_update()).all():
            values = {"portions": united(row.portions, loser_id, winner_id)}
            conn.execute(update(table).where(table.c.id == row.id).values(**values))


def united(packed: Sequence[list[Any]], loser_id: int, winner_id: int) -> list[list[Any]] | None:
    """Give portions with the winner for the loser; who had two has their sum, and one alone is none."""
    found: dict[int, list[Any]] = {}
    for partner_id, weight, *more in packed:
        one = winner_id if partner_id == loser_id else partner_id
        if one in found:
            found[one][1] += weight
        else:
            found[one] = [one, weight, *more]
    return list(found.values()) if len(found) > 1 else None
