"""What the app's own pages share: the start, who may see them, how they act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row
from werkzeug.exceptions import Forbidden, HTTPException
from werkzeug.wrappers import Response as BaseResponse

from .. import forms, i18n, outcome, partner_session
from ..domain.roles import Role
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..layout import brand
from ..services import standalone_users
from ..services.context import Context
from ..state import current_state, request_context, request_time
from .session import KIND, user

blueprint = Blueprint("standalone", __name__)
PURPOSE = AREA = "standalone"
ADMIN, DESK = "firstline_admin", "firstline_desk"
OPEN = frozenset({"start", "sign_in", "forgot", "password", "favicon"})
"""Pages for everybody."""
ROLES: Mapping[str, str] = {
    Role.VIEWER: _l("Viewer"),
    Role.SUPPORT: _l("Support"),
    Role.MARKETING: _l("Marketing"),
    Role.FINANCE: _l("Finance"),
    Role.OWNER: _l("Owner"),
}
Result = TypeVar("Result")
now = request_time
reading = request_context


def perform(work: Callable[[Context], Result]) -> Result:
    """Work in one transaction of our own, committed once."""
    state = current_state()
    done: Result = state.in_own_unit(lambda session: work(state.context(session.connection(), now=now())))
    return done


def me() -> Row[Any]:
    """Give who is signed in."""
    found = user()
    if found is None:
        raise Forbidden(_("Please sign in."))
    return found


def only_owners() -> None:
    """Turn others than owners away."""
    if me().role != standalone_users.OWNER:
        raise Forbidden(_("Only owners say who has a log-in."))


@blueprint.before_app_request
def lead_to_the_log_in() -> BaseResponse | None:
    """Tie forms to the session; lead who is not signed in to the log-in of the place that is wanted."""
    found = KIND.given() if user() is not None else None
    if found is not None:
        forms.bind(found.mark)
    place = request.blueprint
    if place == DESK and partner_session.given() is None:
        return redirect(url_for("firstline_partners.sign_in", next=forms.here()), 303)
    endpoint = (request.endpoint or "").removeprefix("standalone.")
    ours = place == ADMIN or (place == "standalone" and endpoint not in OPEN)
    if ours and found is None and request.method in {"GET", "HEAD"}:
        return redirect(url_for("standalone.sign_in", next=forms.here()), 303)
    return None


@blueprint.before_request
def only_from_our_pages() -> None:
    """Let only forms of our own pages in."""
    if request.method == "POST":
        forms.check(PURPOSE)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep the pages out of caches."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@blueprint.get("/")
def start() -> ResponseReturnValue:
    """Lead on: admins to the administration, partners to their desk, others to becoming one."""
    return page("start")


@blueprint.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """Say that there is no picture, which browsers ask for by themselves."""
    return "", 204


def page(template: str, status: int = 200, **values: object) -> ResponseReturnValue:
    """Show a page."""
    return render_template(f"firstline/standalone/{template}.html", **values), status


def message(title: str, text: str, status: int = 200, *, href: str = "", label: str = "") -> BaseResponse:
    """Show one sentence, with a way on from there."""
    way = href or url_for(".start"), label or _("To the start")
    shown = render_template("firstline/standalone/message.html", title=title, text=text, way=way)
    return Response(shown, status)


def done(address: str, text: str, *, ok: bool = True) -> BaseResponse:
    """Go to a page and say there how it went."""
    response = redirect(address, 303)
    outcome.say(response, AREA, outcome.Said(ok=ok, text=text))
    return response


@blueprint.errorhandler(forms.StaleForm)
def stale_form(error: HTTPException) -> BaseResponse:
    """Lead back to the page, whose form is fresh then."""
    back = forms.back(url_for(".start"))
    return message(_("Please try again"), error.description or "", 400, href=back, label=_("Back"))


@blueprint.errorhandler(Forbidden)
def not_allowed(error: HTTPException) -> BaseResponse:
    """Say what is not allowed."""
    return message(_("Not allowed"), error.description or "", 403)


@blueprint.context_processor
def words() -> dict[str, object]:
    """Give what every page needs."""
    return {
        **i18n.template_words(),
        "brand": brand(),
        "home": url_for("standalone.start"),
        "form": forms,
        "purpose": PURPOSE,
        "said": outcome.heard(AREA),
        "me": user(),
        "roles": ROLES,
    }
