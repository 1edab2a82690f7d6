"""Postbacks: addresses of partners that are called, by POST or GET; secrets that overlap; why one is off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ENDPOINT = "firstline_webhook_endpoint"
INDEX = f"ix_{ENDPOINT}_partner_id"
CHECKS = {
    "method": "method = 'POST' OR (method = 'GET' AND partner_id IS NOT NULL)",
    "off_why": "off_why IN ('', 'partner', 'shop', 'gone', 'failed', 'address')",
    "off": "off_why = '' OR (partner_id IS NOT NULL AND NOT active)",
    "old_secret": (
        "(old_key_id IS NULL) = (old_nonce IS NULL) AND (old_key_id IS NULL) = (old_until IS NULL)"
    ),
}


def columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("partner_id", BIG_ID, nullable=True),
        sa.Column("method", sa.String(length=4), server_default="POST", nullable=False),
        sa.Column("old_key_id", sa.String(length=64), nullable=True),
        sa.Column("old_nonce", sa.String(length=64), nullable=True),
        sa.Column("old_until", MOMENT, nullable=True),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("off_why", sa.String(length=8), server_default="", nullable=False),
    )


def upgrade() -> None:
    with op.batch_alter_table(ENDPOINT) as endpoint:
        for column in columns():
            endpoint.add_column(column)
        endpoint.create_foreign_key(
            op.f(f"fk_{ENDPOINT}_partner_id"), "firstline_contact", ["partner_id"], ["id"]
        )
        for name, said in CHECKS.items():
            endpoint.create_check_constraint(op.f(f"ck_{ENDPOINT}_{name}"), said)
    op.create_index(INDEX, ENDPOINT, ["partner_id", "id"])


def downgrade() -> None:
    """Forget the partners' own with their calls: what came before has no place for them."""
    mine = f"SELECT id FROM {ENDPOINT} WHERE partner_id IS NOT NULL"  # noqa: S608 - names of ours
    calls = f"SELECT id FROM firstline_webhook_delivery WHERE endpoint_id IN ({mine})"  # noqa: S608
    op.execute(f"DELETE FROM firstline_webhook_try WHERE delivery_id IN ({calls})")  # noqa: S608
    op.execute(f"DELETE FROM firstline_webhook_delivery WHERE endpoint_id IN ({mine})")  # noqa: S608
    op.execute(f"DELETE FROM {ENDPOINT} WHERE partner_id IS NOT NULL")  # noqa: S608
    op.drop_index(INDEX, table_name=ENDPOINT)
    with op.batch_alter_table(ENDPOINT) as endpoint:
        for name in CHECKS:
            endpoint.drop_constraint(op.f(f"ck_{ENDPOINT}_{name}"), type_="check")
        endpoint.drop_constraint(op.f(f"fk_{ENDPOINT}_partner_id"), type_="foreignkey")
        for column in reversed(columns()):
            endpoint.drop_column(column.name)
