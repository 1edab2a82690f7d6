"""The end of mails to many: one click of a reader, or of the reader's mail program."""

from __future__ import annotations

from flask import Flask, abort, render_template, request
from flask.typing import ResponseReturnValue

from ..i18n import gettext as _
from ..layout import frame
from ..services import mailings, tickets
from ..services.tickets import Purpose
from ..services.unit import unit
from ..state import current_state
from .views import blueprint


@blueprint.route("/mails/leave/<ticket>", methods=["GET", "POST"])
def leave_mails(ticket: str) -> ResponseReturnValue:
    """Ask whether mails to many shall end; a post ends them. The address itself is the proof."""
    state = current_state()
    ctx = state.context(state.session().connection())
    found = tickets.read(ctx.keys, ticket, Purpose.LEAVE, state.now())
    if found is None:
        abort(404)
    if request.method == "POST":
        with unit(state.session()) as conn:
            mailings.opt_out(conn, found.row_id, mailing_id=found.serial or None, now=state.now())
    page = render_template(
        "firstline/leave_mails.html",
        **frame("shop"),
        title=_("Mails of the shop"),
        over=mailings.has_opted_out(state.session().connection(), found.row_id),
        home=f"{request.root_path}/",
    )
    return page, 200, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def install(app: Flask) -> None:
    """Let mail programs post without a token of the shop's: they have none."""
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(leave_mails)
