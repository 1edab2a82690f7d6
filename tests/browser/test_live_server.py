from __future__ import annotations

from flask import Flask, request
from playwright.sync_api import Page, expect

from .conftest import LiveServer


def test_chromium_talks_to_an_app_that_lives_for_one_test(page: Page, live_server: LiveServer) -> None:
    app = Flask(__name__)

    @app.route("/", methods=["GET", "POST"])
    def hello() -> str:
        form = "<form method=post><input name=name aria-label=Name><button>Go</button></form>"
        return f"<h1>Hello {request.form.get('name', 'nobody')}</h1>{form}"

    page.goto(live_server(app))
    page.get_by_label("Name").fill("Meier")
    page.get_by_role("button").click()

    expect(page.get_by_role("heading")).to_have_text("Hello Meier")


def test_two_apps_are_served_side_by_side(page: Page, live_server: LiveServer) -> None:
    titles = []
    for title in ("shop", "blog"):
        app = Flask(title)
        app.add_url_rule("/", view_func=lambda title=title: f"<title>{title}</title>")

        page.goto(live_server(app))
        titles.append(page.title())

    assert titles == ["shop", "blog"]
