"""Shops with their own APIs for the tests, as the platforms behave: keys, pages, limits, what is there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http_server import Answering, serving

Json = dict[str, Any]
TOKEN = "token_of_the_app"  # noqa: S105 - of a test


@dataclass
class Asked:
    """One request that was let in."""

    path: str
    asked: Json
    body: Json


@dataclass
class ForeignShop:
    """What the shop has, and what was asked of it; `busy` questions are put off first."""

    platform: str
    orders: list[Json] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    off: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    busy: int = 0
    breaks_after: int | None = None
    """How many questions are answered before the shop fails."""
    refuses: str = ""
    """With what words no code is made."""
    channels: tuple[str, ...] = ("EUR", "CHF")
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, headers: Mapping[str, str], body: Json) -> tuple[int, object, dict[str, str]]:
        """Answer one request: status, what is said, headers."""
        given = headers.get("X-Shopify-Access-Token") or headers.get("Authorization", "").removeprefix(
            "Bearer "
        )
        if given != TOKEN:
            return 401, {"errors": "[API] Invalid API key or access token"}, {}
        if self.busy:
            self.busy -= 1
            return 429, {"errors": "Exceeded 2 calls per second"}, {"Retry-After": "0"}
        if self.breaks_after is not None and len(self.asked) >= self.breaks_after:
            return 502, {}, {}
        asked = {name: value for name, [value] in parse_qs(urlsplit(path).query).items()}
        self.asked.append(Asked(path=urlsplit(path).path, asked=asked, body=body))
        if self.platform == "saleor":
            return 200, {"data": self._saleor(body["query"], body["variables"])}, {}
        if path.split("?")[0].endswith("/orders.json"):
            return self._shopify_orders(asked)
        return 200, {"data": self._shopify(body["query"], body["variables"])}, {}

    def _page(self, begin: int, most: int, since: str, name: str) -> tuple[list[Json], bool]:
        found = sorted((one for one in self.orders if one[name] >= since), key=lambda one: str(one[name]))
        return found[begin : begin + most], len(found) > begin + most

    def _shopify_orders(self, asked: Json) -> tuple[int, object, dict[str, str]]:
        if "page_info" in asked:
            if set(asked) - {"page_info", "limit"}:
                return 400, {"errors": "page_info goes with limit alone"}, {}
            begin, since = json.loads(base64.urlsafe_b64decode(asked["page_info"]))
        else:
            begin, since = 0, asked["updated_at_min"]
        most = min(int(asked["limit"]), 2)
        page, more = self._page(begin, most, since, "updated_at")
        mark = base64.urlsafe_b64encode(json.dumps([begin + most, since]).encode()).decode()
        address = f"https://elsewhere.example/admin/orders.json?limit={most}&page_info={mark}"
        return 200, {"orders": page}, {"Link": f'<{address}>; rel="next"'} if more else {}

    def _shopify(self, query: str, given: Json) -> Json:
        if "discountCodeDeactivate" in query:
            self.off.append(given["id"])
            return {"made": {"codeDiscountNode": {"id": given["id"]}, "userErrors": []}}
        code = given["given"]["code"]
        if self.refuses:
            wrong = [{"code": "INVALID", "message": self.refuses}]
            return {"made": {"codeDiscountNode": None, "userErrors": wrong}}
        if code.lower() in self.codes:
            wrong = [{"code": "TAKEN", "message": "Code must be unique."}]
            return {"made": {"codeDiscountNode": None, "userErrors": wrong}}
        self.codes[code.lower()] = f"gid://shopify/DiscountCodeNode/{len(self.codes) + 1}"
        return {"made": {"codeDiscountNode": {"id": self.codes[code.lower()]}, "userErrors": []}}

    def _saleor(self, query: str, given: Json) -> Json:
        if "orders(" in query:
            begin = int(given["after"] or 0)
            page, more = self._page(begin, min(given["first"], 2), given["since"], "updatedAt")
            about = {"hasNextPage": more, "endCursor": str(begin + len(page))}
            return {"orders": {"pageInfo": about, "edges": [{"node": one} for one in page]}}
        if "channels" in query and "mutation" not in query:
            told = [{"id": f"C{one}", "currencyCode": one, "isActive": True} for one in self.channels]
            return {"channels": told}
        if "voucherCreate" in query:
            return {"made": self._voucher(given["input"]["codes"][0]["code"])}
        if "voucherUpdate" in query:
            self.off.append(given["id"])
        return {"made": {"errors": []}}

    def _voucher(self, code: str) -> Json:
        if self.refuses:
            wrong = {"field": "codes", "code": "INVALID", "message": self.refuses}
            return {"voucher": None, "errors": [wrong]}
        if code in self.codes:
            wrong = {"field": "codes", "code": "ALREADY_EXISTS", "message": "Promo code already exists."}
            return {"voucher": None, "errors": [wrong]}
        self.codes[code] = f"V{len(self.codes) + 1}"
        return {"voucher": {"id": self.codes[code]}, "errors": []}


@contextmanager
def foreign_shop(platform: str) -> Iterator[ForeignShop]:
    """Run a shop on a free port of this machine."""
    shop = ForeignShop(platform)

    class Handler(Answering):
        def do_POST(self) -> None:  # noqa: N802 - the library's name
            length = int(self.headers.get("Content-Length", 0))
            self._answer(json.loads(self.rfile.read(length)))

        def do_GET(self) -> None:  # noqa: N802 - the library's name
            self._answer({})

        def _answer(self, body: Json) -> None:
            status, said, more = shop.answer(self.path, dict(self.headers.items()), body)
            self.say(status, json.dumps(said).encode(), more)

    with serving(Handler) as shop.port:
        yield shop
