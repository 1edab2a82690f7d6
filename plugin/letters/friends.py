"""Letters of campaigns: the code to pass on, a reminder to do so, and a reward that is there."""

from __future__ import annotations

from ..i18n import gettext as _
from .wording import Told, Wording, button, greeting, some


def share(told: Told) -> Wording:
    """Give a buyer the code to pass on."""
    return Wording(
        subject=told.values["offer"],
        heading=greeting(told),
        paragraphs=(
            _("Thank you for your order at %(shop)s.", shop=told.shop),
            told.values["lead"],
            *_code(told),
        ),
        action=button(_("Pass it on"), told),
        notes=some(told.values["conditions"]),
        reason=_reason(told),
        leave=_leave(told),
    )


def reminder(told: Told) -> Wording:
    """Remind who has not passed a code on yet."""
    return Wording(
        subject=_("Do not forget: %(offer)s", offer=told.values["offer"]),
        heading=greeting(told),
        paragraphs=(
            _("You have a code for your friends and have not passed it on yet."),
            told.values["lead"],
            *_code(told),
        ),
        action=button(_("Pass it on"), told),
        notes=some(told.values["conditions"]),
        reason=_reason(told),
        leave=_leave(told),
    )


def reward(told: Told) -> Wording:
    """Give the code of a reward."""
    worth, code = told.values["worth"], told.values["code"]
    return Wording(
        subject=_("Your reward: %(worth)s for your next order", worth=worth),
        heading=greeting(told),
        paragraphs=(
            told.values["thanks"],
            _("With this code you save %(worth)s on your next order: %(code)s", worth=worth, code=code),
        ),
        action=button(_("See my codes and rewards"), told),
        reason=_("You get this mail because you passed on a code of %(shop)s.", shop=told.shop),
    )


def _code(told: Told) -> tuple[str, str]:
    return (
        _("Your code: %(code)s", code=told.values["code"]),
        _("For your friends: %(link)s", link=told.values["friend_link"]),
    )


def _reason(told: Told) -> str:
    return _("You get this mail because you ordered at %(shop)s.", shop=told.shop)


def _leave(told: Told) -> tuple[str, str]:
    return (_("Get no more of these mails"), told.values["leave"])
