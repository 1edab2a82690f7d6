"""What reports need by the day: returns of sales, moves of store credit, and indexes over time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
RETURN, MOVE = "firstline_sale_return", "firstline_credit_move"
OVER_TIME = (("firstline_redemption", "created_at"), ("firstline_document", "placed_at"))


def of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    _create_returns()
    _create_moves()
    for table, column in OVER_TIME:
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_using="brin")


def _create_returns() -> None:
    op.create_table(
        RETURN,
        sa.Column("call_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f(f"pk_{RETURN}")),
        of(RETURN, "call_id", "firstline_call"),
        of(RETURN, "document_id", "firstline_document"),
        check(RETURN, "amount_positive", "amount > 0"),
    )
    op.create_index(f"ix_{RETURN}_document_id", RETURN, ["document_id"])
    op.create_index(f"ix_{RETURN}_at", RETURN, ["at"])


def _create_moves() -> None:
    op.create_table(
        MOVE,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MOVE}")),
        of(MOVE, "code_id", "firstline_code"),
        check(MOVE, "kind", "kind IN ('used', 'back', 'withdrawn')"),
        check(MOVE, "amount", "amount <> 0"),
    )
    op.create_index(f"ix_{MOVE}_code_id", MOVE, ["code_id", "id"])
    op.create_index(f"ix_{MOVE}_at", MOVE, ["at"])
    op.execute(
        f"INSERT INTO {MOVE} (code_id, kind, amount, at) "  # noqa: S608 - constants
        "SELECT code_id, 'used', -credit, created_at FROM firstline_redemption "
        "WHERE credit > 0 AND state <> 'released' ORDER BY id"
    )


def downgrade() -> None:
    for table, column in OVER_TIME:
        op.drop_index(f"ix_{table}_{column}", table)
    op.drop_table(MOVE)
    op.drop_table(RETURN)
