"""What terms say beyond a plain rate, in a few English words: for lists of the command line and the log."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.clauses import Caps, Clauses, Recurring, Span, Tiers
from ..domain.money import major


def clause_words(clauses: Clauses, currency: str | None) -> str:
    """Give all clauses in one line; nothing for plain ones."""
    return "; ".join(_words(clauses, currency or ""))


def _words(clauses: Clauses, currency: str) -> Iterator[str]:
    if clauses.base != "net":
        yield f"base {clauses.base.value}"
    if clauses.shipping:
        yield "on shipping too"
    if clauses.tiers is not None:
        yield _tiers(clauses.tiers, currency)
    if clauses.caps is not None:
        yield _caps(clauses.caps, currency)
    if clauses.recurring is not None:
        yield _recurring(clauses.recurring)


def _tiers(tiers: Tiers, currency: str) -> str:
    steps = ", ".join(
        f"from {major(tier.begins, currency)} {currency} {tier.percent} %" for tier in tiers.tiers
    )
    return f"{'slabs' if tiers.slab else 'tiers'} by {tiers.by.value}: {steps}"


def _caps(caps: Caps, currency: str) -> str:
    named = (("order", caps.order), ("partner", caps.partner), ("customer", caps.customer))
    parts = [
        f"{major(amount, currency)} {currency} per {what}" for what, amount in named if amount is not None
    ]
    period = "" if caps.period is Span.EVER else f" in a {caps.period.value}"
    return f"at most {', '.join(parts)}{period}"


def _recurring(recurring: Recurring) -> str:
    parts = [f"payments at {', '.join(f'{rate} %' for rate in recurring.rates)}"] if recurring.rates else []
    parts += [f"{recurring.payments} payments"] if recurring.payments is not None else []
    parts += [f"{recurring.months} months"] if recurring.months is not None else []
    return f"recurring: {', '.join(parts)}"
