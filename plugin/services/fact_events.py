"""Keep facts as events: each once, with what conditions may ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from ..domain.money import major
from ..models import Call, Contact, Document, Event, Merged
from ..models.base import insert_once
from . import contacts, inbox
from .contacts import Overtaken
from .context import Context
from .own_fields import FIELDS, changes

_CALL = Call.__table__
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_EVENT = Event.__table__
_MERGED = Merged.__table__
Json = Mapping[str, Any]
JOINED = "joined"
"""The kind of fact by which referrals start; those are events."""
OF_DOCUMENT = frozenset({"order_placed", "order_paid", "returned", "sale"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """An event as it was just stored."""

    id: int
    kind: str
    name: str
    contact_id: int
    partner_id: int | None
    data: Json
    at: datetime


def store(ctx: Context, facts: Sequence[Json]) -> list[Stored]:
    """Store facts as events and give those that are new, in their order."""
    rows = list(_unique(_with_people(ctx, _rows(ctx, facts))))
    if not rows:
        return []
    once = insert_once(_EVENT, ctx.conn.dialect.name)
    made = ctx.conn.execute(once.returning(_EVENT.c.id, _EVENT.c.kind, _EVENT.c.key), rows)
    ids = {(row.kind, row.key): row.id for row in made}
    names = ("kind", "name", "contact_id", "partner_id", "data", "at")
    return [
        Stored(id=ids[place], **{name: row[name] for name in names})
        for row in rows
        if (place := (row["kind"], row["key"])) in ids
    ]


def _unique(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from {(row["kind"], row["key"]): row for row in reversed(rows)}.values().__reversed__()


def _rows(ctx: Context, facts: Sequence[Json]) -> list[dict[str, Any]]:
    documents = _by_id(ctx, _DOCUMENT, {fact.get("document_id") for fact in facts})
    calls = _by_id(ctx, _CALL, {fact.get("call_id") for fact in facts})
    told = {call.id: inbox.unpack_customer(call.payload.get("customer") or {}) for call in calls.values()}
    people = _people(ctx, {customer.ref for customer in told.values() if customer.ref})
    rows: list[dict[str, Any]] = []
    for fact in facts:
        at = {"kind": fact["kind"], "key": fact["key"], "at": datetime.fromisoformat(fact["at"])}
        at |= {"name": "", "partner_id": None, "stored_at": ctx.now, "data": {}}
        if fact["kind"] in OF_DOCUMENT:
            rows += _of_document(at, fact, documents.get(fact["document_id"]))
        elif fact["kind"] == "event":
            call = calls[fact["call_id"]]
            customer = told[call.id]
            if customer.ref or customer.email:
                contact_id = people.get(customer.ref or "") or _contact(ctx, customer)
                content = {"name": call.payload["name"], "data": call.payload.get("data", {})}
                rows.append({**at, **content, "contact_id": contact_id})
        elif fact["kind"] == FIELDS:
            rows += _of_fields(at, fact)
        elif fact["kind"] != JOINED:
            rows.append({**at, "contact_id": fact["contact_id"], "data": fact.get("data", {})})
    return rows


def _by_id(ctx: Context, table: Any, ids: set[Any]) -> dict[int, Row[Any]]:  # noqa: ANN401 - a table
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    return {row.id: row for row in ctx.conn.execute(select(table).where(table.c.id.in_(wanted)))}


def _people(ctx: Context, refs: set[str]) -> dict[str, int]:
    if not refs:
        return {}
    query = select(_CONTACT.c.ref, _CONTACT.c.id).where(_CONTACT.c.ref.in_(refs))
    return {row.ref: row.id for row in ctx.conn.execute(query)}


def _contact(ctx: Context, customer: Any) -> int:  # noqa: ANN401
    """Find whom an event is about: the customer who has the address; somebody unknown becomes a contact."""
    has_it = contacts.only_customer(ctx, customer.email) if customer.ref is None else None
    if has_it is not None:
        return has_it
    known = contacts.find(ctx, customer)
    if known.id is not None:
        return known.id
    made = contacts.insert_contact(ctx, contacts.details(customer, None))
    if made is None:
        raise Overtaken
    return made


def _of_fields(at: Json, fact: Json) -> Iterator[dict[str, Any]]:
    for number, (kind, name, data) in enumerate(changes(fact["before"], fact["after"])):
        key = f"{at['key']} {number}"
        yield {
            **at,
            "kind": kind,
            "key": key,
            "name": name[:64],
            "data": data,
            "contact_id": fact["contact_id"],
        }


def _of_document(at: Json, fact: Json, paper: Row[Any] | None) -> Iterator[dict[str, Any]]:
    """Give the event of a sale; a manual one may be about no order."""
    if paper is None:
        if fact.get("partner_id") is not None:
            yield {**at, **_manual(fact), "contact_id": fact["partner_id"], "partner_id": fact["partner_id"]}
        return
    partner_id = fact.get("partner_id") or paper.partner_id
    if paper.contact_id is None and at["kind"] != "sale":
        return
    data = _sold(paper) | _came_back(fact, paper)
    if at["kind"] == "sale":
        data |= _manual(fact)["data"] if fact.get("partner_id") is not None else _earned(fact, paper)
    yield {**at, "data": data, "contact_id": paper.contact_id or partner_id, "partner_id": partner_id}


def _sold(paper: Row[Any]) -> dict[str, Any]:
    lines, coupons = paper.sale["lines"], [terms for _, _, terms in paper.sale["coupons"]]
    return {
        "order_ref": paper.ref,
        "total": str(major(paper.total, paper.currency)),
        "discount": paper.quote["discount"],
        "currency": paper.currency,
        "codes": [code for _, code, _ in paper.sale["coupons"]],
        "coupons": [terms["name"] for terms in coupons],
        "campaigns": [terms["campaign"] for terms in coupons if terms.get("campaign")],
        "products": list(dict.fromkeys(line["product"] for line in lines)),
        "categories": list(dict.fromkeys(one for line in lines for one in line["categories"])),
        "first": bool(paper.first_order),
        "recurring": paper.sale.get("recurring") is not None,
    }


def _came_back(fact: Json, paper: Row[Any]) -> dict[str, Any]:
    if fact["kind"] != "returned":
        return {}
    amount = fact["amount"]
    whole = amount is None or amount >= paper.total
    back = paper.total if amount is None else amount
    return {"returned": str(major(back, paper.currency)), "whole": whole}


def _earned(fact: Json, paper: Row[Any]) -> dict[str, Any]:
    kind = "recurring" if paper.sale.get("recurring") is not None else "single"
    return {"kind": kind, "commission": str(major(fact["amount"], paper.currency))}


def _manual(fact: Json) -> dict[str, Any]:
    amount = str(major(fact["amount"], fact["currency"]))
    return {"data": {"kind": "manual", "commission": amount, "currency": fact["currency"]}}


def _with_people(ctx: Context, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Name the contacts that go on for merged ones; of somebody who was erased nothing is kept."""
    ids = {row[name] for row in rows for name in ("contact_id", "partner_id") if row[name] is not None}
    if not ids:
        return list(rows)
    merged = select(_MERGED.c.loser_id, _MERGED.c.winner_id).where(_MERGED.c.loser_id.in_(ids))
    winner = {row.loser_id: row.winner_id for row in ctx.conn.execute(merged)}
    gone = select(_CONTACT.c.id).where(_CONTACT.c.id.in_(ids), _CONTACT.c.erased_at.is_not(None))
    erased = set(ctx.conn.execute(gone).scalars())
    return [
        {
            **row,
            "contact_id": winner.get(row["contact_id"], row["contact_id"]),
            "partner_id": winner.get(row["partner_id"], row["partner_id"]),
            "data": {} if row["contact_id"] in erased else row["data"],
        }
        for row in rows
    ]
