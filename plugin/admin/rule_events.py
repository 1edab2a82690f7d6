"""The events that rules follow, as a list."""

from __future__ import annotations

import json

from sqlalchemy import select

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Contact, Event
from ..rule_words import TRIGGERS, data_words
from ..services.listing import AnyRow
from .contacts import contact_label
from .nouns import Column, Data, Filter, Kind, Noun, Scope
from .show import contact_link, contact_name


def kind_words(event: Event) -> str:
    """Name an event: what it is, and by which name."""
    words = str(TRIGGERS.get(event.kind, _("a span of time is over")))
    return f"{words}: {event.name}" if event.name else words


def _content(row: AnyRow) -> Data | str:
    data = row.Event.data
    return Data(data_words(data), json.dumps(data, ensure_ascii=False)) if data else ""


NOUN = Noun(
    name="rule_events",
    title=_l("Events"),
    lead=_l("What happened, each once: rules follow it, and can be tried against it."),
    icon="note",
    statement=lambda: select(Event, Contact).join(Contact, Contact.id == Event.contact_id),
    keys=(Event.id.expression,),
    columns=(
        Column(
            name="at",
            label=_l("When"),
            kind=Kind.MOMENT,
            value=lambda row: row.Event.at,
            sort=Event.at.expression,
        ),
        Column(name="what", label=_l("What"), value=lambda row: kind_words(row.Event), place="full"),
        Column(
            name="who",
            label=_l("Whose"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(name="data", label=_l("Content"), kind=Kind.DATA, value=_content, place="full"),
    ),
    sort="-at",
    filters=(
        Filter(
            name="kind",
            label=_l("What"),
            where=lambda choice, now: Event.kind == choice,
            choices=tuple(TRIGGERS.items()),
        ),
    ),
    scopes=(Scope(name="of", where=lambda wanted: Event.contact_id == wanted, label=contact_label),),
    empty=_l("No event was kept yet. The worker keeps what the shop tells."),
)
