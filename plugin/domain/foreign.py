"""What a shop that is no Flask app tells of its orders: facts as read from its JSON, not yet our own."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from .money import currency_code, decimal
from .tracking import PARAMETER

ATTRIBUTE: Final = "firstline"
"""What a note or attribute of an order is called that holds a partner's tracking id."""
_LONGEST: Final = 200
Json = Mapping[str, Any]


class BadBody(ValueError):
    """A body that does not say what its platform says; the text names the place."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who buys; `id` None is a guest."""

    id: str | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    country: str | None = None
    locale: str | None = None


@dataclass(frozen=True, kw_only=True)
class Goods:
    """A line with its price before any discount; `product` is the id there.

    `earns` is False for what is no goods, such as a gift card that is sold or a tip.
    """

    key: str
    product: str
    quantity: Decimal
    unit_price: Decimal
    title: str = ""
    vat_rate: Decimal | None = None
    earns: bool = True


@dataclass(frozen=True, kw_only=True)
class CodeUsed:
    """A code that the shop has redeemed by itself, and what it took off: the goods or the shipping."""

    code: str
    discount: Decimal
    of_shipping: bool = False


@dataclass(frozen=True, kw_only=True)
class GivenBack:
    """Money or units that went back: `lines` are (key, quantity); neither amount nor lines: everything."""

    id: str
    amount: Decimal | None = None
    lines: tuple[tuple[str, Decimal], ...] = ()
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Sold:
    """An order as it stood. `came_by` are texts that may hold the tracking id of a partner's link."""

    currency: str
    lines: tuple[Goods, ...]
    total: Decimal
    number: str | None = None
    person: Person = Person()
    codes: tuple[CodeUsed, ...] = ()
    discount: Decimal = Decimal(0)
    """What the shop took off by no code at all."""
    shipping: Decimal = Decimal(0)
    shipping_vat_rate: Decimal | None = None
    prices_include_vat: bool = True
    placed_at: datetime | None = None
    came_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that one body says. `ignored` says why that is nothing: topic, draft, test, customer_deleted."""

    ref: str | None = None
    """The order's id there."""
    sold: Sold | None = None
    modified_at: datetime | None = None
    currency: str = ""
    is_paid: bool = False
    paid_at: datetime | None = None
    refunds: tuple[GivenBack, ...] = ()
    lists_all_refunds: bool = False
    """Whether a refund that is not named does not exist any more."""
    refunded_total: Decimal | None = None
    """What went back in all, where the shop tells no single refunds."""
    is_cancelled: bool = False
    has_failed: bool = False
    is_completed: bool = False
    completed_at: datetime | None = None
    person: Person | None = None
    """A customer who is told of without an order."""
    ignored: str = ""


def is_digest(given: str, body: bytes, secret: str) -> bool:
    """Say whether this is the HMAC-SHA256 of a body, in base64."""
    digest = hmac.new(secret.encode(), body, sha256).digest()
    return hmac.compare_digest(base64.b64encode(digest), given.encode(errors="replace"))


def thing(value: object, what: str) -> Json:
    """Give an object of the JSON."""
    if not isinstance(value, Mapping):
        raise BadBody(f"{what} is no object")
    return value


def things(value: object, what: str) -> Sequence[Json]:
    """Give a list of objects; none where it is missing."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise BadBody(f"{what} is no list")
    return [thing(item, what) for item in value]


def number(value: object, what: str) -> Decimal:
    """Read an amount that is a text or a number; nothing is 0."""
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise BadBody(f"{what} is no number")
    try:
        return decimal(value)
    except (ValueError, ArithmeticError) as error:
        raise BadBody(f"{what}: {error}") from error


def text(value: object, longest: int = _LONGEST) -> str | None:
    """Give a text without what no database keeps, None for an empty one."""
    if value is None or isinstance(value, (Mapping, list)):
        return None
    plain = "".join(sign for sign in str(value) if sign.isprintable()).strip()
    return plain[:longest] or None


def key(value: object, what: str) -> str:
    """Give an id as text."""
    found = text(value, 64)
    if found is None or isinstance(value, bool):
        raise BadBody(f"{what} is missing")
    return found


def currency(value: object, usual: str = "") -> str:
    """Read the currency, or give the usual one of the shop where none is named."""
    try:
        return currency_code(str(value or usual))
    except ValueError as error:
        raise BadBody(f"currency: {error}") from error


def moment(value: object, what: str, zone: tzinfo = UTC) -> datetime | None:
    """Read a time; one without an offset is in `zone`."""
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadBody(f"{what} is no time") from error
    return found.replace(tzinfo=zone).astimezone(UTC) if found.tzinfo is None else found.astimezone(UTC)


def rate_of(net: Decimal, tax: Decimal) -> Decimal | None:
    """Give the plainest rate in per cent that makes this tax of that net, None where there is no telling."""
    if net <= 0 or tax < 0:
        return None
    exact = tax * 100 / net
    for step in (Decimal(1), Decimal("0.1"), Decimal("0.01")):
        near = exact.quantize(step)
        if near < 100 and abs(net * near / 100 - tax) <= Decimal("0.01"):
            return near.normalize() if near else Decimal(0)
    return None


def hints(*values: object) -> tuple[str, ...]:
    """Give the texts that may hold a tracking id: the values themselves, or what an address carries."""
    found: list[str] = []
    for value in values:
        plain = text(value, 500)
        if plain is None:
            continue
        found += _carried(plain) if "?" in plain else [plain]
    return tuple(dict.fromkeys(one for one in found if one))


def _carried(address: str) -> list[str]:
    try:
        asked = parse_qs(urlsplit(address).query)
    except ValueError:
        return []
    return [value for name in (PARAMETER, "utm_source") for value in asked.get(name, ())]
