"""What one of a partner's codes brought; of buyers nothing but their number."""

from __future__ import annotations

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..drawing import draw_uses
from ..i18n import gettext as _
from ..services import code_figures, desk_codes, leaks
from ..services.code_figures import Step
from ..state import current_state
from .gate import blueprint, connection, done, now, partner


@blueprint.get("/codes/<firstline_id:code_id>")
def code(code_id: int) -> str | BaseResponse:
    """Show the figures of an own code, together with those of the codes that it was made in the place of."""
    conn, me = connection(), partner()
    display = desk_codes.find_seen(conn, me.id, code_id)
    if display is None:
        return done(url_for(".codes"), ok=False, text=_("This is none of your codes."))
    older = [
        (old, found)
        for old in leaks.line_of(conn, code_id)[1:]
        if (found := desk_codes.find_own(conn, me.id, old))
    ]
    ids = [code_id, *(old for old, _display in older)]
    step = Step.WEEK if request.args.get("by") == "week" else Step.DAY
    zone = current_state().settings.zone
    spans = code_figures.uses_over_time(conn, ids, step, now=now(), zone=zone)
    return render_template(
        "firstline/desk/code.html",
        here="codes",
        code_id=code_id,
        display=display,
        older=[found for _old, found in older],
        figures=code_figures.figures(conn, ids, partner=me.id),
        spans=spans,
        step=step.value,
        drawing=draw_uses(spans, marked=7 if step is Step.DAY else 4),
    )
