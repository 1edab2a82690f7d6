"""Payouts in the reader's language: ways to be paid, where a payout stands, why nothing was paid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from . import i18n
from .domain.bank import BankProblem
from .domain.payout import Method, Skip
from .domain.payout_details import DetailProblem
from .i18n import gettext as _
from .i18n import lazy_gettext as _l

METHODS: Mapping[str, str] = {
    Method.SEPA.value: _l("Bank transfer (SEPA)"),
    Method.PAYPAL.value: _l("PayPal"),
    Method.CASH.value: _l("Cash"),
    Method.CREDIT.value: _l("Store credit"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "draft": ("wait", _l("waits for release")),
    "released": ("now", _l("released")),
    "sent": ("now", _l("handed to the bank")),
    "paid": ("ok", _l("paid")),
    "failed": ("bad", _l("did not arrive")),
    "discarded": ("off", _l("left out")),
}
"""Tone and words of where a payout stands."""
_DETAIL_PROBLEMS: Mapping[str, str] = {
    DetailProblem.MISSING.value: _l("Please fill this in."),
    DetailProblem.LETTERS.value: _l("Please write the name in letters that a bank can read."),
    DetailProblem.LONG.value: _l("This is too long."),
    DetailProblem.EMAIL.value: _l("This is no e-mail address."),
    DetailProblem.COUNTRY_CODE.value: _l("Two letters, please, such as DE or NL."),
    DetailProblem.WITH_TOWN.value: _l("Banks take an address only with town and country."),
    BankProblem.SIGNS.value: _l("An IBAN begins with two letters and two digits, such as DE89."),
    BankProblem.COUNTRY.value: _l("No country has IBANs that begin so. Please check the first two letters."),
    BankProblem.LENGTH.value: _l("Signs are missing or too many for this country."),
    BankProblem.CHECKSUM.value: _l("The check digits do not fit: there is a typing mistake in it."),
    BankProblem.NOT_SEPA.value: _l("Accounts of this country cannot be reached by SEPA transfer."),
    BankProblem.BIC.value: _l("A BIC has 8 or 11 letters and digits, such as COBADEFFXXX."),
    BankProblem.BIC_COUNTRY.value: _l("BIC and IBAN are of different countries."),
}
_REFUSALS: Mapping[str, str] = {
    "nobody": _l("Nobody has earned anything yet: there is nothing to pay out."),
    "nothing": _l("Nothing is payable to this partner in this currency."),
    "other_run": _l("The partner is in a run that waits for release. Release or discard that one first."),
    "blocked": _l("Payouts to this partner are blocked."),
    "tax": _l("The partner's tax data or agreement is missing. Please complete it first."),
    "no_method": _l("The partner has given no details for this way to be paid. Choose another way."),
    "currency": _l("A SEPA transfer carries euros only. Choose another way."),
    "cooling": _l("The partner has just changed the payout details. Wait until they hold, or pay in cash."),
    "amount": _l("The amount must be above nought and at most what is payable."),
    "released": _l("The run is released already. Nothing was paid twice."),
    "discarded": _l("The run was thrown away. Nothing was paid."),
    "draft": _l("The run is not released yet."),
    "empty": _l("This pays nobody."),
    "not_confirmed": _l("The number or the sum is not that of the run. Please look at it again."),
    "outdated": _l("Balances have changed since the preview. Bring the run up to date, then look again."),
    "same_eyes": _l("Whoever made or changed the run cannot release it. Ask somebody else."),
    "no_identity": _l("Four eyes are switched on: only an admin who is known by name can release."),
    "not_posted": _l("This payout was not released, or was taken back before."),
    "why": _l("Please say why."),
    "not_released": _l("Files are written after the release."),
    "no_debtor": _l("Say first from which account payouts come: see the settings of payouts."),
    "no_library": _l("SEPA files need the extra package “sepa”. Ask whoever runs the server to install it."),
}


def problem_text(problem: StrEnum) -> str:
    """Say what is wrong with a field of bank details, and what to do."""
    return str(_DETAIL_PROBLEMS[problem.value])


def refusal_text(problem: str, otherwise: str) -> str:
    """Say why a payout was refused."""
    return str(_REFUSALS.get(problem, otherwise))


def skip_reason(reason: str, *, until: datetime | None, note: str, minimum: str) -> str:
    """Say why a partner was not paid."""
    day = "" if until is None else i18n.day_text(i18n.local(until).date())
    texts = {
        Skip.BLOCKED.value: _("Blocked: %(why)s", why=note),
        Skip.SUSPENDED.value: _("Suspended"),
        Skip.TAX.value: _("Tax data, or the agreement to statements, is missing"),
        Skip.NEGATIVE.value: _("The balance is below nought after returns"),
        Skip.ON_HOLD.value: _("Still on hold, payable from %(day)s", day=day) if day else _("Still on hold"),
        Skip.NO_METHOD.value: _("No way to be paid is chosen"),
        Skip.COOLING.value: _("Payout details were changed and hold from %(day)s", day=day),
        Skip.CURRENCY.value: _("A SEPA transfer carries euros only"),
        Skip.MINIMUM.value: _("Below the minimum of %(amount)s", amount=minimum),
        Skip.OTHER_RUN.value: _("Stands in another run that waits for release"),
        Skip.LEFT_OUT.value: _("Left out of this run"),
        Skip.DISPUTED.value: _("A dispute is open: %(orders)s", orders=note),
        Skip.CHECKED.value: _("On hold, being checked: %(orders)s", orders=note),
    }
    return texts.get(reason, reason)


def skip_next(reason: str) -> str:
    """Say what will happen with what was not paid."""
    nexts = {
        Skip.BLOCKED.value: _("Waits until an admin lifts the block"),
        Skip.SUSPENDED.value: _("Waits until the partner earns again"),
        Skip.TAX.value: _("The partner completes it in the desk"),
        Skip.NEGATIVE.value: _("Is netted with what comes"),
        Skip.NO_METHOD.value: _("The partner chooses one in the desk"),
        Skip.CURRENCY.value: _("The partner chooses another way in the desk, or is paid singly"),
        Skip.MINIMUM.value: _("Is carried forward"),
        Skip.DISPUTED.value: _("Is payable when the dispute is won"),
        Skip.CHECKED.value: _("Is payable when the suspicion is released"),
    }
    return nexts.get(reason, _("Comes into a later run by itself"))
