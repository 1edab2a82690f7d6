"""How much waits behind the entries of the menu, counted by one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import g
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from ..domain.suspicion import SuspicionState
from ..models import (
    Application,
    ApplicationState,
    Call,
    Dispute,
    DisputeState,
    PayoutRun,
    Redemption,
    RedemptionState,
    RunState,
    Statement,
    Suspicion,
    Waiting,
)
from ..models.base import Base
from ..services import approvals, bodies, outbox_acts, tasks
from .calls import STUCK


def _count(model: type[Base], *which: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count()).select_from(model).where(*which).scalar_subquery()


_NEWER = aliased(Statement)
_REPLACED = select(_NEWER.id).where(_NEWER.replaces_id == Statement.id).exists()
_COUNTS: Mapping[str, ColumnElement[int]] = {
    "calls": _count(Call, Call.outcome.in_(STUCK)),
    "redemptions": _count(Redemption, Redemption.state == RedemptionState.FLAGGED.value),
    "payout_runs": _count(PayoutRun, PayoutRun.state == RunState.DRAFT.value),
    "disputes": _count(Dispute, Dispute.state == DisputeState.OPEN.value),
    "suspicions": _count(Suspicion, Suspicion.state == SuspicionState.OPEN.value),
    "rates": _count(Waiting, Waiting.reason == "no_rate"),
    "applications": _count(Application, Application.state == ApplicationState.WAITING.value),
    "statements": _count(Statement, Statement.voided_at.is_not(None), ~_REPLACED),
    "outbox": outbox_acts.STUCK.scalar_subquery(),
    "approvals": approvals.waiting().scalar_subquery(),
    "bodies": bodies.FAILED.scalar_subquery() + bodies.FLAGGED.scalar_subquery(),
}
"""By the name of the entry."""


def counts(current: Session, moment: datetime) -> Mapping[str, int]:
    """Count what waits, by the names of the menu's entries; once in a request."""
    known: Mapping[str, int] | None = g.get("firstline_waits")
    if known is None:
        known = g.firstline_waits = _counted(current, moment)
    return known


def _counted(current: Session, moment: datetime) -> Mapping[str, int]:
    asked = {**_COUNTS, "tasks": tasks.opened(moment).scalar_subquery()}
    found = current.execute(select(*asked.values())).one()
    return dict(zip(asked, found, strict=True))
