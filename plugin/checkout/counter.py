"""The counter: a script for landing pages of the shop on other hosts, and what it asks us."""

from __future__ import annotations

from flask import Response, abort, jsonify, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from .. import assets, came
from ..domain import tracking
from ..domain.tracking import Carried
from ..services import counter_hosts, touches
from ..services.links import Way
from ..state import State, current_state, log
from ..visitor import ensure_visitor
from .clicks import by_id, tie_carried, visitor_who_agreed
from .views import blueprint

_SCRIPT_LIFE = 60 * 60
_LONGEST_HOST = 253


@blueprint.get("/<any(counter, carry):name>.js")
def counter_script(name: str) -> Response:
    """Send the script to pages of any host; what it may ask is decided there."""
    response = assets.blueprint.send_static_file(f"{name}.js")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.cache_control.public = True
    response.cache_control.no_cache = None
    response.cache_control.max_age = _SCRIPT_LIFE
    return response


@blueprint.get("/counter")
def counter() -> Response:
    """Count somebody on a landing page; tell the page what to carry on where no cookie was set."""
    origin = _origin()
    if origin is None:
        abort(403)
    response = jsonify(_answer(origin))
    response.headers["Cache-Control"] = "no-store"
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Origin")
    return response


def _origin() -> str | None:
    """Give the other host that asks, "" for this very one, None for one that is not listed."""
    said = request.headers.get("Origin")
    if said is None:
        return "" if request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin" else None
    origin = tracking.origin_of(said)
    if origin == tracking.origin_of(request.host_url):
        return ""
    with Session(current_state().engine()) as session:
        return origin if counter_hosts.is_listed(session.connection(), origin) else None


def _answer(origin: str) -> dict[str, str]:
    state = current_state()
    carried = came.of_request(state) if tracking.CARRIED in request.args else None
    way = by_id(request.args.get(tracking.PARAMETER, ""))
    if way is None or not tracking.is_person(request.method, dict(request.headers)):
        return {}
    try:
        visitor = _visitor(state)
        state.in_own_unit(lambda session: _keep(state, session.connection(), way, origin, visitor, carried))
    except Exception:
        log.exception("a visit could not be counted")
        return {}
    if visitor is not None:
        return {}
    same = carried is not None and carried.link_id == way.link_id
    return {tracking.CARRIED: came.sign(state, carried if same and carried else _fresh(state, way))}


def _fresh(state: State, way: Way) -> Carried:
    return Carried(link_id=way.link_id, at=state.now())


def _visitor(state: State) -> str | None:
    """Give the visitor where it has agreed on that page, and its browser takes our cookie there."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "same-site"}:
        return None
    if request.args.get("consent") == "yes":
        return ensure_visitor(state.customer())
    return visitor_who_agreed(state)


def _keep(
    state: State, conn: Connection, way: Way, origin: str, visitor: str | None, carried: Carried | None
) -> None:
    page = _page(origin)
    if carried is not None and carried.link_id == way.link_id:
        if visitor is not None:
            tie_carried(state, conn, carried, page, visitor)
        return
    visit = touches.Visit(
        way=way,
        path=page,
        visitor=visitor,
        network=tracking.network_of(request.remote_addr),
        referrer_host=request.args.get("from", "")[:_LONGEST_HOST] or None,
        utm=tracking.utm_of(request.args),
        by_counter=True,
    )
    touches.record(state.context(conn), visit)


def _page(origin: str) -> str:
    """Give the page that is counted: its path on this host, its address on another one."""
    said = request.args.get("page", "")
    here = origin or tracking.origin_of(request.host_url)
    if tracking.origin_of(said) != here or not said.isprintable():
        return origin or "/"
    path = "/" + said.partition("://")[2].partition("/")[2].partition("?")[0].partition("#")[0]
    return origin + path
