"""The API's one blueprint: who may call, how often, and how requests are read and answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import flask_smorest
from flask import Response, current_app, g, request
from marshmallow import RAISE, Schema
from sqlalchemy import Row
from sqlalchemy.orm import Session
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from ..services import api_keys
from ..services.api_keys import Allowance
from ..services.context import Context
from ..state import current_state
from . import problems
from .problems import Problem

Result = TypeVar("Result")
View = Callable[..., Response]
NAME = "firstline_api"
LONGEST_BODY = 1_000_000
_JSON = "application/json"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class Parser(FlaskParser):
    """Reads requests strictly: what is not in the document is refused, with 400."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION: Mapping[str, str] = {"json": RAISE, "query": RAISE}

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
    "description": "Any text of your own. The same request with the same key is done once: the answer is kept "
    "for 24 hours and given again, with `Idempotency-Replayed: true`.",
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
    if method == "post":
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
    method: str, rule: str, *, scope: str, tag: str, refuses: Sequence[int] = ()
) -> Callable[[View], View]:
    """Offer a view at an address to keys with a scope; `refuses` are further statuses of refusals."""
    statuses = {401, 403, 429, 500, 503, *refuses}
    if "<" in rule:
        statuses.add(404)
    if method in _WITH_BODY:
        statuses |= {400, 411, 413, 415, 422}
    if method == "POST":
        statuses.add(409)

    def offer(view: View) -> View:
        documented = getattr(view, "_apidoc", {})
        if "arguments" in documented:
            statuses.add(400)
        documented["firstline"] = {"scope": scope, "problems": sorted(statuses), "name": view.__name__}
        view._apidoc = documented  # type: ignore[attr-defined]  # where flask-smorest looks
        view.provide_automatic_options = False  # type: ignore[attr-defined]  # where flask looks
        blueprint.add_url_rule(rule, view.__name__, view, methods=[method], tags=[tag])
        _SCOPES[f"{NAME}.{view.__name__}"] = scope
        return view

    return offer


_SCOPES: dict[str, str] = {}


def key() -> Row[Any]:
    """Give the key of this request."""
    found: Row[Any] = g.firstline_api_key
    return found


def who() -> str:
    """Name who acts, for the log: the key's name."""
    return str(key().name)


@blueprint.before_request
def only_keys() -> None:
    """Let keys in that are known, within their rate and their scopes; look at the body's form."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Problem(
            "no-key", "Send a key: `Authorization: Bearer ...`.", {"WWW-Authenticate": 'Bearer realm="firstline"'}
        )
    secret = given.token
    known, allowance = in_unit(lambda ctx: _counted(ctx, secret))
    if known is None or allowance is None:
        raise Problem(
            "bad-key",
            "This key is unknown or revoked. Make a new one: `flask firstline api key add`.",
            {"WWW-Authenticate": 'Bearer realm="firstline", error="invalid_token"'},
        )
    g.firstline_api_key, g.firstline_allowance = known, allowance
    if allowance.spent:
        raise Problem(
            "too-many",
            f"A key makes at most {allowance.limit} requests in a minute.",
            {"Retry-After": str(allowance.seconds)},
        )
    _check_scope(known)
    _check_body()


def _counted(ctx: Context, secret: str) -> tuple[Row[Any] | None, Allowance | None]:
    known = api_keys.find_live_key(ctx.conn, secret)
    return (known, api_keys.count_request(ctx, known)) if known is not None else (None, None)


def _check_scope(known: Row[Any]) -> None:
    scope = _SCOPES.get(request.endpoint or "")
    if scope is not None and scope not in known.scopes:
        raise Problem(
            "not-allowed",
            f"This needs the scope {scope}; the key {known.name!r} has {', '.join(known.scopes)}.",
            {"WWW-Authenticate": f'Bearer realm="firstline", error="insufficient_scope", scope="{scope}"'},
        )


def _check_body() -> None:
    if request.method not in _WITH_BODY or request.endpoint not in _SCOPES:
        return
    if request.content_length is None:
        if "Transfer-Encoding" in request.headers:
            raise Problem("no-length", "Send the body with its Content-Length.")
    elif request.content_length > LONGEST_BODY:
        raise Problem("too-large", f"A body has at most {LONGEST_BODY} bytes.")
    if request.mimetype != _JSON:
        raise Problem("media-type", f"Send the body as {_JSON}.")


@blueprint.after_request
def tell_allowance(response: Response) -> Response:
    """Say how many requests are left, and keep the answer out of caches."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    allowance: Allowance | None = g.get("firstline_allowance")
    if allowance is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.left)
        response.headers["RateLimit-Reset"] = str(allowance.seconds)
    return response


@blueprint.record
def _nothing_else(setup: Any) -> None:  # noqa: ANN401 - flask's setup state
    """Answer what means nothing, too: without this rule the shop's own page of a 404 would."""
    setup.add_url_rule(
        "/<path:rest>", "nothing", nothing, methods=list(_METHODS), provide_automatic_options=False
    )


def nothing(rest: str) -> Response:
    """Say that there is nothing at this address, or which methods are."""
    adapter = current_app.create_url_adapter(request)
    allowed = [method for method in ("HEAD", *_METHODS) if adapter is not None and _offers(adapter, method)]
    if not allowed:
        raise Problem("not-found", "There is nothing at this address.")
    allow = ", ".join(sorted([*allowed, "OPTIONS"]))
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": allow})
    raise Problem("method", f"At this address there is only {allow}.", {"Allow": allow})


def _offers(adapter: Any, method: str) -> bool:  # noqa: ANN401 - werkzeug's adapter
    try:
        endpoint, _ = adapter.match(method=method)
    except HTTPException:
        return False
    return endpoint in _SCOPES


def in_unit(work: Callable[[Context], Result]) -> Result:
    """Do work in a transaction of our own, committed once; again where the database asks for it."""
    state = current_state()

    def once(session: Session) -> Result:
        ctx = state.context(session.connection())
        done = work(ctx)
        state.send(ctx)
        return done

    result: Result = state.in_own_unit(once)
    return result


def reading() -> Context:
    """Give the surroundings to read in."""
    state = current_state()
    return state.context(state.session().connection())


def written(schema: Schema, value: object) -> str:
    """Write a value as JSON, whatever the shop's own JSON looks like."""
    return json.dumps(schema.dump(value), ensure_ascii=False)


def answer(body: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(body, status, dict(headers or {}), content_type=_JSON)


def shown(schema: Schema, value: object) -> Response:
    """Answer with a value."""
    return answer(written(schema, value))
