"""Hosts that may carry the counter of partners' visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "firstline_counter_host",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_counter_host")),
        sa.UniqueConstraint("origin", name=op.f("uq_firstline_counter_host_origin")),
    )


def downgrade() -> None:
    op.drop_table("firstline_counter_host")
