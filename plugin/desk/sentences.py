"""Sentences of the desk: what a coupon grants, why an accrual is there, by what somebody came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .. import i18n
from ..domain.portions import percent_of
from ..domain.terms import Step
from ..i18n import gettext as _
from ..posting_words import rate_number
from ..services.desk_accruals import Entry
from ..services.desk_codes import Offer, OwnCode
from ..services.desk_people import Person
from ..terms_words import trace_lines


def offer_terms(offer: Offer, currency: str) -> str:
    """Say what a coupon grants and to whom, in one line."""
    text = ", ".join(_offer_parts(offer, offer.currency or currency))
    return text[:1].upper() + text[1:]


def _offer_parts(offer: Offer, currency: str) -> Iterator[str]:
    yield _granted(offer, currency)
    if offer.min_order:
        yield _("from %(amount)s of goods", amount=i18n.money(offer.min_order, currency))
    if offer.new_customers_only:
        yield _("once per new customer")
    if offer.max_per_code is not None:
        yield _("at most %(count)s redemptions per code", count=i18n.number(offer.max_per_code))
    yield offer_end(offer)


def _granted(offer: Offer, currency: str) -> str:
    if offer.amount is not None:
        return _("%(amount)s off", amount=i18n.money(offer.amount, currency))
    if offer.percent is None:
        return _("free shipping")
    if offer.cap is not None:
        cap = i18n.money(offer.cap, currency)
        return _("%(percent)s off, %(cap)s at most", percent=i18n.percent(offer.percent), cap=cap)
    return _("%(percent)s off", percent=i18n.percent(offer.percent))


def offer_end(offer: Offer) -> str:
    """Say until when a coupon can be redeemed."""
    if offer.valid_until is None:
        return _("no end date")
    return _("until %(day)s", day=i18n.day_text(i18n.last_day(offer.valid_until)))


def code_state(code: OwnCode) -> tuple[str, str]:
    """Give kind and text of a code's state."""
    if code.ended:
        return "off", _("ended")
    if not code.active:
        return "off", _("paused")
    if code.max_uses is not None and code.used >= code.max_uses:
        return "wait", _("used up")
    return "ok", _("active")


def came_by(person: Person) -> str:
    """Say by what somebody came into the first line."""
    if person.code and person.how == "sign-up":
        return _("signed up with %(code)s", code=person.code)
    if person.code:
        return _("by the code %(code)s", code=person.code)
    if person.how == "link":
        return _("by one of your links")
    if person.how == "host":
        return _("by your own address")
    if person.how == "admin":
        return _("named by the shop")
    return ""


def why(entry: Entry) -> str:
    """Say in one or two sentences why an amount is in the list."""
    if entry.by_hand:
        return _by_hand(entry)
    if entry.reversal:
        day = i18n.day_text(i18n.local(entry.earned_at).date())
        return _("Goods or money went back to %(who)s: the commission of %(day)s is reversed.",
                 who=_who(entry), day=day)  # fmt: skip
    special = ", ".join(trace_lines(entry.trace, entry.base_currency))
    more = f"{special[:1].upper()}{special[1:]}." if special else ""
    texts = (_came_from(entry), _terms(entry), more, _converted(entry))
    return " ".join(text for text in texts if text)


def _converted(entry: Entry) -> str:
    if entry.rate is None:
        return ""
    day = i18n.day_text(date.fromisoformat(entry.rate["day"]))
    return _("Converted at %(rate)s of %(day)s.", rate=rate_number(entry.rate["rate"]), day=day)


def _by_hand(entry: Entry) -> str:
    if entry.reversal:
        day = i18n.day_text(i18n.local(entry.earned_at).date())
        return _("The shop has taken back what it had posted by hand on %(day)s.", day=day)
    if entry.by_hand == "sale":
        return _("For a sale that the shop has recorded by hand.")
    return _("A correction by the shop.")


def _who(entry: Entry) -> str:
    return entry.buyer or _("somebody")


def _came_from(entry: Entry) -> str:
    who = _who(entry)
    if entry.level is not None and entry.level > 1:
        return _("Bought by %(who)s from your downline.", who=who)
    if entry.first_order and entry.codes:
        return _("First order of %(who)s, with the code %(code)s.", who=who, code=entry.codes[0])
    if entry.credit == "code":
        return _("Bought by %(who)s with your code.", who=who)
    if entry.first_order:
        return _("First order of %(who)s from your first line.", who=who)
    return _("Bought by %(who)s from your first line.", who=who)


def _terms(entry: Entry) -> str:
    level = i18n.number(entry.level or 1)
    texts = {
        Step.PARTNER_PRODUCT.value: _("Your own terms for this product, level %(level)s.", level=level),
        Step.PARTNER.value: _("Your own terms, level %(level)s.", level=level),
        Step.PRODUCT.value: _("Terms of the product, level %(level)s.", level=level),
        Step.CATEGORY.value: _("Terms of the category, level %(level)s.", level=level),
        Step.CAMPAIGN.value: _("Terms of the campaign, level %(level)s.", level=level),
        Step.GENERAL.value: _("General terms, level %(level)s.", level=level),
    }
    return texts.get(entry.step, "")


def rate(entry: Entry) -> str:
    """Give the rate of an accrual: a per cent, or a fixed amount per unit."""
    if entry.percent is not None:
        return i18n.percent(entry.percent)
    return i18n.money(entry.fixed, entry.base_currency) if entry.fixed is not None else ""


def portion_text(code: OwnCode) -> str:
    """Say what a partner has of a shared code."""
    weight = i18n.percent(percent_of(code.weight or 0))
    if code.mine:
        return _("Shared: %(weight)s of its commission is yours.", weight=weight)
    return _(
        "Shared: %(weight)s of its commission is yours. New customers join its main partner.", weight=weight
    )
