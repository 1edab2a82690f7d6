"""Postings by hand: a sale that no invoice tells of, a correction up or down, and taking one back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from ..domain.money import major
from ..models import AccountKind, Accrual, Contact, Document, Posting, PostingKind
from . import audit, inbox, outbox
from .context import Context
from .inbox import Json
from .ledger import move_balances
from .mistakes import NotThere, PostingRefused

KIND = "manual_posting"
_LONGEST_REASON = 200
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_ACCRUAL = Accrual.__table__
_POST = insert(Posting.__table__)
Place = tuple[int, int]
"""Call and number of a posting."""


class ByHand(StrEnum):
    """What a posting by hand is for."""

    SALE = "sale"
    CORRECTION = "correction"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A posting to be made; `amount` in minor units of `currency`, below 0 to take away.

    On hold it can be paid out after as many days as a sale; what takes away is set off at once.
    """

    kind: ByHand
    partner_id: int
    amount: int
    currency: str
    reason: str
    on_hold: bool = False
    document_id: int | None = None


def post(ctx: Context, wanted: Wanted, *, key: str, who: str) -> Place:
    """Post by hand and give the place; the same key gives the first posting again.

    Raises PostingRefused where it cannot be posted so.
    """
    _check(ctx, wanted)
    ctx = replace(ctx, told_by=inbox.ADMIN)
    packed = _packed(wanted)
    call = inbox.record(ctx, KIND, key[:140], packed, document_id=wanted.document_id)
    place = call.id, 1
    if not call.new:
        if call.digest != inbox.digest_of(packed):
            raise PostingRefused("key_used", "Something else was posted under this key; use another one.")
        return place
    _write(ctx, wanted, call.id, who)
    said = {name: packed[name] for name in ("partner_id", "amount", "currency", "reason")}
    audit.record(
        ctx.conn, who=who, act="post by hand", noun="posting", subject=name_of(place), after=said, now=ctx.now
    )
    outbox.flush(ctx)
    return place


def name_of(place: Place) -> str:
    """Give the number under which people find a posting."""
    return f"{place[0]}-{place[1]}"


def _check(ctx: Context, wanted: Wanted) -> None:
    problem = _problem(ctx, wanted)
    if problem is not None:
        raise PostingRefused(*problem)


def _problem(ctx: Context, wanted: Wanted) -> tuple[str, str] | None:
    if not wanted.reason.strip():
        return "reason", "Say why this is posted."
    if len(wanted.reason.strip()) > _LONGEST_REASON:
        return "reason_long", f"The reason has at most {_LONGEST_REASON} characters."
    if wanted.amount == 0:
        return "amount", "An amount of nothing is not posted."
    if wanted.kind is ByHand.SALE and wanted.amount < 0:
        return "sale_below", "A sale earns something; to take something away, post a correction."
    if wanted.amount < 0 and wanted.on_hold:
        return "minus_on_hold", "What takes away is set off at once; it cannot be on hold."
    return _about_nobody(ctx, wanted)


def _about_nobody(ctx: Context, wanted: Wanted) -> tuple[str, str] | None:
    was_partner = (_CONTACT.c.partner_since.is_not(None), _CONTACT.c.erased_at.is_(None))
    partner = select(_CONTACT.c.id).where(_CONTACT.c.id == wanted.partner_id, *was_partner)
    if ctx.conn.execute(partner).one_or_none() is None:
        return "no_partner", "Only to somebody who is or was a partner something can be posted."
    order = select(_DOCUMENT.c.id).where(_DOCUMENT.c.id == wanted.document_id)
    if wanted.document_id is not None and ctx.conn.execute(order).one_or_none() is None:
        return "no_order", "There is no such order."
    return None


def _packed(wanted: Wanted) -> Json:
    return {
        "kind": wanted.kind.value,
        "partner_id": wanted.partner_id,
        "amount": wanted.amount,
        "currency": wanted.currency,
        "reason": wanted.reason.strip(),
        "on_hold": wanted.on_hold,
        "document_id": wanted.document_id,
    }


def _write(ctx: Context, wanted: Wanted, call_id: int, who: str) -> None:
    gains = wanted.amount > 0
    account = AccountKind.ON_HOLD if wanted.on_hold else AccountKind.PAYABLE
    ends = (AccountKind.EXPENSE, account) if gains else (account, AccountKind.EXPENSE)
    common = {
        "call_id": call_id,
        "seq": 1,
        "partner_id": wanted.partner_id,
        "currency": wanted.currency,
        "document_id": wanted.document_id,
        "at": ctx.now,
    }
    posting = {"kind": PostingKind.MANUAL.value, "origin": ends[0].value, "destination": ends[1].value}
    ctx.conn.execute(_POST, {**common, **posting, "amount": abs(wanted.amount)})
    ctx.conn.execute(insert(_ACCRUAL), common | _accrued(ctx, wanted, who))
    moves = {(wanted.partner_id, account.value, wanted.currency): wanted.amount}
    move_balances(ctx, moves, may_be_first=True)
    _tell(ctx, "commission_posted" if gains else "commission_reversed", wanted.partner_id, call_id, wanted)
    if gains and wanted.kind is ByHand.SALE:
        about = {"document_id": wanted.document_id, "partner_id": wanted.partner_id}
        ctx.fact("sale", f"manual {call_id}", **about, amount=wanted.amount, currency=wanted.currency)


def _accrued(ctx: Context, wanted: Wanted, who: str) -> dict[str, object]:
    reason = wanted.reason.strip()
    named = "Manual sale" if wanted.kind is ByHand.SALE else "Correction"
    return {
        "amount": wanted.amount,
        "reversed": 0,
        "held": False,
        "payable_at": _payable_at(ctx, wanted),
        "released_at": None if wanted.on_hold else ctx.now,
        "trace": {"by_hand": wanted.kind.value, "reason": reason, "who": who},
        "sentence": f"{named}: {reason}",
    }


def _payable_at(ctx: Context, wanted: Wanted) -> datetime:
    return ctx.now + timedelta(days=ctx.settings.hold_days) if wanted.on_hold else ctx.now


def _tell(ctx: Context, name: str, partner_id: int, call_id: int, amount: Wanted | Row[Any]) -> None:
    ctx.tell(
        name,
        kind=PostingKind.MANUAL.value,
        ref=name_of((call_id, 1)),
        call_id=call_id,
        currency=amount.currency,
        amounts={str(partner_id): str(major(abs(amount.amount), amount.currency))},
    )


def take_back(ctx: Context, place: Place, *, reason: str, who: str) -> Place:
    """Reverse a posting by hand wholly, by its opposite that names it; give the place of that.

    Raises NotThere, or PostingRefused where it was taken back before.
    """
    if not reason.strip():
        raise PostingRefused("reason", "Say why this is taken back.")
    accrual = _locked(ctx, place)
    ctx = replace(ctx, told_by=inbox.ADMIN)
    call = inbox.record(
        ctx, "manual_reversal", name_of(place), {"reason": reason.strip()}, document_id=accrual.document_id
    )
    if not call.new or accrual.reversed == accrual.amount:
        raise PostingRefused("taken_back", f"The posting {name_of(place)} is taken back already.")
    account = AccountKind.ON_HOLD if accrual.released_at is None else AccountKind.PAYABLE
    _write_opposite(ctx, accrual, account, call.id)
    audit.record(
        ctx.conn,
        who=who,
        act="take back",
        noun="posting",
        subject=name_of(place),
        after={"why": reason.strip(), "amount": accrual.amount, "currency": accrual.currency},
        now=ctx.now,
    )
    gained = accrual.amount > 0
    _tell(ctx, "commission_reversed" if gained else "commission_posted", accrual.partner_id, call.id, accrual)
    outbox.flush(ctx)
    return call.id, 1


def _locked(ctx: Context, place: Place) -> Row[Any]:
    mine = and_(_ACCRUAL.c.call_id == place[0], _ACCRUAL.c.seq == place[1], _ACCRUAL.c.level.is_(None))
    row = ctx.conn.execute(select(_ACCRUAL).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"Nothing was posted by hand under the number {name_of(place)}.")
    return row


def _write_opposite(ctx: Context, accrual: Row[Any], account: AccountKind, call_id: int) -> None:
    gained = accrual.amount > 0
    ends = (account, AccountKind.EXPENSE) if gained else (AccountKind.EXPENSE, account)
    ctx.conn.execute(
        _POST,
        {
            "call_id": call_id,
            "seq": 1,
            "kind": PostingKind.REVERSAL.value,
            "partner_id": accrual.partner_id,
            "origin": ends[0].value,
            "destination": ends[1].value,
            "amount": abs(accrual.amount),
            "currency": accrual.currency,
            "document_id": accrual.document_id,
            "reverses_call_id": accrual.call_id,
            "reverses_seq": accrual.seq,
            "at": ctx.now,
        },
    )
    mine = and_(_ACCRUAL.c.call_id == accrual.call_id, _ACCRUAL.c.seq == accrual.seq)
    ctx.conn.execute(update(_ACCRUAL).where(mine).values(reversed=accrual.amount))
    move_balances(ctx, {(accrual.partner_id, account.value, accrual.currency): -accrual.amount})
