"""Each check of a code in words: what was asked, what it was compared with, and the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .. import i18n
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import money, ngettext, number
from ..services.why import Why
from ..services.why_coupon import CouponTrace


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the sentences speak of: the order, its code, and when it was judged."""

    why: Why
    trace: CouponTrace
    at: str

    @property
    def currency(self) -> str:
        """The currency of the order."""
        return self.why.document.currency


@dataclass(frozen=True)
class Said:
    """The words of one check."""

    title: str
    text: str = ""
    evidence: str = ""


Data = Mapping[str, object]


def _active(data: Data, facts: Facts) -> Said:
    text = _("%(code)s, coupon %(name)s.", code=facts.trace.code, name=facts.trace.name)
    return Said(_("Code known and switched on"), text, _("Code %(id)s", id=facts.trace.code_id))


def _from(data: Data, facts: Facts) -> Said | None:
    begins = data.get("begins")
    if not isinstance(begins, datetime):
        return None
    text = _("Since %(day)s.", day=i18n.day_text(i18n.local(begins).date()))
    return Said(_("Has begun"), text, facts.at)


def _until(data: Data, facts: Facts) -> Said:
    ends = data.get("ends")
    if not isinstance(ends, datetime):
        return Said(_("In its time"), _("Without an end."), facts.at)
    return Said(_("In its time"), _("Until %(day)s.", day=i18n.day_text(i18n.last_day(ends))), facts.at)


def _holder(data: Data, facts: Facts) -> Said | None:
    return Said(_("Kept for this buyer")) if facts.trace.held else None


def _own_code(data: Data, facts: Facts) -> Said | None:
    if not data.get("owner"):
        return None
    return Said(_("Not the buyer's own code"), _("The buyer is not the code's owner."))


def _new_customer(data: Data, facts: Facts) -> Said:
    keys = int(str(data.get("keys") or 0))
    checked = (
        ngettext("%(num)s key checked and claimed", "%(num)s keys checked and claimed", keys) if keys else ""
    )
    text = _("No order before under customer number, e-mail, phone or address.")
    return Said(_("Only for new customers"), text, checked)


def _email(data: Data, facts: Facts) -> Said | None:
    return None


def _limit(title: str) -> Callable[[Data, Facts], Said | None]:
    def said(data: Data, facts: Facts) -> Said | None:
        limit, used = data.get("limit"), int(str(data.get("used") or 0))
        if limit is None:
            return None
        text = _("Use %(used)s of %(limit)s.", used=number(used + 1), limit=number(int(str(limit))))
        evidence = _("Counter %(before)s to %(after)s", before=number(used), after=number(used + 1))
        return Said(str(title), text, evidence)

    return said


def _uses_of_customer(data: Data, facts: Facts) -> Said | None:
    limit = data.get("limit")
    if limit is None:
        return None
    times = ngettext(
        "At most %(num)s time per customer.", "At most %(num)s times per customer.", int(str(limit))
    )
    return Said(_("Free for this customer"), times)


def _currency(data: Data, facts: Facts) -> Said | None:
    needed = data.get("currency")
    return Said(_("In the coupon's currency"), f"{needed}.") if needed else None


def _alone(data: Data, facts: Facts) -> Said | None:
    if len(facts.why.coupons) < 2:
        return None
    return Said(_("May stand beside the other codes"))


def _minimum(data: Data, facts: Facts) -> Said | None:
    minimum, goods = data.get("minimum"), int(str(data.get("goods") or 0))
    if minimum is None:
        return None
    title = _("From an order of %(amount)s", amount=money(int(str(minimum)), facts.currency))
    lines = ngettext(
        "%(num)s line, without shipping", "%(num)s lines, without shipping", len(facts.why.lines)
    )
    return Said(title, _("Goods for %(amount)s.", amount=money(goods, facts.currency)), lines)


def _maximum(data: Data, facts: Facts) -> Said | None:
    maximum, goods = data.get("maximum"), int(str(data.get("goods") or 0))
    if maximum is None:
        return None
    title = _("Up to an order of %(amount)s", amount=money(int(str(maximum)), facts.currency))
    return Said(title, _("Goods for %(amount)s.", amount=money(goods, facts.currency)))


def _products(data: Data, facts: Facts) -> Said:
    discounted = sum(1 for line in facts.why.lines if line.discount)
    text = ngettext("%(num)s line was discounted.", "%(num)s lines were discounted.", discounted)
    return Said(_("There are articles it may be used on"), text)


PROOFS: Mapping[str, Callable[[Data, Facts], Said | None]] = {
    "active": _active,
    "from": _from,
    "until": _until,
    "holder": _holder,
    "own code": _own_code,
    "new customer": _new_customer,
    "e-mail": _email,
    "uses of the coupon": _limit(_l("Coupon still free")),
    "uses of the code": _limit(_l("Code still free")),
    "uses by this customer": _uses_of_customer,
    "currency": _currency,
    "alone": _alone,
    "minimum": _minimum,
    "maximum": _maximum,
    "products": _products,
}
