"""Campaigns: make them, change their terms, switch them on and off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from ..domain import reward
from ..domain.campaign import CampaignTerms, Worth
from ..domain.codes import canonical
from ..models import Campaign, Code, Coupon, Promoter
from . import audit, coupons
from .candidates import terms_of as coupon_terms_of
from .links import checked_path
from .mistakes import BadLink, NameTaken, NotThere

_CAMPAIGN = Campaign.__table__
_CODE = Code.__table__
_COUPON = Coupon.__table__
_PROMOTER = Promoter.__table__


def create_campaign(conn: Connection, terms: CampaignTerms, *, who: str, now: datetime) -> int:
    """Make a campaign with the coupon of its friends and give its id. Raises NameTaken, BadLink."""
    terms = _with_landing(conn, terms)
    coupon_id = coupons.create_coupon(conn, terms.coupon(), who=who, now=now)
    _refuse_taken(conn, terms.name)
    values = _values(terms)
    added = {**values, "coupon_id": coupon_id, "active": True, "created_at": now}
    campaign_id = conn.execute(insert(_CAMPAIGN).returning(_CAMPAIGN.c.id), added).scalar_one()
    told = _told(values)
    audit.record(conn, who=who, act="create", noun="campaign", subject=terms.name, after=told, now=now)
    return int(campaign_id)


def change_campaign(
    conn: Connection, campaign_id: int, terms: CampaignTerms, *, zone: tzinfo = UTC, who: str, now: datetime
) -> bool:
    """Give a campaign new terms; False where they are the same. What was promised to somebody stays.

    Raises NameTaken, BadLink, and LimitBelowUse for fewer redemptions than there are.
    """
    terms = _with_landing(conn, terms)
    row = get_campaign(conn, campaign_id, lock=True)
    _refuse_taken(conn, terms.name, besides=campaign_id)
    before = coupons.get_coupon(conn, row.coupon_id)
    of_coupon = coupons.change_coupon(
        conn,
        row.coupon_id,
        terms.coupon(coupon_terms_of(before)),
        open_to_partners=before.open_to_partners,
        give_back=before.give_back,
        zone=zone,
        who=who,
        now=now,
    )
    values = _values(terms)
    old = {name: getattr(row, name) for name in values}
    if not audit.changed(old, values):
        return of_coupon
    conn.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(**values))
    told = {"before": _told(old), "after": _told(values)}
    audit.record(conn, who=who, act="change", noun="campaign", subject=terms.name, now=now, **told)
    return True


def set_active(conn: Connection, campaign_id: int, active: bool, *, who: str, now: datetime) -> bool:
    """Switch a campaign with its codes on or off; False where it was so already. Kickbacks stay."""
    row = get_campaign(conn, campaign_id, lock=True)
    coupons.set_active(conn, row.coupon_id, active, who=who, now=now)
    if row.active == active:
        return False
    conn.execute(update(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).values(active=active))
    act = "switch on" if active else "switch off"
    audit.record(conn, who=who, act=act, noun="campaign", subject=row.name, now=now)
    return True


def get_campaign(conn: Connection, campaign_id: int, *, lock: bool = False) -> Row[Any]:
    """Give a campaign's row or raise NotThere."""
    query = select(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id)
    row = conn.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise NotThere(f"There is no campaign with the id {campaign_id}.")
    return row


def get_campaign_by_name(conn: Connection, name: str) -> Row[Any]:
    """Give the campaign of that name or raise NotThere."""
    row = conn.execute(select(_CAMPAIGN).where(_CAMPAIGN.c.name == name.strip())).one_or_none()
    if row is None:
        raise NotThere(f"There is no campaign called {name!r}.")
    return row


def all_campaigns(conn: Connection) -> list[Row[Any]]:
    """Give all campaigns, the one that began last first."""
    return list(conn.execute(select(_CAMPAIGN).order_by(_CAMPAIGN.c.starts_at.desc(), _CAMPAIGN.c.id.desc())))


def running(conn: Connection, now: datetime) -> list[Row[Any]]:
    """Give the campaigns that run at a moment, the one that began last first."""
    return [row for row in all_campaigns(conn) if is_running(row, now)]


def is_running(row: Any, now: datetime) -> bool:  # noqa: ANN401 - a row or a Campaign
    """Say whether a campaign runs at a moment."""
    return bool(row.active and row.starts_at <= now and (row.ends_at is None or now < row.ends_at))


def offers(row: Any, coupon: Any, now: datetime) -> bool:  # noqa: ANN401 - rows or models
    """Say whether the codes of a campaign can be redeemed by a friend at a moment."""
    used_up = coupon.max_uses is not None and coupon.used >= coupon.max_uses
    return is_running(row, now) and bool(coupon.active) and not used_up


def offering(conn: Connection, now: datetime) -> list[Row[Any]]:
    """Give the campaigns whose codes can be redeemed at a moment, the one that began last first."""
    found = running(conn, now)
    return [row for row in found if offers(row, coupons.get_coupon(conn, row.coupon_id), now)]


def terms_of(conn: Connection, row: Row[Any]) -> CampaignTerms:
    """Give the terms of a campaign as they stand."""
    coupon = coupons.get_coupon(conn, row.coupon_id)
    rewards = [reward.read(packed) for packed in (row.kickback, *row.share_steps) if packed is not None]
    worths = [Worth(amount=one.amount, percent=one.percent) for one in rewards]
    currencies = (coupon.currency, *(one.currency for one in rewards))
    return CampaignTerms(
        name=row.name,
        discount=Worth(amount=coupon.amount, percent=coupon.percent),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        kickback=None if row.kickback is None else worths[0],
        share_steps=tuple(worths[0 if row.kickback is None else 1 :]),
        currency=next((currency for currency in currencies if currency is not None), None),
        products=frozenset(row.products),
        categories=frozenset(row.categories),
        for_products=frozenset(coupon.products),
        for_categories=frozenset(coupon.categories),
        min_order=coupon.min_order,
        new_customers_only=coupon.new_customers_only,
        max_redemptions=coupon.max_uses,
        kickback_days=rewards[0].valid_days if rewards else None,
        remind_after_days=row.remind_after_days,
        hold_days=row.hold_days,
        landing=row.landing,
    )


def checked_landing(conn: Connection, text: str) -> str:
    """Give the path of a page of the shop itself, "" for its start; else raise BadLink."""
    path = checked_path(conn, text)
    if path and not path.startswith("/"):
        raise BadLink("Friends are led to a page of the shop itself: give its path, such as /balm.")
    return path


def landing_of(conn: Connection, code: str) -> str:
    """Give the page to which the code of a promoter leads, "" for the start of the shop."""
    query = (
        select(_CAMPAIGN.c.landing)
        .join(_PROMOTER, _PROMOTER.c.campaign_id == _CAMPAIGN.c.id)
        .join(_CODE, _CODE.c.id == _PROMOTER.c.code_id)
        .where(_CODE.c.key == canonical(code))
    )
    return conn.execute(query).scalar() or ""


def _with_landing(conn: Connection, terms: CampaignTerms) -> CampaignTerms:
    return replace(terms, landing=checked_landing(conn, terms.landing))


def _refuse_taken(conn: Connection, name: str, *, besides: int | None = None) -> None:
    """Refuse a name that another campaign has: its coupon may have been called otherwise since."""
    taken = select(_CAMPAIGN.c.id).where(_CAMPAIGN.c.name == name)
    if any(found != besides for found in conn.execute(taken).scalars()):
        raise NameTaken(f"There is a campaign called {name!r} already; give another name.")


def _told(values: Mapping[str, object]) -> dict[str, object]:
    """Name values for the log, where a coupon's products have names of their own."""
    names = {"products": "trigger_products", "categories": "trigger_categories"}
    return {names.get(name, name): value for name, value in values.items()}


def _values(terms: CampaignTerms) -> dict[str, object]:
    return {
        "name": terms.name,
        "kickback": None if terms.kickback is None else terms.reward(terms.kickback).packed(),
        "share_steps": [terms.reward(step).packed() for step in terms.share_steps],
        "products": sorted(terms.products),
        "categories": sorted(terms.categories),
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "remind_after_days": terms.remind_after_days,
        "hold_days": terms.hold_days,
        "landing": terms.landing,
    }
