"""What people read where a page is not there, or where the app has failed; programs get the plain answer."""

from __future__ import annotations

from flask import Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound

from .. import i18n
from ..i18n import gettext as _
from ..layout import brand


def install(app: Flask) -> None:
    """Show these pages where no part of the plugin answers by itself."""
    app.register_error_handler(NotFound, _not_there)
    app.register_error_handler(MethodNotAllowed, _not_there)
    app.register_error_handler(InternalServerError, _failed)


def _not_there(error: HTTPException) -> ResponseReturnValue:
    title = _("There is no such page")
    return _page(error, title, _("The address is mistyped, or what stood here is gone."))


def _failed(error: HTTPException) -> ResponseReturnValue:
    title = _("Something went wrong")
    return _page(error, title, _("The app has written into its log what it was. Please try again later."))


def _page(error: HTTPException, title: str, text: str) -> ResponseReturnValue:
    """Show a page without asking the database, which may be what has failed."""
    if request.accept_mimetypes.best_match(("text/plain", "text/html")) != "text/html":
        return error
    home = url_for("standalone.start")
    shown = render_template(
        "firstline/standalone/message.html",
        **i18n.template_words(),
        title=title,
        text=text,
        brand=brand(),
        home=home,
        way=(home, _("To the start")),
    )
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return Response(shown, error.code, headers)
