"""What our mails say, in the language that is spoken while they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

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
    leave: tuple[str, str] | None = None
    """Label and address of the way to get no more of them."""


class _WaysIn(TypedDict):
    action: tuple[str, str]
    notes: tuple[str, ...]


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
        heading=greeting(told),
        paragraphs=(_("This mail shows that mails of the partner program arrive. There is nothing to do."),),
        reason=_(
            "You get this mail because somebody who runs %(shop)s tried out how mails are sent.",
            shop=told.shop,
        ),
    )


def _welcome(told: Told) -> Wording:
    return Wording(
        subject=_("You are a partner of %(shop)s", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("You are a partner of %(shop)s now. You pass codes on, and earn a commission when somebody "
              "buys with them.", shop=told.shop),
            _("In your desk you find your codes, your first line and what you have earned."),
        ),
        **_ways_in(told),
        reason=_("You get this mail because %(shop)s has made you a partner.", shop=told.shop),
    )  # fmt: skip


def _ways_in(told: Told) -> _WaysIn:
    """Lead to the desk: with a password to set, or with the account in the shop."""
    desk, sign_in = told.values["desk"], told.values.get("sign_in", "")
    if "password" in told.values:
        return {
            "action": (_("Set my password"), told.values["password"]),
            "notes": (
                _("You sign in with this e-mail address and the password that you set. The link holds seven "
                  "days and works once; later ask for another one where you sign in: %(address)s",
                  address=sign_in),
                _("Your desk: %(address)s", address=desk),
            ),
        }  # fmt: skip
    return {
        "action": (_("Open my desk"), desk),
        "notes": (
            _("You sign in with your account in the shop, under this e-mail address. If you have no password "
              "yet or do not remember it, set a new one on the page where you sign in."),
        ),
    }  # fmt: skip


def _confirm(told: Told) -> Wording:
    return Wording(
        subject=_("Please confirm your e-mail address"),
        heading=greeting(told),
        paragraphs=(
            _("Somebody applied with this address to be a partner of %(shop)s. If it was you, please confirm "
              "that the address is yours; only then the application is read.", shop=told.shop),
        ),
        action=(_("Confirm my address"), told.values["confirm"]),
        notes=(
            _("The link holds three days. If it was not you, there is nothing to do: the application is "
              "deleted by itself."),
        ),
        reason=_("You get this mail because this address was typed into the page for new partners."),
    )  # fmt: skip


def _partner_already(told: Told) -> Wording:
    return Wording(
        subject=_("You are a partner of %(shop)s already", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("Somebody applied with this address to be a partner of %(shop)s. You are one already: just "
              "open your desk.", shop=told.shop),
        ),
        action=(_("Open my desk"), told.values["desk"]),
        notes=(_("If it was not you, there is nothing to do."),),
        reason=_("You get this mail because this address was typed into the page for new partners."),
    )  # fmt: skip


def _declined(told: Told) -> Wording:
    why = told.values.get("why", "")
    return Wording(
        subject=_("Your application at %(shop)s", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("Thank you for your application to be a partner of %(shop)s. We cannot accept it.",
              shop=told.shop),
            *((why,) if why else ()),
        ),
        reason=_("You get this mail because you applied to be a partner of %(shop)s.", shop=told.shop),
    )  # fmt: skip


def _log_in(told: Told) -> Wording:
    return Wording(
        subject=_("Your link to sign in"),
        heading=greeting(told),
        paragraphs=(_("With this link you sign in to your desk at %(shop)s.", shop=told.shop),),
        action=(_("Sign in"), told.values["link"]),
        notes=(
            _("The link holds 30 minutes and works once. If you did not ask for it, there is nothing to do."),
        ),
        reason=_("You get this mail because somebody asked for a link to sign in with this address."),
    )


def _password(told: Told) -> Wording:
    return Wording(
        subject=_("Set a new password"),
        heading=greeting(told),
        paragraphs=(_("With this link you set a new password for your desk at %(shop)s.", shop=told.shop),),
        action=(_("Set a new password"), told.values["link"]),
        notes=(
            _("The link holds 24 hours and works once. If you did not ask for it, there is nothing to do: "
              "your password stays as it is."),
        ),
        reason=_("You get this mail because somebody asked for a new password with this address."),
    )  # fmt: skip


def _mailing(told: Told) -> Wording:
    lines = (line.strip() for line in told.values["text"].splitlines())
    return Wording(
        subject=told.values["subject"],
        heading=greeting(told),
        paragraphs=tuple(line for line in lines if line),
        reason=_("You get this mail because %(shop)s knows you.", shop=told.shop),
        leave=_leave(told),
    )


def _leave(told: Told) -> tuple[str, str] | None:
    """Give the way to get no more of them; a rule that was not saved on a page knows no address."""
    if "leave" not in told.values:
        return None
    return (_("Get no more of these mails"), told.values["leave"])


def greeting(told: Told) -> str:
    """Greet who reads it, by name where it is known."""
    return _("Hello %(name)s", name=told.receiver.name) if told.receiver.name else _("Hello")


_WORDINGS: Mapping[Letter, Callable[[Told], Wording]] = {
    Letter.WELCOME: _welcome,
    Letter.CONFIRM: _confirm,
    Letter.PARTNER_ALREADY: _partner_already,
    Letter.DECLINED: _declined,
    Letter.LOG_IN: _log_in,
    Letter.PASSWORD: _password,
    Letter.MAILING: _mailing,
    Letter.RULE: _mailing,
}
