"""The endpoints of events and of the shop's own fields of contacts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from ..errors import WrongFact
from ..services import events, own_field_acts
from ..services.context import Context
from ..services.mistakes import Mistake
from ..shop import Customer
from . import answering
from .edge import blueprint, operation
from .once import act
from .people_schemas import (
    ContactChangeSchema,
    ContactSchema,
    EventSchema,
    NewEventSchema,
    SegmentsSchema,
)

READ, WRITE, TAG = "contacts:read", "contacts:write", "Contacts"
EVENTS, EVENTS_TAG = "events:write", "Events"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", re.ASCII)
SOURCE = "api"
"""The source under which events of the API stand in the inbox."""
Values = Mapping[str, Any]


@operation("POST", "/events", scope=EVENTS, tag=EVENTS_TAG)
@blueprint.arguments(NewEventSchema, example={"name": "demo_done", "customer": "17", "data": {"seats": 12}})
@blueprint.response(201, EventSchema)
def create_event(given: Values) -> Response:
    """Record that something happened to a customer; rules follow it."""

    def work(ctx: Context) -> object:
        customer = _customer(given)
        key = given.get("ref") or uuid.uuid4().hex
        call = events.note(replace(ctx, told_by=SOURCE), given["name"], customer, _named(given["data"]), key)
        return {"name": given["name"], "customer": customer.ref, "new": call.new}

    return act(EventSchema(), work, status=201)


def _named(data: Values) -> Values:
    """Refuse fields whose names no condition could ask for."""
    wrong = next((name for name in data if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        raise Mistake(f"{wrong[:64]!r}: the name of a field has the form {_NAME.pattern}")
    return data


def _customer(given: Values) -> Customer:
    try:
        customer = Customer(ref=given.get("customer"), email=given.get("email"))
    except WrongFact as error:
        raise Mistake(str(error)) from error
    if customer.ref is None and not customer.email:
        raise Mistake("Give a customer number or an e-mail address.")
    return customer


@operation("GET", "/contacts/<firstline_ref:ref>", scope=READ, tag=TAG)
@blueprint.response(200, ContactSchema)
def get_contact(ref: str) -> Response:
    """Give a contact by the shop's number of the customer."""
    return answering.shown(ContactSchema(), own_field_acts.shown(answering.reading(), ref))


@operation("PATCH", "/contacts/<firstline_ref:ref>", scope=WRITE, tag=TAG)
@blueprint.arguments(ContactChangeSchema, example={"fields": {"plan": "pro", "seats": 12}})
@blueprint.response(200, ContactSchema)
def change_contact(given: Values, ref: str) -> Response:
    """Change fields of the shop's own; rules follow each that changes."""

    def work(ctx: Context) -> object:
        own_field_acts.change(ctx, ref, _named(given["fields_"]))
        return own_field_acts.shown(ctx, ref)

    return act(ContactSchema(), work)


@operation("PUT", "/contacts/<firstline_ref:ref>/segments", scope=WRITE, tag=TAG)
@blueprint.arguments(SegmentsSchema, example={"segments": ["newsletter", "b2b"]})
@blueprint.response(200, ContactSchema)
def put_segments(given: Values, ref: str) -> Response:
    """Say which segments a contact is in: all of them, others end."""

    def work(ctx: Context) -> object:
        own_field_acts.put_segments(ctx, ref, given["segments"])
        return own_field_acts.shown(ctx, ref)

    return act(ContactSchema(), work)
