"""Where the staff reads what waits for approval; suspicions about rewards for friends' orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

MAIL = "firstline_staff_mail"
SUSPICION = "firstline_suspicion"
BEFORE = {
    "about": "about IN ('order', 'double', 'pace', 'crowd')",
    "of_order": "(about = 'order') = (document_id IS NOT NULL)",
}
NOW = {
    "about": "about IN ('order', 'kickback', 'double', 'pace', 'crowd')",
    "of_order": "(about IN ('order', 'kickback')) = (document_id IS NOT NULL)",
}


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
    _check(NOW)


def _check(wanted: dict[str, str]) -> None:
    with op.batch_alter_table(SUSPICION) as batch:
        for name, said in wanted.items():
            batch.drop_constraint(op.f(f"ck_{SUSPICION}_{name}"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{SUSPICION}_{name}"), sa.text(said))


def downgrade() -> None:
    op.execute(sa.text(f"DELETE FROM {SUSPICION} WHERE about = 'kickback'"))  # noqa: S608 - a name of ours
    _check(BEFORE)
    op.drop_table(MAIL)
