"""What follows on an application: the e-mail address is proven, and how it goes on; the partner terms."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from .. import forms, i18n
from ..i18n import gettext as _
from ..models import ApplicationState
from ..places import places
from ..services import application_acts, applications, partner_terms, tickets
from ..services.mistakes import NotThere
from ..services.tickets import Purpose
from ..shop import Customer, RedirectsToLogin
from ..state import current_state
from .front import blueprint, message, now, page, perform, reading

_OPEN = ApplicationState.UNCONFIRMED


@blueprint.get("/join/done/<any(unconfirmed, waiting, approved, declined):how>")
def joined(how: str) -> ResponseReturnValue:
    """Say how it goes on."""
    if how == _OPEN.value:
        return message(
            _("Please look into your mail"),
            _("We have sent you a mail with a link. Open it to confirm your address; only then your "
              "application is read. Nothing came? Look into the folder for unwanted mail."),
        )  # fmt: skip
    if how == ApplicationState.APPROVED.value:
        return message(
            _("Welcome"),
            _("You are a partner now. We have sent you a mail with the way to your desk."),
            ways={_("Open my desk"): url_for("firstline_desk.start")},
        )
    if how == ApplicationState.DECLINED.value:
        return message(_("Decided already"), _("This application was decided. Please look into your mail."))
    return message(
        _("Your application is here"), _("The shop reads it and tells you by mail how it decided.")
    )


@blueprint.route("/join/<ticket>", methods=["GET", "POST"])
def confirm_join(ticket: str) -> ResponseReturnValue:
    """Show what somebody applied with; a post confirms the e-mail address. Repeating changes nothing."""
    ctx = reading()
    found = tickets.read(ctx.keys, ticket, Purpose.CONFIRM, now())
    try:
        row = None if found is None else application_acts.get(ctx.conn, found.row_id)
    except NotThere:
        row = None
    if row is None:
        ways = {_("Apply again"): url_for(".join")}
        return message(
            _("This link does not hold any more"),
            _("It holds three days. Please apply again."),
            410,
            ways=ways,
        )
    if row.state != _OPEN.value:
        return redirect(url_for(".joined", how=row.state), 303)
    if row.customer_ref is not None and row.customer_ref != (current_state().customer() or Customer()).ref:
        return _as_who_applied()
    if request.method != "POST":
        return page("confirm", row=row)
    try:
        state = perform(lambda ctx: applications.confirm(ctx, row.id, places()))
    except NotThere:
        state = ApplicationState.WAITING
    if state is None:
        return redirect(url_for("firstline_desk.start"), 303)
    return redirect(url_for(".joined", how=state.value), 303)


def _as_who_applied() -> ResponseReturnValue:
    """Ask for the account in the shop: a stranger's must not be tied to who reads the mail."""
    leads = isinstance(current_state().shop, RedirectsToLogin)
    ways = {_("Sign in with my account in the shop"): url_for(".by_shop", next=forms.here())}
    return message(
        _("Please sign in"),
        _("Sign in with the account in the shop that you applied with, then open the link once more."),
        403,
        ways=ways if leads else None,
    )


@blueprint.get("/terms")
@blueprint.get("/terms/<int:version>")
def terms(version: int | None = None) -> ResponseReturnValue:
    """Show the partner terms, the last version or one before."""
    ctx = reading()
    wanted = request.args.get("language", str(i18n.locale()))[:35]
    found = partner_terms.read(ctx.conn, wanted, otherwise=ctx.settings.locales, version=version)
    if found is None:
        raise NotFound
    return page("terms", terms=found)
