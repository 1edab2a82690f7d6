"""What the worker does for each topic of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Row

from ..services import (
    bodies,
    code_batches,
    code_drawing,
    code_uploads,
    kickbacks,
    legacy_uploads,
    mailings,
    outbox,
    own_letters,
    postback_facts,
    products,
    pulling,
    pushed_codes,
    referrals,
    rewards,
    rule_engine,
    rule_rewards,
    share_acts,
    shares,
    sponsor_changes,
    templated,
    webhook_calls,
)
from ..services import mails as written_mails
from ..services import sms as written_sms
from ..services.context import Context
from ..services.notices import BY_TOPIC
from ..state import State
from . import calls, facts, mails, notices, pulls, pushes, share_mails, shop_mails, short, staff_mails
from .effects import Effect

Handler = Callable[[Context, Mapping[str, Any]], None]
Preparer = Callable[[State, Context, Row[Any]], Effect | None]


def _see_products(ctx: Context, payload: Mapping[str, Any]) -> None:
    products.note_of_order(ctx, str(payload["order_ref"]))


def _prepare_mail(state: State, ctx: Context, row: Row[Any]) -> Effect | None:
    if "approval_id" in row.payload:
        return staff_mails.prepare(state, ctx, row)
    prepare = shop_mails.prepare if "templated_id" in row.payload else mails.prepare
    return prepare(state, ctx, row)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    "coupon_redeemed": (_see_products,),
    outbox.FACT: (facts.take_in,),
    referrals.STARTED: (facts.note_referral,),
    rewards.ACTIVE: (rule_rewards.mail_active,),
    rule_engine.DUE: (rule_engine.judge_due,),
    rule_engine.AGAIN: (rule_engine.judge_again,),
    code_batches.DRAW: (code_drawing.draw_later,),
    code_uploads.IMPORT: (code_uploads.work_on,),
    legacy_uploads.IMPORT: (legacy_uploads.work_on,),
    bodies.WORK: (bodies.work,),
    written_mails.MAIL: (mailings.note_sent, templated.note_sent),
    written_sms.SMS: (short.note_sent,),
    sponsor_changes.TOPIC: (sponsor_changes.carry_out,),
    shares.DUE: (shares.tell_buyer,),
    shares.REMIND: (shares.remind,),
    share_acts.PROVED: (kickbacks.follow_proof,),
    share_acts.CAME: (kickbacks.follow_visit,),
    "order_placed": (shares.follow_order, kickbacks.follow_document),
    **dict.fromkeys(
        (
            "order_changed",
            "order_cancelled",
            "order_completed",
            "payment_failed",
            "invoice_paid",
            "invoice_refunded",
        ),
        (kickbacks.follow_document,),
    ),
    **dict.fromkeys(
        ("commission_posted", "commission_reversed", postback_facts.POSTED), (postback_facts.follow,)
    ),
    "customer_registered": (kickbacks.follow_sign_up,),
    "coupon_released": (kickbacks.follow_release,),
}
"""What is done for each topic; a topic without a handler has nobody to hear it and is done at once."""
EFFECTS: dict[str, Preparer] = {
    written_mails.MAIL: _prepare_mail,
    written_sms.SMS: short.prepare,
    webhook_calls.WEBHOOK: calls.prepare,
    own_letters.TRY: mails.prepare_try,
    shares.MAIL: share_mails.prepare,
    shares.REMINDER: share_mails.prepare,
    rewards.ACTIVE: share_mails.prepare_reward,
    pulling.PULL: pulls.prepare,
    pushed_codes.PUSH: pushes.prepare,
    **dict.fromkeys(BY_TOPIC, notices.prepare),
}
"""What reaches beyond the database: prepared in a transaction, done after it, then marked as done."""
