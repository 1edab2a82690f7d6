"""Until when the orders of other shops were fetched, and which codes were made there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SOURCE, PUSHED = "firstline_source", "firstline_pushed_code"


def upgrade() -> None:
    op.add_column(SOURCE, sa.Column("pulled_to", MOMENT, nullable=True))
    op.add_column(SOURCE, sa.Column("pull_asked_at", MOMENT, nullable=True))
    op.create_table(
        PUSHED,
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("code_id", BIG, nullable=False),
        sa.Column("remote_id", sa.String(length=200), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], [f"{SOURCE}.id"], name=op.f(f"fk_{PUSHED}_source_id")),
        sa.ForeignKeyConstraint(["code_id"], ["firstline_code.id"], name=op.f(f"fk_{PUSHED}_code_id")),
        sa.PrimaryKeyConstraint("source_id", "code_id", name=op.f(f"pk_{PUSHED}")),
    )
    op.create_index(f"ix_{PUSHED}_code_id", PUSHED, ["code_id"])


def downgrade() -> None:
    op.drop_table(PUSHED)
    with op.batch_alter_table(SOURCE) as source:
        source.drop_column("pull_asked_at")
        source.drop_column("pulled_to")
