"""Coupons, the whole of it: VAT treatments, windows, periods, budgets, store credit, batches, uploads, API keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Type = sa.types.TypeEngine[Any]
Added = Sequence[tuple[str, Type, str | None, str | None]]
"""Name, type, default and check of columns."""

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

COUPON: Added = (
    (
        "treatment",
        sa.String(16),
        "'price_cut'",
        "treatment IN ('price_cut', 'single_purpose', 'goodwill')"
        " OR (treatment = 'multi_purpose' AND kind = 'amount')",
    ),
    ("treatment_answers", sa.Text(), None, None),
    ("order_value", sa.String(8), "'before'", "order_value IN ('before', 'after')"),
    ("not_products", sa.Text(), "'[]'", None),
    ("not_categories", sa.Text(), "'[]'", None),
    ("period", sa.String(8), None, "period IN ('day', 'week', 'month', 'year')"),
    ("max_in_period", sa.Integer(), None, "max_in_period > 0"),
    ("max_per_customer_in_period", sa.Integer(), None, "max_per_customer_in_period > 0"),
    ("budget", sa.BigInteger(), None, "budget > 0"),
    ("order_budget", sa.BigInteger(), None, "order_budget > 0"),
    ("spent", sa.BigInteger(), "0", "spent >= 0"),
    ("ordered", sa.BigInteger(), "0", "ordered >= 0"),
    ("days", sa.Text(), "'[]'", None),
    ("opens", sa.Integer(), None, "opens >= 0 AND opens < 1440"),
    ("closes", sa.Integer(), None, "closes > 0 AND closes <= 1440"),
    ("stack_group", sa.String(40), None, None),
    ("most_codes", sa.Integer(), None, "most_codes > 0"),
    ("link_only", sa.Boolean(), "false", None),
)
CODE: Added = (
    ("valid_from", MOMENT, None, None),
    ("valid_until", MOMENT, None, None),
    ("credit", sa.BigInteger(), None, "credit > 0"),
    (
        "credit_left",
        sa.BigInteger(),
        None,
        "credit_left >= 0 AND (credit IS NULL) = (credit_left IS NULL)",
    ),
    ("link_only", sa.Boolean(), "false", None),
)
CODE_LINKS = (("batch_id", "firstline_code_batch"), ("replaces_id", "firstline_code"))
APPLIED: Added = (("came_by", sa.String(16), "'typed'", None),)
REDEMPTION: Added = (
    ("credit", sa.BigInteger(), "0", "credit >= 0"),
    ("goods", sa.BigInteger(), "0", None),
    ("came_by", sa.String(16), "'order'", None),
    ("touched", sa.Boolean(), "false", None),
    ("periods", sa.Text(), "'[]'", None),
)
ADDED: dict[str, Added] = {
    "firstline_coupon": COUPON,
    "firstline_code": CODE,
    "firstline_applied_code": APPLIED,
    "firstline_redemption": REDEMPTION,
}
CODE_INDEXES = ("holder_id", "batch_id")


def upgrade() -> None:
    op.create_table(
        "firstline_code_batch",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("coupon_id", BIG_ID, nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("check_signs", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("occasion", sa.String(length=100), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "how IN ('generated', 'imported', 'api')", name=op.f("ck_firstline_code_batch_how")
        ),
        sa.CheckConstraint("length > 0", name=op.f("ck_firstline_code_batch_length_positive")),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["firstline_coupon.id"], name=op.f("fk_firstline_code_batch_coupon_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_code_batch")),
    )
    op.create_index("ix_firstline_code_batch_coupon_id", "firstline_code_batch", ["coupon_id", "id"])
    op.create_index("ix_firstline_code_batch_digest", "firstline_code_batch", ["coupon_id", "file_digest"])
    for table, columns in ADDED.items():
        for name, type_, default, check in columns:
            _add(table, name, type_, default, check)
    for name, target in CODE_LINKS:
        op.execute(
            f"ALTER TABLE firstline_code ADD COLUMN {name} {_type(BIG_ID)} "
            f"CONSTRAINT fk_firstline_code_{name} REFERENCES {target} (id)"
        )
    for name in CODE_INDEXES:
        op.create_index(f"ix_firstline_code_{name}", "firstline_code", [name, "id"])
    _create_upload()
    _create_api()


def _create_upload() -> None:
    op.create_table(
        "firstline_upload",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("coupon_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("all_or_none", sa.Boolean(), nullable=False),
        sa.Column("all_rows", sa.Integer(), nullable=False),
        sa.Column("done_rows", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("batch_id", BIG_ID, nullable=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('looked_at', 'waiting', 'running', 'done', 'failed')",
            name=op.f("ck_firstline_upload_state"),
        ),
        sa.CheckConstraint(
            "done_rows >= 0 AND done_rows <= all_rows", name=op.f("ck_firstline_upload_progress")
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["firstline_coupon.id"], name=op.f("fk_firstline_upload_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["firstline_code_batch.id"], name=op.f("fk_firstline_upload_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_upload")),
    )
    op.create_index("ix_firstline_upload_coupon_id", "firstline_upload", ["coupon_id"])


def _create_api() -> None:
    op.create_table(
        "firstline_api_key",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_api_key")),
        sa.UniqueConstraint("name", name=op.f("uq_firstline_api_key_name")),
        sa.UniqueConstraint("digest", name=op.f("uq_firstline_api_key_digest")),
    )
    op.create_table(
        "firstline_api_answer",
        sa.Column("api_key_id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["firstline_api_key.id"], name=op.f("fk_firstline_api_answer_api_key_id")
        ),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_firstline_api_answer")),
    )


def _add(table: str, name: str, type_: Type, default: str | None, check: str | None) -> None:
    """Add a column with its check in place: SQLite adds no constraint afterwards."""
    words = [f"ALTER TABLE {table} ADD COLUMN {name} {_type(type_)}"]
    if default is not None:
        words.append(f"DEFAULT {_literal(type_, default)} NOT NULL")
    if check is not None:
        words.append(f"CONSTRAINT ck_{table}_{name} CHECK ({check})")
    op.execute(" ".join(words))


def _type(type_: Type) -> str:
    return type_.compile(dialect=op.get_bind().dialect)


def _literal(type_: Type, default: str) -> str:
    is_number = isinstance(type_, sa.Boolean) and op.get_bind().dialect.name == "sqlite"
    return "0" if is_number else default


def downgrade() -> None:
    op.drop_table("firstline_api_answer")
    op.drop_table("firstline_api_key")
    op.drop_table("firstline_upload")
    for name in CODE_INDEXES:
        op.drop_index(f"ix_firstline_code_{name}", table_name="firstline_code")
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name, _, _, check in reversed(columns):
                if check is not None:
                    batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
                batch.drop_column(name)
            if table == "firstline_code":
                for name, _ in CODE_LINKS:
                    batch.drop_column(name)
    op.drop_table("firstline_code_batch")
