"""Flask-Firstline: a partner program for any Flask shop."""

from __future__ import annotations

from .errors import ConfigError, FirstlineError, Reason, Refused
from .extension import Firstline
from .services.schema import include_name
from .shop import (
    Admin,
    Balance,
    Cart,
    ContactView,
    Customer,
    Invoice,
    Line,
    Order,
    Product,
    Quote,
    Refund,
    Shop,
)

__all__ = [
    "Admin",
    "Balance",
    "Cart",
    "ConfigError",
    "ContactView",
    "Customer",
    "Firstline",
    "FirstlineError",
    "Invoice",
    "Line",
    "Order",
    "Product",
    "Quote",
    "Reason",
    "Refund",
    "Refused",
    "Shop",
    "include_name",
]
