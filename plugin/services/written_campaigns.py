"""Campaigns as people write them: options of the command line, `[[campaign]]` tables of a file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Row, select

from ..domain.campaign import CampaignTerms, Worth
from ..models import Campaign
from .campaigns import change_campaign, create_campaign, set_active, terms_of
from .given import Given
from .mistakes import BadTerms

_CAMPAIGN = Campaign.__table__
CAMPAIGN_FIELDS = (
    "name", "discount", "kickback", "share", "currency", "min_order", "all_customers", "product", "category",
    "for_product", "for_category", "from", "until", "max", "kickback_days", "remind_after", "hold_days",
    "landing", "active",
)  # fmt: skip


def read_campaign(given: Given, *, now: datetime) -> CampaignTerms:
    """Give the terms of a campaign, or raise Mistake naming the value that cannot be read."""
    given.refuse_others(CAMPAIGN_FIELDS)
    currency = given.currency() or given.settings.currency
    hold_days = given.whole("hold_days")
    try:
        return CampaignTerms(
            name=given.needed("name").strip(),
            discount=_worth(given, "discount", given.needed("discount"), currency),
            kickback=_worth(given, "kickback", kickback, currency)
            if (kickback := given.text("kickback"))
            else None,
            share_steps=tuple(_worth(given, "share", step, currency) for step in given.texts("share")),
            currency=currency,
            min_order=given.amount("min_order", currency),
            new_customers_only=not given.yes("all_customers"),
            products=frozenset(given.texts("product")),
            categories=frozenset(given.texts("category")),
            for_products=frozenset(given.texts("for_product")),
            for_categories=frozenset(given.texts("for_category")),
            starts_at=given.moment("from") or now,
            ends_at=given.moment("until", closes=True),
            max_redemptions=given.whole("max"),
            kickback_days=given.whole("kickback_days"),
            remind_after_days=given.whole("remind_after"),
            hold_days=given.settings.hold_days if hold_days is None else hold_days,
            landing=given.text("landing") or "",
        )
    except ValueError as error:
        if isinstance(error, BadTerms):
            raise
        raise BadTerms(f"{error}.") from error


def _worth(given: Given, name: str, text: str, currency: str) -> Worth:
    """Read an amount such as 5.00, or a per cent such as 10%."""
    if text.strip().endswith("%"):
        one = Given(values={name: text.strip().removesuffix("%").strip()}, settings=given.settings)
        return Worth(percent=one.percent(name))
    return Worth(amount=Given(values={name: text}, settings=given.settings).amount(name, currency))


def make_campaign(conn: Connection, given: Given, *, who: str, now: datetime) -> int:
    """Make a campaign and give its id."""
    return create_campaign(conn, read_campaign(given, now=now), who=who, now=now)


def put_campaign(conn: Connection, given: Given, *, who: str, now: datetime) -> None:
    """Make the campaign of that name, or give it exactly these terms; without a beginning its own stays."""
    terms = read_campaign(given, now=now)
    row = conn.execute(select(_CAMPAIGN).where(_CAMPAIGN.c.name == terms.name)).one_or_none()
    if row is None:
        campaign_id = create_campaign(conn, terms, who=who, now=now)
    else:
        campaign_id = row.id
        known = _with_beginning(given, row, terms, now=now)
        change_campaign(conn, row.id, known, zone=given.settings.zone, who=who, now=now)
    if given.has("active"):
        set_active(conn, campaign_id, given.yes("active"), who=who, now=now)


def _with_beginning(given: Given, row: Row, terms: CampaignTerms, *, now: datetime) -> CampaignTerms:  # type: ignore[type-arg]  # any row
    if given.has("from"):
        return terms
    return CampaignTerms(**{**vars(terms), "starts_at": row.starts_at})


def write_campaign(conn: Connection, row: Row) -> Mapping[str, object]:  # type: ignore[type-arg]  # any row
    """Give a campaign's terms as a program reads them: amounts in minor units, per cents as text."""
    terms = terms_of(conn, row)

    def told(worth: Worth | None) -> str | None:
        if worth is None:
            return None
        return f"{worth.percent}%" if worth.amount is None else str(worth.amount)

    return {
        "id": row.id,
        "name": row.name,
        "active": row.active,
        "discount": told(terms.discount),
        "kickback": told(terms.kickback),
        "share": [told(step) for step in terms.share_steps],
        "currency": terms.currency,
        "from": terms.starts_at.isoformat(),
        "until": None if terms.ends_at is None else terms.ends_at.isoformat(),
        "max": terms.max_redemptions,
        "remind_after": terms.remind_after_days,
        "hold_days": terms.hold_days,
        "landing": terms.landing,
    }
