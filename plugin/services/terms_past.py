"""The past under other terms: sums that choose tiers, and what caps leave, sale by sale as they came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from ..domain import caps
from ..domain.caps import Given, by_terms, give_away_room
from ..domain.clauses import Span
from ..domain.commission import Limit, Share
from ..domain.figures import Standing, figures, offsets
from ..domain.terms import Place, Terms
from ..models import Document
from .cap_claims import moment
from .context import Context
from .crediting import own_sales_of, payments_of
from .deals import Deal, deal_of
from .documents import Paper
from .inbox import Json

_DOCUMENT = Document.__table__
_Period = tuple[Span, datetime | None]


class Past:
    """Goes through sales in the order in which they were credited; what caps gave is counted from the first.

    Figures and limits of terms that do not change stay as they were frozen.
    """

    def __init__(self, ctx: Context, changed: Sequence[Terms], since: datetime) -> None:
        self._ctx = ctx
        self._changed = {terms.place for terms in changed}
        tiers = [terms.clauses.tiers for terms in changed if terms.clauses.tiers is not None]
        self._spans = {one.by for one in tiers if one.by is not Span.ORDER}
        self._sums: dict[tuple[int, str, _Period], int] = defaultdict(int)
        self._given: dict[tuple[Place, int, str, _Period], int] = defaultdict(int)
        self._of_customer: dict[tuple[Place, int, str, _Period, int | None], int] = defaultdict(int)
        for span in self._spans:
            self._begin(span, since)

    def _begin(self, span: Span, since: datetime) -> None:
        """Add up what was sold in the period that had begun before, in one statement."""
        local = since.astimezone(self._ctx.settings.zone)
        begin = span.begin(local)
        counted = [_DOCUMENT.c.credited_at < since]
        if begin is not None:
            counted.append(_DOCUMENT.c.credited_at >= begin)
        own = own_sales_of(None, counted, self._ctx.conn.dialect.name).subquery("own")
        keys = (own.c.partner_id, own.c.currency)
        query = select(*keys, func.sum(own.c.sold)).group_by(*keys)
        for partner_id, currency, amount in self._ctx.conn.execute(query):
            self._sums[partner_id, currency, (span, begin)] += int(amount)

    def note(self, paper: Paper) -> None:
        """Count a sale for those that come after it."""
        if paper.partner_id is None:
            return
        others = [(packed[0], packed[3]) for packed in paper.portions or ()]
        for span in self._spans:
            for partner_id, sold in ((paper.partner_id, paper.own_sales), *others):
                self._sums[partner_id, paper.currency, self._period(span, paper)] += sold

    def _period(self, span: Span, paper: Paper) -> _Period:
        return span, span.begin(moment(self._ctx, paper))

    def deal(self, paper: Paper, plan: Json) -> Deal:
        """Give the deal of a sale under the changed terms."""
        deal = deal_of(paper, plan)
        found = deal.hits()
        anew = {hit.place for hit in found if hit.terms.place in self._changed}
        kept = {place: one for place, one in deal.frozen.figures.items() if place not in anew}
        standing = Standing(
            at=moment(self._ctx, paper),
            sellers={portion.partner_id: portion.weight for portion in paper.shared},
            sums={
                (hit.seat.partner_id, span): self._sums[
                    hit.seat.partner_id, paper.currency, self._period(span, paper)
                ]
                for hit in found
                for span in self._spans
            },
            payments=payments_of(plan),
        )
        laid = offsets(deal.lines, deal.grosses, prices_include_vat=deal.include_vat)
        made = figures((hit for hit in found if hit.place in anew), laid, standing)
        limits = {
            place: one
            for place, one in deal.frozen.limits.items()
            if place not in anew and one.by != (caps.GIVE_AWAY,)
        }
        return self._capped(deal.with_frozen(figures={**kept, **made}, limits=limits), paper, plan, anew)

    def _capped(self, deal: Deal, paper: Paper, plan: Json, anew: set[str]) -> Deal:
        """Cut the shares of changed terms by their caps, and all by the cap over discount and levels."""
        changed = [share for share in deal.shares() if share.place in anew]
        cut = caps.limits(changed, self._so_far(paper, changed))
        self._count(paper, [self._cut(share, cut) for share in changed])
        deal = deal.with_frozen(limits={**deal.frozen.limits, **cut})
        cap = plan.get("give_away")
        if cap is None:
            return deal
        room = give_away_room(
            deal.lines,
            deal.grosses,
            Decimal(cap),
            prices_include_vat=deal.include_vat,
            kickback=plan.get("kickback", 0),
        )
        filled = caps.fill(deal.shares(), room)
        return deal.with_frozen(limits={**deal.frozen.limits, **_after(deal.frozen.limits, filled)})

    @staticmethod
    def _cut(share: Share, cut: dict[str, Limit]) -> Share:
        limit = cut.get(share.place)
        return share if limit is None else replace(share, amount=limit.to)

    def _so_far(self, paper: Paper, shares: Sequence[Share]) -> dict[caps.Key, Given]:
        found = {}
        for (place, partner_id), of_key in by_terms(shares).items():
            said = of_key[0].terms.clauses.caps
            if said is not None:
                period = self._period(said.period, paper)
                found[place, partner_id] = Given(
                    partner=self._given[place, partner_id, paper.currency, period],
                    customer=self._of_customer[place, partner_id, paper.currency, period, paper.contact_id],
                )
        return found

    def _count(self, paper: Paper, shares: Sequence[Share]) -> None:
        for (place, partner_id), of_key in by_terms(shares).items():
            said = of_key[0].terms.clauses.caps
            if said is not None:
                period, amount = self._period(said.period, paper), sum(share.amount for share in of_key)
                self._given[place, partner_id, paper.currency, period] += amount
                self._of_customer[place, partner_id, paper.currency, period, paper.contact_id] += amount


def _after(before: Mapping[str, Limit], filled: Mapping[str, Limit]) -> dict[str, Limit]:
    """Lay later limits over earlier ones: of the amount before both, to what both leave."""
    return {
        place: limit
        if place not in before
        else Limit(full=before[place].full, to=limit.to, by=(*before[place].by, *limit.by))
        for place, limit in filled.items()
    }
