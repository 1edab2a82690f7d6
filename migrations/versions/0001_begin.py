"""Begin: all tables, postings that are never changed, and the first secret."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from flask_firstline.models.base import draw_secret
from flask_firstline.models.ledger import never_changed_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
PATH = sa.String(2000).with_variant(postgresql.VARCHAR(2000, collation="C"), "postgresql")
SECRET = sa.Table(
    "firstline_secret",
    sa.MetaData(),
    sa.Column("id", sa.String(16)),
    sa.Column("secret", sa.String(128)),
    sa.Column("created_at", MOMENT),
)
TABLES = (
    "firstline_accrual",
    "firstline_posting",
    "firstline_redemption",
    "firstline_history",
    "firstline_call",
    "firstline_applied_code",
    "firstline_terms",
    "firstline_document",
    "firstline_code",
    "firstline_balance",
    "firstline_secret",
    "firstline_product",
    "firstline_person_use",
    "firstline_outbox",
    "firstline_notice",
    "firstline_coupon",
    "firstline_contact",
    "firstline_audit",
    "firstline_attempt",
)


def upgrade() -> None:
    op.create_table(
        "firstline_attempt",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_firstline_attempt")),
    )
    op.create_table(
        "firstline_audit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_audit")),
    )
    op.create_index("ix_firstline_audit_noun", "firstline_audit", ["noun", "subject"], unique=False)
    op.create_table(
        "firstline_contact",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=True),
        sa.Column("guest_key", sa.String(length=254), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("email_folded", sa.String(length=254), nullable=True),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("country", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("has_bought", sa.Boolean(), nullable=False),
        sa.Column("first_order_ref", sa.String(length=64), nullable=True),
        sa.Column("first_order_at", MOMENT, nullable=True),
        sa.Column("sponsor_id", BIG_ID, nullable=True),
        sa.Column("sponsor_at", MOMENT, nullable=True),
        sa.Column("path", PATH, nullable=True),
        sa.Column("partner_since", MOMENT, nullable=True),
        sa.Column("partner_until", MOMENT, nullable=True),
        sa.Column("partner_suspended_at", MOMENT, nullable=True),
        sa.Column("parent_commission_until", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.CheckConstraint("sponsor_id <> id", name=op.f("ck_firstline_contact_not_own_sponsor")),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["firstline_contact.id"], name=op.f("fk_firstline_contact_sponsor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_contact")),
        sa.UniqueConstraint("guest_key", name=op.f("uq_firstline_contact_guest_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_firstline_contact_ref")),
    )
    op.create_index(
        op.f("ix_firstline_contact_email_folded"), "firstline_contact", ["email_folded"], unique=False
    )
    op.create_index(op.f("ix_firstline_contact_email_key"), "firstline_contact", ["email_key"], unique=False)
    op.create_index("ix_firstline_contact_path", "firstline_contact", ["path"], unique=False)
    op.create_index(
        "ix_firstline_contact_sponsor_id", "firstline_contact", ["sponsor_id", "id"], unique=False
    )
    op.create_table(
        "firstline_coupon",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("min_order", sa.BigInteger(), nullable=True),
        sa.Column("max_order", sa.BigInteger(), nullable=True),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("new_customers_only", sa.Boolean(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_per_code", sa.Integer(), nullable=True),
        sa.Column("max_per_customer", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=True),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.Column("vat_rate", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("stackable", sa.Boolean(), nullable=False),
        sa.Column("open_to_partners", sa.Boolean(), nullable=False),
        sa.Column("give_back", sa.String(length=16), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'amount') = (amount IS NOT NULL)", name=op.f("ck_firstline_coupon_amount_given")
        ),
        sa.CheckConstraint(
            "(kind = 'percent') = (percent IS NOT NULL)", name=op.f("ck_firstline_coupon_percent_given")
        ),
        sa.CheckConstraint(
            "kind IN ('amount', 'percent', 'shipping')", name=op.f("ck_firstline_coupon_kind")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_firstline_coupon_amount_positive")),
        sa.CheckConstraint("cap > 0", name=op.f("ck_firstline_coupon_cap_positive")),
        sa.CheckConstraint(
            "max_uses > 0 AND max_per_code > 0 AND max_per_customer > 0",
            name=op.f("ck_firstline_coupon_limits_positive"),
        ),
        sa.CheckConstraint(
            "percent > 0 AND percent <= 1000000", name=op.f("ck_firstline_coupon_percent_range")
        ),
        sa.CheckConstraint("used >= 0", name=op.f("ck_firstline_coupon_not_below_zero")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_coupon")),
        sa.UniqueConstraint("name", name=op.f("uq_firstline_coupon_name")),
    )
    op.create_table(
        "firstline_notice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_notice")),
    )
    op.create_index(op.f("ix_firstline_notice_kind"), "firstline_notice", ["kind"], unique=False)
    op.create_table(
        "firstline_outbox",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_outbox")),
    )
    op.create_index("ix_firstline_outbox_due", "firstline_outbox", ["state", "run_at"], unique=False)
    op.create_table(
        "firstline_person_use",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("person_key", sa.String(length=120), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("order_ref", sa.String(length=64), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "max_uses IS NULL OR used <= max_uses", name=op.f("ck_firstline_person_use_limit")
        ),
        sa.CheckConstraint("used >= 0", name=op.f("ck_firstline_person_use_not_below_zero")),
        sa.PrimaryKeyConstraint("scope", "person_key", name=op.f("pk_firstline_person_use")),
    )
    op.create_table(
        "firstline_product",
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("takes_part", sa.Boolean(), nullable=True),
        sa.Column("absolute_coupons", sa.Boolean(), nullable=False),
        sa.Column("shown_in_desk", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_firstline_product")),
    )
    op.create_table(
        "firstline_secret",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_secret")),
    )
    op.create_table(
        "firstline_balance",
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind = 'payable' OR shard > 0 OR amount >= 0", name=op.f("ck_firstline_balance_not_below_zero")
        ),
        sa.CheckConstraint("kind IN ('on_hold', 'payable', 'paid')", name=op.f("ck_firstline_balance_kind")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_balance_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", "kind", "currency", "shard", name=op.f("pk_firstline_balance")),
    )
    op.create_table(
        "firstline_code",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("coupon_id", BIG_ID, nullable=False),
        sa.Column("display", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("skeleton", sa.String(length=64), nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=True),
        sa.Column("holder_id", BIG_ID, nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("max_uses > 0", name=op.f("ck_firstline_code_limit_positive")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_firstline_code_not_below_zero")),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["firstline_coupon.id"], name=op.f("fk_firstline_code_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["firstline_contact.id"], name=op.f("fk_firstline_code_holder_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_code_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_code")),
        sa.UniqueConstraint("key", name=op.f("uq_firstline_code_key")),
        sa.UniqueConstraint("skeleton", name=op.f("uq_firstline_code_skeleton")),
    )
    op.create_index("ix_firstline_code_coupon_id", "firstline_code", ["coupon_id", "id"], unique=False)
    op.create_index("ix_firstline_code_owner_id", "firstline_code", ["owner_id", "id"], unique=False)
    op.create_table(
        "firstline_document",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("order_id", BIG_ID, nullable=True),
        sa.Column("cart_key", sa.String(length=80), nullable=True),
        sa.Column("contact_id", BIG_ID, nullable=True),
        sa.Column("partner_id", BIG_ID, nullable=True),
        sa.Column("credit", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sale", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("address_type_before", sa.String(length=16), nullable=True),
        sa.Column("first_order", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind IN ('order', 'invoice')", name=op.f("ck_firstline_document_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'cancelled', 'failed')", name=op.f("ck_firstline_document_state")
        ),
        sa.CheckConstraint(
            "paid >= 0 AND given_back >= 0", name=op.f("ck_firstline_document_not_below_zero")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_document_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["firstline_document.id"], name=op.f("fk_firstline_document_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_document_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_document")),
        sa.UniqueConstraint("source", "kind", "ref", name=op.f("uq_firstline_document_source_kind_ref")),
    )
    op.create_index(
        "ix_firstline_document_contact_id", "firstline_document", ["contact_id", "id"], unique=False
    )
    op.create_index("ix_firstline_document_order_id", "firstline_document", ["order_id"], unique=False)
    op.create_index(
        "ix_firstline_document_partner_id", "firstline_document", ["partner_id", "id"], unique=False
    )
    op.create_table(
        "firstline_terms",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("fixed", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("partner_id", BIG_ID, nullable=True),
        sa.Column("product_ref", sa.String(length=64), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(percent IS NULL) <> (fixed IS NULL)", name=op.f("ck_firstline_terms_percent_or_fixed")
        ),
        sa.CheckConstraint(
            "fixed IS NULL OR (fixed >= 0 AND currency IS NOT NULL)",
            name=op.f("ck_firstline_terms_fixed_has_currency"),
        ),
        sa.CheckConstraint("level > 0", name=op.f("ck_firstline_terms_level_positive")),
        sa.CheckConstraint(
            "percent >= 0 AND percent <= 1000000", name=op.f("ck_firstline_terms_percent_range")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_terms_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_terms")),
        sa.UniqueConstraint("place", name=op.f("uq_firstline_terms_place")),
    )
    op.create_index(op.f("ix_firstline_terms_partner_id"), "firstline_terms", ["partner_id"], unique=False)
    op.create_index(op.f("ix_firstline_terms_product_ref"), "firstline_terms", ["product_ref"], unique=False)
    op.create_table(
        "firstline_applied_code",
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("code_id", BIG_ID, nullable=False),
        sa.Column("customer_ref", sa.String(length=64), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_applied_code_code_id")
        ),
        sa.PrimaryKeyConstraint("holder", "code_id", name=op.f("pk_firstline_applied_code")),
    )
    op.create_table(
        "firstline_call",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("subject_ref", sa.String(length=64), nullable=True),
        sa.Column("order_ref", sa.String(length=64), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("document_id", BIG_ID, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("surplus", sa.BigInteger(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('done', 'waiting', 'parked')", name=op.f("ck_firstline_call_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_call_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_call")),
        sa.UniqueConstraint("source", "kind", "key", name=op.f("uq_firstline_call_source_kind_key")),
    )
    op.create_index("ix_firstline_call_order_ref", "firstline_call", ["order_ref", "outcome"], unique=False)
    op.create_index("ix_firstline_call_outcome", "firstline_call", ["outcome", "at"], unique=False)
    op.create_index("ix_firstline_call_subject_ref", "firstline_call", ["kind", "subject_ref"], unique=False)
    op.create_table(
        "firstline_history",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=32), nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=True),
        sa.Column("code_id", BIG_ID, nullable=True),
        sa.Column("order_ref", sa.String(length=64), nullable=True),
        sa.Column("before", sa.String(length=64), nullable=True),
        sa.Column("after", sa.String(length=64), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_history_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_history_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_history_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_history")),
    )
    op.create_index(
        "ix_firstline_history_contact_id", "firstline_history", ["contact_id", "id"], unique=False
    )
    op.create_index(op.f("ix_firstline_history_order_ref"), "firstline_history", ["order_ref"], unique=False)
    op.create_table(
        "firstline_redemption",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code_id", BIG_ID, nullable=False),
        sa.Column("coupon_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("order_ref", sa.String(length=64), nullable=True),
        sa.Column("cart_key", sa.String(length=80), nullable=True),
        sa.Column("contact_id", BIG_ID, nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("person_keys", sa.Text(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Text(), nullable=True),
        sa.Column("note", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('reserved', 'redeemed', 'released', 'flagged')",
            name=op.f("ck_firstline_redemption_state"),
        ),
        sa.CheckConstraint("discount >= 0", name=op.f("ck_firstline_redemption_discount_not_below_zero")),
        sa.ForeignKeyConstraint(
            ["code_id"], ["firstline_code.id"], name=op.f("fk_firstline_redemption_code_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_redemption_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["firstline_coupon.id"], name=op.f("fk_firstline_redemption_coupon_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_redemption")),
    )
    op.create_index(
        "ix_firstline_redemption_code_id", "firstline_redemption", ["code_id", "id"], unique=False
    )
    op.create_index(
        "ix_firstline_redemption_contact_id", "firstline_redemption", ["contact_id"], unique=False
    )
    op.create_index(
        op.f("ix_firstline_redemption_coupon_id"), "firstline_redemption", ["coupon_id"], unique=False
    )
    op.create_index(
        "ix_firstline_redemption_expires_at", "firstline_redemption", ["state", "expires_at"], unique=False
    )
    op.create_index(
        "uq_firstline_redemption_cart",
        "firstline_redemption",
        ["cart_key", "code_id"],
        unique=True,
        postgresql_where=sa.text("state = 'reserved'"),
        sqlite_where=sa.text("state = 'reserved'"),
    )
    op.create_index(
        "uq_firstline_redemption_order",
        "firstline_redemption",
        ["source", "order_ref", "code_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'released'"),
        sqlite_where=sa.text("state <> 'released'"),
    )
    op.create_table(
        "firstline_posting",
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("destination", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("document_id", BIG_ID, nullable=True),
        sa.Column("line_key", sa.String(length=64), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("reverses_call_id", BIG_ID, nullable=True),
        sa.Column("reverses_seq", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_call_id IS NOT NULL)",
            name=op.f("ck_firstline_posting_names_original"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_firstline_posting_amount_positive")),
        sa.CheckConstraint("origin <> destination", name=op.f("ck_firstline_posting_moves")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["firstline_call.id"], name=op.f("fk_firstline_posting_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_posting_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_posting_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_call_id", "reverses_seq"],
            ["firstline_posting.call_id", "firstline_posting.seq"],
            name="fk_firstline_posting_reverses",
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_firstline_posting")),
    )
    op.create_index("ix_firstline_posting_document_id", "firstline_posting", ["document_id"], unique=False)
    op.create_index(
        "ix_firstline_posting_partner_id", "firstline_posting", ["partner_id", "call_id", "seq"], unique=False
    )
    op.create_index(
        "ix_firstline_posting_reverses",
        "firstline_posting",
        ["reverses_call_id", "reverses_seq"],
        unique=False,
    )
    op.create_table(
        "firstline_accrual",
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("line_key", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payable_at", MOMENT, nullable=True),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("sentence", sa.String(length=300), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_firstline_accrual_amount_positive")),
        sa.CheckConstraint(
            "reversed >= 0 AND reversed <= amount", name=op.f("ck_firstline_accrual_reversal_within")
        ),
        sa.ForeignKeyConstraint(
            ["call_id", "seq"],
            ["firstline_posting.call_id", "firstline_posting.seq"],
            name="fk_firstline_accrual_posting",
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["firstline_document.id"], name=op.f("fk_firstline_accrual_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_accrual_partner_id")
        ),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_firstline_accrual")),
    )
    op.create_index(
        "ix_firstline_accrual_document_id",
        "firstline_accrual",
        ["document_id", "line_key", "level"],
        unique=False,
    )
    op.create_index(
        "ix_firstline_accrual_due",
        "firstline_accrual",
        ["payable_at"],
        unique=False,
        postgresql_where=sa.text("released_at IS NULL"),
        sqlite_where=sa.text("released_at IS NULL"),
    )
    op.create_index(
        "ix_firstline_accrual_partner_id", "firstline_accrual", ["partner_id", "call_id", "seq"], unique=False
    )
    bind = op.get_bind()
    for statement in never_changed_statements(bind.dialect.name):
        op.execute(sa.text(statement))
    draw_secret(bind, SECRET)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION firstline_posting_refuse()")
