"""How two contacts are related: one and the same person, of one household, or strangers."""

from __future__ import annotations

from enum import StrEnum

from . import contacts
from .context import Context


class Relation(StrEnum):
    """How two contacts are related."""

    SAME = "same"
    """They share a person key: account, mailbox, phone, or name with address."""
    HOUSEHOLD = "household"
    """They live at one address: to be looked at, nothing to refuse."""
    STRANGERS = "strangers"


def between(ctx: Context, one_id: int, other_id: int) -> Relation:
    """Say how two contacts are related."""
    if one_id == other_id:
        return Relation.SAME
    one, other = (contacts.with_keys(ctx, contacts.by_id(ctx, found)) for found in (one_id, other_id))
    if set(one.all_keys) & set(other.all_keys):
        return Relation.SAME
    homes = {_home(known.row.address) for known in (one, other) if known.row is not None}
    return Relation.HOUSEHOLD if len(homes) == 1 and homes != {""} else Relation.STRANGERS


def _home(address: str | None) -> str:
    return "".join(sign for sign in (address or "").casefold() if sign.isalnum())
