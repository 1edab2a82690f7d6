"""The platforms whose shops can tell by webhook, each with how its bodies are signed and read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, Protocol

from . import code_tables, saleor, saleor_vouchers, shopify, shopify_discounts, woo_coupons, woocommerce
from .code_tables import Table
from .coupon import CouponTerms
from .foreign import Told

Headers = Mapping[str, str]
"""By their names in lower case."""


class Read(Protocol):
    """Reads the JSON of a body."""

    def __call__(self, said: object, topic: str, *, usual_currency: str, zone: tzinfo) -> Told:
        """Give what it says, or raise BadBody."""


class Write(Protocol):
    """Writes a code as the platform's API takes it."""

    def __call__(
        self,
        code: str,
        terms: CouponTerms,
        source: str,
        *,
        most: int | None,
        until: datetime | None,
        now: datetime,
    ) -> dict[str, Any]:
        """Give the code with its terms; `most` and `until` are its own limits."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What kind of shop it is. `makes_secret`: the shop has made the secret that it signs with, not we."""

    name: str
    title: str
    topic_header: str
    is_signed: Callable[[bytes, Headers, str], bool]
    read: Read
    write_code: Write
    not_said: Callable[[CouponTerms, str], tuple[str, ...]]
    """Names the terms of a coupon that it has no word for."""
    table: Table | None = None
    """The table of codes that its import tools read; None: there are none."""
    is_ping: Callable[[bytes, Headers], bool] = lambda _body, _headers: False
    jws_of: Callable[[Headers], str | None] = lambda _headers: None
    """Gives the JWS by which a body is signed with a key that the shop publishes."""
    makes_secret: bool = False
    topic_of_file: str = ""
    """What an order is called that comes in a file or is fetched."""


PLATFORMS: Final[Mapping[str, Platform]] = {
    platform.name: platform
    for platform in (
        Platform(
            name="woocommerce",
            title="WooCommerce",
            topic_header=woocommerce.TOPIC,
            is_signed=woocommerce.is_signed,
            is_ping=woocommerce.is_ping,
            read=woocommerce.read,
            write_code=woo_coupons.written,
            not_said=woo_coupons.not_said,
            table=code_tables.WOOCOMMERCE,
            topic_of_file="order",
        ),
        Platform(
            name="shopify",
            title="Shopify",
            topic_header=shopify.TOPIC,
            is_signed=shopify.is_signed,
            read=shopify.read,
            write_code=shopify_discounts.written,
            not_said=shopify_discounts.not_said,
            table=code_tables.SHOPIFY,
            makes_secret=True,
            topic_of_file="order",
        ),
        Platform(
            name="saleor",
            title="Saleor",
            topic_header=saleor.EVENT,
            is_signed=saleor.is_signed,
            jws_of=saleor.jws_of,
            read=saleor.read,
            write_code=saleor_vouchers.written,
            not_said=saleor_vouchers.not_said,
            topic_of_file="order",
        ),
    )
}
