"""Post what partners earn: the difference between what is earned now and what was posted before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from ..domain.kept import Kept
from . import exchange, holds
from .books import Book
from .cap_claims import release
from .context import Context
from .deals import Deal, deal_of
from .documents import Paper
from .ledger import Account, move_balances
from .plans import freeze


def earn(ctx: Context, papers: Sequence[Paper], call_id: int, *, paid_at: datetime | None = None) -> None:
    """Post the difference between what is earned now and what was posted; papers are saved by the caller.

    The hold counts from `paid_at`, where the payment was not made just now.
    """
    moves: dict[Account, int] = defaultdict(int)
    for paper in papers:
        if paper.is_paid or paper.kept:
            for account, amount in _earn(ctx, paper, call_id, paid_at).items():
                moves[account] += amount
    release(ctx, papers)
    move_balances(ctx, moves)


def _earn(ctx: Context, paper: Paper, call_id: int, paid_at: datetime | None) -> Mapping[Account, int]:
    if paper.plan is None:
        paper.freeze(freeze(ctx, paper), ctx.now)
    deal = deal_of(paper, paper.plan)
    shares, part = deal.shares(), deal.kept(paper.progress)
    wanted = {share.place: part.of(share.amount, share.line_key) for share in shares}
    posted: dict[str, int] = paper.kept
    by_place = {share.place: share for share in shares}
    more = {place: amount - posted.get(place, 0) for place, amount in wanted.items()}
    more |= {place: -amount for place, amount in posted.items() if place not in wanted}
    book = Book(ctx, paper, call_id)
    earned = [(by_place[place], amount) for place, amount in more.items() if amount > 0]
    ready, waiting = exchange.divide(ctx, paper, earned, holds.payable_at(ctx, paper, paid_at))
    book.commissions(ready)
    book.reversals({place: -amount for place, amount in more.items() if amount < 0})
    for share, amount in waiting:
        wanted[share.place] -= amount
    paper.change(
        kept={place: amount for place, amount in wanted.items() if amount},
        own_sales=deal.own_sales(paper.partner_id, part),
    )
    if paper.portions is not None:
        paper.set(portions=with_own_sales(paper, deal, part))
    return book.write()


def with_own_sales(paper: Paper, deal: Deal, part: Kept) -> list[list[int]]:
    """Give the portions of a document with what each counts for the tiers of its partner."""
    first, *others = paper.portions
    return [
        [*first[:3], 0],
        *([*packed[:3], deal.own_sales(packed[0], part)] for packed in others),
    ]


def expected(ctx: Context, paper: Paper) -> dict[str, int]:
    """Give what should be posted per place, recomputed from the frozen terms."""
    if paper.plan is None or not (paper.is_paid or paper.kept):
        return {}
    deal = deal_of(paper, paper.plan)
    shares, part = deal.shares(), deal.kept(paper.progress)
    found = {share.place: part.of(share.amount, share.line_key) for share in shares}
    return {place: amount for place, amount in found.items() if amount}
