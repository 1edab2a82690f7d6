"""The postings of one call on one document: commissions and reversals, with why they are what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from ..domain.commission import Share
from ..domain.money import major
from ..models import AccountKind, Accrual, Posting, PostingKind
from .context import Context
from .documents import Paper
from .ledger import Account
from .share_words import sentence, trace_of

_ACCRUAL = Accrual.__table__
_POST = insert(Posting.__table__)
_ACCRUE = insert(_ACCRUAL)
_OPEN_OF = (
    select(_ACCRUAL)
    .where(_ACCRUAL.c.document_id == bindparam("of_document"), _ACCRUAL.c.reversed < _ACCRUAL.c.amount)
    .order_by(_ACCRUAL.c.call_id, _ACCRUAL.c.seq)
    .with_for_update()
)
_REVERSED = (
    update(_ACCRUAL)
    .where(_ACCRUAL.c.call_id == bindparam("of_call"), _ACCRUAL.c.seq == bindparam("of_seq"))
    .values(reversed=_ACCRUAL.c.reversed + bindparam("back"))
)


@dataclass(frozen=True, kw_only=True)
class _Reversal:
    """A part of one accrual that goes back."""

    accrual: Row[Any]
    amount: int


class Book:
    """Collects the postings of one call on one document and writes them, all but the balances."""

    def __init__(self, ctx: Context, paper: Paper, call_id: int) -> None:
        self._ctx, self._paper, self._call_id = ctx, paper, call_id
        self._postings: list[dict[str, object]] = []
        self._accruals: list[dict[str, object]] = []
        self._reversed: list[_Reversal] = []
        self._moves: dict[Account, int] = defaultdict(int)

    def commissions(self, earned: Sequence[tuple[Share, int]], payable_at: datetime | None) -> None:
        """Add commissions per line and level."""
        for share, amount in earned:
            posting = self._posting(PostingKind.COMMISSION, share.partner_id, amount)
            posting |= {"origin": AccountKind.EXPENSE.value, "destination": AccountKind.ON_HOLD.value}
            posting |= {"line_key": share.line_key, "level": share.level}
            self._postings.append(posting)
            self._accruals.append(self._accrual(posting, share, amount, payable_at))
            self._moves[share.partner_id, AccountKind.ON_HOLD.value, self._paper.currency] += amount
        if earned:
            self._tell("commission_posted", ((share.partner_id, amount) for share, amount in earned))

    def reversals(self, back: Mapping[str, int]) -> None:
        """Take back per "level|line", the newest postings first."""
        if not back:
            return
        found = _newest_first(self._ctx, self._paper, back)
        for part in found:
            self._reverse(part)
        self._tell("commission_reversed", ((part.accrual.partner_id, part.amount) for part in found))

    def write(self) -> Mapping[Account, int]:
        """Send the statements; gives what balances move by, which come last of all."""
        ctx = self._ctx
        if self._postings:
            ctx.conn.execute(_POST, self._postings)
        if self._accruals:
            ctx.conn.execute(_ACCRUE, self._accruals)
        if self._reversed:
            parts = [
                {"of_call": part.accrual.call_id, "of_seq": part.accrual.seq, "back": part.amount}
                for part in self._reversed
            ]
            ctx.conn.execute(_REVERSED, parts)
        return self._moves

    def _reverse(self, part: _Reversal) -> None:
        accrual = part.accrual
        account = AccountKind.ON_HOLD if accrual.released_at is None else AccountKind.PAYABLE
        posting = self._posting(PostingKind.REVERSAL, accrual.partner_id, part.amount)
        posting |= {"origin": account.value, "destination": AccountKind.EXPENSE.value}
        posting |= {"line_key": accrual.line_key, "level": accrual.level}
        posting |= {"reverses_call_id": accrual.call_id, "reverses_seq": accrual.seq}
        self._postings.append(posting)
        self._reversed.append(part)
        self._moves[accrual.partner_id, account.value, self._paper.currency] -= part.amount

    def _posting(self, kind: PostingKind, partner_id: int, amount: int) -> dict[str, object]:
        return {
            "call_id": self._call_id,
            "seq": self._ctx.next_seq(self._call_id),
            "kind": kind.value,
            "partner_id": partner_id,
            "amount": amount,
            "currency": self._paper.currency,
            "document_id": self._paper.id,
            "reverses_call_id": None,
            "reverses_seq": None,
            "at": self._ctx.now,
        }

    def _accrual(
        self, posting: Mapping[str, object], share: Share, amount: int, payable_at: datetime | None
    ) -> dict[str, object]:
        copied = (
            "call_id",
            "seq",
            "partner_id",
            "document_id",
            "line_key",
            "level",
            "amount",
            "currency",
            "at",
        )
        return {
            **{name: posting[name] for name in copied},
            "reversed": 0,
            "payable_at": payable_at,
            "trace": trace_of(share),
            "sentence": sentence(share, amount, self._paper.currency),
        }

    def _tell(self, name: str, amounts: Iterable[tuple[int, int]]) -> None:
        sums: dict[int, int] = defaultdict(int)
        for partner_id, amount in amounts:
            sums[partner_id] += amount
        self._ctx.tell(
            name,
            kind=self._paper.kind,
            ref=self._paper.ref,
            currency=self._paper.currency,
            amounts={
                str(partner_id): str(major(amount, self._paper.currency))
                for partner_id, amount in sums.items()
            },
        )


def _newest_first(ctx: Context, paper: Paper, back: Mapping[str, int]) -> list[_Reversal]:
    left, found = dict(back), []
    # Locked oldest first, as the moves to payable do: in another order both could wait for each other.
    for row in reversed(ctx.conn.execute(_OPEN_OF, {"of_document": paper.id}).all()):
        place = f"{row.level}|{row.line_key}"
        amount = min(left.get(place, 0), row.amount - row.reversed)
        if amount > 0:
            left[place] -= amount
            found.append(_Reversal(accrual=row, amount=amount))
    if any(left.values()):
        raise RuntimeError(f"{paper.kind} {paper.ref}: more is to be reversed than was posted: {left}")
    return found
