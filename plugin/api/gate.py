"""Who may call, and how often; what the address and the body look like; what is not there."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy import Row
from werkzeug.exceptions import HTTPException

from ..services import api_keys
from ..services.api_keys import Allowance
from ..services.context import Context
from . import answering
from .edge import SCOPES, WITH_BODY, blueprint
from .fields import BIGGEST_ID
from .problems import Problem

LONGEST_BODY = 1_000_000
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_REALM = 'Bearer realm="firstline"'
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ID_TEXT = re.compile(r"[1-9][0-9]{0,18}\Z", re.ASCII)


@blueprint.before_request
def only_keys() -> None:
    """Let keys in that are known, within their rate and their scopes; look at the body's form."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Problem("no-key", "Send a key: `Authorization: Bearer ...`.", {"WWW-Authenticate": _REALM})
    secret = given.token
    known, allowance = answering.in_unit(lambda ctx: _counted(ctx, secret))
    if known is None or allowance is None:
        raise Problem(
            "bad-key",
            "This key is unknown or revoked. Make a new one: `flask firstline api key add`.",
            {"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
        )
    g.firstline_api_key, g.firstline_allowance = known, allowance
    if allowance.spent:
        raise Problem(
            "too-many",
            f"A key makes at most {allowance.limit} requests in a minute.",
            {"Retry-After": str(allowance.seconds)},
        )
    _check_scope(known)
    _read_ids()
    _check_body()


def _counted(ctx: Context, secret: str) -> tuple[Row[Any] | None, Allowance | None]:
    known = api_keys.find_live_key(ctx.conn, secret)
    return (known, api_keys.count_request(ctx, known)) if known is not None else (None, None)


def _check_scope(known: Row[Any]) -> None:
    scope = SCOPES.get(request.endpoint or "")
    if scope is not None and scope not in known.scopes:
        raise Problem(
            "not-allowed",
            f"This needs the scope {scope}; the key {known.name!r} has {', '.join(known.scopes)}.",
            {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{scope}"'},
        )


def _read_ids() -> None:
    """Read what the address names: flask's own converter breaks on numbers of many digits.

    Nothing of ours has control characters in its name, and PostgreSQL takes no NUL in a text.
    """
    given = request.view_args or {}
    for name, text in given.items():
        if not name.endswith("_id"):
            if _CONTROL.search(text):
                raise Problem("not-found", "There is nothing at this address.")
            continue
        if not _ID_TEXT.match(text) or int(text) > BIGGEST_ID:
            raise Problem("not-found", "An id is a whole number from 1.")
        given[name] = int(text)


def _check_body() -> None:
    if request.method not in WITH_BODY or request.endpoint not in SCOPES:
        return
    if request.content_length is None:
        if "Transfer-Encoding" in request.headers:
            raise Problem("no-length", "Send the body with its Content-Length.")
    elif request.content_length > LONGEST_BODY:
        raise Problem("too-large", f"A body has at most {LONGEST_BODY} bytes.")
    if request.mimetype != answering.MEDIA_TYPE:
        raise Problem("media-type", f"Send the body as {answering.MEDIA_TYPE}.")


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
    return endpoint in SCOPES
