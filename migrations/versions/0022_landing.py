"""Where the links of a campaign lead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    landing = sa.Column("landing", sa.String(length=500), server_default="", nullable=False)
    op.add_column("firstline_campaign", landing)


def downgrade() -> None:
    op.drop_column("firstline_campaign", "landing")
