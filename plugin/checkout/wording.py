"""What a contact reads and agrees to when it lets its sponsor see contact data; kept with the consent."""

from __future__ import annotations

from datetime import date

from .. import i18n
from ..domain.consent import Grant
from ..i18n import gettext as _
from ..services.consents import Wording

#: Raised with every change of the sentences below, so that each consent says which ones were read.
VERSION = "1"


def sponsor_name(name: str | None) -> str:
    """Name who would see the data."""
    return name or _("the partner who brought you here")


def offer(sponsor: str) -> str:
    """Say what is asked, before anything is chosen."""
    return _(
        "%(sponsor)s is your adviser here and sees only your initials. If you agree, %(sponsor)s may see "
        "what you tick, with your name, to contact you, and for nothing else. Each look is recorded. "
        "You can take this back at any time with one click; orders and prices do not depend on it.",
        sponsor=sponsor,
    )


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
    return Wording(text=f"{offer(sponsor)}\n{agreed}", version=VERSION, locale=str(i18n.locale()))
