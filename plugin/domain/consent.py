"""What a contact may let its sponsor see, and for how long."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

#: Months a consent can be given for; 0: until it is taken back.
SPANS: Final = (3, 6, 12, 0)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What is let see; `until` is the moment at which it ends, None where only taking back ends it."""

    email: bool
    phone: bool
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a consent to nothing."""
        if not (self.email or self.phone):
            raise ValueError("a consent lets see the e-mail address, the phone number, or both")


def months_later(day: date, months: int) -> date:
    """Give the same day some months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
