"""One's own log-in: the password, the sessions, the way out."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from .. import passwords
from ..i18n import gettext as _
from ..services import attempts, standalone_users
from ..services.mistakes import TooManyTries
from .page import blueprint, done, me, page, perform, reading
from .sign_in import begin, password_problem


@blueprint.route("/account", methods=["GET", "POST"])
def account() -> ResponseReturnValue:
    """Show one's own log-in; a post changes the password, which ends all other sessions."""
    mine = me()
    if request.method != "POST":
        return page("account", problems={}, shortest=passwords.SHORTEST)
    new = request.form.get("new", "")
    problems = {"new": found} if (found := password_problem(new)) else {}
    problems |= _old_problem(mine.email, mine.password)
    if problems:
        return page("account", 422, problems=problems, shortest=passwords.SHORTEST)
    hashed = passwords.hashed(new)
    generation = perform(lambda ctx: standalone_users.set_password(ctx, mine.id, hashed, who=mine.name))
    text = _("The password is saved. All other sessions have ended.")
    return begin(done(url_for(".account"), text), mine.id, generation)


def _old_problem(email: str, kept: str | None) -> dict[str, str]:
    """Compare the password until now, as often as at the log-in: who finds it open must not guess it."""
    try:
        counted = standalone_users.check_tries(reading(), email, request.remote_addr)
    except TooManyTries:
        return {"old": _("Please wait ten minutes, then try again.")}
    if passwords.holds(kept, request.form.get("old", "")):
        return {}
    perform(lambda ctx: attempts.count(ctx, counted))
    return {"old": _("This is not the password until now.")}
