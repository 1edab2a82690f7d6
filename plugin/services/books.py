"""The postings of one call on one document: commissions and reversals, with why they are what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update

from ..domain.commission import place_of
from ..domain.exchange import Rate, reversed_part
from ..domain.money import major
from ..models import AccountKind, Accrual, Posting, PostingKind
from .context import Context
from .documents import Paper
from .exchange import Due
from .inbox import Json
from .ledger import Account
from .share_words import sentence, trace_of

_ACCRUAL = Accrual.__table__
_POST = insert(Posting.__table__)
_ACCRUE = insert(_ACCRUAL)
_OPEN_OF = (
    select(_ACCRUAL)
    .where(
        _ACCRUAL.c.document_id == bindparam("of_document"),
        or_(
            _ACCRUAL.c.reversed < _ACCRUAL.c.amount,
            _ACCRUAL.c.original_reversed < _ACCRUAL.c.original_amount,
        ),
    )
    .order_by(_ACCRUAL.c.call_id, _ACCRUAL.c.seq)
    .with_for_update()
)
_REVERSED = (
    update(_ACCRUAL)
    .where(_ACCRUAL.c.call_id == bindparam("of_call"), _ACCRUAL.c.seq == bindparam("of_seq"))
    .values(
        reversed=_ACCRUAL.c.reversed + bindparam("back"),
        original_reversed=_ACCRUAL.c.original_reversed + bindparam("back_original"),
    )
)


_CONVERTED = ("original_amount", "original_currency", "rate", "rate_day", "rate_source")
_NOT_CONVERTED = dict.fromkeys(_CONVERTED)
_Told = tuple[int, int, str]
"""Partner, amount and currency."""


@dataclass(frozen=True, kw_only=True)
class _Reversal:
    """A part of one accrual that goes back; `original` in minor units of the sale's currency."""

    accrual: Row[Any]
    original: int

    @property
    def amount(self) -> int:
        """The amount in the accrual's currency: by the rate of its posting."""
        row = self.accrual
        if row.original_amount is None:
            return self.original
        back = row.original_reversed + self.original
        return reversed_part(row.amount, row.original_amount, back) - int(row.reversed)


class Book:
    """Collects the postings of one call on one document and writes them, all but the balances."""

    def __init__(self, ctx: Context, paper: Paper, call_id: int) -> None:
        self._ctx, self._paper, self._call_id = ctx, paper, call_id
        self._postings: list[dict[str, object]] = []
        self._accruals: list[dict[str, object]] = []
        self._reversed: list[_Reversal] = []
        self._moves: dict[Account, int] = defaultdict(int)

    def commissions(self, earned: Sequence[Due]) -> None:
        """Add commissions per line and level."""
        told: list[_Told] = []
        for due in earned:
            share, amount = due.share, due.paid_as
            currency = self._paper.currency if due.rate is None else due.rate.quote
            posting = self._posting(PostingKind.COMMISSION, share.partner_id, amount, currency)
            posting |= {"origin": AccountKind.EXPENSE.value, "destination": AccountKind.ON_HOLD.value}
            posting |= {"line_key": share.line_key, "level": share.level, "portion": share.portion}
            if due.rate is not None:
                posting |= self._converted(due.amount, due.rate)
            self._postings.append(posting)
            self._accruals.append(self._accrual(posting, due))
            self._moves[share.partner_id, AccountKind.ON_HOLD.value, currency] += amount
            told.append((share.partner_id, amount, currency))
        self._tell("commission_posted", told)
        self._tell_sale(earned)

    def reversals(self, back: Mapping[str, int]) -> None:
        """Take back per "level|line", the newest postings first."""
        if not back:
            return
        found = _newest_first(self._ctx, self._paper, back)
        for part in found:
            self._reverse(part)
        told = ((part.accrual.partner_id, part.amount, part.accrual.currency) for part in found)
        self._tell("commission_reversed", told)

    def write(self) -> Mapping[Account, int]:
        """Send the statements; gives what balances move by, which come last of all."""
        ctx = self._ctx
        if self._postings:
            ctx.conn.execute(_POST, self._postings)
        if self._accruals:
            ctx.conn.execute(_ACCRUE, self._accruals)
        if self._reversed:
            parts = [
                {
                    "of_call": part.accrual.call_id,
                    "of_seq": part.accrual.seq,
                    "back": part.amount,
                    "back_original": part.original,
                }
                for part in self._reversed
            ]
            ctx.conn.execute(_REVERSED, parts)
        return self._moves

    def _reverse(self, part: _Reversal) -> None:
        accrual = part.accrual
        self._reversed.append(part)
        if not part.amount:
            return
        account = AccountKind.ON_HOLD if accrual.released_at is None else AccountKind.PAYABLE
        posting = self._posting(PostingKind.REVERSAL, accrual.partner_id, part.amount, accrual.currency)
        posting |= {"origin": account.value, "destination": AccountKind.EXPENSE.value}
        posting |= {"line_key": accrual.line_key, "level": accrual.level, "portion": accrual.portion}
        posting |= {"reverses_call_id": accrual.call_id, "reverses_seq": accrual.seq}
        if accrual.original_amount is not None:
            posting |= self._converted(part.original, rate_of(accrual.trace, self._paper.currency))
        self._postings.append(posting)
        self._moves[accrual.partner_id, account.value, accrual.currency] -= part.amount

    def _converted(self, original: int, rate: Rate) -> dict[str, object]:
        return {
            "original_amount": original,
            "original_currency": self._paper.currency,
            "rate": rate.rate,
            "rate_day": rate.day,
            "rate_source": rate.source,
        }

    def _posting(self, kind: PostingKind, partner_id: int, amount: int, currency: str) -> dict[str, object]:
        return {
            "call_id": self._call_id,
            "seq": self._ctx.next_seq(self._call_id),
            "kind": kind.value,
            "partner_id": partner_id,
            "amount": amount,
            "currency": currency,
            "document_id": self._paper.id,
            "reverses_call_id": None,
            "reverses_seq": None,
            **_NOT_CONVERTED,
            "at": self._ctx.now,
        }

    def _accrual(self, posting: Mapping[str, object], due: Due) -> dict[str, object]:
        copied = (
            "call_id",
            "seq",
            "partner_id",
            "document_id",
            "line_key",
            "level",
            "portion",
            "amount",
            "currency",
            "original_amount",
            "original_currency",
            "at",
        )
        return {
            **{name: posting[name] for name in copied},
            "reversed": 0,
            "original_reversed": None if due.rate is None else 0,
            "payable_at": due.payable_at,
            "held": self._paper.holds_back(due.share.partner_id),
            "trace": trace_of(due.share) | _trace_of_rate(due.rate),
            "sentence": sentence(due.share, due.amount, self._paper.currency) + _said_of_rate(due),
        }

    def _tell_sale(self, earned: Sequence[Due]) -> None:
        """Let rules know of a sale by what the credited partner earns on it first."""
        own = [due for due in earned if due.share.partner_id == self._paper.partner_id]
        if own:
            amount = sum(due.amount for due in own)
            self._ctx.fact("sale", self._paper.id, document_id=self._paper.id, amount=amount)

    def _tell(self, name: str, told: Iterable[_Told]) -> None:
        """Tell of amounts, once for each currency."""
        sums: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for partner_id, amount, currency in told:
            sums[currency][partner_id] += amount
        for currency, amounts in sums.items():
            self._ctx.tell(
                name,
                kind=self._paper.kind,
                ref=self._paper.ref,
                call_id=self._call_id,
                currency=currency,
                amounts={str(partner): str(major(amount, currency)) for partner, amount in amounts.items()},
            )


def rate_of(trace: Mapping[str, Any], base: str) -> Rate:
    """Give the rate by which an accrual was converted."""
    packed = trace["by_rate"]
    return Rate(
        base=base,
        quote=packed["quote"],
        rate=Decimal(packed["rate"]),
        day=date.fromisoformat(packed["day"]),
        source=packed["source"],
    )


def _trace_of_rate(rate: Rate | None) -> Json:
    if rate is None:
        return {}
    packed = {"quote": rate.quote, "rate": str(rate.rate), "day": rate.day.isoformat(), "source": rate.source}
    return {"by_rate": packed}


def _said_of_rate(due: Due) -> str:
    rate = due.rate
    if rate is None:
        return ""
    shown = f"{major(due.paid_as, rate.quote)} {rate.quote}"
    return f" At {rate.rate} of {rate.day.isoformat()} that is {shown}."


def _left(row: Row[Any]) -> int:
    """Give what can still be reversed, in minor units of the sale's currency."""
    if row.original_amount is None:
        return int(row.amount - row.reversed)
    return int(row.original_amount - row.original_reversed)


def _newest_first(ctx: Context, paper: Paper, back: Mapping[str, int]) -> list[_Reversal]:
    left, found = dict(back), []
    # Locked oldest first, as the moves to payable do: in another order both could wait for each other.
    for row in reversed(ctx.conn.execute(_OPEN_OF, {"of_document": paper.id}).all()):
        place = place_of(row.level, row.line_key, row.portion)
        amount = min(left.get(place, 0), _left(row))
        if amount > 0:
            left[place] -= amount
            found.append(_Reversal(accrual=row, original=amount))
    if any(left.values()):
        raise RuntimeError(f"{paper.kind} {paper.ref}: more is to be reversed than was posted: {left}")
    return found
