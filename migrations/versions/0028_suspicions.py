"""Suspicions: keyed hashes that people are compared by, what was found, what belongs together, policies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DOCUMENT = "firstline_document"
TRAIT = "firstline_trait"
SUSPICION = "firstline_suspicion"
PAIR = "firstline_allowed_pair"
POLICY = "firstline_suspicion_policy"
NIGHT = "firstline_suspicion_night"
TO_LOOK = "looked_at IS NULL AND credited_at IS NOT NULL"


def text(name: str, length: int, *, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=null)


def contact(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG_ID, nullable=null)


def of_contact(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["firstline_contact.id"], name=op.f(f"fk_{table}_{column}"))


def check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    _change_document()
    op.create_table(
        TRAIT,
        contact("contact_id"),
        text("kind", 8),
        text("key_id", 32),
        text("hash", 32),
        moment("seen_at"),
        of_contact(TRAIT, "contact_id"),
        key(TRAIT, "contact_id", "kind", "key_id", "hash"),
    )
    op.create_index(f"ix_{TRAIT}_hash", TRAIT, ["kind", "hash"])
    op.create_index(f"ix_{TRAIT}_seen_at", TRAIT, ["seen_at"])
    _create_suspicion()
    op.create_table(
        PAIR,
        contact("low_id"),
        contact("high_id"),
        text("why", 200),
        text("made_by", 100),
        moment("created_at"),
        check(PAIR, "ordered", "low_id < high_id"),
        of_contact(PAIR, "low_id"),
        of_contact(PAIR, "high_id"),
        key(PAIR, "low_id", "high_id"),
    )
    op.create_index(f"ix_{PAIR}_high_id", PAIR, ["high_id"])
    op.create_table(
        POLICY,
        text("campaign", 64),
        text("signal", 8),
        text("action", 8),
        text("made_by", 100),
        moment("changed_at"),
        check(POLICY, "action", "action IN ('allow', 'flag', 'hold', 'reject')"),
        key(POLICY, "campaign", "signal"),
    )
    op.create_table(NIGHT, sa.Column("night", sa.Date(), nullable=False), moment("at"), key(NIGHT, "night"))


def _change_document() -> None:
    """Let orders say when they were looked at; those of before are not looked at again."""
    op.add_column(DOCUMENT, moment("looked_at", null=True))
    op.add_column(DOCUMENT, sa.Column("suspects", sa.Text(), nullable=True))
    op.execute(f"UPDATE {DOCUMENT} SET looked_at = credited_at WHERE credited_at IS NOT NULL")  # noqa: S608
    where = sa.text(TO_LOOK)
    op.create_index(f"ix_{DOCUMENT}_to_look", DOCUMENT, ["id"], postgresql_where=where, sqlite_where=where)


def _create_suspicion() -> None:
    op.create_table(
        SUSPICION,
        sa.Column("id", BIG_ID, nullable=False),
        text("about", 8),
        text("once", 120),
        contact("partner_id"),
        contact("other_id", null=True),
        sa.Column("document_id", BIG_ID, nullable=True),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        text("action", 8),
        text("state", 16),
        moment("opened_at"),
        text("why", 200, default=""),
        text("closed_by", 100, default=""),
        moment("closed_at", null=True),
        check(SUSPICION, "about", "about IN ('order', 'double', 'pace', 'crowd')"),
        check(SUSPICION, "action", "action IN ('flag', 'hold', 'reject')"),
        check(SUSPICION, "state", "state IN ('open', 'released', 'confirmed')"),
        check(SUSPICION, "closed", "(state = 'open') = (closed_at IS NULL)"),
        check(SUSPICION, "of_order", "(about = 'order') = (document_id IS NOT NULL)"),
        of_contact(SUSPICION, "partner_id"),
        of_contact(SUSPICION, "other_id"),
        sa.ForeignKeyConstraint(
            ["document_id"], [f"{DOCUMENT}.id"], name=op.f(f"fk_{SUSPICION}_document_id")
        ),
        key(SUSPICION, "id"),
    )
    open_ = sa.text("state = 'open'")
    op.create_index(f"uq_{SUSPICION}_once", SUSPICION, ["once"], unique=True)
    op.create_index(f"ix_{SUSPICION}_document_id", SUSPICION, ["document_id"])
    op.create_index(f"ix_{SUSPICION}_partner_id", SUSPICION, ["partner_id", "id"])
    op.create_index(f"ix_{SUSPICION}_other_id", SUSPICION, ["other_id"])
    op.create_index(f"ix_{SUSPICION}_open", SUSPICION, ["id"], postgresql_where=open_, sqlite_where=open_)


def downgrade() -> None:
    """What was held or rejected for a suspicion must be released before."""
    for name in (NIGHT, POLICY, PAIR, SUSPICION, TRAIT):
        op.drop_table(name)
    op.drop_index(f"ix_{DOCUMENT}_to_look", table_name=DOCUMENT)
    op.drop_column(DOCUMENT, "suspects")
    op.drop_column(DOCUMENT, "looked_at")
