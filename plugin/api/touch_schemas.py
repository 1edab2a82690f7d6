"""Touches in JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..domain.tracking import LONGEST_PATH
from ..models import TouchSource
from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of


class UtmSchema(Strict):
    """The campaign's parameters of the address that was clicked."""

    utm_source = exact.Text(longest=100)
    utm_medium = exact.Text(longest=100)
    utm_campaign = exact.Text(longest=100)
    utm_term = exact.Text(longest=100)
    utm_content = exact.Text(longest=100)
    sub_id = exact.Text(longest=100)


class NewTouchSchema(Strict):
    """Somebody came through a partner: by a link, a code, or simply the partner."""

    link = exact.Text(
        longest=16, shortest=1, metadata={"description": "The tracking id; this, `code` or `partner`."}
    )
    code = exact.Text(longest=64, shortest=1, metadata={"description": "A code of the partner's."})
    partner = exact.ref(metadata={"description": "The partner's ref."})
    path = exact.Text(
        longest=LONGEST_PATH, load_default="/", metadata={"description": "The page.", "default": "/"}
    )
    visitor = exact.ref(
        metadata={
            "description": "Your own id of the visitor, only of one who agreed to be known again; give it to "
            "`POST /orders` and `POST /contacts`."
        }
    )
    client = exact.Text(
        longest=45, metadata={"description": "The address that clicked; it is cut before it is kept."}
    )
    referrer_host = exact.Text(longest=253)
    utm = fields.Nested(UtmSchema)


class TouchToldSchema(Schema):
    """A touch that was told."""

    counted = exact.Switch(
        required=True, metadata={"description": "False: the same one came by this link within half an hour."}
    )
    link = fields.String(required=True, metadata={"description": "The tracking id."})
    partner = fields.String(required=True, allow_none=True)
    carry = fields.String(
        required=True,
        metadata={
            "description": "Give it as `visitor` of the order or the contact where nobody may be known again."
        },
    )


class TouchSchema(Schema):
    """A touch."""

    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    source = exact.Choice(list(TouchSource), required=True)
    link = fields.String(required=True)
    partner = fields.String(required=True, allow_none=True)
    visitor = fields.String(required=True, allow_none=True)
    customer = fields.String(
        required=True, allow_none=True, metadata={"description": "Whom the visitor turned out to be."}
    )
    path = fields.String(required=True)
    referrer_host = fields.String(required=True, allow_none=True)
    utm = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    counted = exact.Switch(required=True)
    at = exact.Moment(required=True)


TouchPageSchema = page_of(TouchSchema, "TouchPage")


class TouchQuerySchema(PageQuerySchema):
    """Which touches."""

    partner = exact.ref(metadata={"description": "Only of this partner."})
    link = exact.Text(longest=16, metadata={"description": "Only of the link with this tracking id."})
    visitor = exact.ref(metadata={"description": "Only of this visitor."})
    customer = exact.ref(metadata={"description": "Only of whoever turned out to be this customer."})
    since = exact.Moment(metadata={"description": "Only at this time or later."})
    until = exact.Moment(metadata={"description": "Only before this time."})
