"""The letter to a partner whose postback was switched off."""

from __future__ import annotations

from ..i18n import gettext as _
from .money import reason
from .wording import Told, Wording, button, greeting, some


def switched_off(told: Told) -> Wording:
    """Tell that a postback is called no more, and what to do."""
    host = told.values["host"]
    return Wording(
        subject=_("Your postback to %(host)s was switched off", host=host),
        heading=greeting(told),
        paragraphs=some(
            _("%(shop)s does not call %(host)s any more.", shop=told.shop, host=host),
            told.values["cause"],
            _("Nothing is lost: your desk shows every sale and every commission. Mend the address or your "
              "server, then switch the postback on again and send what was given up once more."),
        ),
        action=button(_("Open my postbacks"), told),
        reason=reason(told),
    )  # fmt: skip
