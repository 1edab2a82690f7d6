"""By which partner's link somebody came who is not known again: a signed value in the address, no cookie.

The value names a link and a moment and nobody. The pages of the shop carry it on; it ends with
FIRSTLINE_ATTRIBUTION_DAYS.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from flask import g, has_request_context, request
from itsdangerous import BadSignature

from . import tokens
from .assets import TO_CARRY
from .domain import tracking
from .domain.tracking import Carried
from .services import links
from .state import State, current_state, log

PREFIX = "fl."
"""How a visitor begins that is such a value and no token of a cookie's."""
_HERE = "_firstline_came"


def sign(state: State, carried: Carried) -> str:
    """Give the value for an address."""
    return tokens.sign_link(state.form_keys(), carried.link_id, int(carried.at.timestamp()))


def read(state: State, text: str) -> Carried | None:
    """Read a value back; None where it is not ours, or too old."""
    try:
        link_id, moment = tokens.read_link(state.form_keys(), text)
    except BadSignature:
        return None
    at, now = datetime.fromtimestamp(moment, UTC), state.now()
    fresh = now - timedelta(days=state.settings_now().attribution_days) <= at <= now + timedelta(minutes=1)
    return Carried(link_id=link_id, at=at) if fresh else None


def note(state: State, link_id: int) -> None:
    """Say by which link the visitor of this request has come, for this page to carry on."""
    carried = Carried(link_id=link_id, at=state.now())
    setattr(g, _HERE, carried)
    setattr(g, TO_CARRY, sign(state, carried))


def to_carry() -> str:
    """Give the value that the page of this request has to carry on and that its address does not name."""
    return str(g.get(TO_CARRY, "")) if has_request_context() else ""


def of_request(state: State) -> Carried | None:
    """Give by which link the visitor of this request came, by its address, the page before, or the host."""
    if not has_request_context():
        return None
    if _HERE not in g:
        setattr(g, _HERE, _found(state))
    found: Carried | None = g.get(_HERE)
    return found


def visitor() -> str | None:
    """Give what is carried as a visitor, for orders that are placed outside a request."""
    found = of_request(current_state()) if has_request_context() else None
    return None if found is None else PREFIX + sign(current_state(), found)


def _found(state: State) -> Carried | None:
    text = request.args.get(tracking.CARRIED) or _of_page_before()
    try:
        found = read(state, text) if text else None
        return found or _by_host(state)
    except Exception:
        log.exception("it could not be told by which link somebody came")
        return None


def _of_page_before() -> str:
    """Give the value of the page that the request was sent from, where it is one of this host."""
    try:
        before = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    if before.netloc != request.host:
        return ""
    return (parse_qs(before.query).get(tracking.CARRIED) or [""])[0]


def _by_host(state: State) -> Carried | None:
    hosts, name = state.settings.partner_hosts, request.host.rpartition(":")[0] or request.host
    if tracking.owner_by_host(name, hosts) is None:
        return None
    session = state.session()
    with session.no_autoflush:
        link_id = links.of_host(session.connection(), name, hosts, now=state.now())
    return None if link_id is None else Carried(link_id=link_id, at=state.now())
