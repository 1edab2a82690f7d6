"""The endpoints of contacts: told, changed, listed, exported, erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from ..cart import told_holders
from ..errors import WrongFact
from ..services import audit, contact_lists, customers, erasing, own_field_acts, person_export
from ..services.attempted import in_savepoint
from ..services.carts import Holders
from ..services.context import Context
from ..shop import Customer
from . import answering, facts
from .contact_schemas import (
    ContactChangeSchema,
    ContactPageSchema,
    ContactQuerySchema,
    ContactSchema,
    ContactToldSchema,
    HistoryPageSchema,
    NewContactSchema,
    PersonSchema,
    SegmentsSchema,
)
from .edge import blueprint, operation
from .once import act
from .pages import PageQuerySchema

READ, WRITE, TAG = "contacts:read", "contacts:write", "Contacts"
ERASE, EXPORT = "contacts:erase", "contacts:export"
Values = Mapping[str, Any]


@operation("GET", "/contacts", scope=READ, tag=TAG)
@blueprint.arguments(ContactQuerySchema, location="query")
@blueprint.response(200, ContactPageSchema)
def list_contacts(asked: Values) -> Response:
    """List contacts, the oldest first; those of a first line by its sponsor."""
    ctx = answering.reading()
    conditions = contact_lists.contacts_where(ctx.now, **answering.narrowing(asked))
    return answering.listed(
        ContactPageSchema(),
        contact_lists.CONTACTS,
        conditions,
        asked,
        lambda row: contact_lists.shown(ctx, row),
    )


@operation("POST", "/contacts", scope=WRITE, tag=TAG)
@blueprint.arguments(
    NewContactSchema,
    example={"ref": "1003", "email": "ina@example.org", "name": "Ina Test", "code": "VonMeier"},
)
@blueprint.response(201, ContactToldSchema)
@blueprint.alt_response(200, schema=ContactToldSchema, description="It was known before.", success=True)
def register_contact(given: Values) -> Response:
    """Tell of somebody who signed up; a code with an owner attaches the new address to a first line."""
    told = {name: value for name, value in given.items() if name not in {"code", "visitor"}}
    customer, code = _customer(told), given.get("code")
    holders = told_holders(None, given.get("visitor"), customer.ref)

    def work(ctx: Context) -> object:
        known = customers.find_id(ctx, customer)
        view = in_savepoint(ctx, lambda inner: customers.register(inner, customer, code, holders))
        row = contact_lists.one(ctx, known or customers.find_id(ctx, customer) or 0)
        return {**contact_lists.shown(ctx, row), "new": known is None, "refusal": view.refusal}

    return act(ContactToldSchema(), work, status=answering.made)


def _customer(told: Values) -> Customer:
    found = facts.customer(told)
    if found is None or not (found.ref or found.email):
        raise WrongFact("a customer needs a ref or an e-mail address")
    return found


@operation("GET", "/contacts/<firstline_ref:ref>", scope=READ, tag=TAG)
@blueprint.response(200, ContactSchema)
def get_contact(ref: str) -> Response:
    """Give a contact by the shop's number of the customer."""
    return answering.shown(ContactSchema(), _shown(answering.reading(), ref))


@operation("PATCH", "/contacts/<firstline_ref:ref>", scope=WRITE, tag=TAG)
@blueprint.arguments(ContactChangeSchema, example={"name": "Ina Neu", "fields": {"plan": "pro", "seats": 12}})
@blueprint.response(200, ContactSchema)
def change_contact(given: Values, ref: str) -> Response:
    """Change what is known of a contact; rules follow each field of the shop's own that changes."""
    details = {name: value for name, value in given.items() if name != "fields_"}

    def work(ctx: Context) -> object:
        contact_lists.get_id(ctx, ref)
        if details:
            customer = Customer(ref=ref, **details)
            in_savepoint(ctx, lambda inner: customers.register(inner, customer, None, Holders()))
        own_field_acts.change(ctx, ref, facts.named(given["fields_"]))
        return _shown(ctx, ref)

    return act(ContactSchema(), work)


@operation("DELETE", "/contacts/<firstline_ref:ref>", scope=ERASE, tag=TAG)
@blueprint.response(204)
def erase_contact(ref: str) -> Response:
    """Forget a person; the books stay."""

    def work(ctx: Context) -> None:
        contact_id = contact_lists.get_id(ctx, ref)
        in_savepoint(ctx, lambda inner: erasing.erase(inner, ref))
        subject = f"#{contact_id}"
        audit.record(ctx.conn, who=answering.who(), act="erase", noun="contact", subject=subject, now=ctx.now)

    answering.in_unit(work)
    return Response(status=204)


@operation("PUT", "/contacts/<firstline_ref:ref>/segments", scope=WRITE, tag=TAG)
@blueprint.arguments(SegmentsSchema, example={"segments": ["newsletter", "b2b"]})
@blueprint.response(200, ContactSchema)
def put_segments(given: Values, ref: str) -> Response:
    """Say which segments a contact is in: all of them, others end."""

    def work(ctx: Context) -> object:
        own_field_acts.put_segments(ctx, ref, given["segments"])
        return _shown(ctx, ref)

    return act(ContactSchema(), work)


@operation("GET", "/contacts/<firstline_ref:ref>/history", scope=READ, tag=TAG)
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, HistoryPageSchema)
def get_history(asked: Values, ref: str) -> Response:
    """List what happened to a contact, the oldest first: touches, sponsors, address types, details."""
    conditions = contact_lists.history_of(contact_lists.get_id(answering.reading(), ref))
    return answering.listed(HistoryPageSchema(), contact_lists.HISTORIES, conditions, asked, _entry)


@operation("GET", "/contacts/<firstline_ref:ref>/export", scope=EXPORT, tag=TAG)
@blueprint.response(200, PersonSchema)
def export_contact(ref: str) -> Response:
    """Give all that is kept about a person; that it was fetched stands in the audit log."""

    def work(ctx: Context) -> object:
        return person_export.export(ctx, contact_lists.get_id(ctx, ref), who=answering.who())

    return answering.shown(PersonSchema(), answering.in_unit(work))


def _shown(ctx: Context, ref: str) -> dict[str, object]:
    return contact_lists.shown(ctx, contact_lists.one(ctx, contact_lists.get_id(ctx, ref)))


def _entry(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of contact_lists.HISTORIES
    same = ("id", "kind", "how", "code", "before", "after", "why", "at")
    who = {"partner": row.partner_ref, "order": row.order_ref}
    return {**{name: getattr(row, name) for name in same}, **who}
