"""All reports by their names, and what each can be narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from ..domain.report import Column, Report
from ..models import Campaign
from . import report_codes, report_liabilities, report_money, report_people, report_sales
from .mistakes import Mistake, NotThere
from .report_asked import Asked

Make = Callable[[Connection, Asked], Report]
PARTNER, COUPON, CURRENCY = "partner", "coupon", "currency"
"""What a report can be narrowed to; who knows coupons knows campaigns too."""
_ALL = frozenset({PARTNER, COUPON, CURRENCY})


@dataclass(frozen=True, kw_only=True)
class Known:
    """How a report is made, what it can be narrowed to, its columns; `as_of` looks at the last day only."""

    make: Make
    columns: tuple[Column, ...]
    by: frozenset[str] = _ALL
    as_of: bool = False
    chart: str = ""
    """The column that is drawn."""


REPORTS: Mapping[str, Known] = {
    "sales": Known(make=report_sales.sales, columns=report_sales.SALES, chart="net_sales"),
    "redemptions": Known(
        make=report_sales.redemptions, columns=report_sales.REDEMPTIONS, chart="redemptions"
    ),
    "customers": Known(make=report_sales.customers, columns=report_sales.CUSTOMERS, chart="new_customers"),
    "conversion": Known(
        make=report_people.conversion,
        columns=report_people.CONVERSION,
        by=frozenset({PARTNER}),
        chart="visitors",
    ),
    "sharing": Known(
        make=report_people.sharing,
        columns=report_people.SHARING,
        by=frozenset({PARTNER, COUPON}),
        chart="redemptions",
    ),
    "repeat": Known(make=report_people.repeat, columns=report_people.REPEAT, chart="buyers"),
    "cohorts": Known(make=report_people.cohorts, columns=report_people.COHORTS, chart="buyers"),
    "commissions": Known(make=report_money.commissions, columns=report_money.COMMISSIONS, chart="earned"),
    "liabilities": Known(
        make=report_liabilities.liabilities,
        columns=report_liabilities.LIABILITIES,
        as_of=True,
        chart="owed",
    ),
    "partners": Known(make=report_money.partners, columns=report_money.PARTNERS, chart="earned"),
    "codes": Known(make=report_codes.codes, columns=report_codes.CODES, chart="sales"),
    "products": Known(make=report_codes.products, columns=report_codes.PRODUCTS, chart="goods"),
}
"""In the order in which they are offered."""


def report(conn: Connection, name: str, asked: Asked, *, campaign: int | None = None) -> Report:
    """Make a report; `campaign` stands for its coupon. Raises NotThere, or Mistake for a wrong filter."""
    known = REPORTS.get(name)
    if known is None:
        raise NotThere(f"There is no report {name!r}; there are {', '.join(REPORTS)}.")
    asked = _of_campaign(conn, asked, campaign)
    for what in (PARTNER, COUPON, CURRENCY):
        if getattr(asked, what) is not None and what not in known.by:
            raise Mistake(f"The report {name} cannot be narrowed by {what}.")
    return known.make(conn, asked)


def _of_campaign(conn: Connection, asked: Asked, campaign: int | None) -> Asked:
    if campaign is None:
        return asked
    coupon = conn.execute(select(Campaign.coupon_id).where(Campaign.id == campaign)).scalar()
    if coupon is None:
        raise NotThere(f"There is no campaign with the id {campaign}.")
    if asked.coupon not in {None, coupon}:
        raise Mistake("Choose a coupon or a campaign, not both: each campaign has a coupon of its own.")
    return replace(asked, coupon=coupon)
