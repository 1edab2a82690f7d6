"""Commissions, payouts and statements in JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..models import PayoutState, PostingKind
from ..services.desk_accruals import State
from . import fields as exact
from .code_schemas import id_text
from .pages import PageQuerySchema, Strict, page_of

_PLACE = r"^[1-9][0-9]{0,17}\.[0-9]{1,9}$"


def _id(**more: Any) -> exact.Whole:  # noqa: ANN401
    return exact.Whole(**{"required": True, "most": exact.BIGGEST_ID, **more})


class AccrualQuerySchema(Strict):
    """Which accruals."""

    after = exact.Text(longest=28, pattern=_PLACE, metadata={"description": "`next` of the page before."})
    limit = exact.WholeText(
        most=200, load_default=50, metadata={"description": "How many at most.", "default": 50}
    )
    partner = exact.ref(metadata={"description": "Only of this partner."})
    order = exact.ref(metadata={"description": "Only on this order, also by its invoices."})
    state = exact.Choice(list(State), metadata={"description": "Only where they stand so."})
    level = exact.WholeText(most=100, metadata={"description": "Only of this level."})
    since = exact.Moment(metadata={"description": "Only those earned at this time or later."})
    until = exact.Moment(metadata={"description": "Only those earned before this time."})


class AccrualSchema(Schema):
    """A commission in its partner's list."""

    id = fields.String(required=True)
    partner = fields.String(required=True, allow_none=True, metadata={"description": "The partner's ref."})
    order = fields.String(required=True, allow_none=True)
    invoice = fields.String(
        required=True, allow_none=True, metadata={"description": "Where an invoice has lines of its own."}
    )
    line = fields.String(required=True, allow_none=True, metadata={"description": "The key of the line."})
    level = exact.Whole(required=True, allow_none=True, metadata={"description": "None: posted by hand."})
    currency = exact.currency(required=True)
    amount = exact.signed_amount(required=True)
    reversed = exact.signed_amount(required=True, metadata={"description": "How much was taken back."})
    state = exact.Choice(list(State), required=True)
    disputed = exact.Switch(required=True)
    payout = _id(allow_none=True, metadata={"description": "The payout that it is in."})
    why = fields.String(
        required=True,
        metadata={"description": "One sentence: by what terms, in the language asked for."},
    )
    earned_at = exact.Moment(required=True)
    payable_at = exact.Moment(required=True, allow_none=True)


class PostingSchema(Schema):
    """An amount moved from one account to another."""

    kind = exact.Choice(list(PostingKind), required=True)
    origin = fields.String(required=True)
    destination = fields.String(required=True)
    amount = exact.amount(required=True)
    currency = exact.currency(required=True)
    rate = fields.String(required=True, allow_none=True, metadata={"description": "Where it was converted."})
    at = exact.Moment(required=True)


class AccrualViewSchema(AccrualSchema):
    """A commission with its postings and how it was worked out."""

    postings = fields.List(fields.Nested(PostingSchema), required=True)
    trace = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "Base (in minor units), rate, step and terms as they were."},
    )


AccrualPageSchema = page_of(
    AccrualSchema,
    "AccrualPage",
    fields.String(
        required=True, allow_none=True, metadata={"description": "Give it as `after`; null: no more."}
    ),
)


class PayoutSchema(Schema):
    """What one partner gets in one run and currency; the account is not told."""

    id = _id()
    run = _id()
    partner = fields.String(required=True, allow_none=True)
    currency = exact.currency(required=True)
    payable = exact.amount(required=True, metadata={"description": "What could be paid."})
    amount = exact.amount(required=True)
    method = fields.String(required=True)
    state = exact.Choice(list(PayoutState), required=True)
    failed_why = fields.String(required=True)
    changed_at = exact.Moment(required=True)


class PaidAccrualSchema(Schema):
    """An accrual that a payout is for."""

    accrual = fields.String(required=True)
    amount = exact.signed_amount(required=True, metadata={"description": "What was left of it."})


class PayoutViewSchema(PayoutSchema):
    """A payout with what it is for."""

    accruals = fields.List(fields.Nested(PaidAccrualSchema), required=True)


PayoutPageSchema = page_of(PayoutSchema, "PayoutPage")


class PayoutQuerySchema(PageQuerySchema):
    """Which payouts."""

    partner = exact.ref(metadata={"description": "Only of this partner."})
    run = id_text("Only of this run.")
    state = exact.Choice(list(PayoutState), metadata={"description": "Only in this state."})
    since = exact.Moment(metadata={"description": "Only those that changed at this time or later."})
    until = exact.Moment(metadata={"description": "Only those that changed before this time."})


class StatementSchema(Schema):
    """A self-billing document."""

    id = _id()
    number = fields.String(required=True)
    kind = exact.Choice(("statement", "correction"), required=True)
    partner = fields.String(required=True, allow_none=True)
    currency = exact.currency(required=True)
    net = exact.signed_amount(required=True)
    vat = exact.signed_amount(required=True)
    gross = exact.signed_amount(required=True)
    payout = _id(allow_none=True)
    begins = exact.Moment(required=True)
    ends = exact.Moment(required=True, metadata={"description": "No part of it."})
    issued_at = exact.Moment(required=True)
    objection = fields.String(required=True, metadata={"description": "Why it does not hold any more."})


class StatementLineSchema(Schema):
    """A line of a statement."""

    posting = fields.String(
        required=True, metadata={"description": "Its id; that of an accrual where it is one."}
    )
    kind = exact.Choice(list(PostingKind), required=True)
    document = fields.String(required=True)
    title = fields.String(required=True)
    level = exact.Whole(required=True, allow_none=True)
    amount = exact.signed_amount(required=True)
    at = exact.Moment(required=True)


class StatementViewSchema(StatementSchema):
    """A statement with its lines."""

    lines = fields.List(fields.Nested(StatementLineSchema), required=True)


StatementPageSchema = page_of(StatementSchema, "StatementPage")


class StatementQuerySchema(PageQuerySchema):
    """Which statements."""

    partner = exact.ref(metadata={"description": "Only of this partner."})
    since = exact.Moment(metadata={"description": "Only those issued at this time or later."})
    until = exact.Moment(metadata={"description": "Only those issued before this time."})
