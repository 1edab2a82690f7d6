"""Who may enter the admin pages, and what the pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response as BaseResponse

from .. import forms, outcome
from ..config import Settings
from ..domain.roles import Permission, granted, only_looks, who_may
from ..i18n import gettext as _
from ..services.unit import retried, unit
from ..shop import Admin, KnowsAdmins, RedirectsToLogin
from ..state import current_state, request_time
from . import permits
from .acting import Acting
from .judging import acting_name, judged
from .role_words import only_these

blueprint = Blueprint("firstline_admin", __name__, url_prefix="/admin")
Result = TypeVar("Result")
now = request_time
PURPOSE = "admin"


def session() -> Session:
    """Give the session of this request, to read from."""
    found: Session = current_state().session()
    return found


def settings() -> Settings:
    """Give the shop's settings as they hold now."""
    return current_state().settings_now()


def admin() -> Admin:
    """Give the admin who is here."""
    found: Admin = g.firstline_admin
    return found


def permissions() -> frozenset[Permission]:
    """Give all that this admin may do."""
    found: frozenset[Permission] = g.setdefault("firstline_permissions", granted(admin().roles))
    return found


def may(permission: Permission) -> bool:
    """Say whether this admin may do something."""
    return permission in permissions()


def can(endpoint: str, part: str = "") -> bool:
    """Say whether this admin may act at an endpoint."""
    return may(permits.to_change(endpoint, part))


def can_see(endpoint: str) -> bool:
    """Say whether this admin may open a page or a file."""
    return may(permits.to_see(endpoint))


def may_write() -> bool:
    """Say whether this admin may do what this page is for."""
    endpoint = _endpoint()
    return may(permits.of_page(endpoint, permits.part_of(endpoint, request.view_args or {}, {})))


def _endpoint() -> str:
    return (request.endpoint or "").rpartition(".")[2]


def perform(work: Callable[[Acting], Result]) -> Result:
    """Act as this admin in one transaction: one commit at its end, nothing on an error.

    The work is done again where the database asks for it.
    """

    def once() -> Result:
        with unit(session()) as conn, judged(conn):
            return work(Acting(conn=conn, who=acting_name(), now=now(), settings=settings()))

    return retried(once)


class _TakenBack(Exception):  # noqa: N818 - not an error
    """Ends a rehearsal; carries what it gave."""


def rehearse(work: Callable[[Acting], Result]) -> Result:
    """Do work as `perform` would, take it back, and give what it gave."""

    def once(acting: Acting) -> Result:
        raise _TakenBack(work(acting))

    try:
        return perform(once)
    except _TakenBack as over:
        found: Result = over.args[0]
        return found


@blueprint.before_request
def only_admins() -> BaseResponse | None:
    """Let admins in; lead others to the log-in or say that the pages are closed."""
    found = _admin()
    if found is None:
        return _turned_away()
    g.firstline_admin = found
    endpoint = _endpoint()
    only_allowed(permits.to_see(endpoint))
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        part = permits.part_of(endpoint, request.view_args or {}, request.form)
        only_allowed(permits.to_change(endpoint, part))
        forms.check(PURPOSE)
    return None


def only_allowed(permission: Permission) -> None:
    """Turn away who may not do something, and say who may."""
    if may(permission):
        return
    text = only_these(who_may(permission))
    if only_looks(permissions()):
        text = _("You may look at everything here, but change nothing.") + " " + text
    raise Forbidden(text)


def _admin() -> Admin | None:
    """Give who is here, by the shop's own word; nobody where the shop does not know an admin."""
    shop = current_state().shop
    if not shop.is_admin():
        return None
    if isinstance(shop, KnowsAdmins):
        return shop.admin_identity()
    customer = current_state().customer()
    ref = customer.ref if customer is not None and customer.ref else ""
    return Admin(id=ref, name=f"admin {ref}".strip())


def _turned_away() -> BaseResponse:
    shop, customer = current_state().shop, current_state().customer()
    anonymous = customer is None or customer.ref is None
    if anonymous and request.method == "GET" and isinstance(shop, RedirectsToLogin):
        return make_response(shop.login_redirect(forms.here()))
    text = _("These pages are for the admins of the shop. Sign in as one, then open the page again.")
    return _closed(_("Closed"), text, 403)


def _closed(title: str, text: str, status: int) -> BaseResponse:
    page = render_template("firstline/admin/closed.html", title=title, text=text)
    return make_response(page, status)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """Keep the pages out of caches and out of other sites' frames."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    return response


@blueprint.errorhandler(forms.StaleForm)
def stale_form(error: HTTPException) -> BaseResponse:
    """Say that the form was open for too long; going back in the browser keeps what was typed."""
    return _closed(_("Please try again"), error.description or "", 400)


@blueprint.errorhandler(Forbidden)
@blueprint.errorhandler(NotFound)
def not_so(error: HTTPException) -> BaseResponse:
    """Say in words what is not there or not allowed."""
    missing = isinstance(error, NotFound)
    title = _("Not found") if missing else _("Not allowed")
    text = _("There is nothing here any more.") if missing else error.description or ""
    return _closed(title, text, error.code or 400)


def done(address: str, text: str, *, ok: bool = True) -> BaseResponse:
    """Go to a page and say there how the act went."""
    response = redirect(address, 303)
    outcome.say(response, "admin", outcome.Said(ok=ok, text=text))
    return response
