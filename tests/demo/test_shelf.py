"""The shelf: products, categories, search, languages, and headers of every page."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from demo.browser import Visitor
from demo.stock import STOCK
from demo.web import CONTENT_SECURITY_POLICY

from .acts import pay, place, put

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True, scope="session")


def skus(html: str) -> set[str]:
    return set(re.findall(r'href="/product/([a-z0-9-]+)"', html))


def test_the_shelf_shows_a_dozen_products_in_two_vat_rates(buyer: Visitor) -> None:
    assert skus(buyer.open("/").html) == {item.sku for item in STOCK}
    assert len(STOCK) == 12
    assert {item.vat_rate for item in STOCK} == {7, 19, None}


def test_a_category_shows_only_its_products(buyer: Visitor) -> None:
    assert skus(buyer.open("/?category=tea").html) == {"tea-evening", "tea-meadow", "tea-mint"}


@pytest.mark.parametrize("wanted", ["lavender", "LAVENDEL"])
def test_the_search_reads_both_languages(buyer: Visitor, wanted: str) -> None:
    assert skus(buyer.open(f"/?q={wanted}").html) == {"soap-lavender", "tea-evening"}


def test_a_search_takes_signs_literally(buyer: Visitor) -> None:
    assert skus(buyer.open("/?q=%25").html) == set()


@pytest.mark.parametrize(
    "path", ["/product/nothing", "/?category=nothing", "/order/nothing", "/office/order/1"]
)
def test_what_is_not_there_is_not_found(buyer: Visitor, path: str) -> None:
    page = buyer.open(path)

    assert page.status == 404 or page.url.endswith("/account/sign-in?next=%2Foffice%2Forder%2F1")


def test_the_language_can_be_switched(buyer: Visitor) -> None:
    english = buyer.open("/product/balm-arnica")
    german = buyer.send(english, "/language", language="de")

    assert "Arnica balm, 50\N{NO-BREAK SPACE}ml" in english.html
    assert german.url == english.url.rstrip("?") or german.url == english.url + "?"
    assert "Arnika-Balsam, 50\N{NO-BREAK SPACE}ml" in german.html
    assert "14,90\N{NO-BREAK SPACE}€" in german.html


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_the_language_switch_leads_nowhere_else(buyer: Visitor, home: str, back: str) -> None:
    page = buyer.send(buyer.open("/"), "/language", language="de", next=back)

    assert page.url == f"{home}/"


def test_pages_load_and_run_nothing_that_is_written_into_them(app: Flask, buyer: Visitor) -> None:
    put(buyer, "balm-arnica")
    order = pay(buyer, place(buyer)).url.removeprefix(buyer.home)
    put(buyer, "tea-mint")
    paths = [
        "/",
        "/product/card-25",
        "/cart/",
        "/checkout/",
        "/account/sign-in",
        "/account/sign-up",
        "/nothing",
    ]

    for path in [*paths, order, f"{order}/invoice", "/firstline/desk/"]:
        html = buyer.open(path).html
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", html), path
        assert app.test_client().get(path).headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
