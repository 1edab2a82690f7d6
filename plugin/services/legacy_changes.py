"""What a line of a file from another system does to the contact that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from ..domain.person import email_folded, email_key
from ..models import UploadKind
from .legacy_cells import Status
from .legacy_lines import Person, Source

_REPLACED = ("name", "phone", "site", "language")
_COLUMNS = {"language": "locale"}
COMPANY = "company"
"""The own field of a contact in which the firm stands."""


def new_contact(person: Person, source: Source) -> dict[str, object]:
    """Give the columns of a contact that is not there yet."""
    key = None if person.email is None else email_key(person.email)
    return {
        "ref": person.number,
        "email": person.email,
        "email_key": key,
        "email_folded": None if person.email is None else email_folded(person.email),
        "guest_key": None if person.number else key,
        "email_verified": False,
        "name": person.name,
        "phone": person.phone,
        "site": person.site,
        "locale": person.language,
        "data": {COMPANY: person.company} if person.company else {},
        "tags": [],
        "has_bought": person.bought,
        "path": "",
        "created_at": source.now,
        **_as_partner(person, source),
    }


def _as_partner(person: Person, source: Source) -> dict[str, datetime | None]:
    if source.kind is not UploadKind.PARTNERS:
        return {"partner_since": None, "partner_until": None, "partner_suspended_at": None}
    return {
        "partner_since": person.since or source.now,
        "partner_until": source.now if person.status is Status.ENDED else None,
        "partner_suspended_at": source.now if person.status is Status.SUSPENDED else None,
    }


def changes(person: Person, row: Row[Any], source: Source) -> dict[str, object]:
    """Give the columns of a known contact that a line changes; who is or was a partner here stays it so."""
    values: dict[str, object] = {}
    for name in _REPLACED:
        column, said = _COLUMNS.get(name, name), getattr(person, name)
        there = getattr(row, column)
        if said is not None and said != there and (there is None or source.mapping.overwrite):
            values[column] = said
    values |= {**_company(person, row, source), **_reached(person, row)}
    if person.bought and not row.has_bought and row.first_order_ref is None:
        values["has_bought"] = True
    if source.kind is UploadKind.PARTNERS and row.partner_since is None:
        values |= _as_partner(person, source)
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def _company(person: Person, row: Row[Any], source: Source) -> Mapping[str, object]:
    there = (row.data or {}).get(COMPANY)
    if person.company is None or person.company == there or (there and not source.mapping.overwrite):
        return {}
    return {"data": {**(row.data or {}), COMPANY: person.company}}


def _reached(person: Person, row: Row[Any]) -> Mapping[str, object]:
    """Give number and address where they are missing; an address that is there is never another one."""
    values: dict[str, object] = {}
    if person.number and row.ref is None:
        values |= {"ref": person.number, "guest_key": None}
    if person.email and row.email is None and (row.ref or person.number):
        key = email_key(person.email)
        values |= {"email": person.email, "email_key": key, "email_folded": email_folded(person.email)}
    return values
