"""What every form of ours carries and every post is checked for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import current_app, g, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest

from . import partner_session, tokens
from .i18n import gettext as _
from .shop import ProtectsForms
from .state import current_state
from .visitor import current_visitor

TOKEN_FIELD = "firstline_token"  # noqa: S105 - a name of a field
_ID = re.compile(r"[A-Za-z][\w:.-]{0,63}")


class StaleForm(BadRequest):
    """The token of a form is missing, too old or meant for somebody else."""


def token(purpose: str) -> str:
    """Give a fresh token for forms of this purpose on this visitor's pages."""
    return tokens.form_token(current_state().form_keys(), purpose, _subject())


def hidden_fields(purpose: str) -> Markup:
    """Give the hidden fields of a form: our token, and the shop's where it protects its forms."""
    ours = Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token(purpose))
    return ours + _shop_field()


def check(purpose: str) -> None:
    """Refuse a post that did not come from a page of ours given to this visitor."""
    given = request.form.get(TOKEN_FIELD, "")
    if not _from_here() or not tokens.holds(current_state().form_keys(), given, purpose, _subject()):
        raise StaleForm(_("This page was open for too long. Please try again."))


def local_path(wanted: str | None, otherwise: str) -> str:
    """Give the wanted address where it is a path of this very host, else the other one."""
    text = (wanted or "").strip()
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return otherwise
    parts = urlsplit(text)
    return otherwise if parts.scheme or parts.netloc else text


def here() -> str:
    """Give the path of this request, to come back to."""
    path = request.root_path.rstrip("/") + request.full_path
    return path.removesuffix("?")


def back(otherwise: str) -> str:
    """Give the page that was left for this request, where it is one of this host."""
    parts = urlsplit(request.referrer or "")
    if parts.netloc != request.host:
        return otherwise
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""), otherwise)


def element_id(wanted: str | None) -> str:
    """Give the wanted element id where it is a plain one, else none."""
    return wanted if wanted and _ID.fullmatch(wanted) else ""


def bind(mark: str) -> None:
    """Give the forms of this request to a session of a log-in that neither shop nor desk knows of."""
    g.firstline_forms_of = mark


def _subject() -> str:
    """Say whom a token is for: the visitor's cookie, the signed-in customer, and our own log-ins."""
    customer, partner = current_state().customer(), partner_session.given()
    known = f"{current_visitor() or ''}|{customer.ref if customer and customer.ref else ''}"
    marks = [partner.mark if partner is not None else "", g.get("firstline_forms_of", "")]
    return "|".join([known, *filter(None, marks)])


def _shop_field() -> Markup:
    shop = current_state().shop
    if isinstance(shop, ProtectsForms):
        return Markup(shop.csrf_field())  # noqa: S704  # the contract: safe markup of the shop
    if "csrf" not in current_app.extensions:
        return Markup("")
    from flask_wtf.csrf import generate_csrf

    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, generate_csrf())


def _from_here() -> bool:
    """Tell by the browser's own headers whether a page of this origin sent the post.

    Before a visitor has a cookie of ours the token alone would not tell two visitors apart.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin in {None, "null"} or urlsplit(origin or "").netloc == request.host
