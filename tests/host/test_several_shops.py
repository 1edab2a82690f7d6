"""Two shops in one process and in one database server, each in a schema of its own: nothing crosses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from werkzeug.http import parse_cookie
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_firstline import partner_session, signals
from flask_firstline.delivery.worker import work_once
from flask_firstline.models import Base, Login, Outbox, Redemption
from flask_firstline.services import api_keys, book_checks, partners, schema, tickets
from flask_firstline.services.context import Context
from flask_firstline.services.tickets import Purpose, Ticket
from flask_firstline.testing import FakeShop, make_cart, make_code, make_customer, make_partner, make_terms

from ..databases import Databases

SAME: dict[str, Any] = {"SECRET_KEY": "copied from the other", "FIRSTLINE_KEYS": {"1": "copied too"}}
"""Two shops whose owner has copied the configuration."""
TWICE = (("north", "5.00", 10), ("south", "3.00", 20))


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two shops with the same refs, codes and keys; discount and commission are not the same."""

    north: FakeShop
    south: FakeShop

    def __iter__(self) -> Iterator[FakeShop]:
        return iter((self.north, self.south))


def place_of(databases: Databases, url: str, name: str) -> str:
    """Give the URL of a shop's own schema; on SQLite, of its own file."""
    if databases.server is None:
        return url.replace(".sqlite", f"-{name}.sqlite")
    engine = create_engine(url)
    with engine.begin() as conn:
        conn.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return make_url(url).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(False)


@pytest.fixture
def places(databases: Databases) -> Iterator[dict[str, str]]:
    name, url = databases.create()
    yield {shop: place_of(databases, url, shop) for shop, *_ in TWICE}
    databases.drop(name)


@pytest.fixture
def pair(places: dict[str, str]) -> Iterator[Pair]:
    """Make both, each with terms of its own."""
    shops = {}
    for name, amount, rate in TWICE:
        shops[name] = FakeShop(places[name], SESSION_COOKIE_PATH=f"/{name}", **SAME)
        make_partner(shops[name].app, "meier")
        make_terms(shops[name].app, rate)
        make_code(shops[name].app, "vonmeier", owner="meier", amount=amount)
    yield Pair(**shops)
    for shop in shops.values():
        shop.close()


def sell(shop: FakeShop, number: int) -> None:
    """Sell for 25.00 to one customer, under the ref that the other shop gives too."""
    cart = make_cart(key=f"c{number}", customer=make_customer(f"k{number}"))
    shop.place(cart, f"o{number}", codes=["vonmeier"])
    shop.pay(f"o{number}")


def everything(shop: FakeShop) -> str:
    """Give a digest of each row of each of our tables."""
    with shop.app.app_context(), shop.db.engine.connect() as conn:
        rows = [
            sorted(map(repr, conn.execute(table.select()).all())) for table in Base.metadata.sorted_tables
        ]
    return sha256(repr(rows).encode()).hexdigest()


def reading(shop: FakeShop, work: Callable[[Context], Any]) -> Any:
    with shop.transaction() as session:
        return work(shop.state.context(session.connection()))


def test_each_migrates_and_checks_tables_of_its_own(pair: Pair) -> None:
    before = everything(pair.south)
    with pair.north.app.app_context():
        engine = pair.north.db.engine
        Base.metadata.drop_all(engine)
        schema.upgrade(engine)
        upgraded = schema.check(engine)
        schema.downgrade(engine)
        left = inspect(engine).get_table_names()

    assert upgraded.ok
    assert [name for name in left if name.startswith("firstline_")] == [schema.VERSION_TABLE]
    assert everything(pair.south) == before
    sell(pair.south, 1)


def test_what_one_does_leaves_no_trace_in_the_other(pair: Pair) -> None:
    before = everything(pair.south)

    sell(pair.north, 1)
    pair.north.refund("o1", "r1", amount="5.00")
    with pair.north.transaction():
        pair.north.firstline.customer_erased("k1")
    with pair.north.app.app_context():
        work_once(pair.north.state)

    assert everything(pair.south) == before


def test_the_same_refs_at_the_same_moment_are_two_sales(pair: Pair) -> None:
    """Sixteen threads sell in both shops at once, customer for customer, order for order."""
    start = threading.Barrier(16)

    def busy(number: int) -> None:
        start.wait()
        for shop in pair if number % 2 else reversed(list(pair)):
            sell(shop, number)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(busy, range(16)))

    for shop, (_name, amount, rate) in zip(pair, TWICE, strict=True):
        redeemed = shop.rows(Redemption)
        net = (Decimal(25) - Decimal(amount)) / Decimal("1.19")
        earned = sum((net * rate / 100).quantize(Decimal("0.01")) for _ in range(16))
        assert len(redeemed) == 16
        assert shop.balance("meier").on_hold == earned
        assert reading(shop, lambda ctx: [one.name for one in book_checks.check_all(ctx) if not one.ok]) == []


def test_a_worker_does_the_work_of_its_own_shop(pair: Pair) -> None:
    for shop in pair:
        sell(shop, 1)
    with pair.north.app.app_context():
        work_once(pair.north.state)

    waiting = [{row.state for row in shop.rows(Outbox)} for shop in pair]
    assert "waiting" not in waiting[0]
    assert "waiting" in waiting[1]


def test_who_listens_to_one_shop_hears_nothing_of_the_other(pair: Pair) -> None:
    heard: list[str] = []

    def listen(sender: object, **_: object) -> None:
        heard.append("north" if sender is pair.north.app else "south")

    with signals.commission_posted.connected_to(listen, sender=pair.north.app):
        for shop in pair:
            sell(shop, 1)

    assert heard == ["north"]


def test_nothing_that_one_has_signed_opens_anything_in_the_other(pair: Pair) -> None:
    """Refs, ids and configured keys are the same; what was drawn for each database is not."""
    now = pair.north.clock.now
    ticket = Ticket(purpose=Purpose.LOG_IN, row_id=1, serial=1, until=now + timedelta(days=1))
    north, south = (reading(shop, lambda ctx: ctx.keys) for shop in pair)
    text = tickets.sign(north, ticket)

    assert north.secrets == south.secrets
    assert tickets.read(north, text, Purpose.LOG_IN, now) == ticket
    assert tickets.read(south, text, Purpose.LOG_IN, now) is None
    assert set(north.for_tokens("form tokens")).isdisjoint(south.for_tokens("form tokens"))


def test_a_partner_of_one_is_nobody_in_the_desk_of_the_other(pair: Pair) -> None:
    """Eva has the same number and the same generation of her log-in in both."""
    for shop in pair:
        with shop.transaction() as session:
            partners.add_partner(
                session.connection(), ref=None, email="eva@post.example", who="test", now=shop.clock.now
            )
    [eva] = pair.north.rows(Login)
    assert pair.south.rows(Login)[0].contact_id == eva.contact_id
    with pair.north.app.test_request_context():
        response = pair.north.app.make_response("")
        partner_session.begin(response, eva.contact_id, eva.generation, pair.north.clock.now)
    session_of_north = parse_cookie(response.headers["Set-Cookie"])[partner_session.COOKIE]

    opened = []
    for shop in pair:
        browser = shop.browser()
        browser.set_cookie(partner_session.COOKIE, session_of_north)
        opened.append(browser.get("/firstline/desk/").status_code)

    assert opened == [200, 303]


def test_a_key_of_one_is_unknown_to_the_api_of_the_other(pair: Pair) -> None:
    secret = reading(
        pair.north,
        lambda ctx: (
            api_keys.create_key(ctx.conn, "warehouse", api_keys.SCOPES, who="test", now=ctx.now).secret
        ),
    )
    headers = {"Authorization": f"Bearer {secret}"}

    answers = [shop.browser().get("/firstline/api/v1/coupons", headers=headers).status_code for shop in pair]

    assert answers == [200, 401]


def test_one_browser_keeps_a_cart_in_each_of_two_shops_of_one_host(pair: Pair) -> None:
    """Their paths tell the cookies apart, as they tell the shops' own; neither can read the other's."""
    pair.south.app.secret_key = "its own"
    apps = {f"/{name}": shop.app for (name, *_), shop in zip(TWICE, pair, strict=True)}
    browser = Client(DispatcherMiddleware(pair.north.app, {**apps}))
    for path in apps:
        browser.post(f"{path}/cart", data={"product": "towel"})
        page = browser.get(f"{path}/cart").text
        token = page.partition('name="firstline_token" value="')[2].partition('"')[0]
        browser.post(f"{path}/firstline/coupon", data={"code": "vonmeier", "firstline_token": token})

    pages = [browser.get(f"{path}/cart").text for path in apps]

    assert [": -5.00" in page for page in pages] == [True, False]
    assert [": -3.00" in page for page in pages] == [False, True]
