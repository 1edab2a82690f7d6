"""WooCommerce's REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from ..services.mistakes import BadSource
from ..services.pushed_codes import ToMake
from .shop_api import Caller, Made, bodies, read

_PER_PAGE: Final = 50
_MOST_PAGES: Final = 2000
_AT_ONCE: Final = 50
_API: Final = "/wp-json/wc/v3"
_THERE: Final = "woocommerce_rest_coupon_code_already_exists"
_GONE: Final = "2000-01-01T00:00:00"


@dataclass(frozen=True)
class WooCommerce:
    """A shop on WooCommerce."""

    caller: Caller

    def orders(self, since: datetime) -> Iterator[list[str]]:
        """Give orders by pages; what changes meanwhile comes later."""
        for page in range(1, _MOST_PAGES + 1):
            asked = urlencode({
                "modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
                "dates_are_gmt": "true", "orderby": "modified", "order": "asc", "per_page": _PER_PAGE,
                "page": page,
            })  # fmt: skip
            found = bodies(read(self.caller.ask("GET", f"{_API}/orders?{asked}")))
            if found:
                yield found
            if len(found) < _PER_PAGE:
                return

    def make(self, codes: tuple[ToMake, ...]) -> Iterator[Made]:
        """Make coupons, some at a time."""
        for begin in range(0, len(codes), _AT_ONCE):
            some = codes[begin : begin + _AT_ONCE]
            asked = {"create": [one.said for one in some]}
            said = read(self.caller.ask("POST", f"{_API}/coupons/batch", asked))
            try:
                yield from [_made(one, row) for one, row in zip(some, said["create"], strict=True)]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadSource("url", "The shop's answer about the codes cannot be read.") from error

    def end(self, remote_id: str, now: datetime) -> None:
        """Let a coupon be over long since: its days are those of the shop's own zone."""
        self.caller.ask("PUT", f"{_API}/coupons/{remote_id}", {"date_expires_gmt": _GONE})


def _made(one: ToMake, said: Mapping[str, Any]) -> Made:
    wrong = said.get("error")
    if not wrong:
        return Made(code_id=one.code_id, code=one.code, remote_id=str(said["id"]))
    if wrong.get("code") == _THERE:
        return Made(code_id=one.code_id, code=one.code, known=True)
    words = str(wrong.get("message") or wrong.get("code"))[:200]
    return Made(code_id=one.code_id, code=one.code, refused=words)
