"""Orders fetched from a shop's own API, page by page, for what its webhooks missed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ..services import body_files, pulling, sources
from ..services.context import Context
from ..services.mistakes import Mistake
from ..state import State
from .effects import CannotYet, Effect
from .shop_api import ShopApi
from .shop_apis import open_api

_BY_ITSELF = "worker"


def pull(state: State, name: str, since: datetime | None, *, who: str) -> tuple[int, int]:
    """Fetch orders changed since a moment and keep them for the worker; give how many are new and known.

    Without a moment it goes on from where the last such pull ended, a little earlier. Each page is kept
    before the next is fetched. Raises Mistake where the shop cannot be asked.
    """

    def prepare(session: Session) -> tuple[Row[Any], ShopApi]:
        ctx = state.context(session.connection())
        source = sources.by_name(ctx.conn, name)
        return source, open_api(state, ctx, source)

    source, api = state.in_own_unit(prepare)
    return _fetched(state, source, api, since, who)


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Give what fetches a shop's orders from where the last pull ended; None where it is switched off."""
    source = pulling.by_id(ctx, int(row.payload["source_id"]))
    if source is None:
        return None
    try:
        api = open_api(state, ctx, source)
    except Mistake as mistake:
        raise CannotYet(str(mistake)) from mistake

    def fetch() -> None:
        _fetched(state, source, api, None, _BY_ITSELF)

    return fetch


def _fetched(
    state: State, source: Row[Any], api: ShopApi, since: datetime | None, who: str
) -> tuple[int, int]:
    begun, goes_on = state.now(), since is None
    new = old = 0
    for contents in api.orders(pulling.begin_of(source) if since is None else since):
        more = _keep(state, source, contents, who, goes_on=goes_on)
        new, old = new + more[0], old + more[1]
    if goes_on:
        state.in_own_unit(
            lambda session: pulling.note_end(state.context(session.connection()), source.id, begun)
        )
    return new, old


def _keep(state: State, source: Row[Any], contents: list[str], who: str, *, goes_on: bool) -> tuple[int, int]:
    def keep(session: Session) -> tuple[int, int]:
        ctx = state.context(session.connection())
        if goes_on:
            pulling.note_page(ctx, source, contents)
        return body_files.take(ctx, sources.get(ctx.conn, source.id), contents, by="pull", who=who)

    kept: tuple[int, int] = state.in_own_unit(keep)
    return kept
