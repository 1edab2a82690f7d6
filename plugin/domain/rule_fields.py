"""The fields that conditions of rules may ask for, by name, with what each holds and how it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .condition import Kind, Problem
from .facts import PersonFacts, Scope
from .rule import On

Get = Callable[[Scope], object]
_OWN = re.compile(r"(friend|sharer|person|event)\.data\.([A-Za-z0-9_][A-Za-z0-9_.\-]{0,63})\Z")
_DAY = Decimal(86_400)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field: what it holds and what reads it; `on` are the triggers that bring it, none: all."""

    kind: Kind
    get: Get
    on: frozenset[On] = frozenset()


def _days(since: datetime, now: datetime) -> Decimal:
    passed = now - since
    return Decimal(passed.days) + Decimal(passed.seconds) / _DAY


_PERSON: Mapping[str, tuple[Kind, Callable[[PersonFacts, datetime], object]]] = {
    "type": (Kind.TEXT, lambda who, _now: who.address_type),
    "ref": (Kind.TEXT, lambda who, _now: who.ref),
    "email": (Kind.TEXT, lambda who, _now: who.email),
    "name": (Kind.TEXT, lambda who, _now: who.name),
    "country": (Kind.TEXT, lambda who, _now: who.country),
    "locale": (Kind.TEXT, lambda who, _now: who.locale),
    "segments": (Kind.LIST, lambda who, _now: who.segments),
    "tags": (Kind.LIST, lambda who, _now: who.tags),
    "created_at": (Kind.MOMENT, lambda who, _now: who.created_at),
    "days_known": (Kind.NUMBER, lambda who, now: _days(who.created_at, now)),
}
ROLES = ("friend", "sharer", "person")
ORDERS = frozenset({On.ORDER_PLACED, On.ORDER_PAID, On.RETURNED, On.SALE})
_EVENT: Mapping[str, tuple[Kind, frozenset[On]]] = {
    "total": (Kind.NUMBER, ORDERS),
    "discount": (Kind.NUMBER, ORDERS),
    "currency": (Kind.TEXT, ORDERS),
    "codes": (Kind.LIST, ORDERS),
    "coupons": (Kind.LIST, ORDERS),
    "campaigns": (Kind.LIST, ORDERS),
    "products": (Kind.LIST, ORDERS),
    "categories": (Kind.LIST, ORDERS),
    "first": (Kind.FLAG, ORDERS),
    "recurring": (Kind.FLAG, ORDERS),
    "returned": (Kind.NUMBER, frozenset({On.RETURNED})),
    "whole": (Kind.FLAG, frozenset({On.RETURNED})),
    "kind": (Kind.TEXT, frozenset({On.SALE})),
    "commission": (Kind.NUMBER, frozenset({On.SALE})),
    "field": (Kind.TEXT, frozenset({On.FIELD})),
    "before": (Kind.ANY, frozenset({On.FIELD})),
    "after": (Kind.ANY, frozenset({On.FIELD})),
    "segment": (Kind.TEXT, frozenset({On.SEGMENT_ADDED, On.SEGMENT_REMOVED})),
}
COUNTS = ("sharer", "friend", "rule")
"""Whose meetings of the rule's condition are counted; each count has this one in it."""


def _of_person(role: str, read: Callable[[PersonFacts, datetime], object]) -> Get:
    def get(scope: Scope) -> object:
        who: PersonFacts | None = getattr(scope, role)
        return None if who is None else read(who, scope.now)

    return get


def _of_event(name: str) -> Get:
    return lambda scope: scope.event.data.get(name)


def _of_count(name: str) -> Get:
    return lambda scope: None if scope.counts is None else scope.counts.get(name)


def _referral_days(scope: Scope) -> object:
    return None if scope.referral is None else _days(scope.referral.started_at, scope.now)


def _all_fields() -> dict[str, Field]:
    found = {
        f"{role}.{name}": Field(kind=kind, get=_of_person(role, read))
        for role in ROLES
        for name, (kind, read) in _PERSON.items()
    }
    found |= {
        f"event.{name}": Field(kind=kind, get=_of_event(name), on=on) for name, (kind, on) in _EVENT.items()
    }
    found |= {f"count.{name}": Field(kind=Kind.COUNT, get=_of_count(name)) for name in COUNTS}
    found["event.name"] = Field(kind=Kind.TEXT, get=lambda scope: scope.event.name)
    found["event.at"] = Field(kind=Kind.MOMENT, get=lambda scope: scope.event.at)
    found["referral.days"] = Field(kind=Kind.NUMBER, get=_referral_days)
    found["referral.started_at"] = Field(
        kind=Kind.MOMENT, get=lambda scope: None if scope.referral is None else scope.referral.started_at
    )
    found["referrals.number"] = Field(kind=Kind.NUMBER, get=lambda scope: scope.referrals)
    return found


FIELDS: Mapping[str, Field] = _all_fields()


def own_field(name: str) -> tuple[str, str] | None:
    """Give role and name of a field of the shop's own, such as friend.data.plan; None: it is none."""
    found = _OWN.match(name)
    return None if found is None else (found.group(1), found.group(2))


def getter(name: str) -> Get:
    """Give what reads a field. Raises KeyError."""
    own = own_field(name)
    if own is None:
        return FIELDS[name].get
    role, key = own

    def get(scope: Scope) -> object:
        holder = scope.event if role == "event" else getattr(scope, role)
        found: object = None if holder is None else holder.data.get(key)
        return found if isinstance(found, str | bool | int | Decimal | list) else None

    return get


def kind_at(on: On) -> Callable[[str], Kind | Problem]:
    """Give what says of a field, by its name, what it holds under a trigger, or why it cannot be asked."""

    def kind_of(name: str) -> Kind | Problem:
        own = own_field(name)
        if own is not None:
            return Problem.NOT_HERE if own[0] == "event" and on is not On.EVENT else Kind.ANY
        found = FIELDS.get(name)
        if found is None:
            return Problem.UNKNOWN_FIELD
        return found.kind if not found.on or on in found.on else Problem.NOT_HERE

    return kind_of


def kind_with_history(name: str) -> Kind | Problem:
    """Say of a friend's field what it holds, where how it was is kept with its time."""
    if name == "friend.segments":
        return Kind.LIST
    own = own_field(name)
    if own is not None and own[0] == "friend":
        return Kind.ANY
    return Problem.WITHOUT_HISTORY if own is not None or name in FIELDS else Problem.UNKNOWN_FIELD
