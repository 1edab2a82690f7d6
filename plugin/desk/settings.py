"""Settings of the partner: how one is paid, tax data, and which mails one wants."""

from __future__ import annotations

from flask import g, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..payout_words import METHODS
from ..services import notices, payout_details, postbacks, statement_settings, tax_data
from ..services.notices import ALWAYS, NoticeKind
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner
from .postbacks import is_offered


@blueprint.get("/settings", endpoint="settings")
def own_settings() -> str:
    """Show what can be set."""
    me, conn = partner(), connection()
    way = payout_details.known(conn, me.id, now=now()).current
    home = statement_settings.load(conn).country
    off = notices.switched_off(conn, me.id)
    return render_template(
        "firstline/desk/settings.html",
        here="settings",
        way="" if way is None else f"{METHODS[way.method.value]} {way.hint}".strip(),
        complete=tax_data.why_not(tax_data.find(conn, me.id), home=home) is None,
        offered=is_offered() or bool(postbacks.of_partner(conn, me.id)),
        own_login=bool(g.get("firstline_by_own_login")),
        kinds=[(kind.value, text, kind not in off, kind in ALWAYS) for kind, text in _kinds()],
    )


def _kinds() -> list[tuple[NoticeKind, str]]:
    return [
        (NoticeKind.PAID, _("When you are paid")),
        (NoticeKind.FAILED, _("When a payout did not arrive")),
        (NoticeKind.ISSUED, _("When a statement was written for you")),
        (NoticeKind.POSTBACK_OFF, _("When a postback was switched off")),
        (NoticeKind.CHANGED, _("When your payout details were changed")),
    ]


@blueprint.post("/settings/notices")
def choose_notices() -> BaseResponse:
    """Keep which mails the partner wants."""
    known = {kind.value for kind in NoticeKind}
    wanted = [NoticeKind(name) for name in request.form.getlist("kind") if name in known]
    me = partner()
    with unit(current_state().session()) as conn:
        notices.choose(conn, me.id, wanted, now=now())
    return done(url_for(".settings"), ok=True, text=_("Your choice is saved."))
