"""The people of events, as rules see them: who it is about, through whom they came, and how friends were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select

from ..domain.condition import MOST_FRIENDS
from ..domain.facts import FriendPast, PersonFacts, ReferralFacts
from ..domain.rule import On, Who
from ..models import Contact, Referral
from . import contacts, own_field_history
from .context import Context
from .fact_events import Stored
from .rules_in_force import InForce

_CONTACT = Contact.__table__
_REFERRAL = Referral.__table__
_OF_CAMPAIGN = "campaign:"


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Who is who at one event under one rule."""

    person: PersonFacts
    sharer: PersonFacts | None = None
    friend: PersonFacts | None = None
    partner_id: int | None = None
    referral: ReferralFacts | None = None
    referrals: int = 0


@dataclass
class People:
    """The people of a batch of events, loaded with few statements."""

    ctx: Context
    _known: dict[int, PersonFacts] = field(default_factory=dict)
    _through: dict[int, list[Row[Any]]] = field(default_factory=dict)
    _brought: dict[int, int] = field(default_factory=dict)

    def load(self, events: Sequence[Stored]) -> None:
        """Load who the events are about, with their sharers."""
        ids = {event.contact_id for event in events}
        self._load_referrals(ids)
        sharers = {row.sharer_id for rows in self._through.values() for row in rows}
        partners = {event.partner_id for event in events if event.partner_id is not None}
        self._load_people(ids | sharers | partners)
        self._count_brought(ids | sharers | partners)

    def reload(self, roles: Roles) -> None:
        """Read people again: an action has changed what is known."""
        people = {one.id for one in (roles.person, roles.sharer, roles.friend) if one is not None}
        self._load_people(people)
        self._load_referrals({roles.person.id})

    def _load_referrals(self, ids: set[int]) -> None:
        self._through |= {contact_id: [] for contact_id in ids}
        friends = select(_REFERRAL).where(_REFERRAL.c.friend_id.in_(ids), _REFERRAL.c.ended_at.is_(None))
        for row in self.ctx.conn.execute(friends.order_by(_REFERRAL.c.id)):
            self._through[row.friend_id].append(row)

    def _load_people(self, ids: Iterable[int]) -> None:
        query = select(_CONTACT).where(_CONTACT.c.id.in_(ids))
        for row in self.ctx.conn.execute(query):
            self._known[row.id] = person_of(row, self.ctx.now)

    def _count_brought(self, ids: Iterable[int]) -> None:
        query = select(_REFERRAL.c.sharer_id, func.count()).where(_REFERRAL.c.sharer_id.in_(ids))
        for sharer_id, number in self.ctx.conn.execute(query.group_by(_REFERRAL.c.sharer_id)):
            self._brought[sharer_id] = number

    def roles(self, event: Stored, rule: InForce) -> Roles | None:
        """Say who is who, or None where the event is about nobody the rule is for."""
        person = self._known.get(event.contact_id)
        if person is None:
            return None
        who = rule.trigger.who
        if who is Who.SHARER:
            return self._as_sharer(person, event)
        found = self._referral(event, rule)
        sharer_id = found.sharer_id if found is not None else None
        if event.partner_id is not None and rule.trigger.on is On.SALE:
            sharer_id = event.partner_id
        sharer = None if sharer_id is None or sharer_id == person.id else self._known.get(sharer_id)
        if who is Who.FRIEND and sharer is None:
            return None
        return Roles(
            person=person,
            sharer=sharer,
            friend=None if sharer is None else person,
            partner_id=event.partner_id,
            referral=None if found is None else found,
            referrals=0 if sharer is None else self._brought.get(sharer.id, 0),
        )

    def as_sharer(self, event: Stored) -> Roles | None:
        """Say who is who where an event is about a sharer, whoever the rule is for."""
        person = self._known.get(event.contact_id)
        return None if person is None else self._as_sharer(person, event)

    def _as_sharer(self, person: PersonFacts, event: Stored) -> Roles | None:
        brought = self._brought.get(person.id, 0)
        if not brought:
            return None
        return Roles(person=person, sharer=person, partner_id=event.partner_id, referrals=brought)

    def _referral(self, event: Stored, rule: InForce) -> ReferralFacts | None:
        """Give the open referral of the friend: that of the rule's own program, else that of a campaign."""
        rows = self._through.get(event.contact_id, ())
        own = next((row for row in rows if row.program == rule.program), None)
        row = own or next((row for row in rows if row.program.startswith(_OF_CAMPAIGN)), None)
        if row is None or (
            rule.trigger.on is On.REFERRAL_STARTED and event.data.get("program") != row.program
        ):
            return None
        return ReferralFacts(
            id=row.id, sharer_id=row.sharer_id, friend_id=row.friend_id, started_at=row.started_at
        )

    def pasts(self, sharer: PersonFacts | None, rule: InForce) -> Sequence[FriendPast]:
        """Give the friends of a sharer in the rule's program and in campaigns, with how they were."""
        if sharer is None:
            return ()
        of_program = or_(_REFERRAL.c.program == rule.program, _REFERRAL.c.program.startswith(_OF_CAMPAIGN))
        query = (
            select(_CONTACT, func.min(_REFERRAL.c.started_at).label("referred_at"))
            .join(_REFERRAL, _REFERRAL.c.friend_id == _CONTACT.c.id)
            .where(_REFERRAL.c.sharer_id == sharer.id, _REFERRAL.c.ended_at.is_(None), of_program)
            .group_by(_CONTACT.c.id)
            .order_by(_CONTACT.c.id)
            .limit(MOST_FRIENDS)
        )
        rows = self.ctx.conn.execute(query).all()
        states = own_field_history.states(self.ctx, {row.id: row.data or {} for row in rows})
        return [
            FriendPast(
                person=person_of(row, self.ctx.now),
                referred_at=row.referred_at,
                states=states[row.id],
            )
            for row in rows
        ]


def person_of(row: Row[Any], now: datetime) -> PersonFacts:
    """Give a contact as rules see it."""
    names: Mapping[str, Any] = {
        name: getattr(row, name) for name in ("id", "created_at", "ref", "email", "name", "country", "locale")
    }
    return PersonFacts(
        **names,
        address_type=contacts.address_type(row, now).value,
        tags=tuple(row.tags or ()),
        data=row.data or {},
    )
