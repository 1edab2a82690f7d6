"""What our mails say, in the language that is spoken while they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..i18n import gettext as _
from ..services.mails import Letter, Receiver


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


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a wording is made of: the shop's name, who reads it, and what was stored with the mail."""

    shop: str
    receiver: Receiver
    values: Mapping[str, str]


def wording(letter: Letter, told: Told) -> Wording:
    """Give the words of a mail."""
    return _WORDINGS[letter](told)


def trial(told: Told) -> Wording:
    """Give the words of a mail that only shows that mails arrive."""
    return Wording(
        subject=_("A trial mail of %(shop)s", shop=told.shop),
        heading=_greeting(told),
        paragraphs=(_("This mail shows that mails of the partner program arrive. There is nothing to do."),),
        reason=_(
            "You get this mail because somebody who runs %(shop)s tried out how mails are sent.",
            shop=told.shop,
        ),
    )


def _welcome(told: Told) -> Wording:
    return Wording(
        subject=_("You are a partner of %(shop)s", shop=told.shop),
        heading=_greeting(told),
        paragraphs=(
            _("You are a partner of %(shop)s now. You pass codes on, and earn a commission when somebody "
              "buys with them.", shop=told.shop),
            _("In your desk you find your codes, your first line and what you have earned."),
        ),
        action=(_("Open my desk"), told.values["desk"]),
        notes=(
            _("You sign in with your account in the shop, under this e-mail address. If you have no password "
              "yet or do not remember it, set a new one on the page where you sign in."),
        ),
        reason=_("You get this mail because %(shop)s has made you a partner.", shop=told.shop),
    )  # fmt: skip


def _greeting(told: Told) -> str:
    return _("Hello %(name)s", name=told.receiver.name) if told.receiver.name else _("Hello")


_WORDINGS: Mapping[Letter, Callable[[Told], Wording]] = {Letter.WELCOME: _welcome}
