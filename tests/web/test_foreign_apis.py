"""Shopify and Saleor by their own APIs: missed orders fetched, codes carried there and switched off."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from flask_firstline.models import Audit, Body, Code, Document, Outbox, PushedCode, Source
from flask_firstline.services import codes, pushed_codes
from flask_firstline.testing import make_code, make_partner, make_terms
from tests.service import test_saleor_hooks, test_shopify_hooks
from tests.service.hook_kit import OWN, act, add_source, books_agree, work
from tests.shop_apis import TOKEN, ForeignShop, foreign_shop

from .office import PREFIX, Office, hidden, send, text
from .test_hooks import command

NAMES = {"shopify": "spy", "saleor": "sal"}
PLATFORMS = tuple(NAMES)


@pytest.fixture
def office() -> Iterator[Office]:
    with Office(mount=("desk", "admin", "hooks"), FIRSTLINE_WEBHOOK_PRIVATE_HOSTS=OWN) as shop:
        make_partner(shop.app, "meier", name="Hans Meier")
        make_terms(shop.app, 10)
        make_code(shop.app, "vonmeier", owner="meier", amount="5.00", min_order="20.00", max_per_customer=1)
        yield shop


@pytest.fixture(params=PLATFORMS)
def there(request: pytest.FixtureRequest, office: Office) -> Iterator[ForeignShop]:
    """Run a shop with three orders, known here with the key of its API."""
    with foreign_shop(request.param) as shop:
        name = NAMES[shop.platform]
        add_source(office, name, shop.platform, "secret", url=shop.url)
        assert command(office, "hooks", "access", name, "--key", TOKEN)[0] == 0
        shop.orders = [changed(shop.platform, number) for number in (1, 2, 3)]
        yield shop


def changed(platform: str, number: int) -> dict[str, Any]:
    """Give an order of a platform, paid and last changed on a day of March."""
    at = f"2026-03-{20 + number}T12:00:00+00:00"
    if platform == "shopify":
        return test_shopify_hooks.paid(id=number, name=f"#{number}", updated_at=at)
    body: dict[str, Any] = test_saleor_hooks.order(39.7)["order"]
    return {**body, "id": f"o{number}", "number": str(number), "updatedAt": at}


def pull(office: Office, there: ForeignShop, *more: str) -> tuple[int, Any]:
    return command(office, "hooks", "pull", "--source", NAMES[there.platform], *more)


def push(office: Office, there: ForeignShop, *more: str) -> tuple[int, Any]:
    name = NAMES[there.platform]
    return command(office, "hooks", "push-codes", "--source", name, "--coupon", "Coupon vonmeier", *more)


def numbers(office: Office) -> list[str]:
    return sorted(row.number for row in office.rows(Document))


def test_orders_are_fetched_page_by_page_and_twice_does_nothing(office: Office, there: ForeignShop) -> None:
    there.busy = 2

    assert pull(office, there, "--since", "2026-03-22") == (0, {"new": 2, "known": 0})
    assert pull(office, there, "--since", "2026-03-20") == (0, {"new": 1, "known": 2})
    assert pull(office, there, "--since", "2026-03-20") == (0, {"new": 0, "known": 3})

    work(office)
    assert [number.strip("#") for number in numbers(office)] == ["1", "2", "3"]
    assert {row.came_by for row in office.rows(Body)} == {"pull"}
    assert books_agree(office)


def test_a_pull_that_breaks_off_goes_on_from_where_it_was(office: Office, there: ForeignShop) -> None:
    act(office, lambda ctx: ctx.conn.execute(update(Source.__table__).values(created_at=there_began(office))))
    there.breaks_after = 1
    assert "502" in pull(office, there)[1]["error"]
    assert len(office.rows(Body)) == 2

    there.breaks_after = None
    office.clock.advance(hours=2)
    assert pull(office, there) == (0, {"new": 1, "known": 1})

    begin = there.asked[1].asked.get("updated_at_min") or there.asked[1].body["variables"]["since"]
    assert begin == "2026-03-22T11:00:00+00:00"
    assert office.rows(Source)[0].pulled_to.replace(microsecond=0) == office.clock.now.replace(microsecond=0)


def there_began(office: Office) -> Any:
    return office.rows(Source)[0].created_at - timedelta(days=3650)


def test_a_wrong_key_is_told_and_nothing_is_kept(office: Office, there: ForeignShop) -> None:
    assert command(office, "hooks", "access", NAMES[there.platform], "--key", "old")[0] == 0

    assert "401" in pull(office, there)[1]["error"]
    assert "401" in push(office, there)[1]["error"]

    assert (office.rows(Body), office.rows(PushedCode)) == ([], [])


def test_the_worker_fetches_once_a_day_and_when_somebody_asks(office: Office, there: ForeignShop) -> None:
    act(office, lambda ctx: ctx.conn.execute(update(Source.__table__).values(created_at=there_began(office))))
    for _ in range(3):
        work(office)
    assert [row.state for row in office.rows(Outbox, topic="source_pull")] == ["done"]
    assert len(office.rows(Document)) == 3

    there.orders.append(changed(there.platform, 4))
    browser = office.ines()
    assert "Fetch orders" in text(browser.get(f"{PREFIX}/sources/1/edit"))
    answer = send(browser, f"{PREFIX}/sources/1/pull", {})
    assert answer.headers["Location"].endswith("/sources")
    act(office, lambda ctx: ctx.conn.execute(update(Source.__table__).values(pulled_to=there_began(office))))
    work(office)
    work(office)

    assert len(office.rows(Document)) == 4
    assert "pull orders" in [row.act for row in office.rows(Audit, noun="source")]
    office.clock.advance(hours=25)
    work(office)
    assert len(office.rows(Outbox, topic="source_pull")) == 3


def test_without_a_key_nobody_asks_the_shop(office: Office) -> None:
    add_source(office)
    work(office)

    assert office.rows(Outbox, topic="source_pull") == []
    assert "no key for the API" in command(office, "hooks", "pull", "--source", "woo")[1]["error"]
    answer = send(office.ines(), f"{PREFIX}/sources/1/pull", {})
    assert answer.status_code == 422


def test_codes_are_made_once_and_switched_off_there_when_they_are_off_here(
    office: Office, there: ForeignShop
) -> None:
    there.codes["hanna"] = "of the shop"
    act(office, add_code)

    assert push(office, there, "--dry-run")[1] == {
        "make": ["vonmeier", "hanna"], "there": 0, "end": [], "not_said": [],
    }  # fmt: skip
    there.busy = 1
    done = push(office, there)
    assert (done[0], done[1]["made"], done[1]["known"], done[1]["refused"]) == (0, 1, 1, [])
    assert push(office, there)[1]["made"] == 0
    assert len(office.rows(PushedCode)) == 1

    act(office, lambda ctx: ctx.conn.execute(update(Code.__table__).values(active=False)))
    assert push(office, there)[1]["ended"] == 1
    assert push(office, there)[1]["ended"] == 0

    assert there.off == [there.codes["vonmeier"]]
    assert [row.act for row in office.rows(Audit, noun="source")][-2:] == ["push codes", "push codes"]


def add_code(ctx: Any) -> None:
    codes.create_code(ctx.conn, "hanna", coupon_id=1, owner_id=None, who="test", now=ctx.now)


def test_shopify_is_told_the_terms_in_its_own_words(office: Office, tmp_path: Path) -> None:
    with foreign_shop("shopify") as there:
        add_source(office, "spy", "shopify", "secret", url=there.url)
        command(office, "hooks", "access", "spy", "--key", TOKEN)
        make_code(office.app, "ten", percent="12.5", products=["spy:93", "b"], cap="5.00", max_per_customer=2)
        assert push(office, there)[0] == 0
        named = command(office, "hooks", "push-codes", "--source", "spy", "--coupon", "Coupon ten")

    assert named[1]["not_said"] == ["cap", "max_per_customer", "product"]
    five, ten = (one.body["variables"]["given"] for one in there.asked)
    assert there.asked[0].path.endswith("/graphql.json")
    assert (five["code"], five["appliesOncePerCustomer"], five["context"]) == (
        "vonmeier",
        True,
        {"all": "ALL"},
    )
    assert five["minimumRequirement"] == {"subtotal": {"greaterThanOrEqualToSubtotal": "20.00"}}
    amount = {"amount": "5.00", "appliesOnEachItem": False}
    assert five["customerGets"] == {"value": {"discountAmount": amount}, "items": {"all": True}}
    assert ten["customerGets"] == {
        "value": {"percentage": 0.125},
        "items": {"products": {"productsToAdd": ["gid://shopify/Product/93"]}},
    }
    file = tmp_path / "codes.json"
    assert push(office, there, "--output", str(file))[1] == {"written": 1, "not_said": []}
    assert json.loads(file.read_text())["create"][0]["basicCodeDiscount"]["code"] == "vonmeier"


def test_saleor_lists_vouchers_in_the_channels_of_the_shops_currency(office: Office) -> None:
    with foreign_shop("saleor") as there:
        add_source(office, "sal", "saleor", url=there.url)
        command(office, "hooks", "access", "sal", "--key", TOKEN)
        make_code(office.app, "ten", percent=10, products=["sal:7"], new_customers_only=True)
        assert push(office, there)[0] == 0
        named = command(office, "hooks", "push-codes", "--source", "sal", "--coupon", "Coupon ten")
        there.channels = ("USD",)
        make_code(office.app, "late", amount="1.00")
        refused = command(office, "hooks", "push-codes", "--source", "sal", "--coupon", "Coupon late")

    assert named[1]["not_said"] == ["new_customers_only"]
    assert "no active channel in EUR" in refused[1]["error"]
    given = [one.body["variables"] for one in there.asked]
    assert given[1]["input"]["codes"] == [{"code": "vonmeier"}]
    assert (given[1]["input"]["type"], given[1]["input"]["applyOncePerCustomer"]) == ("ENTIRE_ORDER", True)
    listed = {"channelId": "CEUR", "discountValue": "5.00", "minAmountSpent": "20.00"}
    assert given[2] == {"id": "V1", "input": {"addChannels": [listed]}}
    assert (given[4]["input"]["type"], given[4]["input"]["products"]) == (
        "SPECIFIC_PRODUCT",
        ["UHJvZHVjdDo3"],
    )


def test_codes_are_written_as_each_platform_takes_files(office: Office, tmp_path: Path) -> None:
    for name, platform in (("woo", "woocommerce"), ("spy", "shopify"), ("sal", "saleor")):
        add_source(office, name, platform, "secret" if platform == "shopify" else "")
    make_code(office.app, "=ten", percent="12.5", products=["woo:93", "woo:7"], max_per_customer=2)

    def written(name: str, ending: str) -> tuple[tuple[int, Any], Path]:
        file = tmp_path / f"{name}{ending}"
        asked = ("push-codes", "--source", name, "--coupon", "Coupon =ten", "--output", str(file))
        return command(office, "hooks", *asked), file

    woo, table = written("woo", ".csv")
    assert woo[1]["written"] == 1
    with table.open(encoding="utf-8", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert row["post_title"] == "=ten", "a table for programs: the code stays what it is"
    assert (row["discount_type"], row["coupon_amount"], row["post_status"]) == ("percent", "12.5", "publish")
    assert (row["product_ids"], row["usage_limit_per_user"], row["expiry_date"]) == ("7,93", "2", "")
    assert written("spy", ".csv")[1].read_text().split("\n") == [
        "Title,Command,Code,Code Command", "Coupon =ten,MERGE,=ten,MERGE", "",
    ]  # fmt: skip
    (line,) = written("spy", ".jsonl")[1].read_text().splitlines()
    assert json.loads(line)["basicCodeDiscount"]["code"] == "=ten"
    refused, nothing = written("sal", ".csv")
    assert "Saleor reads no tables" in refused[1]["error"] and not nothing.exists()
    (line,) = written("sal", ".jsonl")[1].read_text().splitlines()
    assert json.loads(line)["voucher"]["codes"] == [{"code": "=ten"}]


def test_free_shipping_is_said_to_both(office: Office) -> None:
    for name, platform in (("spy", "shopify"), ("sal", "saleor")):
        with foreign_shop(platform) as there:
            add_source(office, name, platform, "secret", url=there.url)
            command(office, "hooks", "access", name, "--key", TOKEN)
            make_code(office.app, f"free{name}", free_shipping=True)
            coupon = f"Coupon free{name}"
            done = command(office, "hooks", "push-codes", "--source", name, "--coupon", coupon)
        assert done[1]["made"] == 1
        said = json.dumps([one.body for one in there.asked])
        assert ("discountCodeFreeShippingCreate" if platform == "shopify" else '"SHIPPING"') in said


def test_an_admin_sees_what_will_happen_before_codes_are_carried(office: Office, there: ForeignShop) -> None:
    make_code(office.app, "ten", percent=10, cap="5.00", new_customers_only=True)
    browser, address = office.ines(), f"{PREFIX}/sources/1/codes"
    assert "Carry codes there" in text(browser.get(f"{PREFIX}/sources/1/edit"))

    seen = send(browser, address, {"coupon": "Coupon ten"})
    assert seen.status_code == 200
    assert "1 code is made there; 0 are there by us already; 0 are switched off there." in text(seen)
    assert "no word for these terms: Only for new customers and At most." in text(seen)
    assert there.codes == {}

    fields = {**dict(hidden(seen.get_data(as_text=True))), "coupon": "Coupon ten"}
    assert browser.post(address, data=fields).status_code == 303
    work(office)
    assert list(there.codes) == ["ten"]
    assert [row.who for row in office.rows(Audit, act="push codes")] == ["Ines Walter"]


def test_what_the_shop_refuses_waits_in_the_outbox_for_a_person(office: Office, there: ForeignShop) -> None:
    make_code(office.app, "late", amount="1.00")
    there.refuses = "This is not allowed."
    act(office, lambda ctx: pushed_codes.ask(ctx, 1, "Coupon late", who="Ines"))
    work(office)

    [row] = office.rows(Outbox, topic="source_push")
    assert (row.state, "late: " in row.error, "This is not allowed." in row.error) == ("dead", True, True)
