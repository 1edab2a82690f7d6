"""Read from rows what the one rule of eligibility asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Table, and_, or_

from ..domain.eligibility import Bar, Partnership, bar
from ..models import Contact

NAMES = ("partner_since", "partner_until", "partner_suspended_at")
"""The columns of a contact that the rule asks for."""


def columns(table: Any = Contact.__table__, prefix: str = "") -> list[Any]:  # noqa: ANN401 - a table or alias
    """Give the columns of a contact that the rule asks for, their names after a prefix."""
    found: Table = table
    return [found.c[name].label(prefix + name) for name in NAMES]


def partnership(
    row: Row[Any] | Contact,
    prefix: str = "",
    *,
    applied: bool = False,
    commission_until: datetime | None = None,
) -> Partnership:
    """Give the dates of a partner from a row; `prefix` is that of its columns."""
    since, until, suspended_at = (getattr(row, prefix + name) for name in NAMES)
    return Partnership(
        since=since,
        until=until,
        suspended_at=suspended_at,
        applied=applied,
        commission_until=commission_until,
    )


def bar_of(row: Row[Any] | Contact, at: datetime, prefix: str = "") -> Bar | None:
    """Say why the contact of a row does not take part; None: takes part."""
    return bar(partnership(row, prefix), at)


def is_partner(now: datetime | BindParameter[datetime], table: Any = Contact) -> ColumnElement[bool]:  # noqa: ANN401 - a model, table or alias
    """Say as SQL that a contact is a partner, suspended or not; true or false, never unknown: `not_` works.

    For counts and lists only: who takes part is asked row by row, of the one rule.
    """
    own = getattr(table, "c", table)
    since, until = own.partner_since, own.partner_until
    return and_(since.is_not(None), since <= now, or_(until.is_(None), until > now))
