"""Codes, batches and redemptions in JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from ..domain import portions
from ..errors import Reason
from ..models import CameBy, RedemptionState
from ..services import code_wanted
from ..services.code_portions import LONGEST_REASON
from . import fields as exact
from .pages import PageQuerySchema, Strict, page_of

_LONGEST_CODE = 64


def _id(said: str = "", **more: bool) -> exact.Whole:
    return exact.Whole(most=exact.BIGGEST_ID, metadata={"description": said} if said else {}, **more)


def id_text(said: str) -> exact.WholeText:
    """Make the field of an id in an address."""
    return exact.WholeText(most=exact.BIGGEST_ID, metadata={"description": said})


def _ref(said: str, **more: bool) -> exact.Text:
    return exact.ref(metadata={"description": said}, **more)


def _date(name: str, said: str) -> exact.Moment:
    return exact.Moment(data_key=name, allow_none=True, metadata={"description": said})


class NewCodeSchema(Strict):
    """A code to make."""

    code = exact.Text(
        longest=_LONGEST_CODE, shortest=1, required=True, metadata={"description": "As it is shown."}
    )
    coupon = _id("The coupon that it redeems.", required=True)
    owner = _ref("The partner FROM whom it is.", allow_none=True)
    holder = _ref("The customer FOR whom it is: nobody else can use it.", allow_none=True)
    max = exact.Whole(allow_none=True, metadata={"description": "Redemptions; none: any number."})
    credit = exact.amount(
        allow_none=True,
        metadata={"description": "Store credit that it holds; none: the amount of the coupon."},
    )
    valid_from = _date("from", "From when it can be used.")
    valid_until = _date("until", "Until when, which is no part of it.")


class CodeChangeSchema(Strict):
    """What changes of a code; null takes it away."""

    owner = _ref("The partner FROM whom it is.", allow_none=True)
    holder = _ref("The customer FOR whom it is.", allow_none=True)
    max = exact.Whole(allow_none=True, metadata={"description": "Redemptions."})
    valid_from = _date("from", "From when it can be used.")
    valid_until = _date("until", "Until when, which is no part of it.")


class ShareSchema(Strict):
    """What one partner has of a credit."""

    partner = exact.ref(required=True)
    percent = exact.percent(required=True)


class SharesSchema(Strict):
    """Partners who share a credit, the main one first; together they have 100 per cent. One has all of it."""

    shares = exact.Several(fields.Nested(ShareSchema), least=1, most=portions.MOST, required=True)
    reason = exact.Text(
        shortest=1, longest=LONGEST_REASON, required=True, metadata={"description": "For the log."}
    )


class SharedSchema(Schema):
    """What one partner has of a credit."""

    partner = fields.String(required=True, allow_none=True)
    percent = exact.percent(required=True)


class CodeSchema(Schema):
    """A code."""

    id = _id(required=True)
    code = fields.String(required=True)
    coupon = _id("The coupon that it redeems.", required=True)
    batch = _id("The batch that it was made in.", required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    shares = fields.List(
        fields.Nested(SharedSchema),
        required=True,
        metadata={"description": "Who shares what it brings; empty: its owner has all of it."},
    )
    holder = fields.String(required=True, allow_none=True)
    max = exact.Whole(required=True, allow_none=True)
    uses = exact.Whole(
        required=True, least=0, metadata={"description": "Redemptions that count, reservations too."}
    )
    valid_from = exact.Moment(data_key="from", required=True, allow_none=True)
    valid_until = exact.Moment(data_key="until", required=True, allow_none=True)
    credit = exact.amount(required=True, allow_none=True)
    credit_left = exact.amount(required=True, allow_none=True)
    currency = exact.currency(required=True, allow_none=True)
    link_only = exact.Switch(required=True)
    active = exact.Switch(required=True)
    created_at = exact.Moment(required=True)


CodePageSchema = page_of(CodeSchema, "CodePage")


class CodeQuerySchema(PageQuerySchema):
    """Which codes."""

    code = exact.Text(
        longest=_LONGEST_CODE, shortest=1, metadata={"description": "Only this one, in any spelling."}
    )
    coupon = id_text("Only of this coupon.")
    batch = id_text("Only of this batch.")
    owner = _ref("Only from this partner.")
    holder = _ref("Only for this customer.")
    active = exact.SwitchText(metadata={"description": "Only those that are on, or off."})
    since = exact.Moment(metadata={"description": "Only those made at this time or later."})
    until = exact.Moment(metadata={"description": "Only those made before this time."})


class CheckQuerySchema(Strict):
    """For whom a code is checked."""

    customer = _ref("The customer who would use it.")
    email = exact.Text(longest=254, metadata={"description": "Or the e-mail address of a guest."})
    currency = exact.currency(metadata={"description": "Of the cart; by default the coupon's."})


class CheckSchema(Schema):
    """Whether a code can be used, and whether it can be made."""

    code = fields.String(required=True)
    exists = exact.Switch(required=True)
    usable = exact.Switch(
        required=True, metadata={"description": "As far as that is known without a cart's lines."}
    )
    reason = exact.Choice(list(Reason), required=True, allow_none=True)
    message = fields.String(required=True)
    free = exact.Switch(required=True, metadata={"description": "Whether it can still be made."})
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why it cannot be made: taken, looks_alike, or what its spelling lacks."},
    )


class NewBatchSchema(Strict):
    """Codes to draw at random."""

    coupon = _id("The coupon that they redeem.", required=True)
    count = exact.Whole(required=True, most=code_wanted.MOST)
    prefix = exact.Text(
        longest=20,
        pattern=r"^[A-Za-z0-9_-]*$",
        load_default="",
        metadata={"description": "What every code begins with."},
    )
    length = exact.Whole(
        least=4, most=40, load_default=10, metadata={"description": "Random signs.", "default": 10}
    )
    check_signs = exact.Switch(
        load_default=False,
        metadata={"description": "Whether each ends in a sign that shows typing errors.", "default": False},
    )
    owner = _ref("The partner FROM whom they are.", allow_none=True)
    max = exact.Whole(allow_none=True, metadata={"description": "Redemptions of each."})
    occasion = exact.Text(
        longest=100, load_default="", metadata={"description": "Where they are given out.", "default": ""}
    )
    valid_from = _date("from", "From when they can be used.")
    valid_until = _date("until", "Until when, which is no part of it.")


class BatchSchema(Schema):
    """Codes that were made together."""

    id = _id(required=True)
    coupon = _id(required=True)
    how = fields.String(required=True, metadata={"enum": ["generated", "imported", "api"]})
    state = exact.Choice(("waiting", "done"), required=True)
    count = exact.Whole(required=True, least=0, metadata={"description": "Codes that were asked for."})
    made = exact.Whole(required=True, least=0, metadata={"description": "Codes that are there."})
    prefix = fields.String(required=True)
    length = exact.Whole(required=True, allow_none=True)
    check_signs = exact.Switch(required=True)
    occasion = fields.String(required=True)
    made_by = fields.String(required=True)
    created_at = exact.Moment(required=True)


BatchPageSchema = page_of(BatchSchema, "BatchPage")


class BatchQuerySchema(PageQuerySchema):
    """Which batches."""

    coupon = id_text("Only of this coupon.")


class RedemptionSchema(Schema):
    """One use of a code."""

    id = _id(required=True)
    code = fields.String(required=True)
    coupon = _id(required=True)
    state = exact.Choice(list(RedemptionState), required=True)
    order = fields.String(required=True, allow_none=True, metadata={"description": "The order's ref."})
    owner = fields.String(
        required=True, allow_none=True, metadata={"description": "The partner whose code it is."}
    )
    customer = fields.String(required=True, allow_none=True, metadata={"description": "Who used it."})
    discount = exact.amount(required=True)
    credit = exact.amount(required=True, metadata={"description": "Store credit that it paid with."})
    currency = exact.currency(required=True)
    came_by = exact.Choice(list(CameBy), required=True)
    note = fields.String(required=True, metadata={"description": "Why it is flagged."})
    expires_at = exact.Moment(
        required=True, allow_none=True, metadata={"description": "When a reservation ends."}
    )
    created_at = exact.Moment(required=True)
    changed_at = exact.Moment(required=True)


RedemptionPageSchema = page_of(RedemptionSchema, "RedemptionPage")


class RedemptionQuerySchema(PageQuerySchema):
    """Which redemptions."""

    coupon = id_text("Only of this coupon.")
    code = exact.Text(longest=_LONGEST_CODE, shortest=1, metadata={"description": "Only of this code."})
    owner = _ref("Only of codes of this partner.")
    customer = _ref("Only of this customer.")
    order = _ref("Only on this order.")
    state = exact.Choice(list(RedemptionState), metadata={"description": "Only in this state."})
    since = exact.Moment(metadata={"description": "Only those that changed at this time or later."})
    until = exact.Moment(metadata={"description": "Only those that changed before this time."})
