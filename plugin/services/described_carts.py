"""Carts that a description can begin with: those in which a code waits, and those that became orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from ..domain.codes import canonical
from ..domain.money import major
from ..models import AppliedCode, Code, Contact, Document
from ..shop import Cart, Customer, Line
from .context import Context

_CODE = Code.__table__
_APPLIED = AppliedCode.__table__
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class WaitingCart:
    """A cart in which a code waits, and the other codes there."""

    holder: str
    customer_ref: str | None
    came_by: str
    at: datetime
    beside: tuple[str, ...]


def waiting_carts(ctx: Context, code: str) -> Iterator[WaitingCart]:
    """Give the carts in which a code waits, the latest first."""
    query = (
        select(_APPLIED, _CODE.c.display)
        .join(_CODE, _CODE.c.id == _APPLIED.c.code_id)
        .where(_CODE.c.key == canonical(code))
        .order_by(_APPLIED.c.at.desc(), _APPLIED.c.holder)
        .limit(_SHOWN)
    )
    for row in ctx.conn.execute(query).all():
        there = (
            select(_CODE.c.display)
            .join(_APPLIED, _APPLIED.c.code_id == _CODE.c.id)
            .where(_APPLIED.c.holder == row.holder, _CODE.c.id != row.code_id)
            .order_by(_APPLIED.c.at)
        )
        yield WaitingCart(
            holder=row.holder,
            customer_ref=row.customer_ref,
            came_by=row.came_by,
            at=row.at,
            beside=tuple(ctx.conn.execute(there).scalars()),
        )


def customer_of(contact: Contact | None) -> Customer | None:
    """Give a contact as the shop would name it."""
    if contact is None:
        return None
    names = ("ref", "email", "name", "phone", "address", "country")
    return Customer(**{name: getattr(contact, name) for name in names})


def lines_of(document: Document) -> tuple[Line, ...]:
    """Give the lines of an order as they were before our discount."""
    return tuple(
        Line(
            key=line["key"],
            product_ref=line["product"],
            quantity=Decimal(line["quantity"]),
            unit_price=_unit_price(line, document.currency),
            title=line.get("title") or "",
            vat_rate=None if line["rate"] is None else Decimal(line["rate"]),
            coupon_allowed=line.get("coupon", True),
            categories=tuple(line["categories"]),
        )
        for line in document.sale["lines"]
    )


def _unit_price(line: Any, currency: str) -> Decimal:  # noqa: ANN401 - a packed line
    """Give a price that comes to the line's total again."""
    quantity = Decimal(line["quantity"])
    return round(major(line["total"], currency) / quantity, 6) if quantity else Decimal(0)


def cart_of(document: Document) -> Cart:
    """Give an order as the cart that it was."""
    sale = document.sale
    rate = sale["shipping_rate"]
    return Cart(
        currency=document.currency,
        lines=lines_of(document),
        shipping=major(sale["shipping"], document.currency),
        shipping_vat_rate=None if rate is None else Decimal(rate),
        prices_include_vat=sale["include_vat"],
        customer=customer_of(document.contact),
    )
