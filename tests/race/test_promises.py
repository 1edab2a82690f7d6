"""What the database itself refuses, whatever code or person sends the statement."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from flask_firstline import Invoice
from tests.small_shop import SmallShop

from . import jobs

REFUSED = {
    "a posting is changed": "UPDATE firstline_posting SET amount = amount + 1",
    "a posting is deleted": "DELETE FROM firstline_posting",
    "a posting of nothing": """
        INSERT INTO firstline_posting
            (call_id, seq, kind, partner_id, origin, destination, amount, currency, at)
        SELECT call_id, 99, kind, partner_id, origin, destination, 0, currency, at FROM firstline_posting
        WHERE seq = 1""",
    "a posting that moves nothing": """
        INSERT INTO firstline_posting
            (call_id, seq, kind, partner_id, origin, destination, amount, currency, at)
        SELECT call_id, 99, kind, partner_id, origin, origin, 5, currency, at FROM firstline_posting
        WHERE seq = 1""",
    "a reversal of nothing": """
        INSERT INTO firstline_posting
            (call_id, seq, kind, partner_id, origin, destination, amount, currency, at)
        SELECT call_id, 99, 'reversal', partner_id, 'on_hold', 'expense', 5, currency, at
        FROM firstline_posting WHERE seq = 1""",
    "one posting twice": "INSERT INTO firstline_posting SELECT * FROM firstline_posting",
    "more reversed than posted": "UPDATE firstline_accrual SET reversed = amount + 1",
    "less than nothing reversed": "UPDATE firstline_accrual SET reversed = -1",
    "less than nothing on hold": "UPDATE firstline_balance SET amount = -1",
    "a second claim": """
        INSERT INTO firstline_person_use (scope, person_key, used, max_uses, order_ref, at)
        SELECT scope, person_key, 1, 1, 'other', at FROM firstline_person_use WHERE scope = 'new'""",
    "a claim used twice": "UPDATE firstline_person_use SET used = used + 1 WHERE scope = 'new'",
    "more uses than the limit": "UPDATE firstline_person_use SET used = used + 9 WHERE scope <> 'new'",
    "the same code twice on an order": """
        INSERT INTO firstline_redemption (code_id, coupon_id, state, source, order_ref, discount, currency,
            person_keys, claimed, note, created_at, changed_at)
        SELECT code_id, coupon_id, state, source, order_ref, discount, currency, person_keys, claimed, note,
            created_at, changed_at FROM firstline_redemption""",
    "counters below nothing": "UPDATE firstline_coupon SET used = -1",
    "a counter of a code below nothing": "UPDATE firstline_code SET used = -1",
    "a code of the same spelling": """
        INSERT INTO firstline_code (coupon_id, display, key, skeleton, used, active, created_at)
        SELECT coupon_id, 'other', key, 'other', 0, active, created_at FROM firstline_code""",
    "a code that looks alike": """
        INSERT INTO firstline_code (coupon_id, display, key, skeleton, used, active, created_at)
        SELECT coupon_id, 'other', 'other', skeleton, 0, active, created_at FROM firstline_code""",
    "a contact as its own sponsor": "UPDATE firstline_contact SET sponsor_id = id",
    "two contacts of one customer": "UPDATE firstline_contact SET ref = 'same'",
    "a contact that vanishes from under its line": "DELETE FROM firstline_contact WHERE ref = 'meier'",
    "one call recorded twice": """
        INSERT INTO firstline_call (source, kind, key, payload, digest, outcome, attempts, at)
        SELECT source, kind, key, payload, digest, outcome, attempts, at FROM firstline_call""",
    "less than nothing paid": "UPDATE firstline_document SET paid = -1",
}


@pytest.fixture
def sold(shop: SmallShop) -> SmallShop:
    """A shop where one order of a new customer was placed with a limited code, and paid."""
    shop.chain(2)
    shop.terms("10", "5")
    shop.coupon(codes=[jobs.CODE], owner="meier", max_uses=5, max_per_customer=2, new_customers_only=True)
    assert jobs.new_customer_each(shop, 0) == "placed"
    shop.firstline.invoice_paid(Invoice(ref="i", order_ref="o0", currency="EUR"))
    shop.session.commit()
    return shop


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(sold: SmallShop, what: str) -> None:
    with sold.engine.connect() as conn:
        if conn.dialect.name == "sqlite":
            conn.exec_driver_sql("PRAGMA foreign_keys = ON")

        with pytest.raises(IntegrityError):
            conn.execute(text(REFUSED[what]))


def test_the_database_takes_what_is_right(sold: SmallShop) -> None:
    with sold.engine.begin() as conn:
        taken = [
            conn.execute(text(statement)).rowcount
            for statement in (
                "UPDATE firstline_accrual SET reversed = amount",
                "UPDATE firstline_balance SET amount = 0",
                "UPDATE firstline_person_use SET used = 2 WHERE scope <> 'new'",
            )
        ]

    assert all(rows > 0 for rows in taken)
