"""Apply and remove codes: by form and redirect, by script and JSON, or by a link."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from .. import cart as carts
from .. import forms, i18n, outcome
from ..errors import Reason
from ..i18n import gettext as _
from ..models import CameBy
from ..shop import Notifies, Quote
from ..state import current_state
from . import field
from .schemas import QuoteSchema

blueprint = Blueprint("firstline_checkout", __name__)

_LONGEST = 100
_LONGEST_PATH = 2 * _LONGEST
"""A code with many slashes gets a dash for some of them."""


@blueprint.post("/coupon")
def coupon() -> ResponseReturnValue:
    """Apply a code to the cart of this request, or remove one or all."""
    forms.check(field.PURPOSE)
    state, cart = current_state(), current_state().cart()
    removed = request.form.get("remove")
    if removed is not None:
        quote = carts.remove_coupon(state, cart, removed[:_LONGEST] or None, commit=True)
        return _answer(quote, outcome.Said(ok=True, text=_("The coupon is removed.")))
    typed = request.form.get("code", "").strip()[:_LONGEST]
    if not typed:
        return _answer(carts.quote(state, cart), outcome.Said(ok=False, text=_("Please type a code.")))
    quote = carts.apply_coupon(state, cart, typed, request.remote_addr, commit=True)
    return _answer(quote, _said(quote, typed))


def _said(quote: Quote, typed: str) -> outcome.Said:
    if quote.ok:
        return outcome.Said(ok=True, text=quote.message or _("The coupon is applied."), code=typed)
    return outcome.Said(ok=False, text=quote.message, code=typed)


@blueprint.get("/c/<path:code>")
def code_link(code: str, landing: str = "") -> BaseResponse:
    """Keep a code for this visitor and lead into the shop; known and unknown codes look alike.

    `landing` is the page where it leads unless the address names another one; "": the start of the shop.
    """
    state = current_state()
    cart = state.cart()
    # Who comes by a link has nothing in the cart yet: what needs lines is judged when there are some.
    to_fill = None if cart is None else replace(cart, lines=None)
    carts.apply_coupon(
        state, to_fill, code[:_LONGEST_PATH], request.remote_addr, came_by=CameBy.LINK, commit=True
    )
    page = f"{request.root_path}{landing}" if landing else _shop_start()
    response = redirect(forms.local_path(request.args.get("next"), page), 303)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(forms.StaleForm)
def stale_form(error: HTTPException) -> ResponseReturnValue:
    """Answer a post whose token does not hold: with a fresh one for scripts, with a way back for people."""
    said = outcome.Said(ok=False, text=error.description or "", code=request.form.get("code", "")[:_LONGEST])
    if not _wants_json():
        return render_template(
            "firstline/message.html", title=_("Please try again"), said=said, back=_next()
        ), 400
    quote = carts.quote(current_state(), current_state().cart())
    return jsonify(_packed(quote, said)), 400


@blueprint.context_processor
def words() -> dict[str, object]:
    """Give what pages of ours need."""
    return i18n.template_words()


def _answer(quote: Quote, said: outcome.Said) -> ResponseReturnValue:
    too_many = quote.reason is Reason.TOO_MANY_TRIES
    if _wants_json():
        return jsonify(
            {**_packed(quote, said), "ok": said.ok, "message": said.text}
        ), 429 if too_many else 200
    shop = current_state().shop
    if isinstance(shop, Notifies):
        shop.notify(said.ok, said.text)
    response = redirect(_next(), 303)
    outcome.say(response, field.AREA, said)
    return response


def _packed(quote: Quote, said: outcome.Said) -> dict[str, object]:
    """Give the quote as JSON, with the outcome, a fresh token, and the field made anew for its page."""
    shown = field.coupon_field(quote, said, form_id=request.form.get("form_id", ""), come_back=_next())
    html = render_template("firstline/coupon_field.html", firstline_field=lambda _id: shown)
    packed: dict[str, object] = QuoteSchema().dump(quote)
    return {**packed, "ok": said.ok, "message": said.text, "token": forms.token(field.PURPOSE), "field": html}


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def _next() -> str:
    return forms.local_path(request.form.get("next"), forms.back(_shop_start()))


def _shop_start() -> str:
    return f"{request.root_path}/"
