"""The words of one mail, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..i18n import gettext as _
from ..services.mails import Receiver


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words of one mail. `action` is the label and the address of its one button."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    action: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    reason: str
    """Why the reader gets it; stands at its end."""
    closing: tuple[str, ...] = ()
    """Lines of the shop above that, such as who it is and where."""
    leave: tuple[str, str] | None = None
    """Label and address of the way to get no more of them."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a wording is made of: the shop's name, who reads it, and the words that are put into it."""

    shop: str
    receiver: Receiver
    values: Mapping[str, str]


Words = Callable[[Told], Wording]


def greeting(told: Told) -> str:
    """Greet who reads it, by name where it is known."""
    return _("Hello %(name)s", name=told.receiver.name) if told.receiver.name else _("Hello")


def button(label: str, told: Told) -> tuple[str, str] | None:
    """Give the button to the letter's link; without a known address of the shop there is none."""
    link = told.values.get("link", "")
    return (label, link) if link else None


def some(*texts: str) -> tuple[str, ...]:
    """Give those texts that say something."""
    return tuple(text for text in texts if text)
