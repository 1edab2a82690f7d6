"""Data whose time is over goes: some kinds with each round, the others once a night."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..domain.retention import Kept
from ..services import retention
from ..services.context import Context
from ..services.retention_ends import ENDINGS
from ..state import State, log

InUnit = Callable[[State, Callable[[Context], Any]], Any]


def at_once(ctx: Context) -> None:
    """Let go of what is over within hours, in the transaction of a round."""
    for kind in retention.AT_ONCE:
        for ending in ENDINGS[kind]:
            retention.let_some_go(ctx, kind, ending)


def by_night(state: State, in_unit: InUnit) -> None:
    """Make the night's run where it is due; a kind that fails keeps no other one from going."""
    run_id = in_unit(state, retention.begin_night)
    if run_id is not None:
        finish(partial(in_unit, state), run_id)


def finish(in_unit: retention.InUnit, run_id: int) -> tuple[dict[Kept, int], list[Kept]]:
    """Do a run that is begun; give what went of each kind, and the kinds that failed."""
    went: dict[Kept, int] = {}
    failed: list[Kept] = []
    for kind in retention.BY_NIGHT:
        try:
            went[kind] = retention.let_go(in_unit, kind)
        except Exception:
            log.exception("%s whose time is over could not go", kind.value)
            failed.append(kind)

    def end(ctx: Context) -> int:
        retention.end(ctx, run_id, went, failed)
        return run_id

    in_unit(end)
    return went, failed
