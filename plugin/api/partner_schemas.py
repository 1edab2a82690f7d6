"""Partners in JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of

STATES = ("active", "suspended", "left")


class NewPartnerSchema(Strict):
    """A contact, known or new, who becomes a partner."""

    ref = exact.ref(allow_none=True, metadata={"description": "None: known by the e-mail address alone."})
    email = exact.Text(longest=254, shortest=1, allow_none=True)
    name = exact.Text(longest=200, shortest=1, allow_none=True)
    phone = exact.Text(longest=64, shortest=1, allow_none=True)
    locale = exact.Text(longest=35, shortest=1, allow_none=True)
    sponsor = exact.ref(allow_none=True, metadata={"description": "The ref of the contact directly above."})


class PartnerSchema(Schema):
    """A partner."""

    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    ref = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    state = exact.Choice(STATES, required=True)
    sponsor = fields.String(required=True, allow_none=True)
    since = exact.Moment(required=True)
    until = exact.Moment(required=True, allow_none=True)


class PartnerMadeSchema(PartnerSchema):
    """A partner who was made."""

    new = exact.Switch(required=True, metadata={"description": "False: a partner already."})


class BalanceSchema(Schema):
    """What a partner has earned in one currency."""

    currency = exact.currency(required=True)
    on_hold = exact.amount(required=True)
    payable = exact.signed_amount(required=True, metadata={"description": "May be below 0 after refunds."})
    paid = exact.amount(required=True)


class PartnerViewSchema(PartnerSchema):
    """A partner with balances."""

    balances = fields.List(fields.Nested(BalanceSchema), required=True)


PartnerPageSchema = page_of(PartnerSchema, "PartnerPage")


class PartnerQuerySchema(PageQuerySchema):
    """Which partners."""

    sponsor = exact.ref(metadata={"description": "Only those directly below this contact."})
    active = exact.SwitchText(metadata={"description": "Only partners of today, or only those who left."})
