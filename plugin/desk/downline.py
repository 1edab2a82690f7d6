"""The downline: levels, a tree that opens branch by branch, who is found in it, and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, abort, render_template, request, url_for

from ..csv_file import csv_response
from ..downline_words import Asked, FileCells, asked, file_head, number
from ..i18n import gettext as _
from ..services import consents, downline_counts, downline_file, downline_sales, downline_search
from ..services import downline as trees
from ..services.downline_search import Hits
from ..services.sponsors import upline_ids
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, now, partner


@blueprint.get("/downline")
@blueprint.get("/downline/<firstline_id:contact_id>")
def downline(contact_id: int | None = None) -> str:
    """Show one branch of the downline; `part` asks for its lines alone."""
    conn, me, wanted = connection(), partner(), asked(request.args, now())
    after = number(request.args.get("after", ""))
    branch = trees.branch(conn, contact_id or me.id, top_id=me.id, after=after, now=now())
    if branch is None:
        abort(404)
    words = {
        "branch": branch,
        "who_text": _who,
        "tree_page": _page,
        "tree_more": _more,
        "asked": wanted,
        "sold": _sold(branch, wanted),
    }
    if "part" in request.args:
        return render_template("firstline/desk/downline_part.html", **words)
    whole = branch.open.below if branch.open is not None and not branch.above else None
    levels = () if whole is None else downline_counts.levels(conn, me.id, whole, now=now())
    return render_template(
        "firstline/desk/downline.html", here="downline", levels=levels, file=_file_address,
        question_page=url_for(".downline", contact_id=contact_id), **words,
    )  # fmt: skip


@blueprint.get("/downline/search")
def downline_search_page() -> str:
    """Show who of the first line is found by what they let see; each look at it is kept."""
    wanted, place = asked(request.args, now()), number(request.args.get("after", ""))
    found = Hits(rows=(), after=None)
    if partner().active:
        found = downline_search.by_sponsor(connection(), partner().id, wanted.text, now=now(), after=place)
    if found.rows:
        with unit(current_state().session()) as conn:
            ids = [one.consent_id for one in found.rows if one.consent_id is not None]
            consents.note_views(conn, ids, place="list", now=now())
    return render_template(
        "firstline/desk/downline_found.html",
        here="downline",
        asked=wanted,
        rows=found.rows,
        first=url_for(".downline_search_page", q=wanted.text) if place else None,
        following=url_for(".downline_search_page", q=wanted.text, after=found.after) if found.after else None,
    )


@blueprint.get("/downline.csv")
@blueprint.get("/downline/<firstline_id:contact_id>.csv")
def downline_csv(contact_id: int | None = None) -> Response:
    """Send a branch of the own downline, or one level of it, as a file."""
    me, wanted, at = partner(), asked(request.args, now()), now()
    top_id = contact_id or me.id
    if me.id not in upline_ids(connection(), top_id):
        abort(404)
    level, period = number(request.args.get("level", "")), wanted.period
    cells = FileCells(current_state().settings.zone, shop=False)
    seer = me.id if me.active and _note_looks(top_id, level) else None
    engine = current_state().engine()

    def rows() -> Iterator[tuple[object, ...]]:
        # The session of the request ends before a stream is read.
        with engine.connect() as conn:
            people = downline_file.lines(
                conn, top_id, level=level, period=period, now=at, whole=False, sponsor_id=seer
            )
            yield from cells.write(people)

    return csv_response("downline", file_head(shop=False), rows())


def _note_looks(top_id: int, level: int | None) -> bool:
    """Keep that a file shows contact data; only the own first line may let see any."""
    if top_id != partner().id or level not in {None, 1}:
        return False
    ids = downline_file.consents_let_see(connection(), top_id, now=now())
    with unit(current_state().session()) as conn:
        consents.note_views(conn, ids, place="file", now=now())
    return True


def _sold(branch: trees.Branch, wanted: Asked) -> dict[int, downline_sales.LineSales]:
    """Give the sales of the shown lines, where they are asked for."""
    if not wanted.sales or branch.open is None:
        return {}
    shown = [node.id for node in branch.rows]
    opened = branch.open.id
    return downline_sales.line_sales(connection(), shown, wanted.period, opened=opened, earner=partner().id)


def _who(node: trees.Node) -> str:
    """Name a contact as its sponsors may see it."""
    if node.id == partner().id:
        return _("%(name)s (you)", name=partner().name)
    if node.erased:
        return _("Erased person")
    return node.initials or _("No name")


def _page(contact_id: int | None) -> str:
    """Give the page of a branch; nobody and oneself mean the whole."""
    return _to(".downline", None if contact_id == partner().id else contact_id)


def _more(contact_id: int | None, after: int | None, part: int | None = None) -> str:
    return _to(".downline", contact_id, after=after, part=part)


def _file_address(contact_id: int, level: int | None = None) -> str:
    """Give the address of a file; its sales are those of the shown period."""
    return _to(".downline_csv", None if contact_id == partner().id else contact_id, level=level, days=True)


def _to(endpoint: str, contact_id: int | None, *, days: bool = False, **more: int | None) -> str:
    """Give an address that asks the same; `days` names the period in any case."""
    wanted = asked(request.args, now())
    values: dict[str, Any] = {**more, **(wanted.days() if days else wanted.query())}
    return url_for(endpoint, contact_id=contact_id, **values)
