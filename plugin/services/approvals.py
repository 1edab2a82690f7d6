"""Changes that wait for somebody else: proposed once, decided once, never by who proposed them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from ..models import Approval, ApprovalKind, ApprovalState
from ..models.base import dialect_insert
from . import audit
from .approval_rules import Entry
from .mistakes import Decided, NotThere, ProposedAlready

_APPROVAL = Approval.__table__
LONGEST_REASON = 200
WAITING: ColumnElement[bool] = _APPROVAL.c.state == ApprovalState.WAITING.value
_KEPT = ("act", "noun", "subject", "before", "after")
_COMPARED = ("act", "noun", "subject", "before")


@dataclass(frozen=True, kw_only=True)
class Who:
    """Somebody of the staff: a name for the log, an id to tell people apart."""

    name: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What was sent and what it would do."""

    kind: ApprovalKind
    path: str
    form: Sequence[tuple[str, str]]
    language: str
    entries: Sequence[Entry]
    reason: str = ""


def propose(conn: Connection, wanted: Proposal, who: Who, *, now: datetime) -> int:
    """Write a proposed change down and give its number. Raises ProposedAlready where the same waits."""
    acts = [{name: entry[name] for name in _KEPT} for entry in wanted.entries]
    row = {
        "kind": wanted.kind.value,
        "path": wanted.path,
        "form": [list(pair) for pair in wanted.form],
        "language": wanted.language,
        "acts": acts,
        "fingerprint": _digest(acts),
        "reason": wanted.reason[:LONGEST_REASON],
        "state": ApprovalState.WAITING.value,
        "proposed_by": who.name[:100],
        "proposed_by_id": who.id[:100],
        "proposed_at": now,
    }
    insert = dialect_insert(_APPROVAL, conn.dialect.name).on_conflict_do_nothing().returning(_APPROVAL.c.id)
    made = conn.execute(insert, row).scalar()
    if made is None:
        raise ProposedAlready("The same change waits for approval already.")
    _log(conn, int(made), "propose", who, {"kind": wanted.kind.value, "reason": row["reason"]}, now)
    return int(made)


def _digest(acts: Sequence[Entry]) -> str:
    return hashlib.sha256(json.dumps(acts, sort_keys=True).encode()).hexdigest()


def find(conn: Connection, approval_id: int) -> Any:  # noqa: ANN401 - a row
    """Give a proposed change, or raise NotThere."""
    row = conn.execute(select(_APPROVAL).where(_APPROVAL.c.id == approval_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no proposed change with the number {approval_id}.")
    return row


def is_as_proposed(row: Any, entries: Sequence[Entry]) -> bool:  # noqa: ANN401 - a row
    """Say whether what would be done now begins where it began when it was proposed."""
    return [_compared(one) for one in row.acts] == [_compared(one) for one in entries]


def _compared(entry: Entry) -> list[object]:
    return [entry[name] for name in _COMPARED]


def approve(conn: Connection, approval_id: int, who: Who, *, said: str, now: datetime) -> None:
    """Note that somebody else approves, in the transaction of the change itself. Raises Decided."""
    others = _APPROVAL.c.proposed_by_id != who.id[:100]
    _decide(conn, approval_id, ApprovalState.APPROVED, who, others, said=said, now=now)


def reject(conn: Connection, approval_id: int, who: Who, *, said: str, now: datetime) -> None:
    """Note that somebody else does not want it. Raises Decided."""
    others = _APPROVAL.c.proposed_by_id != who.id[:100]
    _decide(conn, approval_id, ApprovalState.REJECTED, who, others, said=said, now=now)


def withdraw(conn: Connection, approval_id: int, who: Who, *, now: datetime) -> None:
    """Take a proposal of one's own back. Raises Decided."""
    own = _APPROVAL.c.proposed_by_id == who.id[:100]
    _decide(conn, approval_id, ApprovalState.WITHDRAWN, who, own, said="", now=now)


def end(conn: Connection, approval_id: int, who: Who, *, now: datetime) -> None:
    """Note that it cannot be done any more as it was proposed. Raises Decided."""
    _decide(conn, approval_id, ApprovalState.STALE, who, WAITING, said="", now=now)


def _decide(
    conn: Connection,
    approval_id: int,
    state: ApprovalState,
    who: Who,
    where: ColumnElement[bool],
    *,
    said: str,
    now: datetime,
) -> None:
    row = find(conn, approval_id)
    values: dict[str, object] = {
        "state": state.value,
        "decided_by": who.name[:100],
        "decided_by_id": who.id[:100],
        "decided_at": now,
        "outcome": said[:LONGEST_REASON],
        # It may name people as they were typed, and is not sent again.
        "form": [],
    }
    waits = update(_APPROVAL).where(_APPROVAL.c.id == approval_id, WAITING, where)
    if conn.execute(waits.values(**values)).rowcount != 1:
        raise Decided("This change is decided already, or only somebody else can decide it.")
    _log(conn, approval_id, _ACTS[state], who, {"proposed_by": row.proposed_by, "why": said}, now)


_ACTS = {
    ApprovalState.APPROVED: "approve",
    ApprovalState.REJECTED: "reject",
    ApprovalState.WITHDRAWN: "withdraw",
    ApprovalState.STALE: "find stale",
}


def _log(
    conn: Connection, approval_id: int, act: str, who: Who, after: dict[str, object], now: datetime
) -> None:
    audit.record(conn, who=who.name, act=act, noun="approval", subject=str(approval_id), after=after, now=now)


def waiting() -> Any:  # noqa: ANN401 - SQL
    """Ask how many changes wait."""
    return select(func.count()).select_from(_APPROVAL).where(WAITING)
