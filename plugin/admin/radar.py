"""The leak radar: codes that are used as if they had leaked, and what can be done with one click."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import render_template, request
from werkzeug.wrappers import Response as BaseResponse

from .. import forms
from ..domain import leak
from ..i18n import gettext as _
from ..services import codes, leaks, radar
from ..services.leaks import OldCode
from ..services.mistakes import Mistake
from .acting import Acting
from .edge import blueprint, done, now, perform, session, settings
from .radar_words import sign_text
from .sayings import said
from .show import to

SHOWN = 50


@blueprint.get("/radar")
def leak_radar() -> str:
    """Show the codes that may have leaked, the clearest first."""
    found = radar.suspects(session().connection(), now=now(), zone=settings().zone)
    return render_template(
        "firstline/admin/radar.html",
        here="radar",
        suspects=[(one, [sign_text(sign, one) for sign in one.signs]) for one in found[:SHOWN]],
        left_out=max(0, len(found) - SHOWN),
        at=now(),
        burst_days=leak.BURST_DAYS,
        past_days=leak.PAST_DAYS,
    )


def _link_only(acting: Acting, code_id: int) -> str:
    leaks.set_link_only(acting.conn, code_id, True, who=acting.who, now=acting.now)
    return _("%(code)s counts with its link only from now on. Who types it is told that it cannot be used.")


def _typed_too(acting: Acting, code_id: int) -> str:
    leaks.set_link_only(acting.conn, code_id, False, who=acting.who, now=acting.now)
    return _("%(code)s can be typed again.")


def _well(acting: Acting, code_id: int) -> str:
    leaks.call_well(acting.conn, code_id, who=acting.who, now=acting.now)
    return _("%(code)s is well. It is shown again only when its use changes once more.")


def _fresh(acting: Acting, code_id: int) -> str:
    old = OldCode.OFF if request.form.get("old") == "off" else OldCode.LINK_ONLY
    made = leaks.replace_code(
        acting.conn, code_id, request.form.get("code", "")[:64], old=old, who=acting.who, now=acting.now
    )
    return _("%(fresh)s takes the place of %(code)s. The partner sees it in the desk.") % {
        "fresh": made.code.replace("%", "%%"),
        "code": "%(code)s",
    }


_ACTS: Mapping[str, Callable[[Acting, int], str]] = {
    "link-only": _link_only,
    "typed-too": _typed_too,
    "well": _well,
    "fresh": _fresh,
}


_NAMES = ", ".join(f'"{name}"' for name in _ACTS)


@blueprint.post(f"/codes/<firstline_id:code_id>/<any({_NAMES}):act>")
def do_about_leak(code_id: int, act: str) -> BaseResponse:
    """Do what was chosen about a code, at once; each of the acts can be taken back."""
    way_back = forms.back(to("leak_radar"))

    def work(acting: Acting) -> str:
        text = _ACTS[act](acting, code_id)
        return text % {"code": codes.get_code(acting.conn, code_id).display}

    try:
        return done(way_back, perform(work))
    except Mistake as mistake:
        return done(way_back, said(mistake)[1], ok=False)
