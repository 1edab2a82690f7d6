"""The API's one blueprint: who may call, how often, and how requests are read and answered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import flask_smorest
from flask import Response
from marshmallow import RAISE, Schema
from webargs.flaskparser import FlaskParser

from . import problems
from .fields import BIGGEST_ID
from .problems import Problem

Result = TypeVar("Result")
View = Callable[..., Response]
NAME = "firstline_api"
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Parser(FlaskParser):
    """Reads requests strictly: what is not in the document is refused, with 400."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {"json": RAISE, "query": RAISE}

    def load_json(self, req: Any, schema: Schema) -> object:  # noqa: ANN401 - flask's request
        """Give the body as JSON; numbers that JSON does not know are refused."""
        try:
            return json.loads(req.get_data(), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise Problem("not-json", f"The body is no JSON: {str(error)[:200]}") from error


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


class Blueprint(flask_smorest.Blueprint):
    """Tells the document of scopes, problems and headers too."""

    PAGINATION_HEADER_NAME = None
    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - as flask's
        super().__init__(*args, **more)
        self._prepare_doc_cbks.append(_tell)


IDEMPOTENCY_KEY: Mapping[str, object] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "Any text of your own. The same request with the same key is done once: its answer is "
    "kept for 24 hours and given again, with `Idempotency-Replayed: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def _tell(
    doc: dict[str, Any], info: dict[str, Any], *, api: object, app: object, spec: object, method: str
) -> dict[str, Any]:
    """Add to an operation what its decorator knows."""
    known = info["firstline"]
    doc["security"] = [{"key": [known["scope"]]}]
    doc["operationId"] = known["name"]
    responses = {
        status: found for status, found in doc.get("responses", {}).items() if 200 <= int(status) < 300
    }
    for found in responses.values():
        found["headers"] = {**found.get("headers", {}), **_COUNTED}
    doc["responses"] = {**responses, **{code: problems.response_name(code) for code in known["problems"]}}
    if known["keyed"]:
        doc.setdefault("parameters", []).append(dict(IDEMPOTENCY_KEY))
    return doc


_COUNTED = {
    f"RateLimit-{name}": {"description": said, "schema": {"type": "integer"}}
    for name, said in (
        ("Limit", "Requests that the key may make in a minute."),
        ("Remaining", "Requests that are left in this minute."),
        ("Reset", "Seconds until they are counted anew."),
    )
}


blueprint = Blueprint(NAME, __name__, url_prefix="/api/v1")
problems.install(blueprint)


def operation(
    method: str, rule: str, *, scope: str, tag: str, refuses: Sequence[int] = (), repeatable: bool = False
) -> Callable[[View], View]:
    """Offer a view at an address to keys with a scope; `refuses` are further statuses of refusals.

    What is `repeatable` does no more when it comes again, and needs no idempotency key.
    """
    statuses = {401, 403, 429, 500, 503, *refuses}
    if "<" in rule:
        statuses.add(404)
    if method in WITH_BODY:
        statuses |= {400, 411, 413, 415, 422}
    if method == "POST":
        statuses.add(409)

    def offer(view: View) -> View:
        documented = getattr(view, "_apidoc", {})
        if "arguments" in documented:
            statuses.add(400)
        documented["firstline"] = {
            "scope": scope,
            "problems": sorted(statuses),
            "name": view.__name__,
            "keyed": method == "POST" and not repeatable,
        }
        view._apidoc = documented  # type: ignore[attr-defined]  # where flask-smorest looks
        view.provide_automatic_options = False  # type: ignore[attr-defined]  # where flask looks
        ids = [dict(_ID, name=name) for name in re.findall(r"<(\w+_id)>", rule)]
        blueprint.add_url_rule(rule, view.__name__, view, methods=[method], tags=[tag], parameters=ids)
        SCOPES[f"{NAME}.{view.__name__}"] = scope
        return view

    return offer


SCOPES: dict[str, str] = {}
_ID: Mapping[str, object] = {
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": BIGGEST_ID},
}
