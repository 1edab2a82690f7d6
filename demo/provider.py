"""A test provider: the buyer chooses how the payment goes.

It lives in this process, so its callbacks travel by WSGI and not by the network; all else is as usual: they
come outside the buyer's request, signed, and perhaps several times.
"""

from __future__ import annotations

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug import Response

from .base import db
from .payments import payment_by_ref, signer

provider = Blueprint("provider", __name__, url_prefix="/test-provider")

REPEATS = 5
CALLBACKS = {
    "pay": ("paid",),
    "repeat": ("paid",) * REPEATS,
    "decline": ("failed",),
    "later": ("pending",),
}


@provider.get("/<ref>")
def choose(ref: str) -> str | Response:
    payment = payment_by_ref(ref)
    if payment.state in ("paid", "failed"):
        return redirect(url_for("orders.show", key=payment.order.key), 303)
    return render_template("provider.html", payment=payment, repeats=REPEATS)


@provider.post("/<ref>")
def decide(ref: str) -> Response:
    payment = payment_by_ref(ref)
    outcomes = CALLBACKS.get(request.form.get("way", "")) or abort(400)
    way_back = url_for("orders.show", key=payment.order.key)
    db.session.rollback()
    for outcome in outcomes:
        send(ref, outcome)
    return redirect(way_back, 303)


def send(ref: str, outcome: str) -> None:
    """Call the shop back."""
    message = signer().dumps({"payment": ref, "outcome": outcome})
    client = current_app.test_client(use_cookies=False)
    answer = client.post(url_for("payments.callback"), data={"message": message})
    if answer.status_code != 204:
        raise RuntimeError(f"the shop answered {answer.status_code} to the payment provider")
