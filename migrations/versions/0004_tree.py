"""Downlines are counted by address type from the index of the paths alone."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_firstline_contact_path", "firstline_contact"
TYPED_BY = ["partner_since", "partner_until", "first_order_ref", "has_bought", "erased_at"]


def upgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.create_index(INDEX, TABLE, ["path"], postgresql_include=TYPED_BY)


def downgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.create_index(INDEX, TABLE, ["path"])
