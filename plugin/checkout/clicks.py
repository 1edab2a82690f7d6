"""Clicks on partners' links: by our own address, by a page of the shop that names the link, by a host."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from flask import redirect, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from .. import forms
from ..domain import tracking
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
    """Lead to a link's page, or to another one of this host; known and unknown ids look alike."""
    way = _by_id(text)
    of_link = way.path if way is not None and way.path else "/"
    target = forms.local_path(request.args.get("to"), request.root_path + of_link)
    response = redirect(_with_campaign(target), 303)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    if way is not None:
        _keep(lambda _conn: way, target)
    return response


@blueprint.before_app_request
def shop_page() -> None:
    """Notice who comes to a page of the shop by a partner's link or host."""
    if request.method != "GET" or request.endpoint is None or _is_no_page(request.endpoint):
        return
    if tracking.tracking_id(request.args.get(tracking.PARAMETER, "")) is not None:
        way = _by_id(request.args[tracking.PARAMETER])
        if way is not None:
            _keep(lambda _conn: way, request.path)
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


def _with_campaign(target: str) -> str:
    """Carry the campaign's parameters on, for the shop's own figures."""
    campaign = urlencode(tracking.utm_of(request.args))
    if not campaign:
        return target
    page, mark, fragment = target.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{campaign}{mark}{fragment}"


def _by_id(text: str) -> Way | None:
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
        visitor = _visitor(state)
        state.in_own_unit(lambda session: _record(state, session.connection(), find, path, visitor))
    except Exception:
        log.exception("a click could not be kept")


def _visitor(state: State) -> str | None:
    """Give the visitor where the shop says that it may be known again: no consent, no cookie."""
    if not isinstance(state.shop, AsksConsent) or not state.shop.tracking_consent():
        return None
    return ensure_visitor(state.customer())


def _record(state: State, conn: Connection, find: _Find, path: str, visitor: str | None) -> None:
    way = find(conn)
    if way is None:
        return
    visit = touches.Visit(
        way=way,
        path=path,
        visitor=visitor,
        network=tracking.network_of(request.remote_addr),
        referrer_host=_host(request.referrer) or None,
        utm=tracking.utm_of(request.args),
    )
    touches.record(state.context(conn), visit)
