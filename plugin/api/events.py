"""The endpoint of events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from ..errors import WrongFact
from ..services import events
from ..services.context import Context
from ..services.mistakes import Mistake
from ..shop import Customer
from . import facts
from .edge import blueprint, operation
from .once import act
from .people_schemas import EventSchema, NewEventSchema

WRITE, TAG = "events:write", "Events"
SOURCE = "api"
"""The source under which events of the API stand in the inbox."""
Values = Mapping[str, Any]


@operation("POST", "/events", scope=WRITE, tag=TAG)
@blueprint.arguments(NewEventSchema, example={"name": "demo_done", "customer": "1003", "data": {"seats": 12}})
@blueprint.response(201, EventSchema)
def create_event(given: Values) -> Response:
    """Record that something happened to a customer; rules follow it."""

    def work(ctx: Context) -> object:
        customer = _customer(given)
        key = given.get("ref") or uuid.uuid4().hex
        call = events.note(
            replace(ctx, told_by=SOURCE), given["name"], customer, facts.named(given["data"]), key
        )
        return {"name": given["name"], "customer": customer.ref, "new": call.new}

    return act(EventSchema(), work, status=201)


def _customer(given: Values) -> Customer:
    try:
        customer = Customer(ref=given.get("customer"), email=given.get("email"))
    except WrongFact as error:
        raise Mistake(str(error)) from error
    if customer.ref is None and not customer.email:
        raise Mistake("Give a customer number or an e-mail address.")
    return customer
