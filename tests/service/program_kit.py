"""What the tests of the program's set-up share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from flask_firstline.domain.coupon import CouponTerms, Kind
from flask_firstline.models import Audit, Contact, History, Redemption
from flask_firstline.services import codes, coupons, partners

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
WHO = "admin:1"


def five_euro(name: str = "Five euro", **terms: Any) -> CouponTerms:
    return CouponTerms(**{"name": name, "kind": Kind.AMOUNT, "amount": 500, "currency": "EUR", **terms})


def add_coupon(conn: Connection, name: str = "Five euro", *, opened: bool = False, **terms: Any) -> int:
    return coupons.create_coupon(conn, five_euro(name, **terms), open_to_partners=opened, who=WHO, now=NOW)


def add_code(conn: Connection, text: str, coupon_id: int, **more: Any) -> int:
    return codes.create_code(conn, text, coupon_id=coupon_id, who=WHO, now=NOW, **more)


def add_partner(conn: Connection, ref: str, sponsor: str | None = None, **more: Any) -> int:
    return partners.add_partner(conn, ref=ref, sponsor_ref=sponsor, who=WHO, now=NOW, **more)


def redeem(
    conn: Connection,
    code_id: int,
    coupon_id: int,
    order: str,
    contact_id: int | None = None,
    state: str = "redeemed",
) -> None:
    """Store a redemption as the recording calls do, without raising any counter."""
    row = {
        "code_id": code_id,
        "coupon_id": coupon_id,
        "state": state,
        "order_ref": order,
        "contact_id": contact_id,
        "discount": 500,
        "currency": "EUR",
        "created_at": NOW,
        "changed_at": NOW,
    }
    conn.execute(insert(Redemption), row)


def acts(conn: Connection) -> list[tuple[str, str, str]]:
    query = select(Audit.act, Audit.noun, Audit.subject).order_by(Audit.id)
    return [tuple(row) for row in conn.execute(query)]  # type: ignore[misc]


def history(conn: Connection, contact_id: int) -> Sequence[Row[Any]]:
    table = History.__table__
    return conn.execute(select(table).where(table.c.contact_id == contact_id).order_by(table.c.id)).all()


def contact(conn: Connection, contact_id: int) -> Row[Any]:
    table = Contact.__table__
    return conn.execute(select(table).where(table.c.id == contact_id)).one()


def row_of(conn: Connection, model: Any, row_id: int) -> Row[Any]:
    table = model.__table__
    return conn.execute(select(table).where(table.c.id == row_id)).one()


def add_guest(conn: Connection, email: str) -> int:
    table = Contact.__table__
    keys = {"guest_key": email, "email_key": email, "email_folded": email, "email": email}
    added = insert(Contact).values(**keys, path="", created_at=NOW).returning(table.c.id)
    return int(conn.execute(added).scalar_one())
