"""Disputes: chargebacks that are open, were won or lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from ..i18n import lazy_gettext as _l
from ..models import Dispute, DisputeState, Document
from ..services.listing import AnyRow, Query
from . import accruals
from .nouns import Column, Filter, Kind, Noun, Scope, State
from .show import document_name, to, who_text, why_link

STATES = (
    (DisputeState.OPEN.value, "bad", _l("open")),
    (DisputeState.WON.value, "ok", _l("won")),
    (DisputeState.LOST.value, "off", _l("lost")),
)


def _statement() -> Query:
    return select(Dispute, Document).join(Document, Document.id == Dispute.document_id)


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return Dispute.state == choice


def dispute_state(row: AnyRow) -> State:
    """Show where a dispute stands."""
    return next(State(tone, str(text)) for state, tone, text in STATES if state == row.Dispute.state)


NOUN = Noun(
    name="disputes",
    title=_l("Disputes"),
    lead=_l(
        "Chargebacks. While one is open, what the order earns is neither released nor paid out. "
        "A new one is opened on the page of the order."
    ),
    icon="warn",
    statement=_statement,
    keys=(Dispute.id.expression,),
    columns=(
        Column(
            name="order",
            label=_l("Order"),
            value=lambda row: document_name(row.Document),
            href=lambda row: why_link(row.Document),
        ),
        Column(
            name="reason",
            label=_l("Reason"),
            value=lambda row: row.Dispute.reason,
            sub=lambda row: row.Dispute.outcome,
            place="full",
        ),
        Column(
            name="opened",
            label=_l("Opened"),
            kind=Kind.MOMENT,
            value=lambda row: row.Dispute.opened_at,
            sort=Dispute.opened_at.expression,
        ),
        Column(
            name="who",
            label=_l("Who"),
            value=lambda row: who_text(row.Dispute.opened_by),
            sub=lambda row: who_text(row.Dispute.closed_by),
        ),
        Column(name="closed", label=_l("Decided"), kind=Kind.MOMENT, value=lambda row: row.Dispute.closed_at),
        Column(
            name="accruals",
            label=_l("Commissions"),
            value=lambda row: _l("Show"),
            href=lambda row: to("accruals", order=row.Dispute.document_id),
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=dispute_state, place="corner"),
    ),
    sort="-opened",
    search=lambda text: or_(Document.ref == text, Document.number == text),
    search_hint=_l("Order"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((state, text) for state, _tone, text in STATES),
        ),
    ),
    scopes=(
        Scope(name="order", where=lambda wanted: Dispute.document_id == wanted, label=accruals.order_label),
    ),
    empty=_l("There are no disputes. One is opened on the page of an order."),
)
