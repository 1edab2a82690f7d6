"""Judge every act of an admin before it is committed: whether it may be done by one alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy import Connection

from ..models import ApprovalKind
from ..services import approval_mails, approval_rules, approvals, audit
from ..services.approval_rules import Entry
from ..services.approvals import Who
from ..state import current_state


class NeedsApproval(Exception):  # noqa: N818 - not an error: somebody else is asked
    """An act is taken back, for somebody else must approve it first."""

    def __init__(self, kind: ApprovalKind, entries: Sequence[Entry]) -> None:
        self.kind = kind
        self.entries = entries
        super().__init__(kind.value)


class Stale(Exception):  # noqa: N818 - not an error
    """An approved act would do something else than what was proposed; it is taken back."""


@dataclass(kw_only=True)
class Replay:
    """A proposed change that is done now, with the word of who approves it."""

    row: Any
    approver: Who
    said: str
    link: str
    """Where the proposal stands, for the mail to who proposed it."""
    settled: bool = False


@dataclass(kw_only=True)
class _Watch:
    conn: Connection
    entries: Sequence[Entry]
    over: bool = False


def acting_name() -> str:
    """Give the name for the log of acts: who acts, or who proposed what is done now."""
    replay: Replay | None = g.get("firstline_replay")
    return str(g.firstline_admin.name if replay is None else replay.row.proposed_by)


def who_acts() -> Who:
    """Give who acts on these pages, as proposals know people."""
    return Who(name=g.firstline_admin.name, id=f"admin:{g.firstline_admin.id}")


@contextmanager
def judged(conn: Connection) -> Iterator[None]:
    """Judge what is logged inside the block, at its end at the latest."""
    with audit.heard(conn) as entries:
        g.firstline_watch = _Watch(conn=conn, entries=entries)
        try:
            yield
            judge()
        except BaseException:
            _unsettle()
            raise
        finally:
            g.pop("firstline_watch", None)


def _unsettle() -> None:
    """Forget an approval whose transaction is taken back."""
    replay: Replay | None = g.get("firstline_replay")
    if replay is not None:
        replay.settled = False


def judge() -> None:
    """Judge the act of now, once; before anybody outside is told of it. Raises NeedsApproval or Stale."""
    watch: _Watch | None = g.get("firstline_watch")
    if watch is None or watch.over:
        return
    watch.over = True
    replay: Replay | None = g.get("firstline_replay")
    state = current_state()
    if replay is None:
        kind = approval_rules.asked(watch.conn, watch.entries, state.settings.currency)
        if kind is not None:
            raise NeedsApproval(kind, list(watch.entries))
        return
    if replay.settled:
        return
    if not approvals.is_as_proposed(replay.row, list(watch.entries)):
        raise Stale
    row = replay.row
    approvals.approve(watch.conn, row.id, replay.approver, said=replay.said, now=g.firstline_now)
    ctx = state.context(watch.conn, now=g.firstline_now)
    approval_mails.tell_decided(ctx, row.id, row.proposed_by_id, link=replay.link)
    replay.settled = True
