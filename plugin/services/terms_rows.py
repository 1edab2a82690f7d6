"""Rows of commission terms: which of them are in force at a moment, and how they are read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_

from ..domain.clauses import read_clauses
from ..domain.terms import Place, Terms
from ..models import CommissionTerms

_TERMS = CommissionTerms.__table__
_NEWER = _TERMS.alias("newer")
PLACE = ("level", "partner_id", "product_ref", "category", "campaign")
VALUES = (*PLACE, "percent", "fixed", "currency")
Moment = datetime | BindParameter[Any]


def in_force(at: Moment) -> ColumnElement[bool]:
    """Ask for the rows that hold at a moment: begun, not ended, and nothing newer at their place has begun.

    A row without a currency holds for all of them, so that it replaces and is replaced by any.
    """
    replaced = (
        exists()
        .where(
            _NEWER.c.place == _TERMS.c.place,
            or_(
                _NEWER.c.currency.is_(None),
                _TERMS.c.currency.is_(None),
                _NEWER.c.currency == _TERMS.c.currency,
            ),
            _begun(_NEWER.c, at),
            _later(),
        )
        .correlate(_TERMS)
    )
    return and_(_begun(_TERMS.c, at), _TERMS.c.ended.is_(False), ~replaced)


def planned(at: Moment) -> ColumnElement[bool]:
    """Ask for the rows that will begin, unless a newer one begins at the same moment."""
    undone = (
        exists()
        .where(
            _NEWER.c.place == _TERMS.c.place,
            _NEWER.c.currency.is_not_distinct_from(_TERMS.c.currency),
            _NEWER.c.valid_from == _TERMS.c.valid_from,
            _NEWER.c.id > _TERMS.c.id,
        )
        .correlate(_TERMS)
    )
    return and_(_TERMS.c.valid_from > at, ~undone)


def _begun(columns: Any, at: Moment) -> ColumnElement[bool]:  # noqa: ANN401 - columns of a table
    return or_(columns.valid_from.is_(None), columns.valid_from <= at)


def _later() -> ColumnElement[bool]:
    """Say that the newer row counts after the other: it begins later, or was written later."""
    return or_(
        _NEWER.c.valid_from > _TERMS.c.valid_from,
        and_(_TERMS.c.valid_from.is_(None), _NEWER.c.valid_from.is_not(None)),
        and_(
            _NEWER.c.valid_from.is_not_distinct_from(_TERMS.c.valid_from),
            _NEWER.c.id > _TERMS.c.id,
        ),
    )


def read(row: Any) -> Terms:  # noqa: ANN401 - a row of Core or of the ORM
    """Read terms from a row that has the columns of the table."""
    values = {name: getattr(row, name) for name in VALUES}
    return Terms(id=row.id, **values, clauses=read_clauses(row.clauses))


def place_text(place: Place) -> str:
    """Spell what terms stand for; all rows of one place share it."""
    level, *where = place
    return json.dumps([*where, level], ensure_ascii=False, separators=(",", ":"))
