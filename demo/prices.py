"""Money of the shop: cents inside, Decimal for others, the reader's customs on pages."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import format_currency

CURRENCY = "EUR"
SHIPPING = 490
SHIPPING_VAT_RATE = Decimal(19)
FREE_SHIPPING_FROM = 5000


def euros(cents: int) -> Decimal:
    """Give cents as euros with two decimals."""
    return Decimal(cents).scaleb(-2)


def cents(amount: Decimal) -> int:
    """Give euros as cents; a fraction of a cent raises ValueError."""
    scaled = amount.scaleb(2)
    if scaled != int(scaled):
        raise ValueError(f"{amount} has a fraction of a cent")
    return int(scaled)


def show_euros(amount: Decimal) -> str:
    """Write euros for the reader, with a real minus and no line break inside."""
    shown: str = format_currency(amount, CURRENCY)
    return shown.replace("-", "\N{MINUS SIGN}").replace(" ", "\N{NO-BREAK SPACE}")


def show_cents(amount: int) -> str:
    """Write cents for the reader."""
    return show_euros(euros(amount))
