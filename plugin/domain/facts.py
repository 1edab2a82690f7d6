"""What a rule is judged by: the event, its people, their referral, and how often the rule was met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonFacts:
    """A person as the rules see it; `data` are the shop's own fields."""

    id: int
    created_at: datetime
    ref: str | None = None
    email: str | None = None
    name: str | None = None
    country: str | None = None
    locale: str | None = None
    address_type: str = "prospect"
    tags: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def segments(self) -> tuple[str, ...]:
        """The labels that the shop gives."""
        return segments_of(self.data)


def segments_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the labels among the shop's own fields of a person."""
    found = data.get(SEGMENTS)
    if isinstance(found, str):
        return (found,) if found else ()
    return tuple(str(one) for one in found) if isinstance(found, list | tuple) else ()


SEGMENTS = "segments"


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFacts:
    """A fact that happened; `data` by the names of its kind."""

    id: int
    name: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferralFacts:
    """Who brought whom, since when."""

    id: int | None
    sharer_id: int
    friend_id: int
    started_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FriendPast:
    """A friend of the sharer and how its own fields were: each from a moment on, the newest first."""

    person: PersonFacts
    referred_at: datetime
    states: Sequence[tuple[datetime, Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """All that the conditions of one rule may ask for at one event.

    `counts` None: not known yet. `judge_again` gathers the moments at which a span of time can first be over.
    """

    now: datetime
    event: EventFacts
    person: PersonFacts | None = None
    sharer: PersonFacts | None = None
    friend: PersonFacts | None = None
    referral: ReferralFacts | None = None
    referrals: int = 0
    counts: Mapping[str, int] | None = None
    pasts: Callable[[], Sequence[FriendPast]] = tuple
    judge_again: list[datetime] = field(default_factory=list)

    def friends_meeting(self, where: Callable[[Scope], bool], days: int) -> tuple[int, datetime | None]:
        """Count friends that meet a condition now and have met it for so many days without a break.

        The moment is when the next of those who meet it now can have met it long enough.
        """
        number, soon = 0, None
        for past in self.pasts():
            since = self._met_since(where, past)
            if since is None:
                continue
            long_enough = since + timedelta(days=days)
            if long_enough <= self.now:
                number += 1
            elif soon is None or long_enough < soon:
                soon = long_enough
        return number, soon

    def _met_since(self, where: Callable[[Scope], bool], past: FriendPast) -> datetime | None:
        """Say since when a friend has met a condition without a break; None: it does not now."""
        met: datetime | None = None
        for since, data in past.states:
            if not where(replace(self, friend=replace(past.person, data=data))):
                break
            met = max(since, past.referred_at)
            if since <= past.referred_at:
                break
        return met
