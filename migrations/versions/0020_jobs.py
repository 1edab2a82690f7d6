"""When somebody worked off the outbox last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "firstline_worker_round",
        sa.Column("worker", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(80), nullable=False),
        sa.CheckConstraint(
            "worker IN ('command', 'celery', 'huey')", name=op.f("ck_firstline_worker_round_worker")
        ),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_firstline_worker_round")),
    )


def downgrade() -> None:
    op.drop_table("firstline_worker_round")
