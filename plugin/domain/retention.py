"""How long each kind of data is kept, and what happens to it then: one closed table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kept(StrEnum):
    """A kind of data that is kept for some time."""

    CLICKS = "clicks"
    ATTEMPTS = "attempts"
    TRAITS = "traits"
    WAITING_CODES = "waiting_codes"
    FILES = "files"
    FILE_LINES = "file_lines"
    BODIES = "bodies"
    WEBHOOK_CALLS = "webhook_calls"
    API_ANSWERS = "api_answers"
    WORK_DONE = "work_done"
    MESSAGES = "messages"
    UNMET_RUNS = "unmet_runs"
    UNPROVEN_APPLICATIONS = "unproven_applications"
    DECLINED_APPLICATIONS = "declined_applications"
    PROSPECTS = "prospects"
    CONSENTS = "consents"
    FOLLOW_UPS = "follow_ups"
    ONE_TIME_LINKS = "one_time_links"
    NOTICES = "notices"
    AUDIT = "audit"
    CONTACTS = "contacts"
    BOOKS = "books"


class End(StrEnum):
    """What happens to data whose time is over."""

    DELETED = "deleted"
    COUNTED = "counted"
    """Deleted; the figures of the days stay."""
    EMPTIED = "emptied"
    """What names people goes; that there was something stays."""
    ERASED = "erased"
    """The person is forgotten as if it had asked for it."""
    NEVER_STORED = "never_stored"
    KEPT = "kept"
    """No period of ours ends it."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """How long a kind is kept where nobody has said otherwise; `days` None: without an end.

    `least` and `most` are the days that it can be set to; both nought: it cannot be set.
    """

    kind: Kept
    end: End
    days: int | None
    least: int = 0
    most: int = 0

    @property
    def can_be_set(self) -> bool:
        """Whether somebody may choose another period."""
        return self.most > 0

    @property
    def can_be_off(self) -> bool:
        """Whether it may be kept without an end."""
        return self.can_be_set and self.days is None

    @property
    def at_once(self) -> bool:
        """Whether it goes with each round of the worker, as soon as it is over."""
        return not self.can_be_set and self.days is not None

    def allows(self, days: int | None) -> bool:
        """Say whether it may be kept for so many days, None: without an end."""
        if days is None:
            return self.can_be_off
        return self.can_be_set and self.least <= days <= self.most


_YEAR = 365
_TEN_YEARS = 3653
_PERIODS = (
    Period(kind=Kept.CLICKS, end=End.COUNTED, days=90, least=1, most=3 * _YEAR),
    Period(kind=Kept.ATTEMPTS, end=End.DELETED, days=0),
    Period(kind=Kept.TRAITS, end=End.DELETED, days=730, least=30, most=_TEN_YEARS),
    Period(kind=Kept.WAITING_CODES, end=End.DELETED, days=90, least=1, most=_YEAR),
    Period(kind=Kept.FILES, end=End.DELETED, days=7, least=1, most=90),
    Period(kind=Kept.FILE_LINES, end=End.EMPTIED, days=90, least=7, most=3 * _YEAR),
    Period(kind=Kept.BODIES, end=End.DELETED, days=90, least=7, most=3 * _YEAR),
    Period(kind=Kept.WEBHOOK_CALLS, end=End.DELETED, days=30, least=7, most=_YEAR),
    Period(kind=Kept.API_ANSWERS, end=End.DELETED, days=1),
    Period(kind=Kept.WORK_DONE, end=End.DELETED, days=30, least=1, most=_YEAR),
    Period(kind=Kept.MESSAGES, end=End.EMPTIED, days=_YEAR, least=30, most=_TEN_YEARS),
    Period(kind=Kept.UNMET_RUNS, end=End.DELETED, days=90, least=7, most=3 * _YEAR),
    Period(kind=Kept.UNPROVEN_APPLICATIONS, end=End.DELETED, days=7, least=3, most=30),
    Period(kind=Kept.DECLINED_APPLICATIONS, end=End.DELETED, days=180, least=30, most=3 * _YEAR),
    Period(kind=Kept.PROSPECTS, end=End.ERASED, days=None, least=90, most=_TEN_YEARS),
    Period(kind=Kept.CONSENTS, end=End.DELETED, days=1827, least=3 * _YEAR, most=_TEN_YEARS),
    Period(kind=Kept.FOLLOW_UPS, end=End.DELETED, days=0),
    Period(kind=Kept.ONE_TIME_LINKS, end=End.NEVER_STORED, days=None),
    Period(kind=Kept.NOTICES, end=End.DELETED, days=90, least=8, most=_YEAR),
    Period(kind=Kept.AUDIT, end=End.DELETED, days=_TEN_YEARS, least=_TEN_YEARS, most=3 * _TEN_YEARS),
    Period(kind=Kept.CONTACTS, end=End.KEPT, days=None),
    Period(kind=Kept.BOOKS, end=End.KEPT, days=None),
)
PERIODS: Mapping[Kept, Period] = {period.kind: period for period in _PERIODS}
USUAL_FOR_PROSPECTS = 730
"""What is proposed for people who never bought: nobody is erased before an owner has said so."""
