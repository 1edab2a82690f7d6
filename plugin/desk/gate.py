"""Who may enter the desk, and what its pages share."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from .. import forms, i18n, outcome
from ..domain.eligibility import Bar, Partnership, bar
from ..i18n import gettext as _
from ..layout import frame, way_out
from ..services import applications, desk_people, holds, logins, partner_terms
from ..services.unit import unit
from ..shop import Customer, RedirectsToLogin
from ..state import current_state, request_time
from . import own_session

blueprint = Blueprint("firstline_desk", __name__, url_prefix="/desk")
PURPOSE = "desk"
now = request_time


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry of the menu."""

    key: str
    icon: str
    text: str
    href: str
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Group:
    """Some entries of the menu under a label; the desk's few never fold."""

    links: tuple[Link, ...]
    label: str = ""
    folds: bool = False


def connection() -> Connection:
    """Give the connection of this request, to read from."""
    return current_state().session().connection()


def release_due() -> None:
    """Move what is off hold by now to payable, before a balance is read; not every shop has a worker."""
    state, me = current_state(), partner()
    if not holds.has_due(state.context(connection()), me.id):
        return
    with unit(state.session()) as conn:
        holds.release_all_due(state.context(conn, now=now()), partner_id=me.id)


def partner() -> desk_people.Partner:
    """Give the partner whose desk is open."""
    found: desk_people.Partner = g.firstline_partner
    return found


@blueprint.before_request
def open_desk() -> BaseResponse | None:
    """Let partners in; lead others to the log-in, or say how one becomes a partner."""
    customer = current_state().customer() or Customer()
    i18n.speak(customer.locale)
    found = None if customer.ref is None else desk_people.find_partner(connection(), customer.ref, now=now())
    if found is None:
        found = _by_own_login()
    if found is None:
        return _sign_in() if customer.ref is None else _no_partner(customer.ref)
    if customer.locale is None:
        i18n.speak(found.locale)
    g.firstline_partner = found
    if request.method == "POST":
        forms.check(PURPOSE)
    return None


def _by_own_login() -> desk_people.Partner | None:
    contact_id = own_session.partner_id()
    if contact_id is None:
        return None
    g.firstline_by_own_login = True
    return desk_people.partner_by_id(connection(), contact_id, now=now())


def _no_partner(ref: str) -> BaseResponse:
    applied = applications.is_waiting(connection(), ref)
    if bar(Partnership(applied=applied), now()) is Bar.AWAITING:
        text = _("The shop reads it and tells you by mail how it decided.")
        return _closed(_("Your application is here"), text, 403)
    text = _("This page is for partners, who pass codes on and earn commissions.")
    way = _("Become a partner"), url_for("firstline_partners.join")
    return _closed(_("You are not a partner yet"), text, 403, way=way)


def _sign_in() -> BaseResponse:
    shop = current_state().shop
    if logins.any_there(connection()):
        return redirect(url_for("firstline_partners.sign_in", next=forms.here()), 303)
    if isinstance(shop, RedirectsToLogin):
        return make_response(shop.login_redirect(forms.here()))
    return _closed(
        _("Please sign in"), _("Sign in to your account in the shop, then open this page again."), 401
    )


def _closed(title: str, text: str, status: int, *, way: tuple[str, str] | None = None) -> BaseResponse:
    page = render_template(
        "firstline/desk/closed.html", title=title, text=text, here="", nav=(), who="", way=way
    )
    return make_response(page, status)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep a partner's pages out of shared caches."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@blueprint.errorhandler(forms.StaleForm)
def stale_form(error: HTTPException) -> BaseResponse:
    """Lead back to the page, whose form is fresh then."""
    return done(forms.back(url_for(".start")), ok=False, text=error.description or "")


@blueprint.context_processor
def words() -> dict[str, object]:
    """Give what every page of the desk needs."""
    known = g.get("firstline_partner")
    return {
        **i18n.template_words(),
        **frame("desk"),
        "area": _("Partner desk"),
        "brand_href": url_for(".start"),
        "nav": _nav() if known else (),
        "way_out": way_out("desk"),
        "who": known.name if known else "",
        "said": outcome.heard("desk"),
        "form": forms,
        "asks_terms": bool(known) and partner_terms.to_accept(connection(), known.id),
    }


def _nav() -> tuple[Group, ...]:
    entries = (
        ("start", "home", _("Start"), ".start"),
        ("codes", "tag", _("Codes"), ".codes"),
        ("links", "link", _("Links and material"), ".links"),
        ("people", "people", _("First line"), ".people"),
        ("prospects", "chat", _("Prospects"), ".prospects"),
        ("downline", "tree", _("Downline"), ".downline"),
        ("accruals", "list", _("Commissions"), ".accruals"),
        ("payouts", "bank", _("Payouts"), ".payouts"),
        ("statements", "note", _("Statements"), ".statements"),
        ("settings", "gear", _("Settings"), ".settings"),
        *([("log_in", "lock", _("Log-in"), ".log_in")] if g.get("firstline_by_own_login") else []),
    )
    links = (Link(key=key, icon=icon, text=text, href=url_for(to)) for key, icon, text, to in entries)
    return (Group(links=tuple(links)),)


def done(address: str, *, ok: bool, text: str, code: str = "") -> BaseResponse:
    """Go back to a page and say there how it went."""
    response = redirect(address, 303)
    outcome.say(response, "desk", outcome.Said(ok=ok, text=text, code=code))
    return response


__all__ = ["PURPOSE", "Group", "Link", "blueprint", "connection", "done", "now", "partner", "release_due"]
