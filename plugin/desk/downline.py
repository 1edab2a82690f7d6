"""The downline: levels, and a tree that opens branch by branch."""

from __future__ import annotations

from flask import abort, render_template, request, url_for

from ..i18n import gettext as _
from ..services import downline as trees
from ..services import downline_counts
from .gate import blueprint, connection, now, partner

_LONGEST = 18


@blueprint.get("/downline")
@blueprint.get("/downline/<firstline_id:contact_id>")
def downline(contact_id: int | None = None) -> str:
    """Show one branch of the downline; `part` asks for its lines alone."""
    conn, me = connection(), partner()
    after = _number(request.args.get("after", ""))
    branch = trees.branch(conn, contact_id or me.id, top_id=me.id, after=after, now=now())
    if branch is None:
        abort(404)
    words = {"branch": branch, "who_text": _who, "tree_page": _page, "tree_more": _more}
    if "part" in request.args:
        return render_template("firstline/desk/downline_part.html", **words)
    whole = branch.open.below if branch.open is not None and not branch.above else None
    levels = () if whole is None else downline_counts.levels(conn, me.id, whole, now=now())
    return render_template("firstline/desk/downline.html", here="downline", levels=levels, **words)


def _who(node: trees.Node) -> str:
    """Name a contact as its sponsors may see it."""
    if node.id == partner().id:
        return _("%(name)s (you)", name=partner().name)
    if node.erased:
        return _("Erased person")
    return node.initials or _("No name")


def _page(contact_id: int | None) -> str:
    """Give the page of a branch; nobody and oneself mean the whole."""
    return url_for(".downline", contact_id=None if contact_id == partner().id else contact_id)


def _more(contact_id: int | None, after: int | None, part: int | None = None) -> str:
    return url_for(".downline", contact_id=contact_id, after=after, part=part)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST else None
