"""Filters that several lists share: by a name, by a person, by days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_

from ..domain.person import email_key
from ..i18n import lazy_gettext as _l
from ..i18n import midnight
from .nouns import Filter, FilterKind

Where = Callable[[str, datetime], ColumnElement[bool]]
# A mapped attribute, and an alias of a table: their types are spelled differently by SQLAlchemy 2.0 and 2.1.
Attribute = Any
Alias = Any


def named(column: Attribute) -> Where:
    """Ask for rows with a text in one of their names."""

    def where(text: str, now: datetime) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column.icontains(text, autoescape=True)
        return found

    return where


def person(contact: Alias) -> Where:
    """Ask for rows of a person: a part of the name, the e-mail or the customer number."""

    def where(text: str, now: datetime) -> ColumnElement[bool]:
        found = [contact.name.icontains(text, autoescape=True), contact.ref == text]
        if "@" in text:
            found.append(contact.email_key == email_key(text))
        return or_(*found)

    return where


def made_between(column: Attribute) -> tuple[Filter, Filter]:
    """Give the two filters by the days between which something happened."""

    def since(day: str, now: datetime) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column >= midnight(date.fromisoformat(day))
        return found

    def until(day: str, now: datetime) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column < midnight(_after(date.fromisoformat(day)))
        return found

    return (
        Filter(name="since", label=_l("From day"), kind=FilterKind.DAY, where=since, rare=True),
        Filter(name="until", label=_l("Until day"), kind=FilterKind.DAY, where=until, rare=True),
    )


def _after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
