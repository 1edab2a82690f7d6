"""Who takes part in the partner program at a moment: one rule, asked on every path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Bar(StrEnum):
    """Why somebody does not take part."""

    NO_PARTNER = "no partner"
    AWAITING = "awaiting approval"
    LEFT = "has left"
    SUSPENDED = "suspended"
    PARENT_ENDED = "commission of the partner above has ended"


@dataclass(frozen=True, kw_only=True)
class Partnership:
    """The dates of one partner.

    `applied` says that an application waits; `commission_until` is the end of what is earned on the partner
    below, where the question is about one who stands above.
    """

    since: datetime | None = None
    until: datetime | None = None
    suspended_at: datetime | None = None
    applied: bool = False
    commission_until: datetime | None = None


def bar(partner: Partnership, at: datetime) -> Bar | None:
    """Say why somebody does not take part at that moment; None: takes part."""
    if partner.since is None or partner.since > at:
        return Bar.AWAITING if partner.applied else Bar.NO_PARTNER
    if partner.until is not None and partner.until <= at:
        return Bar.LEFT
    if partner.suspended_at is not None:
        return Bar.SUSPENDED
    if partner.commission_until is not None and partner.commission_until <= at:
        return Bar.PARENT_ENDED
    return None


def eligible(partner: Partnership, at: datetime) -> bool:
    """Say whether somebody makes codes and links, gains people and orders, and earns."""
    return bar(partner, at) is None


def is_partner(found: Bar | None) -> bool:
    """Say whether somebody is a partner, may be one who earns nothing for a while."""
    return found in {None, Bar.SUSPENDED, Bar.PARENT_ENDED}


def was_partner(found: Bar | None) -> bool:
    """Say whether somebody is or was a partner: has a desk, and uses up a level."""
    return found not in {Bar.NO_PARTNER, Bar.AWAITING}


def may_sponsor(found: Bar | None) -> bool:
    """Say whether people join somebody's first line; who never was a partner may pass codes on too."""
    return found is None or not was_partner(found)
