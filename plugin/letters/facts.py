"""Sentences that are put into letters as they are, in the language that is spoken."""

from __future__ import annotations

from datetime import datetime

from .. import i18n
from ..domain.payout import Method
from ..domain.payout_details import Details
from ..i18n import gettext as _
from ..payout_words import METHODS
from ..services.payout_details import Known


def how_long(method: str) -> str:
    """Say when a payout by some way is there."""
    texts = {
        Method.SEPA.value: _("The shop hands it to its bank; that takes some working days."),
        Method.PAYPAL.value: _("The shop hands it to PayPal; that takes some working days."),
        Method.CASH.value: _("Please fetch it at the shop."),
        Method.CREDIT.value: _("You find the code in your desk, under payouts."),
    }
    return texts[method]


def change_of_details(known: Known) -> str:
    """Say how a partner is paid from when on, after payout details were changed."""
    pending = known.pending
    if pending is None:
        return _("A change that waited was taken back, or holds by now.")
    way = way_of(pending)
    return _("From %(day)s on you are paid by: %(way)s. Until then nothing is paid out.",
             day=day_of(known.pending_from), way=way)  # fmt: skip


def way_of(details: Details | None) -> str:
    """Name a way to be paid, with as much of the account as tells it from others."""
    return "" if details is None else f"{METHODS[details.method.value]} {details.hint}".strip()


def day_of(moment: datetime | None) -> str:
    """Give the day of a moment in the shop's zone."""
    return "" if moment is None else i18n.day_text(i18n.local(moment).date())


def why_off(why: str) -> str:
    """Say why a postback was switched off by itself."""
    texts = {
        "gone": _("Your server says that the address is gone for good (410)."),
        "address": _("The address leads to a host that is not public; such hosts are not called."),
        "failed": _("For hours your server has taken no call, however often it was tried."),
    }
    return texts.get(why, "")


def thanks(friend: bool) -> str:
    """Thank for a friend who ordered, or for links by which somebody came."""
    if friend:
        return _("A friend has ordered with your code. Thank you for passing it on.")
    return _("Somebody came by your links. Thank you for passing your code on.")
