"""Downlines counted from the index of the paths alone; consents, looks at contact data, and follow-up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_firstline_contact_path", "firstline_contact"
TYPED_BY = ["partner_since", "partner_until", "first_order_ref", "has_bought", "erased_at"]
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_index(INDEX, table_name=TABLE)
    op.create_index(INDEX, TABLE, ["path"], postgresql_include=TYPED_BY)
    _create_consent()
    op.create_table(
        "firstline_consent_view",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("consent_id", BIG_ID, nullable=False),
        sa.Column("place", sa.String(8), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_consent_view")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["firstline_consent.id"], name=op.f("fk_firstline_consent_view_consent_id")
        ),
    )
    op.create_index("ix_firstline_consent_view_consent_id", "firstline_consent_view", ["consent_id", "id"])
    op.create_table(
        "firstline_follow_up",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("consent_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("remind_on", sa.Date()),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_follow_up")),
        sa.UniqueConstraint("consent_id", name=op.f("uq_firstline_follow_up_consent_id")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["firstline_consent.id"], name=op.f("fk_firstline_follow_up_consent_id")
        ),
        sa.CheckConstraint(
            "state IN ('new', 'contacted', 'interested', 'not_interested', 'done')",
            name=op.f("ck_firstline_follow_up_state"),
        ),
    )


def _create_consent() -> None:
    table = "firstline_consent"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("sponsor_id", BIG_ID, nullable=False),
        sa.Column("email", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.Boolean(), nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_sponsor_id")
        ),
        sa.CheckConstraint("email OR phone", name=op.f(f"ck_{table}_something")),
        sa.CheckConstraint("until IS NULL OR until > given_at", name=op.f(f"ck_{table}_until")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f(f"ck_{table}_ended")),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index(
        f"uq_{table}_contact_id", table, ["contact_id"], unique=True, postgresql_where=live, sqlite_where=live
    )
    op.create_index(f"ix_{table}_contact_id", table, ["contact_id", "id"])
    op.create_index(f"ix_{table}_sponsor_id", table, ["sponsor_id", "contact_id"])


def downgrade() -> None:
    for table in ("firstline_follow_up", "firstline_consent_view", "firstline_consent"):
        op.drop_table(table)
    op.drop_index(INDEX, table_name=TABLE)
    op.create_index(INDEX, TABLE, ["path"])
