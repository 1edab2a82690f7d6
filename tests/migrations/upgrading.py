"""What a process does that brings our tables up to date while others do the same."""

from __future__ import annotations

from sqlalchemy import create_engine

from flask_firstline.services import schema


def upgrade(url: str) -> None:
    """Bring the tables of a database up to date."""
    engine = create_engine(url)
    schema.upgrade(engine)
    engine.dispose()
