"""The endpoints of partners: made, listed, with balances and first line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from ..domain.eligibility import Bar
from ..domain.money import major
from ..services import address_book, contact_lists, customers, eligibility, holds, ledger, partners
from ..services.context import Context
from ..services.mistakes import NotThere
from . import answering, named
from .contact_schemas import ContactPageSchema, FirstLineQuerySchema
from .edge import blueprint, operation
from .once import act
from .partner_schemas import (
    NewPartnerSchema,
    PartnerMadeSchema,
    PartnerPageSchema,
    PartnerQuerySchema,
    PartnerViewSchema,
)

READ, WRITE, TAG = "partners:read", "partners:write", "Partners"
Values = Mapping[str, Any]


@operation("GET", "/partners", scope=READ, tag=TAG)
@blueprint.arguments(PartnerQuerySchema, location="query")
@blueprint.response(200, PartnerPageSchema)
def list_partners(asked: Values) -> Response:
    """List who is or was a partner, the oldest contacts first."""
    ctx = answering.reading()
    narrowed = {"sponsor": asked.get("sponsor"), "partner": asked.get("active")}
    conditions = [*contact_lists.were_partners(), *contact_lists.contacts_where(ctx.now, **narrowed)]
    return answering.listed(
        PartnerPageSchema(), contact_lists.CONTACTS, conditions, asked, lambda row: _shown(ctx, row)
    )


@operation("POST", "/partners", scope=WRITE, tag=TAG)
@blueprint.arguments(NewPartnerSchema, example={"ref": "2001", "name": "Hans Meier", "sponsor": "2000"})
@blueprint.response(201, PartnerMadeSchema)
@blueprint.alt_response(200, schema=PartnerMadeSchema, description="A partner already.", success=True)
def make_partner(given: Values) -> Response:
    """Make somebody a partner; no mail is sent."""
    told = {name: given.get(name) for name in ("ref", "email", "name", "phone", "locale")}

    def work(ctx: Context) -> object:
        before = customers.find_view(ctx, address_book.named(**told))
        with named.naming():
            contact_id = partners.add_partner(
                ctx.conn, **told, sponsor_ref=given.get("sponsor"), who=answering.who(), now=ctx.now
            )
        shown = _shown(ctx, contact_lists.one(ctx, contact_id))
        return {**shown, "new": before is None or not before.partner}

    return act(PartnerMadeSchema(), work, status=answering.made)


@operation("GET", "/partners/<firstline_ref:ref>", scope=READ, tag=TAG)
@blueprint.response(200, PartnerViewSchema)
def get_partner(ref: str) -> Response:
    """Give a partner with balances per currency; holds that are over are moved first."""
    row = _partner(answering.reading(), ref)
    if holds.has_due(answering.reading(), row.id):
        return answering.in_unit(lambda ctx: _balanced(ctx, row))
    return _balanced(answering.reading(), row)


def _balanced(ctx: Context, row: Row[Any]) -> Response:
    if holds.has_due(ctx, row.id):
        holds.release_due(ctx, partner_id=row.id)
    found = [
        {"currency": currency, **{name: major(amount, currency) for name, amount in accounts.items()}}
        for currency, accounts in sorted(ledger.balances(ctx, row.id).items())
    ]
    return answering.shown(PartnerViewSchema(), {**_shown(ctx, row), "balances": found})


@operation("GET", "/partners/<firstline_ref:ref>/first-line", scope=READ, tag=TAG)
@blueprint.arguments(FirstLineQuerySchema, location="query")
@blueprint.response(200, ContactPageSchema)
def get_first_line(asked: Values, ref: str) -> Response:
    """List the contacts whose sponsor a partner is, the oldest first."""
    ctx = answering.reading()
    partner = _partner(ctx, ref)
    conditions = contact_lists.contacts_where(ctx.now, sponsor=partner.ref, **answering.narrowing(asked))
    return answering.listed(
        ContactPageSchema(),
        contact_lists.CONTACTS,
        conditions,
        asked,
        lambda row: contact_lists.shown(ctx, row),
    )


def _partner(ctx: Context, ref: str) -> Row[Any]:
    row = contact_lists.one(ctx, contact_lists.get_id(ctx, ref))
    if row.partner_since is None:
        raise NotThere("This contact never was a partner.")
    return row


_STATES = {None: "active", Bar.SUSPENDED: "suspended"}


def _shown(ctx: Context, row: Row[Any]) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in ("id", "ref", "email", "name")},
        "state": _STATES.get(eligibility.bar_of(row, ctx.now), "left"),
        "sponsor": row.sponsor_ref,
        "since": row.partner_since,
        "until": row.partner_until,
    }
