"""Postings by hand and disputes in the reader's language: why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from .i18n import lazy_gettext as _l

_REFUSALS: Mapping[str, str] = {
    "reason": _l("Please say why."),
    "reason_long": _l("At most 200 characters, please."),
    "amount": _l("The amount must be above nought."),
    "sale_below": _l("A sale earns something. To take something away, choose a correction."),
    "minus_on_hold": _l("What takes away is set off at once; it cannot be on hold."),
    "no_partner": _l("Only to somebody who is or was a partner something can be posted."),
    "no_order": _l("No order or invoice is known under this number."),
    "key_used": _l("This form was sent before with something else. Please open it anew."),
    "future": _l("This day lies in the future."),
    "not_open": _l("The order is cancelled or its payment has failed: nothing can be paid for it here."),
    "no_lines": _l("An invoice is paid whole or by an amount."),
    "lines": _l("Please look at the lines: one of them is not of this order."),
    "wrong": _l("This cannot be recorded so. Please look at the amounts and units."),
    "all_paid": _l("All of it is paid already."),
    "units": _l("Please give how many units of which lines."),
    "disputed": _l("About this order a dispute is open already."),
    "unpaid": _l("Nothing is paid for it: there is nothing to dispute."),
    "decided": _l("This dispute is decided already. Nothing was changed."),
    "same_currency": _l("A rate is between two currencies."),
    "rate": _l("This is no rate: above nought, with at most ten decimals."),
    "source_long": _l("At most 100 characters, please."),
    "taken_back": _l("This posting is taken back already. Nothing was posted twice."),
}


def posting_refusal(problem: str, otherwise: str) -> str:
    """Say why a posting or an act on a dispute was refused."""
    return str(_REFUSALS.get(problem, otherwise))
