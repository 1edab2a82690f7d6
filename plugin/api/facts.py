"""Facts of the contract out of the bodies of requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..services.mistakes import Mistake
from ..shop import Cart, Customer, Invoice, Line, Order, Refund, RefundLine

Given = Mapping[str, Any]
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", re.ASCII)


def cart(given: Given) -> Cart:
    """Read a cart."""
    names = ("key", "currency", "discount", "shipping", "shipping_vat_rate", "prices_include_vat", "visitor")
    return Cart(**_those(given, names), lines=lines(given["lines"]), customer=customer(given.get("customer")))


def order(given: Given, ref: str | None = None) -> Order:
    """Read an order; `ref` is the one of the address, where the body has none."""
    names = (
        "number", "currency", "cart_key", "promised_discount", "total", "placed_at", "discount", "shipping",
        "shipping_vat_rate", "prices_include_vat", "visitor",
    )  # fmt: skip
    codes = given.get("codes")
    return Order(
        **_those(given, names),
        ref=given["ref"] if ref is None else ref,
        lines=lines(given["lines"]),
        customer=customer(given.get("customer")),
        codes=None if codes is None else tuple(codes),
    )


def invoice(given: Given) -> Invoice:
    """Read a payment of an invoice."""
    names = (
        "ref", "currency", "payment_ref", "number", "amount", "total", "paid_at", "recurring",
        "subscription_ref",
    )  # fmt: skip
    told = given.get("lines")
    return Invoice(
        **_those(given, names),
        order_ref=given.get("order"),
        lines=None if told is None else tuple(lines(told)),
        customer=customer(given.get("customer")),
    )


def refund(given: Given) -> Refund:
    """Read a refund."""
    return Refund(
        **_those(given, ("ref", "currency", "amount", "reason", "at")),
        invoice_ref=given.get("invoice"),
        order_ref=given.get("order"),
        lines=tuple(RefundLine(**line) for line in given.get("lines", ())),
    )


def customer(given: Given | None) -> Customer | None:
    """Read who buys."""
    if given is None:
        return None
    named(given.get("data", {}))
    return Customer(**given)


def named(data: Given) -> Given:
    """Refuse fields whose names no condition could ask for."""
    wrong = next((name for name in data if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise Mistake(f"{wrong[:64]!r}: the name of a field has the form {_NAME.pattern}")
    return data


def lines(given: Any) -> list[Line]:  # noqa: ANN401 - a list of mappings
    """Read lines of goods."""
    return [Line(**line) for line in given]


def _those(given: Given, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}
