"""The buyer's own page about contact data: what the sponsor may see, until when, and one click to end it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlsplit

from flask import Flask, current_app, has_request_context, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound

from .. import consent_words as wording
from .. import forms, i18n, outcome, tokens
from ..i18n import gettext as _
from ..layout import frame
from ..services import consents, customers
from ..services.consents import Standing
from ..services.unit import retried, unit
from ..shop import Customer, Notifies
from ..state import current_state
from .views import blueprint

PURPOSE = "consent"
AREA = "consent"


@dataclass(frozen=True, kw_only=True)
class Box:
    """All that the include `firstline/consent.html` shows."""

    standing: Standing
    sponsor: str
    action: str
    next: str
    hidden: Markup
    spans: tuple[tuple[int, str], ...]
    last_day: date | None
    statement: str
    said: outcome.Said | None
    words: dict[str, object]


def install(app: Flask) -> None:
    """Give the shop's templates what the include asks for, and the link for its mails."""
    app.jinja_env.globals["firstline_consent"] = consent_of_this_page
    app.jinja_env.globals["firstline_consent_fields"] = fields_of_sign_up
    app.jinja_env.globals["firstline_consent_link"] = consent_link


def consent_of_this_page() -> Box | None:
    """Give the box of who is signed in; None where there is no sponsor to let see anything."""
    if not has_request_context() or "firstline_checkout" not in current_app.blueprints:
        return None
    standing = _signed_in()
    if standing is None or standing.sponsor_id is None:
        return None
    return _box(standing, url_for("firstline_checkout.consent"), forms.here())


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What the include `firstline/consent_fields.html` shows inside the shop's sign-up form."""

    statement: str
    spans: tuple[tuple[int, str], ...]
    words: dict[str, object]


def fields_of_sign_up() -> Fields:
    """Give what a sign-up form asks; `customer_registered` of the same request keeps the answer."""
    words = i18n.template_words()
    return Fields(statement=wording.offer(wording.whose_code()), spans=wording.spans(), words=words)


def consent_link(ref: object) -> str:
    """Give the address of a customer's page about contact data, for mails; empty where nobody is known."""
    state = current_state()
    contact_id = customers.find_id(state.context(_connection()), Customer(ref=str(ref)))
    if contact_id is None:
        return ""
    token = tokens.sign_row(state.form_keys(), PURPOSE, contact_id)
    return url_for("firstline_checkout.consent", token=token, _external=True)


@blueprint.route("/consent", methods=["GET", "POST"])
@blueprint.route("/consent/<token>", methods=["GET", "POST"])
def consent(token: str | None = None) -> ResponseReturnValue:
    """Show what the sponsor may see; a post gives a consent or takes it back."""
    standing = _signed_in() if token is None else _by_token(token)
    if request.method == "POST":
        forms.check(PURPOSE)
        said = _taken_back(standing) if "take_back" in request.form else _given(standing)
        return _back(said)
    page = render_template(
        "firstline/consent_page.html",
        **frame("shop"),
        title=_("Your contact data"),
        box=None if standing is None or standing.sponsor_id is None
        else _box(standing, forms.here(), forms.here()),
        home=f"{request.root_path}/",
    )  # fmt: skip
    return page, 200, {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}


def _signed_in() -> Standing | None:
    state, customer = current_state(), current_state().customer()
    if customer is None or customer.ref is None:
        return None
    contact_id = customers.find_id(state.context(_connection()), Customer(ref=customer.ref))
    return None if contact_id is None else consents.standing(_connection(), contact_id, now=state.now())


def _by_token(token: str) -> Standing | None:
    state = current_state()
    try:
        contact_id = tokens.read_row(state.form_keys(), PURPOSE, token)
    except BadSignature as error:
        raise NotFound from error
    return consents.standing(_connection(), contact_id, now=state.now())


def _connection() -> Connection:
    connection: Connection = current_state().session().connection()
    return connection


def _box(standing: Standing, action: str, come_back: str) -> Box:
    sponsor = wording.sponsor_name(standing.sponsor_name)
    ends = standing.given.until if standing.given is not None else None
    return Box(
        standing=standing,
        sponsor=sponsor,
        action=action,
        next=come_back,
        hidden=forms.hidden_fields(PURPOSE),
        spans=wording.spans(),
        last_day=None if ends is None else i18n.last_day(ends),
        statement=wording.offer(sponsor),
        said=outcome.heard(AREA),
        words=i18n.template_words(),
    )


def _given(standing: Standing | None) -> outcome.Said:
    asked = request.form.get("sponsor", "")
    if standing is None or standing.sponsor_id is None or asked != str(standing.sponsor_id):
        return outcome.Said(ok=False, text=_("Your adviser has changed. Please read and decide again."))
    sponsor_id, now = standing.sponsor_id, current_state().now()
    found = wording.chosen(request.form.getlist("what"), request.form.get("months", ""), now)
    if found is None:
        return outcome.Said(ok=False, text=_("Please tick what your adviser may see."))
    grant, last = found
    said = wording.statement(wording.sponsor_name(standing.sponsor_name), grant, last)
    read = replace(said, place=_place())
    try:
        _write(lambda conn: consents.give(
            conn, standing.contact_id, sponsor_id, grant, wording=read, now=now
        ))  # fmt: skip
    except consents.SponsorChanged:
        return outcome.Said(ok=False, text=_("Your adviser has changed. Please read and decide again."))
    return outcome.Said(ok=True, text=_("Thank you. You can take this back here at any time."))


def _place() -> str:
    """Name the page where it was read: of a mailed link the kind of page only, for the link opens it."""
    if request.view_args:
        return str(request.url_rule)
    return urlsplit(request.form.get("next", "")).path or request.path


def _taken_back(standing: Standing | None) -> outcome.Said:
    if standing is not None:
        now = current_state().now()
        _write(lambda conn: consents.take_back(conn, standing.contact_id, now=now))
    return outcome.Said(ok=True, text=_("Taken back. Your adviser sees your initials only."))


def _write(work: Callable[[Connection], object]) -> None:
    def once() -> object:
        with unit(current_state().session()) as conn:
            return work(conn)

    retried(once)


def _back(said: outcome.Said) -> ResponseReturnValue:
    shop = current_state().shop
    if isinstance(shop, Notifies):
        shop.notify(said.ok, said.text)
    response = redirect(forms.local_path(request.form.get("next"), forms.here()), 303)
    outcome.say(response, AREA, said)
    return response
