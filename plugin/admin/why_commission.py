"""The commissions of an order in words: terms, levels, sums, and whether the books add up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup, escape

from .. import i18n
from ..domain.clauses import Base
from ..domain.commission import shown_rate
from ..domain.portions import WHOLE, percent_of
from ..i18n import gettext as _
from ..i18n import money, ngettext, number, percent, rich
from ..models import Waiting
from ..services.why import Why
from ..services.why_earnings import LineTrace, Posted, Rate, Seated
from ..terms_words import base_name, cut_text, figure_text, rate_text, step_name, trace_lines
from .reason_words import bar_name
from .show import contact_name
from .why_sentences import Step, strong


def steps(line: LineTrace, why: Why) -> list[Step]:
    """Give the places where terms can stand, with what they gave for this line."""
    if not line.takes_part:
        text = _("This product takes no part in the partner program.")
        return [Step(mark="bad", title=_("Nobody earns on it"), text=text)]
    found = []
    for step in line.steps:
        title = step_name(step.step.value)
        if step.hits:
            terms = ", ".join(str(rate.terms_id) for rate in step.hits if rate.terms_id is not None)
            text = ", ".join(_level_rate(rate, why) for rate in step.hits)
            found.append(Step(mark="hit", title=title, text=f"{text}.", proof=_("Terms %(ids)s", ids=terms)))
        else:
            text = _("Nothing is agreed there.") if step.asked else _("Not asked any more.")
            found.append(Step(mark="no", title=title, text=text))
    if line.unanswered:
        levels = ", ".join(number(level) for level in line.unanswered)
        found.append(
            Step(
                mark="bad",
                title=_("No terms"),
                text=_("Level %(levels)s earns nothing on it.", levels=levels),
            )
        )
    return found


def _level_rate(hit: Rate, why: Why) -> str:
    currency = why.document.currency
    said = _(
        "%(rate)s on level %(level)s",
        rate=rate(_percent(hit), hit.fixed, currency),
        level=hit.level,
    )
    if hit.partner:
        said = _(
            "%(said)s for %(name)s (%(weight)s of it)",
            said=said,
            name=hit.partner,
            weight=percent(percent_of(hit.weight)),
        )
    special = [] if hit.base is Base.NET else [_("Base: %(base)s", base=base_name(hit.base))]
    special += [text for text in (figure_text(hit.figure, currency),) if text]
    if hit.no_cost:
        special.append(_("the line has no cost, so that nothing is earned"))
    if hit.cut is not None:
        special.append(cut_text(*hit.cut, currency))
    return f"{said} ({'; '.join(special)})" if special else said


def _percent(hit: Rate) -> Decimal | None:
    """Give the per cent that held: of a tier or a payment, where there was one."""
    if hit.percent is None or "rate" not in hit.figure:
        return hit.percent
    return shown_rate(Fraction(hit.figure["rate"]))


def special(row: Posted, currency: str) -> str:
    """Say what was special about a posting: another base, a tier, a cap."""
    return ", ".join(trace_lines(row.trace, currency))


def rate(by_percent: Decimal | None, fixed: int | None, currency: str) -> str:
    """Say what terms give."""
    return rate_text(by_percent, fixed, currency)


def barred(seat: Seated) -> str:
    """Say why a level earns nothing."""
    reason = bar_name(seat.barred or "")
    if seat.level == 1 and seat.weight != WHOLE:
        return _(
            "Level 1, %(name)s, gets nothing: %(why)s. The part of %(weight)s falls to nobody else.",
            name=seat.name,
            why=reason,
            weight=percent(percent_of(seat.weight)),
        )
    return _(
        "Level %(level)s, %(name)s, gets nothing: %(why)s.", level=seat.level, name=seat.name, why=reason
    )


def waits(row: Waiting) -> str:
    """Say why a commission is not posted yet."""
    values = {
        "level": row.level,
        "name": contact_name(row.partner),
        "amount": money(row.amount, row.currency),
        "wanted": row.wanted,
    }
    if row.reason == "too_small":
        return _(
            "Level %(level)s, %(name)s: %(amount)s waits until it comes to the least coin of %(wanted)s.",
            **values,
        )
    return _("Level %(level)s, %(name)s: %(amount)s waits for a rate to %(wanted)s.", **values)


def earned(why: Why, now: datetime) -> Markup:
    """Say what was earned in all."""
    found = why.earned
    if not found.posted:
        return escape(_nothing_earned(why))
    levels = ngettext("%(num)s level", "%(num)s levels", len({row.level for row in found.posted}))
    total = strong(money(found.total, why.document.currency))
    if found.total == 0:
        return rich("%(levels)s, all taken back: %(total)s.", levels=levels, total=total)
    free = found.payable_at
    if free is None:
        return rich(
            "%(levels)s, together %(total)s, payable some days after delivery.", levels=levels, total=total
        )
    day = i18n.day_text(i18n.local(free).date())
    if free <= now:
        return rich(
            "%(levels)s, together %(total)s, payable since %(day)s.", levels=levels, total=total, day=day
        )
    return rich("%(levels)s, together %(total)s, payable from %(day)s.", levels=levels, total=total, day=day)


def _nothing_earned(why: Why) -> str:
    if why.partner is None:
        return _("Nobody earns: there is no partner.")
    if not why.earned.frozen:
        return _("Nothing is earned yet. Commissions are posted when the order is paid.")
    return _("Nothing was earned: no terms gave anything.")


def books(why: Why) -> tuple[bool, str] | None:
    """Say that the books add up, in numbers; None where nothing is posted."""
    found, currency = why.earned, why.document.currency
    if not found.posted:
        return None
    calls = ", ".join(str(call) for call in dict.fromkeys(row.call_id for row in found.posted))
    shares = [f"{name} {money(amount, currency)}" for name, amount in found.per_partner]
    parts = [_("commission expense %(amount)s", amount=money(-found.total, currency)), *shares]
    text = _(
        "Posting %(calls)s: %(parts)s. Sum %(zero)s.",
        calls=calls,
        parts=", ".join(parts),
        zero=money(0, currency),
    )
    if found.agrees:
        return True, text
    expected = money(found.expected, currency)
    return False, text + " " + _("By the terms it should be %(expected)s together.", expected=expected)
