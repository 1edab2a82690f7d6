"""What a contact reads and agrees to when it lets its sponsor see contact data; kept with the consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from flask import has_request_context, request

from . import i18n
from .domain.consent import SPANS, Grant, months_later
from .i18n import gettext as _
from .i18n import ngettext
from .services.consents import Wording

#: Raised with every change of the sentences below, so that each consent says which ones were read.
VERSION = "1"


def sponsor_name(name: str | None) -> str:
    """Name who would see the data."""
    return name or _("the partner who brought you here")


def offer(sponsor: str) -> str:
    """Say what is asked, before anything is chosen."""
    said = _(
        "%(sponsor)s is your adviser here and sees only your initials. If you agree, %(sponsor)s may see "
        "what you tick, with your name, to contact you, and for nothing else. Each look is recorded. "
        "You can take this back at any time with one click; orders and prices do not depend on it.",
        sponsor=sponsor,
    )
    return _begun(said)


def _begun(sentence: str) -> str:
    """Begin a sentence with a capital, where nobody's name stands there but a description."""
    return sentence[:1].upper() + sentence[1:]


def statement(sponsor: str, grant: Grant, last: date | None) -> Wording:
    """Put the choice into words as they are kept: who, what, until when."""
    what = {
        (True, True): _("my name, e-mail address and phone number"),
        (True, False): _("my name and e-mail address"),
        (False, True): _("my name and phone number"),
    }[grant.email, grant.phone]
    if last is None:
        agreed = _("%(sponsor)s may see %(what)s until I take this back.", sponsor=sponsor, what=what)
    else:
        day = i18n.day_text(last)
        agreed = _("%(sponsor)s may see %(what)s until %(day)s.", sponsor=sponsor, what=what, day=day)
    return Wording(text=f"{offer(sponsor)}\n{_begun(agreed)}", version=VERSION, locale=str(i18n.locale()))


def spans() -> tuple[tuple[int, str], ...]:
    """Give for how many months a consent can be given, each in words."""
    until = _("until I take it back")
    return tuple((one, ngettext("%(num)s month", "%(num)s months", one) if one else until) for one in SPANS)


def chosen(what: list[str], months: str, now: datetime) -> tuple[Grant, date | None] | None:
    """Read what was ticked and for how long, with the last day; None where nothing was ticked."""
    email, phone = "email" in what, "phone" in what
    if not (email or phone):
        return None
    last = _last_day(months, i18n.local(now).date())
    until = None if last is None else i18n.midnight(date.fromordinal(last.toordinal() + 1))
    return Grant(email=email, phone=phone, until=until), last


def _last_day(text: str, today: date) -> date | None:
    known = {str(one): one for one in SPANS}
    months = known.get(text, SPANS[0])
    return months_later(today, months) if months else None


def of_sign_up(now: datetime) -> tuple[Grant, Wording] | None:
    """Give what was agreed to in the shop's sign-up form of this request, with what was read there."""
    if not has_request_context() or request.method != "POST":
        return None
    found = chosen(
        request.form.getlist("firstline_consent"), request.form.get("firstline_consent_months", ""), now
    )
    if found is None:
        return None
    return found[0], replace(statement(whose_code(), *found), place=request.path)


def whose_code() -> str:
    """Name the sponsor where the code that decides is typed in the same form."""
    return _("the partner whose code you use")
