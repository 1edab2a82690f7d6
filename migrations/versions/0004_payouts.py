"""Payouts: runs, what they pay and skip, how partners want to be paid, files that were written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_firstline.models.payout import KEPT

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "firstline_payout_settings",
    "firstline_payout_block",
    "firstline_payout_details",
    "firstline_payout_run",
    "firstline_payout",
    "firstline_payout_file",
    "firstline_payout_skip",
    "firstline_payout_accrual",
)


def upgrade() -> None:
    _create_settings()
    _create_block()
    _create_details()
    _create_run()
    _create_payouts()
    _create_file()
    _create_skip()
    _create_accrual()
    for statement in KEPT.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def _create_settings() -> None:
    op.create_table(
        "firstline_payout_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("debtor_name", sa.String(length=70), nullable=False),
        sa.Column("debtor_iban", sa.String(length=34), nullable=False),
        sa.Column("debtor_bic", sa.String(length=11), nullable=False),
        sa.Column("cool_down_days", sa.Integer(), nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "cool_down_days >= 0 AND cool_down_days <= 90",
            name=op.f("ck_firstline_payout_settings_cool_down"),
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_firstline_payout_settings_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_payout_settings")),
    )


def _create_block() -> None:
    op.create_table(
        "firstline_payout_block",
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_payout_block_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_firstline_payout_block")),
    )


def _create_details() -> None:
    op.create_table(
        "firstline_payout_details",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "method IN ('sepa', 'paypal', 'cash', 'credit')", name=op.f("ck_firstline_payout_details_method")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_payout_details_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_payout_details")),
    )
    op.create_index(
        "ix_firstline_payout_details_contact_id",
        "firstline_payout_details",
        ["contact_id", "id"],
        unique=False,
    )


def _create_run() -> None:
    op.create_table(
        "firstline_payout_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("single", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_by_id", sa.String(length=100), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("edited_by_id", sa.String(length=100), nullable=True),
        sa.Column("released_by", sa.String(length=100), nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.Column("call_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "(state = 'released') = (released_at IS NOT NULL)", name=op.f("ck_firstline_payout_run_released")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'released', 'discarded')", name=op.f("ck_firstline_payout_run_state")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["firstline_call.id"], name=op.f("fk_firstline_payout_run_call_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_payout_run")),
    )
    op.create_index("ix_firstline_payout_run_state", "firstline_payout_run", ["state", "id"], unique=False)


def _create_payouts() -> None:
    op.create_table(
        "firstline_payout",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code_id", BIG_ID, nullable=True),
        sa.Column("failed_call_id", BIG_ID, nullable=True),
        sa.Column("failed_why", sa.String(length=200), server_default="", nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(failed_call_id IS NOT NULL) = (state = 'failed')", name=op.f("ck_firstline_payout_failed")
        ),
        sa.CheckConstraint(
            "method IN ('sepa', 'paypal', 'cash', 'credit')", name=op.f("ck_firstline_payout_method")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'released', 'sent', 'paid', 'failed', 'discarded')",
            name=op.f("ck_firstline_payout_state"),
        ),
        sa.CheckConstraint(
            "amount > 0 AND amount <= payable", name=op.f("ck_firstline_payout_amount_within")
        ),
        sa.ForeignKeyConstraint(["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_payout_code_id")),
        sa.ForeignKeyConstraint(
            ["failed_call_id"], ["firstline_call.id"], name=op.f("fk_firstline_payout_failed_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_payout_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["firstline_payout_run.id"], name=op.f("fk_firstline_payout_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_payout")),
    )
    op.create_index("ix_firstline_payout_partner_id", "firstline_payout", ["partner_id", "id"], unique=False)
    op.create_index(
        "uq_firstline_payout_draft",
        "firstline_payout",
        ["partner_id", "currency"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
        sqlite_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "uq_firstline_payout_run_id", "firstline_payout", ["run_id", "partner_id", "currency"], unique=True
    )


def _create_file() -> None:
    op.create_table(
        "firstline_payout_file",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('sepa', 'paypal')", name=op.f("ck_firstline_payout_file_kind")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["firstline_payout_run.id"], name=op.f("fk_firstline_payout_file_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_payout_file")),
    )
    op.create_index(
        "ix_firstline_payout_file_run_id", "firstline_payout_file", ["run_id", "id"], unique=False
    )


def _create_skip() -> None:
    op.create_table(
        "firstline_payout_skip",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("accruals", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_payout_skip_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["firstline_payout_run.id"], name=op.f("fk_firstline_payout_skip_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_payout_skip")),
    )
    op.create_index(
        "uq_firstline_payout_skip_run_id",
        "firstline_payout_skip",
        ["run_id", "partner_id", "currency"],
        unique=True,
    )


def _create_accrual() -> None:
    op.create_table(
        "firstline_payout_accrual",
        sa.Column("payout_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id", "seq"],
            ["firstline_accrual.call_id", "firstline_accrual.seq"],
            name="fk_firstline_payout_accrual_accrual",
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["firstline_payout.id"], name=op.f("fk_firstline_payout_accrual_payout_id")
        ),
        sa.PrimaryKeyConstraint("payout_id", "call_id", "seq", name=op.f("pk_firstline_payout_accrual")),
    )
    op.create_index(
        "uq_firstline_payout_accrual_live",
        "firstline_payout_accrual",
        ["call_id", "seq"],
        unique=True,
        postgresql_where=sa.text("live"),
        sqlite_where=sa.text("live"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION firstline_payout_refuse()")
