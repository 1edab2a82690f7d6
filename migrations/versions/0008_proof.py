"""Seals over the postings of each day, and checks of the books that are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index("ix_firstline_posting_at", "firstline_posting", ["at"], postgresql_using="brin")
    op.create_table(
        "firstline_seal",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("postings > 0", name=op.f("ck_firstline_seal_postings_positive")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_firstline_seal")),
        sa.UniqueConstraint("before", name=op.f("uq_firstline_seal_before")),
        sa.UniqueConstraint("digest", name=op.f("uq_firstline_seal_digest")),
    )
    op.create_table(
        "firstline_book_check",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ok IS NULL)", name=op.f("ck_firstline_book_check_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_book_check")),
        sa.UniqueConstraint("night", name=op.f("uq_firstline_book_check_night")),
    )
    op.create_index("ix_firstline_book_check_ended_at", "firstline_book_check", ["ended_at"])


def downgrade() -> None:
    op.drop_table("firstline_book_check")
    op.drop_table("firstline_seal")
    op.drop_index("ix_firstline_posting_at", table_name="firstline_posting")
