"""What a change of commission terms would have made of past months: a reckoning without effects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, tuple_

from ..domain.clauses import months_after
from ..domain.commission import level_and_portion
from ..domain.seats import Link, seats
from ..domain.terms import Terms
from ..models import CommissionTerms, Contact, Document
from .context import Context
from .deals import Deal, pack_seat, pack_terms, seats_of, unpack_terms
from .documents import Paper
from .inbox import Json
from .mistakes import NotThere
from .plans import chains
from .terms_past import Past
from .terms_rows import in_force, read

_DOCUMENT = Document.__table__
_CONTACT = Contact.__table__
_TERMS = CommissionTerms.__table__
_CHUNK = 500
_ORDER = (_DOCUMENT.c.credited_at, _DOCUMENT.c.id)
MOST_DOCUMENTS = 10_000
MOST_MONTHS = 24
_Sums = dict[tuple[int, str], int]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Terms that are laid over those of the past; with `ended` nothing stands at their place any more."""

    terms: Terms
    ended: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one partner was posted in one currency and what it would have been, in minor units."""

    partner_id: int
    partner: str
    currency: str
    posted: int
    would_be: int

    @property
    def more(self) -> int:
        """What it would have been more; below 0: less."""
        return self.would_be - self.posted


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The differences, the largest first. `since` is when the sales begin that were reckoned anew."""

    differences: tuple[Difference, ...]
    documents: int
    since: datetime
    cut_short: bool = False

    def totals(self) -> dict[str, tuple[int, int]]:
        """Give per currency what was posted and what it would have been."""
        sums: dict[str, tuple[int, int]] = {}
        for one in self.differences:
            posted, would_be = sums.get(one.currency, (0, 0))
            sums[one.currency] = posted + one.posted, would_be + one.would_be
        return sums


def ending(ctx: Context, terms_id: int) -> Change:
    """Give the change that the end of stored terms is; raise NotThere where none hold now."""
    stored = select(_TERMS).where(_TERMS.c.id == terms_id, in_force(ctx.now))
    row = ctx.conn.execute(stored).one_or_none()
    if row is None:
        raise NotThere(f"There are no terms with the id {terms_id}.")
    return Change(terms=read(row), ended=True)


def dry_run(ctx: Context, changes: Sequence[Change], *, months: int) -> DryRun:
    """Reckon the sales of the last months anew as if the changes had held, and write nothing.

    At most MOST_DOCUMENTS are looked at, the newest, in chunks; seats and all other terms stay as they were.
    """
    begins = months_after(ctx.now, -months)
    left_out = _left_out(ctx, begins)
    since = begins if left_out is None else left_out.credited_at
    past = Past(ctx, [change.terms for change in changes if not change.ended], since)
    posted: _Sums = defaultdict(int)
    would_be: _Sums = defaultdict(int)
    documents = 0
    for papers in _chunks(ctx, since, left_out):
        documents += len(papers)
        for paper, plan in _laid_over(ctx, papers, changes):
            _add(posted, paper, paper.kept, paper.plan)
            _add(would_be, paper, _kept(past.deal(paper, plan), paper), plan)
            past.note(paper)
    return DryRun(
        differences=_differences(ctx, posted, would_be),
        documents=documents,
        since=since,
        cut_short=left_out is not None,
    )


def _left_out(ctx: Context, since: datetime) -> Row[Any] | None:
    """Give the newest of the documents that are too many to be looked at, if there are so many."""
    query: Select[Any] = (
        select(*_ORDER)
        .where(_DOCUMENT.c.credited_at >= since)
        .order_by(*(column.desc() for column in _ORDER))
        .offset(MOST_DOCUMENTS)
        .limit(1)
    )
    return ctx.conn.execute(query).first()


def _chunks(ctx: Context, since: datetime, after: Row[Any] | None) -> Iterator[list[Paper]]:
    """Give the documents in the order in which they were credited, those that come after one."""
    query = select(_DOCUMENT).where(_DOCUMENT.c.credited_at >= since).order_by(*_ORDER).limit(_CHUNK)
    last = after
    while rows := ctx.conn.execute(query if last is None else query.where(_after(last))).all():
        yield [Paper(row) for row in rows]
        last = rows[-1]


def _after(row: Row[Any]) -> ColumnElement[bool]:
    return tuple_(*_ORDER) > tuple_(row.credited_at, row.id)


def _laid_over(
    ctx: Context, papers: Sequence[Paper], changes: Sequence[Change]
) -> Iterator[tuple[Paper, Json]]:
    """Give the documents that earn with the plans they would have had."""
    deepest = max((change.terms.level for change in changes), default=0)
    short = [p for p in papers if p.partner_id is not None and _depth(p.plan) < deepest]
    above = chains(ctx, [one.partner_id for paper in short for one in paper.shared]) if short else {}
    for paper in papers:
        if paper.is_paid or paper.kept:
            yield paper, _plan(paper, changes, deepest, above)


def _depth(plan: Json) -> int:
    """Give the level that every portion has reached."""
    deepest: dict[int, int] = {}
    for seat in seats_of(plan):
        deepest[seat.portion] = max(seat.level, deepest.get(seat.portion, 0))
    return min(deepest.values(), default=0)


def _plan(paper: Paper, changes: Sequence[Change], deepest: int, above: Mapping[int, Sequence[Link]]) -> Json:
    plan: Json = paper.plan
    seated = _seats(paper, deepest, above)
    terms = [unpack_terms(packed) for packed in plan["terms"]]
    for change in changes:
        if change.terms.currency in {None, paper.currency}:
            terms = [one for one in terms if one.place != change.terms.place]
            terms += [] if change.ended else [change.terms]
    return {**plan, "seats": seated, "terms": [pack_terms(one) for one in terms]}


def _seats(paper: Paper, deepest: int, above: Mapping[int, Sequence[Link]]) -> list[list[object]]:
    """Give the seats as they were, and above them those by today's sponsors."""
    frozen = seats_of(paper.plan)
    found = list(frozen)
    for place, portion in enumerate(paper.shared):
        reached = max((seat.level for seat in frozen if seat.portion == portion.number), default=0)
        by_today = seats(
            above.get(portion.partner_id, ()),
            levels=deepest,
            buyer_id=paper.contact_id,
            own_first=paper.credit == "own code" and place == 0,
            portion=None if paper.portions is None else portion,
        )
        found += [seat for seat in by_today if seat.level > reached]
    return [pack_seat(seat) for seat in sorted(found, key=lambda seat: seat.level)]


def _kept(deal: Deal, paper: Paper) -> dict[str, int]:
    part = deal.kept(paper.progress)
    return {share.place: part.of(share.amount, share.line_key) for share in deal.shares()}


def _add(sums: _Sums, paper: Paper, amounts: Mapping[str, int], plan: Json) -> None:
    partners = {(seat.level, seat.portion): seat.partner_id for seat in seats_of(plan)}
    for place, amount in amounts.items():
        if amount:
            sums[partners[level_and_portion(place)], paper.currency] += amount


def _differences(ctx: Context, posted: _Sums, would_be: _Sums) -> tuple[Difference, ...]:
    accounts = {*posted, *would_be}
    names = _names(ctx, (partner_id for partner_id, _currency in accounts))
    found = [
        Difference(
            partner_id=partner_id,
            partner=names.get(partner_id, f"#{partner_id}"),
            currency=currency,
            posted=posted.get((partner_id, currency), 0),
            would_be=would_be.get((partner_id, currency), 0),
        )
        for partner_id, currency in accounts
    ]
    return tuple(sorted(found, key=lambda one: (one.currency, -abs(one.more), one.partner, one.partner_id)))


def _names(ctx: Context, ids: Iterable[int]) -> dict[int, str]:
    columns = (_CONTACT.c.id, _CONTACT.c.name, _CONTACT.c.email, _CONTACT.c.ref)
    found: dict[int, str] = {}
    wanted = sorted(set(ids))
    for at in range(0, len(wanted), _CHUNK):
        query = select(*columns).where(_CONTACT.c.id.in_(wanted[at : at + _CHUNK]))
        found |= {row.id: row.name or row.email or row.ref or f"#{row.id}" for row in ctx.conn.execute(query)}
    return found
