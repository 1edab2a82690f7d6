"""Statements as pages and commands show them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ..models import Statement

_WHOLE = (joinedload(Statement.partner), joinedload(Statement.replaces))


def find(session: Session, statement_id: int) -> Statement | None:
    """Give a statement; None where there is none."""
    return session.scalar(select(Statement).where(Statement.id == statement_id).options(*_WHOLE))


def find_by_number(session: Session, number: str) -> Statement | None:
    """Give a statement by the number that stands on it."""
    return session.scalar(select(Statement).where(Statement.number == number).options(*_WHOLE))


def find_own(session: Session, partner_id: int, statement_id: int) -> Statement | None:
    """Give a partner's own statement."""
    found = find(session, statement_id)
    return found if found is not None and found.partner_id == partner_id else None


def replacement(session: Session, statement_id: int) -> Statement | None:
    """Give what was issued in place of a statement."""
    return session.scalar(select(Statement).where(Statement.replaces_id == statement_id))


def statements_of(session: Session, partner_id: int | None = None, *, most: int = 500) -> Sequence[Statement]:
    """Give a partner's statements, or all, the newest first."""
    query = select(Statement).options(*_WHOLE).order_by(Statement.id.desc()).limit(most)
    if partner_id is not None:
        query = query.where(Statement.partner_id == partner_id)
    return session.scalars(query).all()
