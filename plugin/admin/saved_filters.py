"""Filters under a name above every list: apply, save, remove; one's own, or for all of the staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, request
from werkzeug.wrappers import Response as BaseResponse

from ..domain.roles import who_may
from ..i18n import gettext as _
from ..models import SavedFilter
from ..services import saved_filters
from ..services.saved_filters import LONGEST_NAME, MOST, Wanted
from . import permits
from .asked import Asked, asked_of
from .edge import admin, blueprint, done, only_allowed, perform, permissions, session
from .nouns import Noun
from .registry import NOUNS
from .show import to


@dataclass(frozen=True, kw_only=True)
class View:
    """A saved filter as a link; `mine` says whether this admin may remove it."""

    id: int
    name: str
    href: str
    here: bool
    shared: bool
    mine: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What stands above a list: the saved filters, and whether what is asked now can be saved and shared."""

    views: Sequence[View]
    savable: bool
    sharable: bool
    longest: int = LONGEST_NAME


def shown(noun: Noun, asked: Asked) -> Shown:
    """Give the filters that this admin sees above a list."""
    now_asked = asked.query(noun)
    rows = saved_filters.of_list(session(), noun.name, _owner())
    views = [_view(noun, row, now_asked) for row in rows]
    savable = bool(now_asked) and not any(view.here for view in views)
    return Shown(views=views, savable=savable, sharable=_may_share(noun.name))


def _view(noun: Noun, row: SavedFilter, now_asked: dict[str, object]) -> View:
    # Read as an address is: what the list does not know any more is left out.
    query = asked_of(noun, row.query).query(noun)
    return View(
        id=row.id,
        name=row.name,
        href=to(noun.name, **query),
        here=query == now_asked,
        shared=row.shared,
        mine=_may_remove(row),
    )


def _owner() -> str:
    return f"admin:{admin().id}"[:100]


def _may_share(noun: str) -> bool:
    return bool(permits.to_share(noun) & permissions())


def _may_remove(row: SavedFilter) -> bool:
    return row.owner == _owner() or (row.shared and _may_share(row.noun))


@blueprint.post("/filters/<noun>")
def filter_save(noun: str) -> BaseResponse:
    """Save what is asked of a list under a name, in place of what had that name."""
    if noun not in NOUNS:
        abort(404)
    query = asked_of(NOUNS[noun], request.form).query(NOUNS[noun])
    name = " ".join(request.form.get("filter_name", "").replace("\0", "").split())[:LONGEST_NAME].strip()
    shared = request.form.get("filter_shared") == "yes"
    if shared:
        _only_sharers(noun)
    if not name or not query:
        text = _("Give the filter a name.") if query else _("Nothing is filtered: there is nothing to save.")
        return done(to(noun, **query), text, ok=False)
    texts = {key: str(value) for key, value in query.items()}
    wanted = Wanted(noun=noun, name=name, query=texts, shared=shared)
    owner = _owner()
    saved = perform(lambda act: saved_filters.save(act.conn, wanted, owner=owner, who=act.who, now=act.now))
    text = _("The filter is saved: %(name)s.", name=name)
    if not saved:
        text = _("There are %(most)s saved filters here already. Remove one first.", most=MOST)
    return done(to(noun, **query), text, ok=saved)


@blueprint.post("/filters/<firstline_id:filter_id>/remove")
def filter_remove(filter_id: int) -> BaseResponse:
    """Remove a saved filter."""
    row = saved_filters.find(session(), filter_id, _owner())
    if row is None:
        abort(404)
    noun, name = row.noun, row.name
    if not _may_remove(row):
        _only_sharers(noun)
    perform(lambda act: saved_filters.remove(act.conn, filter_id, who=act.who, now=act.now))
    return done(to(noun), _("The filter is removed: %(name)s.", name=name))


def _only_sharers(noun: str) -> None:
    """Turn away who may not share filters of a list, and say who may."""
    if _may_share(noun):
        return
    # The permission that the most roles have names all who may.
    only_allowed(max(permits.to_share(noun), key=lambda permission: len(who_may(permission))))
