"""Commission terms: which row answers for a line, a level and the partner who would receive it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .clauses import PLAIN, Base, Clauses


class Step(StrEnum):
    """Where terms can stand, the most specific first (C5)."""

    PARTNER_PRODUCT = "partner and product"
    PARTNER = "partner"
    PRODUCT = "product"
    CATEGORY = "category"
    CAMPAIGN = "campaign"
    GENERAL = "general"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One row: for a level, a per cent of the base or minor units of `currency` for each unit sold."""

    level: int
    percent: Decimal | None = None
    fixed: int | None = None
    currency: str | None = None
    partner_id: int | None = None
    product_ref: str | None = None
    category: str | None = None
    campaign: str | None = None
    clauses: Clauses = PLAIN
    id: int | None = None

    def __post_init__(self) -> None:
        """Refuse rows that cannot work."""
        if self.level < 1:
            raise ValueError("a level is 1 or more")
        if (self.percent is None) == (self.fixed is None):
            raise ValueError("give either a per cent or a fixed amount")
        if self.percent is not None and not 0 <= self.percent <= 100:
            raise ValueError("the per cent of a commission is from 0 to 100")
        if self.fixed is not None and (self.fixed < 0 or self.currency is None):
            raise ValueError("a fixed commission is not below 0 and has a currency")
        narrowed = self.partner_id is not None or self.product_ref is not None
        if self.category is not None and narrowed:
            raise ValueError("terms for a category stand for all partners and products of it")
        if self.campaign is not None and (narrowed or self.category is not None):
            raise ValueError("terms for a campaign stand for all partners and products in it")
        self._check_clauses()

    def _check_clauses(self) -> None:
        said = self.clauses
        if said.with_amounts and self.currency is None:
            raise ValueError("tiers and caps have a currency")
        if self.fixed is not None and (
            said.tiers is not None or said.shipping or said.base is not Base.NET or _rates(said)
        ):
            raise ValueError("a fixed amount has no base, no tiers and no rates per payment")
        if said.shipping and (self.product_ref is not None or self.category is not None):
            raise ValueError("shipping belongs to no product and no category")
        if said.shipping and said.base is Base.MARGIN:
            raise ValueError("shipping has no margin")
        if said.tiers is not None and _rates(said):
            raise ValueError("tiers and rates per payment do not go together")

    @property
    def step(self) -> Step:
        """Where this row stands in the precedence."""
        if self.partner_id is not None:
            return Step.PARTNER if self.product_ref is None else Step.PARTNER_PRODUCT
        if self.product_ref is not None:
            return Step.PRODUCT
        if self.category is not None:
            return Step.CATEGORY
        return Step.GENERAL if self.campaign is None else Step.CAMPAIGN

    @property
    def place(self) -> Place:
        """Give what the row stands for."""
        return self.level, self.partner_id, self.product_ref, self.category, self.campaign


def _rates(clauses: Clauses) -> bool:
    return clauses.recurring is not None and bool(clauses.recurring.rates)


Place = tuple[int, int | None, str | None, str | None, str | None]
"""Level, partner, product, category, campaign."""


class TermsBook:
    """Rows ready to be asked. One for another currency than `currency` is no hit."""

    def __init__(self, rows: Iterable[Terms], *, currency: str) -> None:
        usable = [row for row in rows if row.currency is None or row.currency == currency]
        self._rows: dict[Place, Terms] = {row.place: row for row in usable}
        self.levels = max((row.level for row in usable), default=0)

    def find(
        self,
        *,
        level: int,
        partner_id: int,
        product_ref: str,
        categories: Sequence[str] = (),
        campaigns: Sequence[str] = (),
    ) -> Terms | None:
        """Give the first row that stands for that very level, or None."""
        for _step, place in places(level, partner_id, product_ref, categories, campaigns):
            row = self._rows.get(place)
            if row is not None:
                return row
        return None


def places(
    level: int, partner_id: int, product_ref: str, categories: Sequence[str], campaigns: Sequence[str]
) -> Iterator[tuple[Step, Place]]:
    """Give the places that are asked for a line, the most specific first."""
    yield Step.PARTNER_PRODUCT, (level, partner_id, product_ref, None, None)
    yield Step.PARTNER, (level, partner_id, None, None, None)
    yield Step.PRODUCT, (level, None, product_ref, None, None)
    for category in categories:
        yield Step.CATEGORY, (level, None, None, category, None)
    for campaign in campaigns:
        yield Step.CAMPAIGN, (level, None, None, None, campaign)
    yield Step.GENERAL, (level, None, None, None, None)
