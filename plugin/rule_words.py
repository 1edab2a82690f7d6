"""What rules say, in words of the reader's language: triggers, fields, conditions, actions, mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .domain.condition import FRIENDS_OPERATORS as _OF_FRIENDS
from .domain.condition import Fault, Friends, Group, Node, Not, Operator, Problem, Test
from .domain.rule import ActionKind, On, SaleKind, To, Trigger, Who
from .domain.rule_fields import own_field
from .domain.rule_reading import read_rule
from .i18n import gettext as _
from .i18n import lazy_gettext as _l

TRIGGERS: Mapping[str, str] = {
    On.REFERRAL_STARTED.value: _l("a referral starts"),
    On.SIGNED_UP.value: _l("somebody signs up"),
    On.ORDER_PLACED.value: _l("an order is placed"),
    On.ORDER_PAID.value: _l("an order is paid"),
    On.RETURNED.value: _l("a purchase comes back"),
    On.EVENT.value: _l("an event is sent in"),
    On.FIELD.value: _l("a field changes"),
    On.SEGMENT_ADDED.value: _l("a segment is added"),
    On.SEGMENT_REMOVED.value: _l("a segment is taken away"),
    On.SALE.value: _l("a partner earns on a sale"),
}
WHOSE: Mapping[str, str] = {
    Who.FRIEND.value: _l("of a friend"),
    Who.SHARER.value: _l("of a sharer"),
    Who.ANYONE.value: _l("of anybody"),
}
SALES: Mapping[str, str] = {
    SaleKind.SINGLE.value: _l("single purchases"),
    SaleKind.RECURRING.value: _l("recurring payments"),
    SaleKind.MANUAL.value: _l("sales by hand"),
}
RECEIVERS: Mapping[str, str] = {
    To.SHARER.value: _l("the sharer"),
    To.FRIEND.value: _l("the friend"),
    To.PARTNER.value: _l("the partner"),
    To.CUSTOMER.value: _l("the customer"),
}
ACTIONS: Mapping[str, str] = {
    ActionKind.MAIL.value: _l("Send a mail"),
    ActionKind.REWARD.value: _l("Give a reward"),
    ActionKind.CANCEL_REWARD.value: _l("Take rewards back"),
    ActionKind.RESET_REFERRAL.value: _l("Reset the referral"),
    ActionKind.TAG.value: _l("Put a tag on"),
    ActionKind.NOTE.value: _l("Write a note"),
    ActionKind.TASK.value: _l("Add a task"),
    ActionKind.SMS.value: _l("Send a short message"),
    ActionKind.WEBHOOK.value: _l("Call a webhook"),
    ActionKind.OWN_MAIL.value: _l("Send an own mail"),
}
SLOTS: Mapping[str, str] = {
    "to": _l("To whom"),
    "subject": _l("Subject"),
    "text": _l("Text"),
    "label": _l("Name of the reward"),
    "amount": _l("Amount"),
    "percent": _l("Per cent"),
    "steps": _l("Steps, such as 5=20.00"),
    "by": _l("Steps by the count of"),
    "currency": _l("Currency"),
    "credit": _l("Store credit, such as a gift card"),
    "hold_days": _l("Days to wait before it is given"),
    "valid_days": _l("Days for which it is valid"),
    "used_too": _l("Used ones too: they are owed"),
    "tag": _l("Tag"),
    "title": _l("What is to be done"),
    "due_days": _l("Due in how many days"),
    "endpoint": _l("Name of the endpoint"),
    "template": _l("Name of the own mail"),
    "cancel": _l("Take back rewards that were not used"),
}
COUNTED: Mapping[str, str] = {"sharer": _l("the sharer"), "friend": _l("the friend"), "rule": _l("all")}
OPERATORS: Mapping[str, str] = {
    Operator.IS.value: _l("is"),
    Operator.IS_NOT.value: _l("is not"),
    Operator.IN.value: _l("is one of"),
    Operator.NOT_IN.value: _l("is none of"),
    Operator.CONTAINS.value: _l("contains"),
    Operator.STARTS_WITH.value: _l("begins with"),
    Operator.LESS.value: _l("is less than"),
    Operator.AT_MOST.value: _l("is at most"),
    Operator.MORE.value: _l("is more than"),
    Operator.AT_LEAST.value: _l("is at least"),
    Operator.EVERY.value: _l("is every nth, n being"),
    Operator.BEFORE.value: _l("is before"),
    Operator.AFTER.value: _l("is after"),
    Operator.HAS.value: _l("has"),
    Operator.HAS_NOT.value: _l("has not"),
    Operator.IS_SET.value: _l("is known"),
    Operator.NOT_SET.value: _l("is not known"),
}
FRIENDS_OPERATORS: Mapping[str, str] = {one.value: OPERATORS[one.value] for one in _OF_FRIENDS}
_HOLDERS: Mapping[str, str] = {
    "friend": _l("Friend"),
    "sharer": _l("Sharer"),
    "person": _l("Person"),
    "event": _l("Event"),
    "referral": _l("Referral"),
    "referrals": _l("Referrals of the sharer"),
    "count": _l("Times that the rule was met"),
}
_FIELDS: Mapping[str, str] = {
    "type": _l("type"), "ref": _l("customer number"), "email": _l("e-mail"), "name": _l("name"),
    "country": _l("country"), "locale": _l("language"), "segments": _l("segments"), "tags": _l("tags"),
    "created_at": _l("known since"), "days_known": _l("days known"), "total": _l("total"),
    "discount": _l("discount"), "currency": _l("currency"), "codes": _l("codes"), "coupons": _l("coupons"),
    "campaigns": _l("campaigns"), "products": _l("products"), "categories": _l("categories"),
    "first": _l("first order"), "recurring": _l("recurring"), "returned": _l("amount that came back"),
    "whole": _l("all came back"), "kind": _l("kind"), "commission": _l("commission"),
    "field": _l("field"), "before": _l("before"), "after": _l("after"), "segment": _l("segment"),
    "at": _l("time"), "days": _l("days since it started"), "started_at": _l("started"),
    "number": _l("number"), "sharer": _l("for this sharer"), "friend": _l("for this friend"),
    "rule": _l("for all"), "order_ref": _l("order"), "program": _l("program"),
}  # fmt: skip
_PROBLEMS: Mapping[Problem, str] = {
    Problem.NO_TREE: _l("This is no condition."),
    Problem.NO_JSON: _l("This is no JSON from line and column %(about)s on."),
    Problem.TOO_DEEP: _l("It goes deeper than %(about)s levels."),
    Problem.TOO_MANY: _l("There are more than %(about)s."),
    Problem.EMPTY: _l("There is nothing in it."),
    Problem.UNKNOWN_FIELD: _l("There is no field “%(about)s”."),
    Problem.NOT_HERE: _l("What the rule waits for does not bring “%(about)s”."),
    Problem.OPERATOR: _l("This field cannot be compared by “%(about)s”."),
    Problem.VALUE_MISSING: _l("A value is missing."),
    Problem.VALUE_UNWANTED: _l("There is nothing to fill in here."),
    Problem.VALUE_TEXT: _l("A text is needed."),
    Problem.VALUE_NUMBER: _l("A number is needed."),
    Problem.VALUE_WHOLE: _l("A whole number from 1 is needed."),
    Problem.VALUE_FLAG: _l("Yes or no is needed."),
    Problem.VALUE_MOMENT: _l("A day or time is needed, such as 2026-11-30."),
    Problem.VALUE_LIST: _l("A list is needed."),
    Problem.VALUE_STEP: _l("Write each step as count=amount, the counts rising."),
    Problem.TOO_LONG: _l("At most %(about)s, please."),
    Problem.SPAN: _l("Give days from 0 to 3660."),
    Problem.WITHOUT_HISTORY: _l("Over a span of time, only the friend’s own fields and segments are known."),
    Problem.UNKNOWN_KEY: _l("This is not known here."),
    Problem.MISSING: _l("Please fill this in."),
    Problem.CHOICE: _l("Possible are: %(about)s."),
    Problem.PLACEHOLDER: _l("Nothing stands for {%(about)s}."),
    Problem.UNKNOWN_ENDPOINT: _l("There is no endpoint “%(about)s”."),
    Problem.UNKNOWN_TEMPLATE: _l("There is no own mail “%(about)s”."),
    Problem.ONE_OF: _l("Give exactly one of: %(about)s."),
}
CAME: Mapping[str, str] = {
    "done": _l("done"),
    "condition": _l("its own condition was not met"),
    "nobody": _l("there is nobody it is for"),
    "no_step": _l("the first step is not reached"),
    "refused": _l("it could not be done"),
    "nothing": _l("there was nothing to do"),
}


def problem_said(fault: Fault) -> str:
    """Say what is wrong at a place."""
    return str(_PROBLEMS[fault.problem]) % {"about": fault.about}


def fault_said(fault: Fault) -> str:
    """Say what is wrong with its place, such as `condition.all[1].value`."""
    return f"{fault.path}: {problem_said(fault)}" if fault.path else problem_said(fault)


def field_words(name: str) -> str:
    """Name a field."""
    own = own_field(name)
    holder, _dot, rest = name.partition(".")
    if own is not None:
        return f"{_HOLDERS[own[0]]}: {own[1]}"
    return f"{_HOLDERS.get(holder, holder)}: {_FIELDS.get(rest, rest)}"


def data_words(data: Mapping[str, Any]) -> str:
    """Say what an event brought, each by its name; what the shop named itself stays as it is."""
    return "; ".join(f"{_FIELDS.get(name, name)}: {value_words(value)}" for name, value in data.items())


def value_words(value: Any) -> str:  # noqa: ANN401 - whatever was found or is wanted
    """Give a value as people read it."""
    if value is None or value == "":
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(value_words(one) for one in value) or _("none")
    return str(value)


def test_words(test: Test | Friends) -> str:
    """Say what a test asks for."""
    operator = OPERATORS[test.operator.value]
    if isinstance(test, Friends):
        inner = condition_words(test.where)
        return _(
            "Friends for whom “%(inner)s” holds for %(days)s days: the number %(operator)s %(value)s",
            inner=inner,
            days=test.days,
            operator=operator,
            value=value_words(test.value),
        )
    if test.value is None:
        return f"{field_words(test.field)} {operator}"
    return f"{field_words(test.field)} {operator} {value_words(test.value)}"


def condition_words(node: Node | None) -> str:
    """Say what a condition asks for, in one sentence."""
    if node is None:
        return _("always")
    if isinstance(node, Test | Friends):
        return test_words(node)
    if isinstance(node, Not):
        return _("not (%(inner)s)", inner=condition_words(node.part))
    return _joined(node)


def _joined(node: Group) -> str:
    word = _("and") if node.needs_all else _("or")
    parts = [
        f"({condition_words(part)})" if isinstance(part, Group) else condition_words(part)
        for part in node.parts
    ]
    return f" {word} ".join(parts)


def trigger_words(trigger: Trigger) -> str:
    """Say what a rule waits for."""
    said = (
        f"{TRIGGERS[trigger.on.value]} “{trigger.name}”" if trigger.name else f"{TRIGGERS[trigger.on.value]}"
    )
    said += f", {WHOSE[trigger.who.value]}"
    if trigger.kinds:
        said += f" ({', '.join(str(SALES[kind.value]) for kind in sorted(trigger.kinds))})"
    if trigger.campaign:
        said += _(", campaign %(name)s", name=trigger.campaign)
    if trigger.days:
        said += _(", %(days)s days after it", days=trigger.days)
    return said


def at_paths(node: Node | None) -> Mapping[str, Test | Friends]:
    """Give the tests of a condition by their places."""
    if node is None:
        return {}
    if isinstance(node, Test | Friends):
        return {node.path: node}
    parts: Sequence[Node] = (node.part,) if isinstance(node, Not) else node.parts
    return {path: test for part in parts for path, test in at_paths(part).items()}


def traced(node: Node | None, trace: Sequence[Any]) -> list[tuple[str, bool, str]]:
    """Give of each judged test what it asks for, whether it was met, and what was found."""
    known = at_paths(node)
    return [
        (test_words(known[path]) if path in known else path, bool(met), value_words(found))
        for path, met, found in trace
    ]


def rule_sentence(written: object) -> str:
    """Say in one sentence what a version says."""
    definition = read_rule(written)
    actions = ", ".join(str(ACTIONS[action.kind.value]) for action in definition.actions)
    when, condition = trigger_words(definition.trigger), condition_words(definition.condition)
    return _(
        "When %(when)s; if %(condition)s; then: %(actions)s", when=when, condition=condition, actions=actions
    )
