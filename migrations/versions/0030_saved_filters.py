"""What the staff saves of the lists of the admin pages: filters under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FILTER = "firstline_saved_filter"


def upgrade() -> None:
    op.create_table(
        FILTER,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{FILTER}")),
        sa.UniqueConstraint("noun", "owner", "name", name=op.f(f"uq_{FILTER}_noun_owner_name")),
        sa.CheckConstraint("name <> ''", name=op.f(f"ck_{FILTER}_named")),
    )


def downgrade() -> None:
    op.drop_table(FILTER)
