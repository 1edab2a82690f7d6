"""Rewards: issued once for a cause, active as a code for one person, withdrawn when the cause is gone.

One that was used and is withdrawn is owed: the next rewards of that person make up for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..domain.reward import RewardTerms, read
from ..models import Contact, Redemption, RedemptionState, Reward, RewardState
from ..models.base import SHOP, insert_for_id
from . import audit, contacts, outbox, reward_codes, reward_netting
from .context import Context
from .mistakes import NotThere

ACTIVE = "reward_active"
"""The topic that tells of a reward whose code is there."""
WITHDRAWN = "reward_withdrawn"
NETTED = "made up for what was owed"
ERASED = "the person was erased"
BY_ADMIN = "withdrawn by an admin"
_CONTACT = Contact.__table__
_REDEMPTION = Redemption.__table__
_REWARD = Reward.__table__
_LONGEST_WHY = 200
_USES = (RedemptionState.REDEEMED.value, RedemptionState.FLAGGED.value)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """The reward of a cause; `new` where this call has made it."""

    id: int
    new: bool


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What a reward is given for; `key` names it, and rewards once."""

    key: str
    campaign_id: int | None = None
    referral_id: int | None = None
    friend_id: int | None = None
    source: str = SHOP
    order_ref: str | None = None


def issue(
    ctx: Context, contact_id: int, terms: RewardTerms, cause: Cause, *, due_at: datetime | None = None
) -> Issued:
    """Give somebody a reward, once for its cause: pending, and active from `due_at` on (None: when told)."""
    values = {
        "contact_id": contact_id, "source_key": cause.key, "campaign_id": cause.campaign_id,
        "referral_id": cause.referral_id, "friend_id": cause.friend_id, "source": cause.source,
        "order_ref": cause.order_ref, "terms": terms.packed(), "state": RewardState.PENDING.value,
        "due_at": due_at, "owed": 0, "currency": terms.currency, "why": "", "created_at": ctx.now,
    }  # fmt: skip
    made = ctx.conn.execute(insert_for_id(_REWARD, ctx.conn.dialect.name), values).scalar()
    if made is None:
        query = select(_REWARD.c.id).where(_REWARD.c.source_key == cause.key)
        return Issued(id=ctx.conn.execute(query).scalar_one(), new=False)
    if due_at is not None and due_at <= ctx.now:
        activate(ctx, made)
    return Issued(id=made, new=True)


def refuse(ctx: Context, contact_id: int, terms: RewardTerms, cause: Cause, *, why: str) -> None:
    """Keep that a cause rewards nobody, and why, so that it can be seen."""
    withdraw(ctx, issue(ctx, contact_id, terms, cause).id, why=why)


def activate(ctx: Context, reward_id: int) -> bool:
    """Make the code of a pending reward, less what the person owes; False where it is pending no more."""
    row = _locked(ctx, reward_id)
    if row.state != RewardState.PENDING.value:
        return False
    if _is_erased(ctx.conn, row.contact_id):
        return _change(ctx, row, state=RewardState.VOID.value, withdrawn_at=ctx.now, why=ERASED)
    left = reward_netting.net(ctx, row, read(row.terms))
    if left is None:
        return _change(ctx, row, state=RewardState.USED.value, active_at=ctx.now, used_at=ctx.now, why=NETTED)
    code_id = reward_codes.make(ctx, left, row.contact_id)
    _change(ctx, row, state=RewardState.ACTIVE.value, active_at=ctx.now, code_id=code_id)
    outbox.put(ctx.conn, ACTIVE, {"reward_id": row.id, "contact_id": row.contact_id}, now=ctx.now)
    return True


def let_go(ctx: Context, reward_id: int, due_at: datetime, *, withdrawn_for: str) -> None:
    """Let a reward go on that was held, or that was withdrawn for a reason that holds no more."""
    row = _locked(ctx, reward_id)
    if row.state == RewardState.PENDING.value and row.due_at is None:
        _change(ctx, row, due_at=due_at)
    elif row.withdrawn_at is not None and row.why == withdrawn_for:
        _give_again(ctx, row, due_at)


def _give_again(ctx: Context, row: Row[Any], due_at: datetime) -> None:
    """Take a withdrawal back; what later rewards have made up for meanwhile is given as one of its own."""
    again = {"withdrawn_at": None, "why": "", "owed": 0}
    if not _uses(ctx.conn, row.code_id):
        new = {"code_id": None, "active_at": None, "used_at": None, "due_at": due_at}
        _change(ctx, row, state=RewardState.PENDING.value, **again, **new)
        return
    _change(ctx, row, state=RewardState.USED.value, **again)
    netted = reward_netting.netted(ctx.conn, row.id)
    if netted:
        terms = reward_netting.given_back(read(row.terms), netted, row.currency)
        cause = Cause(key=f"{_given_back(row.id)}{len(_all_given_back(ctx, row.id)) + 1}")
        issue(ctx, row.contact_id, terms, cause, due_at=ctx.now)


def _given_back(reward_id: int) -> str:
    return f"given back:{reward_id}:"


def _all_given_back(ctx: Context, reward_id: int) -> Sequence[int]:
    """Give the rewards over what was made up for on a reward whose withdrawal was taken back."""
    mine = _REWARD.c.source_key.startswith(_given_back(reward_id), autoescape=True)
    return ctx.conn.execute(select(_REWARD.c.id).where(mine).order_by(_REWARD.c.id)).scalars().all()


def activate_due(ctx: Context, *, limit: int = 20) -> int:
    """Activate pending rewards whose time has come; gives their number."""
    pending = (_REWARD.c.state == RewardState.PENDING.value, _REWARD.c.due_at <= ctx.now)
    query = select(_REWARD.c.id).where(*pending).order_by(_REWARD.c.contact_id, _REWARD.c.id).limit(limit)
    return sum(activate(ctx, reward_id) for reward_id in ctx.conn.execute(query).scalars().all())


def cancel(ctx: Context, reward_id: int, *, why: str) -> bool:
    """Withdraw a reward that was not used; False, and nothing changed, where it is used or gone already."""
    row = _locked(ctx, reward_id)
    if row.state not in (RewardState.PENDING.value, RewardState.ACTIVE.value) or _uses(ctx.conn, row.code_id):
        return False
    _withdraw(ctx, row, why)
    return True


def withdraw(ctx: Context, reward_id: int, *, why: str) -> RewardState:
    """Withdraw a reward whose cause is gone: void where it was not used, else owed. Repeating is harmless."""
    row = _locked(ctx, reward_id)
    return RewardState(row.state) if row.withdrawn_at is not None else _withdraw(ctx, row, why)


def withdraw_by_hand(ctx: Context, reward_id: int, *, who: str) -> bool:
    """Withdraw a reward because an admin says so; False where that was done already."""
    row = _locked(ctx, reward_id)
    if row.withdrawn_at is not None:
        return False
    state = _withdraw(ctx, row, BY_ADMIN)
    audit.record(
        ctx.conn, who=who, act="withdraw", noun="reward", subject=str(reward_id),
        before={"state": row.state}, after={"state": state.value}, now=ctx.now,
    )  # fmt: skip
    return True


def _withdraw(ctx: Context, row: Row[Any], why: str) -> RewardState:
    """End the code first, so that what is used of it by then is all that ever will be."""
    if row.code_id is not None:
        reward_codes.end(ctx, row.code_id)
    reward_netting.undo(ctx, row.id)
    taken = _uses(ctx.conn, row.code_id)
    state = RewardState.OWED if taken else RewardState.VOID
    more = {"owed": taken[0], "currency": taken[1]} if taken else {}
    _change(ctx, row, state=state.value, withdrawn_at=ctx.now, why=why[:_LONGEST_WHY], **more)
    outbox.put(ctx.conn, WITHDRAWN, {"reward_id": row.id, "contact_id": row.contact_id}, now=ctx.now)
    for given_id in _all_given_back(ctx, row.id):
        withdraw(ctx, given_id, why=why)
    return state


def follow_code(ctx: Context, code_id: int) -> None:
    """Let the reward of a code stand where its redemptions say: used or not, owed or not."""
    found = ctx.conn.execute(select(_REWARD.c.id).where(_REWARD.c.code_id == code_id)).scalar()
    if found is None:
        return
    row = _locked(ctx, found)
    taken = _uses(ctx.conn, code_id)
    if row.withdrawn_at is None:
        state = RewardState.USED if taken else RewardState.ACTIVE
        _change(ctx, row, state=state.value, used_at=ctx.now if taken else None)
    elif taken:
        owed = max(taken[0], reward_netting.netted(ctx.conn, row.id))
        _change(ctx, row, state=RewardState.OWED.value, owed=owed, currency=taken[1])
    else:
        _owe_no_more(ctx, row)


def _owe_no_more(ctx: Context, row: Row[Any]) -> None:
    """Forget what was owed by an order that came to nothing; what was netted already is given back."""
    netted = reward_netting.netted(ctx.conn, row.id)
    state = RewardState.OWED if netted else RewardState.VOID
    _change(ctx, row, state=state.value, owed=netted)
    if netted:
        terms = reward_netting.given_back(read(row.terms), netted, row.currency)
        issue(ctx, row.contact_id, terms, Cause(key=f"given back:{row.id}"), due_at=ctx.now)


def get(conn: Connection, reward_id: int) -> Row[Any]:
    """Give a reward's row or raise NotThere."""
    row = conn.execute(select(_REWARD).where(_REWARD.c.id == reward_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no reward with the id {reward_id}.")
    return row


def find(conn: Connection, source_key: str) -> Row[Any] | None:
    """Give the reward of a cause, or None."""
    return conn.execute(select(_REWARD).where(_REWARD.c.source_key == source_key)).one_or_none()


def _locked(ctx: Context, reward_id: int) -> Row[Any]:
    """Lock the person before the reward: all that a person gets or owes is worked one after the other."""
    contacts.lock_all(ctx, [get(ctx.conn, reward_id).contact_id])
    return ctx.conn.execute(select(_REWARD).where(_REWARD.c.id == reward_id).with_for_update()).one()


def _change(ctx: Context, row: Row[Any], **values: object) -> bool:
    ctx.conn.execute(update(_REWARD).where(_REWARD.c.id == row.id).values(**values))
    return True


def _is_erased(conn: Connection, contact_id: int) -> bool:
    query = select(_CONTACT.c.erased_at).where(_CONTACT.c.id == contact_id)
    return conn.execute(query).scalar() is not None


def _uses(conn: Connection, code_id: int | None) -> tuple[int, str] | None:
    """Give what orders have taken with a code, in minor units, and its currency; None where none has."""
    if code_id is None:
        return None
    columns = (_REDEMPTION.c.discount, _REDEMPTION.c.credit, _REDEMPTION.c.currency)
    live = (_REDEMPTION.c.code_id == code_id, _REDEMPTION.c.state.in_(_USES))
    rows = conn.execute(select(*columns).where(*live).order_by(_REDEMPTION.c.id)).all()
    taken = sum(row.discount + row.credit for row in rows)
    return (taken, rows[0].currency) if taken else None
