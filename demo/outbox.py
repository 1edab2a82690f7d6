"""The outbox: this shop sends no mail, it keeps each where whoever tries the shop can read it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template

outbox = Blueprint("outbox", __name__, url_prefix="/test-outbox")

SHOWN = 50
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A mail of the outbox under the number that its address has."""

    number: str
    message: EmailMessage

    @property
    def text(self) -> str:
        """What it says in plain text."""
        return _part(self.message, "plain")

    @property
    def html(self) -> str:
        """What a mail program shows."""
        return _part(self.message, "html")

    @property
    def one_click(self) -> str:
        """Where a mail program posts that its reader wants no more of these; empty where it cannot."""
        offered = self.message["List-Unsubscribe"] if self.message["List-Unsubscribe-Post"] else None
        return str(offered or "").strip().strip("<>")


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    return str(found.get_content()) if found is not None else ""


def _folder() -> Path:
    return Path(current_app.instance_path) / "outbox"


def keep(message: EmailMessage) -> None:
    """Keep a mail; it is seen when it is written to its end."""
    folder = _folder()
    folder.mkdir(exist_ok=True)
    number = f"{time.time_ns():020}"
    draft = folder / f"{number}.draft"
    draft.write_bytes(message.as_bytes())
    draft.rename(folder / f"{number}.eml")


def _read(file: Path) -> Kept:
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    return Kept(number=file.stem, message=message)


def _mail(number: str) -> Kept:
    file = _folder() / f"{number}.eml"
    if not (number.isascii() and number.isdigit()) or not file.exists():
        abort(404)
    return _read(file)


@outbox.get("/")
def overview() -> str:
    files = sorted(_folder().glob("*.eml"), reverse=True)
    return render_template("outbox.html", mails=[_read(file) for file in files[:SHOWN]])


@outbox.get("/<number>")
def mail(number: str) -> str:
    return render_template("outbox_mail.html", mail=_mail(number))


@outbox.get("/<number>/html")
def mail_html(number: str) -> Response:
    """Give the mail as a mail program shows it: with its own styles, without script, loading nothing."""
    return Response(_mail(number).html, headers={"Content-Security-Policy": MAIL_POLICY})
