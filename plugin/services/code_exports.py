"""Codes as files: all of a coupon in the columns that an import reads, a batch for the printer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from ..domain.codes import in_address
from ..models import Code, CodeBatch, Contact, Coupon, Redemption
from .code_batches import get_batch
from .code_cells import write_amount, write_moment
from .code_portions import owner_cell
from .counting import LIVE
from .coupons import get_coupon

_CODE = Code.__table__
_COUPON = Coupon.__table__
_BATCH = CodeBatch.__table__
_CONTACT = Contact.__table__
_REDEMPTION = Redemption.__table__
_CHUNK = 5_000
PRINTED = ("code", "occasion", "valid_until", "link")
"""The columns for the printer."""


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """A code as exported; `credit` in minor units is what it was issued with."""

    code: str
    owner: str | None
    holder: str | None
    max: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    credit: int | None
    occasion: str
    uses: int
    active: bool
    currency: str | None

    def cells(self, zone: ZoneInfo) -> tuple[object, ...]:
        """Give the cells as an import reads them: code, owner, holder, max, from, until, credit, occasion."""
        return (
            self.code,
            self.owner,
            self.holder,
            self.max,
            write_moment(self.valid_from, zone, closes=False),
            write_moment(self.valid_until, zone, closes=True),
            write_amount(self.credit, self.currency),
            self.occasion,
        )


def export_codes(conn: Connection, coupon_id: int) -> Iterator[CodeLine]:
    """Yield all codes of a coupon in the order in which they were made."""
    coupon = get_coupon(conn, coupon_id)
    owner, holder = _CONTACT.alias("owner"), _CONTACT.alias("holder")
    uses = (
        select(func.count())
        .select_from(_REDEMPTION)
        .where(_REDEMPTION.c.code_id == _CODE.c.id, LIVE)
        .correlate(_CODE)
        .scalar_subquery()
    )
    more = (owner.c.ref.label("owner_ref"), holder.c.ref.label("holder_ref"), uses.label("uses"))
    query = (
        select(_CODE, *more, _BATCH.c.occasion)
        .outerjoin_from(_CODE, owner, owner.c.id == _CODE.c.owner_id)
        .outerjoin(holder, holder.c.id == _CODE.c.holder_id)
        .outerjoin(_BATCH, _BATCH.c.id == _CODE.c.batch_id)
        .where(_CODE.c.coupon_id == coupon_id)
        .order_by(_CODE.c.id)
    )
    with conn.execute(query.execution_options(yield_per=_CHUNK)) as rows:
        for row in rows:
            yield _code_line(row, owner_cell(conn, row, row.owner_ref), coupon.currency)


def _code_line(row: Row[Any], owner: str | None, currency: str | None) -> CodeLine:
    return CodeLine(
        code=row.display,
        owner=owner,
        holder=row.holder_ref,
        max=row.max_uses,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        credit=row.credit,
        occasion=row.occasion or "",
        uses=row.uses,
        active=row.active,
        currency=currency,
    )


def printed(conn: Connection, batch_id: int, *, links: str, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    """Yield the codes of a batch that are on, as PRINTED; `links` is what stands before a code in its link.

    A code is valid until the first of its own date and its coupon's; the day is the last one.
    """
    batch = get_batch(conn, batch_id)
    query = (
        select(_CODE.c.display, _CODE.c.valid_until, _COUPON.c.valid_until.label("coupon_until"))
        .join(_COUPON, _COUPON.c.id == _CODE.c.coupon_id)
        .where(_CODE.c.batch_id == batch_id, _CODE.c.active)
        .order_by(_CODE.c.id)
    )
    with conn.execute(query.execution_options(yield_per=_CHUNK)) as rows:
        for row in rows:
            ends = min((end for end in (row.valid_until, row.coupon_until) if end is not None), default=None)
            until = write_moment(ends, zone, closes=True)
            yield row.display, batch.occasion, until, links + quote(in_address(row.display))
