"""Letters about being a partner: becoming one, signing in, and a trial that mails arrive."""

from __future__ import annotations

from ..i18n import gettext as _
from .wording import Told, Wording, button, greeting, some


def trial(told: Told) -> Wording:
    """Show that mails arrive."""
    return Wording(
        subject=_("A trial mail of %(shop)s", shop=told.shop),
        heading=greeting(told),
        paragraphs=(_("This mail shows that mails of the partner program arrive. There is nothing to do."),),
        reason=_(
            "You get this mail because somebody who runs %(shop)s tried out how mails are sent.",
            shop=told.shop,
        ),
    )


def welcome(told: Told) -> Wording:
    """Greet a partner who signs in with a password that is set by the link."""
    return Wording(
        subject=_welcome_subject(told),
        heading=greeting(told),
        paragraphs=_welcome_paragraphs(told),
        action=button(_("Set my password"), told),
        notes=(
            _("You sign in with this e-mail address and the password that you set. The link holds seven "
              "days and works once; later ask for another one where you sign in: %(address)s",
              address=told.values["sign_in"]),
            _("Your desk: %(address)s", address=told.values["desk"]),
        ),
        reason=_welcome_reason(told),
    )  # fmt: skip


def welcome_account(told: Told) -> Wording:
    """Greet a partner who signs in with an account in the shop."""
    return Wording(
        subject=_welcome_subject(told),
        heading=greeting(told),
        paragraphs=_welcome_paragraphs(told),
        action=button(_("Open my desk"), told),
        notes=(
            _("You sign in with your account in the shop, under this e-mail address. If you have no password "
              "yet or do not remember it, set a new one on the page where you sign in."),
        ),
        reason=_welcome_reason(told),
    )  # fmt: skip


def _welcome_subject(told: Told) -> str:
    return _("You are a partner of %(shop)s", shop=told.shop)


def _welcome_paragraphs(told: Told) -> tuple[str, ...]:
    return (
        _("You are a partner of %(shop)s now. You pass codes on, and earn a commission when somebody "
          "buys with them.", shop=told.shop),
        _("In your desk you find your codes, your first line and what you have earned."),
    )  # fmt: skip


def _welcome_reason(told: Told) -> str:
    return _("You get this mail because %(shop)s has made you a partner.", shop=told.shop)


def confirm(told: Told) -> Wording:
    """Ask whether the address is the reader's."""
    return Wording(
        subject=_("Please confirm your e-mail address"),
        heading=greeting(told),
        paragraphs=(
            _("Somebody applied with this address to be a partner of %(shop)s. If it was you, please confirm "
              "that the address is yours; only then the application is read.", shop=told.shop),
        ),
        action=button(_("Confirm my address"), told),
        notes=(
            _("The link holds three days. If it was not you, there is nothing to do: the application is "
              "deleted by itself."),
        ),
        reason=_("You get this mail because this address was typed into the page for new partners."),
    )  # fmt: skip


def partner_already(told: Told) -> Wording:
    """Tell a partner whose address was typed into the public page."""
    return Wording(
        subject=_("You are a partner of %(shop)s already", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("Somebody applied with this address to be a partner of %(shop)s. You are one already: just "
              "open your desk.", shop=told.shop),
        ),
        action=button(_("Open my desk"), told),
        notes=(_("If it was not you, there is nothing to do."),),
        reason=_("You get this mail because this address was typed into the page for new partners."),
    )  # fmt: skip


def declined(told: Told) -> Wording:
    """Decline an application, with the reason where one is given."""
    return Wording(
        subject=_("Your application at %(shop)s", shop=told.shop),
        heading=greeting(told),
        paragraphs=some(
            _("Thank you for your application to be a partner of %(shop)s. We cannot accept it.",
              shop=told.shop),
            told.values.get("why", ""),
        ),
        reason=_("You get this mail because you applied to be a partner of %(shop)s.", shop=told.shop),
    )  # fmt: skip


def log_in(told: Told) -> Wording:
    """Send the link to sign in."""
    return Wording(
        subject=_("Your link to sign in"),
        heading=greeting(told),
        paragraphs=(_("With this link you sign in to your desk at %(shop)s.", shop=told.shop),),
        action=button(_("Sign in"), told),
        notes=(
            _("The link holds 30 minutes and works once. If you did not ask for it, there is nothing to do."),
        ),
        reason=_("You get this mail because somebody asked for a link to sign in with this address."),
    )


def password(told: Told) -> Wording:
    """Send the link to set a new password."""
    return Wording(
        subject=_("Set a new password"),
        heading=greeting(told),
        paragraphs=(_("With this link you set a new password for your desk at %(shop)s.", shop=told.shop),),
        action=button(_("Set a new password"), told),
        notes=(
            _("The link holds 24 hours and works once. If you did not ask for it, there is nothing to do: "
              "your password stays as it is."),
        ),
        reason=_("You get this mail because somebody asked for a new password with this address."),
    )  # fmt: skip


def user(told: Told) -> Wording:
    """Send an admin of the standalone app the link to set the password."""
    return Wording(
        subject=_("Your log-in to the partner program of %(shop)s", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("With this link you set your password for the administration of the partner program."),
        ),
        action=button(_("Set my password"), told),
        notes=(_("The link holds 24 hours and works once. You sign in with this e-mail address then."),),
        reason=_("You get this mail because you have a log-in to this administration."),
    )
