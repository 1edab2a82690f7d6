"""What the processes do about terms: pay orders and invoices of one partner's customers."""

from __future__ import annotations

from flask_firstline import Invoice
from tests.small_shop import SmallShop, line

from .jobs import customer


def pay_one(shop: SmallShop, number: int) -> str:
    """Pay the order of that number, twice as payment providers do."""
    for _ in range(2):
        shop.firstline.invoice_paid(Invoice(ref=f"o{number}", order_ref=f"o{number}", currency="EUR"))
        shop.session.commit()
    return "paid"


def pay_subscription(shop: SmallShop, number: int) -> str:
    """Pay the next invoice of one and the same subscription."""
    shop.firstline.invoice_paid(
        Invoice(
            ref=f"s{number}",
            currency="EUR",
            customer=customer(0),
            lines=(line("a", "100.00", "1", None),),
            recurring=True,
            subscription_ref="sub",
        )
    )
    shop.session.commit()
    return "paid"
