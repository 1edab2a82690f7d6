"""Why a partner gets this much: the machine's trace of a share, and one sentence for people."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.caps import CUSTOMER, GIVE_AWAY, ORDER, PARTNER
from ..domain.clauses import Base, Span
from ..domain.commission import Share
from ..domain.money import major
from ..domain.portions import WHOLE, percent_of
from .deals import pack_figure
from .inbox import Json

_LONGEST = 300
_BASES = {
    Base.NET: "%s",
    Base.NET_BEFORE: "%s before discount",
    Base.GROSS: "%s with VAT",
    Base.GROSS_BEFORE: "%s with VAT before discount",
    Base.MARGIN: "a margin of %s",
}
_REACHED = {
    Span.ORDER: "in this order",
    Span.MONTH: "this month",
    Span.QUARTER: "this quarter",
    Span.YEAR: "this year",
    Span.EVER: "in all",
}
_CAPS = {
    ORDER: "the cap per order",
    PARTNER: "the cap per partner",
    CUSTOMER: "the cap per customer",
    GIVE_AWAY: "the cap over discount, kickback and all levels",
}


def trace_of(share: Share) -> Json:
    """Give the machine's trace of a share."""
    trace: Json = {
        "base": share.base,
        "full": share.amount,
        "cut": share.cut,
        "step": share.step.value,
        "percent": None if share.percent is None else str(share.percent),
        "fixed": share.fixed,
        "terms": share.terms_id,
    }
    if share.weight != WHOLE:
        trace["weight"] = str(percent_of(share.weight))
    if share.basis is not Base.NET:
        trace["basis"] = share.basis.value
    if share.figure is not None:
        trace["figure"] = pack_figure(share.figure)
    if share.limit is not None:
        trace["capped"] = {"from": share.limit.full, "to": share.limit.to, "by": list(share.limit.by)}
    return trace


def sentence(share: Share, amount: int, currency: str) -> str:
    """Say in one sentence why a partner gets this much."""

    def money(value: int) -> str:
        return f"{major(value, currency)} {currency}"

    rate = (
        f"{share.percent} % of {_BASES[share.basis] % money(share.base)}"
        if share.percent is not None
        else f"{money(share.fixed or 0)} for each unit"
    )
    full = share.cut + (share.amount if share.limit is None else share.limit.full)
    terms = ", ".join([f"{share.step} terms", *_figure(share, currency)])
    if share.weight != WHOLE:
        rate = f"{percent_of(share.weight)} % of a shared credit: {rate}"
    said = f"Level {share.level}: {rate} ({terms}) is {money(full)}"
    if share.cut:
        said += f", cut by {money(share.cut)} to stay within the cap over all levels"
    if share.limit is not None:
        caps = " and ".join(_CAPS[cap] for cap in share.limit.by)
        said += f", capped from {money(share.limit.full)} to {money(share.limit.to)} by {caps}"
    if amount != share.amount:
        said += f"; {money(amount)} of it now"
    return said[: _LONGEST - 1] + "."


def _figure(share: Share, currency: str) -> Iterator[str]:
    figure = share.figure
    if figure is None:
        return
    if figure.payment is not None:
        yield f"payment {figure.payment}"
    if figure.by is not None:
        begins, end = (None if bound is None else major(bound, currency) for bound in figure.step)
        step = f"tier from {begins} {currency}" + ("" if end is None else f" to below {end} {currency}")
        reached = f"{major(figure.reached, currency)} {currency} {_REACHED[figure.by]}"
        yield f"{step} at {reached}" + (", each part by its tier" if figure.slab else "")
