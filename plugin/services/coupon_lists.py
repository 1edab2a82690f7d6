"""Coupons, codes, batches and redemptions as programs list them: by id, a page after a page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ..domain.codes import canonical
from ..models import Code, CodeBatch, Contact, Coupon, Redemption
from .codes import spelled
from .counting import LIVE
from .mistakes import BadCode, NotThere
from .slices import Conditions, wanted, within

_COUPON = Coupon.__table__
_CODE = Code.__table__
_BATCH = CodeBatch.__table__
_REDEMPTION = Redemption.__table__
_OWNER = Contact.__table__.alias("owner")
_HOLDER = Contact.__table__.alias("holder")
_BUYER = Contact.__table__.alias("buyer")


def _uses(column: Any, wanted: Any, outer: Any) -> Any:  # noqa: ANN401 - SQL expressions
    count = select(func.count()).select_from(_REDEMPTION).where(column == wanted, LIVE)
    return count.correlate(outer).scalar_subquery()


COUPONS = select(_COUPON, _uses(_REDEMPTION.c.coupon_id, _COUPON.c.id, _COUPON).label("uses"))
CODES = (
    select(
        _CODE,
        _OWNER.c.ref.label("owner_ref"),
        _HOLDER.c.ref.label("holder_ref"),
        _COUPON.c.currency,
        _uses(_REDEMPTION.c.code_id, _CODE.c.id, _CODE).label("uses"),
    )
    .join_from(_CODE, _COUPON, _COUPON.c.id == _CODE.c.coupon_id)
    .outerjoin(_OWNER, _OWNER.c.id == _CODE.c.owner_id)
    .outerjoin(_HOLDER, _HOLDER.c.id == _CODE.c.holder_id)
)
_MADE = select(func.count()).select_from(_CODE).where(_CODE.c.batch_id == _BATCH.c.id)
BATCHES = select(_BATCH, _MADE.correlate(_BATCH).scalar_subquery().label("made"))
REDEMPTIONS = (
    select(
        _REDEMPTION,
        _CODE.c.display,
        _BUYER.c.ref.label("customer_ref"),
        _OWNER.c.ref.label("owner_ref"),
    )
    .join_from(_REDEMPTION, _CODE, _CODE.c.id == _REDEMPTION.c.code_id)
    .outerjoin(_BUYER, _BUYER.c.id == _REDEMPTION.c.contact_id)
    .outerjoin(_OWNER, _OWNER.c.id == _CODE.c.owner_id)
)


def coupons_where(*, name: str | None = None, active: bool | None = None) -> Conditions:
    """Give what narrows coupons."""
    return wanted((_COUPON.c.name, name), (_COUPON.c.active, active))


def codes_where(
    *,
    code: str | None = None,
    coupon: int | None = None,
    batch: int | None = None,
    owner: str | None = None,
    holder: str | None = None,
    active: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows codes; owner and holder are refs, the span is about when they were made."""
    found = wanted(
        (_CODE.c.key, None if code is None else canonical(code)),
        (_CODE.c.coupon_id, coupon),
        (_CODE.c.batch_id, batch),
        (_OWNER.c.ref, owner),
        (_HOLDER.c.ref, holder),
        (_CODE.c.active, active),
    )
    return [*found, *within(_CODE.c.created_at, since, until)]


def redemptions_where(
    *,
    coupon: int | None = None,
    code: str | None = None,
    owner: str | None = None,
    customer: str | None = None,
    order: str | None = None,
    state: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Conditions:
    """Give what narrows redemptions; the span is about when they changed."""
    found = wanted(
        (_REDEMPTION.c.coupon_id, coupon),
        (_CODE.c.key, None if code is None else canonical(code)),
        (_OWNER.c.ref, owner),
        (_BUYER.c.ref, customer),
        (_REDEMPTION.c.order_ref, order),
        (_REDEMPTION.c.state, state),
    )
    return [*found, *within(_REDEMPTION.c.changed_at, since, until)]


def batches_where(*, coupon: int | None = None) -> Conditions:
    """Give what narrows batches."""
    return wanted((_BATCH.c.coupon_id, coupon))


def spelled_or_not_there(text: str) -> str:
    """Give a text that can be a code as it is, or raise NotThere."""
    try:
        spelled(text)
    except BadCode as error:
        raise NotThere("There is no such code, and there can be none.") from error
    return text


def one_code(conn: Connection, text: str) -> Row[Any]:
    """Give a code by its text, in any spelling, or raise NotThere."""
    key = spelled_or_not_there(text)
    row = conn.execute(CODES.where(_CODE.c.key == canonical(key))).one_or_none()
    if row is None:
        raise NotThere("There is no such code.")
    return row
