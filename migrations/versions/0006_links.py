"""Links of partners, the pages they lead to, touches, and clicks by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "firstline_landing_page",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("product_ref", sa.String(length=64), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_ref"], ["firstline_product.ref"], name=op.f("fk_firstline_landing_page_product_ref")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_landing_page")),
        sa.UniqueConstraint("path", name=op.f("uq_firstline_landing_page_path")),
    )
    op.create_index("ix_firstline_landing_page_product_ref", "firstline_landing_page", ["product_ref"])
    _create_link()
    _create_touch()
    op.create_table(
        "firstline_click_day",
        sa.Column("link_id", BIG_ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("clicks", sa.Integer(), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "visitors > 0 AND visitors <= clicks", name=op.f("ck_firstline_click_day_visitors_range")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["firstline_link.id"], name=op.f("fk_firstline_click_day_link_id")
        ),
        sa.PrimaryKeyConstraint("link_id", "day", name=op.f("pk_firstline_click_day")),
    )


def _create_link() -> None:
    op.create_table(
        "firstline_link",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("tracking_id", sa.String(length=16), nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("label", sa.String(length=255), nullable=False),
        sa.Column("is_host", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_link_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_link")),
        sa.UniqueConstraint("tracking_id", name=op.f("uq_firstline_link_tracking_id")),
        sa.UniqueConstraint(
            "partner_id", "path", "label", "is_host",
            name=op.f("uq_firstline_link_partner_id_path_label_is_host"),
        ),
    )  # fmt: skip
    op.create_index("ix_firstline_link_partner_id", "firstline_link", ["partner_id", "id"])


def _create_touch() -> None:
    op.create_table(
        "firstline_touch",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("link_id", BIG_ID, nullable=False),
        sa.Column("partner_id", BIG_ID, nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=True),
        sa.Column("contact_id", BIG_ID, nullable=True),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("referrer_host", sa.String(length=253), nullable=True),
        sa.Column("utm", sa.Text(), nullable=False),
        sa.Column("network", sa.String(length=45), nullable=True),
        sa.Column("once", sa.String(length=64), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["firstline_link.id"], name=op.f("fk_firstline_touch_link_id")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["firstline_contact.id"], name=op.f("fk_firstline_touch_partner_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["firstline_contact.id"], name=op.f("fk_firstline_touch_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firstline_touch")),
        sa.UniqueConstraint("once", name=op.f("uq_firstline_touch_once")),
    )
    for name, columns in (
        ("link_id", ["link_id", "at"]),
        ("visitor", ["visitor", "id"]),
        ("contact_id", ["contact_id", "id"]),
        ("at", ["at"]),
    ):
        op.create_index(f"ix_firstline_touch_{name}", "firstline_touch", columns)


def downgrade() -> None:
    for table in ("click_day", "touch", "link", "landing_page"):
        op.drop_table(f"firstline_{table}")
