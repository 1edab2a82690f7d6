"""Codes that wait in carts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import bindparam, delete, or_, select

from ..models import AppliedCode, CameBy
from ..models.base import Insert, dialect_insert, insert_missing
from .carts import Holders
from .context import Context

_APPLIED = AppliedCode.__table__

_ANY = (
    select(_APPLIED.c.code_id)
    .where(
        or_(
            _APPLIED.c.holder.in_(bindparam("holders", expanding=True)),
            _APPLIED.c.holder.startswith("customer:"),
        )
    )
    .limit(1)
)


def any_waiting(ctx: Context, holders: Holders) -> bool:
    """Say whether a code waits at these holders, or at any customer whom the cart may turn out to be of."""
    return ctx.conn.execute(_ANY, {"holders": holders.names}).first() is not None


@cache
def _by_link(dialect: str) -> Insert:
    """Give an INSERT that notes of a code that waits already that it came by a link."""
    statement = dialect_insert(_APPLIED, dialect)
    return statement.on_conflict_do_update(
        index_elements=[_APPLIED.c.holder, _APPLIED.c.code_id],
        set_={"came_by": statement.excluded.came_by},
    )


def keep(
    ctx: Context,
    holders: Holders,
    codes: Mapping[int, CameBy],
    *,
    names: Sequence[str] | None = None,
) -> None:
    """Keep codes, by their ids, at every holder of a cart, so that each of them leads to them."""
    wanted = holders.own if names is None else names
    rows: list[dict[str, object]] = [
        {
            "holder": name,
            "code_id": code_id,
            "customer_ref": holders.customer,
            "came_by": came_by.value,
            "at": ctx.now,
        }
        for name in wanted
        for code_id, came_by in codes.items()
    ]
    if rows and CameBy.LINK in codes.values():
        ctx.conn.execute(_by_link(ctx.conn.dialect.name), rows)
    else:
        insert_missing(ctx.conn, _APPLIED, rows)


_FORGET = delete(_APPLIED).where(_APPLIED.c.holder.in_(bindparam("holders", expanding=True)))


def forget(ctx: Context, holders: Holders, code_ids: Sequence[int] | None = None) -> None:
    """Forget codes of a cart: those given, or all."""
    if not holders.names:
        return
    if code_ids is None:
        ctx.conn.execute(_FORGET, {"holders": holders.names})
    else:
        statement = _FORGET.where(_APPLIED.c.code_id.in_(code_ids))
        ctx.conn.execute(statement, {"holders": holders.names})
