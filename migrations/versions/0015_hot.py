"""Balances of partners marked hot are spread over shards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BALANCE = "firstline_balance"
NOT_BELOW_ZERO = f"ck_{BALANCE}_not_below_zero"


def upgrade() -> None:
    op.add_column(
        "firstline_contact", sa.Column("hot", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _check("kind = 'payable' OR amount >= 0")


def downgrade() -> None:
    _fold()
    _check("kind = 'payable' OR shard > 0 OR amount >= 0")
    op.drop_column("firstline_contact", "hot")


def _check(condition: str) -> None:
    with op.batch_alter_table(BALANCE) as batch:
        batch.drop_constraint(op.f(NOT_BELOW_ZERO), type_="check")
        batch.create_check_constraint(op.f(NOT_BELOW_ZERO), condition)


def _fold() -> None:
    """Bring all of an account back into shard 0, where alone it is looked for then."""
    op.execute(
        f"INSERT INTO {BALANCE} (partner_id, kind, currency, shard, amount) "  # noqa: S608 - constants
        f"SELECT partner_id, kind, currency, 0, sum(amount) FROM {BALANCE} WHERE shard > 0 "
        "GROUP BY partner_id, kind, currency "
        "ON CONFLICT (partner_id, kind, currency, shard) DO UPDATE "
        f"SET amount = {BALANCE}.amount + excluded.amount"
    )
    op.execute(f"DELETE FROM {BALANCE} WHERE shard > 0")  # noqa: S608 - constants
