"""Campaigns, sharers, rewards and suspicions in JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ..domain.suspicion import Action, Signal, SuspicionState
from ..models.campaign import RewardState
from . import fields as exact
from .code_schemas import id_text
from .pages import PageQuerySchema, page_of

ABOUT = ("order", "double", "pace", "crowd")


def _id(**more: Any) -> exact.Whole:  # noqa: ANN401
    return exact.Whole(**{"required": True, "most": exact.BIGGEST_ID, **more})


def _count(said: str) -> exact.Whole:
    return exact.Whole(least=0, required=True, metadata={"description": said})


class WorthSchema(Schema):
    """What something is worth: an amount or a per cent."""

    amount = exact.amount(required=True, allow_none=True)
    percent = exact.percent(required=True, allow_none=True)
    currency = exact.currency(required=True, allow_none=True)


class CampaignSchema(Schema):
    """A campaign: customers bring friends; each order yields a code to pass on."""

    id = _id()
    name = fields.String(required=True)
    active = exact.Switch(required=True)
    running = exact.Switch(required=True, metadata={"description": "Whether it is on and in its time."})
    coupon = _id(metadata={"description": "The coupon that the friends' codes redeem."})
    friend = fields.Nested(WorthSchema, required=True, metadata={"description": "What a friend saves."})
    kickback = fields.Nested(
        WorthSchema,
        required=True,
        allow_none=True,
        metadata={"description": "What the sharer gets per order."},
    )
    share_steps = fields.List(
        fields.Nested(WorthSchema),
        required=True,
        metadata={"description": "What the sharer gets for the first, second, ... proven way of sharing."},
    )
    products = fields.List(fields.String(), required=True, metadata={"description": "That trigger it."})
    categories = fields.List(fields.String(), required=True)
    hold_days = exact.Whole(least=0, required=True)
    remind_after_days = exact.Whole(required=True, allow_none=True)
    landing = fields.String(required=True)
    starts_at = exact.Moment(required=True, data_key="from")
    ends_at = exact.Moment(required=True, allow_none=True, data_key="until")
    promoters = _count("People who share in it.")
    redemptions = _count("Orders of friends that count.")
    rewards = _count("Rewards, but those that were withdrawn unused.")
    created_at = exact.Moment(required=True)


CampaignPageSchema = page_of(CampaignSchema, "CampaignPage")


class CampaignQuerySchema(PageQuerySchema):
    """Which campaigns."""

    name = exact.Text(longest=60, metadata={"description": "Only the one of this name."})
    active = exact.SwitchText(metadata={"description": "Only those that are on, or off."})


class SharerSchema(Schema):
    """Somebody who shares in a campaign, the code that is passed on, and what came of it."""

    id = _id()
    campaign = _id()
    customer = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, metadata={"description": "The code for friends."})
    ways = _count("Ways by which it was shared.")
    visits = _count("Visits by it.")
    redemptions = _count("Orders of friends that count.")
    pending = _count("Rewards that wait.")
    active = _count("Rewards that can be used.")
    used = _count("Rewards that are used.")
    joined_at = exact.Moment(required=True)


SharerPageSchema = page_of(SharerSchema, "SharerPage")


class SharerQuerySchema(PageQuerySchema):
    """Which sharers."""

    campaign = id_text("Only of this campaign.")
    customer = exact.ref(metadata={"description": "Only this customer."})


class RewardSchema(WorthSchema):
    """What somebody gets for bringing a friend: a code for them alone."""

    id = _id()
    customer = fields.String(required=True, allow_none=True, metadata={"description": "Who gets it."})
    campaign = _id(allow_none=True, metadata={"description": "None: it comes from a rule."})
    friend = fields.String(required=True, allow_none=True, metadata={"description": "Who was brought."})
    order = fields.String(required=True, allow_none=True)
    state = exact.Choice(list(RewardState), required=True)
    code = fields.String(required=True, allow_none=True, metadata={"description": "Once it can be used."})
    due_at = exact.Moment(required=True, allow_none=True, metadata={"description": "When it can be used."})
    owed = exact.amount(
        required=True,
        allow_none=True,
        metadata={"description": "Withdrawn when it was used: next ones pay."},
    )
    why = fields.String(required=True, metadata={"description": "Why it was withdrawn."})
    created_at = exact.Moment(required=True)
    used_at = exact.Moment(required=True, allow_none=True)
    withdrawn_at = exact.Moment(required=True, allow_none=True)


RewardPageSchema = page_of(RewardSchema, "RewardPage")


class RewardQuerySchema(SharerQuerySchema):
    """Which rewards."""

    friend = exact.ref(metadata={"description": "Only for this friend."})
    order = exact.ref(metadata={"description": "Only for this order."})
    state = exact.Choice(list(RewardState), metadata={"description": "Only in this state."})
    since = exact.Moment(metadata={"description": "Only those earned at this time or later."})
    until = exact.Moment(metadata={"description": "Only those earned before this time."})


class SuspicionSchema(Schema):
    """A suspicion: who earns may be who buys, two partners may be one, or too much comes too fast."""

    id = _id()
    about = exact.Choice(ABOUT, required=True)
    partner = fields.String(required=True, allow_none=True)
    other = fields.String(
        required=True, allow_none=True, metadata={"description": "The buyer, or the other partner."}
    )
    order = fields.String(required=True, allow_none=True)
    signals = fields.List(
        exact.Choice(list(Signal)), required=True, metadata={"description": "What was seen."}
    )
    action = exact.Choice([one.value for one in Action if one is not Action.ALLOW], required=True)
    state = exact.Choice(list(SuspicionState), required=True)
    why = fields.String(required=True, metadata={"description": "Why it was released or confirmed."})
    closed_by = fields.String(required=True)
    opened_at = exact.Moment(required=True)
    closed_at = exact.Moment(required=True, allow_none=True)


SuspicionPageSchema = page_of(SuspicionSchema, "SuspicionPage")


class SuspicionQuerySchema(PageQuerySchema):
    """Which suspicions."""

    partner = exact.ref(metadata={"description": "Only about this partner."})
    order = exact.ref(metadata={"description": "Only about this order."})
    about = exact.Choice(ABOUT, metadata={"description": "Only about such things."})
    state = exact.Choice(list(SuspicionState), metadata={"description": "Only in this state."})
    since = exact.Moment(metadata={"description": "Only those found at this time or later."})
    until = exact.Moment(metadata={"description": "Only those found before this time."})
