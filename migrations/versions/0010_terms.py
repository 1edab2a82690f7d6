"""Commission terms with a history, campaigns, tiers and caps; what they count of sales."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "firstline_terms"
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
NAMES = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
ROWS = sa.table(
    TABLE,
    sa.column("id"),
    sa.column("place"),
    sa.column("partner_id"),
    sa.column("product_ref"),
    sa.column("category"),
    sa.column("level"),
    sa.column("currency"),
)


def upgrade() -> None:
    op.add_column("firstline_coupon", sa.Column("campaign", sa.String(length=64), nullable=True))
    with op.batch_alter_table(TABLE, naming_convention=NAMES) as batch:
        batch.drop_constraint(op.f("uq_firstline_terms_place"), type_="unique")
        batch.alter_column("place", existing_type=sa.String(length=200), type_=sa.String(length=300))
        batch.add_column(sa.Column("campaign", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("clauses", sa.Text(), nullable=True))
        batch.add_column(sa.Column("valid_from", MOMENT, nullable=True))
        batch.add_column(sa.Column("ended", sa.Boolean(), server_default=sa.false(), nullable=False))
    _spell(lambda row: [row.partner_id, row.product_ref, row.category, None, row.level])
    op.add_column("firstline_document", sa.Column("credited_at", MOMENT, nullable=True))
    op.execute(sa.text(_CREDITED))
    op.add_column(
        "firstline_document",
        sa.Column("own_sales", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_index("ix_firstline_document_credited_at", "firstline_document", ["credited_at", "id"])
    op.create_index(
        "ix_firstline_document_own_sales", "firstline_document", ["partner_id", "currency", "credited_at"]
    )
    _create_tables()


def _create_tables() -> None:
    op.create_table(
        "firstline_cap_claim",
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_firstline_cap_claim_not_below_zero")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_cap_claim_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_cap_claim_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_cap_claim_partner_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "partner_id", "place", name=op.f("pk_firstline_cap_claim")),
    )
    op.create_index("ix_firstline_cap_claim_partner_id", "firstline_cap_claim", ["partner_id", "place", "at"])
    op.create_table(
        "firstline_subscription",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.CheckConstraint("payments > 0", name=op.f("ck_firstline_subscription_payments_positive")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_firstline_subscription")),
    )
    op.create_index("ix_firstline_terms_place", TABLE, ["place", "valid_from", "id"])


def downgrade() -> None:
    """Leave one row to each place and currency, the newest; terms of campaigns and ended ones go."""
    op.drop_table("firstline_subscription")
    op.drop_table("firstline_cap_claim")
    op.drop_index("ix_firstline_document_own_sales", table_name="firstline_document")
    op.drop_index("ix_firstline_document_credited_at", table_name="firstline_document")
    with op.batch_alter_table("firstline_document") as batch:
        batch.drop_column("own_sales")
        batch.drop_column("credited_at")
    op.drop_index("ix_firstline_terms_place", table_name=TABLE)
    op.execute(sa.text("DELETE FROM firstline_terms WHERE campaign IS NOT NULL"))
    op.execute(sa.text(_OLDER))
    op.execute(sa.text("DELETE FROM firstline_terms WHERE ended"))
    _spell(lambda row: [row.partner_id, row.product_ref, row.category, row.level, row.currency])
    with op.batch_alter_table(TABLE, naming_convention=NAMES) as batch:
        batch.drop_column("ended")
        batch.drop_column("valid_from")
        batch.drop_column("clauses")
        batch.drop_column("campaign")
        batch.alter_column("place", existing_type=sa.String(length=300), type_=sa.String(length=200))
        batch.create_unique_constraint(op.f("uq_firstline_terms_place"), ["place"])
    with op.batch_alter_table("firstline_coupon") as batch:
        batch.drop_column("campaign")


_CREDITED = "UPDATE firstline_document SET credited_at = coalesce(paid_at, placed_at) WHERE plan IS NOT NULL"
_OLDER = """
DELETE FROM firstline_terms AS old WHERE EXISTS (
    SELECT 1 FROM firstline_terms AS newer
    WHERE newer.place = old.place AND newer.id > old.id
      AND (newer.currency IS NULL OR old.currency IS NULL OR newer.currency = old.currency)
)"""


def _spell(spelled) -> None:  # type: ignore[no-untyped-def]  # a function of a row
    """Write anew what each row stands for."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(ROWS)).all():
        text = json.dumps(spelled(row), ensure_ascii=False, separators=(",", ":"))
        connection.execute(sa.update(ROWS).where(ROWS.c.id == row.id).values(place=text))
