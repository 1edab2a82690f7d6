"""The shop's own fields and segments of a contact, changed from outside a request of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, update

from ..domain.facts import SEGMENTS
from ..models import Contact
from . import address_book, contact_lists, outbox
from .context import Context
from .mistakes import Mistake
from .own_fields import tell, with_given

_CONTACT = Contact.__table__


def change(ctx: Context, ref: str, given: Mapping[str, object]) -> bool:
    """Change fields of the contact with a ref; False where nothing differs. Raises NotThere, Mistake."""
    if SEGMENTS in given:
        raise Mistake("Segments are put, not changed: PUT contacts/<ref>/segments.")
    row = _row(ctx, ref)
    return _write(ctx, row, with_given(row, given))


def put_segments(ctx: Context, ref: str, segments: Sequence[str]) -> bool:
    """Say which segments the contact with a ref is in; False where it is so. Raises NotThere."""
    row = _row(ctx, ref)
    return _write(ctx, row, {**(row.data or {}), SEGMENTS: list(dict.fromkeys(segments))})


def _write(ctx: Context, row: Row[Any], data: Mapping[str, object]) -> bool:
    if data == (row.data or {}):
        return False
    tell(ctx, row.id, row, {"data": data})
    ctx.conn.execute(update(_CONTACT).where(_CONTACT.c.id == row.id).values(data=data))
    outbox.flush(ctx)
    return True


def _row(ctx: Context, ref: str) -> Row[Any]:
    return address_book.get_contact(ctx.conn, contact_lists.get_id(ctx, ref), lock=True)
