"""Where mails lead: whole addresses of our pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, request, url_for

from .services.application_acts import Places

_TICKET = "0ticket0"


def places() -> Places:
    """Give the addresses; {ticket} stands where the one of a mail comes.

    Raises BuildError where the desk is not mounted, RuntimeError outside a request without SERVER_NAME.
    """
    desk = address("firstline_desk.start")
    return Places(
        shop=urlsplit(desk).netloc,
        confirm=_with_ticket("confirm_join"),
        desk=desk,
        password=_with_ticket("new_password"),
        sign_in=address("firstline_partners.sign_in"),
        link=_with_ticket("sign_in_by_link"),
    )


def _with_ticket(endpoint: str) -> str:
    return address(f"firstline_partners.{endpoint}", ticket=_TICKET).replace(_TICKET, "{ticket}")


def address(endpoint: str, **values: Any) -> str:  # noqa: ANN401 - as `url_for` takes them
    """Give the whole address of a page of ours.

    Where SERVER_NAME is set it says the host: a request can name any, and what it names must not get into
    mails to others.
    """
    known = current_app.config.get("SERVER_NAME")
    if not known or not has_request_context():
        return url_for(endpoint, _external=True, **values)
    return f"{request.scheme}://{known}{url_for(endpoint, **values)}"
