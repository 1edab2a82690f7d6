"""Partners have a web site."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("firstline_contact", sa.Column("site", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("firstline_contact", "site")
