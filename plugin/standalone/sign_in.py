"""Signing in as an admin: by e-mail address and password; a new password by a link."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from .. import forms, outcome, passwords
from ..i18n import gettext as _
from ..i18n import ngettext
from ..places import address
from ..services import attempts, standalone_users
from ..services.context import Context
from ..services.mistakes import TooManyTries
from .page import AREA, blueprint, me, message, now, page, perform, reading
from .session import KIND, user

_LONGEST = 254
_TICKET = "0ticket0"


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Show the form; a post signs in."""
    if request.method != "POST":
        return redirect(_next(), 303) if user() is not None else _form()
    email = request.form.get("email", "").strip()[:_LONGEST]
    try:
        counted = standalone_users.check_tries(reading(), email, request.remote_addr)
    except TooManyTries:
        return too_many()
    found = standalone_users.active(reading().conn, email)
    kept = None if found is None else found.password
    if not passwords.holds(kept, request.form.get("password", "")) or found is None:
        perform(lambda ctx: attempts.count(ctx, counted))
        return _form(email, _("E-mail address and password do not fit together."), 422)
    perform(lambda ctx: standalone_users.signed_in(ctx, found.id))
    return begin(redirect(_next(), 303), found.id, found.generation)


def begin(response: BaseResponse, user_id: int, generation: int) -> BaseResponse:
    """Send the cookie of a fresh session along, whatever the browser had before."""
    KIND.begin(response, user_id, generation, now())
    return response


def too_many() -> BaseResponse:
    """Say that there were too many tries."""
    return message(_("Too many tries"), _("Please wait ten minutes, then try again."), 429)


def _form(email: str = "", wrong: str = "", status: int = 200) -> ResponseReturnValue:
    empty = not standalone_users.any_there(reading().conn)
    return page("sign_in", status, email=email, wrong=wrong, next=_next(), empty=empty)


def _next() -> str:
    return forms.local_path(request.values.get("next"), url_for("firstline_admin.dashboard"))


@blueprint.post("/sign-out")
def sign_out() -> BaseResponse:
    """End the session, on the server too: a copy of the cookie holds no more."""
    perform(lambda ctx: standalone_users.end_sessions(ctx, me().id))
    response = redirect(url_for(".start"), 303)
    KIND.end(response)
    outcome.say(response, AREA, outcome.Said(ok=True, text=_("You are signed out.")))
    return response


@blueprint.route("/forgot", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Ask for the address; a post sends a link, and tells nobody whether the address is known."""
    if request.method != "POST":
        return page("forgot")
    email = request.form.get("email", "").strip()[:_LONGEST]
    try:
        perform(lambda ctx: standalone_users.send_link(ctx, email, link_place(), request.remote_addr))
    except TooManyTries:
        return too_many()
    text = _("If somebody signs in here with this address, a mail with a link is on its way.")
    return message(_("Please look into your mail"), text, href=url_for(".sign_in"), label=_("Back"))


def link_place() -> str:
    """Give the address of a link that sets a password; {ticket} stands where its ticket comes."""
    return address("standalone.password", ticket=_TICKET).replace(_TICKET, "{ticket}")


@blueprint.route("/password/<ticket>", methods=["GET", "POST"])
def password(ticket: str) -> ResponseReturnValue:
    """Show the form for a new password; a post sets it, once, and signs in."""
    person = standalone_users.of_ticket(reading(), ticket)
    if person is None:
        return _used_up()
    problem = password_problem(request.form.get("new", "")) if request.method == "POST" else ""
    if request.method != "POST" or problem:
        about = {"problem": problem, "email": person.email, "shortest": passwords.SHORTEST}
        return page("password", 422 if problem else 200, **about)
    hashed = passwords.hashed(request.form["new"])

    def work(ctx: Context) -> tuple[int, int] | None:
        found = standalone_users.of_ticket(ctx, ticket)
        if found is None:
            return None
        return found.id, standalone_users.set_password(ctx, found.id, hashed, who=found.name)

    changed = perform(work)
    if changed is None:
        return _used_up()
    return begin(redirect(url_for("firstline_admin.dashboard"), 303), *changed)


def password_problem(new: str) -> str:
    """Say what is wrong with a new password; "" for nothing."""
    if len(new) < passwords.SHORTEST:
        return ngettext(
            "Please take %(num)s character at least.",
            "Please take %(num)s characters at least.",
            passwords.SHORTEST,
        )
    return _("This is too long.") if len(new) > passwords.LONGEST else ""


def _used_up() -> BaseResponse:
    text = _("It works once and for some time only. Please ask for another one.")
    title, again = _("This link does not hold any more"), _("Set a new password")
    return message(title, text, 410, href=url_for(".forgot"), label=again)
