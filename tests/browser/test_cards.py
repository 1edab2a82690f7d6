"""Cards as people print them: the partner from the desk, the admin from the list of codes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from flask_firstline.testing import make_code, make_coupon

from ..web.card_kit import Pdf, read
from ..web.office import INES, PREFIX, Office
from ..web.small_shop import World, make_world
from .axe import violations
from .conftest import LiveServer

SIZES = [(1280, "light"), (360, "dark")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give the shop with a partner and a code."""
    world = make_world(tmp_path)
    world.code("vonmeier", world.coupon(), world.partner("meier", "Hans Meier"))
    yield world
    world.close()


@pytest.fixture
def desk(world: World, live_server: LiveServer) -> str:
    """Serve the shop."""
    return live_server(world.app)


def downloaded(page: Page, button: str, role: str = "button") -> Pdf:
    """Click what downloads and read the file."""
    with page.expect_download() as started:
        page.get_by_role(role, name=button).first.click()  # type: ignore[arg-type]  # a role as text
    assert started.value.suggested_filename.endswith(".pdf")
    return read(Path(started.value.path()).read_bytes())


def test_a_partner_prints_cards_and_they_scan(desk: str, page: Page) -> None:
    page.goto(f"{desk}/sign-in/meier?next=/firstline/desk/codes")
    page.get_by_role("link", name="Print cards").click()
    expect(page.get_by_role("heading", name="Cards for the code vonmeier")).to_be_visible()
    page.get_by_label("Sheet", exact=True).select_option("labels21")
    page.get_by_label("Language").select_option("de")
    page.get_by_label("Sheets").fill("2")

    with downloaded(page, "PDF") as pdf:
        assert (pdf.pages, set(pdf.scanned())) == (2, {f"{desk}/firstline/c/vonmeier"})
        assert "mit dem Code vonmeier" in pdf.text()
        assert looks_printed(pdf)


def looks_printed(pdf: Pdf) -> bool:
    """Look at the picture of a page: mostly white, with black codes and grey small print."""
    picture = pdf.document[0].render(scale=1).to_pil().convert("L")
    tones: list[int] = picture.histogram()
    dark, all_of_them = sum(tones[:64]), sum(tones)
    return 0.02 < dark / all_of_them < 0.25 and tones[255] / all_of_them > 0.6 and sum(tones[64:192]) > 0


def test_the_choice_of_a_partner_is_shown_before_it_is_printed(desk: str, page: Page) -> None:
    page.goto(f"{desk}/sign-in/meier?next=/firstline/desk/codes/1/cards")
    page.get_by_label("Language").select_option("ru")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_text("по коду").first).to_be_visible()
    expect(page.locator(".fl-card")).to_have_count(10)


def test_the_page_prints_ten_cards_on_one_sheet_where_there_is_no_pdf(desk: str, page: Page) -> None:
    page.goto(f"{desk}/sign-in/meier?next=/firstline/desk/codes/1/cards")

    with read(page.pdf(prefer_css_page_size=True)) as pdf:
        assert pdf.pages == 1
        assert pdf.scanned() == [f"{desk}/firstline/c/vonmeier"] * 10


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give the shop with a coupon and some codes."""
    with Office(f"sqlite:///{tmp_path / 'office.sqlite'}") as shop:
        make_coupon(shop.app, "Fair", amount="5.00", min_order="20.00")
        for number in range(4):
            make_code(shop.app, f"FAIR-{number}", coupon="Fair")
        shop.add_customer(INES)
        yield shop


@pytest.fixture
def admin(office: Office, live_server: LiveServer, page: Page) -> str:
    """Serve the shop, with its admin signed in."""
    address = live_server(office.app)
    page.request.post(f"{address}/sign-in", form={"customer": INES})
    return address + PREFIX


def test_an_admin_ticks_codes_and_prints_them(admin: str, page: Page) -> None:
    page.goto(f"{admin}/codes?coupon=1&sort=code")
    boxes = page.get_by_role("checkbox")
    boxes.nth(0).check()
    boxes.nth(2).check()
    page.get_by_role("button", name="Print cards").click()
    page.get_by_label("Name on the card").fill("Lindenhof")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("2 cards, 1 sheet of A4.")).to_be_visible()

    with downloaded(page, "PDF", "link") as pdf:
        assert [found.rpartition("/")[2] for found in pdf.scanned()] == ["FAIR-0", "FAIR-2"]
        assert "Lindenhof €5.00 off" in pdf.text()


@pytest.fixture
def pictures(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Keep the windows of a test, to close them."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_card_pages_fit_their_screen_and_axe_finds_nothing(
    desk: str, browser: Browser, pictures: list[BrowserContext], width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
    pictures.append(context)
    page = context.new_page()
    page.goto(f"{desk}/sign-in/meier?next=/firstline/desk/codes/1/cards")

    found = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    seen = Image.open(io.BytesIO(page.screenshot()))

    assert (found, wide) == ([], 0)
    assert seen.width == width


def test_axe_finds_nothing_on_the_admins_page(admin: str, page: Page) -> None:
    for query in ("", "?coupon=1", "?coupon=1&only=nothing"):
        page.goto(f"{admin}/cards{query}")
        assert violations(page) == []
