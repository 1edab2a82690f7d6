"""The page of one recorded call: what it said, what went wrong, and another try."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import abort, current_app, render_template
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import ngettext
from ..models import Call, Outcome
from ..services import audit
from .acting import Acting
from .calls import call_name, call_state
from .edge import blueprint, done, perform, session
from .show import to

EXTENSION = "firstline_admin"


Replay = Callable[[int | None], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the admin pages of one app are given from outside: `replay` works parked calls off.

    It takes the id of a call (None: all that are parked) and gives an error per call, empty for none.
    """

    replay: Replay


def tools() -> Tools:
    """Give the tools of this app."""
    found: Tools = current_app.extensions[EXTENSION]
    return found


@blueprint.get("/calls/<firstline_id:call_id>")
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


@blueprint.post("/calls/<firstline_id:call_id>/again")
def again(call_id: int) -> BaseResponse:
    """Try one parked call again."""
    row = session().get(Call, call_id)
    if row is None:
        abort(404)
    here = to("call", call_id=call_id)
    if row.outcome != Outcome.PARKED.value:
        return done(here, _("This call is not parked any more."))
    worked, failed = _replay(call_id, f"{row.kind} {row.key}")
    if worked:
        return done(here, _("The call is worked off. It is in the books now."))
    return done(here, _("It still cannot be worked off. The reason stands below."), ok=not failed)


@blueprint.post("/calls/again")
def all_again() -> BaseResponse:
    """Try all parked calls again."""
    worked, failed = _replay(None, "*")
    if not worked and not failed:
        return done(to("calls"), _("Nothing is parked."))
    said = [ngettext("%(num)s call is worked off.", "%(num)s calls are worked off.", worked)]
    if failed:
        said.append(ngettext("%(num)s call is still parked.", "%(num)s calls are still parked.", failed))
    return done(to("calls"), " ".join(said), ok=not failed)


def _replay(call_id: int | None, subject: str) -> tuple[int, int]:
    """Work calls off, each in its own transaction; log it and give how many went well and how many not."""
    session().rollback()
    errors = tools().replay(call_id)
    worked = sum(not error for error in errors)
    failed = len(errors) - worked
    after: dict[str, object] = {"worked off": worked, "still parked": failed}
    perform(lambda acting: _log(acting, subject, after))
    return worked, failed


def _log(acting: Acting, subject: str, after: dict[str, object]) -> None:
    audit.record(
        acting.conn, who=acting.who, act="replay", noun="call", subject=subject, after=after, now=acting.now
    )
