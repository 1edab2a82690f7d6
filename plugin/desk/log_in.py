"""The log-in of a partner without an account in the shop, and the partner terms to accept."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n, outcome, partner_session, passwords
from ..i18n import gettext as _
from ..models import Contact
from ..services import attempts, logins, partner_terms
from ..services.logins import Account
from ..services.mistakes import TooManyTries
from ..state import current_state
from .front import perform
from .gate import blueprint, connection, done, now, partner
from .sign_in import password_problem


def _account() -> Account:
    """Give the log-in of this session; there is none for who came by the shop's account."""
    if not g.get("firstline_by_own_login"):
        abort(404)
    state = current_state()
    account = logins.by_id(state.context(connection(), now=now()), partner().id)
    return account if account is not None else abort(404)


@blueprint.get("/log-in")
def log_in() -> ResponseReturnValue:
    """Show the log-in."""
    return _page({})


def _page(problems: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    account = _account()
    email = connection().execute(select(Contact.email).where(Contact.id == partner().id)).scalar()
    return render_template(
        "firstline/desk/log_in.html",
        here="log_in",
        email=email,
        has_password=account.password is not None,
        problems=problems,
        shortest=passwords.SHORTEST,
    ), status


@blueprint.post("/log-in")
def change_password() -> ResponseReturnValue:
    """Change the password, which ends all other sessions."""
    account, me = _account(), partner()
    new = request.form.get("new", "")
    problems = {"new": found} if (found := password_problem(new)) else {}
    if account.password is not None:
        problems |= _old_problem(account)
    if problems:
        return _page(problems, 422)
    hashed = passwords.hashed(new)
    generation = perform(lambda ctx: logins.set_password(ctx, me.id, hashed, who=me.signature))
    return _again(generation, _("The password is saved. All other sessions have ended."))


def _old_problem(account: Account) -> dict[str, str]:
    """Compare the password until now, as often as at the log-in: who finds a desk open must not guess it."""
    name = f"#{account.contact_id}"
    try:
        counted = logins.check_tries(current_state().context(connection(), now=now()), name, None)
    except TooManyTries:
        return {"old": _("Please wait ten minutes, then try again.")}
    if passwords.holds(account.password, request.form.get("old", "")):
        return {}
    perform(lambda ctx: attempts.count(ctx, counted[1:]))
    return {"old": _("This is not the password until now.")}


@blueprint.post("/log-in/end")
def end_others() -> ResponseReturnValue:
    """End all sessions but this one."""
    account = _account()
    generation = perform(lambda ctx: logins.end_sessions(ctx, account.contact_id))
    return _again(generation, _("All other sessions have ended."))


def _again(generation: int, text: str) -> BaseResponse:
    """Go on with a new session in the place of this one."""
    response = done(url_for(".log_in"), ok=True, text=text)
    partner_session.begin(response, partner().id, generation, now())
    return response


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session, on the server too: a copy of the cookie holds no more."""
    account = _account()
    perform(lambda ctx: logins.end_sessions(ctx, account.contact_id))
    response = redirect(url_for("firstline_partners.sign_in"), 303)
    partner_session.end(response)
    outcome.say(response, "partners", outcome.Said(ok=True, text=_("You are signed out.")))
    return response


@blueprint.route("/terms", methods=["GET", "POST"])
def terms() -> ResponseReturnValue:
    """Show the partner terms; a post accepts the version that was read."""
    state, me = current_state(), partner()
    language = request.form.get("language", str(i18n.locale()))[:35]
    found = partner_terms.read(connection(), language, otherwise=state.settings.locales)
    if found is None:
        abort(404)
    if request.method != "POST":
        ask = partner_terms.to_accept(connection(), me.id)
        return render_template("firstline/desk/terms.html", here="", terms=found, ask=ask)
    if request.form.get("version") != str(found.version):
        changed = _("The partner terms have changed. Please read them again.")
        return done(url_for(".terms"), ok=False, text=changed)
    perform(lambda ctx: partner_terms.accept(ctx.conn, me.id, found, now=ctx.now))
    return done(url_for(".start"), ok=True, text=_("Thank you. You have accepted the partner terms."))
