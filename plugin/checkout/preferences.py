"""Which mails somebody gets: chosen on a page that a mail leads to, or ended by its one click (RFC 8058)."""

from __future__ import annotations

from flask import Flask, abort, render_template, request
from flask.typing import ResponseReturnValue

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..layout import frame
from ..services import preferences
from ..services.preferences import MailSort
from ..services.unit import unit
from ..state import current_state
from .views import blueprint

_SORTS = {
    MailSort.MANY: _l("What the shop writes to many"),
    MailSort.PROGRAM: _l("Rewards, thanks and news of the program"),
    MailSort.REMINDER: _l("Reminders"),
}


@blueprint.route("/mails/preferences/<ticket>", methods=["GET", "POST"])
def mail_preferences(ticket: str) -> ResponseReturnValue:
    """Show what somebody gets; a post keeps what is chosen, a mail program's post ends the mail's own sort.

    The address itself is the proof of who it is.
    """
    state = current_state()
    found = preferences.read(state.context(state.session().connection()).keys, ticket, now=state.now())
    if found is None:
        abort(404)
    contact_id, sort = found
    saved = request.method == "POST"
    if saved:
        with unit(state.session()) as conn:
            if "List-Unsubscribe" in request.form:
                preferences.leave(conn, contact_id, sort, now=state.now())
            else:
                wanted = [one for one in MailSort if one.value in request.form.getlist("wanted")]
                preferences.choose(conn, contact_id, wanted, now=state.now())
    off = preferences.unwanted(state.session().connection(), contact_id)
    page = render_template(
        "firstline/mail_preferences.html",
        **frame("shop"),
        title=_("Mails of the shop"),
        sorts=[(one.value, text, one not in off) for one, text in _SORTS.items()],
        saved=saved,
        home=f"{request.root_path}/",
    )
    return page, 200, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def install(app: Flask) -> None:
    """Let mail programs post without a token of the shop's: they have none."""
    csrf = app.extensions.get("csrf")
    if csrf is not None:
        csrf.exempt(mail_preferences)
