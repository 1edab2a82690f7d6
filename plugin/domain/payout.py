"""Payouts: who gets what in a run, or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Method(StrEnum):
    """How a partner is paid."""

    SEPA = "sepa"
    PAYPAL = "paypal"
    CASH = "cash"
    CREDIT = "credit"


class Skip(StrEnum):
    """Why a partner gets nothing in a run."""

    BLOCKED = "blocked"
    SUSPENDED = "suspended"
    TAX = "tax"
    NEGATIVE = "negative"
    ON_HOLD = "on_hold"
    NO_METHOD = "no_method"
    COOLING = "cooling"
    CURRENCY = "currency"
    MINIMUM = "minimum"
    OTHER_RUN = "other_run"
    DISPUTED = "disputed"
    CHECKED = "checked"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, kw_only=True)
class Claimant:
    """A partner with a balance in one currency, in minor units, and what speaks for or against paying it.

    `disputed` is what disputes and suspicions hold, `held_for` says which of the two.
    """

    partner_id: int
    currency: str
    payable: int
    on_hold: int = 0
    held_until: datetime | None = None
    disputed: int = 0
    disputes: str = ""
    held_for: Skip = Skip.DISPUTED
    method: Method | None = None
    cooling_until: datetime | None = None
    blocked: str = ""
    suspended: bool = False
    tax_missing: bool = False
    left: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a run does with a claimant: pays `amount` (then `skip` is None), or nothing for a reason."""

    amount: int = 0
    skip: Skip | None = None
    until: datetime | None = None
    note: str = ""


def judge(claimant: Claimant, minimums: Mapping[str, int]) -> Verdict | None:
    """Say whether a claimant is paid; None where there is nothing to say. Whoever left is paid any rest."""
    if claimant.payable < 0:
        return Verdict(skip=Skip.NEGATIVE)
    if claimant.payable == 0:
        return _held(claimant) if claimant.on_hold else None
    against = _against(claimant)
    if against is not None:
        return against
    minimum = 0 if claimant.left else minimums.get(claimant.currency, 0)
    if claimant.payable < minimum:
        return Verdict(skip=Skip.MINIMUM)
    return Verdict(amount=claimant.payable)


def _held(claimant: Claimant) -> Verdict:
    if claimant.disputed and claimant.disputed >= claimant.on_hold:
        return Verdict(skip=claimant.held_for, note=claimant.disputes)
    return Verdict(skip=Skip.ON_HOLD, until=claimant.held_until)


def _against(claimant: Claimant) -> Verdict | None:
    if claimant.blocked:
        return Verdict(skip=Skip.BLOCKED, note=claimant.blocked)
    if claimant.suspended:
        return Verdict(skip=Skip.SUSPENDED)
    if claimant.tax_missing:
        return Verdict(skip=Skip.TAX)
    if claimant.cooling_until is not None:
        return Verdict(skip=Skip.COOLING, until=claimant.cooling_until)
    if claimant.method is None:
        return Verdict(skip=Skip.NO_METHOD)
    if not can_carry(claimant.method, claimant.currency):
        return Verdict(skip=Skip.CURRENCY)
    return None


def can_carry(method: Method, currency: str) -> bool:
    """Say whether a way to pay takes amounts of a currency."""
    return method is not Method.SEPA or currency == "EUR"
