"""Batches: codes that were made together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, exists, func, insert, select

from ..models import Code, CodeBatch, Coupon, Redemption
from . import audit, code_forms, outbox
from .code_wanted import Wanted
from .counting import LIVE
from .coupons import get_coupon
from .mistakes import NotThere

_BATCH = CodeBatch.__table__
_CODE = Code.__table__
_COUPON = Coupon.__table__
_REDEMPTION = Redemption.__table__
DRAW = "draw_codes"
"""The topic of the worker's job that draws a batch."""


def add_drawn(conn: Connection, wanted: Wanted, *, key_id: str | None, who: str, now: datetime) -> int:
    """Note a batch that is to be drawn, and log it; give its id."""
    batch_id = _add(
        conn,
        {
            "coupon_id": wanted.coupon_id,
            "how": wanted.how,
            "prefix": wanted.prefix,
            "length": wanted.length,
            "check_signs": wanted.check_signs,
            "key_id": key_id,
            "occasion": wanted.occasion,
            "count": wanted.count,
            "made_by": who[:100],
            "created_at": now,
        },
    )
    names = (
        "count",
        "prefix",
        "length",
        "occasion",
        "owner_id",
        "max_uses",
        "valid_from",
        "valid_until",
        "credit",
    )
    after = {"batch": batch_id, **{name: getattr(wanted, name) for name in names}}
    subject = get_coupon(conn, wanted.coupon_id).name
    audit.record(conn, who=who, act="generate", noun="code", subject=subject, after=after, now=now)
    code_forms.forget(conn)
    return batch_id


def add_imported(
    conn: Connection,
    coupon_id: int,
    *,
    occasion: str,
    file_name: str,
    file_digest: str,
    who: str,
    now: datetime,
) -> int:
    """Note a batch of codes that come from a file; its count is set when they are in. Give its id."""
    return _add(
        conn,
        {
            "coupon_id": coupon_id,
            "how": "imported",
            "prefix": "",
            "check_signs": False,
            "occasion": occasion,
            "file_name": file_name[:200],
            "file_digest": file_digest,
            "count": 0,
            "made_by": who[:100],
            "created_at": now,
        },
    )


def _add(conn: Connection, values: Mapping[str, object]) -> int:
    return int(conn.execute(insert(_BATCH).values(**values).returning(_BATCH.c.id)).scalar_one())


def later(conn: Connection, batch_id: int, wanted: Wanted, *, now: datetime) -> None:
    """Leave the drawing of a batch to the worker."""
    moments = {name: getattr(wanted, name) for name in ("valid_from", "valid_until")}
    payload: dict[str, object] = {
        "batch": batch_id,
        "owner_id": wanted.owner_id,
        "max_uses": wanted.max_uses,
        "credit": wanted.credit,
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
    }
    outbox.put(conn, DRAW, payload, now=now)


def get_batch(conn: Connection, batch_id: int) -> Row[Any]:
    """Give a batch's row or raise NotThere."""
    row = conn.execute(select(_BATCH).where(_BATCH.c.id == batch_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no batch with the id {batch_id}.")
    return row


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch as listed; `redeemed` counts its codes that were used and not given back."""

    id: int
    coupon: str
    how: str
    occasion: str
    prefix: str
    count: int
    redeemed: int
    made_by: str
    created_at: datetime


def redeemed_codes() -> ScalarSelect[int]:
    """Count the codes of a batch that were used and not given back, in a query of batches."""
    return (
        select(func.count(_REDEMPTION.c.code_id.distinct()))
        .join(_CODE, _CODE.c.id == _REDEMPTION.c.code_id)
        .where(_CODE.c.batch_id == _BATCH.c.id, LIVE)
        .correlate(_BATCH)
        .scalar_subquery()
    )


def listed(conn: Connection, coupon_id: int | None = None) -> list[Batch]:
    """Give the batches, or those of a coupon, the newest first."""
    columns = (
        _BATCH.c[name] for name in ("id", "how", "occasion", "prefix", "count", "made_by", "created_at")
    )
    query = (
        select(*columns, _COUPON.c.name.label("coupon"), redeemed_codes().label("redeemed"))
        .join(_COUPON, _COUPON.c.id == _BATCH.c.coupon_id)
        .order_by(_BATCH.c.id.desc())
    )
    if coupon_id is not None:
        query = query.where(_BATCH.c.coupon_id == coupon_id)
    return [Batch(**row) for row in conn.execute(query).mappings()]


def is_made(conn: Connection, batch_id: int) -> bool:
    """Tell whether the codes of a batch are stored: a large one may wait for the worker."""
    return bool(conn.execute(select(exists().where(_CODE.c.batch_id == batch_id))).scalar())
