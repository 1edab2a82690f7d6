"""A shop with an office: admins with names and roles, and the story that the admin pages are tested on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import flask
from flask import has_request_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_firstline import Admin
from flask_firstline.models import Audit
from flask_firstline.testing import FakeShop, make_cart, make_code, make_partner, make_terms
from tests.tables import open_with_tables
from tests.warm import shared_options

PREFIX = "/firstline/admin"
INES, VERA = "ines", "vera"
STAFF = {
    INES: Admin(id="1", name="Ines Walter"),
    VERA: Admin(id="2", name="Vera Blum", roles=("viewer",)),
    "otto": Admin(id="3", name="Otto Berg"),
    "sue": Admin(id="11", name="Sue Port", roles=("support",)),
    "max": Admin(id="12", name="Max Market", roles=("marketing",)),
    "finja": Admin(id="13", name="Finja Nance", roles=("finance",)),
}


class Office(FakeShop):
    """A shop whose admins have names: Ines may do all, Vera only looks. Its API is mounted where asked."""

    def __init__(
        self,
        url: str = "sqlite://",
        *,
        mount: Sequence[str] = ("checkout", "desk", "admin"),
        **config: object,
    ) -> None:
        if url == "sqlite://":
            config["SQLALCHEMY_ENGINE_OPTIONS"] = {**shared_options(), "creator": open_with_tables}
        super().__init__(url, mount=mount, **config)  # type: ignore[arg-type]  # settings, no clock

    def __enter__(self) -> Self:
        """Give the shop; it is closed at the end."""
        return self

    def is_admin(self) -> bool:
        """Say whether one of the staff is signed in."""
        return self.admin_identity() is not None

    def admin_identity(self) -> Admin | None:
        """Give who is signed in."""
        return STAFF.get(flask.session.get("customer", "")) if has_request_context() else None

    def order_url(self, ref: str) -> str | None:
        """Give the order's page in the shop."""
        return f"/orders/{ref}"

    def ines(self, language: str = "en") -> FlaskClient:
        """Give the browser of the admin, in a language."""
        browser = self.browser(INES)
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return browser

    def acts(self) -> list[tuple[str, str, str]]:
        """Give what the audit log says: who, act and noun."""
        return [(row.who, row.act, row.noun) for row in self.rows(Audit)]


def story(shop: FakeShop) -> None:
    """Play it: three partners below each other, a code, a paid order, a second one that goes back."""
    make_partner(shop.app, "opa", name="Karl Brenner")
    make_partner(shop.app, "schulz", sponsor="opa", name="Petra Schulte")
    make_partner(shop.app, "meier", sponsor="schulz", name="Hans Meier")
    make_terms(shop.app, 10, 5, 1)
    make_code(shop.app, "vonmeier", owner="meier", amount="5.00", min_order="20.00", new_customers_only=True)
    sabine = shop.add_customer("sabine", name="Sabine Krüger")
    shop.place(make_cart(customer=sabine), "o1", codes=["vonmeier"], number="2026-11873")
    shop.pay("o1")
    thomas = shop.add_customer("thomas", name="Thomas Wolf")
    shop.place(make_cart(customer=thomas), "o2", codes=["vonmeier"])
    shop.pay("o2")
    shop.refund("o2")


def text(response: TestResponse) -> str:
    """Give what a page says, without its markup."""
    body = re.sub(r"(?s)<(head|svg|script)\b.*?</\1>", " ", response.get_data(as_text=True))
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def rows(response: TestResponse) -> list[str]:
    """Give the head of each row of a list."""
    found = re.findall(r'(?s)<th scope="row"[^>]*>(.*?)</th>', response.get_data(as_text=True))
    return [_without_sub(cell) for cell in found]


def _without_sub(cell: str) -> str:
    bare = re.sub(
        r'(?s)<label.*?</label>|<svg.*?</svg>|<span class="fl-(?:table-sub|sr)">.*?</span>', "", cell
    )
    return " ".join(unescape(re.sub(r"<[^>]+>", "", bare)).split())


def hidden(page: str) -> list[tuple[str, str]]:
    """Give the hidden fields of a page, those that several forms repeat once."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return list(dict.fromkeys((unescape(name), unescape(value)) for name, value in found))


def send(
    browser: FlaskClient, address: str, given: Mapping[str, object], *, form_at: str = ""
) -> TestResponse:
    """Fill in a form and send it, with the hidden fields of its page, in the browser's language."""
    page = browser.get(form_at or address)
    assert page.status_code == 200, text(page)
    fields: list[tuple[str, object]] = [*hidden(page.get_data(as_text=True))]
    for name, value in given.items():
        fields += [(name, item) for item in value] if isinstance(value, list) else [(name, value)]
    return browser.post(address, data=multi(fields))


def multi(fields: list[tuple[str, object]]) -> dict[str, list[object]]:
    """Give fields as a form sends them: several values of one name together; a file is a pair."""
    found: dict[str, list[object]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value if isinstance(value, tuple) else str(value))
    return found


def link(response: TestResponse, label: str) -> str | None:
    """Give the address behind a link with this text."""
    found = re.findall(r'(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', response.get_data(as_text=True))
    for href, shown in found:
        if " ".join(re.sub(r"<[^>]+>", "", shown).split()) == label:
            return unescape(href)
    return None


def query(address: str | None) -> dict[str, str]:
    """Give what an address asks."""
    return dict(parse_qsl(urlsplit(address or "").query))
