"""Signs that who buys and who earns are one, and what follows from each; signs in the pace of a partner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .person import address_folded, email_folded
from .phone import phone_e164

NEW_DAYS: Final = 7
PAST_DAYS: Final = 28
LEAST_LOST: Final = 5
"""Fewer orders that came back are bad luck, whatever share of the week they are."""
LOST_SHARE: Final = 50
"""Per cent. As long as most new customers keep what they ordered, the partner brings customers."""
RISE: Final = 25
"""Points above the partner's own past."""
CROWD: Final = 5
"""So many accounts at one address within four weeks: a family is smaller."""


class Signal(StrEnum):
    """What two people have in common, or what is unusual about one partner."""

    ACCOUNT = "account"
    MAIL = "mail"
    PHONE = "phone"
    NAME = "name"
    BANK = "bank"
    TAX = "tax"
    HOME = "home"
    DOMAIN = "domain"
    DOUBLE = "double"
    PACE = "pace"
    CROWD = "crowd"


class Action(StrEnum):
    """What follows from a signal, the mildest first."""

    ALLOW = "allow"
    FLAG = "flag"
    HOLD = "hold"
    REJECT = "reject"


class About(StrEnum):
    """What a suspicion is about."""

    ORDER = "order"
    KICKBACK = "kickback"
    """An order of a friend, and the reward for who had passed the code on."""
    DOUBLE = "double"
    PACE = "pace"
    CROWD = "crowd"


class SuspicionState(StrEnum):
    """Open, or how it was decided."""

    OPEN = "open"
    RELEASED = "released"
    CONFIRMED = "confirmed"


class Suspected(StrEnum):
    """What a suspicion does to what a partner earns on an order."""

    HELD = "held"
    REJECTED = "rejected"


OF_ORDERS: Final = (
    Signal.ACCOUNT, Signal.MAIL, Signal.PHONE, Signal.NAME, Signal.BANK, Signal.HOME, Signal.DOMAIN,
)  # fmt: skip
OF_PARTNERS: Final = (Signal.DOUBLE, Signal.PACE, Signal.CROWD)
OF_DOUBLES: Final = (Signal.MAIL, Signal.PHONE, Signal.NAME, Signal.BANK, Signal.TAX, Signal.HOME)
DEFAULTS: Final[Mapping[Signal, Action]] = {
    Signal.ACCOUNT: Action.HOLD,
    Signal.MAIL: Action.HOLD,
    Signal.PHONE: Action.HOLD,
    Signal.NAME: Action.HOLD,
    Signal.BANK: Action.HOLD,
    Signal.HOME: Action.FLAG,
    Signal.DOMAIN: Action.FLAG,
    Signal.DOUBLE: Action.FLAG,
    Signal.PACE: Action.FLAG,
    Signal.CROWD: Action.FLAG,
}
"""One person is looked at before anything is paid out; a household or an office is only shown.

Two partners who have something in common are `DOUBLE`, whatever it is.
"""
_SEVERITY: Final = tuple(Action)
_RESERVED: Final = (".example", ".test", ".invalid", ".localhost", "example.com", "example.org")
_FREE: Final = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com"),
        *("ymail.com", "rocketmail.com", "icloud.com", "me.com", "mac.com", "aol.com", "proton.me"),
        *("protonmail.com", "pm.me", "tutanota.com", "tuta.io", "zoho.com", "fastmail.com", "hey.com"),
        *("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "web.de", "t-online.de", "freenet.de"),
        *("mail.de", "posteo.de", "mailbox.org", "arcor.de", "vodafone.de", "1und1.de", "online.de"),
        *("mail.com", "email.de", "outlook.de", "hotmail.de", "yahoo.de", "live.de", "aol.de", "magenta.de"),
        *("aon.at", "chello.at", "a1.net", "bluewin.ch", "hispeed.ch", "sunrise.ch"),
        *("ziggo.nl", "kpnmail.nl", "kpnplanet.nl", "planet.nl", "hetnet.nl", "xs4all.nl", "home.nl"),
        *("live.nl", "hotmail.nl", "outlook.nl", "casema.nl", "upcmail.nl", "telfort.nl", "solcon.nl"),
        *("mail.ru", "inbox.ru", "bk.ru", "list.ru", "internet.ru", "yandex.ru", "ya.ru", "yandex.com"),
        *("rambler.ru", "lenta.ru", "ro.ru", "autorambler.ru", "myrambler.ru", "ukr.net", "i.ua"),
        *("yahoo.co.uk", "hotmail.co.uk", "btinternet.com", "sky.com", "virginmedia.com", "talktalk.net"),
        *("orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "hotmail.fr", "yahoo.fr", "gmx.fr"),
        *("libero.it", "virgilio.it", "tiscali.it", "alice.it", "hotmail.it", "yahoo.it", "seznam.cz"),
        *("wp.pl", "o2.pl", "onet.pl", "interia.pl", "telenet.be", "skynet.be", "proximus.be"),
        *("telia.com", "comhem.se", "online.no", "hotmail.es", "yahoo.es", "comcast.net", "verizon.net"),
        *("att.net", "sbcglobal.net", "cox.net", "qq.com", "163.com", "126.com"),
    }
)
"""Hosts where anybody has a mailbox: to share one says nothing."""


def action_for_double(common: Iterable[Signal], action: Action) -> Action:
    """Give what follows where two partners have something in common: a household is never more than shown."""
    household = set(common) == {Signal.HOME}
    return min(action, Action.FLAG, key=_SEVERITY.index) if household else action


def strictest(actions: Iterable[Action]) -> Action:
    """Give the strictest of some actions; of none, to allow."""
    return max(actions, key=_SEVERITY.index, default=Action.ALLOW)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a person and can be told apart by: all in plain words, held only while it is compared.

    `accounts` are IBANs, addresses at payment services, or whatever the shop names a means of payment by.
    """

    email: str | None = None
    phone: str | None = None
    country: str | None = None
    name: str | None = None
    address: str | None = None
    accounts: tuple[str, ...] = ()
    tax: tuple[str, ...] = ()


def traits(facts: Facts) -> Iterator[tuple[Signal, str]]:
    """Give what two people are compared by, each in one spelling."""
    if facts.email and "@" in facts.email:
        mailbox = email_folded(facts.email)
        yield Signal.MAIL, mailbox
        host = mailbox.rpartition("@")[2]
        if host not in _FREE and not host.endswith(_RESERVED):
            yield Signal.DOMAIN, host
    number = phone_e164(facts.phone, facts.country)
    if number:
        yield Signal.PHONE, number
    whole = address_folded(facts.name, facts.address)
    if whole:
        yield Signal.NAME, whole
    home = address_folded("x", facts.address)
    if home:
        yield Signal.HOME, home.partition("|")[2]
    yield from ((Signal.BANK, one) for account in facts.accounts if (one := _bare(account)))
    yield from ((Signal.TAX, one) for number in facts.tax if (one := _bare(number)))


def _bare(text: str) -> str:
    folded = email_folded(text) if "@" in text else text.casefold()
    return "".join(sign for sign in folded if sign.isalnum() or sign == "@")


def told(common: Iterable[Signal]) -> tuple[Signal, ...]:
    """Give signals in their order, without those that a stronger one says already."""
    found = set(common)
    if Signal.MAIL in found:
        found.discard(Signal.DOMAIN)
    if Signal.NAME in found:
        found.discard(Signal.HOME)
    return tuple(signal for signal in Signal if signal in found)


@dataclass(frozen=True, kw_only=True)
class Brought:
    """How many new customers a partner brought in some days, and how many of their orders came back."""

    customers: int = 0
    lost: int = 0

    @property
    def share(self) -> int:
        """The share of orders that came back, in whole per cent, rounded down."""
        return 100 * self.lost // self.customers if self.customers else 0


def is_hasty(recent: Brought, past: Brought) -> bool:
    """Say whether so many orders of new customers came back as the partner's own past does not explain."""
    lost_many = recent.lost >= LEAST_LOST and recent.share >= LOST_SHARE
    return lost_many and (past.customers == 0 or recent.share >= past.share + RISE)
