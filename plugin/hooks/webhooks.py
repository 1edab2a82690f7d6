"""`POST <prefix>/hooks/<source>`: bodies of webhooks, checked and kept; the worker does the rest."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..models import Source
from ..services import bodies, sources
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
    found: Response = state.in_own_unit(lambda session: _taken(state, session, source, body))
    return found


def _body() -> bytes | None:
    """Give the body as it came, None where it is too large; one without a length is read up to there."""
    length = request.content_length
    if length is None:
        read = request.stream.read(bodies.MOST_BYTES + 1)
        return None if len(read) > bodies.MOST_BYTES else read
    return None if length > bodies.MOST_BYTES else request.get_data()


def _taken(state: State, session: Session, name: str, body: bytes) -> Response:
    ctx = state.context(session.connection())
    known = ctx.conn.execute(select(_SOURCE).where(_SOURCE.c.name == name, _SOURCE.c.active)).first()
    if known is None:
        return _answer("no shop of this name", 404)
    platform = sources.platform_of(known.platform)
    headers = {header.lower(): value for header, value in request.headers}
    if platform.is_ping(body, headers):
        return _answer("hello", 200)
    if not sources.is_signed(ctx, ctx.keys, known, body, headers):
        return _answer("the signature does not match", 401)
    return _keep(ctx, known, body, headers.get(platform.topic_header, ""))


def _keep(ctx: Context, source: Row[tuple[object, ...]], body: bytes, topic: str) -> Response:
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
