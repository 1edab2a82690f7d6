"""What partners can be told of by calls of their own addresses, and what fills such an address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from .endpoint import BadAddress, Target, Wrong, read_url
from .places import bad_place, filled, places_of

LONGEST_FILLED: Final = 4000
"""So long an address may be once its places are filled."""


class Told(StrEnum):
    """What a partner is told of."""

    SALE = "sale"
    PENDING = "commission_pending"
    PAYABLE = "commission_payable"
    HELD = "commission_held"
    REVERSED = "commission_reversed"
    PAID = "payout_paid"
    RETURNED = "payout_returned"


TEST: Final = "test"
"""What a call is about that the partner has asked for."""
PLACES: Final = (
    "event", "id", "time", "amount", "currency", "order_ref", "sale", "sale_currency", "level", "code",
    "link", "label", "sub_id", "campaign", "payout",
)  # fmt: skip
"""What can stand in an address, in the order in which pages list it."""


class BadTemplate(BadAddress):
    """An address with a place that cannot be filled: what is written there, at which sign, counted from 1."""

    def __init__(self, written: str, sign: int) -> None:
        self.written, self.sign = written, sign
        super().__init__(Wrong.SHAPE, f"{written} at sign {sign} cannot be filled")


def check_address(url: str, method: str, private_hosts: Collection[str] = ()) -> None:
    """Raise BadTemplate or BadAddress for an address that cannot be called by a method.

    Only GET has places, and only behind the host: nobody is sent to a host that the content of a call names.
    """
    known = PLACES if method == "GET" else ()
    wrong = bad_place(url, known)
    if wrong is not None:
        raise BadTemplate(wrong.written, wrong.sign)
    begin = len(_begin_of(url))
    first = url.find("{")
    if 0 <= first < begin:
        raise BadTemplate(url[first : url.find("}") + 1], first + 1)
    read_url(filled(url, dict.fromkeys(places_of(url), "x")), private_hosts)


def host_of(url: str) -> str:
    """Give the host of an address that can be called."""
    return _begin_of(url).partition("://")[2].rstrip("/?")


def _begin_of(url: str) -> str:
    """Give the beginning of an address up to the end of its host, with what separates it from the rest."""
    scheme, mark, rest = url.partition("://")
    ends = [end for end in (rest.find(sign) for sign in "/?#") if end >= 0]
    return f"{scheme}{mark}{rest[: min(ends, default=len(rest)) + 1]}"


def fill(url: str, data: Mapping[str, object]) -> str:
    """Put what a call says into the places of an address; what it does not say stays empty."""
    given = {name: quote(str(data.get(name, "")), safe="") for name in places_of(url)}
    return filled(url, given)


def target_of(url: str, private_hosts: Collection[str]) -> Target:
    """Read an address whose places are filled."""
    return read_url(url, private_hosts, longest=LONGEST_FILLED)
