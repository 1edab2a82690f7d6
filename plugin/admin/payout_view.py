"""How a payout run looks on its page: whom it pays, whom it skips and why, what can be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.numbers import format_decimal
from flask import abort, render_template

from .. import i18n
from ..domain.money import exponent, major
from ..domain.payout import Method, Skip
from ..i18n import gettext as _
from ..i18n import money
from ..models import Payout, PayoutSkip
from ..payout_words import METHODS, skip_next, skip_reason
from ..services import payout_changes, payout_details, payout_runs, payout_settings
from ..services.payout_claims import minimums_of
from ..services.payout_reading import RunView, Sum, details_of, run_view
from ..state import current_state
from .edge import now, session, settings
from .payout_acting import actor
from .payouts import account_of, payout_state, run_name, run_state
from .show import contact_link, contact_name, to


def view_of(run_id: int) -> RunView:
    """Give a run, or end with 404."""
    view = run_view(session(), run_id)
    if view is None:
        abort(404)
    return view


def run_page(view: RunView, *, typed: Mapping[str, str] | None = None, problem: str = "") -> str:
    """Show a run; `typed` is what stands in its fields after a problem."""
    is_draft = view.run.state == "draft"
    ctx = current_state().context(session().connection(), now=now())
    outdated = payout_changes.outdated(ctx, view.run.id) if is_draft else {}
    four_eyes = payout_settings.load(ctx.conn).four_eyes
    return render_template(
        "firstline/admin/payout_run.html",
        here="payout_runs",
        run=view.run,
        title=run_name(view.run.id),
        state=run_state(view.run.state),
        payouts=[_row(row) for row in view.payouts],
        skips=[_skip_row(row) for row in view.skips],
        sums=view.sums,
        count=len(view.counted),
        by_method=_by_method(view),
        sums_text=sums_text(view.sums),
        files=[(one, METHODS[one.kind]) for one in view.files],
        exports=list(_exports(view)),
        outdated=[contact_name(row.partner) for row in view.payouts if row.id in outdated],
        under_way=sum(row.state in {"released", "sent"} for row in view.payouts),
        typed=typed or {},
        problem=problem,
        four_eyes=four_eyes,
        own=four_eyes and actor().id in {view.run.made_by_id, view.run.edited_by_id},
        plain=plain,
    )


def _by_method(view: RunView) -> list[tuple[str, str]]:
    sums = ((METHODS[method.value], view.by_method(method)) for method in Method)
    return [(name, sums_text(found)) for name, found in sums if found]


def _row(row: Payout) -> dict[str, object]:
    return {
        "payout": row,
        "name": contact_name(row.partner),
        "link": contact_link(row.partner),
        "method": METHODS[row.method],
        "hint": account_of(details_of(row)),
        "state": payout_state(row.state),
        "can_fail": row.state in payout_runs.POSTED,
    }


def _skip_row(row: PayoutSkip) -> dict[str, object]:
    return {
        "skip": row,
        "name": contact_name(row.partner),
        "link": contact_link(row.partner),
        "reason": reason(row),
        "next": skip_next(row.reason),
        "accruals": to("accruals", partner=row.partner_id) if row.reason != Skip.NEGATIVE.value else None,
    }


def reason(row: PayoutSkip) -> str:
    """Say why a partner is skipped."""
    minimum = money(minimums_of(settings()).get(row.currency, 0), row.currency)
    return skip_reason(row.reason, until=row.until, note=row.note, minimum=minimum)


def sums_text(sums: Sequence[Sum]) -> str:
    """Write sums of several currencies."""
    return ", ".join(money(one.amount, one.currency) for one in sums)


def plain(amount: int, currency: str) -> str:
    """Write an amount as it is typed, without its currency."""
    pattern = "0." + "0" * exponent(currency) if exponent(currency) else "0"
    return str(format_decimal(major(amount, currency), format=pattern, locale=i18n.locale()))


def _exports(view: RunView) -> list[tuple[str, str, str]]:
    """Give the files that a released run has: way, currency and what the button says."""
    if view.run.state != "released":
        return []
    return [
        (method.value, one.currency, label + f" ({sums_text([one])})")
        for method, label in ((Method.SEPA, _("SEPA file")), (Method.PAYPAL, _("PayPal file")))
        for one in view.by_method(method)
    ]


def way_to_be_paid(contact_id: int) -> tuple[str, str, datetime | None]:
    """Say how a partner is paid now, how after a change that waits, and from when."""
    known = payout_details.known(session().connection(), contact_id, now=now())
    shown = [
        "" if details is None else f"{METHODS[details.method.value]} {account_of(details)}".strip()
        for details in (known.current, known.pending)
    ]
    return shown[0], shown[1], known.pending_from
