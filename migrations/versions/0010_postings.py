"""Postings by hand, and chargebacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ACCRUAL = "firstline_accrual"
OF_DOCUMENT = ("document_id", "line_key", "level")
OLD_CHECKS = {"amount_positive": "amount > 0", "reversal_within": "reversed >= 0 AND reversed <= amount"}
NEW_CHECKS = {
    "amount_below_by_hand": "amount > 0 OR (amount < 0 AND level IS NULL)",
    "reversed_within": "(amount > 0 AND reversed >= 0 AND reversed <= amount) "
    "OR (amount < 0 AND reversed <= 0 AND reversed >= amount)",
    "held_on_hold": "NOT held OR released_at IS NULL",
    "line_and_level": "(level IS NULL) = (line_key IS NULL)",
    "level_of_document": "level IS NULL OR document_id IS NOT NULL",
}
INDEXES = {
    "partner_id": ["partner_id", "call_id", "seq"],
    "document_id": ["document_id", "line_key", "level"],
    "due": ["payable_at"],
}


def upgrade() -> None:
    op.add_column("firstline_document", sa.Column("disputed_at", MOMENT, nullable=True))
    held: sa.Column[bool] = sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False)
    _change_accrual(OLD_CHECKS, NEW_CHECKS, more=held)
    _create_dispute()


def _change_accrual(old: dict[str, str], new: dict[str, str], *, more: sa.Column[bool] | None = None) -> None:
    """Let accruals be without a document, or take that back."""
    for name in INDEXES:
        op.drop_index(f"ix_{ACCRUAL}_{name}", table_name=ACCRUAL)
    with op.batch_alter_table(ACCRUAL) as batch:
        for name in old:
            batch.drop_constraint(op.f(f"ck_{ACCRUAL}_{name}"), type_="check")
        batch.alter_column("document_id", existing_type=BIG_ID, nullable=more is not None)
        batch.alter_column("line_key", existing_type=sa.String(length=64), nullable=more is not None)
        batch.alter_column("level", existing_type=sa.Integer(), nullable=more is not None)
        if more is not None:
            batch.add_column(more)
        else:
            batch.drop_column("held")
        for name, condition in new.items():
            batch.create_check_constraint(op.f(f"ck_{ACCRUAL}_{name}"), condition)
    for name, columns in INDEXES.items():
        on_hold = {f"{dialect}_where": sa.text("released_at IS NULL") for dialect in ("postgresql", "sqlite")}
        op.create_index(f"ix_{ACCRUAL}_{name}", ACCRUAL, columns, **(on_hold if name == "due" else {}))


def _create_dispute() -> None:
    op.create_table(
        "firstline_dispute",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opened_by", sa.String(length=100), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=200), server_default="", nullable=False),
        sa.Column("closed_by", sa.String(length=100), server_default="", nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f("ck_firstline_dispute_state")),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_firstline_dispute_closed")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_dispute_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_dispute")),
    )
    op.create_index("ix_firstline_dispute_document_id", "firstline_dispute", ["document_id", "id"])
    open_ = sa.text("state = 'open'")
    op.create_index(
        "uq_firstline_dispute_open",
        "firstline_dispute",
        ["document_id"],
        unique=True,
        postgresql_where=open_,
        sqlite_where=open_,
    )


def downgrade() -> None:
    op.drop_table("firstline_dispute")
    by_hand = "SELECT call_id, seq FROM firstline_accrual WHERE level IS NULL"
    op.execute(f"DELETE FROM firstline_payout_accrual WHERE (call_id, seq) IN ({by_hand})")  # noqa: S608
    op.execute(f"DELETE FROM {ACCRUAL} WHERE level IS NULL")  # noqa: S608
    _change_accrual(NEW_CHECKS, OLD_CHECKS)
    with op.batch_alter_table("firstline_document") as batch:
        batch.drop_column("disputed_at")
