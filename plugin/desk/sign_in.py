"""Signing in with a log-in of our own: by password, by a mailed link; a new password by mail."""

from __future__ import annotations

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from .. import forms, partner_session, passwords
from ..i18n import gettext as _
from ..i18n import ngettext
from ..places import places
from ..services import attempts, logins, tickets
from ..services.context import Context
from ..services.logins import Account
from ..services.mails import Letter
from ..services.mistakes import TooManyTries
from ..services.tickets import Purpose, Ticket
from ..shop import RedirectsToLogin
from ..state import current_state
from . import own_session
from .front import blueprint, message, now, page, perform, reading, too_many

_LONGEST = 254


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Show the form; a post signs in by e-mail address and password."""
    if request.method != "POST":
        return redirect(_next(), 303) if own_session.partner_id() is not None else _form()
    email = _email()
    try:
        counted = logins.check_tries(reading(), email, request.remote_addr)
    except TooManyTries:
        return too_many()
    account = logins.by_email(reading(), email)
    kept = None if account is None else account.password
    if not passwords.holds(kept, request.form.get("password", "")) or account is None:
        perform(lambda ctx: attempts.count(ctx, counted))
        return _form(email, _("E-mail address and password do not fit together."), 422)
    return _signed_in(account)


def _form(email: str = "", wrong: str = "", status: int = 200) -> ResponseReturnValue:
    leads = isinstance(current_state().shop, RedirectsToLogin)
    way = url_for(".by_shop", next=_next()) if leads else ""
    return page("sign_in", status, email=email, wrong=wrong, next=_next(), shop_way=way)


def _email() -> str:
    return request.form.get("email", "").strip()[:_LONGEST]


def _next() -> str:
    return forms.local_path(request.values.get("next"), url_for("firstline_desk.start"))


def _signed_in(account: Account) -> BaseResponse:
    """Begin a session with a cookie of its own, whatever the browser had before."""
    perform(lambda ctx: logins.signed_in(ctx, account.contact_id))
    return begin(redirect(_next(), 303), account.contact_id, account.generation)


def begin(response: BaseResponse, contact_id: int, generation: int) -> BaseResponse:
    """Send the cookie of a new session along."""
    partner_session.begin(response, contact_id, generation, now())
    return response


@blueprint.get("/sign-in/shop")
def by_shop() -> ResponseReturnValue:
    """Lead to the shop's own log-in, and from there to the desk."""
    shop = current_state().shop
    if not isinstance(shop, RedirectsToLogin):
        return redirect(url_for(".sign_in"), 303)
    return make_response(shop.login_redirect(_next()))


@blueprint.post("/sign-in/link")
def send_link() -> ResponseReturnValue:
    """Send a link that signs in; the answer is the same whether the address is known or not."""
    return _mailed(Letter.LOG_IN)


@blueprint.route("/password", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Ask for the address; a post sends a link by which a new password is set."""
    return _mailed(Letter.PASSWORD) if request.method == "POST" else page("forgot")


def _mailed(letter: Letter) -> ResponseReturnValue:
    email, where = _email(), places()
    link = where.link if letter is Letter.LOG_IN else where.password
    told = {"link": link, "shop": where.shop}
    try:
        perform(lambda ctx: logins.send_link(ctx, email, letter, told, request.remote_addr))
    except TooManyTries:
        return too_many()
    return message(
        _("Please look into your mail"),
        _("If this is the address of a partner with a log-in here, a mail with a link is on its way. With an "
          "account in the shop, sign in there."),
        ways={_("Back"): url_for(".sign_in")},
    )  # fmt: skip


@blueprint.route("/sign-in/by/<ticket>", methods=["GET", "POST"])
def sign_in_by_link(ticket: str) -> ResponseReturnValue:
    """Show a button, since programs that look into mails open links; a post signs in, once."""
    found = _ticket(ticket, Purpose.LOG_IN)
    if found is None:
        return _used_up()
    if request.method != "POST":
        return page("by_link")
    account = perform(lambda ctx: logins.redeem(ctx, found))
    return _used_up() if account is None else _signed_in(account)


@blueprint.route("/password/<ticket>", methods=["GET", "POST"])
def new_password(ticket: str) -> ResponseReturnValue:
    """Show the form for a new password; a post sets it, once, and signs in."""
    found = _ticket(ticket, Purpose.PASSWORD)
    if found is None:
        return _used_up()
    problem = password_problem(request.form.get("new", "")) if request.method == "POST" else ""
    if request.method != "POST" or problem:
        return page("password", 422 if problem else 200, problem=problem, shortest=passwords.SHORTEST)
    hashed = passwords.hashed(request.form["new"])

    def work(ctx: Context) -> Account | None:
        account = logins.redeem(ctx, found)
        if account is None:
            return None
        who = f"partner:{account.contact_id}"
        generation = logins.set_password(ctx, account.contact_id, hashed, who=who)
        return Account(contact_id=account.contact_id, password=hashed, generation=generation)

    account = perform(work)
    return _used_up() if account is None else _signed_in(account)


def password_problem(password: str) -> str:
    """Say what is wrong with a new password; "" for nothing."""
    if len(password) < passwords.SHORTEST:
        return ngettext(
            "Please take %(num)s character at least.",
            "Please take %(num)s characters at least.",
            passwords.SHORTEST,
        )
    return _("This is too long.") if len(password) > passwords.LONGEST else ""


def _ticket(text: str, purpose: Purpose) -> Ticket | None:
    ctx = reading()
    found = tickets.read(ctx.keys, text, purpose, now())
    return found if found is not None and logins.is_fresh(ctx, found) else None


def _used_up() -> ResponseReturnValue:
    return message(
        _("This link does not hold any more"),
        _("It works once and for some time only. Please ask for another one."),
        410,
        ways={_("Send me a link instead"): url_for(".sign_in"), _("Set a new password"): url_for(".forgot")},
    )
