"""Clicks on partners' links: by our own address, by a page of the shop that names the link, by a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

from flask import redirect, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from .. import came, forms
from ..domain import tracking
from ..domain.tracking import Carried
from ..services import links, touches
from ..services.links import Way
from ..shop import AsksConsent
from ..state import State, current_state, log
from ..visitor import ensure_visitor
from .views import blueprint

_OURS = "firstline_"
_Find = Callable[[Connection], Way | None]


@blueprint.get("/r/<text>")
def tracking_link(text: str) -> BaseResponse:
    """Lead to a link's page, or to another one of this host; an unknown id leads into the shop.

    Where the visitor is not known again, the address says by which link it was.
    """
    way = by_id(text)
    page = _page_of(way)
    target = forms.local_path(request.args.get("to"), page)
    more = tracking.utm_of(request.args)
    if way is not None:
        _keep(lambda _conn: way, target)
        more |= _for_landing(way, target) | _to_carry()
    response = redirect(_with(target, more), 303)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page_of(way: Way | None) -> str:
    if way is None or not way.path:
        return f"{request.root_path}/"
    return request.root_path + way.path if way.path.startswith("/") else way.path


def _for_landing(way: Way, target: str) -> dict[str, str]:
    """Name the link to the counter of a page on another host."""
    return {} if target.startswith("/") else {tracking.PARAMETER: way.tracking_id.lower()}


def _to_carry() -> dict[str, str]:
    value = came.to_carry()
    return {tracking.CARRIED: value} if value else {}


@blueprint.before_app_request
def shop_page() -> None:
    """Notice who comes to a page of the shop by a partner's link or host."""
    if request.method != "GET" or request.endpoint is None or _is_no_page(request.endpoint):
        return
    if tracking.tracking_id(request.args.get(tracking.PARAMETER, "")) is not None:
        way = by_id(request.args[tracking.PARAMETER])
        if way is not None:
            _keep(lambda _conn: way, request.path)
        return
    if tracking.CARRIED in request.args:
        _take_up()
        return
    state, host = current_state(), _host(request.host_url)
    hosts = state.settings.partner_hosts
    if tracking.owner_by_host(host, hosts) is None or _host(request.referrer) == host or not _shows_page():
        return
    _keep(lambda conn: links.by_host(conn, host, hosts, now=state.now()), request.path)


def _is_no_page(endpoint: str) -> bool:
    return endpoint.startswith(_OURS) or endpoint.rpartition(".")[2] == "static"


def _shows_page() -> bool:
    """Tell a page from what it loads."""
    wanted = request.headers.get("Sec-Fetch-Dest")
    return wanted == "document" if wanted is not None else request.accept_mimetypes.accept_html


def _host(address: str | None) -> str:
    try:
        return urlsplit(address or "").hostname or ""
    except ValueError:
        return ""


def _with(target: str, more: Mapping[str, str]) -> str:
    """Put parameters into an address: the campaign's, for the shop's own figures, and what is carried."""
    if not more:
        return target
    page, mark, fragment = target.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{urlencode(more)}{mark}{fragment}"


def by_id(text: str) -> Way | None:
    """Look a tracking id up beside the shop's own transaction."""
    state = current_state()
    if tracking.tracking_id(text) is None:
        return None
    try:
        with Session(state.engine()) as session:
            return links.by_tracking_id(session.connection(), text, now=state.now())
    except Exception:
        log.exception("a tracking link could not be looked up")
        return None


def _keep(find: _Find, path: str) -> None:
    """Keep a person's click; a trouble of ours never keeps a page from showing."""
    if not tracking.is_person(request.method, dict(request.headers)):
        return
    state = current_state()
    try:
        visitor = visitor_who_agreed(state)
        kept = state.in_own_unit(lambda session: _record(state, session.connection(), find, path, visitor))
        if visitor is None and kept is not None:
            came.note(state, kept.link_id)
    except Exception:
        log.exception("a click could not be kept")


def _take_up() -> None:
    """Tie what the address carries to a visitor who has agreed to be known again since."""
    state = current_state()
    carried = came.of_request(state)
    if carried is None or not tracking.is_person(request.method, dict(request.headers)):
        return
    try:
        visitor = visitor_who_agreed(state)
        if visitor is not None:
            state.in_own_unit(
                lambda session: tie_carried(state, session.connection(), carried, request.path, visitor)
            )
    except Exception:
        log.exception("a click could not be tied to its visitor")


def tie_carried(state: State, conn: Connection, carried: Carried, path: str, visitor: str) -> None:
    """Keep for a visitor by which link it came, without counting that again."""
    way = links.by_id(conn, carried.link_id, now=state.now())
    if way is not None:
        touches.take_up(state.context(conn), _visit(way, path, visitor), carried.at)


def visitor_who_agreed(state: State) -> str | None:
    """Give the visitor where the shop says that it may be known again: no consent, no cookie."""
    if not isinstance(state.shop, AsksConsent) or not state.shop.tracking_consent():
        return None
    return ensure_visitor(state.customer())


def _record(state: State, conn: Connection, find: _Find, path: str, visitor: str | None) -> Way | None:
    way = find(conn)
    if way is not None:
        touches.record(state.context(conn), _visit(way, path, visitor))
    return way


def _visit(way: Way, path: str, visitor: str | None) -> touches.Visit:
    return touches.Visit(
        way=way,
        path=path,
        visitor=visitor,
        network=tracking.network_of(request.remote_addr),
        referrer_host=_host(request.referrer) or None,
        utm=tracking.utm_of(request.args),
    )
