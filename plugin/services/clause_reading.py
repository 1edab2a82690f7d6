"""Read what terms say beyond a plain rate, as people write it."""

from __future__ import annotations

from decimal import Decimal

from ..domain.clauses import Base, Caps, Clauses, Recurring, Span, Tier, Tiers
from ..domain.money import decimal, minor_exact
from ..models.base import plain
from .given import Given
from .mistakes import BadTerms, Mistake

CLAUSE_FIELDS = (
    "base", "shipping", "tier", "tiers_by", "slab", "cap_order", "cap_partner", "cap_customer", "cap_period",
    "payment_rate", "max_payments", "max_months",
)  # fmt: skip
_CAPS = ("cap_order", "cap_partner", "cap_customer")


def read_clauses_given(given: Given, currency: str) -> Clauses:
    """Read the clauses of terms, or raise Mistake naming the value that is wrong."""
    try:
        return Clauses(
            base=given.choice("base", Base) or Base.NET,
            shipping=given.yes("shipping"),
            tiers=_tiers(given, currency),
            caps=_caps(given, currency),
            recurring=_recurring(given),
        )
    except Mistake:
        raise
    except ValueError as error:
        text = str(error)
        raise BadTerms(f"{text[0].upper()}{text[1:]}.") from error


def _tiers(given: Given, currency: str) -> Tiers | None:
    steps = tuple(_tier(text, currency) for text in given.texts("tier"))
    if not steps:
        if given.has("tiers_by") or given.yes("slab"):
            raise Mistake("tiers_by, slab: go with tiers; give tier too, such as 1000=12")
        return None
    by = given.choice("tiers_by", Span)
    if by is None:
        raise Mistake(f"tiers_by: say what chooses the tier: {', '.join(Span)}")
    return Tiers(by=by, tiers=steps, slab=given.yes("slab"))


def _tier(text: str, currency: str) -> Tier:
    begins, sign, percent = text.partition("=")
    if not sign:
        raise Mistake(f"tier: write from which sum on which per cent holds, such as 1000=12, not {text!r}")
    try:
        return Tier(begins=minor_exact(begins.strip(), currency), percent=_percent(percent))
    except ValueError as error:
        raise Mistake(f"tier: {error}") from error


def _percent(text: str) -> Decimal:
    number = decimal(text.strip().removesuffix("%").strip())
    if number != round(number, 4):
        raise ValueError(f"{text.strip()} has more than 4 decimals")
    return plain(number)


def _caps(given: Given, currency: str) -> Caps | None:
    amounts = {name.removeprefix("cap_"): given.amount(name, currency) for name in _CAPS}
    period = given.choice("cap_period", Span)
    if all(amount is None for amount in amounts.values()):
        if period is not None:
            raise Mistake("cap_period: goes with cap_partner or cap_customer")
        return None
    return Caps(**amounts, period=period or Span.EVER)


def _recurring(given: Given) -> Recurring | None:
    rates = []
    for text in given.texts("payment_rate"):
        try:
            rates.append(_percent(text))
        except ValueError as error:
            raise Mistake(f"payment_rate: {error}") from error
    payments, months = given.whole("max_payments"), given.whole("max_months")
    if not rates and payments is None and months is None:
        return None
    return Recurring(rates=tuple(rates), payments=payments, months=months)
