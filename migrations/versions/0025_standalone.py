"""Log-ins of the standalone app's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
USER = "firstline_standalone_user"
ROLES = "role IN ('viewer', 'support', 'marketing', 'finance', 'owner')"


def upgrade() -> None:
    op.create_table(
        USER,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.CheckConstraint(ROLES, name=op.f(f"ck_{USER}_role")),
        sa.CheckConstraint("generation > 0 AND serial > 0", name=op.f(f"ck_{USER}_counting")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{USER}")),
        sa.UniqueConstraint("email_key", name=op.f(f"uq_{USER}_email_key")),
    )


def downgrade() -> None:
    op.drop_table(USER)
