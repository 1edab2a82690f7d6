"""Shares: each order placed while a campaign runs yields the code that its buyer may pass on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from ..domain.campaign import triggers
from ..models import (
    Campaign,
    Code,
    Contact,
    Document,
    DocumentKind,
    DocumentState,
    Promoter,
    Redemption,
    Share,
    ShareAct,
)
from . import campaigns, contacts, coupons, documents, mailings, outbox, reward_codes
from .context import Context
from .documents import Paper

DUE = "share_due"
"""The topic under which the worker looks whether the shop has told the buyer."""
MAIL = "share_mail"
"""The topic of our own mail about it."""
REMIND = "share_remind"
REMINDER = "share_reminder"
GRACE = timedelta(minutes=10)
_CAMPAIGN = Campaign.__table__
_CODE = Code.__table__
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_PROMOTER = Promoter.__table__
_SHARE = Share.__table__
_SHARED: Select[Any] = (
    select(
        _SHARE.c.id, _SHARE.c.promoter_id, _SHARE.c.document_id, _SHARE.c.fetched_at, _SHARE.c.mailed_at,
        _SHARE.c.reminded_at, _PROMOTER.c.campaign_id, _PROMOTER.c.contact_id, _PROMOTER.c.code_id,
        _CODE.c.display.label("code"), _CODE.c.active.label("code_active"), _CODE.c.owner_id,
    )
    .join(_PROMOTER, _PROMOTER.c.id == _SHARE.c.promoter_id)
    .join(_CODE, _CODE.c.id == _PROMOTER.c.code_id)
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What one order has yielded."""

    share_id: int
    promoter_id: int
    campaign_id: int
    contact_id: int
    code: str
    fetched: bool
    mailed: bool


def fetch(ctx: Context, order_ref: str) -> Shared | None:
    """Give what an order yields, for the shop's own mail; None where no campaign is for it."""
    paper = documents.find(ctx, DocumentKind.ORDER, order_ref, lock=False)
    shared = None if paper is None else make(ctx, paper)
    if shared is not None and not shared.fetched:
        mine = update(_SHARE).where(_SHARE.c.id == shared.share_id, _SHARE.c.fetched_at.is_(None))
        ctx.conn.execute(mine.values(fetched_at=ctx.now))
    return shared


def find(ctx: Context, document_id: int) -> Shared | None:
    """Give what an order has yielded, or None."""
    row = ctx.conn.execute(_SHARED.where(_SHARE.c.document_id == document_id)).one_or_none()
    return None if row is None else _shared(row)


def by_id(ctx: Context, share_id: int) -> Shared | None:
    """Give a share, or None."""
    row = ctx.conn.execute(_SHARED.where(_SHARE.c.id == share_id)).one_or_none()
    return None if row is None else _shared(row)


def make(ctx: Context, paper: Paper) -> Shared | None:
    """Let an order yield its share, once; None where no campaign is for it."""
    found = find(ctx, paper.id)
    campaign = campaign_for(ctx, paper) if found is None else None
    if campaign is None:
        return found
    contacts.lock_all(ctx, [paper.contact_id])
    found = find(ctx, paper.id)
    if found is None:
        promoter_id = _promoter(ctx, campaign, paper.contact_id)
        values = {"promoter_id": promoter_id, "document_id": paper.id, "made_at": ctx.now}
        ctx.conn.execute(insert(_SHARE), values)
        found = find(ctx, paper.id)
        _remind_later(ctx, campaign, paper.id)
    return found


def campaign_for(ctx: Context, paper: Paper) -> Row[Any] | None:
    """Give the campaign that an order triggers: of several that run the one that began last."""
    open_ = paper.kind == DocumentKind.ORDER.value and paper.state == DocumentState.OPEN.value
    if not open_ or paper.contact_id is None:
        return None
    lines = paper.lines
    for campaign in campaigns.offering(ctx.conn, ctx.now):
        if triggers(lines, campaign.products, campaign.categories):
            gone = select(_CONTACT.c.erased_at).where(_CONTACT.c.id == paper.contact_id)
            return campaign if ctx.conn.execute(gone).scalar() is None else None
    return None


def _promoter(ctx: Context, campaign: Row[Any], contact_id: int) -> int:
    """Give the promoter: one for each contact and campaign, with one code. The contact is locked."""
    mine = (_PROMOTER.c.campaign_id == campaign.id, _PROMOTER.c.contact_id == contact_id)
    known = ctx.conn.execute(select(_PROMOTER.c.id).where(*mine)).scalar()
    if known is not None:
        return int(known)
    code_id = reward_codes.draw(ctx, campaign.coupon_id, owner_id=contact_id)
    values = {
        "campaign_id": campaign.id, "contact_id": contact_id, "code_id": code_id, "joined_at": ctx.now
    }  # fmt: skip
    return int(ctx.conn.execute(insert(_PROMOTER).returning(_PROMOTER.c.id), values).scalar_one())


def _remind_later(ctx: Context, campaign: Row[Any], document_id: int) -> None:
    if campaign.remind_after_days is not None:
        at = ctx.now + timedelta(days=campaign.remind_after_days)
        outbox.put(ctx.conn, REMIND, {"document_id": document_id}, now=ctx.now, run_at=at)


def follow_order(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Look again, ten minutes after an order was placed, whether the shop has told its buyer."""
    paper = _paper(ctx, payload["document_id"])
    if paper is not None and campaign_for(ctx, paper) is not None:
        told = {"document_id": paper.id}
        outbox.put(ctx.conn, DUE, told, now=ctx.now, run_at=max(ctx.now, paper.placed_at + GRACE))


def tell_buyer(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Write a mail of our own where the shop has not fetched the share and the buyer wants mails."""
    paper = _paper(ctx, payload["document_id"])
    shared = None if paper is None else make(ctx, paper)
    if (
        shared is None
        or shared.fetched
        or shared.mailed
        or mailings.has_opted_out(ctx.conn, shared.contact_id)
    ):
        return
    mine = (_SHARE.c.id == shared.share_id, _SHARE.c.mailed_at.is_(None), _SHARE.c.fetched_at.is_(None))
    if ctx.conn.execute(update(_SHARE).where(*mine).values(mailed_at=ctx.now)).rowcount == 1:
        told = {"share_id": shared.share_id, "contact_id": shared.contact_id}
        outbox.put(ctx.conn, MAIL, told, now=ctx.now)


def remind(ctx: Context, payload: Mapping[str, Any]) -> None:
    """Write a reminder, unless the buyer has shared since, wants no mails, or there is nothing to share."""
    paper = _paper(ctx, payload["document_id"])
    shared = None if paper is None else find(ctx, paper.id)
    if paper is None or shared is None or paper.state != DocumentState.OPEN.value:
        return
    campaign = campaigns.get_campaign(ctx.conn, shared.campaign_id)
    coupon = coupons.get_coupon(ctx.conn, campaign.coupon_id)
    over = campaign.remind_after_days is None or not campaigns.offers(campaign, coupon, ctx.now)
    if over or _has_shared(ctx, shared) or mailings.has_opted_out(ctx.conn, shared.contact_id):
        return
    mine = update(_SHARE).where(_SHARE.c.id == shared.share_id, _SHARE.c.reminded_at.is_(None))
    if ctx.conn.execute(mine.values(reminded_at=ctx.now)).rowcount == 1:
        told = {"share_id": shared.share_id, "contact_id": shared.contact_id}
        outbox.put(ctx.conn, REMINDER, told, now=ctx.now)


def _has_shared(ctx: Context, shared: Shared) -> bool:
    """Say whether a promoter has shared: pressed a button, brought somebody, or had the code used."""
    acts = select(ShareAct.promoter_id).where(ShareAct.promoter_id == shared.promoter_id)
    uses = select(Redemption.id).join(_PROMOTER, _PROMOTER.c.code_id == Redemption.code_id)
    uses = uses.where(_PROMOTER.c.id == shared.promoter_id)
    return any(ctx.conn.execute(query.limit(1)).first() is not None for query in (acts, uses))


def _paper(ctx: Context, document_id: int) -> Paper | None:
    row = ctx.conn.execute(select(_DOCUMENT).where(_DOCUMENT.c.id == document_id)).one_or_none()
    return None if row is None else Paper(row)


def _shared(row: Row[Any]) -> Shared:
    return Shared(
        share_id=row.id,
        promoter_id=row.promoter_id,
        campaign_id=row.campaign_id,
        contact_id=row.contact_id if row.owner_id is None else row.owner_id,
        code=row.code,
        fetched=row.fetched_at is not None,
        mailed=row.mailed_at is not None,
    )
