"""What can go wrong, and the one text of each refusal."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .shop import Quote


class FirstlineError(Exception):
    """Base of all errors that Flask-Firstline raises on purpose."""


class ConfigError(FirstlineError):
    """The plugin is mounted or configured in a way that cannot work; the text says how to mend it."""


class WrongFact(FirstlineError, ValueError):
    """What the shop tells cannot be. Nothing was stored; the text names the field and says what to give."""


class Reason(StrEnum):
    """Why a code is refused. The list is closed; values are the names in lower case."""

    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED_UP = "used_up"
    NOT_YOURS = "not_yours"
    OWN_CODE = "own_code"
    NEW_CUSTOMERS_ONLY = "new_customers_only"
    EMAIL_NEEDED = "email_needed"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    PRODUCTS = "products"
    CURRENCY = "currency"
    NOT_STACKABLE = "not_stackable"
    TOO_MANY_TRIES = "too_many_tries"
    CHANGED = "changed"
    UNAVAILABLE = "unavailable"

    @property
    def public(self) -> Reason:
        """The reason that may be shown to the public: it does not reveal which codes exist."""
        return Reason.UNKNOWN if self in _SECRET else self


_SECRET = frozenset({Reason.INACTIVE, Reason.NOT_YET, Reason.EXPIRED, Reason.USED_UP, Reason.NOT_YOURS})

TEXTS: Mapping[Reason, str] = {
    Reason.UNKNOWN: "This code cannot be used here. Please check the spelling.",
    Reason.INACTIVE: "This code is switched off.",
    Reason.NOT_YET: "This code is not valid yet.",
    Reason.EXPIRED: "This code has expired.",
    Reason.USED_UP: "This code has been used as often as it may be.",
    Reason.NOT_YOURS: "This code is reserved for somebody else.",
    Reason.OWN_CODE: "This is your own code. It is meant for others.",
    Reason.NEW_CUSTOMERS_ONLY: "This code is for new customers, and you have ordered here before.",
    Reason.EMAIL_NEEDED: "This code can be checked only with your e-mail address. Please give it first.",
    Reason.MINIMUM: "This code needs goods for at least {minimum}. {missing} are missing.",
    Reason.MAXIMUM: "This code is for orders of up to {maximum}.",
    Reason.PRODUCTS: "This code cannot be used for the articles in the cart.",
    Reason.CURRENCY: "This code is for orders in another currency.",
    Reason.NOT_STACKABLE: "This code cannot be combined with another one. Remove the other code first.",
    Reason.TOO_MANY_TRIES: "Too many tries. Please wait a few minutes.",
    Reason.CHANGED: "The discount has changed. Please check the new total and order again.",
    Reason.UNAVAILABLE: "Codes cannot be checked at the moment. Please try again, or order without a code.",
}

CHECKED_LATER = "The code is accepted and will be checked once your e-mail address is known."

NOT_BESIDE = "The code {code} cannot be combined with {others}. Remove one of them."
"""Says of NOT_STACKABLE which codes it is about, all of them the buyer's own."""


class Refused(FirstlineError):
    """A code does not hold. Nothing was stored; show `quote` and place again with `codes`.

    `codes` are those that still hold; `quote` is the cart priced with them.
    """

    def __init__(
        self, reason: Reason, message: str = "", quote: Quote | None = None, codes: tuple[str, ...] = ()
    ) -> None:
        self.reason = reason
        self.message = message or TEXTS[reason.public]
        self.quote = quote
        self.codes = codes or (quote.codes if quote is not None else ())
        super().__init__(self.message)


class TooManyTries(FirstlineError):
    """Codes were tried too often from here."""
