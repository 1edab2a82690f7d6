"""Pages that print cards: the partner's own codes, and the admin's coupons, batches and selections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import insert, update

from flask_firstline.admin import cards as admin_cards
from flask_firstline.cards import can_print
from flask_firstline.desk import cards as desk_cards
from flask_firstline.models import Code, CodeBatch
from flask_firstline.services.codes import set_code_active
from flask_firstline.testing import make_code, make_coupon, switch_code

from .card_kit import read
from .office import PREFIX, VERA, Office, hidden, link, multi, text
from .small_shop import World
from .test_desk import DESK, signed_in


@pytest.fixture
def meier(world: World) -> FlaskClient:
    """Sign in as Partner Meier, whose code "vonmeier" has the id 1."""
    return signed_in(world, "meier")


# The partner -----------------------------------------------------------------------------------------


def test_a_partner_sees_the_cards_of_an_own_code(meier: FlaskClient) -> None:
    codes = meier.get(f"{DESK}/codes")
    page = meier.get(link(codes, "Print cards") or "")

    said = text(page)
    assert said.count("€5.00 off with the code vonmeier recommended by Hans Meier") == 10
    assert "New customers only" in said
    assert page.text.count('<li class="fl-card" aria-hidden="true">') == 9


def test_a_partner_downloads_sheets_that_lead_into_the_shop(meier: FlaskClient) -> None:
    answer = meier.get(f"{DESK}/codes/1/cards.pdf?layout=labels21&sheets=2&lang=de")

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=cards-vonmeier.pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    with read(answer.data) as pdf:
        assert pdf.pages == 2
        assert pdf.scanned(1) == ["http://localhost/firstline/c/vonmeier"] * 21
        assert "5,00 € Rabatt mit dem Code vonmeier empfohlen von Hans Meier" in pdf.text()


@pytest.mark.parametrize(
    ("asked", "pages"),
    [("sheets=20", 20), ("sheets=21", 20), ("sheets=0", 1), ("sheets=x", 1), ("layout=A5&lang=xx", 1)],
)
def test_what_is_asked_of_sheets_is_kept_in_bounds(meier: FlaskClient, asked: str, pages: int) -> None:
    with read(meier.get(f"{DESK}/codes/1/cards.pdf?{asked}").data) as pdf:
        assert pdf.pages == pages


@pytest.mark.parametrize("path", ["cards", "cards.pdf"])
def test_a_partner_gets_no_cards_of_others_nor_of_a_paused_code(
    world: World, meier: FlaskClient, path: str
) -> None:
    other = world.code("fromroth", 1, world.partner("roth", "Julia Roth"))
    refused = meier.get(f"{DESK}/codes/{other}/{path}", follow_redirects=True)
    world.in_books(lambda conn: set_code_active(conn, 1, False, who="admin", now=world.now))
    paused = meier.get(f"{DESK}/codes/1/{path}", follow_redirects=True)

    assert "This is none of your codes." in text(refused)
    assert "The code vonmeier is paused, over or used up" in text(paused)
    assert link(meier.get(f"{DESK}/codes"), "Print cards") is None


def test_the_qr_code_is_a_file_that_scans(meier: FlaskClient, world: World) -> None:
    import io

    page = meier.get(f"{DESK}/codes")
    png, svg = meier.get(link(page, "PNG") or ""), meier.get(link(page, "SVG") or "")
    other = world.code("fromroth", 1, world.partner("roth", "Julia Roth"))

    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png.data)))
    assert found.text == "http://localhost/firstline/c/vonmeier"
    assert (png.mimetype, svg.mimetype) == ("image/png", "image/svg+xml")
    assert svg.headers["Content-Disposition"] == "attachment; filename=qr-vonmeier.svg"
    assert svg.data.startswith(b"<?xml")
    assert meier.get(f"{DESK}/codes/{other}/qr.png").status_code == 404


def test_without_the_extra_the_page_prints_itself_and_offers_no_pdf(
    meier: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_cards, "can_print", lambda: False)

    page = meier.get(f"{DESK}/codes/1/cards")

    assert "cards.pdf" not in page.text
    assert "Print this page: ten cards stand on a sheet." in text(page)
    assert meier.get(f"{DESK}/codes/1/cards.pdf").status_code == 404


def test_the_extra_is_looked_for_and_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_print()
    monkeypatch.setattr("flask_firstline.cards._NEEDED", ("reportlab", "no_such_fonts"))
    assert not can_print()


# The admin -------------------------------------------------------------------------------------------


@pytest.fixture
def office() -> Iterator[Office]:
    """Give a shop with the coupon "Fair" (id 1) and its codes A0 to A11, those from A8 on in a batch."""
    with Office() as shop:
        make_coupon(shop.app, "Fair", amount="5.00")
        for number in range(12):
            make_code(shop.app, f"A{number}", coupon="Fair")
        with shop.transaction() as opened:
            made = {"how": "generated", "count": 4, "made_by": "ines", "created_at": shop.state.now()}
            opened.execute(insert(CodeBatch).values(coupon_id=1, occasion="Cologne", **made))
            opened.execute(update(Code).where(Code.id > 8).values(batch_id=1))
        yield shop


def printed(browser: FlaskClient, address: str) -> list[str]:
    """Print and give the codes that scan, in the order in which they stand."""
    found = []
    with read(browser.get(address).data) as pdf:
        for page in range(pdf.pages):
            found += pdf.scanned(page)
    return sorted({address.rpartition("/c/")[2] for address in found})


def test_all_codes_of_a_coupon_are_printed_from_its_list(office: Office) -> None:
    browser = office.ines()
    page = browser.get(link(browser.get(f"{PREFIX}/codes?coupon=1"), "Print cards") or "")

    assert "12 cards, 2 sheets of A4." in text(page)
    assert printed(browser, link(page, "PDF") or "") == sorted(f"A{number}" for number in range(12))


def test_a_batch_is_chosen_with_its_occasion_on_the_cards(office: Office) -> None:
    browser = office.ines()
    page = browser.get(f"{PREFIX}/cards?coupon=1&batch=1")

    assert '<option value="1" selected>1, Cologne, 4</option>' in page.text
    assert "4 cards, 1 sheet of A4." in text(page)
    assert printed(browser, link(page, "PDF") or "") == ["A10", "A11", "A8", "A9"]
    assert "Cologne" in text(page)


def test_ticked_codes_are_printed(office: Office) -> None:
    browser = office.ines()
    rows = browser.get(f"{PREFIX}/codes?coupon=1")
    fields = [*hidden(rows.text), ("key", "2"), ("key", "5"), ("key", "x")]
    answer = browser.post(f"{PREFIX}/cards", data=multi(list(fields)))
    nothing = browser.post(f"{PREFIX}/cards", data=multi(list(hidden(rows.text))), follow_redirects=True)

    page = browser.get(answer.location)
    assert printed(browser, link(page, "PDF") or "") == ["A1", "A4"]
    assert "Nothing was ticked." in text(nothing)


def test_codes_are_typed_in_any_spelling_and_unknown_ones_are_told(office: Office) -> None:
    browser = office.ines()
    page = browser.get(f"{PREFIX}/cards", query_string={"coupon": "1", "only": "a-1, A 3;nothing\nB7"})
    none = browser.get(f"{PREFIX}/cards", query_string={"coupon": "1", "only": "nothing"})

    assert "2 cards, 1 sheet of A4." in text(page)
    assert "No such codes: nothing, B7" in text(page)
    assert printed(browser, link(page, "PDF") or "") == ["A1", "A3"]
    assert "0 cards" in text(none) and link(none, "PDF") is None


def test_a_code_that_is_off_is_told_as_left_out(office: Office) -> None:
    switch_code(office.app, "A3", active=False)

    said = text(office.ines().get(f"{PREFIX}/cards?coupon=1"))

    assert "11 cards, 2 sheets of A4." in said
    assert "1 code is left out: it is switched off, over or used up." in said


def test_name_address_language_and_copies_stand_on_the_cards(office: Office) -> None:
    browser = office.ines()
    asked = {
        "code": "1", "name": "Lindenhof", "address": "https://shop.example/tea/", "lang": "ru", "copies": "3",
    }  # fmt: skip
    page = browser.get(f"{PREFIX}/cards", query_string=asked)

    with read(browser.get(link(page, "PDF") or "").data) as pdf:
        assert pdf.scanned() == ["https://shop.example/tea/firstline/c/A0"] * 3
        assert pdf.text().count("Lindenhof") == 3
        assert "скидка" in pdf.text().casefold()
    assert "3 cards, 1 sheet of A4." in text(page)


@pytest.mark.parametrize(
    "address", ["", "shop.example", "javascript:alert(1)", "https://", "https://[", "https://a?b", "ftp://a"]
)
def test_an_address_that_is_none_becomes_that_of_this_page(office: Office, address: str) -> None:
    page = office.ines().get(f"{PREFIX}/cards", query_string={"code": "1", "address": address})

    assert page.status_code == 200
    assert 'name="address" value="http://localhost"' in page.text


def test_many_codes_come_in_parts_and_none_is_missing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_cards, "MOST_ON_LINE", 5)
    browser = office.ines()
    page = browser.get(f"{PREFIX}/cards?coupon=1")

    files = [unescape(found) for found in re.findall(r'href="([^"]*cards\.pdf[^"]*)"', page.text)]
    assert "A file has at most 5 cards; here they come in parts." in text(page)
    assert [len(printed(browser, file)) for file in files] == [5, 5, 2]
    assert len({code for file in files for code in printed(browser, file)}) == 12


def test_copies_make_parts_smaller(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin_cards, "MOST_ON_LINE", 12)
    browser = office.ines()

    one, two = (browser.get(f"{PREFIX}/cards?coupon=1&copies={copies}") for copies in (1, 2))

    assert "PDF 2" not in text(one)
    assert "PDF 2" in text(two) and "PDF 3" not in text(two)


def test_more_parts_than_a_page_can_hold_are_left_to_the_command_line(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_cards, "MOST_ON_LINE", 1)
    monkeypatch.setattr(admin_cards, "_MOST_PARTS", 10)

    page = office.ines().get(f"{PREFIX}/cards?coupon=1")

    assert "PDF 10" in text(page) and "PDF 11" not in text(page)
    assert "flask firstline code cards" in text(page)


def test_nothing_chosen_shows_what_would_be_here(office: Office) -> None:
    browser = office.ines()

    page, pdf = browser.get(f"{PREFIX}/cards"), browser.get(f"{PREFIX}/cards.pdf", follow_redirects=True)

    assert "Here stand the cards as soon as a coupon, a batch or some codes are chosen." in text(page)
    assert "There is no code to print here" in text(pdf)
    assert browser.get(f"{PREFIX}/cards?coupon=99").status_code == 404


def test_who_only_looks_may_print_but_visitors_may_not(office: Office) -> None:
    assert office.browser(VERA).get(f"{PREFIX}/cards?coupon=1").status_code == 200
    assert office.browser().get(f"{PREFIX}/cards.pdf?coupon=1").status_code in {302, 403}


def test_without_the_extra_the_admin_reads_what_to_install(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_cards, "can_print", lambda: False)
    browser = office.ines()

    page = browser.get(f"{PREFIX}/cards?coupon=1")

    assert 'pip install "Flask-Firstline[pdf]"' in text(page)
    assert "cards.pdf" not in page.text
    assert browser.get(f"{PREFIX}/cards.pdf?coupon=1").status_code == 404
