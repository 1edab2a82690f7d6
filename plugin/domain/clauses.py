"""What terms may say beyond a plain rate: another base, tiers, caps, and rates of recurring payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

_HUNDRED = Decimal(100)
Packed = Mapping[str, Any]


class Base(StrEnum):
    """What a per cent is taken of, per line (peer D3)."""

    NET = "net"
    NET_BEFORE = "net_before"
    GROSS = "gross"
    GROSS_BEFORE = "gross_before"
    MARGIN = "margin"


class Span(StrEnum):
    """What tiers and caps look at: one order, or a calendar period of the shop's zone."""

    ORDER = "order"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    EVER = "ever"

    def begin(self, local: datetime) -> datetime | None:
        """Give when the period of a local time begins; None: there is no bound."""
        months = {Span.MONTH: local.month, Span.QUARTER: local.month - (local.month - 1) % 3, Span.YEAR: 1}
        if self not in months:
            return None
        return local.replace(month=months[self], day=1, hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Tier:
    """From which sum on, in minor units, which per cent holds."""

    begins: int
    percent: Decimal


@dataclass(frozen=True, kw_only=True)
class Tiers:
    """Rising or falling rates: half-open steps [from, to) above the terms' own per cent.

    `by` an order's net, or the sum of the partner's own sales in a period. A `slab` rate holds for the part
    of the sale within its step, else the step reached holds for the whole sale.
    """

    by: Span
    tiers: tuple[Tier, ...]
    slab: bool = False

    def __post_init__(self) -> None:
        """Refuse steps that cannot work."""
        begins = [tier.begins for tier in self.tiers]
        if not begins or begins[0] <= 0 or sorted(set(begins)) != begins:
            raise ValueError("tiers begin above 0, each higher than the one before")
        if any(not 0 <= tier.percent <= _HUNDRED for tier in self.tiers):
            raise ValueError("the per cent of a tier is from 0 to 100")

    def steps(self, first: Decimal) -> list[tuple[int, int | None, Decimal]]:
        """Give (from, to, per cent) of all steps; `first` holds below the first tier, None is no end."""
        rows = [(0, first), *((tier.begins, tier.percent) for tier in self.tiers)]
        ends = [*(begins for begins, _percent in rows[1:]), None]
        return [(begins, end, percent) for (begins, percent), end in zip(rows, ends, strict=True)]

    def at(self, first: Decimal, reached: int) -> tuple[int, int | None, Decimal]:
        """Give the step in which a sum lies."""
        return next(step for step in reversed(self.steps(first)) if max(reached, 0) >= step[0])

    def mixed(self, first: Decimal, reached: int, size: int) -> Fraction:
        """Give the per cent of a sale of `size` that begins at `reached`: each part by its step."""
        reached, total = max(reached, 0), Fraction(0)
        for begins, end, percent in self.steps(first):
            upper = reached + size if end is None else min(end, reached + size)
            total += max(0, upper - max(begins, reached)) * Fraction(percent)
        return total / size


@dataclass(frozen=True, kw_only=True)
class Caps:
    """The most that terms give one partner, in minor units: on one order, from one customer, and in all.

    `period` is that of `partner` and `customer`.
    """

    order: int | None = None
    partner: int | None = None
    customer: int | None = None
    period: Span = Span.EVER

    def __post_init__(self) -> None:
        """Refuse caps that cannot work."""
        amounts = [amount for amount in (self.order, self.partner, self.customer) if amount is not None]
        if not amounts or min(amounts) < 0:
            raise ValueError("a cap is an amount, not below 0")
        if self.period is Span.ORDER:
            raise ValueError("the period of a cap is a month, a quarter, a year or ever")
        if self.period is not Span.EVER and self.partner is None and self.customer is None:
            raise ValueError("a period goes with a cap per partner or per customer")

    @property
    def counted(self) -> bool:
        """Whether what was given before counts."""
        return self.partner is not None or self.customer is not None


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """Rates of the 1st, 2nd, ... payment (the last holds on), and when recurring payments earn no more."""

    rates: tuple[Decimal, ...] = ()
    payments: int | None = None
    months: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if not self.rates and self.payments is None and self.months is None:
            raise ValueError("recurring terms have rates per payment, a number of payments or of months")
        if any(not 0 <= rate <= _HUNDRED for rate in self.rates):
            raise ValueError("the per cent of a recurring payment is from 0 to 100")
        if any(number is not None and number < 1 for number in (self.payments, self.months)):
            raise ValueError("recurring terms end after at least 1 payment or month")

    def ended(self, payment: int, first_at: datetime, at: datetime) -> str | None:
        """Say what has ended the commission before this payment: "payments" or "months"."""
        if self.payments is not None and payment > self.payments:
            return "payments"
        if self.months is not None and at >= months_after(first_at, self.months):
            return "months"
        return None

    def rate(self, payment: int) -> Decimal | None:
        """Give the per cent of the n-th payment; None: the terms' own."""
        return self.rates[min(payment, len(self.rates)) - 1] if self.rates else None


def months_after(moment: datetime, months: int) -> datetime:
    """Give the same day and time so many months later (or earlier), or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, moment.day - 4, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise ValueError(f"{months} months from {moment} there is no day")


@dataclass(frozen=True, kw_only=True)
class Clauses:
    """All that terms say beyond their rate. Plain ones say nothing."""

    base: Base = Base.NET
    shipping: bool = False
    tiers: Tiers | None = None
    caps: Caps | None = None
    recurring: Recurring | None = None

    @property
    def with_amounts(self) -> bool:
        """Whether there are amounts, which need a currency."""
        return self.tiers is not None or self.caps is not None


PLAIN = Clauses()


def pack_clauses(clauses: Clauses) -> dict[str, Any] | None:
    """Turn clauses into JSON; None for plain ones."""
    packed: dict[str, Any] = {}
    if clauses.base is not Base.NET:
        packed["base"] = clauses.base.value
    if clauses.shipping:
        packed["shipping"] = True
    if clauses.tiers is not None:
        steps = [[tier.begins, str(tier.percent)] for tier in clauses.tiers.tiers]
        packed["tiers"] = {"by": clauses.tiers.by.value, "slab": clauses.tiers.slab, "steps": steps}
    if clauses.caps is not None:
        caps = clauses.caps
        named = {"order": caps.order, "partner": caps.partner, "customer": caps.customer}
        packed["caps"] = {**_given(named), "period": caps.period.value}
    if clauses.recurring is not None:
        recurring = clauses.recurring
        named = {"payments": recurring.payments, "months": recurring.months}
        packed["recurring"] = {**_given(named), "rates": [str(rate) for rate in recurring.rates]}
    return packed or None


def _given(named: Mapping[str, int | None]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value is not None}


def read_clauses(packed: Packed | None) -> Clauses:
    """Read clauses from JSON."""
    if not packed:
        return PLAIN
    caps = packed.get("caps")
    return Clauses(
        base=Base(packed.get("base", Base.NET)),
        shipping=bool(packed.get("shipping")),
        tiers=_tiers(packed.get("tiers")),
        caps=None if caps is None else Caps(**{**caps, "period": Span(caps["period"])}),
        recurring=_recurring(packed.get("recurring")),
    )


def _tiers(packed: Packed | None) -> Tiers | None:
    if packed is None:
        return None
    steps = tuple(Tier(begins=begins, percent=Decimal(percent)) for begins, percent in packed["steps"])
    return Tiers(by=Span(packed["by"]), tiers=steps, slab=bool(packed["slab"]))


def _recurring(packed: Packed | None) -> Recurring | None:
    if packed is None:
        return None
    rates = tuple(Decimal(rate) for rate in packed["rates"])
    return Recurring(rates=rates, payments=packed.get("payments"), months=packed.get("months"))
