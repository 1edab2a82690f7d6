"""A shop keeps its own error pages, commands and CSRF check; without "api" nothing of it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask_smorest
import pytest
from flask import Flask, Response, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from werkzeug.exceptions import HTTPException, NotFound

from flask_firstline import Cart, Customer, Firstline
from flask_firstline.extension import MOUNTS
from flask_firstline.models.base import create_all
from flask_firstline.services import api_keys
from flask_firstline.state import state_of

ROOT = "/firstline/api/v1"


class Answers:
    def current_customer(self) -> Customer | None:
        return None

    def current_cart(self) -> Cart | None:
        return None

    def is_admin(self) -> bool:
        return False


def make_app(folder: Path, *, mount: tuple[str, ...] | None, catches_all: bool = False) -> Flask:
    """Give a shop with error pages for everything and a CSRF check; `mount=None` is the shop alone."""
    app = Flask("host")
    app.config.update(
        SECRET_KEY="x", SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'shop.sqlite'}", WTF_CSRF_ENABLED=True
    )
    db = SQLAlchemy(app)
    CSRFProtect(app)

    _add_pages(app, catches_all=catches_all)
    if mount is not None:
        Firstline().init_app(app, shop=Answers(), mount=mount)
        with app.app_context():
            create_all(db.engine)
    return app


def _add_pages(app: Flask, *, catches_all: bool) -> None:
    @app.errorhandler(404)
    def not_found(error: NotFound) -> tuple[str, int]:
        return "<h1>The shop's 404</h1>", 404

    @app.errorhandler(401)
    @app.errorhandler(422)
    @app.errorhandler(HTTPException)
    def any_error(error: HTTPException) -> tuple[str, int]:
        return "<h1>The shop's error</h1>", error.code or 500

    if catches_all:

        @app.errorhandler(Exception)
        def everything(error: Exception) -> tuple[str, int]:
            return "<h1>The shop's crash</h1>", 500

    @app.get("/boom")
    def boom() -> Response:
        raise RuntimeError("boom")

    @app.route("/form", methods=["POST"])
    def form() -> Response:
        return jsonify(request.form)

    @app.get("/number/<int:number>")
    def number(number: int) -> str:
        return str(number)


def answers(app: Flask) -> list[tuple[int, str | None, str]]:
    """Give how the shop answers on its own addresses."""
    client = app.test_client()
    asked = [
        client.get("/nothing"), client.get("/firstline/nothing"), client.get("/boom"), client.post("/form"),
        client.delete("/form"), client.get("/number/1"), client.get("/number/x"),
    ]  # fmt: skip
    return [(found.status_code, found.content_type, found.get_data(as_text=True)) for found in asked]


@pytest.mark.parametrize("catches_all", [False, True])
def test_the_shops_own_pages_are_as_without_us(tmp_path: Path, catches_all: bool) -> None:
    alone = make_app(tmp_path, mount=None, catches_all=catches_all)
    mounted = make_app(tmp_path, mount=MOUNTS, catches_all=catches_all)

    assert answers(mounted) == answers(alone)
    assert set(mounted.cli.commands) - set(alone.cli.commands) == {"firstline"}
    assert mounted.error_handler_spec[None] == {
        code: {kind: mounted.error_handler_spec[None][code][kind] for kind in kinds}
        for code, kinds in alone.error_handler_spec[None].items()
    }


def key_of(app: Flask) -> dict[str, str]:
    state = state_of(app)
    with app.app_context():
        made: Any = state.in_own_unit(
            lambda opened: api_keys.create_key(
                opened.connection(), "k", api_keys.SCOPES, who="t", now=state.now()
            )
        )
    return {"Authorization": f"Bearer {made.secret}"}


@pytest.mark.parametrize("catches_all", [False, True])
def test_errors_of_the_api_are_problems_in_a_shop_that_handles_everything(
    tmp_path: Path, catches_all: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(tmp_path, mount=MOUNTS, catches_all=catches_all)
    headers, client = key_of(app), app.test_client()
    coupon = {"name": "Welcome", "amount": "5.00"}

    found = [
        client.get(f"{ROOT}/coupons"),
        client.get(f"{ROOT}/nothing", headers=headers),
        client.get(f"{ROOT}/coupons/9", headers=headers),
        client.post(f"{ROOT}/coupons", headers=headers, json={}),
        client.post(f"{ROOT}/coupons", headers=headers, json={"name": "x"}),
        client.delete(f"{ROOT}/coupons", headers=headers),
    ]
    made = client.post(f"{ROOT}/coupons", headers=headers, json=coupon)
    with app.app_context():
        from flask_firstline.models import Coupon

        Coupon.__table__.drop(state_of(app).engine())
    broken = client.get(f"{ROOT}/coupons", headers=headers)

    assert [answer.status_code for answer in found] == [401, 404, 404, 400, 422, 405]
    assert {answer.content_type for answer in [*found, broken]} == {"application/problem+json"}
    assert made.status_code == 201, "the shop's CSRF check does not stand in the way"
    assert broken.status_code == 500
    assert "no such table" not in broken.get_data(as_text=True)


@pytest.mark.parametrize("mount", [(), ("checkout", "desk", "admin", "hooks")])
def test_without_the_api_nothing_of_it_is_there(tmp_path: Path, mount: tuple[str, ...]) -> None:
    app = make_app(tmp_path, mount=mount)

    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/firstline/api")]
    assert "flask-smorest" not in app.extensions
    assert app.test_client().get(f"{ROOT}/coupons").get_data(as_text=True) == "<h1>The shop's 404</h1>"


def test_two_apps_of_one_process_have_documents_of_their_own(tmp_path: Path) -> None:
    first = make_app(tmp_path, mount=("api",))
    second = make_app(tmp_path, mount=("api",))

    documents = [app.test_client().get(f"{ROOT}/openapi.json").get_json() for app in (first, second)]

    assert documents[0] == documents[1]
    assert f"{ROOT}/orders" in documents[0]["paths"]


def test_a_shop_with_an_api_of_its_own_keeps_its_document_and_command(tmp_path: Path) -> None:
    app = Flask("host")
    app.config.update(
        SECRET_KEY="x", SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'shop.sqlite'}", API_TITLE="Shop",
        API_VERSION="7", OPENAPI_VERSION="3.0.2", OPENAPI_URL_PREFIX="/",
    )  # fmt: skip
    SQLAlchemy(app)
    flask_smorest.Api(app)
    command = app.cli.commands["openapi"]

    Firstline().init_app(app, shop=Answers())

    theirs = app.test_client().get("/openapi.json").get_json()
    ours = app.test_client().get(f"{ROOT}/openapi.json").get_json()
    assert (theirs["info"]["title"], theirs.get("paths")) == ("Shop", {})
    assert ours["info"]["title"] == "Flask-Firstline"
    assert app.cli.commands["openapi"] is command
