"""Rewards that rules give and take back, and referrals that they reset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from ..domain.coupon import Treatment
from ..domain.money import major, minor
from ..domain.reward import RewardTerms, read
from ..domain.rule import Action
from ..models import Code, Reward, RewardState, RuleRun
from . import mails, referrals, rewards
from .context import Context
from .rule_act import Act, Json

_CODE = Code.__table__
_REWARD = Reward.__table__
_RUN = RuleRun.__table__
_UNUSED = (RewardState.PENDING.value, RewardState.ACTIVE.value)
_CAUSE = "rule:"


def give(act: Act) -> Json:
    """Give a reward, once for the rule's run; its mail goes when the code is there."""
    who, worth = act.receiver, _worth(act)
    if who is None or worth is None:
        return {"came": "nobody" if who is None else "no_step"}
    roles = act.decision.roles
    cause = rewards.Cause(
        key=act.cause,
        referral_id=None if roles.referral is None else roles.referral.id,
        friend_id=None if roles.friend is None else roles.friend.id,
        order_ref=act.decision.event.data.get("order_ref"),
    )
    held = act.action.filled.get("hold_days")
    due_at = act.ctx.now + timedelta(days=held if isinstance(held, int) else 0)
    try:
        terms = _terms(act.action, worth, act.ctx.settings.currency)
    except ValueError as error:
        # Without a currency of its own it is in the shop's, which may be coarser than what the rule says.
        return {"came": "refused", "contact_id": who.id, "why": str(error)}
    made = rewards.issue(act.ctx, who.id, terms, cause, due_at=due_at)
    said: Json = {"came": "done", "contact_id": who.id, "reward_id": made.id, "worth": worth_of(terms)}
    if act.action.text("subject"):
        said |= {"subject": act.words("subject"), "text": act.words("text")}
        said |= {"leave": act.decision.rule.leave} if act.decision.rule.leave else {}
    return said


def _worth(act: Act) -> Decimal | None:
    """Give amount or per cent: that of the highest step reached by the count; None: there is none."""
    if not act.action.steps:
        fixed = act.action.filled.get("amount", act.action.filled.get("percent"))
        return fixed if isinstance(fixed, Decimal) else None
    count = (act.decision.scope.counts or {}).get(act.action.text("by"), 0)
    reached = [worth for begins, worth in act.action.steps if begins <= count]
    return reached[-1] if reached else None


def _terms(action: Action, worth: Decimal, currency: str) -> RewardTerms:
    valid = action.filled.get("valid_days")
    common: Mapping[str, Any] = {
        "label": action.text("label"),
        "valid_days": valid if isinstance(valid, int) else None,
        "treatment": Treatment.MULTI_PURPOSE if action.filled.get("credit") else Treatment.PRICE_CUT,
    }
    if "percent" in action.filled:
        return RewardTerms(percent=worth, **common)
    currency = action.text("currency") or currency
    return RewardTerms(amount=minor(worth, currency), currency=currency, **common)


def worth_of(terms: RewardTerms) -> str:
    """Give what a reward takes off, in words of all languages."""
    if terms.amount is None or terms.currency is None:
        return f"{terms.percent} %"
    return f"{major(terms.amount, terms.currency)} {terms.currency}"


def mail_active(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Write the mail about a reward of a rule once its code is there."""
    reward = ctx.conn.execute(select(_REWARD).where(_REWARD.c.id == payload["reward_id"])).one()
    if not reward.source_key.startswith(_CAUSE) or reward.code_id is None:
        return
    rule_id, event_id, number = (int(part) for part in reward.source_key.split(":")[1:])
    query = select(_RUN.c.done).where(_RUN.c.rule_id == rule_id, _RUN.c.event_id == event_id)
    done = ctx.conn.execute(query).scalar()
    said = done[number] if done else {}
    if "subject" not in said:
        return
    code = ctx.conn.execute(select(_CODE.c.display).where(_CODE.c.id == reward.code_id)).scalar_one()
    places = {"{reward.code}": code, "{reward.worth}": worth_of(read(reward.terms))}
    values = {name: _with_places(said[name], places) for name in ("subject", "text")}
    values |= {"leave": said["leave"]} if "leave" in said else {}
    mails.put(ctx.conn, mails.Letter.RULE, reward.contact_id, values, now=ctx.now)


def _with_places(text: str, places: Mapping[str, str]) -> str:
    for place, value in places.items():
        text = text.replace(place, value)
    return text


def cancel(act: Act) -> Json:
    """Take back what somebody got by this friend or order; what was used only where the rule says so."""
    who, roles = act.receiver, act.decision.roles
    if who is None:
        return {"came": "nobody"}
    causes = [_REWARD.c.referral_id == roles.referral.id] if roles.referral is not None else []
    if roles.friend is not None:
        causes.append(_REWARD.c.friend_id == roles.friend.id)
    order_ref = act.decision.event.data.get("order_ref")
    if order_ref is not None:
        causes.append(_REWARD.c.order_ref == order_ref)
    used_too = bool(act.action.filled.get("used_too"))
    states = (*_UNUSED, RewardState.USED.value) if used_too else _UNUSED
    mine = (_REWARD.c.contact_id == who.id, _REWARD.c.state.in_(states), or_(*causes))
    found = act.ctx.conn.execute(select(_REWARD.c.id).where(*mine).order_by(_REWARD.c.id)).scalars().all()
    why = f"rule {act.decision.rule.id}"
    if used_too:
        gone = [one for one in found if rewards.withdraw(act.ctx, one, why=why)]
    else:
        gone = [one for one in found if rewards.cancel(act.ctx, one, why=why)]
    return {"came": "done" if gone else "nothing", "contact_id": who.id, "rewards": gone}


def reset(act: Act) -> Json:
    """Close the referral with its counts, so that a new one may start."""
    referral = act.decision.roles.referral
    if referral is None or referral.id is None:
        return {"came": "nobody"}
    cancels = bool(act.action.filled.get("cancel"))
    why = f"rule {act.decision.rule.id}"
    done = referrals.reset(act.ctx, referral.id, why=why, cancel_unused=cancels)
    return {"came": "done" if done else "nothing", "referral_id": referral.id, "changed": True}
