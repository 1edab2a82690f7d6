"""Where the staff reads what waits for approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0030"
branch_labels = None
depends_on = None

MAIL = "firstline_staff_mail"


def upgrade() -> None:
    op.create_table(
        MAIL,
        sa.Column("admin_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("decides", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("admin_id", name=op.f(f"pk_{MAIL}")),
        sa.CheckConstraint("admin_id <> ''", name=op.f(f"ck_{MAIL}_known")),
    )


def downgrade() -> None:
    op.drop_table(MAIL)
