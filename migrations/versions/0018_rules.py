"""Events, programs, rules in versions, their runs and counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("event", "program", "rule", "rule_version", "rule_run", "rule_count")


def upgrade() -> None:
    _create_event()
    _create_program()
    _create_rule()
    _create_version()
    _create_run()
    _create_count()


def _create_event() -> None:
    op.create_table(
        "firstline_event",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("stored_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_event_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_event_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_event")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_firstline_event_kind_key")),
    )
    op.create_index("ix_firstline_event_contact_id", "firstline_event", ["contact_id", "kind", "at"])
    op.create_index("ix_firstline_event_partner_id", "firstline_event", ["partner_id"])
    op.create_index("ix_firstline_event_kind", "firstline_event", ["kind", "name", "id"])


def _create_program() -> None:
    op.create_table(
        "firstline_program",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_program")),
        sa.UniqueConstraint("name", name=op.f("uq_firstline_program_name")),
    )


def _create_rule() -> None:
    op.create_table(
        "firstline_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("program_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("conversion", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_firstline_rule_version_positive")),
        sa.ForeignKeyConstraint(
            ["program_id"], ["firstline_program.id"], name=op.f("fk_firstline_rule_program_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_rule")),
        sa.UniqueConstraint("program_id", "name", name=op.f("uq_firstline_rule_program_id_name")),
    )


def _create_version() -> None:
    op.create_table(
        "firstline_rule_version",
        sa.Column("rule_id", BIG_ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("leave", sa.String(length=500), nullable=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["firstline_rule.id"], name=op.f("fk_firstline_rule_version_rule_id")
        ),
        sa.PrimaryKeyConstraint("rule_id", "version", name=op.f("pk_firstline_rule_version")),
    )


def _create_run() -> None:
    people = ("contact_id", "sharer_id", "friend_id")
    op.create_table(
        "firstline_rule_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("rule_id", BIG_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("sharer_id", BIG_ID, nullable=True),
        sa.Column("friend_id", BIG_ID, nullable=True),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('met', 'not_met')", name=op.f("ck_firstline_rule_run_state")),
        sa.ForeignKeyConstraint(
            ["rule_id", "version"],
            ["firstline_rule_version.rule_id", "firstline_rule_version.version"],
            name=op.f("fk_firstline_rule_run_version"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["firstline_event.id"], name=op.f("fk_firstline_rule_run_event_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                [one], ["firstline_contact.id"], name=op.f(f"fk_firstline_rule_run_{one}")
            )
            for one in people
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_rule_run")),
        sa.UniqueConstraint("rule_id", "event_id", name=op.f("uq_firstline_rule_run_rule_id_event_id")),
    )
    op.create_index("ix_firstline_rule_run_at", "firstline_rule_run", ["state", "at"])
    op.create_index("ix_firstline_rule_run_event_id", "firstline_rule_run", ["event_id"])
    for one in people:
        op.create_index(f"ix_firstline_rule_run_{one}", "firstline_rule_run", [one])


def _create_count() -> None:
    op.create_table(
        "firstline_rule_count",
        sa.Column("rule_id", BIG_ID, nullable=False),
        sa.Column("whose", sa.String(length=8), nullable=False),
        sa.Column("contact_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.CheckConstraint("met >= 0", name=op.f("ck_firstline_rule_count_not_below_zero")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["firstline_rule.id"], name=op.f("fk_firstline_rule_count_rule_id")
        ),
        sa.PrimaryKeyConstraint("rule_id", "whose", "contact_id", name=op.f("pk_firstline_rule_count")),
    )


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(f"firstline_{name}")
