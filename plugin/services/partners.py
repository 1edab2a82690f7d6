"""Partners: add, suspend and end them, and name their sponsors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, insert, update

from ..models import Contact, EndedBy, History, HistoryKind, Outbox
from . import audit, consents, mails
from .address_book import contact_for, get_contact, get_contact_id, named
from .contacts import address_type, details, is_partner
from .mistakes import BadSite, NoParent, NoPartner
from .sponsors import lock_place, move_paths, path_below

_CONTACT = Contact.__table__
_HISTORY = insert(History.__table__)
_OUTBOX = insert(Outbox.__table__)
_LONGEST_SITE = 200


def add_partner(
    conn: Connection,
    *,
    ref: str,
    email: str | None = None,
    name: str | None = None,
    phone: str | None = None,
    site: str | None = None,
    locale: str | None = None,
    sponsor_ref: str | None = None,
    desk: str | None = None,
    who: str,
    now: datetime,
) -> int:
    """Make a contact a partner, known or new, and give its id. Repeating changes nothing.

    With the address of the desk a new partner who has an e-mail address gets a mail that leads there.
    """
    customer = named(ref, email, name, phone=phone, locale=locale)
    sponsor_id = None if sponsor_ref is None else get_contact_id(conn, sponsor_ref)
    contact_id = contact_for(conn, customer, now)
    row = get_contact(conn, contact_id, lock=True)
    changes = details(customer, row)
    if site is not None and site != row.site:
        changes["site"] = _checked_site(site)
    starts = not is_partner(row.partner_since, row.partner_until, now)
    if starts:
        changes |= {"partner_since": now, "partner_until": None, "partner_suspended_at": None}
    if changes:
        before = {name: getattr(row, name) for name in changes}
        conn.execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(**changes))
        _log(conn, row, "add" if starts else "change", before, changes, who, now)
    _note_type(conn, row, "made a partner", who, now)
    if starts and desk and changes.get("email", row.email):
        shop = urlsplit(desk).netloc
        mails.put(conn, mails.Letter.WELCOME, contact_id, {"desk": desk, "shop": shop}, now=now)
    if sponsor_id is not None and row.sponsor_id != sponsor_id:
        set_sponsor(conn, contact_id, sponsor_id, why="named with the partner", who=who, now=now)
    return contact_id


def end_partner(conn: Connection, contact_id: int, *, why: str, who: str, now: datetime) -> bool:
    """Let a partner leave: nothing more is earned, what was earned stays. False for one who is none."""
    row = get_contact(conn, contact_id, lock=True)
    if not is_partner(row.partner_since, row.partner_until, now):
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


def _checked_site(site: str) -> str:
    """Refuse an address that is not a page of the web: admins click on it."""
    shown = site.isprintable() and not any(sign.isspace() for sign in site)
    try:
        parts = urlsplit(site)
    except ValueError as error:
        raise BadSite(f"{site!r} is no address of a web site") from error
    if not shown or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSite(f"{site!r} is no address of a web site, such as https://meier.example")
    if len(site) > _LONGEST_SITE:
        raise BadSite(f"an address of a web site has at most {_LONGEST_SITE} characters")
    return site


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
    if not is_partner(row.partner_since, row.partner_until, now):
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
