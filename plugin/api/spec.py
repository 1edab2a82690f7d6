"""The OpenAPI document of one app, and the page that shows it."""

from __future__ import annotations

import json
from threading import Lock
from typing import Any

import flask_smorest
from flask import Blueprint, Flask, Response, current_app, render_template, url_for

from .. import i18n
from ..layout import frame
from ..state import state_of
from . import examples, problems
from .edge import NAME, blueprint
from .kinds import KINDS

PREFIX = "FIRSTLINE"
TITLE = "Flask-Firstline"
VERSION = "1"
TAGS = (
    "Coupons", "Codes", "Batches", "Redemptions", "Quotes", "Orders", "Invoices", "Refunds", "Contacts",
    "Touches", "Events", "Campaigns", "Partners", "Commissions", "Payouts", "Suspicions", "Reports",
)  # fmt: skip
"""In the order in which people meet them."""
_ABOUT = """Coupons, codes and quotes; orders, payments and refunds; contacts, touches and events; partners,
commissions and payouts of this shop; campaigns, rewards, suspicions, and reports.

Amounts are decimal numbers as text in major units, beside their currency; times have their zone
(RFC 3339). Lists come in pages: give `next` of one page as `after` of the next. Every error is
`application/problem+json`; its `type` leads to an explanation. A request with an `Idempotency-Key` is done
once however often it comes."""

_CURL = 'curl -H "Authorization: Bearer $KEY" {}'


class Api(flask_smorest.Api):
    """Our document only: the shop's error pages and commands stay what they are."""

    ERROR_SCHEMA = problems.ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None
    _written: dict[str, Any] | None = None

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - as flask-smorest's
        self._writing = Lock()
        super().__init__(*given, **more)

    def _register_error_handlers(self) -> None:
        """Leave the shop's errors alone; those of our blueprint are its own."""

    def _init_spec(self, **more: Any) -> None:  # noqa: ANN401 - as flask-smorest's
        """Leave the shop's command `openapi` as it was, if it has one."""
        before = self._app.cli.commands.get("openapi")
        super()._init_spec(**more)
        if before is None:
            self._app.cli.commands.pop("openapi", None)
        else:
            self._app.cli.add_command(before)

    def _register_responses(self) -> None:
        for status in {kind.status for kind in KINDS.values()}:
            known = {name: kind.title for name, kind in KINDS.items() if kind.status == status}
            content = {problems.MEDIA_TYPE: {"schema": problems.ProblemSchema, "kinds": list(known)}}
            said = {"description": "; ".join(known.values()), "content": content}
            self.spec.components.response(problems.response_name(status), said, lazy=True)

    def _register_pagination_header(self) -> None:
        """Pages are told in the body."""

    def written(self) -> dict[str, Any]:
        """Give the document, written when it is first asked for: it takes as long as all else of a start."""
        with self._writing:
            if self._written is None:
                self._written = self._write()
            return self._written

    def _write(self) -> dict[str, Any]:
        self.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
        for tag in TAGS:
            self.spec.tag({"name": tag})
        blueprint.register_views_in_doc(self, self._app, self.spec, name=NAME, parameters=None)
        written: dict[str, Any] = self.spec.to_dict()
        examples.put_into(written, f"{state_of(self._app).settings.url_prefix}/api/v1/")
        return written


def mount(app: Flask, url_prefix: str) -> None:
    """Offer the API in an app below a prefix."""
    api = Api(
        app,
        config_prefix=PREFIX,
        spec_kwargs={
            "title": TITLE,
            "version": VERSION,
            "openapi_version": "3.1.0",
            "info": {"description": _ABOUT},
        },
    )
    app.extensions["flask-smorest"]["blp_name_to_api"][NAME] = api
    place = url_prefix + (blueprint.url_prefix or "")
    app.register_blueprint(blueprint, url_prefix=place)
    app.register_blueprint(pages, url_prefix=place)
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(blueprint)


pages = Blueprint("firstline_api_pages", __name__)


def document() -> dict[str, Any]:
    """Give the OpenAPI document of this app."""
    api: Api = current_app.extensions["flask-smorest"]["apis"][f"{PREFIX}_"]["ext_obj"]
    return api.written()


@pages.get("/openapi.json")
def openapi() -> Response:
    """Give the document to programs."""
    return Response(json.dumps(document(), ensure_ascii=False, indent=1), content_type="application/json")


@pages.get("/")
def reference() -> str:
    """Show the document to people: every operation, every kind of problem."""
    found = document()
    return render_template(
        "firstline/api/reference.html",
        **i18n.template_words(),
        **frame("admin"),
        info=found["info"],
        operations=_operations(found),
        kinds={
            name: (kind, _written(examples.of_problem(name, url_for("firstline_api_pages.reference"))))
            for name, kind in KINDS.items()
        },
        curl=_CURL.format(url_for("firstline_api.list_coupons", _external=True)),
    )


def _operations(found: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Give the operations by their tags."""
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for path, methods in found["paths"].items():
        for method, about in methods.items():
            if method != "parameters":
                by_tag.setdefault(about["tags"][0], []).append(_shown(path, method, about))
    return [(tag, by_tag[tag]) for tag in TAGS]


def _shown(path: str, method: str, about: dict[str, Any]) -> dict[str, Any]:
    body = about.get("requestBody", {}).get("content", {}).get("application/json", {})
    example = body.get("example")
    asked = [one["name"] for one in about.get("parameters", ()) if one["in"] == "query"]
    return {
        "path": path,
        "method": method.upper(),
        "operationId": about["operationId"],
        "summary": about["summary"],
        "scope": about["security"][0]["key"][0],
        "asks": ", ".join(asked),
        "example": _written(example) if example else "",
        "answers": [_answer(status, one) for status, one in about["responses"].items() if status < "300"],
        "refuses": sorted({status for status in about["responses"] if status >= "400"}),
    }


def _answer(status: str, told: dict[str, Any]) -> dict[str, str]:
    example = next((content["example"] for content in told.get("content", {}).values()), None)
    return {"status": status, "says": told["description"], "example": _written(example) if example else ""}


def _written(example: object) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
