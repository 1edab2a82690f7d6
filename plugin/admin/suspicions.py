"""Suspicions: who earns may be who buys, two partners may be one; released or confirmed with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, or_, select, type_coerce
from sqlalchemy.orm import aliased

from ..domain.suspicion import Signal
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Contact, Document, Suspicion
from ..services import suspicion_acts
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from ..state import current_state
from ..suspicion_words import ABOUT, ACTIONS, SIGNALS, STATES, effect, evidence
from . import accruals
from .acting import Acting
from .acts import ids_of
from .common_filters import made_between, person
from .contacts import contact_label
from .edge import session
from .fields import CheckField, NounForm, TextField
from .nouns import Bulk, Column, Filter, FilterKind, Kind, Noun, Scope, State
from .show import contact_link, contact_name, document_name, why_link

_OTHER = aliased(Contact, name="Other")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A suspicion about an order in sentences; `why`, `by` and `at` where it is decided."""

    order: int
    partner: str
    seen: str
    effect: str
    open: bool
    why: str
    by: str
    at: datetime | None


def suspicions_about(document: Document) -> list[Told]:
    """Give the suspicions about an order, or about the order that an invoice is a part of."""
    order_id = document.order_id or document.id
    query = _statement().where(Suspicion.document_id == order_id).order_by(Suspicion.id)
    return [
        Told(
            order=order_id,
            partner=contact_name(row.Contact),
            seen=seen(row),
            effect=effect(row.Suspicion),
            open=row.Suspicion.closed_at is None,
            why=row.Suspicion.why,
            by=row.Suspicion.closed_by,
            at=row.Suspicion.closed_at,
        )
        for row in session().execute(query)
    ]


class ConfirmForm(NounForm):
    """Why."""

    why = TextField(_l("Reason"), needed=True, hint=_l("Stands with the suspicion and in the audit log."))


class ReleaseForm(ConfirmForm):
    """Why, and whether the two belong together."""

    allow = CheckField(
        _l("They belong together, such as a family or an office"),
        hint=_l("These two are suspected of nothing together from now on."),
    )


def _statement() -> Query:
    return (
        select(Suspicion, Contact, _OTHER, Document)
        .join(Contact, Contact.id == Suspicion.partner_id)
        .join(_OTHER, _OTHER.id == Suspicion.other_id, isouter=True)
        .join(Document, Document.id == Suspicion.document_id, isouter=True)
    )


def seen(row: AnyRow) -> str:
    """Say what was seen."""
    return evidence(row.Suspicion, contact_name(row.Other))


def suspicion_state(row: AnyRow) -> State:
    """Show how a suspicion stands."""
    tone, words = STATES[row.Suspicion.state]
    return State(tone, str(words))


def _subject(row: AnyRow) -> str:
    return document_name(row.Document) if row.Document is not None else str(ABOUT[row.Suspicion.about])


def _by(column: ColumnElement[str]) -> Callable[[str, datetime], ColumnElement[bool]]:
    return lambda choice, now: column == choice


def _by_signal(choice: str, now: datetime) -> ColumnElement[bool]:
    return type_coerce(Suspicion.signals, Text).contains(f'"{choice}"', autoescape=True)


def _release(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    ctx = current_state().context(acting.conn, now=acting.now)
    why, allow = ("", False) if form is None else (form.why.data, bool(form.allow.data))
    return suspicion_acts.release(ctx, ids_of(keys), why=why, who=acting.who, allow=allow)


def _confirm(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    ctx = current_state().context(acting.conn, now=acting.now)
    why = "" if form is None else form.why.data
    return suspicion_acts.confirm(ctx, ids_of(keys), why=why, who=acting.who)


_SIGNALS = tuple((name, words) for name, words in SIGNALS.items() if name != Signal.DOUBLE.value)
_BULK = (
    Bulk(
        name="release",
        label=_l("Release"),
        form=ReleaseForm,
        apply=_release,
        preview=lambda n: ngettext(
            "%(num)s suspicion is released: what it holds goes on with its old date, what it reversed is "
            "posted again.",
            "%(num)s suspicions are released: what they hold goes on with its old date, what they reversed "
            "is posted again.",
            n,
        ),
        done=lambda n: ngettext("%(num)s suspicion is released.", "%(num)s suspicions are released.", n),
    ),
    Bulk(
        name="confirm",
        label=_l("Confirm"),
        form=ConfirmForm,
        danger=True,
        apply=_confirm,
        preview=lambda n: ngettext(
            "%(num)s suspicion is confirmed: what was earned by the order is reversed, a reward for it is "
            "withdrawn, or payouts to the partner are blocked.",
            "%(num)s suspicions are confirmed: what was earned by the orders is reversed, rewards for them "
            "are withdrawn, or payouts to the partners are blocked.",
            n,
        ),
        done=lambda n: ngettext("%(num)s suspicion is confirmed.", "%(num)s suspicions are confirmed.", n),
    ),
)
NOUN = Noun(
    name="suspicions",
    title=_l("Suspicions"),
    lead=_l(
        "Who earns may be who buys, two partners may be one. What is held is not paid out until you decide. "
        "Partners read “being checked”, without names."
    ),
    icon="search",
    statement=_statement,
    keys=(Suspicion.id.expression,),
    key=lambda row: str(row.Suspicion.id),
    columns=(
        Column(
            name="about",
            label=_l("About"),
            value=_subject,
            href=lambda row: why_link(row.Document) if row.Document is not None else None,
        ),
        Column(
            name="partner",
            label=_l("Who earns"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(
            name="seen",
            label=_l("What was seen"),
            value=seen,
            sub=lambda row: row.Suspicion.why or effect(row.Suspicion),
            href=lambda row: contact_link(row.Other) if row.Other is not None else None,
            place="full",
        ),
        Column(
            name="at",
            label=_l("Since"),
            kind=Kind.MOMENT,
            value=lambda row: row.Suspicion.opened_at,
            sort=Suspicion.opened_at.expression,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=suspicion_state, place="corner"),
    ),
    sort="-at",
    search=lambda text: or_(
        Contact.name.icontains(text, autoescape=True), Document.ref == text, Document.number == text
    ),
    search_hint=_l("Partner or order"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by(Suspicion.state.expression),
            choices=tuple((state, words) for state, (_tone, words) in STATES.items()),
        ),
        Filter(
            name="about",
            label=_l("About"),
            where=_by(Suspicion.about.expression),
            choices=tuple(ABOUT.items()),
        ),
        Filter(name="signal", label=_l("Signal"), where=_by_signal, choices=_SIGNALS),
        Filter(
            name="action",
            label=_l("What followed"),
            where=_by(Suspicion.action.expression),
            choices=tuple((name, words) for name, words in ACTIONS.items() if name != "allow"),
            rare=True,
        ),
        Filter(name="by", label=_l("Buyer"), kind=FilterKind.TEXT, where=person(_OTHER), rare=True),
        *made_between(Suspicion.opened_at),
    ),
    scopes=(
        Scope(
            name="of",
            where=lambda wanted: or_(Suspicion.partner_id == wanted, Suspicion.other_id == wanted),
            label=contact_label,
        ),
        Scope(name="order", where=lambda wanted: Suspicion.document_id == wanted, label=accruals.order_label),
    ),
    bulk=_BULK,
    tool="firstline/admin/suspicions_tool.html",
    empty=_l("Nobody is under suspicion. Orders are looked at when they have earned, partners every night."),
)
