"""WooCommerce: what its webhooks and its REST API say of an order, a customer, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Final

from .foreign import (
    ATTRIBUTE,
    BadBody,
    CodeUsed,
    GivenBack,
    Goods,
    Json,
    Person,
    Sold,
    Told,
    currency,
    hints,
    is_digest,
    key,
    moment,
    number,
    rate_of,
    text,
    thing,
    things,
)

SIGNATURE: Final = "x-wc-webhook-signature"
TOPIC: Final = "x-wc-webhook-topic"
_PING: Final = re.compile(rb"webhook_id=[0-9]{1,20}")
_DRAFTS: Final = frozenset({"checkout-draft", "auto-draft", "draft"})
_CAME_BY: Final = (
    ATTRIBUTE, f"_{ATTRIBUTE}", "_wc_order_attribution_session_entry", "_wc_order_attribution_utm_source",
)  # fmt: skip


def is_ping(body: bytes, headers: Mapping[str, str]) -> bool:
    """Say whether this is the ping with which the shop tries a new webhook; it is never signed."""
    return SIGNATURE not in headers and _PING.fullmatch(body.strip()) is not None


def is_signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Say whether a body was signed with this secret."""
    return is_digest(headers.get(SIGNATURE, ""), body, secret)


def read(said: object, topic: str, *, usual_currency: str, zone: tzinfo) -> Told:
    """Read a body; a topic of "order" is one of the REST API."""
    body, resource = thing(said, "the body"), topic.partition(".")[0]
    if resource == "customer":
        return _customer(body, topic)
    if resource != "order":
        return Told(ignored="topic")
    ref = key(body.get("id"), "id")
    if topic == "order.deleted":
        return Told(ref=ref, is_cancelled=True)
    if "line_items" not in body:
        raise BadBody("line_items is missing: the webhook sends another payload than the order")
    if text(body.get("status")) in _DRAFTS:
        return Told(ref=ref, ignored="draft")
    return _order(body, ref, usual_currency, zone)


def _customer(body: Json, topic: str) -> Told:
    if topic == "customer.deleted":
        return Told(ignored="customer_deleted")
    billing = thing(body.get("billing") or {}, "billing")
    named = {**billing, "email": body.get("email") or billing.get("email")}
    for name in ("first_name", "last_name"):
        named[name] = body.get(name) or billing.get(name)
    return Told(person=_person(named, key(body.get("id"), "id")))


def _order(body: Json, ref: str, usual_currency: str, zone: tzinfo) -> Told:
    status, money = str(body.get("status") or ""), currency(body.get("currency"), usual_currency)
    paid_at = _moment(body, "date_paid", zone)
    return Told(
        ref=ref,
        currency=money,
        sold=_sold(body, money, zone),
        modified_at=_moment(body, "date_modified", zone),
        is_paid=paid_at is not None,
        paid_at=paid_at,
        refunds=tuple(_refunds(body)),
        lists_all_refunds="refunds" in body,
        is_cancelled=status in {"cancelled", "trash"},
        has_failed=status == "failed",
        is_completed=status == "completed",
        completed_at=_moment(body, "date_completed", zone),
    )


def _moment(body: Json, name: str, zone: tzinfo) -> Any:  # noqa: ANN401 - a moment or None
    """Give a time in UTC: the field that says so, else the shop's own time."""
    found = moment(body.get(f"{name}_gmt"), f"{name}_gmt")
    return found or moment(body.get(name), name, zone)


def _refunds(body: Json) -> list[GivenBack]:
    found = []
    for refund in things(body.get("refunds"), "refunds"):
        amount = -number(refund.get("total"), "refunds.total")
        if amount > 0:
            reason = text(refund.get("reason")) or ""
            found.append(GivenBack(id=key(refund.get("id"), "refunds.id"), amount=amount, reason=reason))
    return found


def _sold(body: Json, money: str, zone: tzinfo) -> Sold:
    includes = bool(body.get("prices_include_tax"))
    rates = _rates(body)
    lines = things(body.get("line_items"), "line_items")
    codes = tuple(_code(coupon, includes) for coupon in things(body.get("coupon_lines"), "coupon_lines"))
    shipping = number(body.get("shipping_total"), "shipping_total")
    tax = number(body.get("shipping_tax"), "shipping_tax")
    customer_id = key(body.get("customer_id") or 0, "customer_id")
    billing = thing(body.get("billing") or {}, "billing")
    return Sold(
        currency=money,
        number=text(body.get("number"), 64),
        lines=tuple(_line(line, rates, includes) for line in lines),
        total=number(body.get("total"), "total"),
        person=_person(billing, None if customer_id == "0" else customer_id),
        codes=codes,
        discount=_more_off(lines, codes, includes) + _rebates(body, includes),
        shipping=max(Decimal(0), shipping + tax if includes else shipping),
        shipping_vat_rate=rate_of(shipping, tax),
        prices_include_vat=includes,
        placed_at=_moment(body, "date_created", zone),
        came_by=_came_by(body),
    )


def _rates(body: Json) -> dict[str, Decimal]:
    """Give the tax rates of an order in per cent, by their ids."""
    return {
        str(line.get("rate_id")): number(line.get("rate_percent"), "tax_lines.rate_percent")
        for line in things(body.get("tax_lines"), "tax_lines")
        if line.get("rate_percent") is not None
    }


def _line(line: Json, rates: Mapping[str, Decimal], includes: bool) -> Goods:
    quantity = number(line.get("quantity"), "line_items.quantity")
    net = number(line.get("subtotal"), "line_items.subtotal")
    rate = _rate(line, rates)
    whole = net + _tax_before(line, net, rate) if includes else net
    product = line.get("product_id") or line.get("sku") or f"line-{line.get('id')}"
    return Goods(
        key=key(line.get("id"), "line_items.id"),
        product=key(product, "line_items.product_id"),
        quantity=max(quantity, Decimal(0)),
        unit_price=whole / quantity if quantity > 0 else Decimal(0),
        title=text(line.get("name")) or "",
        vat_rate=rate,
    )


def _rate(line: Json, rates: Mapping[str, Decimal]) -> Decimal | None:
    """Give the rate of a line: as its order names it, else as its tax tells."""
    named = [
        rates[str(tax.get("id"))]
        for tax in things(line.get("taxes"), "line_items.taxes")
        if str(tax.get("id")) in rates and tax.get("subtotal") not in (None, "")
    ]
    if named:
        return sum(named, Decimal(0))
    for net, tax in (("subtotal", "subtotal_tax"), ("total", "total_tax")):
        if line.get(tax) not in (None, ""):
            found = rate_of(number(line.get(net), net), number(line.get(tax), tax))
            if found is not None:
                return found
    return None


def _tax_before(line: Json, net: Decimal, rate: Decimal | None) -> Decimal:
    """Give the tax of a line before its discount."""
    if line.get("subtotal_tax") not in (None, ""):
        return number(line.get("subtotal_tax"), "line_items.subtotal_tax")
    return net * (rate or Decimal(0)) / 100


def _code(coupon: Json, includes: bool) -> CodeUsed:
    return CodeUsed(
        code=key(coupon.get("code"), "coupon_lines.code"),
        discount=_as_priced(coupon, "coupon_lines", "discount", "discount_tax", includes),
    )


def _rebates(body: Json, includes: bool) -> Decimal:
    """Give what fees below zero come to: that is how rebates of all kinds are written there."""
    fees = things(body.get("fee_lines"), "fee_lines")
    amounts = (_as_priced(fee, "fee_lines", "total", "total_tax", includes) for fee in fees)
    return -sum((amount for amount in amounts if amount < 0), Decimal(0))


def _as_priced(entry: Json, place: str, net: str, tax: str, includes: bool) -> Decimal:
    """Give an amount as prices are written in this order: with its tax, or without."""
    amount, more = (number(entry.get(name), f"{place}.{name}") for name in (net, tax))
    return amount + more if includes else amount


def _more_off(lines: Any, codes: tuple[CodeUsed, ...], includes: bool) -> Decimal:  # noqa: ANN401
    """Give what lines were lowered by beyond the coupons: an admin there has changed their prices."""
    fields = [("subtotal", "total"), ("subtotal_tax", "total_tax")][: 2 if includes else 1]
    off = sum(
        (number(line.get(was), was) - number(line.get(now), now))
        for line in lines
        for was, now in fields
        if line.get(was) not in (None, "")
    )
    return max(Decimal(0), Decimal(off) - sum((code.discount for code in codes), Decimal(0)))


def _person(billing: Json, customer_id: str | None) -> Person:
    name = " ".join(filter(None, (text(billing.get("first_name")), text(billing.get("last_name")))))
    places = ("address_1", "address_2", "postcode", "city")
    address = ", ".join(filter(None, (text(billing.get(place)) for place in places)))
    return Person(
        id=customer_id,
        email=text(billing.get("email"), 254),
        name=name[:200] or None,
        phone=text(billing.get("phone"), 64),
        address=address[:500] or None,
        country=text(billing.get("country"), 64),
    )


def _came_by(body: Json) -> tuple[str, ...]:
    kept = {str(item.get("key")): item.get("value") for item in things(body.get("meta_data"), "meta_data")}
    return hints(*(kept.get(name) for name in _CAME_BY))
