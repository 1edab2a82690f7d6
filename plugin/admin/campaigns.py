"""Campaigns of customers for customers: what friends save, what sharers get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from .. import campaign_words as words
from ..i18n import gettext as _
from ..i18n import last_day, ngettext
from ..i18n import lazy_gettext as _l
from ..models import Campaign, Coupon, Promoter, Redemption, Reward
from ..services import campaigns
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from .acting import Acting
from .acts import Act, ids_of
from .campaign_form import CampaignForm
from .edge import now, settings
from .fields import NounForm
from .nouns import Bulk, Column, Editor, Filter, Kind, Noun, State, Values, Way
from .show import name_of, to

_PROMOTERS = (
    select(func.count())
    .select_from(Promoter)
    .where(Promoter.campaign_id == Campaign.id)
    .correlate(Campaign)
    .scalar_subquery()
)
_REDEEMED = (
    select(func.count())
    .select_from(Redemption)
    .where(Redemption.coupon_id == Campaign.coupon_id, Redemption.state.in_(("redeemed", "flagged")))
    .correlate(Campaign)
    .scalar_subquery()
)
_REWARDS = (
    select(func.count())
    .select_from(Reward)
    .where(Reward.campaign_id == Campaign.id, Reward.state != "void")
    .correlate(Campaign)
    .scalar_subquery()
)
_AMOUNTS = ("discount_amount", "kickback_amount", "min_order")


def _statement() -> Query:
    return select(
        Campaign,
        Coupon,
        _PROMOTERS.label("promoters"),
        _REDEEMED.label("redeemed"),
        _REWARDS.label("rewards"),
    ).join(Coupon, Coupon.id == Campaign.coupon_id)


def _load(session: Session, key: str) -> dict[str, object] | None:
    campaign = session.get(Campaign, int(key)) if key.isdecimal() and len(key) < 18 else None
    if campaign is None:
        return None
    row = campaigns.get_campaign(session.connection(), campaign.id)
    terms = campaigns.terms_of(session.connection(), row)
    kickback = terms.kickback
    return {
        **vars(terms),
        "id": campaign.id,
        "discount_amount": terms.discount.amount,
        "discount_percent": terms.discount.percent,
        "kickback_amount": None if kickback is None else kickback.amount,
        "kickback_percent": None if kickback is None else kickback.percent,
        **{
            name: sorted(getattr(terms, name))
            for name in ("products", "categories", "for_products", "for_categories")
        },
    }


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    chosen = str(row.get("currency") or settings().currency)
    if form.currency.data in (None, ""):
        form.currency.data = chosen
    for name in _AMOUNTS:
        form[name].currency = chosen
    form.share_steps.amounts, form.share_steps.percents = form.kickback_amount, form.kickback_percent
    if not row and form.hold_days.typed is None:
        form.hold_days.data = settings().hold_days


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    assert isinstance(form, CampaignForm)
    terms = form.terms(act.now)
    if key is None:
        campaigns.create_campaign(act.conn, terms, who=act.who, now=act.now)
        return _("The campaign %(name)s is made. Each order yields a code from now on.", name=terms.name)
    campaigns.change_campaign(act.conn, int(key), terms, zone=act.settings.zone, who=act.who, now=act.now)
    return _("The campaign %(name)s is changed.", name=terms.name)


def _notes(session: Session, row: Values) -> Sequence[str]:
    campaign = session.get(Campaign, row["id"])
    assert campaign is not None
    said = words.offer(campaign, campaign.coupon)
    return [said.title, said.lead, _("Kickbacks that were promised already stay as they are.")]


def _ways(row: Values) -> list[Way]:
    campaign = row["id"]
    return [
        Way(icon="people", text=_("Promoters"), href=to("promoters", campaign=campaign)),
        Way(icon="check", text=_("Conversions"), href=to("conversions", campaign=campaign)),
        Way(icon="gift", text=_("Rewards"), href=to("rewards", campaign=campaign)),
    ]


def _switch(active: bool) -> Act:
    def act(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
        changed = (
            campaigns.set_active(acting.conn, key, active, who=acting.who, now=acting.now)
            for key in ids_of(keys)
        )
        return Tally(changed=sum(changed))

    return act


def _state(row: AnyRow) -> State:
    campaign, at = row.Campaign, now()
    if not campaign.active:
        return State("off", _("off"))
    if campaign.starts_at > at:
        return State("now", _("begins later"))
    if not campaigns.is_running(campaign, at):
        return State("off", _("ended"))
    used_up = row.Coupon.max_uses is not None and row.Coupon.used >= row.Coupon.max_uses
    return State("off", _("used up")) if used_up else State("ok", _("on"))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    begun = and_(Campaign.active, Campaign.starts_at <= now)
    found: dict[str, ColumnElement[bool]] = {
        "on": and_(begun, or_(Campaign.ends_at.is_(None), Campaign.ends_at > now)),
        "later": and_(Campaign.active, Campaign.starts_at > now),
        "ended": and_(begun, Campaign.ends_at <= now),
        "off": Campaign.active.is_(False),
    }
    return found[choice]


def _kickback(row: AnyRow) -> str:
    campaign = row.Campaign
    steps = ", ".join(words.worth(step) for step in campaign.share_steps)
    parts = [words.worth(campaign.kickback)] if campaign.kickback is not None else []
    return "; ".join([*parts, *([_("for sharing: %(steps)s", steps=steps)] if steps else [])])


NOUN = Noun(
    name="campaigns",
    title=_l("Campaigns"),
    lead=_l("Customers bring friends: each order yields a code to pass on, and who shares gets a reward."),
    icon="share",
    statement=_statement,
    keys=(Campaign.id.expression,),
    key=lambda row: str(row.Campaign.id),
    columns=(
        Column(
            name="name",
            label=_l("Campaign"),
            value=lambda row: row.Campaign.name,
            sort=name_of(Campaign.name.expression),
            href=lambda row: to("campaigns_edit", key=row.Campaign.id),
        ),
        Column(name="friend", label=_l("Friend saves"), value=lambda row: words.saves(row.Coupon)),
        Column(name="sharer", label=_l("Sharer gets"), value=_kickback),
        Column(
            name="promoters",
            label=_l("Promoters"),
            kind=Kind.COUNT,
            value=lambda row: row.promoters,
            href=lambda row: to("promoters", campaign=row.Campaign.id),
        ),
        Column(
            name="redeemed",
            label=_l("Redeemed"),
            kind=Kind.COUNT,
            value=lambda row: row.redeemed,
            href=lambda row: to("conversions", campaign=row.Campaign.id),
        ),
        Column(
            name="rewards",
            label=_l("Rewards"),
            kind=Kind.COUNT,
            value=lambda row: row.rewards,
            href=lambda row: to("rewards", campaign=row.Campaign.id),
        ),
        Column(
            name="from",
            label=_l("From"),
            kind=Kind.DATE,
            value=lambda row: row.Campaign.starts_at,
            sort=Campaign.starts_at.expression,
        ),
        Column(
            name="until",
            label=_l("Until"),
            kind=Kind.DATE,
            value=lambda row: last_day(row.Campaign.ends_at) if row.Campaign.ends_at else None,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="-from",
    search=lambda text: Campaign.name.icontains(text, autoescape=True),
    search_hint=_l("Name"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=(
                ("on", _l("on")),
                ("later", _l("begins later")),
                ("ended", _l("ended")),
                ("off", _l("off")),
            ),
        ),
    ),
    bulk=(
        Bulk(
            name="off",
            label=_l("Switch off"),
            danger=True,
            apply=_switch(False),
            preview=lambda n: ngettext(
                "%(num)s campaign is switched off. Its codes cannot be redeemed. Rewards stay.",
                "%(num)s campaigns are switched off. Their codes cannot be redeemed. Rewards stay.",
                n,
            ),
            done=lambda n: ngettext(
                "%(num)s campaign is switched off.", "%(num)s campaigns are switched off.", n
            ),
        ),
        Bulk(
            name="on",
            label=_l("Switch on"),
            apply=_switch(True),
            preview=lambda n: ngettext(
                "%(num)s campaign is switched on. Its codes can be redeemed again.",
                "%(num)s campaigns are switched on. Their codes can be redeemed again.",
                n,
            ),
            done=lambda n: ngettext(
                "%(num)s campaign is switched on.", "%(num)s campaigns are switched on.", n
            ),
        ),
    ),
    editor=Editor(
        form=CampaignForm,
        load=_load,
        save=_save,
        prepare=_prepare,
        title=lambda row: _("Campaign %(name)s", name=row["name"]),
        ways=_ways,
        notes=_notes,
        lead=_l("Buyers pass codes on to friends. The shop's order mail tells them, or a mail of ours."),
    ),
    new_label=_l("New campaign"),
    empty=_l("Here stand campaigns in which customers bring friends. Make the first one."),
)
