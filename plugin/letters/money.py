"""Letters to partners about their money."""

from __future__ import annotations

from ..i18n import gettext as _
from .wording import Told, Wording, button, greeting


def paid(told: Told) -> Wording:
    """Tell that a payout is on its way."""
    amount = told.values["amount"]
    return Wording(
        subject=_("%(shop)s pays you %(amount)s", shop=told.shop, amount=amount),
        heading=greeting(told),
        paragraphs=(
            _("You are paid %(amount)s: %(way)s.", amount=amount, way=told.values["way"]),
            told.values["how_long"],
        ),
        action=button(_("Open my payouts"), told),
        reason=reason(told),
    )


def failed(told: Told) -> Wording:
    """Tell that a payout did not arrive, and why."""
    amount, why = told.values["amount"], told.values["why"]
    return Wording(
        subject=_("A payout of %(shop)s did not arrive", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("Your payout of %(amount)s did not arrive: %(why)s", amount=amount, why=why),
            _("Nothing is lost: the amount is payable again and comes into the next run. Please look "
              "whether your payout details are right."),
        ),
        action=button(_("Look at my payout details"), told),
        reason=reason(told),
    )  # fmt: skip


def changed(told: Told) -> Wording:
    """Tell that payout details were changed, so that a theft is noticed."""
    return Wording(
        subject=_("Your payout details at %(shop)s were changed", shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("On %(day)s somebody changed in your desk how you are paid.", day=told.values["day"]),
            told.values["news"],
            _("If it was not you, take the change back in your desk at once, and tell the shop."),
        ),
        action=button(_("Open my payouts"), told),
        reason=_("This notice cannot be switched off: by it you notice a theft."),
    )


def issued(told: Told) -> Wording:
    """Tell that a statement was written."""
    number, amount = told.values["number"], told.values["amount"]
    return Wording(
        subject=_("Your statement %(number)s of %(shop)s", number=number, shop=told.shop),
        heading=greeting(told),
        paragraphs=(
            _("The shop has written the invoice for your commissions: number %(number)s over %(amount)s.",
              number=number, amount=amount),
            _("Please look at it. Where something is wrong, object to it in your desk."),
        ),
        action=button(_("Open the statement"), told),
        reason=reason(told),
    )  # fmt: skip


def reason(told: Told) -> str:
    """Say why partners get such mails, and where they choose them."""
    return _(
        "You get this mail because you are a partner of %(shop)s. Which of these mails you want, you say in "
        "your desk, under settings.",
        shop=told.shop,
    )
