"""The page of one recorded call: what it said, what went wrong, and another try."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, current_app, render_template
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import Call, Outcome
from ..services import audit
from .calls import STUCK, call_name, call_state
from .edge import acting, blueprint, done, session
from .show import to

EXTENSION = "firstline_admin"


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the admin pages of one app are given from outside: `replay` works parked calls off.

    It takes the ids of the calls (None: all that are parked) and gives how many it has worked off.
    """

    replay: Callable[[list[int] | None], int]


def tools() -> Tools:
    """Give the tools of this app."""
    found: Tools = current_app.extensions[EXTENSION]
    return found


@blueprint.get("/calls/<int:call_id>")
def call(call_id: int) -> str:
    """Show one recorded call."""
    row = session().get(Call, call_id)
    if row is None:
        abort(404)
    return render_template(
        "firstline/admin/call.html",
        here="calls",
        call=row,
        name=call_name(row.kind),
        state=call_state(row.outcome),
        payload=json.dumps(row.payload, indent=2, ensure_ascii=False, sort_keys=True),
        parked=row.outcome == Outcome.PARKED.value,
        waiting=row.outcome == Outcome.WAITING.value,
    )


@blueprint.post("/calls/<int:call_id>/again")
def again(call_id: int) -> BaseResponse:
    """Try one parked call again."""
    row = session().get(Call, call_id)
    if row is None:
        abort(404)
    if row.outcome not in STUCK:
        return done(to("call", call_id=call_id), _("This call is worked off already."))
    worked = _replay([call_id], f"{row.kind} {row.key}")
    if worked:
        return done(to("call", call_id=call_id), _("The call is worked off: it is in the books now."))
    return done(
        to("call", call_id=call_id), _("It still cannot be worked off. The reason stands below."), ok=False
    )


@blueprint.post("/calls/again")
def all_again() -> BaseResponse:
    """Try all parked calls again."""
    worked = _replay(None, "*")
    text = ngettext("%(num)s call is worked off.", "%(num)s calls are worked off.", worked)
    return done(to("calls"), text if worked else _("No call could be worked off."), ok=bool(worked))


def _replay(calls: list[int] | None, subject: str) -> int:
    session().rollback()
    worked = tools().replay(calls)
    with acting() as act:
        after = {"worked off": worked}
        audit.record(
            act.conn, who=act.who, act="replay", noun="call", subject=subject, after=after, now=act.now
        )
    return worked
