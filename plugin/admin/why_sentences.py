"""The explanation of an order in words: a mark, a title, a sentence and the evidence of each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup, escape

from .. import i18n
from ..i18n import gettext as _
from ..i18n import money, ngettext, number, percent, rich
from ..models import RedemptionState
from ..services.why import Consequence, Payment, Place, Source, Why
from ..services.why_coupon import CouponTrace, Proof
from ..services.why_earnings import LineTrace, Rate, Seated
from .card import address_type_name, reason_name
from .proofs import PROOFS, Facts
from .show import rate_text, step_name


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of a trace. `mark` is ok, hit, no or bad."""

    mark: str
    title: str
    text: str = ""
    proof: str = ""


def moment(value: datetime | None) -> str:
    """Give a moment as plain text."""
    return "" if value is None else Markup(i18n.moment(value)).striptags()


def attribution(why: Why) -> Markup:
    """Say whose order it is and by what."""
    found = why.attribution
    who = found.partner.name if found.partner else ""
    if found.partner is None:
        return Markup(escape(_no_partner(why)))
    if found.credit == "own code":
        return rich(
            "The order is %(who)s's own, by the own code %(code)s: level 1 earns nothing.",
            who=_strong(who), code=_code(found.code),
        )  # fmt: skip
    place = next((source.place for source in found.sources if source.hit), Place.SPONSOR)
    if place is Place.CODE:
        return rich(
            "The order belongs to %(who)s, since the code %(code)s was redeemed.",
            who=_strong(who), code=_code(found.code),
        )  # fmt: skip
    if place is Place.ADMIN:
        return rich("The order belongs to %(who)s, whom an admin has named as sponsor.", who=_strong(who))
    return rich("The order belongs to %(who)s, who was the buyer's sponsor already.", who=_strong(who))


def _no_partner(why: Why) -> str:
    if why.buyer is None:
        return _("No partner earns on this order: the buyer is not known and no code of a partner was used.")
    return _("No partner earns on this order: the buyer has no sponsor, and no code of a partner was used.")


def _strong(text: str) -> Markup:
    return Markup("<strong>{}</strong>").format(text)


def _code(text: str | None) -> Markup:
    return Markup('<span class="fl-code">{}</span>').format(text or "")


def source(step: Source, why: Why) -> Step:
    """Say what one question of the attribution gave."""
    mark = "hit" if step.hit else "no"
    titles = {
        Place.ADMIN: _("Named by an admin"),
        Place.SPONSOR: _("Sponsor the buyer had"),
        Place.CODE: _("Owner of the coupon code"),
    }
    if not step.asked and step.partner is None:
        return Step(mark=mark, title=titles[step.place], text=_("Not asked any more."))
    texts = {Place.ADMIN: _by_admin, Place.SPONSOR: _by_sponsor, Place.CODE: _by_code}
    return Step(
        mark=mark, title=titles[step.place], text=texts[step.place](step, why), proof=_evidence(step, why)
    )


def _by_admin(step: Source, why: Why) -> str:
    if step.partner is None:
        return _("None for this address.")
    return _("%(name)s was named as sponsor.", name=step.partner.name)


def _by_sponsor(step: Source, why: Why) -> str:
    if step.partner is None and step.hit and why.partner is not None:
        return _("%(name)s is the sponsor.", name=why.partner.name)
    if step.partner is None:
        if why.buyer is None:
            return _("The buyer is not known.")
        return _("%(name)s had none by then.", name=why.buyer.name)
    ways = {
        "code": _("%(name)s, by the code %(code)s.", name=step.partner.name, code=step.code or ""),
        "sign-up": _(
            "%(name)s, by signing up with the code %(code)s.", name=step.partner.name, code=step.code or ""
        ),
    }
    return ways.get(step.how, _("%(name)s.", name=step.partner.name))


def _by_code(step: Source, why: Why) -> str:
    if step.partner is None:
        return _("No code with an owner was used.")
    owns = _("%(code)s belongs to %(name)s.", code=step.code or "", name=step.partner.name)
    if step.hit:
        return owns
    problem = why.attribution.problem
    return f"{owns} {_('It does not decide: %(why)s.', why=reason_name(problem))}" if problem else owns


def _evidence(step: Source, why: Why) -> str:
    if step.entry is None:
        return ""
    if step.place is Place.CODE:
        redemption = next((c.redemption_id for c in why.coupons if c.code_id == step.entry), None)
        if redemption is not None:
            return _("Redemption %(id)s, %(at)s", id=redemption, at=moment(why.document.placed_at))
        return _("Code %(id)s, made %(at)s", id=step.entry, at=moment(step.at))
    return _("Entry %(id)s, %(at)s", id=step.entry, at=moment(step.at))


def consequence(item: Consequence) -> str:
    """Say what the order did to its buyer."""
    if item.kind == "address_type":
        before, after = address_type_name(item.before), address_type_name(item.after)
        return _(
            "address type from %(before)s to %(after)s, %(at)s",
            before=before,
            after=after,
            at=moment(item.at),
        )
    name = item.partner.name if item.partner else ""
    return _("sponsor set to %(name)s, %(at)s", name=name, at=moment(item.at))


def coupon(trace: CouponTrace, why: Why) -> Markup:
    """Say what a code took off."""
    amount = _strong(money(-trace.discount, why.document.currency))
    if trace.state == RedemptionState.FLAGGED.value:
        return rich("Charged by the shop: %(amount)s, although the code did not hold.", amount=amount)
    if trace.state == RedemptionState.RELEASED.value:
        return rich("Given back: %(amount)s. The code can be used again.", amount=amount)
    if trace.spread is not None:
        return rich(
            "Redeemed: %(amount)s, with the VAT rate of %(rate)s.", amount=amount, rate=percent(trace.spread)
        )
    return rich("Redeemed: %(amount)s, spread over the lines by their value.", amount=amount)


def proofs(trace: CouponTrace, why: Why) -> Iterator[Step]:
    """Give the checks of a code in their order; those that ask nothing of this coupon are left out."""
    facts = Facts(why=why, trace=trace, at=moment(why.document.placed_at))
    for proof in trace.proofs:
        said = PROOFS[proof.name](proof.data, facts) if proof.name in PROOFS else None
        if said is not None:
            yield Step(mark=_mark(proof), title=said.title, text=said.text, proof=said.evidence)


def _mark(proof: Proof) -> str:
    return {True: "ok", False: "bad", None: "no"}[proof.ok]


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
    return _(
        "%(rate)s on level %(level)s",
        rate=rate(hit.percent, hit.fixed, why.document.currency),
        level=hit.level,
    )


def rate(by_percent: Decimal | None, fixed: int | None, currency: str) -> str:
    """Say what terms give."""
    return rate_text(by_percent, fixed, currency)


def barred(seat: Seated) -> str:
    """Say why a level earns nothing."""
    reasons: Mapping[str, str] = {
        "own order": _("nobody earns on the own order"),
        "suspended": _("suspended"),
        "has left": _("is no partner any more"),
        "commission of the partner above has ended": _("the commission for the partner below has ended"),
    }
    reason = reasons.get(seat.barred or "", seat.barred or "")
    return _(
        "Level %(level)s, %(name)s, gets nothing: %(why)s.", level=seat.level, name=seat.name, why=reason
    )


def earned(why: Why, now: datetime) -> Markup:
    """Say what was earned in all."""
    found = why.earned
    if not found.posted:
        return Markup(escape(_nothing_earned(why)))
    levels = ngettext("%(num)s level", "%(num)s levels", len({row.level for row in found.posted}))
    total = _strong(money(found.total, why.document.currency))
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


def payment(item: Payment, currency: str) -> str:
    """Say what a payment or refund brought."""
    amount = money(item.amount or 0, currency)
    said = (
        _("%(amount)s paid", amount=amount)
        if item.kind == "invoice_paid"
        else _("%(amount)s refunded", amount=amount)
    )
    if item.surplus:
        return (
            said + ", " + _("%(amount)s beyond the order, not posted", amount=money(item.surplus, currency))
        )
    return said
