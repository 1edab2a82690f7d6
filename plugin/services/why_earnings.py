"""The commission side of an explanation: which terms won on each line and level, and what was posted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from ..domain.clauses import Base, read_clauses
from ..domain.commission import place_of
from ..domain.portions import WHOLE
from ..domain.sale import SaleLine
from ..domain.seats import Seat
from ..domain.terms import Step, places
from ..models import Accrual, Contact, Posting, PostingKind, Waiting
from . import earnings, exchange
from .context import Context
from .deals import seating_of
from .documents import Paper
from .listing import Query
from .terms_rows import PLACE


@dataclass(frozen=True, kw_only=True)
class Seated:
    """Who sits on a level; `barred` says why nothing is earned there."""

    level: int
    partner_id: int
    name: str
    barred: str | None
    weight: int = WHOLE
    """What the portion has of the credit, in hundredths of a per cent."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What terms give on one level: a per cent, or an amount per unit in minor units."""

    level: int
    percent: Decimal | None
    fixed: int | None
    terms_id: int | None
    partner: str = ""
    """Whose it is, where several share the credit."""
    weight: int = WHOLE
    base: Base = Base.NET
    figure: Mapping[str, Any] = field(default_factory=dict)
    cut: tuple[int, int, list[str]] | None = None
    no_cost: bool = False
    """Whether it is of the margin of a line whose cost is not known, so that it gives nothing."""


@dataclass(frozen=True, kw_only=True)
class StepTrace:
    """One place where terms can stand for a line. `asked` is False when all levels were answered before."""

    step: Step
    hits: tuple[Rate, ...]
    asked: bool


@dataclass(frozen=True, kw_only=True)
class LineTrace:
    """The terms of one line; `takes_part` is False for a product outside the program."""

    key: str
    title: str
    takes_part: bool
    steps: tuple[StepTrace, ...]
    unanswered: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A commission or its reversal; a reversal's amount is below 0."""

    call_id: int
    seq: int
    partner_id: int
    partner: str
    title: str
    level: int
    base: int | None
    percent: Decimal | None
    fixed: int | None
    amount: int
    currency: str
    worth: int
    """The amount in the currency of the sale, where it was converted by `by_rate`."""
    by_rate: Mapping[str, str] | None
    reversal: bool
    sentence: str
    trace: Mapping[str, Any]
    payable_at: datetime | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Earned:
    """Levels, terms and postings of a document. `agrees`: postings are what the terms say, to the cent."""

    frozen: bool
    seats: tuple[Seated, ...]
    lines: tuple[LineTrace, ...]
    posted: tuple[Posted, ...]
    expected: int
    agrees: bool
    waiting: tuple[Waiting, ...] = ()
    """What is earned and waits for a rate."""

    @property
    def total(self) -> int:
        """The sum of all postings, in the currency of the sale."""
        return sum(row.worth for row in self.posted)

    @property
    def per_partner(self) -> list[tuple[str, int]]:
        """The sums of the partners, in the order of the levels."""
        sums: dict[tuple[int, str], int] = defaultdict(int)
        for row in sorted(self.posted, key=lambda row: row.level):
            sums[row.partner_id, row.partner] += row.worth
        return [(name, amount) for (_id, name), amount in sums.items()]

    @property
    def payable_at(self) -> datetime | None:
        """When the last commission that still stands gets payable; None: not known."""
        days = [row.payable_at for row in self.posted if not row.reversal and row.payable_at is not None]
        return max(days, default=None)


def earned(ctx: Context, session: Session, paper: Paper, titles: Mapping[str, str]) -> Earned:
    """Give the levels, terms and postings of a document."""
    plan: Mapping[str, Any] | None = paper.plan
    expected = earnings.expected(ctx, paper) if plan is not None else {}
    posted = tuple(_posted(session, paper.id, titles))
    waits = tuple(session.scalars(select(Waiting).where(Waiting.document_id == paper.id)))
    together = Counter(paper.kept) + Counter(exchange.waiting_of(ctx, [paper.id]).get(paper.id, {}))
    return Earned(
        frozen=plan is not None,
        seats=tuple(_seats(session, paper, plan)) if plan is not None else (),
        lines=tuple(_lines(session, paper, plan, titles)) if plan is not None else (),
        posted=posted,
        expected=sum(expected.values()),
        agrees=expected == dict(together) and sum(paper.kept.values()) == _left(session, paper.id),
        waiting=waits,
    )


def _left(session: Session, document_id: int) -> int:
    """Give what accruals still stand for, in the currency of the sale."""
    original = Accrual.original_amount - Accrual.original_reversed
    left = func.sum(func.coalesce(original, Accrual.amount - Accrual.reversed))
    mine = (Accrual.document_id == document_id, Accrual.level.is_not(None))
    return int(session.scalar(select(left).where(*mine)) or 0)


def _seats(session: Session, paper: Paper, plan: Mapping[str, Any]) -> Iterator[Seated]:
    for seat in seating_of(paper, plan):
        name = _name(session.get(Contact, seat.partner_id), seat.partner_id)
        yield Seated(
            level=seat.level, partner_id=seat.partner_id, name=name, barred=seat.barred, weight=seat.weight
        )


def _name(contact: Contact | None, contact_id: int) -> str:
    known = (contact.name or contact.email or contact.ref) if contact is not None else None
    return known or f"#{contact_id}"


def _lines(
    session: Session, paper: Paper, plan: Mapping[str, Any], titles: Mapping[str, str]
) -> Iterator[LineTrace]:
    absent = set(plan["absent"])
    seats = [seat for seat in seating_of(paper, plan) if seat.barred is None]
    shared = len({seat.portion for seat in seating_of(paper, plan)}) > 1
    names = {
        seat.partner_id: _name(session.get(Contact, seat.partner_id), seat.partner_id)
        for seat in (seats if shared else ())
    }
    for line in paper.lines:
        takes_part = line.product_ref not in absent
        steps, left = _steps(plan, line, seats, names) if takes_part else ((), ())
        yield LineTrace(
            key=line.key, title=titles[line.key], takes_part=takes_part, steps=steps, unanswered=tuple(left)
        )


def _steps(
    plan: Mapping[str, Any], line: SaleLine, seats: Sequence[Seat], names: Mapping[int, str]
) -> tuple[tuple[StepTrace, ...], Sequence[int]]:
    """Ask place after place; a level that found its terms asks no further."""
    by_place = {tuple(row.get(name) for name in PLACE): row for row in plan["terms"]}
    open_ = list(seats)
    traces = []
    campaigns = plan.get("campaigns", ())
    asked_at = [
        list(places(seat.level, seat.partner_id, line.product_ref, line.categories, campaigns))
        for seat in seats
    ]
    for number, step in enumerate(_steps_of(line.categories, campaigns)):
        asked = bool(open_)
        hits = []
        for seat, places_of in zip(seats, asked_at, strict=True):
            row = by_place.get(places_of[number][1]) if seat in open_ else None
            if row is not None:
                hits.append(_rate(row, plan, line, seat, names.get(seat.partner_id, "")))
                open_.remove(seat)
        traces.append(StepTrace(step=step, hits=tuple(hits), asked=asked))
    return tuple(traces), sorted({seat.level for seat in open_})


def _steps_of(categories: Sequence[str], campaigns: Sequence[str]) -> list[Step]:
    return [step for step, _place in places(1, 0, "", categories, campaigns)]


def _rate(row: Mapping[str, Any], plan: Mapping[str, Any], line: SaleLine, seat: Seat, partner: str) -> Rate:
    percent, place = row.get("percent"), place_of(row["level"], line.key, seat.portion)
    base = read_clauses(row.get("clauses")).base
    limit = plan.get("limits", {}).get(place)
    return Rate(
        level=row["level"],
        percent=None if percent is None else Decimal(percent),
        fixed=row.get("fixed"),
        terms_id=row.get("id"),
        partner=partner,
        weight=seat.weight,
        base=base,
        figure=plan.get("figures", {}).get(place, {}),
        cut=None if limit is None else (limit[0], limit[1], limit[2]),
        no_cost=base is Base.MARGIN and line.cost is None,
    )


def _posted(session: Session, document_id: int, titles: Mapping[str, str]) -> Iterator[Posted]:
    """Give commissions and reversals with the accrual they belong to; moves between accounts are left out."""
    original = aliased(Accrual)
    own = and_(Accrual.call_id == Posting.call_id, Accrual.seq == Posting.seq)
    reversed_one = and_(original.call_id == Posting.reverses_call_id, original.seq == Posting.reverses_seq)
    kinds = (PostingKind.COMMISSION.value, PostingKind.REVERSAL.value)
    query: Query = (
        select(Posting, Accrual, original, Contact)
        .join(Contact, Contact.id == Posting.partner_id)
        .join(Accrual, own, isouter=True)
        .join(original, reversed_one, isouter=True)
        .where(Posting.document_id == document_id, Posting.kind.in_(kinds), Posting.level.is_not(None))
        .order_by(Posting.call_id, Posting.seq)
    )
    for posting, accrual, reversed_accrual, contact in session.execute(query):
        about = accrual if accrual is not None else reversed_accrual
        reversal = posting.kind == PostingKind.REVERSAL.value
        percent = about.trace.get("percent")
        yield Posted(
            call_id=posting.call_id,
            seq=posting.seq,
            partner_id=contact.id,
            partner=_name(contact, contact.id),
            title=titles.get(posting.line_key or "", posting.line_key or ""),
            level=posting.level or 0,
            base=about.trace.get("base"),
            percent=None if percent is None else Decimal(percent),
            fixed=about.trace.get("fixed"),
            amount=-posting.amount if reversal else posting.amount,
            currency=posting.currency,
            worth=(-1 if reversal else 1) * (posting.original_amount or posting.amount),
            by_rate=about.trace.get("by_rate"),
            reversal=reversal,
            sentence=about.sentence,
            trace=about.trace,
            payable_at=None if reversal else about.payable_at,
            at=posting.at,
        )
