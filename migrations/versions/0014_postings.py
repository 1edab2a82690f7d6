"""Postings by hand, chargebacks, and rates between currencies."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from flask_firstline.models.ledger import never_changed_statements

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ACCRUAL = "firstline_accrual"
POSTING = "firstline_posting"
CONVERTED = "(original_amount IS NULL) = (rate IS NULL)"
OLD_CHECKS = {"amount_positive": "amount > 0", "reversal_within": "reversed >= 0 AND reversed <= amount"}
NEW_CHECKS = {
    "amount_below_by_hand": "amount > 0 OR (amount < 0 AND level IS NULL)",
    "reversed_within": "(amount > 0 AND reversed >= 0 AND reversed <= amount) "
    "OR (amount < 0 AND reversed <= 0 AND reversed >= amount)",
    "original_reversed_within": "original_amount IS NULL "
    "OR (original_reversed >= 0 AND original_reversed <= original_amount)",
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
    op.add_column("firstline_contact", sa.Column("payout_currency", sa.String(length=3), nullable=True))
    _change_accrual(OLD_CHECKS, NEW_CHECKS, more=True)
    _change_posting()
    _create_dispute()
    _create_rate()
    _create_waiting()


def _change_accrual(old: dict[str, str], new: dict[str, str], *, more: bool) -> None:
    """Let accruals be without a document, or take that back."""
    for name in INDEXES:
        op.drop_index(f"ix_{ACCRUAL}_{name}", table_name=ACCRUAL)
    with op.batch_alter_table(ACCRUAL) as batch:
        for name in old:
            batch.drop_constraint(op.f(f"ck_{ACCRUAL}_{name}"), type_="check")
        batch.alter_column("document_id", existing_type=BIG_ID, nullable=more)
        batch.alter_column("line_key", existing_type=sa.String(length=64), nullable=more)
        batch.alter_column("level", existing_type=sa.Integer(), nullable=more)
        for column in _accrual_columns():
            if more:
                batch.add_column(column)
            else:
                batch.drop_column(column.name)
        for name, condition in new.items():
            batch.create_check_constraint(op.f(f"ck_{ACCRUAL}_{name}"), condition)
    for name, columns in INDEXES.items():
        on_hold = sa.text("released_at IS NULL") if name == "due" else None
        op.create_index(
            f"ix_{ACCRUAL}_{name}", ACCRUAL, columns, postgresql_where=on_hold, sqlite_where=on_hold
        )


def _accrual_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("original_amount", sa.BigInteger(), nullable=True),
        sa.Column("original_reversed", sa.BigInteger(), nullable=True),
        sa.Column("original_currency", sa.String(length=3), nullable=True),
    ]


def _change_posting() -> None:
    """Let postings say by which rate they were converted; on SQLite the table is made anew."""
    with op.batch_alter_table(POSTING) as batch:
        for column in _posting_columns():
            batch.add_column(column)
        batch.create_check_constraint(op.f(f"ck_{POSTING}_converted_by_rate"), CONVERTED)
    _refuse_changes_again()


def _posting_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("original_amount", sa.BigInteger(), nullable=True),
        sa.Column("original_currency", sa.String(length=3), nullable=True),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("rate_day", sa.Date(), nullable=True),
        sa.Column("rate_source", sa.String(length=100), nullable=True),
    ]


def _refuse_changes_again() -> None:
    """Make the triggers again that went with the old table."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in never_changed_statements("sqlite"):
            op.execute(statement)


def _create_rate() -> None:
    op.create_table(
        "firstline_rate",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("base", sa.String(length=3), nullable=False),
        sa.Column("quote", sa.String(length=3), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=100), server_default="", nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_firstline_rate_rate_positive")),
        sa.CheckConstraint("base <> quote", name=op.f("ck_firstline_rate_two_currencies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_rate")),
    )
    op.create_index("uq_firstline_rate_base", "firstline_rate", ["base", "quote", "day"], unique=True)


def _create_waiting() -> None:
    op.create_table(
        "firstline_waiting",
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_key", sa.String(length=64), nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("wanted", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("payable_at", MOMENT, nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_firstline_waiting_amount_positive")),
        sa.CheckConstraint("currency <> wanted", name=op.f("ck_firstline_waiting_two_currencies")),
        sa.CheckConstraint("reason IN ('no_rate', 'too_small')", name=op.f("ck_firstline_waiting_reason")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_waiting_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_waiting_partner_id")
        ),
        sa.PrimaryKeyConstraint(
            "document_id", "level", "line_key", "partner_id", name=op.f("pk_firstline_waiting")
        ),
    )
    op.create_index("ix_firstline_waiting_partner_id", "firstline_waiting", ["partner_id"])
    op.create_index("ix_firstline_waiting_pair", "firstline_waiting", ["currency", "wanted", "reason"])


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
    op.drop_table("firstline_waiting")
    op.drop_table("firstline_rate")
    op.drop_table("firstline_dispute")
    by_hand = "SELECT call_id, seq FROM firstline_accrual WHERE level IS NULL"
    op.execute(f"DELETE FROM firstline_payout_accrual WHERE (call_id, seq) IN ({by_hand})")  # noqa: S608
    op.execute(f"DELETE FROM {ACCRUAL} WHERE level IS NULL")  # noqa: S608
    _change_accrual(NEW_CHECKS, OLD_CHECKS, more=False)
    with op.batch_alter_table(POSTING) as batch:
        batch.drop_constraint(op.f(f"ck_{POSTING}_converted_by_rate"), type_="check")
        for column in _posting_columns():
            batch.drop_column(column.name)
    _refuse_changes_again()
    op.drop_column("firstline_contact", "payout_currency")
    op.drop_column("firstline_document", "disputed_at")
