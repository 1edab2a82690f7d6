"""The letters that the program writes by itself: what can be put into each, and how its text is laid out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .places import filled, places_of

LINK: Final = "link"
"""The word whose address the button of a letter opens."""
_BUTTON: Final = re.compile(r"\s*([^{}]*[^{}\s:])\s*:\s*\{\s*link\s*\}\s*")


class OwnLetter(StrEnum):
    """A letter that the program writes by itself, in our words until the shop gives its own."""

    WELCOME = "welcome"
    """To a partner who signs in with a password that is set by the letter's link."""
    WELCOME_ACCOUNT = "welcome_account"
    """To a partner who signs in with an account in the shop."""
    CONFIRM = "confirm"
    PARTNER_ALREADY = "partner_already"
    DECLINED = "declined"
    LOG_IN = "log_in"
    PASSWORD = "password"  # noqa: S105 - a letter
    PAID = "payout_paid"
    FAILED = "payout_failed"
    CHANGED = "payout_details_changed"
    ISSUED = "statement_issued"
    POSTBACK_OFF = "postback_off"
    SHARE = "share_mail"
    REMINDER = "share_reminder"
    REWARD = "reward_active"
    TRIAL = "trial"


COMMON: Final = ("name", "shop")
"""Words that every letter knows: its reader, and the shop."""
_ADDRESSES: Final = frozenset({LINK, "desk", "sign_in", "friend_link"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The words that a letter knows beside the common ones; without the `needed` ones it is of no use."""

    words: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()

    @property
    def in_text(self) -> tuple[str, ...]:
        """Give what can stand in the text."""
        return (*COMMON, *self.words)

    @property
    def in_subject(self) -> tuple[str, ...]:
        """Give what can stand in the subject: no addresses, since some are as good as a key."""
        return tuple(word for word in self.in_text if word not in _ADDRESSES)


_LINK_NEEDED: Final = Plan(words=(LINK,), needed=frozenset({LINK}))
_SHARED: Final = ("offer", "lead", "conditions", "code", "friend_link", LINK)
PLANS: Final[Mapping[OwnLetter, Plan]] = {
    OwnLetter.WELCOME: Plan(words=(LINK, "desk", "sign_in"), needed=frozenset({LINK})),
    OwnLetter.WELCOME_ACCOUNT: _LINK_NEEDED,
    OwnLetter.CONFIRM: _LINK_NEEDED,
    OwnLetter.PARTNER_ALREADY: _LINK_NEEDED,
    OwnLetter.DECLINED: Plan(words=("why",)),
    OwnLetter.LOG_IN: _LINK_NEEDED,
    OwnLetter.PASSWORD: _LINK_NEEDED,
    OwnLetter.PAID: Plan(words=("amount", "way", "how_long", LINK), needed=frozenset({"amount"})),
    OwnLetter.FAILED: Plan(words=("amount", "why", LINK), needed=frozenset({"amount", "why"})),
    OwnLetter.CHANGED: Plan(words=("day", "news", LINK), needed=frozenset({"news"})),
    OwnLetter.ISSUED: Plan(words=("number", "amount", LINK), needed=frozenset({"number"})),
    OwnLetter.POSTBACK_OFF: Plan(words=("host", "cause", LINK), needed=frozenset({"host"})),
    OwnLetter.SHARE: Plan(words=_SHARED, needed=frozenset({"code"})),
    OwnLetter.REMINDER: Plan(words=_SHARED, needed=frozenset({"code"})),
    OwnLetter.REWARD: Plan(words=("thanks", "worth", "code", LINK), needed=frozenset({"code"})),
    OwnLetter.TRIAL: Plan(),
}


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A text as the layout takes it; `action` is the label and the address of the one button."""

    paragraphs: tuple[str, ...]
    action: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()


def lay_out(text: str, words: Mapping[str, str]) -> Laid:
    """Put words into a text: each line is a paragraph, the first `Label: {link}` the button, the rest notes.

    Places without a word are left empty; so is a button without an address.
    """
    given = {**dict.fromkeys(places_of(text), ""), **words}
    before: list[str] = []
    after: list[str] = []
    action: tuple[str, str] | None = None
    for line in text.splitlines():
        button = _BUTTON.fullmatch(line) if action is None else None
        if button is not None:
            action = (button.group(1), given[LINK])
        else:
            (before if action is None else after).extend(_lines(filled(line, given)))
    pressed = action if action is not None and action[1] else None
    return Laid(paragraphs=tuple(before), action=pressed, notes=tuple(after))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def as_text(laid: Laid) -> str:
    """Write a layout as the text that gives it: the other way round."""
    button = () if laid.action is None else (f"{laid.action[0]}: {laid.action[1]}",)
    return "\n".join((*laid.paragraphs, *button, *laid.notes))
