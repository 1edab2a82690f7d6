"""Small things that many pages share: language, headers, safe ways back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request, session
from flask_babel import get_locale
from flask_login import current_user
from werkzeug import Response

from . import carts, prices
from .settings import LANGUAGES

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def chosen_language() -> str:
    """Give the language of this visit: the chosen one, the account's, or the browser's."""
    chosen = session.get("language")
    if chosen is None and current_user and current_user.is_authenticated:
        chosen = current_user.language
    return chosen or request.accept_languages.best_match(LANGUAGES) or "en"


def is_local(path: str) -> bool:
    """Say whether a way back stays on this site."""
    parts = urlsplit(path)
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc


def add_headers(response: Response) -> Response:
    """Let pages load nothing from elsewhere and run nothing that is written into them."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def page_values() -> dict[str, object]:
    """Give every template what the frame of the page shows."""
    cart = carts.current()
    return {
        "cart_count": sum(item.quantity for item in cart.items) if cart else 0,
        "language": str(get_locale()),
        "languages": LANGUAGES,
    }


def prepare_pages(app: Flask) -> None:
    """Install the filters, values and headers of all pages."""
    app.after_request(add_headers)
    app.context_processor(page_values)
    app.jinja_env.filters["cents"] = prices.show_cents
    app.jinja_env.filters["euros"] = prices.show_euros
