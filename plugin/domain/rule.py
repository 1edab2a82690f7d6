"""Rules: when, if, then. They are read in `rule_reading`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from .condition import Node


class On(StrEnum):
    """What a rule waits for."""

    REFERRAL_STARTED = "referral_started"
    SIGNED_UP = "signed_up"
    ORDER_PLACED = "order_placed"
    ORDER_PAID = "order_paid"
    RETURNED = "returned"
    EVENT = "event"
    """Any event that is sent in, by its name."""
    FIELD = "field_changed"
    SEGMENT_ADDED = "segment_added"
    SEGMENT_REMOVED = "segment_removed"
    SALE = "sale"
    """A sale on which a partner earns."""


class Who(StrEnum):
    """Whose event it must be."""

    FRIEND = "friend"
    SHARER = "sharer"
    ANYONE = "anyone"


class SaleKind(StrEnum):
    """What an affiliate sale is."""

    SINGLE = "single"
    RECURRING = "recurring"
    MANUAL = "manual"


class To(StrEnum):
    """Whom an action is for."""

    SHARER = "sharer"
    FRIEND = "friend"
    PARTNER = "partner"
    CUSTOMER = "customer"


NAMED = {On.EVENT: "event", On.FIELD: "field", On.SEGMENT_ADDED: "segment", On.SEGMENT_REMOVED: "segment"}
"""Triggers that ask for a name, and of what; a field or segment without one is any."""


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """When a rule is judged: at an event, or `days` after it."""

    on: On
    who: Who = Who.FRIEND
    name: str = ""
    kinds: frozenset[SaleKind] = frozenset()
    campaign: str = ""
    days: int = 0


class ActionKind(StrEnum):
    """What a rule can do."""

    MAIL = "mail"
    REWARD = "reward"
    CANCEL_REWARD = "cancel_reward"
    RESET_REFERRAL = "reset_referral"
    TAG = "tag"
    NOTE = "note"
    TASK = "task"
    SMS = "sms"
    WEBHOOK = "webhook"
    OWN_MAIL = "own_mail"
    """A mail of the shop's own template."""


class SlotKind(StrEnum):
    """What somebody fills in of an action."""

    LINE = "line"
    TEXT = "text"
    TO = "to"
    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"
    CURRENCY = "currency"
    COUNTED = "counted"
    """Whose meetings of the rule choose a step: sharer, friend or rule."""
    TAG = "tag"
    STEPS = "steps"
    """From which count on how much: texts such as 5=20.00."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One thing to fill in of an action; `places` says that placeholders stand for facts in it."""

    name: str
    kind: SlotKind
    needed: bool = True
    longest: int = 200
    places: bool = False


_TO = Slot(name="to", kind=SlotKind.TO)
SLOTS: Mapping[ActionKind, Sequence[Slot]] = {
    ActionKind.MAIL: (
        _TO,
        Slot(name="subject", kind=SlotKind.LINE, places=True),
        Slot(name="text", kind=SlotKind.TEXT, longest=5000, places=True),
    ),
    ActionKind.REWARD: (
        _TO,
        Slot(name="label", kind=SlotKind.LINE, longest=60),
        Slot(name="amount", kind=SlotKind.NUMBER, needed=False),
        Slot(name="percent", kind=SlotKind.NUMBER, needed=False),
        Slot(name="steps", kind=SlotKind.STEPS, needed=False),
        Slot(name="by", kind=SlotKind.COUNTED, needed=False),
        Slot(name="currency", kind=SlotKind.CURRENCY, needed=False),
        Slot(name="credit", kind=SlotKind.FLAG, needed=False),
        Slot(name="hold_days", kind=SlotKind.COUNT, needed=False),
        Slot(name="valid_days", kind=SlotKind.COUNT, needed=False),
        Slot(name="subject", kind=SlotKind.LINE, needed=False, places=True),
        Slot(name="text", kind=SlotKind.TEXT, needed=False, longest=5000, places=True),
    ),
    ActionKind.CANCEL_REWARD: (_TO, Slot(name="used_too", kind=SlotKind.FLAG, needed=False)),
    ActionKind.RESET_REFERRAL: (Slot(name="cancel", kind=SlotKind.FLAG, needed=False),),
    ActionKind.TAG: (_TO, Slot(name="tag", kind=SlotKind.TAG)),
    ActionKind.NOTE: (_TO, Slot(name="text", kind=SlotKind.TEXT, longest=1000, places=True)),
    ActionKind.TASK: (
        _TO,
        Slot(name="title", kind=SlotKind.LINE, longest=150, places=True),
        Slot(name="due_days", kind=SlotKind.COUNT, needed=False),
    ),
    ActionKind.SMS: (_TO, Slot(name="text", kind=SlotKind.TEXT, longest=400, places=True)),
    ActionKind.WEBHOOK: (Slot(name="endpoint", kind=SlotKind.LINE, longest=100),),
    ActionKind.OWN_MAIL: (_TO, Slot(name="template", kind=SlotKind.LINE, longest=40)),
}
REWARD_PLACES = frozenset({"reward.code", "reward.worth"})
"""What may stand in the mail about a reward: it goes when its code is there."""
Step = tuple[int, Decimal]
Filled = str | Decimal | bool | int | To | tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Action:
    """What a rule does, where its own condition is met too."""

    kind: ActionKind
    filled: Mapping[str, Filled] = field(default_factory=dict)
    condition: Node | None = None

    @property
    def to(self) -> To:
        """Whom it is for."""
        return To(str(self.filled["to"]))

    def text(self, name: str) -> str:
        """Give a filled text, "" where it is left empty."""
        return str(self.filled.get(name, ""))

    @property
    def steps(self) -> tuple[Step, ...]:
        """From which count on how much, in rising order."""
        found = self.filled.get("steps", ())
        return found if isinstance(found, tuple) else ()


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One version of a rule: trigger, condition (None: always) and actions."""

    trigger: Trigger
    condition: Node | None
    actions: tuple[Action, ...]
