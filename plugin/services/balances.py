"""Balances of all partners, for lists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from ..models import AccountKind, Balance, Contact

_BALANCE = Balance.__table__
_CONTACT = Contact.__table__


def list_balances(conn: Connection) -> list[Row[Any]]:
    """Give `partner_id`, `ref`, `name`, `currency`, `on_hold`, `payable` and `paid` in minor units."""
    kinds = (AccountKind.ON_HOLD, AccountKind.PAYABLE, AccountKind.PAID)
    sums = [
        func.sum(case((_BALANCE.c.kind == kind.value, _BALANCE.c.amount), else_=0)).label(kind.value)
        for kind in kinds
    ]
    query = (
        select(_BALANCE.c.partner_id, _CONTACT.c.ref, _CONTACT.c.name, _BALANCE.c.currency, *sums)
        .join_from(_BALANCE, _CONTACT, _CONTACT.c.id == _BALANCE.c.partner_id)
        .group_by(_BALANCE.c.partner_id, _CONTACT.c.ref, _CONTACT.c.name, _BALANCE.c.currency)
        .order_by(_CONTACT.c.ref, _BALANCE.c.partner_id, _BALANCE.c.currency)
    )
    return list(conn.execute(query))
