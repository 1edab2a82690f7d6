"""The question that shops ask their visitors: whether they may be known again."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, session, url_for
from werkzeug import Response

from .web import is_local

question = Blueprint("question", __name__, url_prefix="/known-again")

ANSWERS = ("yes", "no")


@question.post("/")
def answer() -> Response:
    """Keep the answer of this visit and go back to the page."""
    given, back = request.form.get("answer"), request.form.get("next", "")
    if given not in ANSWERS:
        abort(400)
    session["known_again"] = given
    return redirect(back if is_local(back) else url_for("catalogue.shelf"), 303)


def agreed() -> bool:
    """Say whether this visitor may be known again."""
    return session.get("known_again") == "yes"
