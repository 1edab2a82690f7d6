"""Index what few of a million codes have where they have it; a minimum that is asked for again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = "firstline_code"
WHOLE = ("owner_id", "holder_id", "batch_id")
FOREIGN_KEY = "fk_firstline_code_batch_id"
NAMES = {"fk": "fk_%(table_name)s_%(column_0_name)s"}


def upgrade() -> None:
    again: sa.Column[bool] = sa.Column(
        "minimum_again", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column("firstline_coupon", again)
    for name in WHOLE:
        op.drop_index(f"ix_{TABLE}_{name}", table_name=TABLE)
    with op.batch_alter_table(TABLE, naming_convention=NAMES) as batch:
        batch.drop_constraint(FOREIGN_KEY, type_="foreignkey")
    for name in (*WHOLE, "replaces_id"):
        given = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_{TABLE}_{name}", TABLE, [name, "id"], postgresql_where=given, sqlite_where=given)


def downgrade() -> None:
    for name in (*WHOLE, "replaces_id"):
        op.drop_index(f"ix_{TABLE}_{name}", table_name=TABLE)
    with op.batch_alter_table(TABLE, naming_convention=NAMES) as batch:
        batch.create_foreign_key(FOREIGN_KEY, "firstline_code_batch", ["batch_id"], ["id"])
    for name in WHOLE:
        op.create_index(f"ix_{TABLE}_{name}", TABLE, [name, "id"])
    with op.batch_alter_table("firstline_coupon") as batch:
        batch.drop_column("minimum_again")
