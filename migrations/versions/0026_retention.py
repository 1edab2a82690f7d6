"""How long kinds of data are kept, what went in each night; where consents were given, choices about mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KINDS, RUN = "firstline_retention", "firstline_retention_run"
CHOICE = "firstline_mail_choice"
#: What is known of choices that were made before they were kept one by one.
KNOWN = """
    INSERT INTO firstline_mail_choice (contact_id, sort, wanted, place, at)
    SELECT contact_id, sort, :wanted, '', at FROM (
        SELECT contact_id, 'mailing' AS sort, at FROM firstline_mail_opt_out
        UNION ALL
        SELECT contact_id, kind, at FROM firstline_notice_off WHERE kind IN ('program', 'reminder')
    ) AS known ORDER BY at
"""


def upgrade() -> None:
    op.create_table(
        KINDS,
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind <> ''", name=op.f(f"ck_{KINDS}_kind")),
        sa.CheckConstraint("days IS NULL OR days > 0", name=op.f(f"ck_{KINDS}_days_positive")),
        sa.PrimaryKeyConstraint("kind", name=op.f(f"pk_{KINDS}")),
    )
    op.create_table(
        RUN,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column("asked_by", sa.String(length=100), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("went", sa.Text(), nullable=False),
        sa.Column("failed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RUN}")),
        sa.UniqueConstraint("night", name=op.f(f"uq_{RUN}_night")),
    )
    place = sa.Column("place", sa.String(length=200), server_default="", nullable=False)
    op.add_column("firstline_consent", place)
    _create_choices()


def _create_choices() -> None:
    op.create_table(
        CHOICE,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("sort IN ('mailing', 'program', 'reminder')", name=op.f(f"ck_{CHOICE}_sort")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{CHOICE}_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CHOICE}")),
    )
    op.create_index(f"ix_{CHOICE}_contact_id", CHOICE, ["contact_id", "sort", "id"])
    op.execute(sa.text(KNOWN).bindparams(wanted=False))


def downgrade() -> None:
    op.drop_table(CHOICE)
    op.drop_column("firstline_consent", "place")
    op.drop_table(RUN)
    op.drop_table(KINDS)
