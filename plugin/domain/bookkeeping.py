"""Postings as bookkeeping wants them: what account is debited, what account is credited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import exponent, major

ACCOUNTS: Mapping[str, str] = {"expense": "4760", "on_hold": "0970", "payable": "1700", "paid": "1360"}
"""Numbers of the chart SKR 03, until the shop's bookkeeper gives others."""
KINDS = ("commission", "reversal", "release", "hold_back", "manual", "payout", "payout_back")
METHODS = ("sepa", "paypal", "cash", "credit")
_NAMES = frozenset(
    {
        *ACCOUNTS,
        *(f"paid.{method}" for method in METHODS),
        *(f"{kind}.{account}" for kind in KINDS for account in ACCOUNTS),
    }
)
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z./ -]{0,19}", re.ASCII)
HEAD = (
    "Umsatz", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Konto", "Gegenkonto", "Belegdatum", "Belegfeld 1",
    "Belegfeld 2", "Buchungstext", "Festschreibung",
)  # fmt: skip
"""As DATEV names the columns of a batch of postings."""


def check_accounts(given: Mapping[str, str]) -> Mapping[str, str]:
    """Give the numbers of accounts by what they are for, or raise ValueError naming what is wrong."""
    unknown = sorted(set(given) - _NAMES)
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no account; there are {', '.join(ACCOUNTS)}")
    for name, number in given.items():
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"{number!r} for {name} is no number of an account")
    return given


def account_number(given: Mapping[str, str], account: str, kind: str, method: str | None) -> str:
    """Give the number of an account: by the kind of posting, else by the way of paying, else its own."""
    for name in (f"{kind}.{account}", f"{account}.{method}", account):
        if name in given:
            return given[name]
    return ACCOUNTS[account]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One posting; `amount` is in minor units, above 0. What is sealed never changes any more."""

    number: str
    day: date
    kind: str
    debit: str
    credit: str
    amount: int
    currency: str
    document: str
    partner: int
    sealed: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the file: `debit` is debited, `credit` is credited."""
        return (
            with_comma(major(self.amount, self.currency), self.currency),
            "S",
            self.currency,
            self.debit,
            self.credit,
            f"{self.day:%d.%m.%Y}",
            self.number,
            self.document,
            f"{self.kind}, partner {self.partner}",
            str(int(self.sealed)),
        )

    @property
    def data(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "number": self.number,
            "day": self.day.isoformat(),
            "kind": self.kind,
            "debit": self.debit,
            "credit": self.credit,
            "amount": major(self.amount, self.currency),
            "currency": self.currency,
            "document": self.document,
            "partner": self.partner,
            "sealed": self.sealed,
        }


def with_comma(amount: Decimal, currency: str) -> str:
    """Write an amount with all its decimals behind a comma."""
    return f"{amount:.{exponent(currency)}f}".replace(".", ",")
