"""The log of webhooks: each call with its tries; made again by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from flask import abort, render_template
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from ..domain.postback import host_of
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import WebhookDelivery, WebhookEndpoint, WebhookState, WebhookTry
from ..services import webhook_calls
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from .acting import Acting
from .acts import ids_of
from .edge import blueprint, done, perform, session
from .event_words import event_name
from .fields import NounForm
from .nouns import Bulk, Column, Filter, Kind, Noun, Scope, State
from .show import to, to_seen

_STATES = {
    WebhookState.SENT.value: ("ok", _l("taken")),
    WebhookState.DEAD.value: ("bad", _l("given up")),
    WebhookState.WAITING.value: ("wait", _l("waits")),
}


def _state(delivery: WebhookDelivery) -> State:
    tone, text = _STATES[delivery.state]
    return State(tone, str(text))


@blueprint.get("/webhook_deliveries/<firstline_id:delivery_id>")
def webhook_delivery(delivery_id: int) -> str:
    """Show one call: what was sent, and each try."""
    row = session().get(WebhookDelivery, delivery_id)
    if row is None:
        abort(404)
    tries = select(WebhookTry).where(WebhookTry.delivery_id == delivery_id).order_by(WebhookTry.id.desc())
    endpoint = session().get_one(WebhookEndpoint, row.endpoint_id)
    return render_template(
        "firstline/admin/webhook_delivery.html",
        here="webhook_deliveries",
        row=row,
        endpoint=endpoint,
        endpoint_name=_endpoint_name(endpoint),
        endpoint_link=_of_endpoint(endpoint),
        name=event_name(row.event),
        state=_state(row),
        body=json.dumps(json.loads(row.body), indent=2, ensure_ascii=False),
        tries=session().scalars(tries.limit(50)).all(),
        can_replay=row.state != WebhookState.WAITING.value and endpoint.removed_at is None,
    )


@blueprint.post("/webhook_deliveries/<firstline_id:delivery_id>/again")
def webhook_replay(delivery_id: int) -> BaseResponse:
    """Make a call again, under the same id."""
    if session().get(WebhookDelivery, delivery_id) is None:
        abort(404)
    again = perform(lambda act: webhook_calls.replay(act, delivery_id, who=act.who))
    text = (
        _("It is called again at the worker's next round.")
        if again
        else _("This call waits already, or its endpoint was deleted.")
    )
    return done(to("webhook_delivery", delivery_id=delivery_id), text, ok=again)


def _replay(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    return Tally(changed=sum(webhook_calls.replay(act, key, who=act.who) for key in ids_of(keys)))


def _label(current: Session, endpoint_id: int) -> str | None:
    row = current.get(WebhookEndpoint, endpoint_id)
    return _endpoint_name(row) if row is not None else None


def _statement() -> Query:
    return select(WebhookDelivery, WebhookEndpoint).join(
        WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id
    )


def _endpoint_link(row: AnyRow) -> str | None:
    return _of_endpoint(row.WebhookEndpoint)


def _of_endpoint(endpoint: WebhookEndpoint) -> str | None:
    """Give the page of an endpoint, of a partner's own the card; None where nobody may open it."""
    if endpoint.partner_id is not None:
        return to("card", contact_id=endpoint.partner_id)
    return None if endpoint.removed_at is not None else to_seen("webhook_edit", endpoint_id=endpoint.id)


def _endpoint_name(endpoint: WebhookEndpoint) -> str:
    """Name an endpoint; a partner's own by its host."""
    return endpoint.name if endpoint.partner_id is None else f"{host_of(endpoint.url)} ({endpoint.name})"


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return WebhookDelivery.state == choice


NOUN = Noun(
    name="webhook_deliveries",
    title=_l("Calls of webhooks"),
    short=_l("Webhook log"),
    lead=_l("What was sent to which endpoint, and what it answered; kept for 30 days."),
    icon="play",
    statement=_statement,
    keys=(WebhookDelivery.id.expression,),
    key=lambda row: str(row.WebhookDelivery.id),
    columns=(
        Column(
            name="event",
            label=_l("What"),
            value=lambda row: event_name(row.WebhookDelivery.event),
            sub=lambda row: row.WebhookDelivery.webhook_id,
            href=lambda row: to("webhook_delivery", delivery_id=row.WebhookDelivery.id),
            place="full",
        ),
        Column(
            name="endpoint",
            label=_l("Endpoint"),
            value=lambda row: _endpoint_name(row.WebhookEndpoint),
            href=_endpoint_link,
        ),
        Column(name="tries", label=_l("Tries"), kind=Kind.COUNT, value=lambda row: row.WebhookDelivery.tries),
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.WebhookDelivery.created_at,
            sort=WebhookDelivery.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            place="corner",
            value=lambda row: _state(row.WebhookDelivery),
        ),
    ),
    sort="-at",
    search=lambda text: or_(
        WebhookDelivery.webhook_id == text, WebhookDelivery.event.icontains(text, autoescape=True)
    ),
    search_hint=_l("Id of the call"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((state, text) for state, (_tone, text) in _STATES.items()),
        ),
    ),
    scopes=(Scope(name="of", where=lambda wanted: WebhookDelivery.endpoint_id == wanted, label=_label),),
    bulk=(
        Bulk(
            name="replay",
            label=_l("Call again"),
            apply=_replay,
            preview=lambda n: ngettext("%(num)s call is made again.", "%(num)s calls are made again.", n),
            done=lambda n: ngettext("%(num)s call is made again.", "%(num)s calls are made again.", n),
        ),
    ),
    empty=_l("Nothing was called yet."),
)
