"""What the page about postbacks says to receivers holds for what is really sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask_firstline.delivery.worker import work_once
from flask_firstline.domain.postback import PLACES, Told
from flask_firstline.services import postbacks
from flask_firstline.testing import FakeShop
from tests.http_server import http_server
from tests.service.kit import set_up
from tests.service.pay_kit import act, contact_id, earn

PAGE = Path(__file__).parents[2] / "docs" / "partner-postbacks.md"
TEXT = PAGE.read_text(encoding="utf-8")


def snippet(name: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    for code in re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
        exec(compile(code, PAGE.name, "exec"), names)
    found: Callable[..., Any] = names[name]
    return found


def secret_of(shop: FakeShop, partner_id: int, url: str, method: str) -> str:
    """Add a postback for sales and give its secret."""
    given = (partner_id, url, method, ["sale"])
    return act(shop, lambda ctx: postbacks.add(ctx, *given, who="partner:meier"))[1]


def test_both_ways_are_verified_as_the_page_says() -> None:
    with FakeShop(mount=(), FIRSTLINE_POSTBACK_PRIVATE_HOSTS=["127.0.0.1"]) as shop, http_server() as server:
        set_up(shop)
        shop.clock.now = now = datetime.now(UTC)
        meier, secrets = contact_id(shop, "meier"), {}
        for method, url in (("POST", server.url), ("GET", f"{server.url}/g?o={{order_ref}}")):
            secrets[method] = secret_of(shop, meier, url, method)
        earn(shop)
        with shop.app.app_context():
            work_once(shop.state)

        by_path = {posted.path: posted for posted in server.posted}
        posted, got = by_path["/"], by_path["/g?o=o1"]
        told = snippet("read_post")(secrets["POST"], posted.body, posted.headers)
        assert (told["type"], told["data"]["order_ref"]) == ("sale", "o1")
        verified = snippet("is_from_shop")
        assert verified(secrets["GET"], got.path, got.headers, now)
        assert not verified(secrets["GET"], got.path + "0", got.headers, now)
        assert not verified(secrets["GET"], got.path, got.headers, now + timedelta(hours=1))


def test_the_page_names_every_event_and_every_word_of_a_call() -> None:
    said = set(re.findall(r"`{?(\w+)}?`", TEXT))
    assert {told.value for told in Told} <= said
    assert set(PLACES) - {"event", "time"} <= said
