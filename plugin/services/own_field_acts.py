"""The shop's own fields and segments of a contact, changed from outside a request of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, update

from ..domain.facts import SEGMENTS, segments_of
from ..models import Contact
from . import address_book, contacts, outbox
from .context import Context
from .mistakes import Mistake, NotThere
from .own_fields import tell, with_given

_CONTACT = Contact.__table__


def change(ctx: Context, ref: str, given: Mapping[str, object]) -> bool:
    """Change fields of the contact with a ref; False where nothing differs. Raises NotThere, Mistake."""
    if SEGMENTS in given:
        raise Mistake("Segments are put, not changed: PUT contacts/<ref>/segments.")
    row = _row(ctx, ref, lock=True)
    return _write(ctx, row, with_given(row, given))


def put_segments(ctx: Context, ref: str, segments: Sequence[str]) -> bool:
    """Say which segments the contact with a ref is in; False where it is so. Raises NotThere."""
    row = _row(ctx, ref, lock=True)
    return _write(ctx, row, {**(row.data or {}), SEGMENTS: list(dict.fromkeys(segments))})


def _write(ctx: Context, row: Row[Any], data: Mapping[str, object]) -> bool:
    if data == (row.data or {}):
        return False
    tell(ctx, row.id, row, {"data": data})
    ctx.conn.execute(update(_CONTACT).where(_CONTACT.c.id == row.id).values(data=data))
    outbox.flush(ctx)
    return True


def _row(ctx: Context, ref: str, *, lock: bool = False) -> Row[Any]:
    try:
        contact_id = address_book.get_contact_id(ctx.conn, ref)
    except NotThere:
        raise
    except Mistake as error:
        raise NotThere(f"There is no contact with the ref {ref!r}.") from error
    return address_book.get_contact(ctx.conn, contact_id, lock=lock)


def shown(ctx: Context, ref: str) -> dict[str, object]:
    """Give the contact with a ref as rules see it. Raises NotThere."""
    row = _row(ctx, ref)
    data = row.data or {}
    return {
        "ref": row.ref or ref,
        "type": contacts.address_type(row, ctx.now).value,
        "fields_": {name: value for name, value in data.items() if name != SEGMENTS},
        "segments": list(segments_of(data)),
        "tags": list(row.tags or ()),
    }
