"""Campaigns of customers for customers: promoters, shares, referrals, rewards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = ("reward_netting", "share_act", "share", "reward", "referral", "promoter", "campaign")


def upgrade() -> None:
    _create_campaign()
    _create_promoter()
    _create_referral()
    _create_reward()
    _create_share()
    _create_share_act()
    _create_reward_netting()


def _create_campaign() -> None:
    op.create_table(
        "firstline_campaign",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("coupon_id", BIG_ID, nullable=False),
        sa.Column("kickback", sa.Text(), nullable=True),
        sa.Column("share_steps", sa.Text(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("remind_after_days", sa.Integer(), nullable=True),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("hold_days >= 0", name=op.f("ck_firstline_campaign_hold_days")),
        sa.CheckConstraint("remind_after_days > 0", name=op.f("ck_firstline_campaign_remind_after_days")),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["firstline_coupon.id"], name=op.f("fk_firstline_campaign_coupon_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_campaign")),
        sa.UniqueConstraint("coupon_id", name=op.f("uq_firstline_campaign_coupon_id")),
        sa.UniqueConstraint("name", name=op.f("uq_firstline_campaign_name")),
    )


def _create_promoter() -> None:
    op.create_table(
        "firstline_promoter",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("campaign_id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("code_id", BIG_ID, nullable=False),
        sa.Column("network", sa.String(length=64), nullable=True),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["firstline_campaign.id"], name=op.f("fk_firstline_promoter_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_promoter_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_promoter_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_promoter")),
        sa.UniqueConstraint(
            "campaign_id", "contact_id", name=op.f("uq_firstline_promoter_campaign_id_contact_id")
        ),
        sa.UniqueConstraint("code_id", name=op.f("uq_firstline_promoter_code_id")),
    )
    op.create_index(
        "ix_firstline_promoter_contact_id", "firstline_promoter", ["contact_id", "id"], unique=False
    )


def _create_referral() -> None:
    op.create_table(
        "firstline_referral",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("program", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", BIG_ID, nullable=True),
        sa.Column("sharer_id", BIG_ID, nullable=False),
        sa.Column("friend_id", BIG_ID, nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("code_id", BIG_ID, nullable=True),
        sa.Column("order_ref", sa.String(length=64), nullable=True),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("why_ended", sa.String(length=200), nullable=False),
        sa.CheckConstraint("sharer_id <> friend_id", name=op.f("ck_firstline_referral_two_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["firstline_campaign.id"], name=op.f("fk_firstline_referral_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_referral_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["firstline_contact.id"], name=op.f("fk_firstline_referral_friend_id")
        ),
        sa.ForeignKeyConstraint(
            ["sharer_id"], ["firstline_contact.id"], name=op.f("fk_firstline_referral_sharer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_referral")),
    )
    op.create_index(
        op.f("ix_firstline_referral_campaign_id"), "firstline_referral", ["campaign_id"], unique=False
    )
    op.create_index(
        "ix_firstline_referral_friend_id", "firstline_referral", ["friend_id", "id"], unique=False
    )
    op.create_index(
        "ix_firstline_referral_sharer_id", "firstline_referral", ["sharer_id", "id"], unique=False
    )
    op.create_index(
        "uq_firstline_referral_open",
        "firstline_referral",
        ["program", "friend_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _create_reward() -> None:
    op.create_table(
        "firstline_reward",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("source_key", sa.String(length=140), nullable=False),
        sa.Column("campaign_id", BIG_ID, nullable=True),
        sa.Column("referral_id", BIG_ID, nullable=True),
        sa.Column("friend_id", BIG_ID, nullable=True),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("order_ref", sa.String(length=64), nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("code_id", BIG_ID, nullable=True),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("active_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(state = 'owed') = (owed > 0) AND owed >= 0", name=op.f("ck_firstline_reward_owed")
        ),
        sa.CheckConstraint(
            "state <> 'active' OR code_id IS NOT NULL", name=op.f("ck_firstline_reward_code_given")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'used', 'void', 'owed')", name=op.f("ck_firstline_reward_state")
        ),
        sa.CheckConstraint(
            "owed = 0 OR currency IS NOT NULL", name=op.f("ck_firstline_reward_owed_currency")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["firstline_campaign.id"], name=op.f("fk_firstline_reward_campaign_id")
        ),
        sa.ForeignKeyConstraint(["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_reward_code_id")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_reward_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["firstline_contact.id"], name=op.f("fk_firstline_reward_friend_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["firstline_referral.id"], name=op.f("fk_firstline_reward_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_reward")),
        sa.UniqueConstraint("code_id", name=op.f("uq_firstline_reward_code_id")),
        sa.UniqueConstraint("source_key", name=op.f("uq_firstline_reward_source_key")),
    )
    op.create_index(
        op.f("ix_firstline_reward_campaign_id"), "firstline_reward", ["campaign_id"], unique=False
    )
    op.create_index("ix_firstline_reward_contact_id", "firstline_reward", ["contact_id", "id"], unique=False)
    op.create_index("ix_firstline_reward_due", "firstline_reward", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_firstline_reward_friend_id"), "firstline_reward", ["friend_id"], unique=False)
    op.create_index("ix_firstline_reward_order_ref", "firstline_reward", ["order_ref"], unique=False)
    op.create_index(
        op.f("ix_firstline_reward_referral_id"), "firstline_reward", ["referral_id"], unique=False
    )


def _create_share() -> None:
    op.create_table(
        "firstline_share",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("promoter_id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.Column("mailed_at", MOMENT, nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_share_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["promoter_id"], ["firstline_promoter.id"], name=op.f("fk_firstline_share_promoter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_share")),
        sa.UniqueConstraint("document_id", name=op.f("uq_firstline_share_document_id")),
    )
    op.create_index("ix_firstline_share_promoter_id", "firstline_share", ["promoter_id", "id"], unique=False)


def _create_share_act() -> None:
    op.create_table(
        "firstline_share_act",
        sa.Column("promoter_id", BIG_ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("pressed", sa.Integer(), nullable=False),
        sa.Column("pressed_at", MOMENT, nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("proved_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "pressed >= 0 AND visits >= 0", name=op.f("ck_firstline_share_act_not_below_zero")
        ),
        sa.ForeignKeyConstraint(
            ["promoter_id"], ["firstline_promoter.id"], name=op.f("fk_firstline_share_act_promoter_id")
        ),
        sa.PrimaryKeyConstraint("promoter_id", "channel", name=op.f("pk_firstline_share_act")),
    )


def _create_reward_netting() -> None:
    op.create_table(
        "firstline_reward_netting",
        sa.Column("owed_id", BIG_ID, nullable=False),
        sa.Column("by_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_firstline_reward_netting_amount")),
        sa.CheckConstraint("owed_id <> by_id", name=op.f("ck_firstline_reward_netting_two_rewards")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["firstline_reward.id"], name=op.f("fk_firstline_reward_netting_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["owed_id"], ["firstline_reward.id"], name=op.f("fk_firstline_reward_netting_owed_id")
        ),
        sa.PrimaryKeyConstraint("owed_id", "by_id", name=op.f("pk_firstline_reward_netting")),
    )
    op.create_index(
        op.f("ix_firstline_reward_netting_by_id"), "firstline_reward_netting", ["by_id"], unique=False
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(f"firstline_{table}")
