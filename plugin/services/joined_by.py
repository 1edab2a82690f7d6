"""Whom an applicant comes through: the code typed or waiting, else the link, else the host."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from ..models import Contact
from ..shop import Customer
from . import attempts, attribution, candidates, contacts, customers, eligibility, links, touches
from .attribution import Owner
from .carts import Holders
from .contacts import Known
from .context import Context
from .links import Way
from .mistakes import BadApplication, TooManyTries

_CONTACT = Contact.__table__


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What shows whom somebody comes through; empty where there is nothing.

    `code` was typed, `tracking_id` stood in the address of the page, `host` is where the page is.
    """

    holders: Holders
    code: str = ""
    tracking_id: str = ""
    host: str = ""
    client: str | None = None


def owner_of(ctx: Context, customer: Customer, signs: Signs) -> Owner | None:
    """Give the sponsor-to-be; raises BadApplication for a typed code that brings nobody."""
    known = contacts.find(ctx, customer)
    if signs.code:
        return _by_typed_code(ctx, known, signs)
    waiting = candidates.applied_to(ctx, signs.holders)
    owner = attribution.owner_of(ctx, waiting, known)
    if owner is not None and owner.gains:
        return owner
    way = links.by_tracking_id(ctx.conn, signs.tracking_id, now=ctx.now)
    named = None if way is None else _by_way(ctx, known, way, signs.tracking_id)
    return named or touches.owner_by_touch(ctx, signs.holders, known) or _by_host(ctx, known, signs)


def _by_typed_code(ctx: Context, known: Known, signs: Signs) -> Owner:
    """Judge a typed code; wrong ones count as tries, so that nobody finds codes out here."""
    places = attempts.places(signs.holders, signs.client)
    if attempts.most(ctx, places) >= attempts.MOST:
        raise TooManyTries("Too many tries; wait ten minutes.")
    found = customers.sign_up_code(ctx, known, signs.code, signs.holders)
    owner = None
    if found.candidate is not None and found.refusal is None:
        owner = attribution.owner_of(ctx, [found.candidate], known)
    if owner is None or not owner.gains:
        raise BadApplication("code", "This code brings nobody.")
    return owner


def _by_way(ctx: Context, known: Known, way: Way, by: str) -> Owner | None:
    row = ctx.conn.execute(select(_CONTACT).where(_CONTACT.c.id == way.partner_id)).one()
    bar = eligibility.bar_of(row, ctx.now)
    is_buyer = known.id == row.id or not known.all_keys.isdisjoint(contacts.keys_of(ctx, row))
    how = "host" if way.is_host else "link"
    owner = Owner(
        contact_id=row.id, code_id=None, path=row.path, bar=bar, is_buyer=is_buyer, how=how, by=by[:64]
    )
    return owner if bar is None and owner.gains else None


def _by_host(ctx: Context, known: Known, signs: Signs) -> Owner | None:
    if not signs.host:
        return None
    way = links.by_host(ctx.conn, signs.host, ctx.settings.partner_hosts, now=ctx.now)
    return None if way is None else _by_way(ctx, known, way, signs.host)


def sponsor_name(ctx: Context, signs: Signs) -> str | None:
    """Name whom a visitor comes through by code or link, for the page; None for nobody."""
    owner = owner_of(ctx, Customer(), replace(signs, code="", host=""))
    if owner is None:
        return None
    query = select(_CONTACT.c.name).where(_CONTACT.c.id == owner.contact_id)
    return ctx.conn.execute(query).scalar() or ""
