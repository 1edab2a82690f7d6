"""Orders fetched from a shop's own API, page by page, for what its webhooks missed."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from ..domain.endpoint import read_url
from ..services import body_files, sources
from ..services.asking import HTTPException, ask
from ..services.mistakes import BadSource
from ..state import State

_PER_PAGE = 50
_MOST_PAGES = 2000
_MOST_BYTES = 20_000_000


def pull(state: State, name: str, since: datetime, *, who: str) -> tuple[int, int]:
    """Fetch orders changed since a moment and keep them for the worker; give how many are new and known.

    Each page is kept before the next is fetched. Raises Mistake where the shop cannot be asked.
    """
    source_id, url, access = state.in_own_unit(lambda session: _asked(state, session, name))
    new = old = 0
    for page in range(1, _MOST_PAGES + 1):
        contents = _page(state, url, access, since, page)
        if not contents:
            break
        more = _keep(state, source_id, contents, who)
        new, old = new + more[0], old + more[1]
        if len(contents) < _PER_PAGE:
            break
    return new, old


def _asked(state: State, session: Session, name: str) -> tuple[int, str, str]:
    ctx = state.context(session.connection())
    source = sources.by_name(ctx.conn, name)
    if source.platform != "woocommerce":
        raise BadSource("platform", f"Orders of {source.platform} cannot be fetched: take a file in instead.")
    return source.id, source.url, sources.access_of(ctx.keys, source)


def _keep(state: State, source_id: int, contents: list[str], who: str) -> tuple[int, int]:
    def keep(session: Session) -> tuple[int, int]:
        ctx = state.context(session.connection())
        return body_files.take(ctx, sources.get(ctx.conn, source_id), contents, by="pull", who=who)

    kept: tuple[int, int] = state.in_own_unit(keep)
    return kept


def _page(state: State, url: str, access: str, since: datetime, page: int) -> list[str]:
    """Ask for one page, the oldest change first, so that what changes meanwhile comes later."""
    asked = urlencode({
        "modified_after": since.strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true", "orderby": "modified",
        "order": "asc", "per_page": _PER_PAGE, "page": page,
    })  # fmt: skip
    return _orders(question(state, "GET", f"{url}/wp-json/wc/v3/orders?{asked}", access))


def question(state: State, method: str, address: str, access: str, body: bytes = b"") -> str:
    """Ask WooCommerce's API and give what it says. Raises Mistake where it does not say it well."""
    headers = {
        "Authorization": f"Basic {base64.b64encode(access.encode()).decode()}",
        "Accept": "application/json",
        "User-Agent": "Flask-Firstline",
        **({"Content-Type": "application/json"} if body else {}),
    }
    hosts = state.settings.webhook_private_hosts
    try:
        answer = ask(method, read_url(address, hosts), body, headers, hosts, most=_MOST_BYTES)
    except (ValueError, OSError, HTTPException) as error:
        raise BadSource("url", f"The shop cannot be asked: {error}.") from error
    if answer.status != 200:
        raise BadSource("access", f"The shop answered {answer.status}.")
    return answer.text


def _orders(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadSource("url", "The shop's answer is no JSON, or too large.") from error
    if not isinstance(found, list):
        raise BadSource("url", "The shop's answer is no list of orders.")
    return [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in found]
