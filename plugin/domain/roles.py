"""Who of the shop's staff may do what: the roles, and what each of them is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody of the staff is; one person may be several."""

    VIEWER = "viewer"
    SUPPORT = "support"
    MARKETING = "marketing"
    FINANCE = "finance"
    OWNER = "owner"


class Permission(StrEnum):
    """What can be allowed: to look, to see what is private, to change one kind of thing."""

    LOOK = "look"
    """Look at all pages, without what is private."""
    BANK = "bank"
    """See bank details and tax data, and files that hold them."""
    LISTS = "lists"
    """Save lists and reports as files."""
    PERSON = "person"
    """Fetch all that is kept about a person."""
    PEOPLE = "people"
    """Partners and contacts: enter, note, tag, merge, name a sponsor, suspend, approve."""
    CODES = "codes"
    """Single codes and redemptions, leaked codes, cards."""
    CARE = "care"
    """Parked calls, what other shops sent, mails and calls that did not go out."""
    TASKS = "tasks"
    """Tasks."""
    COUPONS = "coupons"
    """Coupons, batches, imports, acts on many codes."""
    CAMPAIGNS = "campaigns"
    """Campaigns, programs, rules."""
    MATERIAL = "material"
    """Products, landing pages, material, hosts with the counter."""
    MAILS = "mails"
    """Mails to many, own mails, texts of the standard mails."""
    TERMS = "terms"
    """Commission terms, partner terms, rates, currency of payouts."""
    MONEY = "money"
    """Payouts, postings, disputes, payments by hand, rewards taken back, check of the books."""
    STATEMENTS = "statements"
    """Statements and tax data."""
    KEYS = "keys"
    """API keys, webhooks, other shops."""
    SETTINGS = "settings"
    """Settings of the program."""
    ERASE = "erase"
    """Erase a person."""
    RETENTION = "retention"
    """How long each kind of data is kept."""
    APPROVE = "approve"
    """Approve what somebody else proposed."""


_SUPPORT = {
    Permission.LISTS,
    Permission.PERSON,
    Permission.ERASE,
    Permission.PEOPLE,
    Permission.CODES,
    Permission.CARE,
    Permission.TASKS,
}
_MARKETING = {
    Permission.LISTS,
    Permission.CODES,
    Permission.TASKS,
    Permission.COUPONS,
    Permission.CAMPAIGNS,
    Permission.MATERIAL,
    Permission.MAILS,
}
_FINANCE = {
    Permission.BANK,
    Permission.LISTS,
    Permission.TASKS,
    Permission.TERMS,
    Permission.MONEY,
    Permission.STATEMENTS,
}
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.LOOK}),
    Role.SUPPORT: frozenset({Permission.LOOK, *_SUPPORT}),
    Role.MARKETING: frozenset({Permission.LOOK, *_MARKETING}),
    Role.FINANCE: frozenset({Permission.LOOK, *_FINANCE}),
    Role.OWNER: frozenset(Permission),
}
_PRIVATE = frozenset({Permission.LOOK, Permission.BANK, Permission.LISTS, Permission.PERSON})


def granted(roles: Iterable[str]) -> frozenset[Permission]:
    """Give all that somebody with these roles may do; everybody of the staff may look."""
    known = [GRANTS[Role(role)] for role in roles if role in set(Role)]
    return frozenset({Permission.LOOK}).union(*known)


def only_looks(permissions: frozenset[Permission]) -> bool:
    """Say whether these change nothing at all."""
    return permissions <= _PRIVATE


def who_may(permission: Permission) -> tuple[Role, ...]:
    """Give the roles that are allowed something."""
    return tuple(role for role, allowed in GRANTS.items() if permission in allowed)
