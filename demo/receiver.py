"""A test program elsewhere, such as a shop's bookkeeping: it takes signed calls and keeps what they say.

It stands in the shop so that there is something to call. As others do, it takes no call before it knows the
secret, and none twice.
"""

from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from standardwebhooks.webhooks import Webhook
from werkzeug import Response

from .base import csrf

receiver = Blueprint("receiver", __name__, url_prefix="/test-receiver")

SHOWN = 50


def _folder() -> Path:
    folder = Path(current_app.instance_path) / "receiver"
    folder.mkdir(exist_ok=True)
    return folder


def _known() -> str:
    """Give the secret, or nothing."""
    file = _folder() / "secret"
    return file.read_text(encoding="utf-8") if file.exists() else ""


@receiver.get("/")
def overview() -> str:
    files = sorted(_folder().glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    calls = [json.loads(file.read_text(encoding="utf-8")) for file in files[:SHOWN]]
    return render_template("receiver.html", calls=calls, knows=bool(_known()))


@receiver.post("/secret")
def secret() -> Response:
    """Learn the secret with which calls are signed, or forget it."""
    (_folder() / "secret").write_text(request.form.get("secret", "").strip(), encoding="utf-8")
    return redirect(url_for("receiver.overview"), 303)


@receiver.post("/calls")
@csrf.exempt
def take() -> tuple[str, int]:
    """Take a call that is signed; what was taken before is dropped."""
    number = request.headers.get("webhook-id", "")
    if not re.fullmatch("[A-Za-z0-9_-]{1,100}", number) or not _is_signed(number):
        abort(401)
    file = _folder() / f"{number}.json"
    if not file.exists():
        file.write_bytes(request.get_data())
    return "", 204


def _is_signed(number: str) -> bool:
    """Look for our signature: after a change of the secret a call has one by each of both.

    How old a call is cannot be judged: the shop's calendar is moved by hand.
    """
    known, at = _known(), request.headers.get("webhook-timestamp", "")
    if not known or not at.isdecimal() or len(at) > 12:
        return False
    signed_at = datetime.fromtimestamp(int(at), UTC)
    wanted = Webhook(known).sign(number, signed_at, request.get_data(as_text=True))
    given = request.headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(wanted.encode(), signature.encode()) for signature in given)
