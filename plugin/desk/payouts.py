"""Payouts: what was paid by which way, what comes next, and how the partner wants to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from .. import i18n
from ..csv_file import csv_response
from ..domain.bank import grouped
from ..domain.money import major
from ..domain.payout import Method, Skip
from ..domain.payout_details import Details
from ..i18n import gettext as _
from ..i18n import money
from ..models import Payout
from ..payout_words import METHODS, STATES, problem_text, skip_reason
from ..services import desk_start, payout_details, payout_reading, payout_settings
from ..services.payout_claims import minimums_of
from ..services.payout_details import BadDetails, Known
from ..services.unit import unit
from ..state import current_state
from .gate import blueprint, connection, done, now, partner, release_due

FIELDS = ("holder", "iban", "bic", "street", "house", "postcode", "town", "country", "paypal")


def session() -> Session:
    """Give the session of this request, to read from."""
    found: Session = current_state().session()
    return found


@blueprint.get("/payouts")
def payouts() -> str:
    """Show what was paid, and what speaks against the next payout."""
    release_due()
    settings, me = current_state().settings, partner()
    owed = desk_start.balances(connection(), me.id, currency=settings.currency)
    known = payout_details.known(connection(), me.id, now=now())
    minimums = minimums_of(settings)
    return render_template(
        "firstline/desk/payouts.html",
        here="payouts",
        owed=[(row, minimums.get(row.currency, 0), _last_reason(row.currency)) for row in owed],
        rows=[_row(payout, code) for payout, code in payout_reading.payouts_of(session(), me.id)],
        known=known,
        current=_way(known.current),
        pending=_way(known.pending),
        pending_day=_day(known.pending_from),
        pending_since=_day(known.pending_since),
        blocked=payout_details.blocked(connection(), me.id),
    )


def _row(payout: Payout, code: str | None) -> dict[str, object]:
    tone, state = STATES[payout.state]
    return {
        "payout": payout,
        "at": payout.run.released_at,
        "method": METHODS[payout.method],
        "hint": code or payout_reading.details_of(payout).hint,
        "tone": tone,
        "state": str(state),
    }


def _way(details: Details | None) -> str:
    return "" if details is None else f"{METHODS[details.method.value]} {details.hint}".strip()


def _day(moment: datetime | None) -> str:
    return "" if moment is None else i18n.day_text(i18n.local(moment).date())


def _last_reason(currency: str) -> str:
    """Say why the last run paid nothing, where that is for the partner to know."""
    skip = payout_reading.last_skip(session(), partner().id, currency)
    if skip is None or skip.reason in {Skip.BLOCKED.value, Skip.OTHER_RUN.value, Skip.LEFT_OUT.value}:
        return ""
    minimum = money(minimums_of(current_state().settings).get(currency, 0), currency)
    return skip_reason(skip.reason, until=skip.until, note="", minimum=minimum)


@blueprint.get("/payouts.csv")
def payouts_csv() -> Response:
    """Send all payouts as a file."""
    head = (_("Payout"), _("Released on"), _("Way"), _("Amount"), _("Currency"), _("State"))
    rows = [
        (f"PAYOUT-{payout.id}", _iso(payout.run.released_at), METHODS[payout.method],
         major(payout.amount, payout.currency), payout.currency, STATES[payout.state][1])
        for payout, _code in payout_reading.payouts_of(session(), partner().id, most=10_000)
    ]  # fmt: skip
    return csv_response("payouts", head, rows)


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else i18n.local(moment).date().isoformat()


@blueprint.route("/payouts/details", methods=["GET", "POST"])
def payout_details_form() -> str | BaseResponse | tuple[str, int]:
    """Show the form for how the partner wants to be paid; a post keeps it."""
    known = payout_details.known(connection(), partner().id, now=now())
    if request.method != "POST":
        return _form(_kept(known), {})
    typed = {name: request.form.get(name, "")[:254] for name in ("method", *FIELDS)}
    if typed["method"] not in METHODS:
        return _form(typed, {"method": _("Please choose one.")}), 422
    wanted = Details.of(Method(typed["method"]), typed)
    me = partner()
    try:
        with unit(current_state().session()) as conn:
            saved = payout_details.save(conn, me.id, wanted, who=me.signature, now=now())
    except BadDetails as bad:
        return _form(typed, {name: problem_text(problem) for name, problem in bad.problems.items()}), 422
    if saved.pending is None:
        return done(url_for(".payouts"), ok=True, text=_("You are paid by: %(way)s", way=_way(saved.current)))
    text = _(
        "The change holds from %(day)s on. Until then nothing is paid out.", day=_day(saved.pending_from)
    )
    return done(url_for(".payouts"), ok=True, text=text)


@blueprint.post("/payouts/details/withdraw")
def withdraw_payout_details() -> BaseResponse:
    """Take a change back that waits."""
    me = partner()
    with unit(current_state().session()) as conn:
        changed = payout_details.withdraw(conn, me.id, who=me.signature, now=now())
    text = _("The change is taken back. You are paid as before.") if changed else _("No change is waiting.")
    return done(url_for(".payouts"), ok=changed, text=text)


def _kept(known: Known) -> dict[str, str]:
    """Fill the form with what is kept, but for the account: it is typed anew."""
    details = known.pending or known.current
    if details is None:
        return {"method": Method.SEPA.value, "holder": partner().name}
    kept = {name: value for name, value in details.data.items() if name not in {"iban", "bic", "paypal"}}
    return {"method": details.method.value, **kept}


def _form(typed: Mapping[str, str], problems: Mapping[str, str]) -> str:
    known = payout_details.known(connection(), partner().id, now=now())
    return render_template(
        "firstline/desk/payout_details.html",
        here="payouts",
        typed={name: typed.get(name, "") for name in FIELDS},
        iban=grouped(typed.get("iban", "").replace(" ", "")),
        chosen=typed.get("method", ""),
        methods=[(name, str(text), _hint(name)) for name, text in METHODS.items()],
        problems=problems,
        current=_way(known.pending or known.current),
        days=payout_settings.load(connection()).cool_down_days,
        changes=known.current is not None,
    )


def _hint(method: str) -> str:
    return {
        Method.SEPA.value: _("To an account in the SEPA countries; the account holder must be you."),
        Method.PAYPAL.value: _("To the e-mail address of your PayPal account."),
        Method.CASH.value: _("You fetch it at the shop."),
        Method.CREDIT.value: _("As a code that only you can redeem in the shop."),
    }[method]
