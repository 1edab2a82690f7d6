"""Run our migrations on the connection that is handed in; `services/schema.py` does."""

from __future__ import annotations

from alembic import context

from flask_firstline.models import Base
from flask_firstline.services.schema import VERSION_TABLE, only_ours, render_item

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    include_name=only_ours,  # type: ignore[arg-type]  # Alembic spells its words out
    render_item=render_item,  # type: ignore[arg-type]  # Alembic spells its words out
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
