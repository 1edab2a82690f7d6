"""Contacts in JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..errors import Reason
from ..models import AddressType, HistoryKind
from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of
from .people_schemas import OwnFields, segments
from .quote_schemas import CustomerSchema


class NewContactSchema(CustomerSchema):
    """Somebody who signed up; one who is known is told anew."""

    code = exact.Text(
        longest=64, shortest=1, allow_none=True, metadata={"description": "The code that was typed there."}
    )
    visitor = exact.ref(
        allow_none=True, metadata={"description": "The visitor of `POST /touches`, by which links are found."}
    )


class ContactChangeSchema(Strict):
    """What changes of a contact; what is not named stays."""

    email = exact.Text(longest=254, shortest=1)
    email_verified = exact.Switch()
    name = exact.Text(longest=200, shortest=1)
    phone = exact.Text(longest=64, shortest=1)
    address = exact.Text(longest=500, shortest=1)
    country = exact.Text(longest=64, shortest=1)
    locale = exact.Text(longest=35, shortest=1)
    has_bought = exact.Switch(metadata={"description": "Whether the shop knows of an earlier order."})
    fields_ = OwnFields(
        load_default=dict,
        data_key="fields",
        metadata={"description": "Fields of the shop's own; null takes one away."},
    )


class SegmentsSchema(Strict):
    """All the segments that a contact is in."""

    segments = segments(required=True)


class ContactSchema(Schema):
    """A contact."""

    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    ref = fields.String(required=True, allow_none=True, metadata={"description": "None: a guest."})
    email = fields.String(required=True, allow_none=True)
    email_verified = exact.Switch(required=True)
    name = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    locale = fields.String(required=True, allow_none=True)
    type = exact.Choice(list(AddressType), required=True)
    sponsor = fields.String(
        required=True, allow_none=True, metadata={"description": "The ref of whose first line it is in."}
    )
    sponsor_at = exact.Moment(required=True, allow_none=True)
    first_order = fields.String(required=True, allow_none=True, metadata={"description": "Its ref."})
    fields_ = OwnFields(required=True, data_key="fields")
    segments = segments(required=True)
    tags = fields.List(fields.String(), required=True)
    created_at = exact.Moment(required=True)


class ContactToldSchema(ContactSchema):
    """A contact that was told."""

    new = exact.Switch(required=True, metadata={"description": "False: it was known before."})
    refusal = exact.Choice(
        list(Reason),
        required=True,
        allow_none=True,
        metadata={"description": "Why the code did not attach it to a first line."},
    )


ContactPageSchema = page_of(ContactSchema, "ContactPage")


class FirstLineQuerySchema(PageQuerySchema):
    """Which contacts of a first line."""

    type = exact.Choice(list(AddressType), metadata={"description": "Only of this type."})
    since = exact.Moment(metadata={"description": "Only those known since this time or later."})
    until = exact.Moment(metadata={"description": "Only those known before this time."})


class ContactQuerySchema(FirstLineQuerySchema):
    """Which contacts."""

    sponsor = exact.ref(metadata={"description": "Only of the first line of this contact."})
    email = exact.Text(longest=254, shortest=1, metadata={"description": "Only with this address."})
    partner = exact.SwitchText(metadata={"description": "Only partners, or only others."})


class HistoryEntrySchema(Schema):
    """One thing that happened to a contact."""

    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    kind = exact.Choice(list(HistoryKind), required=True)
    how = fields.String(
        required=True, metadata={"description": "By what: code, link, host, sign-up, admin, order, ..."}
    )
    partner = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    order = fields.String(required=True, allow_none=True)
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True, allow_none=True)
    why = fields.String(required=True)
    at = exact.Moment(required=True)


HistoryPageSchema = page_of(HistoryEntrySchema, "HistoryPage")


class PersonAboutSchema(Schema):
    """Whom an export is about."""

    contact_id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    refs = fields.List(fields.String(), required=True)
    emails = fields.List(fields.String(), required=True)


class PersonPartSchema(Schema):
    """A table of an export."""

    name = fields.String(required=True)
    says = fields.String(required=True)
    rows = fields.List(fields.Dict(keys=fields.String()), required=True)


class PersonSchema(Schema):
    """All that is kept about a person."""

    format = fields.String(required=True)
    made_at = fields.String(required=True, metadata={"format": "date-time"})
    about = fields.Nested(PersonAboutSchema, required=True)
    readme = fields.List(fields.String(), required=True)
    parts = fields.List(fields.Nested(PersonPartSchema), required=True)
