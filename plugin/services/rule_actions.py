"""What rules do: each action of a rule that was met, in the same transaction; beyond it go outbox rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..domain.condition_judging import Step
from ..domain.rule import ActionKind
from . import mails, rule_messages, rule_rewards
from .context import Context
from .rule_act import Act, Json
from .rule_deciding import Decision, trace

LOCKING = frozenset({ActionKind.REWARD, ActionKind.CANCEL_REWARD, ActionKind.RESET_REFERRAL, ActionKind.TAG})
"""Actions that change people, who are locked before."""


def perform(ctx: Context, decision: Decision) -> list[Json]:
    """Do the actions of a rule that was met; say of each what it did, or why nothing."""
    return [
        _one(Act(ctx=ctx, decision=decision, action=action, number=number), judge)
        for number, (action, judge) in enumerate(decision.rule.ready.actions)
    ]


def _one(act: Act, judge: Any) -> Json:  # noqa: ANN401 - a judge or None
    steps: list[Step] = []
    if judge is not None and judge(act.decision.scope, steps) is not True:
        return {"do": act.action.kind.value, "came": "condition", "trace": trace(steps)}
    said = _DOING[act.action.kind](act)
    return {"do": act.action.kind.value, **said, **({"trace": trace(steps)} if steps else {})}


def _mail(act: Act) -> Json:
    who = act.receiver
    if who is None:
        return {"came": "nobody"}
    values = {"subject": act.words("subject"), "text": act.words("text")}
    if act.decision.rule.leave:
        values["leave"] = act.decision.rule.leave
    mails.put(act.ctx.conn, mails.Letter.RULE, who.id, values, now=act.ctx.now)
    return {"came": "done", "contact_id": who.id}


_DOING: Mapping[ActionKind, Callable[[Act], Json]] = {
    ActionKind.MAIL: _mail,
    ActionKind.REWARD: rule_rewards.give,
    ActionKind.CANCEL_REWARD: rule_rewards.cancel,
    ActionKind.RESET_REFERRAL: rule_rewards.reset,
    ActionKind.TAG: rule_messages.tag,
    ActionKind.NOTE: rule_messages.note,
    ActionKind.TASK: rule_messages.task,
    ActionKind.SMS: rule_messages.sms,
    ActionKind.WEBHOOK: rule_messages.webhook,
    ActionKind.OWN_MAIL: rule_messages.own_mail,
}
