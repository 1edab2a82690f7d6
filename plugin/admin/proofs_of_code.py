"""The checks about a code, its time, its buyer and its limits, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from .. import i18n
from ..i18n import gettext as _
from ..i18n import money, ngettext, number
from .proof_words import Data, Facts, Said, Saying, figure


def tries(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether too many wrong codes were tried."""
    title = _("Not too many tries")
    evidence = _("%(used)s of %(limit)s failed tries", used=number(figure(data, "used")),
                 limit=number(figure(data, "limit")))  # fmt: skip
    if ok:
        return Said(title, "", evidence)
    return Said(
        title, _("Too many wrong codes were tried in a few minutes. It is open again soon."), evidence
    )


def known(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say that there is no such code; of one that is there the next check speaks."""
    if ok:
        return None
    return Said(_("There is such a code"), _("Nothing is called %(code)s, in no spelling.", code=facts.code))


def active(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether code and coupon are on."""
    text = _("%(code)s, coupon %(name)s.", code=facts.code, name=facts.coupon)
    if not ok:
        text += " " + _("The code or its coupon is switched off.")
    return Said(_("Code known and switched on"), text, _("Code %(id)s", id=facts.code_id))


def from_(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say when it begins."""
    begins = data.get("begins")
    if not isinstance(begins, datetime):
        return None
    day = i18n.day_text(i18n.local(begins).date())
    text = _("Since %(day)s.", day=day) if ok else _("It begins %(day)s.", day=day)
    return Said(_("Has begun"), text, facts.at)


def until(data: Data, facts: Facts, ok: bool) -> Said:
    """Say when it ends."""
    ends = data.get("ends")
    if not isinstance(ends, datetime):
        return Said(_("In its time"), _("Without an end."), facts.at)
    day = i18n.day_text(i18n.last_day(ends))
    text = _("Until %(day)s.", day=day) if ok else _("It ended %(day)s.", day=day)
    return Said(_("In its time"), text, facts.at)


def hours(data: Data, facts: Facts, ok: bool) -> Said:
    """Say on which days and hours it is open."""
    days, opens, closes = data.get("days"), data.get("opens"), data.get("closes")
    weekdays = ", ".join(_weekday(day) for day in days) if isinstance(days, list) else ""
    hours = ""
    if opens is not None or closes is not None:
        begins, ends = _clock(figure(data, "opens")), _clock(figure(data, "closes") or 24 * 60)
        hours = f"{begins}\N{EN DASH}{ends}"
    window = " ".join(part for part in (weekdays, hours) if part)
    text = f"{window}." if ok else _("%(window)s, and it is not that time.", window=window)
    return Said(_("On its days and hours"), text, facts.at)


def _weekday(day: object) -> str:
    monday = date(2024, 1, 1)
    return i18n.skeleton("E", monday + timedelta(days=int(str(day))))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def link(data: Data, facts: Facts, ok: bool) -> Said:
    """Say how the code came."""
    text = _("It came by its link.") if ok else _("It counts with its link only, and it was typed.")
    return Said(_("Came by its link"), text)


def holder(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say for whom it is kept."""
    if not ok:
        return Said(_("Kept for this buyer"), _("It is kept for somebody else."))
    return Said(_("Kept for this buyer")) if facts.kept else None


def own_code(data: Data, facts: Facts, ok: bool) -> Said | None:
    """Say whether it is the own code."""
    title = _("Not the buyer's own code")
    if not ok:
        return Said(title, _("The buyer is the code's owner, by contact or by e-mail, phone or address."))
    return Said(title, _("The buyer is not the code's owner.")) if data.get("owner") else None


def new_customer(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether the buyer is new."""
    keys = figure(data, "keys")
    checked = (
        ngettext("%(num)s key checked and claimed", "%(num)s keys checked and claimed", keys) if keys else ""
    )
    text = _("No order before under customer number, e-mail, phone or address.")
    if not ok and data.get("has_bought"):
        text = _("The buyer has ordered here before.")
    elif not ok:
        text = _("A new-customer code was used before under this customer number, e-mail, phone or address.")
    return Said(_("Only for new customers"), text, checked)


def email(data: Data, facts: Facts, ok: bool) -> Said:
    """Say whether the buyer can be told from others."""
    text = (
        _("Customer number or e-mail is known.")
        if ok
        else _("Without customer number and e-mail nobody can say whether the buyer is new.")
    )
    return Said(_("Buyer known"), text)


def limit(title: str) -> Saying:
    """Give the words for a limit of uses."""

    def said(data: Data, facts: Facts, ok: bool) -> Said | None:
        limit, used = data.get("limit"), figure(data, "used")
        if limit is None:
            return None
        at_most = number(int(str(limit)))
        if not ok:
            text = _("Used %(used)s of %(limit)s times: nothing is left.", used=number(used), limit=at_most)
            return Said(str(title), text, _counter(used, placed=False))
        text = _("Use %(used)s of %(limit)s.", used=number(used + 1), limit=at_most)
        return Said(str(title), text, _counter(used, placed=facts.placed))

    return said


def _counter(used: int, *, placed: bool) -> str:
    if placed:
        return _("Counter %(before)s to %(after)s", before=number(used), after=number(used + 1))
    return _("Counter at %(count)s", count=number(used))


def limit_of_customer(title: str) -> Saying:
    """Give the words for a limit of uses by one customer."""

    def said(data: Data, facts: Facts, ok: bool) -> Said | None:
        limit = data.get("limit")
        if limit is None:
            return None
        times = ngettext(
            "At most %(num)s time per customer.", "At most %(num)s times per customer.", int(str(limit))
        )
        used = "" if facts.placed else _("used %(count)s so far", count=number(figure(data, "used")))
        return Said(str(title), times, used)

    return said


def credit(data: Data, facts: Facts, ok: bool) -> Said:
    """Say what is left of store credit."""
    if not ok:
        return Said(_("Store credit left"), _("All of it is used up."))
    left = money(figure(data, "left"), facts.currency)
    return Said(_("Store credit left"), "" if facts.placed else _("%(amount)s are left.", amount=left))
