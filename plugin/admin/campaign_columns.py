"""What the lists of campaigns' results share: people, columns, filters, states of rewards."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session, aliased

from ..domain.codes import canonical
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Campaign, Code, Contact, Promoter, Redemption, Reward
from .common_filters import named, person
from .nouns import Column, Filter, FilterKind, State
from .show import contact_link, contact_name, to

SHARER = aliased(Contact, name="Sharer")
FRIEND = aliased(Contact, name="Friend")
LIVE = Redemption.state.in_(("redeemed", "flagged"))
STATES = (
    ("pending", _l("waiting")),
    ("active", _l("free to use")),
    ("used", _l("used")),
    ("owed", _l("owed")),
    ("void", _l("taken back")),
)
_TONES = {"pending": "wait", "active": "ok", "used": "now", "owed": "bad", "void": "off"}


def campaign_label(session: Session, campaign_id: int) -> str | None:
    """Name a campaign, for a list that is narrowed to it."""
    campaign = session.get(Campaign, campaign_id)
    return campaign.name if campaign is not None else None


def promoter_label(session: Session, promoter_id: int) -> str | None:
    """Name a promoter, for a list that is narrowed to it."""
    promoter = session.get(Promoter, promoter_id)
    return contact_name(promoter.contact) if promoter is not None else None


def by_code(text: str) -> list[ColumnElement[bool]]:
    """Ask for rows with a code that begins so."""
    return [Code.key.startswith(canonical(text), autoescape=True)] if canonical(text) else []


CAMPAIGN_COLUMN = Column(
    name="campaign",
    label=_l("Campaign"),
    value=lambda row: row.Campaign.name if row.Campaign is not None else "",
    href=lambda row: to("campaigns_edit", key=row.Campaign.id) if row.Campaign is not None else None,
)
BY_CAMPAIGN = Filter(
    name="of", label=_l("Campaign"), kind=FilterKind.TEXT, where=named(Campaign.name), rare=True
)
BY_PROMOTER = Filter(name="by", label=_l("Promoter"), kind=FilterKind.TEXT, where=person(SHARER), rare=True)
PROMOTER_COLUMN = Column(
    name="promoter",
    label=_l("Promoter"),
    value=lambda row: contact_name(row.Sharer),
    href=lambda row: contact_link(row.Sharer),
)


def reward_state(reward: Reward | None) -> State:
    """Show where a reward stands."""
    if reward is None:
        return State("off", _("none yet"))
    return State(_TONES[reward.state], str(dict(STATES)[reward.state]))
