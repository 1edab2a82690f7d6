"""The standalone app in a browser: each role signs in, and every page of its own is good to read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from flask_firstline import passwords
from flask_firstline.models import StandaloneUser
from flask_firstline.services import standalone_users
from flask_firstline.services.standalone_users import ROLES, Wanted
from flask_firstline.standalone import create_app
from flask_firstline.state import state_of

from .axe import complaints_in_all_looks, complaints_of, sideways
from .live_server import serve

PASSWORD = "a few quiet words"  # noqa: S105 - of a test
LANGUAGES = ("en-GB", "de-DE", "nl-NL", "ru-RU")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the app with somebody of each role."""
    app = create_app({"FIRSTLINE_INSTANCE": str(tmp_path_factory.mktemp("program"))})
    assert app.test_cli_runner().invoke(args=["firstline", "db", "upgrade"]).exit_code == 0
    state, hashed = state_of(app), passwords.hashed(PASSWORD)
    with app.app_context(), state.own_unit() as session:
        ctx = state.context(session.connection())
        for role in ROLES:
            wanted = Wanted(email=f"{role}@shop.example", name=f"Olga {role.title()}", role=role)
            standalone_users.add(ctx, wanted, password=hashed, who="test")
        assert session.query(StandaloneUser).count() == len(ROLES)
    with serve(app) as address:
        yield address
    with app.app_context():
        state.engine().dispose()


def sign_in(page: Page, home: str, role: str) -> None:
    page.goto(f"{home}/firstline/admin/")
    page.fill("#fl-email", f"{role}@shop.example")
    page.fill("#fl-password", PASSWORD)
    page.press("#fl-password", "Enter")
    page.wait_for_url(f"{home}/firstline/admin/")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_sees_the_overview_and_signs_out(page: Page, home: str, role: str) -> None:
    sign_in(page, home, role)

    expect(page.locator(".fl-top")).to_contain_text(f"Olga {role.title()}")
    page.goto(f"{home}/firstline/admin/coupons")
    expect(page.get_by_role("link", name="New coupon")).to_have_count(
        2 if role in {"marketing", "owner"} else 0
    )
    page.goto(f"{home}/account")
    expect(page.get_by_role("link", name="Who has a log-in")).to_have_count(1 if role == "owner" else 0)
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{home}/firstline/admin/")
    expect(page).to_have_title("Sign in · 127.0.0.1")


def test_its_own_pages_have_nothing_to_complain_about_in_any_language(browser: Browser, home: str) -> None:
    wrong: list[str] = []

    def note(said: ConsoleMessage) -> None:
        wrong.append(said.text)

    for language in LANGUAGES:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800},
            locale=language,
        )
        page = context.new_page()
        page.on("console", note)
        for place in ("/", "/sign-in", "/forgot"):
            wrong += looked_at(page, home + place, language)
        sign_in(page, home, "owner")
        for place in ("/account", "/people", "/people/new", "/people/1"):
            wrong += looked_at(page, home + place, language)
        page.locator("form[action='/people/1/link'] button").click()
        expect(page.locator("pre.fl-pre")).to_contain_text("/password/")
        link = page.locator("pre.fl-pre").inner_text()
        wrong += found(page, language) + looked_at(page, link, language)
        context.close()

    assert wrong == []


def looked_at(page: Page, address: str, language: str) -> list[str]:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    return found(page, language)


def found(page: Page, language: str) -> list[str]:
    """Say what is wrong with a page; its markup is the same in each language, only the texts are longer."""
    ask = complaints_of if language == LANGUAGES[0] else sideways
    return [f"{page.url} {language}: {wrong}" for wrong in complaints_in_all_looks(page, ask)]
