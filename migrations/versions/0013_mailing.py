"""Mails to a selection of contacts, and who wants none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    table = "firstline_mailing"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subject", sa.String(length=150), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("receivers", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("receivers > 0", name=op.f(f"ck_{table}_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("once", name=op.f(f"uq_{table}_once")),
    )
    receiver = "firstline_mailing_receiver"
    op.create_table(
        receiver,
        sa.Column("mailing_id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["mailing_id"], [f"{table}.id"], name=op.f(f"fk_{receiver}_mailing_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{receiver}_contact_id")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "contact_id", name=op.f(f"pk_{receiver}")),
    )
    op.create_index(f"ix_{receiver}_contact_id", receiver, ["contact_id"])
    out = "firstline_mail_opt_out"
    op.create_table(
        out,
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("mailing_id", BIG_ID, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{out}_contact_id")),
        sa.ForeignKeyConstraint(["mailing_id"], [f"{table}.id"], name=op.f(f"fk_{out}_mailing_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f(f"pk_{out}")),
    )


def downgrade() -> None:
    for table in ("mail_opt_out", "mailing_receiver", "mailing"):
        op.drop_table(f"firstline_{table}")
