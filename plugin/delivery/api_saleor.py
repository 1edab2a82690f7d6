"""Saleor's API in GraphQL: orders as its webhooks tell them, vouchers in channels of one currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ..domain.saleor import ORDER_FIELDS
from ..services.mistakes import BadSource
from ..services.pushed_codes import ToMake
from .shop_api import Caller, Made, bodies

_API: Final = "/graphql/"
_PER_PAGE: Final = 100
_MOST_PAGES: Final = 2000
_THERE: Final = frozenset({"ALREADY_EXISTS", "UNIQUE"})
_ORDERS: Final = f"""query ($since: DateTime!, $after: String, $first: Int!) {{
  orders(
    first: $first, after: $after, filter: {{updatedAt: {{gte: $since}}}},
    sortBy: {{field: LAST_MODIFIED_AT, direction: ASC}}
  ) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {ORDER_FIELDS} }} }} }}
}}"""
_CHANNELS: Final = "query { channels { id currencyCode isActive } }"
_MAKE: Final = """mutation ($input: VoucherInput!) {
  made: voucherCreate(input: $input) { voucher { id } errors { field code message } }
}"""
_LIST: Final = """mutation ($id: ID!, $input: VoucherChannelListingInput!) {
  made: voucherChannelListingUpdate(id: $id, input: $input) { errors { field code message } }
}"""
_UPDATE: Final = """mutation ($id: ID!, $input: VoucherInput!) {
  made: voucherUpdate(id: $id, input: $input) { errors { field code message } }
}"""
_REMOVE: Final = """mutation ($id: ID!) {
  made: voucherDelete(id: $id) { errors { field code message } }
}"""


@dataclass(frozen=True)
class Saleor:
    """A shop on Saleor; `currency` says in which of its channels our codes hold."""

    caller: Caller
    currency: str

    def orders(self, since: datetime) -> Iterator[list[str]]:
        """Give orders by pages."""
        after: str | None = None
        begin = since.astimezone(UTC).isoformat(timespec="seconds")
        for _ in range(_MOST_PAGES):
            asked = {"since": begin, "after": after, "first": _PER_PAGE}
            found = self.caller.query(_API, _ORDERS, asked).get("orders")
            try:
                page, edges = found["pageInfo"], [edge["node"] for edge in found["edges"]]  # type: ignore[index]
            except (KeyError, TypeError) as error:
                raise BadSource("url", "The shop's answer is no list of orders.") from error
            if edges:
                yield bodies(edges)
            if not page.get("hasNextPage") or page.get("endCursor") in {None, after}:
                return
            after = page["endCursor"]

    def make(self, codes: tuple[ToMake, ...]) -> Iterator[Made]:
        """Make a voucher for each code, and list it: without a channel it holds nowhere."""
        channels = self._channels() if codes else []
        for one in codes:
            said = self._ask(_MAKE, {"input": one.said["voucher"]})
            if said["errors"]:
                yield _not_made(one, said["errors"])
                continue
            made = str(said["voucher"]["id"])
            listed = [{"channelId": channel, **one.said["listing"]} for channel in channels]
            wrong = self._ask(_LIST, {"id": made, "input": {"addChannels": listed}})["errors"]
            if wrong:
                self._ask(_REMOVE, {"id": made})
                yield _not_made(one, wrong)
            else:
                yield Made(code_id=one.code_id, code=one.code, remote_id=made)

    def end(self, remote_id: str, now: datetime) -> None:
        """Let a voucher end now."""
        at = now.astimezone(UTC).isoformat(timespec="seconds")
        wrong = self._ask(_UPDATE, {"id": remote_id, "input": {"endDate": at}})["errors"]
        if wrong:
            raise BadSource("access", f"The shop refuses: {wrong[0].get('message')}")

    def _channels(self) -> list[str]:
        told = self.caller.query(_API, _CHANNELS, {}).get("channels") or []
        mine = [one["id"] for one in told if one.get("currencyCode") == self.currency and one.get("isActive")]
        if not mine:
            raise BadSource("currency", f"The shop has no active channel in {self.currency}.")
        return mine

    def _ask(self, query: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        said = self.caller.query(_API, query, variables).get("made")
        if not isinstance(said, dict) or not isinstance(said.get("errors"), list):
            raise BadSource("url", "The shop's answer about the codes cannot be read.")
        return said


def _not_made(one: ToMake, wrong: list[Mapping[str, Any]]) -> Made:
    if all(error.get("code") in _THERE for error in wrong):
        return Made(code_id=one.code_id, code=one.code, known=True)
    words = f"{wrong[0].get('field') or ''} {wrong[0].get('message')}".strip()
    return Made(code_id=one.code_id, code=one.code, refused=words[:200])
