"""Promoters: who shares which code, and what came of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import (
    Campaign,
    Code,
    Promoter,
    Redemption,
    Reward,
    ShareAct,
)
from ..services.listing import AnyRow, Query
from .campaign_columns import (
    BY_CAMPAIGN,
    CAMPAIGN_COLUMN,
    LIVE,
    PROMOTER_COLUMN,
    SHARER,
    by_code,
    campaign_label,
)
from .common_filters import made_between, person
from .edge import now
from .nouns import Column, Filter, Kind, Noun, Scope
from .show import to


def _count(*where: Any) -> Any:  # noqa: ANN401 - conditions, SQL
    return select(func.count()).where(*where).correlate(Promoter).scalar_subquery()


def _acts(column: Any) -> Any:  # noqa: ANN401 - a column, SQL
    mine = ShareAct.promoter_id == Promoter.id
    return select(func.coalesce(func.sum(column), 0)).where(mine).correlate(Promoter).scalar_subquery()


_OWN_REWARDS = and_(Reward.contact_id == Code.owner_id, Reward.campaign_id == Promoter.campaign_id)


def _rewards(state: str) -> Any:  # noqa: ANN401 - SQL
    counted = select(func.count()).select_from(Reward).where(_OWN_REWARDS, Reward.state == state)
    return counted.correlate(Promoter, Code).scalar_subquery()


def _promoters() -> Query:
    return (
        select(
            Promoter,
            Campaign,
            Code,
            SHARER,
            _acts(ShareAct.visits).label("visits"),
            _count(ShareAct.promoter_id == Promoter.id, ShareAct.pressed > 0).label("pressed"),
            _count(ShareAct.promoter_id == Promoter.id, ShareAct.proved_at.is_not(None)).label("proven"),
            _count(Redemption.code_id == Promoter.code_id, LIVE).label("redeemed"),
            _rewards("pending").label("pending"),
            _rewards("active").label("active"),
            _rewards("used").label("used"),
        )
        .join(Campaign, Campaign.id == Promoter.campaign_id)
        .join(Code, Code.id == Promoter.code_id)
        .join(SHARER, SHARER.id == Code.owner_id)
    )


def _shared(row: AnyRow) -> str:
    """Say by how many ways of sharing somebody came."""
    return ngettext("%(num)s way proven", "%(num)s ways proven", row.proven) if row.proven else ""


def _conversion(row: AnyRow) -> Decimal | None:
    """Give how many of those who came have ordered; who typed the code did not come by a link."""
    if not row.visits:
        return None
    share = Decimal(100 * row.redeemed) / int(row.visits)
    return min(Decimal(100), share).quantize(Decimal("0.1"))


def _by_sharing(choice: str, at: datetime) -> ColumnElement[bool]:
    acts = select(ShareAct.promoter_id).where(ShareAct.promoter_id == Promoter.id).exists()
    uses = select(Redemption.id).where(Redemption.code_id == Promoter.code_id, LIVE).exists()
    return {"shared": or_(acts, uses), "not": ~or_(acts, uses), "redeemed": uses}[choice]


NOUN = Noun(
    name="promoters",
    title=_l("Promoters"),
    lead=_l("Who shares which code, how many came and ordered, and which rewards are to come."),
    icon="people",
    statement=_promoters,
    keys=(Promoter.id.expression,),
    columns=(
        PROMOTER_COLUMN,
        Column(
            name="code",
            label=_l("Code"),
            kind=Kind.CODE,
            value=lambda row: row.Code.display,
            href=lambda row: to("code", code_id=row.Code.id),
        ),
        CAMPAIGN_COLUMN,
        Column(
            name="visits",
            label=_l("Visits"),
            kind=Kind.COUNT,
            value=lambda row: row.visits,
            sub=_shared,
        ),
        Column(
            name="redeemed",
            label=_l("Redeemed"),
            kind=Kind.COUNT,
            value=lambda row: row.redeemed,
            href=lambda row: to("conversions", promoter=row.Promoter.id),
        ),
        Column(name="conversion", label=_l("Conversion"), kind=Kind.PERCENT, value=_conversion),
        Column(name="pending", label=_l("Rewards to come"), kind=Kind.COUNT, value=lambda row: row.pending),
        Column(
            name="since",
            label=_l("Since"),
            kind=Kind.DATE,
            value=lambda row: row.Promoter.joined_at,
            sort=Promoter.joined_at.expression,
        ),
    ),
    file_columns=(
        Column(name="pressed", label=_l("Ways of sharing"), kind=Kind.COUNT, value=lambda row: row.pressed),
        Column(name="proven", label=_l("Proven ways"), kind=Kind.COUNT, value=lambda row: row.proven),
        Column(name="active", label=_l("Free to use"), kind=Kind.COUNT, value=lambda row: row.active),
        Column(name="used", label=_l("Used"), kind=Kind.COUNT, value=lambda row: row.used),
    ),
    sort="-since",
    search=lambda text: or_(person(SHARER)(text, now()), *by_code(text)),
    search_hint=_l("Promoter or code"),
    filters=(
        Filter(
            name="shared",
            label=_l("Shared"),
            where=_by_sharing,
            choices=(("shared", _l("shared")), ("not", _l("not shared yet")), ("redeemed", _l("redeemed"))),
        ),
        BY_CAMPAIGN,
        *made_between(Promoter.joined_at),
    ),
    scopes=(
        Scope(name="campaign", where=lambda wanted: Promoter.campaign_id == wanted, label=campaign_label),
    ),
    empty=_l("Here stands who got a code to pass on, as soon as an order yields one."),
)
