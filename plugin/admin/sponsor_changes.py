"""Planned changes of the sponsor: what waits, what was done, what was called off or could not be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import ChangeState, Contact, SponsorChange
from ..services import sponsor_changes
from ..services.code_acts import Tally
from ..services.listing import AnyRow, Query
from .acting import Acting
from .acts import ids_of
from .common_filters import person
from .contacts import contact_label
from .fields import NounForm
from .nouns import Bulk, Column, Filter, FilterKind, Kind, Noun, Scope, State
from .show import contact_link, contact_name, name_of

_SPONSOR = aliased(Contact, name="Sponsor")
STATES: Mapping[str, tuple[str, str]] = {
    ChangeState.WAITING.value: ("wait", _l("waits")),
    ChangeState.DONE.value: ("ok", _l("done")),
    ChangeState.CALLED_OFF.value: ("off", _l("called off")),
    ChangeState.FAILED.value: ("bad", _l("could not be done")),
}


def _statement() -> Query:
    return (
        select(SponsorChange, Contact, _SPONSOR)
        .join(Contact, Contact.id == SponsorChange.contact_id)
        .join(_SPONSOR, _SPONSOR.id == SponsorChange.sponsor_id, isouter=True)
    )


def _state(row: AnyRow) -> State:
    tone, words = STATES[row.SponsorChange.state]
    return State(tone, str(words))


def _by_state(choice: str, now: datetime) -> ColumnElement[bool]:
    return SponsorChange.state == choice


def _call_off(act: Acting, keys: Sequence[str], form: NounForm | None) -> Tally:
    done = (
        sponsor_changes.call_off(act.conn, change_id, who=act.who, now=act.now) for change_id in ids_of(keys)
    )
    return Tally(changed=sum(done))


NOUN = Noun(
    name="sponsor_changes",
    title=_l("Planned sponsors"),
    lead=_l(
        "Another sponsor from a day on, named on the card of a contact. Orders are credited to the sponsor "
        "who stands there when they are placed."
    ),
    icon="clock",
    statement=_statement,
    keys=(SponsorChange.id.expression,),
    key=lambda row: str(row.SponsorChange.id),
    columns=(
        Column(
            name="contact",
            label=_l("Contact"),
            value=lambda row: contact_name(row.Contact),
            href=lambda row: contact_link(row.Contact),
            sort=name_of(Contact.name.expression),
        ),
        Column(
            name="sponsor",
            label=_l("New sponsor"),
            value=lambda row: contact_name(row.Sponsor) if row.Sponsor is not None else str(_l("nobody")),
            href=lambda row: contact_link(row.Sponsor),
        ),
        Column(
            name="from",
            label=_l("From"),
            kind=Kind.MOMENT,
            value=lambda row: row.SponsorChange.takes_effect,
            sort=SponsorChange.takes_effect.expression,
        ),
        Column(
            name="why",
            label=_l("Why"),
            value=lambda row: row.SponsorChange.why,
            sub=lambda row: row.SponsorChange.problem,
            place="full",
        ),
        Column(name="who", label=_l("Who"), value=lambda row: row.SponsorChange.who),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state, place="corner"),
    ),
    sort="-from",
    search=lambda text: Contact.name.icontains(text, autoescape=True),
    search_hint=_l("Name of the contact"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=_by_state,
            choices=tuple((value, words) for value, (_tone, words) in STATES.items()),
        ),
        Filter(name="by", label=_l("New sponsor"), kind=FilterKind.TEXT, where=person(_SPONSOR), rare=True),
    ),
    scopes=(Scope(name="of", where=lambda wanted: SponsorChange.contact_id == wanted, label=contact_label),),
    bulk=(
        Bulk(
            name="off",
            label=_l("Call off"),
            apply=_call_off,
            preview=lambda n: ngettext(
                "%(num)s planned change is called off: the sponsor stays.",
                "%(num)s planned changes are called off: the sponsors stay.",
                n,
            ),
            done=lambda n: ngettext(
                "%(num)s planned change is called off.", "%(num)s planned changes are called off.", n
            ),
        ),
    ),
    empty=_l("Nothing is planned. On the card of a contact, set a sponsor with a day."),
)
