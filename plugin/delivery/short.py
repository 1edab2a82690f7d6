"""Short messages as the worker sends them: by the shop's own way, else by a service that is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import charset
from typing import Any

from sqlalchemy import Row

from ..models import MessageState
from ..services import sms
from ..services.context import Context
from ..shop import SendsSms
from ..state import State
from .effects import CannotYet, Effect

NO_WAY = "There is no way to send short messages."
NO_WAY_MEND = (
    "Give the adapter send_sms(to, text), or install flask-firstline[sms] and set FIRSTLINE_SMS_URL to the "
    "address of your service, such as twilio://..."
)
NO_APPRISE = "FIRSTLINE_SMS_URL is set, but apprise is not installed."
NO_APPRISE_MEND = "Install flask-firstline[sms]."
BAD_URL = "FIRSTLINE_SMS_URL names no service that apprise knows."
BAD_URL_MEND = "Write it as the docs of apprise say for your service, without a number at its end."
NO_NUMBER = "no phone number is known in the form +491701234567"
Sender = Callable[[str, str], None]


def prepare(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    """Give what sends the message of a row; None where none waits, or no number is known."""
    found = sms.waiting(ctx.conn, int(row.payload["sms_id"]))
    if found is None:
        return None
    message, number = found
    if number is None:
        sms.end(ctx, message.id, MessageState.SKIPPED, NO_NUMBER)
        return None
    send = find_way(state)
    return lambda: send(number, str(message.text))


def note_sent(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Keep that a message was sent; one that nobody could get has ended before."""
    sms.end(ctx, int(payload["sms_id"]), MessageState.SENT)


def find_way(state: State) -> Sender:
    """Give the first way that exists, or raise CannotYet with how to make one."""
    if isinstance(state.shop, SendsSms):
        return state.shop.send_sms
    url = url_of(state)
    if not url:
        raise CannotYet(f"{NO_WAY} {NO_WAY_MEND}")
    try:
        with _charsets_kept():
            import apprise
    except ImportError as error:
        raise CannotYet(f"{NO_APPRISE} {NO_APPRISE_MEND}") from error
    return lambda to, text: _send_by_apprise(apprise, url, to, text)


def url_of(state: State) -> str:
    """Give the address of the service: a setting, else from the environment."""
    return state.settings.sms_url or os.environ.get("FIRSTLINE_SMS_URL", "")


@contextmanager
def _charsets_kept() -> Iterator[None]:
    """Leave the registry of charsets as it was: apprise would let all mails of the shop be encoded anew."""
    kept = dict(charset.CHARSETS)
    try:
        yield
    finally:
        charset.CHARSETS.clear()
        charset.CHARSETS.update(kept)


def _send_by_apprise(apprise: Any, url: str, to: str, text: str) -> None:  # noqa: ANN401 - the library's own
    """Hand a message to a service; `{to}` in the address is where the number stands, else at its end."""
    number = to.removeprefix("+")
    path, mark, query = url.partition("?")
    address = url.replace("{to}", number) if "{to}" in url else f"{path.rstrip('/')}/{number}{mark}{query}"
    with _charsets_kept():
        service = apprise.Apprise.instantiate(address)
    if service is None:
        raise CannotYet(f"{BAD_URL} {BAD_URL_MEND}")
    if not service.notify(body=text):
        raise RuntimeError("The service did not take the message.")
