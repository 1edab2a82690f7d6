"""Forms beside the shop's own protection, notices, and pages in the shop's layout."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader
from markupsafe import Markup

from flask_firstline import ConfigError, tokens
from flask_firstline.domain.sheets import safe_cell

from .small_shop import World
from .test_coupon_field import JSON, post, token_of

LAYOUT = """<!doctype html><html lang="en"><head><title>{% block title %}{% endblock %}</title></head>
<body><header>{{ greeting }}</header><main>{% block content %}{% endblock %}</main></body></html>"""


def test_with_flask_wtf_the_shops_token_is_printed_so_that_its_own_check_passes(world: World) -> None:
    CSRFProtect(world.app)
    client = world.app.test_client()

    page = client.get("/").text
    shops = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    without = client.post("/firstline/coupon", data={"firstline_token": token_of(page), "code": "x"})
    with_both = client.post(
        "/firstline/coupon", data={"firstline_token": token_of(page), "csrf_token": shops, "code": "x"}
    )
    without_ours = client.post("/firstline/coupon", data={"csrf_token": shops, "code": "x"})

    assert (without.status_code, with_both.status_code, without_ours.status_code) == (400, 303, 400)


def test_a_shop_with_a_field_of_its_own_gets_it_printed(world: World) -> None:
    world.adapter.csrf_field = lambda: Markup('<input type="hidden" name="shop" value="1">')  # type: ignore[attr-defined]

    assert '<input type="hidden" name="shop" value="1">' in world.app.test_client().get("/").text


def test_a_shop_that_shows_notices_is_told_the_outcome_of_plain_posts(world: World) -> None:
    told: list[tuple[bool, str]] = []
    world.adapter.notify = lambda ok, text: told.append((ok, text))  # type: ignore[attr-defined]
    client = world.app.test_client()

    post(client, code="never-made")
    post(client, remove="")
    post(client, JSON, code="vonmeier")

    assert told == [
        (False, "This code cannot be used here. Please check the spelling."),
        (True, "The coupon is removed."),
    ]


def test_desk_pages_stand_in_the_shops_layout_where_it_lends_one(world: World) -> None:
    lend(world, ("shop.html", "content", {"greeting": "Welcome to the shop"}))
    client = world.app.test_client()
    client.get("/sign-in/meier")

    page = client.get("/firstline/desk/codes").text

    assert "<header>Welcome to the shop</header>" in page
    assert '<div class="fl-root">' in page
    assert "firstline.css" in page
    assert "<title>Codes · Partner desk</title>" in page
    assert "fl-top" not in page
    assert page.count("<html") == page.count("<main><") == 1


def test_a_layout_whose_block_is_no_name_is_refused_with_a_sentence(world: World) -> None:
    lend(world, ("shop.html", "content %}{{ x }}", {}))
    client = world.app.test_client()
    client.get("/sign-in/meier")

    with pytest.raises(ConfigError, match="give the name of a block"):
        client.get("/firstline/desk/codes")


def lend(world: World, layout: tuple[str, str, Mapping[str, object]]) -> None:
    """Let the shop lend its layout."""
    shops, templates = world.app.jinja_loader, DictLoader({"shop.html": LAYOUT})
    world.app.jinja_loader = ChoiceLoader([templates, *([shops] if shops else [])])
    world.adapter.layout = lambda area: layout if area == "desk" else None  # type: ignore[attr-defined]


def test_tokens_hold_for_twelve_hours_one_purpose_and_one_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [b"a key of this test"]
    token = tokens.form_token(keys, "coupon", "anna")
    begun = time.time()
    right = tokens.holds(keys, token, "coupon", "anna")
    wrong = [tokens.holds(keys, token, *case) for case in (("desk", "anna"), ("coupon", "bernd"))]
    monkeypatch.setattr("time.time", lambda: begun + 12 * 3600 - 60)
    almost = tokens.holds(keys, token, "coupon", "anna")
    monkeypatch.setattr("time.time", lambda: begun + 12 * 3600 + 60)
    late = tokens.holds(keys, token, "coupon", "anna")

    assert (right, wrong, almost, late) == (True, [False, False], True, False)


def test_tokens_survive_a_new_key_as_long_as_the_old_one_verifies() -> None:
    token = tokens.form_token([b"old"], "coupon", "anna")

    assert not tokens.holds([b"new"], token, "coupon", "anna")
    assert tokens.holds([b"old", b"new"], token, "coupon", "anna")


def test_without_a_secret_the_error_says_what_to_set() -> None:
    with Flask("shop").app_context(), pytest.raises(RuntimeError, match="Set SECRET_KEY"):
        tokens.sign_note("coupon", {"ok": "1"})


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("+49 1", "'+49 1"),
        ("-x", "'-x"),
        ("-3.50", "-3.50"),
        ("a=b", "a=b"),
        (None, ""),
    ],
)
def test_cells_of_a_file_are_no_formulas(cell: object, written: str) -> None:
    assert safe_cell(cell) == written
