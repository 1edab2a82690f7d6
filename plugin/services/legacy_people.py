"""Who the people of a file are here: found by old number, customer number and e-mail address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, exists, or_, select

from ..domain.person import email_key
from ..models import Balance, Contact, LegacyRef, Merged
from .cells import LegacyProblem, WrongCell
from .legacy_fields import Field
from .legacy_lines import Person

_CONTACT = Contact.__table__
_REF = LegacyRef.__table__
_MERGED = Merged.__table__
_BELOW = _CONTACT.alias("below")
_LONGEST_ID = 18


def name_of(row: Row[Any]) -> str:
    """Give how a contact is called where it is named: by its customer number, else by its id."""
    return str(row.ref or f"#{row.id}")


@dataclass(frozen=True, kw_only=True)
class There:
    """Contacts that some lines may be about, by what they are known by."""

    by_id: dict[int, Row[Any]] = field(default_factory=dict)
    by_old: dict[str, Row[Any]] = field(default_factory=dict)
    by_number: dict[str, Row[Any]] = field(default_factory=dict)
    by_email: dict[str, list[Row[Any]]] = field(default_factory=dict)

    def named(self, text: str) -> Row[Any] | None:
        """Find somebody by e-mail address, old number, customer number or #id, in this order.

        Raises WrongCell where several have the address.
        """
        if "@" in text:
            return self._only(text)
        found = self.by_old.get(text) or self.by_number.get(text)
        if found is None and text.startswith("#") and text[1:].isdecimal():
            return self.by_id.get(int(text[1:]))
        return found

    def _only(self, text: str) -> Row[Any] | None:
        rows = self.by_email.get(email_key(text), ())
        partners = [row for row in rows if row.partner_since is not None] or rows
        if len(partners) > 1:
            raise WrongCell(LegacyProblem.TWO_PEOPLE)
        return partners[0] if partners else None

    def match(self, person: Person) -> Row[Any] | None:
        """Give who a line is about, None: somebody new. Raises Mismatch."""
        by_old = self.by_old.get(person.old) if person.old else None
        by_number = self.by_number.get(person.number) if person.number else None
        if by_old is not None:
            other = by_number is not None and by_number.id != by_old.id
            if other or (person.number and by_old.ref not in (None, person.number)):
                raise Mismatch(Field.OLD, WrongCell(LegacyProblem.OTHER_PERSON, name_of(by_old)))
            return _bound(by_old) if person.number and by_old.ref is None else by_old
        if by_number is not None or not person.email:
            return by_number
        rows = self.by_email.get(email_key(person.email), [])
        guest = next((row for row in rows if row.guest_key == email_key(person.email)), None)
        if person.number:
            return _bound(guest)
        return guest if guest is not None else _only_customer(rows)


class Mismatch(Exception):  # noqa: N818 - said at a cell
    """A line that cannot be about one person: the column, and why."""

    def __init__(self, column: Field, why: WrongCell) -> None:
        self.column, self.why = column, why
        super().__init__(str(why))


def _bound(guest: Row[Any] | None) -> Row[Any] | None:
    """Give the guest whom a customer number may be tied to: one with money or people needs proof."""
    if guest is None:
        return None
    if guest.partner_since is not None or guest.has_below or guest.has_money:
        raise Mismatch(Field.NUMBER, WrongCell(LegacyProblem.GUARDED, name_of(guest)))
    return guest


def _only_customer(rows: Sequence[Row[Any]]) -> Row[Any] | None:
    """Give the one customer of the shop who has proven an address."""
    if len(rows) > 1:
        raise Mismatch(Field.EMAIL, WrongCell(LegacyProblem.TWO_PEOPLE))
    if rows and not rows[0].email_verified:
        raise Mismatch(Field.EMAIL, WrongCell(LegacyProblem.UNPROVEN, name_of(rows[0])))
    return rows[0] if rows else None


def named_by(people: Iterable[Person]) -> set[str]:
    """Give all by which the people of some lines may be found, and who stands above them."""
    said = ((one.old, one.number, one.email, one.above) for one in people)
    return {text for texts in said for text in texts if text}


def there(conn: Connection, origin: str, texts: Iterable[str]) -> There:
    """Find all contacts that one of these may name."""
    wanted = sorted(set(texts))
    emails = sorted({email_key(text) for text in wanted if "@" in text})
    ids = [int(text[1:]) for text in wanted if _is_id(text)]
    olds = _olds(conn, origin, wanted)
    known = [_CONTACT.c.ref.in_(wanted), _CONTACT.c.id.in_([*ids, *olds.values()])]
    rows = _rows(conn, or_(*known, _CONTACT.c.email_key.in_(emails)))
    going_on = _going_on(conn, rows)
    found = There()
    by_email: dict[str, dict[int, Row[Any]]] = defaultdict(dict)
    for row in rows.values():
        goes_on = going_on.get(row.id, row)
        found.by_id[row.id] = goes_on
        if row.ref is not None:
            found.by_number[row.ref] = goes_on
        if row.email_key is not None:
            by_email[row.email_key][goes_on.id] = goes_on
    for text, contact_id in olds.items():
        found.by_old[text] = found.by_id[contact_id]
    for key, ones in by_email.items():
        found.by_email[key] = list(ones.values())
    return found


def _is_id(text: str) -> bool:
    return text[:1] == "#" and text[1:].isdecimal() and len(text) <= _LONGEST_ID


def _olds(conn: Connection, origin: str, texts: Sequence[str]) -> dict[str, int]:
    query = select(_REF.c.ref, _REF.c.contact_id).where(_REF.c.origin == origin, _REF.c.ref.in_(texts))
    return {row.ref: row.contact_id for row in conn.execute(query)}


def _rows(conn: Connection, which: Any) -> dict[int, Row[Any]]:  # noqa: ANN401 - SQL
    has_below = exists().where(_BELOW.c.sponsor_id == _CONTACT.c.id).label("has_below")
    has_money = exists().where(Balance.partner_id == _CONTACT.c.id).label("has_money")
    query = select(_CONTACT, has_below, has_money).where(which, _CONTACT.c.erased_at.is_(None))
    return {row.id: row for row in conn.execute(query.order_by(_CONTACT.c.id))}


def _going_on(conn: Connection, rows: dict[int, Row[Any]]) -> dict[int, Row[Any]]:
    """Give who goes on for each that was merged."""
    query = select(_MERGED.c.loser_id, _MERGED.c.winner_id).where(_MERGED.c.loser_id.in_(list(rows)))
    merged = {row.loser_id: row.winner_id for row in conn.execute(query)}
    if not merged:
        return {}
    more = _rows(conn, _CONTACT.c.id.in_(sorted(set(merged.values()))))
    return {loser: more[winner] for loser, winner in merged.items() if winner in more}


def by_ids(conn: Connection, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Give contacts by their ids."""
    return _rows(conn, _CONTACT.c.id.in_(sorted(set(ids))))
