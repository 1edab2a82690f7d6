"""What happenings are called on pages, by their names in the outbox."""

from __future__ import annotations

from collections.abc import Mapping

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..postback_words import told_name

EVENTS: Mapping[str, str] = {
    "coupon_redeemed": _l("A code was used by an order"),
    "coupon_released": _l("The use of a code was given back"),
    "firstline_joined": _l("A contact joined a first line"),
    "address_type_changed": _l("An address type changed"),
    "commission_posted": _l("Commissions were posted"),
    "commission_reversed": _l("Commissions were reversed"),
    "payout_paid": _l("A payout was paid"),
}
"""Each of `services.webhooks.EVENTS`."""


def event_name(event: str) -> str:
    """Name what happened."""
    return _("A rule was met") if event == "rule.met" else str(EVENTS.get(event) or told_name(event))
