"""Forget a person: details, claims under their plain keys, and what recorded calls say; the books stay."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, delete, false, or_, select, type_coerce, update

from ..models import (
    AppliedCode,
    Call,
    Contact,
    Document,
    DocumentKind,
    Merged,
    Outbox,
    Outcome,
    PersonUse,
    Redemption,
)
from . import (
    application_acts,
    bodies,
    consents,
    contact_notes,
    contacts,
    erasing_traces,
    event_log,
    legacy_storing,
    logins,
    mails,
    notices,
    outbox,
    payout_details,
    postbacks,
    share_acts,
    sms,
    suspicion_acts,
    tagging,
    tasks,
    tax_data,
    templated,
    touches,
    traits,
    webhook_calls,
)
from .context import Context
from .inbox import Json

_APPLIED = AppliedCode.__table__
_CALL = Call.__table__
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_REDEMPTION = Redemption.__table__
_OUTBOX = Outbox.__table__
_USE = PersonUse.__table__
_DETAILS = (
    "ref", "guest_key", "email", "email_key", "email_folded", "name", "phone", "address", "site", "locale",
)  # fmt: skip
_ABOUT_PEOPLE = ("customer_registered", "customer_changed", "customer_erased")


def erase(ctx: Context, customer_ref: str) -> bool:
    """Forget a person; False where nobody has this ref. Claims stay, under hashes that name nobody."""
    return _erase(ctx, _CONTACT.c.ref == customer_ref)


def erase_contact(ctx: Context, contact_id: int) -> bool:
    """Forget a person whom the shop does not know; False where there is none with this id."""
    return _erase(ctx, _CONTACT.c.id == contact_id)


def _erase(ctx: Context, who: ColumnElement[bool]) -> bool:
    query = select(_CONTACT).where(who, _CONTACT.c.erased_at.is_(None)).with_for_update()
    row = ctx.conn.execute(query).one_or_none()
    if row is None:
        return False
    values: dict[str, object] = dict.fromkeys(_DETAILS)
    contacts.update_contact(ctx, row.id, {**values, "data": {}, "tags": [], "erased_at": ctx.now})
    consents.forget(ctx.conn, row.id, now=ctx.now)
    _forget_keys(ctx, row)
    _forget_calls(ctx, row)
    touches.forget(ctx, row.id)
    suspicion_acts.forget(ctx, row.id)
    traits.forget(ctx.conn, row.id)
    if row.ref is not None:
        waiting = or_(_APPLIED.c.customer_ref == row.ref, _APPLIED.c.holder == f"customer:{row.ref}")
        ctx.conn.execute(delete(_APPLIED).where(waiting))
    payout_details.forget(ctx.conn, row.id)
    _erase_doubles(ctx, row.id)
    application_acts.forget(ctx.conn, row.id)
    logins.forget(ctx.conn, row.id)
    legacy_storing.forget(ctx.conn, row.id)
    tax_data.forget(ctx.conn, row.id)
    notices.forget(ctx.conn, row.id)
    share_acts.forget(ctx.conn, row.id)
    for kept in (tagging, contact_notes, tasks, sms, templated):
        kept.forget(ctx.conn, row.id)
    webhook_calls.forget(ctx.conn, row.ref, row.email)
    postbacks.forget(ctx.conn, row.id)
    bodies.forget(ctx.conn, row.id, row.ref, row.email)
    event_log.forget(ctx.conn, row.id)
    _forget_facts(ctx, row.id)
    erasing_traces.forget(ctx.conn, row)
    return True


def _forget_facts(ctx: Context, contact_id: int) -> None:
    """Delete what waits for the worker, or has waited, of this person's fields and of mails by rules."""
    told = type_coerce(_OUTBOX.c.payload, Text)
    mine = or_(told.contains(f'"contact_id":{contact_id},'), told.contains(f'"contact_id":{contact_id}}}'))
    ctx.conn.execute(delete(_OUTBOX).where(_OUTBOX.c.topic.in_((outbox.FACT, mails.MAIL)), mine))


def _erase_doubles(ctx: Context, contact_id: int) -> None:
    """Forget who was merged into this person and has no account of its own in the shop."""
    merged = select(Merged.loser_id).where(Merged.winner_id == contact_id)
    nameless_ones = select(_CONTACT.c.id).where(_CONTACT.c.id.in_(merged), _CONTACT.c.ref.is_(None))
    for double_id in ctx.conn.execute(nameless_ones).scalars().all():
        _erase(ctx, _CONTACT.c.id == double_id)


def _forget_keys(ctx: Context, row: Row[Any]) -> None:
    key_id = ctx.keys.signing_id
    plain = contacts.plain_keys(ctx, row)
    hashed = {key: contacts.hashed_key(ctx, key, key_id) for key in plain}
    for use in ctx.conn.execute(select(_USE).where(_USE.c.person_key.in_(plain))).all():
        _rename_use(ctx, use, hashed[use.person_key])
    mine = select(_REDEMPTION.c.id, _REDEMPTION.c.person_keys).where(_REDEMPTION.c.contact_id == row.id)
    for redemption in ctx.conn.execute(mine).all():
        keys = sorted(hashed.get(key, key) for key in redemption.person_keys)
        ctx.conn.execute(
            update(_REDEMPTION).where(_REDEMPTION.c.id == redemption.id).values(person_keys=keys)
        )


def _rename_use(ctx: Context, use: Row[Any], secret: str) -> None:
    """Count a use under the hash; somebody who comes back and is erased again has one already."""
    old = and_(_USE.c.scope == use.scope, _USE.c.person_key == use.person_key)
    same = and_(_USE.c.scope == use.scope, _USE.c.person_key == secret)
    more = update(_USE).where(same).values(used=_USE.c.used + use.used, max_uses=None)
    if ctx.conn.execute(more).rowcount:
        ctx.conn.execute(delete(_USE).where(old))
    else:
        ctx.conn.execute(update(_USE).where(old).values(person_key=secret))


def _forget_calls(ctx: Context, row: Row[Any]) -> None:
    names = [name[:64] for name in (row.ref, row.email) if name]
    documents = select(_DOCUMENT.c.ref).where(_DOCUMENT.c.contact_id == row.id)
    orders = documents.where(_DOCUMENT.c.kind == DocumentKind.ORDER.value)
    about = and_(_CALL.c.kind.in_((*_ABOUT_PEOPLE, "event")), _CALL.c.subject_ref.in_(names))
    guests = and_(_CALL.c.kind == "event", _CALL.c.subject_ref.is_(None), _names(row))
    paid = and_(
        _CALL.c.kind == "invoice_paid", or_(_CALL.c.order_ref.in_(orders), _CALL.c.subject_ref.in_(documents))
    )
    unfinished = and_(_CALL.c.outcome != Outcome.DONE.value, _names(row))
    query = select(_CALL.c.id, _CALL.c.kind, _CALL.c.payload).where(or_(about, guests, paid, unfinished))
    for call in ctx.conn.execute(query).all():
        values: dict[str, object] = {"payload": nameless(call.kind, call.payload)}
        if call.kind in (*_ABOUT_PEOPLE, "event"):
            values["subject_ref"] = None
        ctx.conn.execute(update(_CALL).where(_CALL.c.id == call.id).values(**values))


def _names(row: Row[Any]) -> Any:  # noqa: ANN401 - an SQL expression
    """Say whether the content of a call names this person by ref or e-mail."""
    text = type_coerce(_CALL.c.payload, Text)
    given = [(name, value) for name, value in (("ref", row.ref), ("email", row.email)) if value]
    parts = [f'"{name}":{json.dumps(value, ensure_ascii=False)}' for name, value in given]
    return or_(false(), *(text.contains(part, autoescape=True) for part in parts))


def nameless(kind: str, payload: Json) -> Json:
    """Give what a recorded call says without the person it is about."""
    if kind in _ABOUT_PEOPLE:
        return {}
    if kind == "event":
        return {"name": payload.get("name"), "data": {}}
    kept = {name: value for name, value in payload.items() if name not in {"customer", "holders"}}
    if isinstance(kept.get("order"), dict):
        kept["order"] = {name: value for name, value in kept["order"].items() if name != "customer"}
    return kept
