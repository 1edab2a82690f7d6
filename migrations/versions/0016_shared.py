"""Credit that several partners share: portions of codes and orders, and of what is posted for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WAITING = "firstline_waiting"
WITH_PORTION = ("firstline_posting", "firstline_accrual")
WITH_PORTIONS = {"firstline_code": ["id"], "firstline_document": ["currency", "credited_at"]}
KEY = ["document_id", "level", "line_key", "partner_id"]
SHARED = sa.text("portions IS NOT NULL")


def upgrade() -> None:
    for table, columns in WITH_PORTIONS.items():
        op.add_column(table, sa.Column("portions", sa.Text(), nullable=True))
        op.create_index(f"ix_{table}_portions", table, columns, postgresql_where=SHARED, sqlite_where=SHARED)
    for table in WITH_PORTION:
        op.add_column(table, sa.Column("portion", sa.Integer(), server_default=sa.text("0"), nullable=False))
    with op.batch_alter_table(WAITING) as batch:
        batch.add_column(sa.Column("portion", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch.drop_constraint(op.f(f"pk_{WAITING}"), type_="primary")
        batch.create_primary_key(op.f(f"pk_{WAITING}"), [*KEY, "portion"])


def downgrade() -> None:
    with op.batch_alter_table(WAITING) as batch:
        batch.drop_constraint(op.f(f"pk_{WAITING}"), type_="primary")
        batch.create_primary_key(op.f(f"pk_{WAITING}"), KEY)
        batch.drop_column("portion")
    for table in WITH_PORTION:
        op.drop_column(table, "portion")
    for table in WITH_PORTIONS:
        op.drop_index(f"ix_{table}_portions", table_name=table)
        op.drop_column(table, "portions")
