"""Statements: tax data of partners, the shop as statements name it, documents with their numbers; notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flask_firstline.models.statement import FROZEN

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "firstline_statement_range",
    "firstline_statement_settings",
    "firstline_notice_off",
    "firstline_tax_record",
    "firstline_statement",
    "firstline_statement_posting",
)


def upgrade() -> None:
    _create_statement_range()
    _create_statement_settings()
    _create_notice_off()
    _create_tax_record()
    _create_statement()
    _create_statement_posting()
    op.add_column(
        "firstline_payout_settings",
        sa.Column("tax_gate", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("firstline_payout_details", sa.Column("email", sa.String(length=254), nullable=True))
    for statement in FROZEN.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def _create_statement_range() -> None:
    op.create_table(
        "firstline_statement_range",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_firstline_statement_range_last")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_firstline_statement_range")),
    )


def _create_statement_settings() -> None:
    op.create_table(
        "firstline_statement_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=140), nullable=False),
        sa.Column("street", sa.String(length=140), nullable=False),
        sa.Column("postcode", sa.String(length=16), nullable=False),
        sa.Column("town", sa.String(length=70), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("tax_number", sa.String(length=32), nullable=False),
        sa.Column("vat_id", sa.String(length=20), nullable=False),
        sa.Column("vat_rate", sa.Integer(), nullable=False),
        sa.Column("number_prefix", sa.String(length=12), nullable=False),
        sa.Column("agreement_version", sa.String(length=20), nullable=False),
        sa.Column("agreement_text", sa.Text(), nullable=False),
        sa.Column("with_payouts", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_firstline_statement_settings_one_row")),
        sa.CheckConstraint(
            "vat_rate >= 0 AND vat_rate < 1000000", name=op.f("ck_firstline_statement_settings_vat_rate")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_statement_settings")),
    )


def _create_notice_off() -> None:
    op.create_table(
        "firstline_notice_off",
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_notice_off_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", "kind", name=op.f("pk_firstline_notice_off")),
    )


def _create_tax_record() -> None:
    op.create_table(
        "firstline_tax_record",
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=140), nullable=False),
        sa.Column("street", sa.String(length=140), nullable=False),
        sa.Column("postcode", sa.String(length=16), nullable=False),
        sa.Column("town", sa.String(length=70), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("tax_number", sa.String(length=32), nullable=False),
        sa.Column("vat_id", sa.String(length=20), nullable=False),
        sa.Column("agreement_version", sa.String(length=20), nullable=False),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(agreed_at IS NULL) = (agreement_version = '')", name=op.f("ck_firstline_tax_record_agreement")
        ),
        sa.CheckConstraint("kind IN ('natural', 'legal')", name=op.f("ck_firstline_tax_record_kind")),
        sa.CheckConstraint(
            "status IN ('regular', 'small', 'foreign')", name=op.f("ck_firstline_tax_record_status")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_tax_record_contact_id")
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_firstline_tax_record")),
    )


def _create_statement() -> None:
    op.create_table(
        "firstline_statement",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("begins", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("payout_id", BIG_ID, nullable=True),
        sa.Column("replaces_id", BIG_ID, nullable=True),
        sa.Column("issued_by", sa.String(length=100), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("objection", sa.String(length=300), server_default="", nullable=False),
        sa.Column("voided_by", sa.String(length=100), nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(kind = 'correction') = (gross < 0)", name=op.f("ck_firstline_statement_correction")
        ),
        sa.CheckConstraint(
            "(voided_at IS NULL) = (objection = '')", name=op.f("ck_firstline_statement_objection")
        ),
        sa.CheckConstraint("kind IN ('statement', 'correction')", name=op.f("ck_firstline_statement_kind")),
        sa.CheckConstraint("begins < ends", name=op.f("ck_firstline_statement_period")),
        sa.CheckConstraint("gross = net + vat", name=op.f("ck_firstline_statement_sum")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_statement_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["firstline_payout.id"], name=op.f("fk_firstline_statement_payout_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["firstline_statement.id"], name=op.f("fk_firstline_statement_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_statement")),
    )
    op.create_index(
        "ix_firstline_statement_partner_id", "firstline_statement", ["partner_id", "id"], unique=False
    )
    op.create_index("uq_firstline_statement_number", "firstline_statement", ["number"], unique=True)
    op.create_index("uq_firstline_statement_replaces_id", "firstline_statement", ["replaces_id"], unique=True)
    op.create_index("uq_firstline_statement_year", "firstline_statement", ["year", "place"], unique=True)


def _create_statement_posting() -> None:
    op.create_table(
        "firstline_statement_posting",
        sa.Column("statement_id", BIG_ID, nullable=False),
        sa.Column("call_id", BIG_ID, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id", "seq"],
            ["firstline_posting.call_id", "firstline_posting.seq"],
            name="fk_firstline_statement_posting_posting",
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["firstline_statement.id"],
            name=op.f("fk_firstline_statement_posting_statement_id"),
        ),
        sa.PrimaryKeyConstraint(
            "statement_id", "call_id", "seq", name=op.f("pk_firstline_statement_posting")
        ),
    )
    op.create_index(
        "ix_firstline_statement_posting_call_id",
        "firstline_statement_posting",
        ["call_id", "seq"],
        unique=False,
    )
    op.create_index(
        "uq_firstline_statement_posting_live",
        "firstline_statement_posting",
        ["call_id", "seq"],
        unique=True,
        postgresql_where=sa.text("live"),
        sqlite_where=sa.text("live"),
    )


def downgrade() -> None:
    op.drop_column("firstline_payout_details", "email")
    op.drop_column("firstline_payout_settings", "tax_gate")
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION firstline_statement_refuse()")
