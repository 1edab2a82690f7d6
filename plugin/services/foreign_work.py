"""One body of another shop at work: what it says, what is known, and what it has brought so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row

from ..domain.foreign import Told
from ..models import DocumentKind, Outcome
from . import documents, foreign_sales, inbox
from .attempted import in_savepoint
from .context import Context
from .documents import Paper

Result = TypeVar("Result")
Fact = dict[str, Any]


@dataclass(kw_only=True)
class Work:
    """One body at work: the shop it is from, what it says, what is known, and what it has brought."""

    ctx: Context
    source: Row[Any]
    told: Told
    is_current: bool = False
    """Whether it was just fetched, so that nothing can be newer."""
    facts: list[Fact] = field(default_factory=list)
    flagged: bool = False

    def named(self, id_: str) -> str:
        """Give an id there as a ref here."""
        return foreign_sales.named(self.source.name, id_)

    def brings(self, kind: str, about: str = "", amount: int | None = None, *, flagged: bool = False) -> None:
        """Note a fact; a flagged one is to be looked at."""
        fact: Fact = {"kind": kind, "about": about, "currency": self.told.currency}
        self.facts.append(fact if amount is None else {**fact, "amount": amount})
        self.flagged = self.flagged or flagged

    def do(self, work: Callable[[Context], Result]) -> Result:
        """Work one fact in a savepoint of its own; what a failed attempt has told is forgotten with it."""
        return in_savepoint(self.ctx, work)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of an order there, locked; `newer` and `newest` compare this body with it."""

    ref: str
    modified_at: datetime | None
    refunds: dict[str, int]
    refunded: int
    cancelled: bool
    newer: bool
    """Not older than anything worked off before."""
    newest: bool
    """Younger than everything before, so that what is missing in it is gone."""


def find(done: Work, ref: str) -> Paper | None:
    """Give an order as it is kept, None where it is not known."""
    return documents.find(done.ctx, DocumentKind.ORDER, ref, lock=False)


def tell_call(done: Work, kind: str, call_kind: str, key: str, about: str) -> None:
    """Note what a recorded call has brought, or that it waits for its order."""
    call = inbox.find(done.ctx, call_kind, key)
    if call is not None and call.outcome == Outcome.WAITING.value:
        done.brings("waits", about)
    elif call is not None:
        done.brings(kind, about, call.amount)
