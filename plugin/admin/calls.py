"""Calls of the shop that wait or are parked: what they said, what went wrong, and another try."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from ..i18n import lazy_gettext as _l
from ..models import Call, Outcome
from ..services.listing import AnyRow, Query
from .nouns import Column, Filter, Kind, Noun, State
from .show import to

STUCK = (Outcome.PARKED.value, Outcome.WAITING.value)


def _statement() -> Query:
    return select(Call)


def call_name(kind: str) -> str:
    """Name what the shop told."""
    return str(
        {
            "order_placed": _l("Order placed"),
            "order_changed": _l("Order changed"),
            "order_paid_by_credit": _l("Order paid by store credit"),
            "order_cancelled": _l("Order cancelled"),
            "order_completed": _l("Order completed"),
            "invoice_paid": _l("Invoice paid"),
            "invoice_refunded": _l("Refund"),
            "refund_withdrawn": _l("Refund that does not exist any more"),
            "customer_registered": _l("Sign-up"),
            "customer_changed": _l("Customer changed"),
            "customer_erased": _l("Customer erased"),
            "payment_failed": _l("Payment failed"),
            "event": _l("Event"),
        }.get(kind, kind)
    )


def call_state(outcome: str) -> State:
    """Show what became of a call."""
    return {
        Outcome.PARKED.value: State("bad", str(_l("parked"))),
        Outcome.WAITING.value: State("wait", str(_l("waits for its order"))),
    }.get(outcome, State("ok", str(_l("done"))))


def _why(row: AnyRow) -> str:
    if row.Call.outcome == Outcome.WAITING.value:
        return str(_l("The order %(ref)s is not known yet.", ref=row.Call.order_ref))
    error = str(row.Call.error or "").strip()
    return error.splitlines()[-1][:200] if error else ""


def _by_outcome(choice: str, now: datetime) -> ColumnElement[bool]:
    return Call.outcome.in_(STUCK) if choice == "stuck" else Call.outcome == choice


NOUN = Noun(
    name="calls",
    title=_l("Parked calls"),
    lead=_l("What the shop told us and could not be worked off. The sale went on; the books wait for it."),
    icon="pause",
    statement=_statement,
    keys=(Call.id.expression,),
    columns=(
        Column(
            name="kind",
            label=_l("Call"),
            value=lambda row: call_name(row.Call.kind),
            sub=lambda row: row.Call.key,
            href=lambda row: to("call", call_id=row.Call.id),
        ),
        Column(name="why", label=_l("Why"), value=_why, place="full"),
        Column(name="attempts", label=_l("Tries"), kind=Kind.COUNT, value=lambda row: row.Call.attempts),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Call.at,
            sort=Call.at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: call_state(row.Call.outcome),
        ),
    ),
    sort="-at",
    search=lambda text: or_(Call.key == text, Call.subject_ref == text, Call.order_ref == text),
    search_hint=_l("Number of the order or invoice"),
    tool="firstline/admin/calls_tool.html",
    filters=(
        Filter(
            name="outcome",
            label=_l("State"),
            where=_by_outcome,
            first="stuck",
            choices=(
                ("stuck", _l("parked or waiting")),
                (Outcome.PARKED.value, _l("parked")),
                (Outcome.WAITING.value, _l("waits for its order")),
                (Outcome.DONE.value, _l("done")),
            ),
        ),
    ),
    empty=_l("Nothing is parked and nothing waits: everything the shop told us is in the books."),
)
