"""The page of one code: what it brought, day by day, where it comes from and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, render_template, request

from ..cards.wording import code_link
from ..drawing import draw_uses
from ..i18n import gettext as _
from ..i18n import last_day
from ..models import Code, CodeBatch, Redemption
from ..services import code_figures, leaks, radar
from ..services.code_figures import Step
from . import redemptions, share
from .edge import blueprint, now, session, settings
from .excerpts import Excerpt, excerpt
from .radar_words import sign_text
from .show import contact_link, contact_name
from .states import code_state


@blueprint.get("/codes/<firstline_id:code_id>")
def code(code_id: int) -> str:
    """Show a code with its figures."""
    found = session().get(Code, code_id)
    if found is None:
        abort(404)
    conn = session().connection()
    line = leaks.line_of(conn, code_id)
    together = request.args.get("with") == "old" and len(line) > 1
    ids = line if together else [code_id]
    step = Step.WEEK if request.args.get("by") == "week" else Step.DAY
    spans = code_figures.uses_over_time(conn, ids, step, now=now(), zone=settings().zone)
    seen = radar.look_at(conn, code_id, now=now(), zone=settings().zone)
    return render_template(
        "firstline/admin/code.html",
        here="codes",
        code=found,
        state=code_state(found, found.coupon, now()),
        link=code_link(found.display, address=request.url_root, prefix=settings().url_prefix),
        batch=session().get(CodeBatch, found.batch_id) if found.batch_id is not None else None,
        older=[session().get(Code, old) for old in line[1:]],
        newer=leaks.replaced_by(conn, code_id),
        together=together,
        figures=code_figures.figures(conn, ids),
        spans=spans,
        step=step.value,
        drawing=draw_uses(spans, marked=7 if step is Step.DAY else 4),
        signs=[sign_text(sign, seen) for sign in seen.signs] if seen is not None else [],
        uses=_uses(ids),
        shared=share.shown(share.portions_of_code(found)) if _is_shared(found) else [],
        barred=share.barred_now(share.portions_of_code(found)) if _is_shared(found) else [],
        contact_name=contact_name,
        contact_link=contact_link,
        last_day=last_day,
    )


def _is_shared(code: Code) -> bool:
    return len(share.portions_of_code(code)) > 1


def _uses(ids: Sequence[int]) -> Excerpt:
    return excerpt(
        redemptions.NOUN,
        _("Redemptions"),
        Redemption.code_id.in_(ids),
        ("order", "buyer", "way", "discount", "at", "state"),
        key="uses",
        empty=_("Nobody has redeemed it yet."),
        code=ids[0],
    )
