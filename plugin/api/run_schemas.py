"""Payout runs in JSON: made, looked at, changed, released."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..domain.payout import Method, Skip
from ..models.payout import RunState
from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of


class RunSchema(Schema):
    """A payout run."""

    id = exact.Whole(required=True, most=exact.BIGGEST_ID)
    state = exact.Choice(list(RunState), required=True)
    single = exact.Switch(required=True, metadata={"description": "Whether it pays one partner."})
    made_by = fields.String(required=True)
    made_at = exact.Moment(required=True)
    released_by = fields.String(required=True, allow_none=True)
    released_at = exact.Moment(required=True, allow_none=True)


RunPageSchema = page_of(RunSchema, "RunPage")


class RunQuerySchema(PageQuerySchema):
    """Which runs."""

    state = exact.Choice(list(RunState), metadata={"description": "Only in this state."})
    since = exact.Moment(metadata={"description": "Only those made at this time or later."})
    until = exact.Moment(metadata={"description": "Only those made before this time."})


class NewRunSchema(Strict):
    """A run to make: of all that is payable, or of one partner. Nothing is paid before its release."""

    partner = exact.ref(metadata={"description": "Pay this partner alone; no minimum is asked."})
    currency = exact.currency(metadata={"description": "With `partner`; by default the shop's."})
    amount = exact.amount(metadata={"description": "With `partner`: less than what is payable."})
    method = exact.Choice(
        [one.value for one in Method], metadata={"description": "With `partner`: another way than theirs."}
    )


class SumSchema(Strict):
    """What the payouts of a run come to in one currency."""

    currency = exact.currency(required=True)
    amount = exact.amount(required=True)


class SkipSchema(Schema):
    """Who gets nothing in a run, and why."""

    partner = fields.String(required=True, allow_none=True)
    currency = exact.currency(required=True)
    amount = exact.signed_amount(required=True, metadata={"description": "What it is about."})
    reason = exact.Choice([one.value for one in Skip], required=True)
    until = exact.Moment(required=True, allow_none=True, metadata={"description": "When that is over."})
    note = fields.String(required=True)


class RunViewSchema(RunSchema):
    """A run as it is to be looked at before its release; its payouts are `GET /payouts?run=`."""

    count = exact.Whole(least=0, required=True, metadata={"description": "Payouts in it."})
    sums = fields.List(fields.Nested(SumSchema), required=True)
    outdated = exact.Switch(
        required=True, metadata={"description": "Whether it must be brought up to date before its release."}
    )
    skips = fields.List(fields.Nested(SkipSchema), required=True)


class ReleaseSchema(Strict):
    """The number and sums of the run as they were seen: another run than that is not paid."""

    count = exact.Whole(required=True)
    sums = exact.Several(fields.Nested(SumSchema), least=1, most=20, required=True)


class PayoutChangeSchema(Strict):
    """What a payout pays."""

    amount = exact.amount(
        required=True, metadata={"description": "At most what is payable; 0 leaves the partner out."}
    )


class FailedSchema(Strict):
    """Why a payout did not arrive."""

    why = exact.Text(shortest=1, longest=200, required=True)


class PaypalFileSchema(Strict):
    """Which payouts of a run go into the file."""

    currency = exact.currency(load_default="EUR", metadata={"default": "EUR"})


class PayoutsPaidSchema(Schema):
    """Payouts of a run that have arrived."""

    changed = exact.Whole(least=0, required=True, metadata={"description": "How many were not noted yet."})
