"""The visitor: a random token in a signed cookie of ours, set only when there is something to remember."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, has_request_context, request
from itsdangerous import BadSignature, URLSafeSerializer

from . import cookies
from .shop import Customer

COOKIE = "firstline_visitor"
_LIFE = 60 * 60 * 24 * 90


@dataclass(frozen=True, kw_only=True)
class _Visitor:
    """A visitor, and whom the shop knew it as. `told` says that the browser has this cookie."""

    token: str
    customer: str = ""
    told: bool = True


def install(app: Flask, *, domain: str | None) -> None:
    """Send the cookie with the answers of this app where it has changed."""

    @app.after_request
    def send_cookie(response: Response) -> Response:
        visitor = g.get("_firstline_visitor")
        if isinstance(visitor, _Visitor) and not visitor.told:
            response.set_cookie(
                COOKIE,
                str(_serializer().dumps([visitor.token, visitor.customer])),
                max_age=_LIFE,
                domain=domain,
                path=cookies.path(),
                httponly=True,
                secure=request.is_secure,
                samesite="Lax",
            )
            response.vary.add("Cookie")
        return response


def current_visitor() -> str | None:
    """Give the token of this request's visitor, or None where there is none yet."""
    visitor = _read()
    return None if visitor is None else visitor.token


def visitor_of(customer: Customer | None) -> str | None:
    """Give the visitor, cut off from an earlier one when the customer has changed or logged out."""
    visitor = _read()
    if visitor is None:
        return None
    known = _short(customer)
    if visitor.customer == known:
        return visitor.token
    if visitor.customer:
        # The person before the screen is another one now: what was tied to the cookie stays behind.
        _keep(_Visitor(token=_fresh(), customer=known, told=False))
    else:
        _keep(_Visitor(token=visitor.token, customer=known, told=False))
    return current_visitor()


def ensure_visitor(customer: Customer | None) -> str | None:
    """Give the visitor, made now where there is none yet; None outside a request."""
    if not has_request_context():
        return None
    if _read() is None:
        _keep(_Visitor(token=_fresh(), customer=_short(customer), told=False))
    return visitor_of(customer)


def _fresh() -> str:
    return secrets.token_urlsafe(24)


def _short(customer: Customer | None) -> str:
    if customer is None or customer.ref is None:
        return ""
    return hashlib.sha256(customer.ref.encode()).hexdigest()[:16]


def _read() -> _Visitor | None:
    if not has_request_context():
        return None
    if "_firstline_visitor" not in g:
        _keep(_from_cookie())
    visitor: _Visitor | None = g._firstline_visitor
    return visitor


def _keep(visitor: _Visitor | None) -> None:
    g._firstline_visitor = visitor


def _from_cookie() -> _Visitor | None:
    signed = request.cookies.get(COOKIE)
    if not signed or not current_app.secret_key:
        return None
    try:
        token, customer = _serializer().loads(signed)
    except (BadSignature, ValueError, TypeError):
        return None
    return _Visitor(token=str(token), customer=str(customer))


def _serializer() -> URLSafeSerializer:
    if not current_app.secret_key:
        raise RuntimeError("Set SECRET_KEY: without it the visitor's cookie cannot be signed.")
    return URLSafeSerializer(current_app.secret_key, salt="firstline:visitor")
