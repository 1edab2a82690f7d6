"""Shopify: what its webhooks and its API's JSON say of an order, a refund or a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Final

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
    text,
    thing,
    things,
)

SIGNATURE: Final = "x-shopify-hmac-sha256"
TOPIC: Final = "x-shopify-topic"
_ORDERS: Final = frozenset(
    {"orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled", "order"}
)
_CUSTOMERS: Final = frozenset({"customers/create", "customers/update"})
_PAID: Final = frozenset({"paid", "partially_refunded", "refunded"})
_GOES_BACK: Final = "refund"


def is_signed(body: bytes, headers: Mapping[str, str], secret: str) -> bool:
    """Say whether a body was signed with this client secret of the app."""
    return is_digest(headers.get(SIGNATURE, ""), body, secret)


def read(said: object, topic: str, *, usual_currency: str, zone: tzinfo) -> Told:
    """Read a body; a topic of "order" is one of a file."""
    body = thing(said, "the body")
    if body.get("test") is True:
        return Told(ignored="test")
    if topic in _CUSTOMERS:
        return Told(person=_person(body, {}))
    if topic == "orders/delete":
        return Told(ref=key(body.get("id"), "id"), is_cancelled=True)
    if topic == "refunds/create":
        return _refund_alone(body, usual_currency)
    if topic not in _ORDERS:
        return Told(ignored="topic")
    return _order(body, usual_currency, zone)


def _refund_alone(body: Json, usual_currency: str) -> Told:
    money = next((move.get("currency") for move in _moves(body)), None)
    return Told(
        ref=key(body.get("order_id"), "order_id"),
        currency=currency(money, usual_currency),
        refunds=tuple(_refunds([body])),
    )


def _order(body: Json, usual_currency: str, zone: tzinfo) -> Told:
    if "line_items" not in body:
        raise BadBody("line_items is missing: the webhook sends another payload than the order")
    money = currency(body.get("currency"), usual_currency)
    return Told(
        ref=key(body.get("id"), "id"),
        currency=money,
        sold=_sold(body, money, zone),
        modified_at=moment(body.get("updated_at"), "updated_at", zone),
        is_paid=text(body.get("financial_status")) in _PAID,
        refunds=tuple(_refunds(things(body.get("refunds"), "refunds"))),
        is_cancelled=bool(body.get("cancelled_at")),
        is_completed=body.get("fulfillment_status") == "fulfilled",
    )


def _refunds(told: object) -> list[GivenBack]:
    """Give what went back: units where lines are named, else the money that has moved."""
    found = []
    for refund in things(told, "refunds"):
        lines = tuple(
            (key(line.get("line_item_id"), "line_item_id"), number(line.get("quantity"), "quantity"))
            for line in things(refund.get("refund_line_items"), "refund_line_items")
            if number(line.get("quantity"), "quantity") > 0
        )
        amount = sum((_amount(move) for move in _moves(refund)), Decimal(0))
        if lines or amount > 0:
            found.append(
                GivenBack(
                    id=key(refund.get("id"), "refunds.id"),
                    amount=amount if amount > 0 else None,
                    lines=lines,
                    reason=text(refund.get("note")) or "",
                    at=moment(refund.get("processed_at") or refund.get("created_at"), "processed_at"),
                )
            )
    return found


def _moves(refund: Json) -> list[Json]:
    """Give the money that has really moved in a refund."""
    told = things(refund.get("transactions"), "transactions")
    return [one for one in told if one.get("kind") == _GOES_BACK and one.get("status") == "success"]


def _amount(move: Json) -> Decimal:
    """Give an amount in the currency of the shop."""
    both = thing(move.get("amount_set") or {}, "amount_set")
    mine = thing(both.get("shop_money") or {}, "shop_money")
    return number(mine.get("amount") or move.get("amount"), "transactions.amount")


def _sold(body: Json, money: str, zone: tzinfo) -> Sold:
    codes = tuple(
        CodeUsed(
            code=key(used.get("code"), "discount_codes.code"),
            discount=number(used.get("amount"), "discount_codes.amount"),
            of_shipping=used.get("type") == "shipping",
        )
        for used in things(body.get("discount_codes"), "discount_codes")
    )
    off = number(body.get("total_discounts"), "total_discounts")
    by_codes = sum((used.discount for used in codes), Decimal(0))
    shipping = things(body.get("shipping_lines"), "shipping_lines")
    cheaper = _off_shipping(shipping, codes)
    customer = thing(body.get("customer") or {}, "customer")
    return Sold(
        currency=money,
        number=text(body.get("name"), 64),
        lines=tuple(_line(line) for line in things(body.get("line_items"), "line_items")),
        total=number(body.get("total_price"), "total_price"),
        person=_person(customer, body),
        codes=codes,
        discount=max(Decimal(0), off - by_codes - cheaper),
        shipping=sum((number(line.get("price"), "shipping_lines.price") for line in shipping), Decimal(0))
        - cheaper,
        shipping_vat_rate=_rate(shipping[0]) if shipping else None,
        prices_include_vat=bool(body.get("taxes_included")),
        placed_at=moment(body.get("created_at"), "created_at", zone),
        came_by=_came_by(body),
    )


def _off_shipping(shipping: Sequence[Json], codes: Sequence[CodeUsed]) -> Decimal:
    """Give what the shop took off the shipping by no code."""
    off = sum(
        (
            number(part.get("amount"), "discount_allocations.amount")
            for line in shipping
            for part in things(line.get("discount_allocations"), "discount_allocations")
        ),
        Decimal(0),
    )
    return max(Decimal(0), off - sum((used.discount for used in codes if used.of_shipping), Decimal(0)))


def _line(line: Json) -> Goods:
    is_tip = bool(line.get("tip"))
    product = line.get("product_id") or line.get("variant_id") or line.get("sku") or f"line-{line.get('id')}"
    return Goods(
        key=key(line.get("id"), "line_items.id"),
        product="tip" if is_tip else key(product, "line_items.product_id"),
        quantity=max(number(line.get("quantity"), "line_items.quantity"), Decimal(0)),
        unit_price=number(line.get("price"), "line_items.price"),
        title=text(line.get("title") or line.get("name")) or "",
        vat_rate=_rate(line),
        earns=not is_tip and line.get("gift_card") is not True,
    )


def _rate(line: Json) -> Decimal | None:
    """Give the tax rate of a line in per cent; Shopify writes 0.19."""
    taxes = things(line.get("tax_lines"), "tax_lines")
    if not taxes:
        return None
    return sum((number(tax.get("rate"), "tax_lines.rate") for tax in taxes), Decimal(0)) * 100


def _person(customer: Json, order: Json) -> Person:
    """Give who buys: a guest has no id and is known by the order's e-mail address."""
    place = thing(order.get("billing_address") or customer.get("default_address") or {}, "billing_address")
    name = " ".join(
        filter(
            None,
            (
                text(customer.get("first_name") or place.get("first_name")),
                text(customer.get("last_name") or place.get("last_name")),
            ),
        )
    )
    address = ", ".join(
        filter(None, (text(place.get(one)) for one in ("address1", "address2", "zip", "city")))
    )
    return Person(
        id=text(customer.get("id"), 64),
        email=text(order.get("email") or order.get("contact_email") or customer.get("email"), 254),
        name=name[:200] or None,
        phone=text(order.get("phone") or customer.get("phone"), 64),
        address=address[:500] or None,
        country=text(place.get("country_code"), 64),
        locale=text(order.get("customer_locale"), 35),
    )


def _came_by(body: Json) -> tuple[str, ...]:
    notes = things(body.get("note_attributes"), "note_attributes")
    noted = {str(note.get("name")): note.get("value") for note in notes}
    return hints(
        noted.get(ATTRIBUTE),
        noted.get(f"_{ATTRIBUTE}"),
        body.get("landing_site"),
        body.get("landing_site_ref"),
    )
