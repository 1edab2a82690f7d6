"""Shopify's APIs: orders by REST, in the shape of its webhooks; discount codes by GraphQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from ..services.asking import Answer
from ..services.mistakes import BadSource
from ..services.pushed_codes import ToMake
from .shop_api import Caller, Made, bodies, read

VERSION: Final = "2025-10"
"""Of the API; a shop that has it no more answers by the oldest that it has."""
_API: Final = f"/admin/api/{VERSION}"
_PER_PAGE: Final = 250
_MOST_PAGES: Final = 2000
_NEXT: Final = re.compile(r'<([^>]*)>;\s*rel="?next"?')
_THERE: Final = "TAKEN"
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "basicCodeDiscount": ("discountCodeBasicCreate", "DiscountCodeBasicInput"),
    "freeShippingCodeDiscount": ("discountCodeFreeShippingCreate", "DiscountCodeFreeShippingInput"),
}
"""By what a discount is given as: what makes it, and the type of what is given."""
_OFF: Final = """mutation ($id: ID!) {
  made: discountCodeDeactivate(id: $id) { codeDiscountNode { id } userErrors { code message } }
}"""


@dataclass(frozen=True)
class Shopify:
    """A shop on Shopify."""

    caller: Caller

    def orders(self, since: datetime) -> Iterator[list[str]]:
        """Give orders by pages; the answer names the next one."""
        asked: dict[str, object] = {
            "updated_at_min": since.astimezone(UTC).isoformat(timespec="seconds"), "status": "any",
            "order": "updated_at asc",
        }  # fmt: skip
        for _ in range(_MOST_PAGES):
            answer = self.caller.ask("GET", f"{_API}/orders.json?{urlencode({'limit': _PER_PAGE, **asked})}")
            said = read(answer)
            found = bodies(said.get("orders") if isinstance(said, dict) else None)
            if found:
                yield found
            following = _next_page(answer)
            if not following:
                return
            asked = {"page_info": following}

    def make(self, codes: tuple[ToMake, ...]) -> Iterator[Made]:
        """Make a discount for each code: limits there are those of a discount, not of a code."""
        for one in codes:
            name, given = next(iter(one.said.items()))
            made, type_ = _KINDS[name]
            query = (
                f"mutation ($given: {type_}!) {{ made: {made}({name}: $given) "
                "{ codeDiscountNode { id } userErrors { code message } } }"
            )
            yield _made(one, _outcome(self.caller.query(f"{_API}/graphql.json", query, {"given": given})))

    def end(self, remote_id: str, now: datetime) -> None:
        """Switch a discount off."""
        said = _outcome(self.caller.query(f"{_API}/graphql.json", _OFF, {"id": remote_id}))
        if said["userErrors"]:
            raise BadSource("access", f"The shop refuses: {said['userErrors'][0]['message']}")


def _next_page(answer: Answer) -> str:
    """Give the mark of the next page; the address that it stands in is not followed: it may lead anywhere."""
    found = _NEXT.search(answer.headers.get("link", ""))
    asked = parse_qs(urlsplit(found[1]).query) if found else {}
    return asked.get("page_info", [""])[0]


def _outcome(data: Mapping[str, Any]) -> Mapping[str, Any]:
    said = data.get("made")
    if not isinstance(said, dict) or not isinstance(said.get("userErrors"), list):
        raise BadSource("url", "The shop's answer about the codes cannot be read.")
    return said


def _made(one: ToMake, said: Mapping[str, Any]) -> Made:
    wrong = said["userErrors"]
    if not wrong:
        return Made(code_id=one.code_id, code=one.code, remote_id=str(said["codeDiscountNode"]["id"]))
    if all(error.get("code") == _THERE for error in wrong):
        return Made(code_id=one.code_id, code=one.code, known=True)
    return Made(code_id=one.code_id, code=one.code, refused=str(wrong[0].get("message"))[:200])
