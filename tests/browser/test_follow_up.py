"""A consent given and taken back, and a prospect followed up meanwhile, as both sides use the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from flask_firstline import Customer

from ..web.small_shop import World, make_world
from .axe import complaints_of
from .conftest import LiveServer


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the shop with Meier and with Anna, who signed up with his code."""
    world = make_world(tmp_path)
    world.code("vonmeier", world.coupon(), world.partner("meier", "Hans Meier"))
    anna = Customer(ref="anna", email="anna@post.example", name="Anna Fischer", phone="0731 401")
    world.adapter.people["anna"] = anna
    with world.app.app_context():
        world.firstline.customer_registered(anna, code="vonmeier", commit=True)
    yield world
    world.close()


@pytest.fixture
def address(world: World, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(world.app)


def signed_in(browser: Browser, address: str, who: str, width: int = 1280) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    page.goto(f"{address}/sign-in/{who}")
    return page


@pytest.mark.parametrize("width", [1280, 360])
def test_from_consent_to_follow_up_to_taking_back(address: str, browser: Browser, width: int) -> None:
    anna, meier = signed_in(browser, address, "anna", width), signed_in(browser, address, "meier", width)
    found = {}

    anna.goto(f"{address}/firstline/consent")
    found["asked"] = complaints_of(anna)
    anna.get_by_label("E-mail address").check()
    anna.get_by_label("For how long").select_option("until I take it back")
    anna.get_by_role("button", name="I agree").click()
    expect(anna.get_by_text("Hans Meier sees your name and e-mail address.")).to_be_visible()
    found["agreed"] = complaints_of(anna)

    meier.goto(f"{address}/firstline/desk/prospects")
    found["prospects"] = complaints_of(meier)
    meier.get_by_role("link", name="Anna Fischer").click()
    found["person"] = complaints_of(meier)
    meier.get_by_label("Status").select_option("interested")
    meier.get_by_label("Note").fill("Asks for balsam")
    meier.get_by_label("Remind on").fill("2026-11-20")
    meier.get_by_role("button", name="Save").click()
    expect(meier.get_by_text("Asks for balsam")).to_be_visible()
    meier.goto(f"{address}/firstline/desk/")
    expect(meier.get_by_role("link", name="Follow up: Anna Fischer")).to_be_visible()

    anna.reload()
    expect(anna.get_by_text("Looked at", exact=False)).to_be_visible()
    anna.get_by_role("button", name="Take back").click()
    expect(anna.get_by_text("Taken back.", exact=False)).to_be_visible()
    meier.goto(f"{address}/firstline/desk/prospects")
    expect(meier.get_by_text("contact data not released")).to_be_visible()
    expect(meier.get_by_text("Asks for balsam")).to_have_count(0)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
