"""People who never bought and of whom nothing was heard for long: erased where an owner has set a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, exists, or_

from ..models import (
    Accrual,
    Application,
    ApplicationState,
    Code,
    Consent,
    Contact,
    Document,
    Event,
    Login,
    Merged,
    Redemption,
    RedemptionState,
    Reward,
    RewardState,
    Task,
    Touch,
)
from . import audit, erasing
from .context import Context

TABLE = Contact.__table__
BY_PERIOD = "retention"
"""Who the audit log names for it."""
_BELOW = TABLE.alias("below")
_UNDECIDED = (ApplicationState.UNCONFIRMED.value, ApplicationState.WAITING.value)
_OPEN_REWARDS = (RewardState.PENDING.value, RewardState.ACTIVE.value, RewardState.OWED.value)


def over(ctx: Context, before: datetime) -> ColumnElement[bool]:
    """Say as SQL who never bought, is nobody's sponsor, has nothing open and was quiet since `before`."""
    of = TABLE.c
    return and_(
        of.erased_at.is_(None),
        of.has_bought.is_(False),
        of.partner_since.is_(None),
        of.created_at < before,
        or_(of.sponsor_at.is_(None), of.sponsor_at < before),
        ~exists().where(_BELOW.c.sponsor_id == of.id),
        ~exists().where(Document.contact_id == of.id),
        ~exists().where(Accrual.partner_id == of.id),
        ~exists().where(Login.contact_id == of.id),
        ~exists().where(Merged.loser_id == of.id),
        ~exists().where(or_(Code.owner_id == of.id, and_(Code.holder_id == of.id, Code.active))),
        ~exists().where(Redemption.contact_id == of.id, Redemption.state != RedemptionState.RELEASED.value),
        ~exists().where(Event.contact_id == of.id, Event.at >= before),
        ~exists().where(Touch.contact_id == of.id, Touch.at >= before),
        ~exists().where(Application.contact_id == of.id, Application.state.in_(_UNDECIDED)),
        ~exists().where(Task.contact_id == of.id, Task.done_at.is_(None)),
        *_agreed_or_owed(ctx),
    )


def _agreed_or_owed(ctx: Context) -> Sequence[ColumnElement[bool]]:
    of = TABLE.c
    holds = or_(Consent.until.is_(None), Consent.until > ctx.now)
    return (
        ~exists().where(Consent.contact_id == of.id, Consent.ended_at.is_(None), holds),
        ~exists().where(
            or_(Reward.contact_id == of.id, Reward.friend_id == of.id),
            Reward.state.in_(_OPEN_REWARDS),
        ),
    )


def erase_all(ctx: Context, table: Table, mine: ColumnElement[bool], ids: Sequence[int]) -> None:
    """Erase them one by one, each logged by its number."""
    for contact_id in ids:
        if erasing.erase_contact(ctx, contact_id):
            subject = f"#{contact_id}"
            audit.record(ctx.conn, who=BY_PERIOD, act="erase", noun="contact", subject=subject, now=ctx.now)
