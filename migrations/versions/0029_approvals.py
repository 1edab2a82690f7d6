"""What the admin pages keep: changes that wait for approval, settings from a moment on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
APPROVAL, RULE = "firstline_approval", "firstline_approval_rule"
SETTING = "firstline_setting_change"
KINDS = "kind IN ('terms', 'rates', 'bank', 'payout', 'coupon')"


def check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def text(name: str, length: int, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def upgrade() -> None:
    _create_approvals()
    _create_settings()
    op.create_table(
        RULE,
        text("kind", 16),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f(f"pk_{RULE}")),
        check(RULE, "kind", KINDS),
    )


def _create_settings() -> None:
    op.create_table(
        SETTING,
        sa.Column("id", BIG_ID, nullable=False),
        text("key", 40),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        text("reason", 200, ""),
        text("made_by", 100),
        sa.Column("made_at", MOMENT, nullable=False),
        text("cancelled_by", 100, ""),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SETTING}")),
        check(SETTING, "cancelled_before", "cancelled_at IS NULL OR cancelled_at < valid_from"),
    )
    op.create_index(f"ix_{SETTING}_key", SETTING, ["key", "valid_from"])


def _create_approvals() -> None:
    op.create_table(
        APPROVAL,
        sa.Column("id", BIG_ID, nullable=False),
        text("kind", 16),
        text("path", 500),
        sa.Column("form", sa.Text(), nullable=False),
        text("language", 16),
        sa.Column("acts", sa.Text(), nullable=False),
        text("fingerprint", 64),
        text("reason", 200, ""),
        text("state", 16),
        text("proposed_by", 100),
        text("proposed_by_id", 100),
        sa.Column("proposed_at", MOMENT, nullable=False),
        text("decided_by", 100, ""),
        text("decided_by_id", 100, ""),
        sa.Column("decided_at", MOMENT, nullable=True),
        text("outcome", 200, ""),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{APPROVAL}")),
        check(APPROVAL, "kind", KINDS),
        check(APPROVAL, "state", "state IN ('waiting', 'approved', 'rejected', 'withdrawn', 'stale')"),
        check(APPROVAL, "decided", "(state = 'waiting') = (decided_at IS NULL)"),
        check(APPROVAL, "four_eyes", "state <> 'approved' OR decided_by_id <> proposed_by_id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        f"uq_{APPROVAL}_waiting", APPROVAL, ["fingerprint"], unique=True, postgresql_where=waiting,
        sqlite_where=waiting,
    )  # fmt: skip
    op.create_index(f"ix_{APPROVAL}_state", APPROVAL, ["state", "id"])


def downgrade() -> None:
    op.drop_table(SETTING)
    op.drop_table(RULE)
    op.drop_table(APPROVAL)
