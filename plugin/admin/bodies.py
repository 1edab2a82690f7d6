"""What other shops sent: as it came, what it brought, why it was ignored or failed; worked off again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import abort, render_template
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money, ngettext
from ..models import Body, BodyState, Source
from ..services import bodies
from ..services.code_acts import Tally
from ..services.listing import Query
from .acting import Acting
from .acts import ids_of
from .edge import blueprint, done, perform, session
from .fields import NounForm
from .nouns import Bulk, Column, Filter, Kind, Noun, Scope, State
from .reason_words import reason_words
from .show import to, to_seen

_STATES = {
    BodyState.WAITING.value: ("wait", _l("waits")),
    BodyState.DONE.value: ("ok", _l("done")),
    BodyState.IGNORED.value: ("off", _l("ignored")),
    BodyState.FAILED.value: ("bad", _l("failed")),
}
_CAME_BY = {"webhook": _l("by webhook"), "file": _l("from a file"), "pull": _l("fetched")}
_FACTS: Mapping[str, str] = {
    "placed": _l("Order placed"),
    "changed": _l("Order changed"),
    "paid": _l("Paid"),
    "payment_failed": _l("Payment failed"),
    "refunded": _l("Refund"),
    "withdrawn": _l("Refund that does not exist any more: earned again"),
    "refund_missing": _l("Refund that is missing here: please look into the shop"),
    "completed": _l("Order completed"),
    "cancelled": _l("Order cancelled"),
    "reopened": _l("Goes on there after it was cancelled: here it stays cancelled"),
    "customer": _l("Customer"),
    "foreign_code": _l("Code that is not ours"),
    "code_flagged": _l("Code that did not hold"),
    "no_lines": _l("Order without lines: nothing was done"),
    "waits": _l("Waits for its order"),
}


_IGNORED: Mapping[str, str] = {
    "topic": _l("Only orders and customers say something to us: this topic need not be sent."),
    "draft": _l("A draft: the order is not placed yet."),
    "test": _l("A test order: nothing was sold."),
    "customer_deleted": _l(
        "A customer was deleted there. Who is to be forgotten here is erased on the card."
    ),
}


def reason_text(body: Body) -> str:
    """Say why a body was ignored, or what failed."""
    return str(_IGNORED.get(body.reason, body.reason))


def _state(body: Body) -> State:
    if body.flagged:
        return State("wait", _("to be looked at"))
    tone, text = _STATES[body.state]
    return State(tone, str(text))


def fact_text(fact: Mapping[str, Any]) -> str:
    """Say one thing that a body brought."""
    about = str(fact.get("about") or "")
    if fact["kind"] == "code_flagged":
        about = reason_words(about)
    amount = fact.get("amount")
    if amount is not None and fact.get("currency"):
        about = f"{about} {money(amount, fact['currency'])}".strip()
    name = str(_FACTS.get(fact["kind"], fact["kind"]))
    return f"{name}: {about}" if about else name


def facts_text(facts: Sequence[Mapping[str, Any]]) -> str:
    """Say in one line what a body brought."""
    return "; ".join(map(fact_text, facts))


@blueprint.get("/bodies/<firstline_id:body_id>")
def body(body_id: int) -> str:
    """Show one body: what it brought, and what it says."""
    row = session().get(Body, body_id)
    if row is None:
        abort(404)
    return render_template(
        "firstline/admin/body.html",
        here="bodies",
        row=row,
        source=session().get_one(Source, row.source_id),
        state=_state(row),
        came_by=_CAME_BY[row.came_by],
        reason=reason_text(row),
        facts=[fact_text(fact) for fact in row.facts],
        content=_pretty(row.content),
        can_again=row.state in (BodyState.FAILED.value, BodyState.IGNORED.value),
    )


def _pretty(content: str) -> str:
    try:
        return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return content


@blueprint.post("/bodies/<firstline_id:body_id>/again")
def body_again(body_id: int) -> BaseResponse:
    """Let a body be worked off again, at once; or note that somebody has looked at it."""
    row = session().get(Body, body_id)
    if row is None:
        abort(404)
    here = to("body", body_id=body_id)
    if row.flagged:
        perform(lambda act: bodies.looked_at(act, body_id, who=act.who))
        return done(here, _("Noted: it was looked at."))
    if not perform(lambda act: bodies.again(act, body_id, who=act.who)):
        return done(here, _("There is nothing to do: it is done or waits already."), ok=False)
    return done(here, _("It is worked off at the worker's next round."))


def _again(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    return Tally(changed=sum(bodies.again(act, key, who=act.who) for key in ids_of(keys)))


def _statement() -> Query:
    return select(Body, Source).join(Source, Source.id == Body.source_id)


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    if choice == "see":
        return or_(Body.flagged, Body.state == BodyState.FAILED.value)
    return Body.state == choice


def _label(current: Session, source_id: int) -> str | None:
    row = current.get(Source, source_id)
    return row.name if row is not None else None


def _brought(row: Any) -> str:  # noqa: ANN401 - a row of the list
    return reason_text(row.Body) or facts_text(row.Body.facts)


NOUN = Noun(
    name="bodies",
    title=_l("Received from other shops"),
    short=_l("Received"),
    lead=_l("What other shops sent, as it came; what is worked off is kept for 90 days."),
    icon="mail",
    statement=_statement,
    keys=(Body.id.expression,),
    key=lambda row: str(row.Body.id),
    columns=(
        Column(
            name="topic",
            label=_l("What"),
            value=lambda row: row.Body.order_ref or row.Body.topic or _l("without a topic"),
            sub=lambda row: row.Body.topic,
            href=lambda row: to("body", body_id=row.Body.id),
        ),
        Column(name="brought", label=_l("What it brought"), value=_brought, place="full"),
        Column(
            name="source",
            label=_l("Shop"),
            value=lambda row: row.Source.name,
            href=lambda row: to_seen("source_edit", source_id=row.Source.id),
        ),
        Column(name="times", label=_l("Times"), kind=Kind.COUNT, value=lambda row: row.Body.times),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Body.at,
            sort=Body.at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: _state(row.Body),
        ),
    ),
    sort="-at",
    search=lambda text: or_(Body.order_ref == text, Body.order_ref.endswith(f":{text}", autoescape=True)),
    search_hint=_l("Number of the order"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(
                ("see", _l("failed or to be looked at")),
                *((state, text) for state, (_tone, text) in _STATES.items()),
            ),
        ),
    ),
    scopes=(Scope(name="of", where=lambda wanted: Body.source_id == wanted, label=_label),),
    bulk=(
        Bulk(
            name="again",
            label=_l("Work off again"),
            apply=_again,
            preview=lambda n: ngettext("%(num)s is worked off again.", "%(num)s are worked off again.", n),
            done=lambda n: ngettext("%(num)s is worked off again.", "%(num)s are worked off again.", n),
        ),
    ),
    makes=True,
    new_label=_l("Take in a file"),
    empty=_l("Nothing has come yet."),
)
