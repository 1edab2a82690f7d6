"""Examples of what is put into our letters, for previews, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ..domain.letters import PLANS, OwnLetter
from ..domain.payout import Method
from ..domain.payout_details import Details
from ..i18n import gettext as _
from ..i18n import money, percent
from ..services.payout_details import Known
from .facts import change_of_details, day_of, how_long, thanks, way_of, why_off

READER: Final = "Anna Lindner"
CODE: Final = "ANNA-7K2M"
_IBAN: Final = "DE89370400440532013000"
_SHOP: Final = "https://shop.example/firstline"
LEAVE: Final = f"{_SHOP}/mails/preferences/example"
_LINKS: Final[Mapping[OwnLetter, str]] = {
    OwnLetter.WELCOME: "/partners/password/example",
    OwnLetter.CONFIRM: "/partners/join/example",
    OwnLetter.LOG_IN: "/partners/sign-in/example",
    OwnLetter.PASSWORD: "/partners/password/example",
    OwnLetter.PAID: "/desk/payouts",
    OwnLetter.FAILED: "/desk/payouts/details",
    OwnLetter.CHANGED: "/desk/payouts",
    OwnLetter.ISSUED: "/desk/statements/17",
    OwnLetter.POSTBACK_OFF: "/desk/postbacks/3",
    OwnLetter.SHARE: "/share/example",
    OwnLetter.REMINDER: "/share/example",
    OwnLetter.REWARD: "/share/example",
}


def words(letter: OwnLetter, now: datetime, currency: str) -> dict[str, str]:
    """Give an example for each word of a letter, beside its reader and the shop."""
    found = {word: _EXAMPLES[word](now, currency) for word in PLANS[letter].words if word in _EXAMPLES}
    reason = _("The account is closed.") if letter is OwnLetter.FAILED else _("You already sell elsewhere.")
    found |= {"why": reason, "link": _SHOP + _LINKS.get(letter, "/desk/"), "leave": LEAVE}
    return found


def own_words(now: datetime, currency: str) -> dict[str, str]:
    """Give an example for each word of the shop's own mails, beside their reader and the shop."""
    return {
        "friend": "Tom Berger",
        "sharer": READER,
        "partner": READER,
        "code": CODE,
        "reward": money(500, currency),
        "amount": money(12_345, currency),
        "order": "2026-11873",
        "product": _("Balm"),
        "link": f"{_SHOP}/share/example",
        "until": day_of(now + timedelta(days=30)),
        "event": "demo_done",
        "count": "3",
    }


def _details(now: datetime) -> Known:
    pending = Details(method=Method.SEPA, iban=_IBAN)
    return Known(pending=pending, pending_from=now + timedelta(days=7))


_EXAMPLES: Final[Mapping[str, Callable[[datetime, str], str]]] = {
    "amount": lambda now, currency: money(12_345, currency),
    "way": lambda now, currency: way_of(_details(now).pending),
    "how_long": lambda now, currency: how_long(Method.SEPA.value),
    "day": lambda now, currency: day_of(now),
    "news": lambda now, currency: change_of_details(_details(now)),
    "number": lambda now, currency: "G-2026-0017",
    "host": lambda now, currency: "partner.example",
    "cause": lambda now, currency: why_off("failed"),
    "offer": lambda now, currency: _(
        "%(friend)s for your friends, %(sharer)s for you",
        friend=percent(Decimal(10)),
        sharer=money(500, currency),
    ),
    "lead": lambda now, currency: _(
        "Pass your code on. Who orders with it saves %(friend)s.", friend=percent(Decimal(10))
    ),
    "conditions": lambda now, currency: _("For new customers"),
    "code": lambda now, currency: CODE,
    "friend_link": lambda now, currency: f"{_SHOP}/s/{CODE}",
    "thanks": lambda now, currency: thanks(friend=True),
    "worth": lambda now, currency: money(500, currency),
    "desk": lambda now, currency: f"{_SHOP}/desk/",
    "sign_in": lambda now, currency: f"{_SHOP}/partners/sign-in",
}
