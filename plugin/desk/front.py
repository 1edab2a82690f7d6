"""The pages before the desk: how one becomes a partner, and how partners without an account sign in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from .. import forms, i18n, outcome
from ..i18n import gettext as _
from ..layout import frame
from ..services.attempted import attempted
from ..services.context import Context
from ..services.unit import retried, unit
from ..state import current_state, request_context, request_time

blueprint = Blueprint("firstline_partners", __name__, url_prefix="/partners")
PURPOSE = "partners"
AREA = "partners"
Result = TypeVar("Result")
now = request_time
reading = request_context


def perform(work: Callable[[Context], Result]) -> Result:
    """Work in one transaction of our own, again where another process was quicker; tell the signals."""
    state = current_state()

    def done(ctx: Context) -> Result:
        result = work(ctx)
        state.send(ctx)
        return result

    def surroundings(conn: Connection) -> Context:
        return state.context(conn, now=now())

    return retried(lambda: attempted(lambda: unit(state.session()), surroundings, done))


def page(template: str, status: int = 200, **values: object) -> ResponseReturnValue:
    """Show a page; its forms go to the address that is open."""
    shown = render_template(f"firstline/partners/{template}.html", **values)
    return shown, status


def message(
    title: str, text: str, status: int = 200, *, ways: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """Show a page of one sentence with the ways on from there: what they say, and where they lead."""
    return page("message", status, title=title, text=text, ways=dict(ways or {_("To the shop"): home()}))


def home() -> str:
    """Give the start of the shop."""
    return f"{request.root_path}/"


def too_many() -> ResponseReturnValue:
    """Say that there were too many tries."""
    return message(_("Too many tries"), _("Please wait ten minutes, then try again."), 429)


@blueprint.before_request
def only_from_our_pages() -> None:
    """Let only forms of our own pages in."""
    if request.method == "POST":
        forms.check(PURPOSE)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep the pages out of caches, out of frames, and their addresses, which hold tickets, to themselves."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


@blueprint.errorhandler(forms.StaleForm)
def stale_form(error: HTTPException) -> ResponseReturnValue:
    """Lead back to the page, whose form is fresh then."""
    return message(
        _("Please try again"), error.description or "", 400, ways={_("Back"): forms.back(url_for(".join"))}
    )


@blueprint.context_processor
def words() -> dict[str, object]:
    """Give what every page needs."""
    return {
        **i18n.template_words(),
        **frame("shop"),
        "form": forms,
        "purpose": PURPOSE,
        "home": home(),
        "said": outcome.heard(AREA),
    }
