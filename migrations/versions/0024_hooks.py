"""Shops that are no Flask apps: their names and secrets, the bodies of their webhooks, their orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TEXT = sa.Text()
SOURCE = "firstline_source"


def text(name: str, length: int, *, null: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=null, server_default=default)


def moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=null)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns or ("id",), name=op.f(f"pk_{table}"))


def of_source(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["source_id"], [f"{SOURCE}.id"], name=op.f(f"fk_{table}_source_id"))


def check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        SOURCE,
        sa.Column("id", BIG_ID, nullable=False),
        text("name", 20),
        text("platform", 16),
        text("url", 500),
        text("currency", 3),
        text("zone", 64),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("old_secret", TEXT, nullable=True),
        moment("old_until", null=True),
        sa.Column("access", TEXT, nullable=True),
        sa.Column("public_keys", TEXT, nullable=True),
        moment("public_keys_at", null=True),
        text("made_by", 100),
        moment("created_at"),
        check(SOURCE, "name", "name <> '' AND name NOT IN ('shop', 'admin')"),
        check(SOURCE, "platform", "platform IN ('woocommerce', 'shopify', 'saleor')"),
        check(SOURCE, "old_secret", "(old_secret IS NULL) = (old_until IS NULL)"),
        key(SOURCE),
        sa.UniqueConstraint("name", name=op.f(f"uq_{SOURCE}_name")),
    )
    _create_bodies()
    order = "firstline_source_order"
    op.create_table(
        order,
        sa.Column("source_id", BIG_ID, nullable=False),
        text("ref", 64),
        moment("modified_at", null=True),
        sa.Column("refunds", TEXT, nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        of_source(order),
        key(order, "source_id", "ref"),
    )


def _create_bodies() -> None:
    body = "firstline_source_body"
    op.create_table(
        body,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        text("once", 64),
        text("topic", 64),
        sa.Column("content", TEXT, nullable=False),
        text("came_by", 8),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        text("state", 8),
        text("reason", 500, default=""),
        sa.Column("facts", TEXT, nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        text("order_ref", 64, null=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        moment("at"),
        moment("worked_at", null=True),
        check(body, "state", "state IN ('waiting', 'done', 'ignored', 'failed')"),
        check(body, "came_by", "came_by IN ('webhook', 'file', 'pull')"),
        of_source(body),
        key(body),
        sa.UniqueConstraint("source_id", "once", name=op.f(f"uq_{body}_source_id_once")),
    )
    op.create_index(f"ix_{body}_state", body, ["state", "id"])
    flagged = sa.text("flagged")
    op.create_index(f"ix_{body}_flagged", body, ["id"], postgresql_where=flagged, sqlite_where=flagged)
    op.create_index(f"ix_{body}_order_ref", body, ["source_id", "order_ref"])


def downgrade() -> None:
    for name in ("source_order", "source_body", "source"):
        op.drop_table(f"firstline_{name}")
