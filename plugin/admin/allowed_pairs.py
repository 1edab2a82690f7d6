"""Pairs of people who belong together, and are suspected of nothing for that."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import AllowedPair, Contact
from ..services import suspicion_acts
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from ..services.suspicions import Pair
from ..state import current_state
from .acting import Acting
from .fields import NounForm
from .nouns import Bulk, Column, Kind, Noun
from .show import contact_link, contact_name, who_text

_HIGH = aliased(Contact, name="High")


def _statement() -> Query:
    return (
        select(AllowedPair, Contact, _HIGH)
        .join(Contact, Contact.id == AllowedPair.low_id)
        .join(_HIGH, _HIGH.id == AllowedPair.high_id)
    )


def _key(row: AnyRow) -> str:
    return f"{row.AllowedPair.low_id}:{row.AllowedPair.high_id}"


def _pairs(keys: Sequence[str]) -> list[Pair]:
    found = (key.split(":") for key in keys)
    return [
        (int(ids[0]), int(ids[1]))
        for ids in found
        if len(ids) == len(("low", "high")) and all(one.isdecimal() and len(one) < 18 for one in ids)
    ]


def _forbid(acting: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    ctx = current_state().context(acting.conn, now=acting.now)
    return Tally(changed=suspicion_acts.forbid_pairs(ctx, _pairs(keys), who=acting.who))


NOUN = Noun(
    name="allowed_pairs",
    within="suspicions",
    title=_l("Belong together"),
    lead=_l(
        "A family or an office: one may buy while the other earns. A pair gets here when a suspicion is "
        "released as such, or by the command line."
    ),
    icon="people",
    statement=_statement,
    keys=(AllowedPair.low_id.expression, AllowedPair.high_id.expression),
    key=_key,
    columns=(
        Column(
            name="one",
            label=_l("One"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
        ),
        Column(
            name="other",
            label=_l("The other"),
            value=lambda row: contact_name(row.High),
            href=lambda row: contact_link(row.High),
        ),
        Column(name="why", label=_l("Reason"), value=lambda row: row.AllowedPair.why, place="full"),
        Column(name="who", label=_l("Who"), value=lambda row: who_text(row.AllowedPair.made_by)),
        Column(
            name="at",
            label=_l("Since"),
            kind=Kind.MOMENT,
            value=lambda row: row.AllowedPair.created_at,
            sort=AllowedPair.created_at.expression,
        ),
    ),
    sort="-at",
    search=lambda text: or_(
        Contact.name.icontains(text, autoescape=True), _HIGH.name.icontains(text, autoescape=True)
    ),
    search_hint=_l("Name"),
    bulk=(
        Bulk(
            name="forbid",
            label=_l("Take off the list"),
            apply=_forbid,
            preview=lambda n: ngettext(
                "%(num)s pair is looked at again, from its next order on.",
                "%(num)s pairs are looked at again, from their next orders on.",
                n,
            ),
            done=lambda n: ngettext("%(num)s pair is off the list.", "%(num)s pairs are off the list.", n),
        ),
    ),
    empty=_l("No pair is on the list."),
)
