"""The downline navigator: the sponsor tree from the top, or from any contact, with moves, search and file."""

from __future__ import annotations

from flask import Response, abort, render_template, request

from ..csv_file import csv_response
from ..downline_words import Asked, FileCells, asked, file_head, number
from ..i18n import gettext as _
from ..models import Contact
from ..services import downline as trees
from ..services import downline_file, downline_sales
from ..services.downline_search import by_shop
from .batch_pages import streamed
from .edge import blueprint, now, session, settings
from .show import contact_name, to, to_seen


@blueprint.get("/downline")
@blueprint.get("/downline/<firstline_id:contact_id>")
def downline(contact_id: int | None = None) -> str:
    """Show one branch of the tree; `part` asks for its lines alone."""
    conn, after = session().connection(), number(request.args.get("after", ""))
    wanted = asked(request.args, now())
    if contact_id is None:
        branch: trees.Branch | None = trees.tops(conn, after=after, now=now())
    else:
        branch = trees.branch(conn, contact_id, after=after, now=now())
    if branch is None:
        abort(404)
    page = "downline_part.html" if "part" in request.args else "downline.html"
    return render_template(
        f"firstline/admin/{page}",
        here="downline",
        branch=branch,
        who_text=_who,
        tree_page=_page,
        tree_more=_more,
        asked=wanted,
        sold=_sold(branch, wanted),
        file=_file_address,
        question_page=to("downline", contact_id=contact_id),
    )


@blueprint.get("/downline/search")
def downline_search() -> str:
    """Show who is found by name, e-mail or customer number, everywhere or below one contact (`top`)."""
    wanted, place = asked(request.args, now()), number(request.args.get("after", ""))
    top_id = number(request.args.get("top", ""))
    top = None if top_id is None else session().get(Contact, top_id)
    if top_id is not None and top is None:
        abort(404)
    found = by_shop(session().connection(), wanted.text, now=now(), top_id=top_id, after=place)

    def page(after: int | None = None) -> str:
        return to("downline_search", q=wanted.text, top=top_id, after=after)

    return render_template(
        "firstline/admin/downline_found.html",
        here="downline",
        asked=wanted,
        top_id=top_id,
        top_name=contact_name(top) if top else "",
        rows=found.rows,
        first=page() if place else None,
        following=page(found.after) if found.after else None,
    )


@blueprint.get("/downline/<firstline_id:contact_id>.csv")
def downline_csv(contact_id: int) -> Response:
    """Send everybody below a contact, or one level of them, as a file."""
    if session().get(Contact, contact_id) is None:
        abort(404)
    level, period, at = number(request.args.get("level", "")), asked(request.args, now()).period, now()
    cells = FileCells(settings().zone, shop=True)
    rows = streamed(
        lambda conn: cells.write(
            downline_file.lines(conn, contact_id, level=level, period=period, now=at, whole=True)
        )
    )
    return csv_response(f"downline-{contact_id}", file_head(shop=True), rows)


def _sold(branch: trees.Branch, wanted: Asked) -> dict[int, downline_sales.LineSales]:
    """Give the sales of the shown lines, where they are asked for."""
    shown = [node.id for node in branch.rows]
    opened = None if branch.open is None else branch.open.id
    if not wanted.sales:
        return {}
    return downline_sales.line_sales(
        session().connection(), shown, wanted.period, opened=opened, earner=opened
    )


def _who(node: trees.Node) -> str:
    if node.erased:
        return _("Erased person %(id)s", id=node.id)
    return node.name or _("Contact %(id)s", id=node.id)


def _page(contact_id: int | None) -> str:
    return to("downline", contact_id=contact_id, **asked(request.args, now()).query())


def _more(contact_id: int | None, after: int | None, part: int | None = None) -> str:
    asked_for = asked(request.args, now()).query()
    return to("downline", contact_id=contact_id, after=after, part=part, **asked_for)


def _file_address(contact_id: int, level: int | None = None) -> str | None:
    """Give the address of a file; its sales are those of the shown period. None: it is closed."""
    days = asked(request.args, now()).days()
    return to_seen("downline_csv", contact_id=contact_id, level=level, **days)
