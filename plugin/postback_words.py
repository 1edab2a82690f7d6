"""Postbacks in words: what is told, what fills an address, why one is off, what is wrong with an address."""

from __future__ import annotations

from collections.abc import Mapping

from .domain.postback import TEST, Told
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .services.mistakes import BadPostback, Mistake, NoPartner

TOLD: Mapping[str, str] = {
    Told.SALE.value: _l("Sale credited"),
    Told.PENDING.value: _l("Commission posted, on hold"),
    Told.PAYABLE.value: _l("Commission payable"),
    Told.HELD.value: _l("Commission on hold again"),
    Told.REVERSED.value: _l("Commission taken back"),
    Told.PAID.value: _l("Payout made"),
    Told.RETURNED.value: _l("Payout did not arrive"),
    TEST: _l("Test"),
}
PLACES: Mapping[str, str] = {
    "event": _l("What happened, as it is called beside each event"),
    "id": _l("Name of the call: the same one again is the same call again"),
    "time": _l("When it was written down (ISO 8601)"),
    "amount": _l("Your commission, or the payout, such as 12.30"),
    "currency": _l("Currency of that, such as EUR"),
    "order_ref": _l("Number of the order or invoice"),
    "sale": _l("What the order comes to"),
    "sale_currency": _l("Currency of the order"),
    "level": _l("Your level, 1 for your own sales"),
    "code": _l("Your code, where one was redeemed"),
    "link": _l("The id of your link, where it came by one"),
    "label": _l("Your note on that link"),
    "sub_id": _l("What your link's address said as sub_id, where the visitor agreed to be known again"),
    "campaign": _l("What it said as utm_campaign"),
    "payout": _l("Number of the payout"),
}
_OFF: Mapping[str, str] = {
    "": _l("It is switched off."),
    "partner": _l("You have paused it."),
    "shop": _l("The shop has switched it off. Please ask the shop."),
    "gone": _l("It was switched off: your server says that the address is gone for good (410)."),
    "failed": _l("It was switched off: for hours your server has taken no call."),
    "address": _l("It was switched off: its host leads to an address that is not public."),
}
_WRONG: Mapping[str, str] = {
    "signs": _l("An address has at most 500 plain characters and no blanks."),
    "shape": _l("Write the whole address: https://host/path."),
    "extra": _l("The address holds no user, no password and no #."),
    "plain": _l("The address begins with https://."),
    "private": _l("This host is not public, so it is not called."),
    "method": _l("Please choose one."),
    "events": _l("Choose at least one event."),
    "many": _l("You have as many postbacks as are possible. Remove one first."),
    "tests": _l("That were many tests. Please wait an hour."),
    "off": _l("It is switched off."),
    "shop": _l("The shop has switched it off. Please ask the shop."),
    "feature": _l("The shop does not offer postbacks."),
}
FIELDS: Mapping[str, str] = {"method": "method", "events": "events"}
"""The field of a form that a problem is about, where it is not the address."""


def told_name(event: str) -> str:
    """Name what a call of a postback is about."""
    return str(TOLD.get(event, event))


def why_off(why: str) -> str:
    """Say to the partner why a postback is off."""
    return str(_OFF.get(why, _OFF[""]))


def problem_text(mistake: Mistake) -> str:
    """Say to the partner what is wrong."""
    if isinstance(mistake, BadPostback) and mistake.why == "place":
        return _(
            "“%(written)s” at character %(sign)s cannot be filled. Places stand behind the host, only with "
            "GET, and are on the list below.",
            written=mistake.written,
            sign=mistake.sign,
        )
    if isinstance(mistake, BadPostback):
        return str(_WRONG[mistake.why])
    if isinstance(mistake, NoPartner):
        return _("Only active partners have postbacks. Please ask the shop.")
    return str(mistake)
