"""Files from other systems: partners, contacts and opening balances, with their mappings and old numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
UPLOAD, MAPPING = "firstline_upload", "firstline_saved_mapping"
REF, ROW = "firstline_legacy_ref", "firstline_imported_row"
STATES = "state IN ({}'looked_at', 'waiting', 'running', 'done', 'failed')"


def of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def check(table: str, name: str, said: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    with op.batch_alter_table(UPLOAD) as upload:
        upload.add_column(sa.Column("kind", sa.String(length=16), server_default="codes", nullable=False))
        upload.add_column(sa.Column("origin", sa.String(length=64), nullable=True))
        upload.add_column(sa.Column("mapping", sa.Text(), nullable=True))
        upload.alter_column("coupon_id", existing_type=BIG, nullable=True)
        upload.drop_constraint(op.f(f"ck_{UPLOAD}_state"), type_="check")
        upload.create_check_constraint(op.f(f"ck_{UPLOAD}_state"), STATES.format("'mapping', "))
        upload.create_check_constraint(
            op.f(f"ck_{UPLOAD}_kind"), "kind IN ('codes', 'partners', 'contacts', 'balances')"
        )
        upload.create_check_constraint(
            op.f(f"ck_{UPLOAD}_coupon"), "(kind = 'codes') = (coupon_id IS NOT NULL)"
        )
        upload.create_check_constraint(op.f(f"ck_{UPLOAD}_origin"), "(kind = 'codes') = (origin IS NULL)")
    _create_mapping()
    _create_ref()
    _create_row()


def _create_mapping() -> None:
    op.create_table(
        MAPPING,
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("heading", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MAPPING}")),
        sa.UniqueConstraint("kind", "name", name=op.f(f"uq_{MAPPING}_kind_name")),
        check(MAPPING, "named", "name <> ''"),
    )


def _create_ref() -> None:
    op.create_table(
        REF,
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=100), nullable=False),
        sa.Column("contact_id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        of(REF, "contact_id", "firstline_contact"),
        sa.PrimaryKeyConstraint("origin", "ref", name=op.f(f"pk_{REF}")),
    )
    op.create_index(f"ix_{REF}_contact_id", REF, ["contact_id"])


def _create_row() -> None:
    op.create_table(
        ROW,
        sa.Column("upload_id", BIG, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact_id", BIG, nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("sponsor_id", BIG, nullable=True),
        sa.Column("call_id", BIG, nullable=True),
        of(ROW, "upload_id", UPLOAD),
        of(ROW, "contact_id", "firstline_contact"),
        of(ROW, "sponsor_id", "firstline_contact"),
        of(ROW, "call_id", "firstline_call"),
        sa.PrimaryKeyConstraint("upload_id", "line", name=op.f(f"pk_{ROW}")),
        check(ROW, "outcome", "outcome IN ('created', 'changed', 'unchanged', 'overtaken')"),
    )
    for column in ("contact_id", "sponsor_id"):
        op.create_index(f"ix_{ROW}_{column}", ROW, [column])


def downgrade() -> None:
    for table in (ROW, REF, MAPPING):
        op.drop_table(table)
    op.execute(f"DELETE FROM {UPLOAD} WHERE kind <> 'codes'")  # noqa: S608 - a name of ours
    with op.batch_alter_table(UPLOAD) as upload:
        for name in ("origin", "coupon", "kind", "state"):
            upload.drop_constraint(op.f(f"ck_{UPLOAD}_{name}"), type_="check")
        upload.create_check_constraint(op.f(f"ck_{UPLOAD}_state"), STATES.format(""))
        upload.alter_column("coupon_id", existing_type=BIG, nullable=False)
        for name in ("mapping", "origin", "kind"):
            upload.drop_column(name)
