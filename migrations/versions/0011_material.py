"""Hosts that may carry the counter of partners' visits; banners and texts for partners to pass on; doubles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HISTORY_INDEX = "ix_firstline_history_at"
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "firstline_counter_host",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_counter_host")),
        sa.UniqueConstraint("origin", name=op.f("uq_firstline_counter_host_origin")),
    )
    _create_material()
    table = "firstline_merged"
    op.create_table(
        table,
        sa.Column("loser_id", BIG_ID, nullable=False),
        sa.Column("winner_id", BIG_ID, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("winner_id <> loser_id", name=op.f(f"ck_{table}_two")),
        sa.ForeignKeyConstraint(["loser_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_loser_id")),
        sa.ForeignKeyConstraint(["winner_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_winner_id")),
        sa.PrimaryKeyConstraint("loser_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_winner_id", table, ["winner_id"])
    _create_sponsor_change()
    touches = sa.text("kind = 'touch'")
    op.create_index(
        HISTORY_INDEX, "firstline_history", ["at"], postgresql_where=touches, sqlite_where=touches
    )


def _create_sponsor_change() -> None:
    table, waits = "firstline_sponsor_change", sa.text("state = 'waiting'")
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("contact_id", BIG_ID, nullable=False),
        sa.Column("sponsor_id", BIG_ID, nullable=True),
        sa.Column("takes_effect", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'called_off', 'failed')", name=op.f(f"ck_{table}_state")
        ),
        sa.CheckConstraint("takes_effect > created_at", name=op.f(f"ck_{table}_later")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["firstline_contact.id"], name=op.f(f"fk_{table}_sponsor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        f"uq_{table}_contact_id",
        table,
        ["contact_id"],
        unique=True,
        postgresql_where=waits,
        sqlite_where=waits,
    )


def _create_material() -> None:
    table = "firstline_material"
    op.create_table(
        table,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("product_ref", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('banner', 'text')", name=op.f(f"ck_{table}_kind")),
        sa.CheckConstraint("kind <> 'text' OR text <> ''", name=op.f(f"ck_{table}_text_says_something")),
        sa.ForeignKeyConstraint(
            ["product_ref"], ["firstline_product.ref"], name=op.f(f"fk_{table}_product_ref")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_product_ref", table, ["product_ref", "id"])
    picture = "firstline_material_picture"
    op.create_table(
        picture,
        sa.Column("material_id", BIG_ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("extension", sa.String(length=4), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f(f"ck_{picture}_size")),
        sa.ForeignKeyConstraint(
            ["material_id"], ["firstline_material.id"], name=op.f(f"fk_{picture}_material_id")
        ),
        sa.PrimaryKeyConstraint("material_id", name=op.f(f"pk_{picture}")),
    )


def downgrade() -> None:
    op.drop_index(HISTORY_INDEX, table_name="firstline_history")
    for table in ("sponsor_change", "merged", "material_picture", "material", "counter_host"):
        op.drop_table(f"firstline_{table}")
