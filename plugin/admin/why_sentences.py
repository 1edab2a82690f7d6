"""The explanation of an order in words: a mark, a title, a sentence and the evidence of each step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from .. import i18n
from ..domain.portions import percent_of
from ..i18n import gettext as _
from ..i18n import money, percent, rich
from ..models import RedemptionState
from ..services.sharing import BY_ADMIN
from ..services.why import Consequence, Payment, Person, Place, ShareAct, Source, Why
from ..services.why_coupon import CouponTrace
from ..services.why_judged import Proof
from .card import address_type_name
from .proof_words import Facts
from .proofs import PROOFS
from .reason_words import reason_name


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of a trace. `mark` is ok, hit, no or bad."""

    mark: str
    title: str
    text: str = ""
    proof: str = ""


def moment(value: datetime | None) -> str:
    """Give a moment as plain text."""
    return "" if value is None else i18n.moment(value).striptags()


def attribution(why: Why) -> Markup:
    """Say whose order it is and by what."""
    found = why.attribution
    who = found.partner.name if found.partner else ""
    if found.partner is None:
        return escape(_no_partner(why))
    if found.credit == "own code":
        return rich(
            "The order is %(who)s's own, by the own code %(code)s: level 1 earns nothing.",
            who=strong(who),
            code=_code(found.code),
        )
    place = next((source.place for source in found.sources if source.hit), Place.SPONSOR)
    if place is Place.CODE:
        return rich(
            "The order belongs to %(who)s, since the code %(code)s was redeemed.",
            who=strong(who),
            code=_code(found.code),
        )
    if place is Place.LINK:
        return rich("The order belongs to %(who)s, by whose link the buyer came.", who=strong(who))
    if place is Place.ADMIN:
        if found.credit == BY_ADMIN:
            return rich("The order belongs to %(who)s, to whom an admin has given it.", who=strong(who))
        return rich("The order belongs to %(who)s, whom an admin has named as sponsor.", who=strong(who))
    return rich("The order belongs to %(who)s, who was the buyer's sponsor already.", who=strong(who))


def shared(why: Why) -> str:
    """Say who shares the credit of an order; "" where it is one partner's alone."""
    people = why.attribution.portions
    if len(people) < 2:
        return ""
    return _("The credit is shared: %(who)s.", who=people_text(people))


def people_text(people: Sequence[tuple[Person, int]]) -> str:
    """Say who has how much of a credit."""
    if not people:
        return _("nobody")
    return ", ".join(f"{person.name} {percent(percent_of(weight))}" for person, weight in people)


def share_act(act: ShareAct) -> Step:
    """Say what an admin did about the credit."""
    text = _(
        "%(after)s, before that %(before)s. %(reason)s",
        after=people_text(act.after),
        before=people_text(act.before),
        reason=act.reason,
    )
    proof = _("Entry %(id)s, %(at)s", id=act.call_id, at=moment(act.at))
    return Step(mark="hit", title=_("Shared by %(who)s", who=act.who), text=text, proof=proof)


def _no_partner(why: Why) -> str:
    if why.buyer is None:
        return _("No partner earns on this order: the buyer is not known and no code of a partner was used.")
    return _("No partner earns on this order: the buyer has no sponsor, and no code of a partner was used.")


def strong(text: str) -> Markup:
    """Emphasise a text."""
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
        Place.LINK: _("Link or address of a partner"),
    }
    if not step.asked and step.partner is None:
        return Step(mark=mark, title=titles[step.place], text=_("Not asked any more."))
    texts = {Place.ADMIN: _by_admin, Place.SPONSOR: _by_sponsor, Place.CODE: _by_code, Place.LINK: _by_link}
    return Step(
        mark=mark, title=titles[step.place], text=texts[step.place](step, why), proof=_evidence(step, why)
    )


def _by_admin(step: Source, why: Why) -> str:
    if step.partner is None:
        return _("None for this address.")
    if step.hit and why.attribution.credit == BY_ADMIN:
        return _("%(name)s was given the credit of this order.", name=step.partner.name)
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
    return ways.get(step.how) or _link_of(step) or _("%(name)s.", name=step.partner.name)


def _by_link(step: Source, why: Why) -> str:
    if step.partner is None:
        return _("The buyer came by none, or had not agreed to be known again.")
    problem = why.attribution.problem
    said = _link_of(step)
    if step.hit or not problem:
        return said
    return said + " " + _("It does not decide: %(why)s.", why=reason_name(problem))


def _link_of(step: Source) -> str:
    """Say by which link or host of a partner somebody came; "" where it was neither."""
    name = step.partner.name if step.partner is not None else ""
    ways = {
        "link": _("%(name)s, by the link %(link)s.", name=name, link=step.by.lower()),
        "host": _("%(name)s, by the address %(host)s.", name=name, host=step.by),
    }
    return ways.get(step.how, "")


def _by_code(step: Source, why: Why) -> str:
    if step.partner is None:
        return _("No code with an owner was used.")
    owns = _("%(code)s belongs to %(name)s.", code=step.code or "", name=step.partner.name)
    if step.hit:
        return owns
    problem = why.attribution.problem
    return owns + " " + _("It does not decide: %(why)s.", why=reason_name(problem)) if problem else owns


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
    amount = strong(money(-trace.discount, why.document.currency))
    if trace.state == RedemptionState.FLAGGED.value:
        return rich("Charged by the shop: %(amount)s, although the code did not hold.", amount=amount)
    if trace.state == RedemptionState.RELEASED.value:
        return rich("Given back: %(amount)s. The code can be used again.", amount=amount)
    if trace.credit or trace.credit_back:
        return _credit(trace, why.document.currency)
    if trace.spread is not None:
        return rich(
            "Redeemed: %(amount)s, with the VAT rate of %(rate)s.", amount=amount, rate=percent(trace.spread)
        )
    return rich("Redeemed: %(amount)s, spread over the lines by their value.", amount=amount)


def _credit(trace: CouponTrace, currency: str) -> Markup:
    """Say what store credit paid, and what of it has gone back."""
    paid = strong(money(trace.credit + trace.credit_back, currency))
    if not trace.credit_back:
        return rich("Paid with store credit: %(amount)s. VAT is not touched by it.", amount=paid)
    return rich(
        "Paid with store credit: %(amount)s, of which %(back)s went back to the code. "
        "VAT is not touched by it.",
        amount=paid,
        back=strong(money(trace.credit_back, currency)),
    )


def proofs(trace: CouponTrace, why: Why) -> Iterator[Step]:
    """Give the checks of a code in their order; those that ask nothing of this coupon are left out."""
    facts = Facts(
        code=trace.code,
        coupon=trace.name,
        code_id=trace.code_id,
        currency=why.document.currency,
        at=moment(why.document.placed_at),
        kept=trace.held,
        codes=len(why.coupons),
        lines=len(why.lines),
        discounted=sum(1 for line in why.lines if line.discount),
    )
    return steps(trace.proofs, facts)


def steps(proofs: Iterable[Proof], facts: Facts) -> Iterator[Step]:
    """Put checks into words; one that was not asked any more is said as if it held, and not marked."""
    for proof in proofs:
        said = PROOFS[proof.name](proof.data, facts, proof.ok is not False)
        if said is not None:
            yield Step(mark=_mark(proof), title=said.title, text=said.text, proof=said.evidence)


def _mark(proof: Proof) -> str:
    return {True: "ok", False: "bad", None: "no"}[proof.ok]


def payment(item: Payment, currency: str) -> str:
    """Say what a payment or refund brought."""
    amount = money(item.amount or 0, currency)
    if item.kind == "invoice_paid":
        said = _("%(amount)s paid", amount=amount)
    elif item.amount is None:
        said = _("everything returned")
    else:
        said = _("%(amount)s refunded", amount=amount)
    if item.surplus:
        return (
            said + ", " + _("%(amount)s beyond the order, not posted", amount=money(item.surplus, currency))
        )
    return said
