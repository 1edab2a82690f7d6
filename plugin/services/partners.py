"""Partners: add, suspend and end them, and name their sponsors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, insert, select, update

from ..domain.eligibility import is_partner
from ..models import Contact, EndedBy, History, HistoryKind, Outbox
from . import audit, consents, logins, mails
from .address_book import contact_for, get_contact, get_contact_id, named
from .contacts import address_type, details
from .eligibility import bar_of
from .mistakes import NoParent, NoPartner
from .sites import checked_site
from .sponsors import lock_place, move_paths, path_below

ENTERED = "named with the partner"
"""Why somebody became the sponsor, as kept; the pages say it in words."""
_CONTACT = Contact.__table__
_HISTORY = insert(History.__table__)
_OUTBOX = insert(Outbox.__table__)
_BEGINS: Mapping[str, object] = {"partner_until": None, "partner_suspended_at": None}


def add_partner(
    conn: Connection,
    *,
    ref: str | None,
    email: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    site: str | None = None,
    locale: str | None = None,
    sponsor_ref: str | None = None,
    places: Mapping[str, str] | None = None,
    who: str,
    now: datetime,
) -> int:
    """Make a contact a partner, known or new, and give its id. Repeating changes nothing.

    One without an account in the shop (`ref` None) is known by the e-mail address and gets a log-in of our
    own. With the addresses of `places` a new partner who has an e-mail address gets a mail with the ways in.
    """
    customer = named(ref, email, name, phone=phone, locale=locale)
    sponsor_id = None if sponsor_ref is None else get_contact_id(conn, sponsor_ref)
    contact_id = contact_for(conn, customer, now)
    row = get_contact(conn, contact_id, lock=True)
    changes = details(customer, row)
    if site is not None and site != row.site:
        changes["site"] = checked_site(site)
    starts = not is_partner(bar_of(row, now))
    if starts:
        changes |= {**_BEGINS, "partner_since": now}
    if changes:
        _change(conn, row, "add" if starts else "change", changes, who, now)
    _note_type(conn, row, "made a partner", who, now)
    if starts:
        _let_in(conn, contact_id, places or {}, now)
    if sponsor_id is not None and row.sponsor_id != sponsor_id:
        set_sponsor(conn, contact_id, sponsor_id, why=ENTERED, who=who, now=now)
    return contact_id


def start(conn: Connection, contact_id: int, *, places: Mapping[str, str], who: str, now: datetime) -> bool:
    """Make a known contact a partner and send the mail with the ways in; False for one who is."""
    row = get_contact(conn, contact_id, lock=True)
    if is_partner(bar_of(row, now)):
        return False
    _change(conn, row, "add", {**_BEGINS, "partner_since": now}, who, now)
    _note_type(conn, row, "made a partner", who, now)
    _let_in(conn, contact_id, places, now)
    return True


def invite(conn: Connection, contact_id: int, *, places: Mapping[str, str], now: datetime) -> bool:
    """Send a partner the mail with the ways in once more; False for one without an e-mail address."""
    row = _get_partner(conn, contact_id, now)
    _let_in(conn, contact_id, places, now)
    return row.email is not None


def _let_in(conn: Connection, contact_id: int, places: Mapping[str, str], now: datetime) -> None:
    """Open the log-in of a partner whom the shop does not know; tell the ways in where they are given."""
    logins.open_for(conn, contact_id, now=now)
    reached = conn.execute(select(_CONTACT.c.email).where(_CONTACT.c.id == contact_id)).scalar()
    if places and reached:
        told = {"shop": urlsplit(places["desk"]).netloc, **places}
        mails.put(conn, mails.Letter.WELCOME, contact_id, told, now=now)


def end_partner(conn: Connection, contact_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Let a partner leave: nothing more is earned, what was earned stays. False for one who is none."""
    row = get_contact(conn, contact_id, lock=True)
    if not is_partner(bar_of(row, now)):
        return False
    _change(conn, row, "end", {"partner_until": now}, who, now)
    _note_type(conn, row, why, who, now)
    return True


def suspend(conn: Connection, contact_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Let a partner earn nothing for a while; False for one who is suspended already."""
    row = _get_partner(conn, contact_id, now)
    if row.partner_suspended_at is not None:
        return False
    _change(conn, row, "suspend", {"partner_suspended_at": now}, who, now)
    _write(conn, contact_id, HistoryKind.DETAILS, who, now, after="suspended", why=why)
    return True


def resume(conn: Connection, contact_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Let a suspended partner earn again; False for one who is not suspended."""
    row = _get_partner(conn, contact_id, now)
    if row.partner_suspended_at is None:
        return False
    _change(conn, row, "resume", {"partner_suspended_at": None}, who, now)
    _write(conn, contact_id, HistoryKind.DETAILS, who, now, before="suspended", why=why)
    return True


def set_parent_end(
    conn: Connection, contact_id: int, until: datetime | None, *, why: str, who: str, now: datetime
) -> bool:
    """Let the partner above earn on what comes through this one until then (None: without end).

    False where it is so already; NoParent for one who stands below nobody. What was earned stays.
    """
    row = _get_partner(conn, contact_id, now)
    if row.sponsor_id is None and until is not None:
        raise NoParent("Nobody stands above this partner.")
    if row.parent_commission_until == until:
        return False
    _change(conn, row, "parent end", {"parent_commission_until": until}, who, now)
    _write(conn, contact_id, HistoryKind.DETAILS, who, now, why=why)
    return True


def set_sponsor(
    conn: Connection, contact_id: int, sponsor_id: int | None, *, why: str, who: str, now: datetime
) -> bool:
    """Name another sponsor (None: nobody) and move all below along; raises ClosesCircle.

    False where it is the sponsor already. Orders keep the partner they were credited to.
    """
    rows = lock_place(conn, contact_id, sponsor_id)
    row = rows[contact_id]
    if row.sponsor_id == sponsor_id:
        return False
    path = path_below(None if sponsor_id is None else rows[sponsor_id])
    values = {"sponsor_id": sponsor_id, "sponsor_at": None if sponsor_id is None else now}
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(**values))
    move_paths(conn, contact_id, row.path, path)
    consents.end(conn, [contact_id], by=EndedBy.SPONSOR, now=now)
    before, after = _label(conn, row.sponsor_id), _label(conn, sponsor_id)
    entry = {"partner_id": sponsor_id, "before": before, "after": after, "why": why}
    _write(conn, contact_id, HistoryKind.SPONSOR, who, now, **entry)
    if sponsor_id is not None:
        _write(conn, contact_id, HistoryKind.TOUCH, who, now, partner_id=sponsor_id, why=why)
        told = {
            "contact_id": contact_id,
            "customer_ref": row.ref,
            "partner_id": sponsor_id,
            "order_ref": None,
        }
        _tell(conn, "firstline_joined", told, now)
    changes = ({"sponsor": before, "why": ""}, {"sponsor": after, "why": why})
    audit.record(
        conn,
        who=who,
        act="sponsor",
        noun="contact",
        subject=_name(row),
        before=changes[0],
        after=changes[1],
        now=now,
    )
    return True


def _get_partner(conn: Connection, contact_id: int, now: datetime) -> Row[Any]:
    row = get_contact(conn, contact_id, lock=True)
    if not is_partner(bar_of(row, now)):
        raise NoPartner("This contact is no partner.")
    return row


def _change(
    conn: Connection, row: Row[Any], act: str, values: Mapping[str, object], who: str, now: datetime
) -> None:
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == row.id).values(**values))
    _log(conn, row, act, {name: getattr(row, name) for name in values}, values, who, now)


def _log(
    conn: Connection,
    row: Row[Any],
    act: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    who: str,
    now: datetime,
) -> None:
    audit.record(
        conn, who=who, act=act, noun="partner", subject=_name(row), before=before, after=after, now=now
    )


def _note_type(conn: Connection, before: Row[Any], why: str, who: str, now: datetime) -> None:
    """Record and tell a change of the address type, where there was one."""
    was = address_type(before, now)
    is_now = address_type(get_contact(conn, before.id), now)
    if was is is_now:
        return
    _write(conn, before.id, HistoryKind.ADDRESS_TYPE, who, now, before=was.value, after=is_now.value, why=why)
    told = {"contact_id": before.id, "customer_ref": before.ref, "order_ref": None}
    _tell(conn, "address_type_changed", {**told, "before": was.value, "after": is_now.value}, now)


def _write(
    conn: Connection, contact_id: int, kind: HistoryKind, who: str, now: datetime, **entry: object
) -> None:
    blank: dict[str, object] = {"partner_id": None, "before": None, "after": None, "why": ""}
    row = {
        **blank,
        **entry,
        "contact_id": contact_id,
        "kind": kind.value,
        "how": "admin",
        "by": who,
        "at": now,
    }
    conn.execute(_HISTORY, row)


def _tell(conn: Connection, topic: str, payload: Mapping[str, object], now: datetime) -> None:
    row = {"topic": topic, "payload": dict(payload), "state": "waiting", "run_at": now, "attempts": 0}
    conn.execute(_OUTBOX, {**row, "created_at": now})


def _label(conn: Connection, contact_id: int | None) -> str | None:
    return None if contact_id is None else _name(get_contact(conn, contact_id))


def _name(row: Row[Any]) -> str:
    return str(row.ref or f"#{row.id}")
