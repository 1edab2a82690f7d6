"""Commission terms in the reader's language: what they say beyond a rate, and what became of it on a sale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .domain.caps import CUSTOMER, GIVE_AWAY, ORDER, PARTNER
from .domain.clauses import Base, Caps, Clauses, Recurring, Span, Tiers
from .domain.terms import Step
from .i18n import gettext as _
from .i18n import money, ngettext, percent
from .services.deals import SHIPPING


def line_title(title: str) -> str:
    """Name a line of a sale; shipping that earns has no title of its own."""
    return _("Shipping") if title == SHIPPING else title


def base_name(base: Base) -> str:
    """Name what a per cent is taken of."""
    return {
        Base.NET: _("net after discount"),
        Base.NET_BEFORE: _("net before discount"),
        Base.GROSS: _("with VAT, after discount"),
        Base.GROSS_BEFORE: _("with VAT, before discount"),
        Base.MARGIN: _("margin: net less cost"),
    }[base]


def span_name(span: Span) -> str:
    """Name what tiers look at."""
    return {
        Span.ORDER: _("value of the order"),
        Span.MONTH: _("own sales of the month"),
        Span.QUARTER: _("own sales of the quarter"),
        Span.YEAR: _("own sales of the year"),
        Span.EVER: _("own sales of all time"),
    }[span]


def period_name(span: Span) -> str:
    """Name the period of a cap."""
    return {
        Span.MONTH: _("in a month"),
        Span.QUARTER: _("in a quarter"),
        Span.YEAR: _("in a year"),
    }.get(span, _("in all"))


def cap_name(cap: str) -> str:
    """Name a cap that has cut a commission."""
    return {
        ORDER: _("cap per order"),
        PARTNER: _("cap per partner"),
        CUSTOMER: _("cap per customer"),
        GIVE_AWAY: _("cap over discount, kickback and all levels"),
    }[cap]


def rate_text(rate: Decimal | None, fixed: int | None, currency: str | None) -> str:
    """Say what terms give: a per cent, or an amount per unit."""
    if rate is not None:
        return percent(rate)
    return _("%(amount)s per unit", amount=money(fixed or 0, currency or "")) if currency else ""


def step_name(step: str) -> str:
    """Name the place where terms stand."""
    names = {
        Step.PARTNER_PRODUCT: _("Partner and product"),
        Step.PARTNER: _("Partner card"),
        Step.PRODUCT: _("Product"),
        Step.CATEGORY: _("Category"),
        Step.CAMPAIGN: _("Campaign"),
        Step.GENERAL: _("In general"),
    }
    return names.get(Step(step), step) if step in set(Step) else step


def clause_lines(clauses: Clauses, currency: str) -> Iterator[str]:
    """Give what terms say beyond their rate."""
    if clauses.base is not Base.NET:
        yield _("Base: %(base)s", base=base_name(clauses.base))
    if clauses.shipping:
        yield _("on shipping too")
    if clauses.tiers is not None:
        yield _tiers(clauses.tiers, currency)
    if clauses.caps is not None:
        yield _caps(clauses.caps, currency)
    if clauses.recurring is not None:
        yield _recurring(clauses.recurring)


def _tiers(tiers: Tiers, currency: str) -> str:
    steps = ", ".join(
        _("from %(sum)s %(rate)s", sum=money(tier.begins, currency), rate=percent(tier.percent))
        for tier in tiers.tiers
    )
    text = _("%(what)s: %(steps)s", what=span_name(tiers.by), steps=steps)
    return _("%(tiers)s, each part by its tier", tiers=text) if tiers.slab else text


def _caps(caps: Caps, currency: str) -> str:
    named = ((ORDER, caps.order), (PARTNER, caps.partner), (CUSTOMER, caps.customer))
    parts = [f"{cap_name(cap)} {money(amount, currency)}" for cap, amount in named if amount is not None]
    return ", ".join([*parts, *([period_name(caps.period)] if caps.counted else [])])


def _recurring(recurring: Recurring) -> str:
    parts = [percent(rate) for rate in recurring.rates]
    if recurring.payments is not None:
        parts.append(ngettext("%(num)s payment", "%(num)s payments", recurring.payments))
    if recurring.months is not None:
        parts.append(ngettext("%(num)s month", "%(num)s months", recurring.months))
    return _("recurring: %(parts)s", parts=", ".join(parts))


def figure_text(figure: Mapping[str, Any], currency: str) -> str:
    """Say which tier was reached, or which payment it was, by a frozen figure; nothing for a plain rate."""
    if figure.get("ended"):
        number = figure["payment"]
        return _("recurring commission has ended before payment %(number)s", number=number)
    if "payment" in figure:
        return _("payment %(number)s", number=figure["payment"])
    if "by" not in figure:
        return ""
    begins, end = figure["step"]
    low, high = money(begins, currency), None if end is None else money(end, currency)
    step = (
        _("tier from %(low)s", low=low)
        if high is None
        else _("tier from %(low)s to below %(high)s", low=low, high=high)
    )
    reached = money(figure["reached"], currency)
    said = _("%(step)s: %(what)s %(reached)s", step=step, what=span_name(Span(figure["by"])), reached=reached)
    return _("%(tiers)s, each part by its tier", tiers=said) if figure.get("slab") else said


def cut_text(full: int, left: int, caps: list[str], currency: str) -> str:
    """Say that caps have cut a commission."""
    names = ", ".join(cap_name(cap) for cap in caps)
    return _(
        "capped from %(full)s to %(left)s: %(caps)s",
        full=money(full, currency),
        left=money(left, currency),
        caps=names,
    )


def trace_lines(trace: Mapping[str, Any], currency: str) -> Iterator[str]:
    """Say what was special about a commission, by its trace."""
    if trace.get("weight"):
        yield _("%(percent)s of a shared credit", percent=percent(Decimal(trace["weight"])))
    if trace.get("basis"):
        yield _("Base: %(base)s", base=base_name(Base(trace["basis"])))
    said = figure_text(trace.get("figure", {}), currency)
    if said:
        yield said
    capped = trace.get("capped")
    if capped:
        yield cut_text(capped["from"], capped["to"], capped["by"], currency)
