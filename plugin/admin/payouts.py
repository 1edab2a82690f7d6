"""Payouts and their runs: everything that was paid, by which way, and where it stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from ..domain.payout_details import Details
from ..domain.roles import Permission
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money
from ..models import Contact, Payout, PayoutRun, PayoutSkip
from ..payout_words import METHODS, STATES
from ..services.listing import AnyRow, Query
from ..services.payout_reading import details_of
from . import accruals
from .edge import may, session
from .nouns import Column, Filter, Kind, Money, Noun, Scope, State
from .show import contact_link, contact_name, name_of, to, who_text

RUN_STATES = {
    "draft": ("wait", _l("waits for release")),
    "released": ("ok", _l("released")),
    "discarded": ("off", _l("thrown away")),
}
_COUNT = (
    select(func.count())
    .where(Payout.run_id == PayoutRun.id, Payout.state.not_in(("discarded", "failed")))
    .correlate(PayoutRun)
    .scalar_subquery()
)
_SKIPS = select(func.count()).where(PayoutSkip.run_id == PayoutRun.id).correlate(PayoutRun).scalar_subquery()


def account_of(details: Details) -> str:
    """Hint at the account that is paid to, for those who may see bank details."""
    return details.hint if may(Permission.BANK) else ""


def payout_state(state: str) -> State:
    """Show where a payout stands."""
    tone, text = STATES[state]
    return State(tone, str(text))


def run_state(state: str) -> State:
    """Show where a run stands."""
    tone, text = RUN_STATES[state]
    return State(tone, str(text))


def run_name(run_id: int) -> str:
    """Name a run."""
    return _("Payout run %(number)s", number=run_id)


def _runs() -> Query:
    return select(PayoutRun, _COUNT.label("payouts"), _SKIPS.label("skips"))


def _run_sums(row: AnyRow) -> str:
    sums = select(Payout.currency, func.sum(Payout.amount)).where(
        Payout.run_id == row.PayoutRun.id, Payout.state.not_in(("discarded", "failed"))
    )
    found = session().execute(sums.group_by(Payout.currency).order_by(Payout.currency))
    return ", ".join(money(int(amount), currency) for currency, amount in found)


def _run_by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return PayoutRun.state == choice


RUNS = Noun(
    name="payout_runs",
    title=_l("Payout runs"),
    lead=_l("What is payable is paid in runs: look at the preview, release it, hand the file to the bank."),
    icon="bank",
    statement=_runs,
    keys=(PayoutRun.id.expression,),
    columns=(
        Column(
            name="run",
            label=_l("Run"),
            value=lambda row: run_name(row.PayoutRun.id),
            href=lambda row: to("payout_run", run_id=row.PayoutRun.id),
            sub=lambda row: _l("one partner") if row.PayoutRun.single else "",
        ),
        Column(name="payouts", label=_l("Payouts"), kind=Kind.COUNT, value=lambda row: row.payouts),
        Column(name="sum", label=_l("Sum"), value=_run_sums),
        Column(name="skips", label=_l("Skipped"), kind=Kind.COUNT, value=lambda row: row.skips),
        Column(
            name="made",
            label=_l("Made"),
            kind=Kind.MOMENT,
            value=lambda row: row.PayoutRun.made_at,
            sort=PayoutRun.made_at.expression,
        ),
        Column(name="by", label=_l("By"), value=lambda row: who_text(row.PayoutRun.made_by)),
        Column(
            name="released_by", label=_l("Released by"), value=lambda row: who_text(row.PayoutRun.released_by)
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: run_state(row.PayoutRun.state),
        ),
    ),
    sort="-made",
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_run_by_state,
            choices=tuple((state, text) for state, (_tone, text) in RUN_STATES.items()),
        ),
    ),
    makes=True,
    new_label=_l("New payout run"),
    tool="firstline/admin/payout_runs_tool.html",
    empty=_l("Nothing was paid out yet. A run shows first whom it would pay, and whom not for which reason."),
)


def _payouts() -> Query:
    return (
        select(Payout, Contact, PayoutRun)
        .join(Contact, Contact.id == Payout.partner_id)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
    )


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Payout.state == choice


def _by_method(choice: str, now: datetime) -> ColumnElement[bool]:
    return Payout.method == choice


def _search(text: str) -> ColumnElement[bool]:
    found = [Contact.ref == text, Contact.name.icontains(text, autoescape=True), Contact.email == text]
    number = text.upper().removeprefix("PAYOUT-")
    if number.isascii() and number.isdecimal() and len(number) < 18:
        found.append(Payout.id == int(number))
    return or_(*found)


NOUN = Noun(
    name="payouts",
    title=_l("Payouts"),
    lead=_l("Every payout with its way and where it stands. What was released is never changed or deleted."),
    icon="bank",
    statement=_payouts,
    keys=(Payout.id.expression,),
    columns=(
        Column(
            name="partner",
            label=_l("Partner"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sub=lambda row: f"PAYOUT-{row.Payout.id}",
            sort=name_of(Contact.name.expression),
        ),
        Column(
            name="run",
            label=_l("Run"),
            value=lambda row: run_name(row.PayoutRun.id),
            href=lambda row: to("payout_run", run_id=row.PayoutRun.id),
        ),
        Column(
            name="method",
            label=_l("Way"),
            value=lambda row: METHODS[row.Payout.method],
            sub=lambda row: account_of(details_of(row.Payout)),
        ),
        Column(
            name="payable",
            label=_l("Payable"),
            kind=Kind.MONEY,
            value=lambda row: Money(row.Payout.payable, row.Payout.currency),
        ),
        Column(
            name="amount",
            label=_l("Amount"),
            kind=Kind.MONEY,
            sort=Payout.amount.expression,
            value=lambda row: Money(row.Payout.amount, row.Payout.currency),
        ),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.DATE,
            value=lambda row: row.PayoutRun.released_at or row.PayoutRun.made_at,
            sort=PayoutRun.made_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: payout_state(row.Payout.state),
        ),
    ),
    sort="-at",
    search=_search,
    search_hint=_l("Partner or number of the payout"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((state, text) for state, (_tone, text) in STATES.items()),
        ),
        Filter(name="method", label=_l("Way"), where=_by_method, choices=tuple(METHODS.items())),
    ),
    scopes=(
        Scope(name="partner", where=lambda wanted: Payout.partner_id == wanted, label=accruals.partner_label),
    ),
    empty=_l("Here stands every payout, as soon as the first run is released."),
)
