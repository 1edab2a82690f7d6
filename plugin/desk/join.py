"""The public page for new partners: apply, prove the e-mail address, read the partner terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from .. import i18n
from ..cart import holders_of
from ..i18n import gettext as _
from ..models import ApplicationState
from ..places import places
from ..services import (
    applications,
    attempts,
    desk_people,
    joined_by,
    partner_terms,
)
from ..services.applications import Wanted
from ..services.context import Context
from ..services.joined_by import Signs
from ..services.mistakes import BadApplication, TooManyTries
from ..services.partner_terms import Text
from ..shop import Customer
from ..state import current_state
from . import own_session
from .front import blueprint, now, page, perform, reading, too_many

_LONGEST = {"name": 200, "email": 254, "company": 200, "phone": 64, "site": 200, "code": 64}
_OPEN = ApplicationState.UNCONFIRMED


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the form, and what is wrong with it, by field."""

    values: Mapping[str, str]
    problems: Mapping[str, str]


@blueprint.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """Show the form for new partners; a post applies."""
    elsewhere = _is_known()
    if elsewhere is not None:
        return elsewhere
    customer, terms = _customer(), _terms()
    if request.method != "POST":
        start = {"name": customer.name or "", "email": customer.email or "", "phone": customer.phone or "",
                 "code": request.args.get("code", "")[:64]}  # fmt: skip
        return _form(Typed(values=start, problems={}), customer, terms)
    typed = {
        name: " ".join(request.form.get(name, "").split())[:longest] for name, longest in _LONGEST.items()
    }
    problems = _problems(typed, terms, proven=_is_proven(customer))
    if problems:
        return _form(Typed(values=typed, problems=problems), customer, terms, 422)
    try:
        state = _applied(typed, customer, terms)
    except TooManyTries:
        return too_many()
    except BadApplication as mistake:
        if mistake.field == "code":
            _count_code()
        problems = {mistake.field: _problem(mistake.field)}
        return _form(Typed(values=typed, problems=problems), customer, terms, 422)
    if state is None:
        return redirect(url_for("firstline_desk.start"), 303)
    return redirect(url_for(".joined", how=state.value), 303)


def _applied(typed: Mapping[str, str], customer: Customer, terms: Text | None) -> ApplicationState | None:
    proven = _is_proven(customer)
    wanted = Wanted(
        name=typed["name"],
        email=customer.email or "" if proven else typed["email"],
        company=typed["company"],
        phone=typed["phone"],
        site=_whole(typed["site"]),
        locale=str(i18n.locale()),
        customer_ref=customer.ref,
        proven=proven,
    )
    signs, client = _signs(typed["code"]), request.remote_addr

    def work(ctx: Context) -> ApplicationState | None:
        who = Customer(ref=wanted.customer_ref, email=wanted.email)
        owner = joined_by.owner_of(ctx, who, signs)
        return applications.apply(ctx, wanted, owner, terms, places(), client)

    return perform(work)


def _is_known() -> ResponseReturnValue | None:
    """Lead partners to their desk, and tell who waits for the decision."""
    if own_session.partner_id() is not None:
        return redirect(url_for("firstline_desk.start"), 303)
    customer = _customer()
    if customer.ref is None:
        return None
    ctx = reading()
    found = desk_people.find_partner(ctx.conn, customer.ref, now=now())
    if found is not None and found.active:
        return redirect(url_for("firstline_desk.start"), 303)
    if applications.is_waiting(ctx.conn, customer.ref):
        return redirect(url_for(".joined", how=ApplicationState.WAITING.value), 303)
    return None


def _customer() -> Customer:
    return current_state().customer() or Customer()


def _is_proven(customer: Customer) -> bool:
    return bool(customer.ref and customer.email and customer.email_verified)


def _terms() -> Text | None:
    ctx = reading()
    return partner_terms.read(ctx.conn, str(i18n.locale()), otherwise=ctx.settings.locales)


def _signs(code: str) -> Signs:
    tracking_id = request.values.get("partner", "")[:64]
    client = request.remote_addr
    holders = holders_of(None, current_state().customer())
    return Signs(
        holders=holders,
        code=code,
        tracking_id=tracking_id,
        host=request.host.partition(":")[0],
        client=client,
    )


def _count_code() -> None:
    """Count a wrong code as at the coupon field, so that none are found out here."""
    where = attempts.places(_signs("").holders, request.remote_addr)
    perform(lambda ctx: attempts.count(ctx, where))


def _form(typed: Typed, customer: Customer, terms: Text | None, status: int = 200) -> ResponseReturnValue:
    return page(
        "join",
        status,
        typed={**dict.fromkeys(_LONGEST, ""), **typed.values},
        problems=typed.problems,
        longest=_LONGEST,
        fixed_email=customer.email if _is_proven(customer) else None,
        terms=terms,
        sponsor=joined_by.sponsor_name(reading(), _signs("")),
        tracking_id=_signs("").tracking_id,
        approval=current_state().settings_now().partner_approval,
        with_account=customer.ref is not None,
    )


def _problems(typed: Mapping[str, str], terms: Text | None, *, proven: bool) -> dict[str, str]:
    wanted = Wanted(name=typed["name"], email="" if proven else typed["email"], site=_whole(typed["site"]))
    found = {name: _problem(name) for name in applications.wrong_fields(wanted, proven=proven)}
    wrong = [name for name, text in typed.items() if not text.isprintable()]
    found |= {name: _("There is a character in it that cannot be shown.") for name in wrong}
    if terms is not None and request.form.get("version") != str(terms.version):
        found["terms"] = _("The partner terms have changed. Please read them again.")
    elif terms is not None and "terms" not in request.form:
        found["terms"] = _("Please accept the partner terms.")
    return found


def _problem(field: str) -> str:
    return {
        "name": _("Please give your name."),
        "email": _("This is no e-mail address."),
        "site": _("This is no address of a web site, such as https://meier.example"),
        "code": _("This code does not hold. Leave the field empty if you have none."),
    }[field]


def _whole(site: str) -> str:
    return f"https://{site}" if site and "://" not in site else site
