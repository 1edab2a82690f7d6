"""Saleor: what its webhooks say of an order or a customer, where they ask for what docs/hooks.md says."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from .foreign import (
    ATTRIBUTE,
    BadBody,
    CodeUsed,
    Goods,
    Json,
    Person,
    Sold,
    Told,
    currency,
    hints,
    key,
    moment,
    number,
    text,
    thing,
    things,
)

SIGNATURE: Final = "saleor-signature"
EVENT: Final = "saleor-event"
_CANCELLED: Final = frozenset({"CANCELED", "CANCELLED", "EXPIRED"})
_GONE: Final = frozenset({"order_cancelled", "order_expired"})
_PAID: Final = frozenset({"order_fully_paid", "order_fully_refunded"})
_CENT: Final = Decimal("0.01")
ORDER_FIELDS: Final = """
  id number created updatedAt status isPaid userEmail languageCodeEnum voucherCode
  user { id firstName lastName }
  billingAddress { firstName lastName streetAddress1 streetAddress2 postalCode city phone country { code } }
  discounts { type name amount { amount currency } }
  shippingPrice { gross { amount } } shippingTaxRate
  total { gross { amount currency } } totalCharged { amount } totalRefunded { amount }
  metadata { key value }
  lines {
    id productSku productName quantity taxRate variant { product { id productType { kind } } }
    undiscountedUnitPrice { gross { amount } } totalPrice { gross { amount } }
  }
"""
"""What is asked of an order, by webhook and by its API."""


def jws_of(headers: Mapping[str, str]) -> str | None:
    """Give the detached JWS that a body is signed with, None where it is signed with a secret."""
    given = headers.get(SIGNATURE, "")
    return given if given.count(".") == 2 else None


def is_signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Say whether a body was signed with this secret key of the webhook."""
    digest = hmac.new(secret.encode(), body, sha256).hexdigest()
    return hmac.compare_digest(digest.encode(), headers.get(SIGNATURE, "").lower().encode(errors="replace"))


def read(said: object, topic: str, *, usual_currency: str, zone: tzinfo) -> Told:
    """Read a body; a topic of "order" is one of a file."""
    if isinstance(said, list):
        raise BadBody("the webhook has no subscription query: see docs/hooks.md for the one it needs")
    body, event = thing(said, "the body"), topic.lower()
    if event.startswith("customer_"):
        user = thing(body.get("user"), "user")
        return Told(ignored="customer_deleted") if event.endswith("deleted") else Told(person=_user(user, {}))
    if not event.startswith("order"):
        return Told(ignored="topic")
    order = thing(body.get("order") or body, "order")
    ref = _id(order.get("id"), "order.id")
    if order.get("status") == "DRAFT":
        return Told(ref=ref, ignored="draft")
    return _order(order, ref, event, body, usual_currency, zone)


def _order(order: Json, ref: str, event: str, body: Json, usual_currency: str, zone: tzinfo) -> Told:
    money = currency(_currency(order), usual_currency)
    total = _gross(order.get("total"), "total")
    refunded = order.get("totalRefunded")
    back = _amount(refunded, "totalRefunded")
    charged = _amount(order.get("totalCharged"), "totalCharged")
    changed = moment(order.get("updatedAt") or body.get("issuedAt"), "updatedAt", zone)
    return Told(
        ref=ref,
        currency=money,
        sold=_sold(order, money, total, zone),
        modified_at=changed,
        is_paid=event in _PAID or order.get("isPaid") is True or 0 < total <= charged + back,
        refunded_total=None if refunded is None else back,
        is_cancelled=text(order.get("status")) in _CANCELLED or event in _GONE,
        is_completed=order.get("status") == "FULFILLED",
    )


def _id(value: object, what: str) -> str:
    """Give the plain id in a global one: `Order:1f3...` as base64 is 1f3..."""
    given = key(value, what)
    try:
        kind, colon, plain = base64.b64decode(given, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        return given
    return plain if colon and kind.isalpha() and plain.isprintable() and plain else given


def _currency(order: Json) -> object:
    total = thing(order.get("total") or {}, "total")
    return thing(total.get("gross") or {}, "total.gross").get("currency")


def _amount(value: object, what: str) -> Decimal:
    return Decimal(0) if value is None else number(thing(value, what).get("amount"), what)


def _gross(value: object, what: str) -> Decimal:
    return Decimal(0) if value is None else _amount(thing(value, what).get("gross"), what)


def _sold(order: Json, money: str, total: Decimal, zone: tzinfo) -> Sold:
    lines = things(order.get("lines"), "lines")
    off = sum(
        (_amount(one.get("amount"), "discounts") for one in things(order.get("discounts"), "discounts")
         if one.get("type") == "VOUCHER"),
        Decimal(0),
    )  # fmt: skip
    code = text(order.get("voucherCode"), 64)
    shipping = _gross(order.get("shippingPrice"), "shippingPrice")
    prices = _prices(lines, total - shipping, off)
    cheaper = sum(prices, Decimal(0)) + shipping - total
    off = _of_goods(off, cheaper, len(lines))
    more = cheaper - (off if code else 0)
    return Sold(
        currency=money,
        number=text(order.get("number"), 64),
        lines=tuple(_line(line, price) for line, price in zip(lines, prices, strict=True)),
        total=total,
        person=_user(thing(order.get("user") or {}, "user"), order),
        codes=(CodeUsed(code=code, discount=off),) if code else (),
        discount=more if more > _CENT * max(1, len(lines)) else Decimal(0),
        shipping=shipping,
        shipping_vat_rate=_rate(order.get("shippingTaxRate")),
        placed_at=moment(order.get("created"), "created", zone),
        came_by=_came_by(order),
    )


def _of_goods(off: Decimal, cheaper: Decimal, lines: int) -> Decimal:
    """Give what a voucher took off the goods: one for the shipping has lowered `shippingPrice` already."""
    return off if cheaper >= off - _CENT * max(1, lines) else max(Decimal(0), cheaper)


def _prices(lines: Sequence[Json], goods: Decimal, off: Decimal) -> list[Decimal]:
    """Give what lines come to before the voucher: as told, or worked out from what they come to after it."""
    before = [
        _gross(line.get("undiscountedUnitPrice"), "undiscountedUnitPrice") * _quantity(line)
        for line in lines
        if line.get("undiscountedUnitPrice") is not None
    ]
    if len(before) == len(lines):
        return before
    after = [_gross(line.get("totalPrice"), "totalPrice") for line in lines]
    whole = sum(after, Decimal(0))
    already = abs(whole - goods) <= _CENT * max(1, len(lines))
    return [one + off * one / whole for one in after] if already and whole > 0 else after


def _quantity(line: Json) -> Decimal:
    return max(number(line.get("quantity"), "lines.quantity"), Decimal(0))


def _line(line: Json, price: Decimal) -> Goods:
    quantity = _quantity(line)
    variant = thing(line.get("variant") or {}, "variant")
    product = thing(variant.get("product") or {}, "product")
    product_id = product.get("id") or variant.get("id")
    named = _id(product_id, "product.id") if product_id else line.get("productSku")
    own = _id(line.get("id") or line.get("productSku"), "lines.id")
    return Goods(
        key=own,
        product=key(named or own, "lines.productSku"),
        quantity=quantity,
        unit_price=price / quantity if quantity else Decimal(0),
        title=text(line.get("productName")) or "",
        vat_rate=_rate(line.get("taxRate")),
        earns=thing(product.get("productType") or {}, "productType").get("kind") != "GIFT_CARD",
    )


def _rate(value: Any) -> Decimal | None:  # noqa: ANN401 - JSON
    """Give a tax rate in per cent; Saleor writes 0.19."""
    return None if value is None else number(value, "taxRate") * 100


def _user(user: Json, order: Json) -> Person:
    place = thing(order.get("billingAddress") or {}, "billingAddress")
    parts = (user.get("firstName") or place.get("firstName"), user.get("lastName") or place.get("lastName"))
    address = [text(place.get(one)) for one in ("streetAddress1", "streetAddress2", "postalCode", "city")]
    language = text(order.get("languageCodeEnum") or user.get("languageCode"), 35)
    return Person(
        id=_id(user["id"], "user.id") if user.get("id") else None,
        email=text(order.get("userEmail") or user.get("email"), 254),
        name=" ".join(filter(None, map(text, parts)))[:200] or None,
        phone=text(place.get("phone"), 64),
        address=", ".join(filter(None, address))[:500] or None,
        country=text(thing(place.get("country") or {}, "country").get("code"), 64),
        locale=None if language is None else language.lower().replace("_", "-"),
    )


def _came_by(order: Json) -> tuple[str, ...]:
    kept = {str(one.get("key")): one.get("value") for one in things(order.get("metadata"), "metadata")}
    return hints(kept.get(ATTRIBUTE), kept.get(f"_{ATTRIBUTE}"))
