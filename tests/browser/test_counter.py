"""From a landing page on another host into the shop, without any cookie, as a browser does it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, Row, Select, select

from flask_firstline.models import Contact, Link, Touch
from flask_firstline.services import counter_hosts, links
from flask_firstline.state import state_of

from ..web.small_shop import NOON, World, make_world
from .conftest import LiveServer

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """Be somebody: a browser without a head is taken for a robot."""
    return {**browser_context_args, "user_agent": AGENT}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the shop with a partner."""
    world = make_world(tmp_path)
    world.partner("meier", "Hans Meier")
    yield world
    world.close()


def meier(conn: Connection) -> int:
    return int(conn.execute(select(Contact.id).where(Contact.ref == "meier")).scalar_one())


def asked(world: World, query: Select[Any]) -> Sequence[Row[Any]]:
    """Read of the books."""
    with world.app.app_context():
        return state_of(world.app).session().connection().execute(query).all()


def landing(shop: str) -> Flask:
    """Make a host with one page that carries the counter and leads into the shop."""
    app = Flask("landing")
    page = (
        f'<!doctype html><html lang="en"><title>Spring</title>'
        f'<script type="module" src="{shop}/firstline/counter.js"></script>'
        f'<a href="{shop}/?from=spring">Into the shop</a></html>'
    )
    app.add_url_rule("/offer", view_func=lambda: page)
    return app


def test_a_visit_is_counted_and_carried_into_the_shop_without_any_cookie(
    world: World, live_server: LiveServer, page: Page
) -> None:
    shop = live_server(world.app)
    elsewhere = live_server(landing(shop))
    world.in_books(lambda conn: counter_hosts.add_host(conn, origin=elsewhere, who="test", now=NOON))
    link_id = world.in_books(lambda conn: links.make_link(conn, meier(conn), path="", who="test", now=NOON))
    tracking_id = asked(world, select(Link.tracking_id).where(Link.id == link_id))[0].tracking_id

    with page.expect_response(re.compile("/firstline/counter[?]")) as answered:
        page.goto(f"{elsewhere}/offer?partner={tracking_id.lower()}&utm_source=flyer&other=1")
    assert answered.value.status == 200
    page.get_by_role("link", name="Into the shop").click()

    expect(page).to_have_url(re.compile(r"/\?from=spring&fl=[\w.-]+$"))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<a href=\"/?page=2\">On</a>')")
    page.get_by_role("link", name="On").click()
    expect(page).to_have_url(re.compile(r"/\?page=2&fl=[\w.-]+$"))
    assert [cookie for cookie in page.context.cookies() if cookie["name"].startswith("firstline")] == []
    [row] = asked(world, select(Touch.__table__))
    assert (row.source, row.path, row.utm) == ("counter", f"{elsewhere}/offer", {"utm_source": "flyer"})
