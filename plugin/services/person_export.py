"""Everything that is kept about one person, as a file that programs can read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, or_, select

from ..domain.person import email_key
from ..models import Contact, Merged
from . import audit, contacts
from .address_book import get_contact
from .context import Context
from .mistakes import Mistake, NotThere
from .person_parts import PARTS, Part, Person

_CONTACT = Contact.__table__
_MERGED = Merged.__table__
FORMAT = "flask-firstline person 1"
README = (
    "Each part is a table of the partner program: what it says, and the rows about this person.",
    "Amounts are whole numbers of the currency's smallest unit: 1250 in EUR is 12.50.",
    "Moments are in UTC. What ends in _id is a number inside the program; others are only that.",
    "Account numbers are masked. Statements are documents of their own.",
)
Json = dict[str, object]


def find(ctx: Context, *, ref: str | None = None, email: str | None = None) -> int:
    """Give the contact whom a customer number (or #id) or an address names. Raises NotThere, Mistake."""
    there = select(_CONTACT.c.id).where(_CONTACT.c.erased_at.is_(None)).order_by(_CONTACT.c.id)
    if email is not None:
        there = there.where(_CONTACT.c.email_key == email_key(email))
    elif ref is not None and ref[:1] == "#" and ref[1:].isascii() and ref[1:].isdecimal() and len(ref) < 18:
        there = there.where(_CONTACT.c.id == int(ref[1:]))
    else:
        there = there.where(_CONTACT.c.ref == ref)
    ids = list(ctx.conn.execute(there).scalars())
    merged = select(_MERGED.c.loser_id).where(_MERGED.c.loser_id.in_(ids))
    doubles = set(ctx.conn.execute(merged).scalars())
    found = [one for one in ids if one not in doubles] or ids
    if not found:
        raise NotThere("There is no such person.")
    if len(found) > 1:
        raise Mistake(f"Several contacts have this address: {', '.join(f'#{one}' for one in found)}.")
    return int(found[0])


def export(ctx: Context, contact_id: int, *, who: str, for_staff: bool = True) -> Json:
    """Give all that is kept about a person, and log that it was fetched. Raises NotThere.

    Not `for_staff`: without what the staff keeps for itself.
    """
    if get_contact(ctx.conn, contact_id).erased_at is not None:
        raise NotThere("This person was erased.")
    person = person_of(ctx, contact_id)
    parts = [_filled(ctx, one, person) for one in PARTS if for_staff or not one.for_staff]
    audit.record(
        ctx.conn, who=who, act="export", noun="contact", subject=f"#{contact_id}", after={}, now=ctx.now
    )
    about = {"contact_id": contact_id, "refs": person.refs, "emails": person.emails}
    return {
        "format": FORMAT,
        "made_at": ctx.now.isoformat(),
        "about": about,
        "readme": README,
        "parts": parts,
    }


def person_of(ctx: Context, contact_id: int) -> Person:
    """Give a person with the contacts that were merged into it."""
    up = select(_MERGED.c.winner_id).where(_MERGED.c.loser_id == contact_id)
    head = ctx.conn.execute(up).scalar() or contact_id
    doubles = select(_MERGED.c.loser_id).where(_MERGED.c.winner_id == head)
    query = select(_CONTACT).where(or_(_CONTACT.c.id == head, _CONTACT.c.id.in_(doubles)))
    rows = ctx.conn.execute(query.order_by(_CONTACT.c.id)).all()
    return Person(
        ids=[row.id for row in rows],
        refs=[row.ref for row in rows if row.ref is not None],
        emails=[row.email for row in rows if row.email],
        keys=sorted({key for row in rows for key in contacts.plain_keys(ctx, row)}),
    )


def _filled(ctx: Context, part: Part, person: Person) -> Json:
    keys = list(part.table.primary_key.columns)
    query = select(part.table).where(part.rows(person)).order_by(*keys)
    rows = [_row(part, row) for row in ctx.conn.execute(query).mappings()]
    return {"name": part.name, "says": part.says, "rows": rows}


def _row(part: Part, row: RowMapping) -> Json:
    values: Mapping[str, Any] = dict(row)
    shown = {name: value(values) for name, value in part.shown.items()}
    kept = {name: value for name, value in values.items() if name not in part.left_out}
    return {name: _plain(value) for name, value in {**kept, **shown}.items()}


def _plain(value: object) -> object:
    """Give a value as JSON has it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
