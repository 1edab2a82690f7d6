"""Postings by hand, recorded payments, disputes and rates as people use them, fit for every screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Response
from playwright.sync_api import Browser, Page, expect

from flask_firstline.extension import MOUNTS
from flask_firstline.models import Accrual, Document
from flask_firstline.testing import make_cart, make_line

from ..service.pay_kit import contact_id, earn
from ..service.test_disputes import dispute
from ..service.test_manual_postings import post
from ..service.test_rates import pays_in, rate
from ..web.office import INES, PREFIX, Office, story
from ..web.small_shop import POLICY
from .axe import complaints_in_all_looks
from .conftest import LiveServer


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give the shop with a posting by hand, a dispute, and a partner who is paid in dollars."""
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}", mount=MOUNTS) as shop:
        story(shop)
        for name in (INES, "meier"):
            shop.add_customer(name)
        cart = make_cart(make_line("a", "119.00"), customer=shop.add_customer("uwe"))
        shop.place(cart, "o9", codes=["vonmeier"])
        dispute(shop, "o1")
        post(shop, document_id=shop.rows(Document, ref="o1")[0].id)
        pays_in(shop)
        earn(shop, "p0")
        rate(shop)
        earn(shop, "p1")

        @shop.app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = POLICY
            return response

        yield shop


@pytest.fixture
def address(office: Office, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(office.app)


def pages(office: Office) -> tuple[str, ...]:
    """Give the addresses of all pages of this kind."""
    order, unpaid, converted = (office.rows(Document, ref=ref)[0].id for ref in ("o1", "o9", "p1"))
    by_hand = next(row for row in office.rows(Accrual) if row.level is None)
    return (
        f"{PREFIX}/accruals",
        f"{PREFIX}/accruals/new",
        f"{PREFIX}/accruals/{by_hand.call_id}/{by_hand.seq}",
        f"{PREFIX}/why/{order}",
        f"{PREFIX}/why/{converted}",
        f"{PREFIX}/why/{unpaid}/payment",
        f"{PREFIX}/why/{order}/return",
        f"{PREFIX}/why/{converted}/dispute",
        f"{PREFIX}/disputes",
        f"{PREFIX}/disputes/1/won",
        f"{PREFIX}/disputes/1/lost",
        f"{PREFIX}/rates",
        f"{PREFIX}/rates/new",
        f"{PREFIX}/waiting",
        f"{PREFIX}/postings",
        f"{PREFIX}/contacts/{contact_id(office, 'meier')}/currency",
    )


def test_a_payment_is_recorded_after_its_preview(office: Office, address: str, page: Page) -> None:
    order = office.rows(Document, ref="o9")[0].id
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    page.goto(f"{address}{PREFIX}/why/{order}")
    page.get_by_role("link", name="Record a payment").click()
    page.get_by_label("How much").select_option("an amount")
    page.get_by_label("Amount", exact=True).fill("57.00")
    page.get_by_role("button", name="Show what will happen").click()
    expect(page.get_by_role("heading", name="What will be posted")).to_be_visible()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_text("It is recorded.")).to_be_visible()

    assert office.rows(Document, ref="o9")[0].paid == 5700


def test_a_dispute_is_decided_and_a_correction_posted(office: Office, address: str, page: Page) -> None:
    order = office.rows(Document, ref="o1")[0].id
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    page.goto(f"{address}{PREFIX}/why/{order}")
    page.get_by_role("link", name="It is lost").click()
    page.get_by_label("Reason").fill("no proof")
    page.get_by_role("button", name="It is lost").click()
    expect(page.get_by_text("The dispute is decided.")).to_be_visible()
    page.get_by_role("link", name="Post by hand").click()
    page.get_by_label("Partner", exact=True).fill("schulz")
    page.get_by_label("Amount", exact=True).fill("2.50")
    page.get_by_label("Reason").fill("not the partner's fault")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It is posted.")).to_be_visible()
    expect(page.get_by_text("Correction: not the partner's fault").first).to_be_visible()


def test_axe_finds_nothing_and_no_page_scrolls_sideways(
    office: Office, address: str, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        bypass_csp=True,
    )
    context.request.post(f"{address}/sign-in", form={"customer": INES})
    page = context.new_page()
    found = {}
    for path in pages(office):
        page.goto(f"{address}{path}")
        found[path] = complaints_in_all_looks(page)
    context.request.post(f"{address}/sign-in", form={"customer": "meier"})
    page.goto(f"{address}/firstline/desk/commissions")
    found["desk"] = complaints_in_all_looks(page)
    context.close()

    assert {path: said for path, said in found.items() if said} == {}
