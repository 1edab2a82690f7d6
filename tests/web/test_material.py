"""Banners and texts: put up by an admin, found by partners with their own links in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from flask_firstline.models import LandingPage, Link, Material, MaterialPicture
from flask_firstline.testing import make_partner, make_product, make_terms, suspend_partner

from ..unit.test_pictures import drawn
from .office import PREFIX, rows, send, text
from .test_links import HOSTS, Asking

DESK = "/firstline/desk/material"
BANNER = {"kind": "banner", "title": "Spring", "text": "Balm for spring", "path": "/cart", "listed": "y"}
TEXT = {"kind": "text", "title": "For your newsletter", "text": "Hello, look: {link} - bye", "listed": "y"}


@pytest.fixture
def shop() -> Iterator[Asking]:
    with Asking(FIRSTLINE_PARTNER_HOSTS=HOSTS) as made:
        make_partner(made.app, "meier", name="Hans Meier")
        yield made


def put_up(shop: Asking, fields: dict[str, str], picture: bytes | None = None) -> Any:
    sent: dict[str, Any] = {**fields}
    if picture is not None:
        sent["picture"] = (BytesIO(picture), "anything.exe")
    return send(shop.ines(), f"{PREFIX}/materials/new", sent)


def picture_address(page: str) -> str:
    found = re.search(r'src="http://localhost(/firstline/material/[^"]+)"', page)
    assert found is not None
    return found[1]


def first_link(browser: FlaskClient) -> None:
    token = re.search(r'name="firstline_token" value="([^"]+)"', browser.get(DESK).text)
    assert token is not None
    browser.post(f"{DESK}/link", data={"firstline_token": token[1]})


def test_a_banner_stands_in_the_desk_with_the_partners_link_and_its_picture_is_sent(shop: Asking) -> None:
    picture = drawn("PNG", (300, 100))
    assert put_up(shop, BANNER, picture).status_code == 303
    meier = shop.browser("meier")
    assert "You have none yet" in meier.get(DESK).text

    first_link(meier)
    page = text(meier.get(DESK))

    [link] = shop.rows(Link)
    address = f"http://localhost/firstline/r/{link.tracking_id.lower()}?to=/cart"
    assert f'<a href="{address}"><img src="http://localhost/firstline/material/1-' in page
    assert 'width="300" height="100" alt="Balm for spring"></a>' in page
    with shop.guest().get(picture_address(meier.get(DESK).text)) as sent:
        assert (sent.data, sent.mimetype) == (picture, "image/png")
        assert sent.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in sent.headers["Cache-Control"]


def test_the_way_from_a_banner_leads_to_its_page_and_counts(shop: Asking) -> None:
    put_up(shop, BANNER, drawn("GIF"))
    meier = shop.browser("meier")
    first_link(meier)
    found = re.search(r'<a href="([^"]+\?to=/cart)"', text(meier.get(DESK)))
    assert found is not None

    assert shop.guest().get(found[1]).location.startswith("/cart?fl=")
    assert shop.clicks() == 1


def test_a_text_has_the_link_at_its_place_or_at_its_end(shop: Asking) -> None:
    put_up(shop, TEXT)
    put_up(shop, {**TEXT, "title": "Plain", "text": "Look here:"})
    meier = shop.browser("meier")
    first_link(meier)

    page = text(meier.get(DESK))

    [link] = shop.rows(Link)
    address = f"http://localhost/firstline/r/{link.tracking_id.lower()}"
    assert f"Hello, look: {address} - bye" in page
    assert f"Look here: {address}" in " ".join(page.split())


def test_a_partner_chooses_language_and_link(shop: Asking) -> None:
    put_up(shop, {**TEXT, "title": "Brief", "locale": "de"})
    put_up(shop, {**TEXT, "title": "Letter", "locale": "en"})
    put_up(shop, {**TEXT, "title": "Any"})
    shop.link("/cart")
    note = shop.link("/balm")
    [chosen] = shop.rows(Link, path="/balm")

    german = shop.browser("meier")
    german.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert "Brief" in text(german.get(DESK)) and "Letter" not in text(german.get(DESK))
    assert "Letter" in text(german.get(f"{DESK}?locale="))
    page = text(shop.browser("meier").get(f"{DESK}?locale=de&link={chosen.id}"))

    assert ("Brief" in page, "Letter" in page, "Any" in page) == (True, False, True)
    assert f"/firstline/r/{note} - bye" in page


def test_material_of_a_product_is_found_once_the_product_is_shown(shop: Asking) -> None:
    make_product(shop.app, "balm", title="Balm")
    shop.link()
    put_up(shop, {**TEXT, "product_ref": "balm"})
    meier = shop.browser("meier")
    assert "For your newsletter" not in meier.get(DESK).text
    assert "product not shown in the desk" in text(shop.ines().get(f"{PREFIX}/materials"))

    shown = {"title": "Balm", "takes_part": "", "shown_in_desk": "y"}
    send(shop.ines(), f"{PREFIX}/products/balm/edit", shown)

    assert "For your newsletter" in meier.get(DESK).text


def test_a_new_picture_replaces_the_old_one_whose_address_leads_on(shop: Asking) -> None:
    put_up(shop, BANNER, drawn("PNG"))
    meier = shop.browser("meier")
    first_link(meier)
    old = picture_address(meier.get(DESK).text)
    fields: dict[str, Any] = {**BANNER, "picture": (BytesIO(drawn("JPEG", (90, 90))), "x.jpg")}
    del fields["kind"]

    assert send(shop.ines(), f"{PREFIX}/materials/1/edit", fields).status_code == 303

    new = shop.guest().get(old).location
    assert new.endswith(".jpg")
    assert shop.guest().get(new).mimetype == "image/jpeg"
    assert [row.width for row in shop.rows(MaterialPicture)] == [90]


def test_what_is_taken_off_the_list_is_found_no_more_and_goes_on_standing_where_it_stands(
    shop: Asking,
) -> None:
    put_up(shop, BANNER, drawn("PNG"))
    meier = shop.browser("meier")
    first_link(meier)
    address = picture_address(meier.get(DESK).text)
    assert address in shop.ines().get(f"{PREFIX}/materials/1/edit").text

    send(shop.ines(), f"{PREFIX}/materials/1/edit", {"title": "Spring"})

    assert "Balm for spring" not in meier.get(DESK).text
    assert shop.guest().get(address).status_code == 200
    assert rows(shop.ines().get(f"{PREFIX}/materials?listed=no")) == ["Spring"]
    assert [act[1:] for act in shop.acts() if act[2] == "material"] == [
        ("create", "material"),
        ("change", "material"),
    ]


@pytest.mark.parametrize(
    ("fields", "picture", "words"),
    [
        (BANNER, None, "Please choose a picture"),
        (BANNER, b"<svg onload='alert(1)'/>", "PNG, JPEG, GIF or WebP"),
        ({**TEXT, "text": ""}, None, "Please fill this in"),
        ({**TEXT, "path": "https://evil.example/"}, None, "the path of a page of this shop"),
        ({**TEXT, "product_ref": "none"}, None, "No product has this number"),
    ],
)
def test_what_is_wrong_with_material_is_said_and_nothing_is_kept(
    shop: Asking, fields: dict[str, str], picture: bytes | None, words: str
) -> None:
    answer = put_up(shop, fields, picture)

    assert answer.status_code == 422
    assert words in text(answer)
    assert shop.rows(Material) == []


@pytest.mark.parametrize(
    "name", ["1-0000000000000000.png", "x", "1-..%2F..%2Fetc.png", "99999999999999999999-0.png"]
)
def test_a_picture_that_is_not_there_is_not_found(shop: Asking, name: str) -> None:
    assert shop.guest().get(f"/firstline/material/{name}").status_code == 404


def test_a_suspended_partner_finds_no_material(shop: Asking) -> None:
    put_up(shop, TEXT)
    shop.link()
    suspend_partner(shop.app, "meier")

    assert "bye" not in shop.browser("meier").get(DESK).text


def test_the_page_of_a_product_says_what_belongs_to_it(shop: Asking) -> None:
    make_product(shop.app, "balm", title="Balm")
    make_terms(shop.app, 12, product="balm")
    put_up(shop, {**TEXT, "product_ref": "balm"})
    send(
        shop.ines(),
        f"{PREFIX}/landing_pages/new",
        {"path": "/cart", "title": "Balm", "product_ref": "balm", "listed": "y"},
    )
    assert len(shop.rows(LandingPage)) == 1

    page = shop.ines().get(f"{PREFIX}/products/balm/edit")

    said = text(page)
    assert "1 landing page is on the list. 1 piece of material is shown." in said
    assert "Reward levels of its own: level 1: 12%." in said
    assert f'href="{PREFIX}/materials?q=balm"' in page.text
