"""Partner terms, who accepted them, applications, and log-ins of our own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TERMS = ["firstline_partner_terms.version", "firstline_partner_terms.locale"]


def upgrade() -> None:
    _create_terms()
    _create_acceptance()
    _create_application()
    _create_login()


def _create_terms() -> None:
    op.create_table(
        "firstline_partner_terms",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("written_by", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version", "locale", name=op.f("pk_firstline_partner_terms")),
        sa.CheckConstraint("version > 0", name=op.f("ck_firstline_partner_terms_version_positive")),
    )


def _create_acceptance() -> None:
    table = "firstline_terms_acceptance"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_contact_id")
        ),
        sa.ForeignKeyConstraint(["version", "locale"], TERMS, name=op.f(f"fk_{table}_version")),
        sa.UniqueConstraint("contact_id", "version", name=op.f(f"uq_{table}_contact_id_version")),
    )


def _create_application() -> None:
    table = "firstline_application"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("customer_ref", sa.String(64)),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("company", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("site", sa.String(200), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("contact_id", BIG_ID),
        sa.Column("terms_version", sa.Integer()),
        sa.Column("terms_locale", sa.String(35)),
        sa.Column("terms_digest", sa.String(64)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.String(100)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["terms_version", "terms_locale"], TERMS, name=op.f(f"fk_{table}_terms_version")
        ),
        sa.CheckConstraint(
            "state IN ('unconfirmed', 'waiting', 'approved', 'declined')", name=op.f(f"ck_{table}_state")
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (state = 'unconfirmed')", name=op.f(f"ck_{table}_confirmed")
        ),
        sa.CheckConstraint("(confirmed_at IS NULL) = (contact_id IS NULL)", name=op.f(f"ck_{table}_contact")),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (state IN ('unconfirmed', 'waiting'))", name=op.f(f"ck_{table}_decided")
        ),
        sa.CheckConstraint(
            "(terms_version IS NULL) = (terms_digest IS NULL)", name=op.f(f"ck_{table}_terms")
        ),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        f"uq_{table}_contact_id", table, ["contact_id"],
        unique=True, postgresql_where=waiting, sqlite_where=waiting,
    )  # fmt: skip
    op.create_index(f"ix_{table}_state", table, ["state", "id"])
    op.create_index(f"ix_{table}_contact_id", table, ["contact_id", "id"])


def _create_login() -> None:
    table = "firstline_login"
    op.create_table(
        table,
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("email_key", sa.String(254), nullable=False),
        sa.Column("password", sa.String(255)),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT),
        sa.Column("last_at", MOMENT),
        sa.PrimaryKeyConstraint("contact_id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_contact_id")
        ),
        sa.UniqueConstraint("email_key", name=op.f(f"uq_{table}_email_key")),
        sa.CheckConstraint("generation > 0 AND serial > 0", name=op.f(f"ck_{table}_counting")),
    )


def downgrade() -> None:
    for table in ("login", "application", "terms_acceptance", "partner_terms"):
        op.drop_table(f"firstline_{table}")
