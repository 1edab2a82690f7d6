"""Alembic environment of the shop; what Flask-Migrate was given is used here."""

from __future__ import annotations

from alembic import context
from flask import current_app


def run() -> None:
    migrate = current_app.extensions["migrate"]
    with migrate.db.engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args
        )
        with context.begin_transaction():
            context.run_migrations()


run()
