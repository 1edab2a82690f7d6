"""The downline navigator: the sponsor tree from the top, or from any contact, with the moves."""

from __future__ import annotations

from flask import abort, render_template, request

from ..i18n import gettext as _
from ..services import downline as trees
from .edge import blueprint, now, session
from .show import to

_LONGEST = 18


@blueprint.get("/downline")
@blueprint.get("/downline/<firstline_id:contact_id>")
def downline(contact_id: int | None = None) -> str:
    """Show one branch of the tree; `part` asks for its lines alone."""
    conn, after = session().connection(), _number(request.args.get("after", ""))
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
    )


def _who(node: trees.Node) -> str:
    if node.erased:
        return _("Erased person %(id)s", id=node.id)
    return node.name or _("Contact %(id)s", id=node.id)


def _page(contact_id: int | None) -> str:
    return to("downline", contact_id=contact_id)


def _more(contact_id: int | None, after: int | None, part: int | None = None) -> str:
    return to("downline", contact_id=contact_id, after=after, part=part)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST else None
