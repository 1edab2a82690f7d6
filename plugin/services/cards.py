"""What stands on a printed card: a code, what it gives, to whom and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, func, or_, select

from ..models import Code, CodeBatch, Contact, Coupon
from .codes import find_code
from .coupons import get_coupon_by_name
from .mistakes import NotThere

_CODE = Code.__table__
_COUPON = Coupon.__table__
_BATCH = CodeBatch.__table__
_OWNER = Contact.__table__.alias("owner")
_HOLDER = Contact.__table__.alias("holder")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Codes to print; what is given narrows. Nothing given selects nothing."""

    coupon_id: int | None = None
    batch_id: int | None = None
    code_ids: tuple[int, ...] = ()
    owner_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """One code with the terms of its coupon. Amounts in minor units of `currency`; the period half-open.

    `prefix` and `signs` say of what a drawn code is made; `signs` is None for one that somebody chose.
    """

    code_id: int
    display: str
    prefix: str
    signs: int | None
    occasion: str
    owner: str | None
    holder: str | None
    coupon: str
    kind: str
    treatment: str
    amount: int | None
    percent: Decimal | None
    cap: int | None
    currency: str | None
    credit: int | None
    min_order: int | None
    max_order: int | None
    some_products: bool
    new_customers_only: bool
    max_uses: int | None
    max_per_customer: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    days: tuple[int, ...]
    opens: int | None
    closes: int | None
    stackable: bool
    link_only: bool


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many codes a selection has, and how many of them can still be redeemed and are printed."""

    selected: int
    printed: int

    @property
    def left_out(self) -> int:
        """How many are switched off, over or used up."""
        return self.selected - self.printed


def count(conn: Connection, selection: Selection, *, now: datetime) -> Counts:
    """Count the codes of a selection."""
    query = select(func.count()).select_from(_FROM).where(_selected(selection))
    return Counts(
        selected=conn.scalar(query) or 0,
        printed=conn.scalar(query.where(*_redeemable(now))) or 0,
    )


def card_facts(
    conn: Connection, selection: Selection, *, now: datetime, skip: int = 0, most: int
) -> list[CardFacts]:
    """Give what stands on the cards of a selection in the order in which the codes were made."""
    query = _FACTS.where(_selected(selection), *_redeemable(now)).order_by(_CODE.c.id)
    return [_facts(row) for row in conn.execute(query.offset(skip).limit(most))]


def named_selection(
    conn: Connection, coupon: str, *, batch_id: int | None = None, codes: Sequence[str] = ()
) -> Selection:
    """Select codes of a coupon by its name: all, those of a batch, or some by their spelling."""
    coupon_id: int = get_coupon_by_name(conn, coupon).id
    if batch_id is not None and not _is_batch_of(conn, batch_id, coupon_id):
        raise NotThere(f"The coupon {coupon!r} has no batch {batch_id}.")
    found = [(text, find_code(conn, text)) for text in codes]
    for text, row in found:
        if row is None or row.coupon_id != coupon_id:
            raise NotThere(f"The coupon {coupon!r} has no code {text!r}.")
    ids = tuple(row.id for _text, row in found if row is not None)
    return Selection(coupon_id=coupon_id, batch_id=batch_id, code_ids=ids)


def _is_batch_of(conn: Connection, batch_id: int, coupon_id: int) -> bool:
    query = select(_BATCH.c.id).where(_BATCH.c.id == batch_id, _BATCH.c.coupon_id == coupon_id)
    return conn.scalar(query) is not None


_FROM = (
    _CODE.join(_COUPON, _COUPON.c.id == _CODE.c.coupon_id)
    .outerjoin(_BATCH, _BATCH.c.id == _CODE.c.batch_id)
    .outerjoin(_OWNER, _OWNER.c.id == _CODE.c.owner_id)
    .outerjoin(_HOLDER, _HOLDER.c.id == _CODE.c.holder_id)
)
_AS_STORED = (
    "kind", "treatment", "amount", "percent", "cap", "currency", "min_order", "max_order",
    "new_customers_only", "max_per_customer", "opens", "closes", "stackable",
)  # fmt: skip
_WORKED_OUT = (
    "name", "products", "categories", "not_products", "not_categories", "max_per_code", "days",
)  # fmt: skip
_NARROWED = ("valid_from", "valid_until", "link_only")
_FACTS: Select[Any] = select(
    *[_COUPON.c[name] for name in (*_AS_STORED, *_WORKED_OUT)],
    *[_COUPON.c[name].label(f"coupon_{name}") for name in _NARROWED],
    *[_CODE.c[name].label(f"code_{name}") for name in ("id", "max_uses", *_NARROWED)],
    _CODE.c.display,
    _CODE.c.credit,
    *[_BATCH.c[name] for name in ("prefix", "length", "check_signs", "occasion")],
    _OWNER.c.name.label("owner_name"),
    _HOLDER.c.name.label("holder_name"),
).select_from(_FROM)


def _selected(selection: Selection) -> ColumnElement[bool]:
    wanted = [
        column == value
        for column, value in (
            (_CODE.c.coupon_id, selection.coupon_id),
            (_CODE.c.batch_id, selection.batch_id),
            (_CODE.c.owner_id, selection.owner_id),
        )
        if value is not None
    ]
    if selection.code_ids:
        wanted.append(_CODE.c.id.in_(selection.code_ids))
    return and_(*wanted) if wanted else false()


def _redeemable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Ask for codes that are worth a card: on, not over, not used up. Counters stand where a limit is set."""
    return (
        _CODE.c.active,
        *(or_(table.c.valid_until.is_(None), table.c.valid_until > now) for table in (_CODE, _COUPON)),
        or_(_CODE.c.max_uses.is_(None), _CODE.c.used < _CODE.c.max_uses),
        or_(_COUPON.c.max_per_code.is_(None), _CODE.c.used < _COUPON.c.max_per_code),
        or_(_CODE.c.credit_left.is_(None), _CODE.c.credit_left > 0),
    )


def _facts(row: Row[Any]) -> CardFacts:
    return CardFacts(
        **{name: row._mapping[name] for name in _AS_STORED},
        code_id=row.code_id,
        display=row.display,
        prefix=row.prefix or "",
        signs=None if row.length is None else row.length + bool(row.check_signs),
        occasion=row.occasion or "",
        owner=row.owner_name,
        holder=row.holder_name,
        coupon=row.name,
        credit=row.credit,
        some_products=bool(row.products or row.categories or row.not_products or row.not_categories),
        max_uses=_least(row.code_max_uses, row.max_per_code),
        valid_from=_latest(row.code_valid_from, row.coupon_valid_from),
        valid_until=_earliest(row.code_valid_until, row.coupon_valid_until),
        days=tuple(sorted(row.days)),
        link_only=row.code_link_only or row.coupon_link_only,
    )


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
