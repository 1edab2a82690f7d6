"""`POST <prefix>/hooks/<source>`: bodies of webhooks, checked and kept; the worker does the rest."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, request
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..domain.platforms import PLATFORMS
from ..models import Source
from ..services import bodies, public_keys, sources
from ..services.bodies import Came
from ..services.context import Context
from ..state import State, current_state

blueprint = Blueprint("firstline_hooks", __name__, url_prefix="/hooks")
_SOURCE = Source.__table__


def install(app: Flask) -> None:
    """Free the address from the host's CSRF protection: who sends a body signs it."""
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(blueprint)


@blueprint.post("/<source>")
def take(source: str) -> Response:
    """Keep a body that is signed, and answer at once. The body is read before anything parses it."""
    body = _body()
    if body is None:
        return _answer("the body is too large", 413)
    state = current_state()
    _learn_keys(state, source)
    found: Response = state.in_own_unit(lambda session: _taken(state, session, source, body))
    return found


def _learn_keys(state: State, name: str) -> None:
    """Ask a shop for its public keys where a body names one that is not known, at most once a minute."""
    headers = _headers()
    if not any(platform.jws_of(headers) for platform in PLATFORMS.values()):
        return

    def due(session: Session) -> Row[Any] | None:
        ctx = state.context(session.connection())
        known = _known(ctx, name)
        jws = None if known is None else sources.platform_of(known.platform).jws_of(headers)
        if known is None or jws is None or not public_keys.is_due(ctx, known, jws):
            return None
        return known if public_keys.claim(ctx, known.id) else None

    source = state.in_own_unit(due)
    keys = None if source is None else public_keys.fetch(source.url, state.settings.webhook_private_hosts)
    if keys is not None:
        state.in_own_unit(
            lambda session: public_keys.keep(state.context(session.connection()), source.id, keys)
        )


def _headers() -> dict[str, str]:
    return {header.lower(): value for header, value in request.headers}


def _known(ctx: Context, name: str) -> Row[Any] | None:
    if not name.isprintable():
        return None  # PostgreSQL takes no NUL in a text, not even to look for it.
    return ctx.conn.execute(select(_SOURCE).where(_SOURCE.c.name == name, _SOURCE.c.active)).first()


def _body() -> bytes | None:
    """Give the body as it came, None where it is too large; one without a length is read up to there."""
    length = request.content_length
    if length is None:
        read = request.stream.read(bodies.MOST_BYTES + 1)
        return None if len(read) > bodies.MOST_BYTES else read
    return None if length > bodies.MOST_BYTES else request.get_data()


def _taken(state: State, session: Session, name: str, body: bytes) -> Response:
    ctx = state.context(session.connection())
    known = _known(ctx, name)
    if known is None:
        return _answer("no shop of this name", 404)
    platform = sources.platform_of(known.platform)
    headers = _headers()
    if platform.is_ping(body, headers):
        return _answer("hello", 200)
    jws = platform.jws_of(headers)
    if jws is not None and not public_keys.knows(known, jws):
        # Saleor tries again after 5xx, never after 4xx, and by then the key may be known.
        return _answer("the key of the signature is not known", 503)
    if not sources.is_signed(ctx, ctx.keys, known, body, headers):
        return _answer("the signature does not match", 401)
    return _keep(ctx, known, body, headers.get(platform.topic_header, ""))


def _keep(ctx: Context, source: Row[Any], body: bytes, topic: str) -> Response:
    try:
        content = body.decode()
    except UnicodeDecodeError:
        content = "\0"
    if "\0" in content:
        return _answer("the body is no text in UTF-8", 400)
    topic = "".join(sign for sign in topic if sign.isprintable())
    bodies.take(ctx, source.id, Came(topic=topic, content=content))
    return _answer("kept", 200)


def _answer(text: str, status: int) -> Response:
    return Response(text, status, mimetype="text/plain", headers={"Cache-Control": "no-store"})
