"""Applications of people who want to be partners: written down, proven by mail, decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from ..domain.eligibility import is_partner, was_partner
from ..domain.mail import mailbox
from ..domain.person import email_key
from ..models import Application, ApplicationState, Contact, Login
from ..shop import Customer
from . import attempts, attribution, contacts, customers, mails, outbox, partner_terms
from .application_acts import Places, approve, get, waiting_of
from .attribution import Owner
from .context import Context
from .eligibility import NAMES, bar_of
from .mails import Letter
from .mistakes import BadApplication, BadSite, TooManyTries
from .partner_terms import Text
from .sales import packed_owner
from .sites import checked_site

_APPLICATION = Application.__table__
_CONTACT = Contact.__table__
_LOGIN = Login.__table__
_OPEN = ApplicationState.UNCONFIRMED.value
_WAITING = ApplicationState.WAITING.value
_MAILS_AT_ONCE = 3
"""So many mails an address gets by the public page in ten minutes."""
WHO = "application"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An application as typed; `proven` says that the shop knows the e-mail address to be the person's."""

    name: str
    email: str
    company: str = ""
    phone: str = ""
    site: str = ""
    locale: str = "en"
    customer_ref: str | None = None
    proven: bool = False


def check_tries(ctx: Context, client: str | None) -> list[str]:
    """Give the key under which a try is counted; raises TooManyTries for too many from one address."""
    keys = [attempts.of_address("join", client)]
    if attempts.most(ctx, keys) >= attempts.MOST:
        raise TooManyTries("Too many tries; wait ten minutes.")
    return keys


def apply(
    ctx: Context,
    wanted: Wanted,
    owner: Owner | None,
    terms: Text | None,
    places: Places,
    client: str | None = None,
) -> ApplicationState | None:
    """Write an application down and send the mail that proves its address, or go on where it is proven.

    The answer is the same whether the address is known or not: UNCONFIRMED. Known partners get a mail that
    says so instead. None: who is signed in is a partner already.
    """
    counted = check_tries(ctx, client)
    _check(wanted)
    attempts.count(ctx, counted)
    if wanted.proven:
        application_id = _insert(ctx, wanted, owner, terms)
        return confirm(ctx, application_id, places)
    mailed = [attempts.of_account("join", email_key(wanted.email))]
    if attempts.most(ctx, mailed) >= _MAILS_AT_ONCE:
        return ApplicationState.UNCONFIRMED
    attempts.count(ctx, mailed)
    partner_id = partner_with_mail(ctx, wanted.email)
    if partner_id is not None:
        mails.put(
            ctx.conn,
            Letter.PARTNER_ALREADY,
            partner_id,
            {"shop": places.shop, "desk": places.desk},
            now=ctx.now,
        )
        return ApplicationState.UNCONFIRMED
    application_id = _insert(ctx, wanted, owner, terms)
    values = {"confirm": places.confirm, "shop": places.shop}
    mails.put_to_applicant(ctx.conn, Letter.CONFIRM, application_id, values, now=ctx.now)
    return ApplicationState.UNCONFIRMED


def wrong_fields(wanted: Wanted, *, proven: bool = False) -> list[str]:
    """Name the fields that cannot be right; an address that is `proven` is not looked at."""
    found = [] if wanted.name else ["name"]
    try:
        mailbox("nobody@shop.example" if proven else wanted.email)
    except ValueError:
        found.append("email")
    try:
        checked_site(wanted.site or "https://shop.example")
    except BadSite:
        found.append("site")
    return found


def _check(wanted: Wanted) -> None:
    for field in wrong_fields(wanted):
        raise BadApplication(field, f"{field}: this cannot be right.")


def partner_with_mail(ctx: Context, email: str) -> int | None:
    """Give who is a partner under this e-mail address: by a log-in of our own, else a proven one."""
    key = email_key(email)
    query = (
        select(_CONTACT.c.id, *(_CONTACT.c[name] for name in NAMES))
        .outerjoin(_LOGIN, _LOGIN.c.contact_id == _CONTACT.c.id)
        .where(_CONTACT.c.erased_at.is_(None), _mail_is(key))
        .order_by(_LOGIN.c.contact_id.is_(None), _CONTACT.c.id)
    )
    rows = ctx.conn.execute(query)
    return next((int(row.id) for row in rows if is_partner(bar_of(row, ctx.now))), None)


def _mail_is(key: str) -> ColumnElement[bool]:
    proven = (_CONTACT.c.email_key == key) & (_CONTACT.c.email_verified | _CONTACT.c.ref.is_(None))
    return (_LOGIN.c.email_key == key) | proven


def _insert(ctx: Context, wanted: Wanted, owner: Owner | None, terms: Text | None) -> int:
    values = {
        "state": _OPEN,
        "customer_ref": wanted.customer_ref,
        "email": wanted.email,
        "name": wanted.name,
        "company": wanted.company,
        "phone": wanted.phone,
        "site": wanted.site,
        "locale": wanted.locale,
        "owner": None if owner is None else packed_owner(owner),
        "terms_version": None if terms is None else terms.version,
        "terms_locale": None if terms is None else terms.locale,
        "terms_digest": None if terms is None else terms.digest,
        "reason": "",
        "created_at": ctx.now,
    }
    found = ctx.conn.execute(insert(_APPLICATION).values(**values).returning(_APPLICATION.c.id))
    return int(found.scalar_one())


def confirm(ctx: Context, application_id: int, places: Places) -> ApplicationState | None:
    """Take the e-mail address as proven: the contact is known from now on, and who came through whom.

    Gives where the application stands then; repeating gives the same. None: is a partner already.
    """
    row = get(ctx.conn, application_id, lock=True)
    if row.state != _OPEN:
        return ApplicationState(row.state)
    who = Customer(ref=row.customer_ref, email=row.email, email_verified=True)
    known = contacts.find(ctx, who, lock=True)
    before = None if known.row is None else bar_of(known.row, ctx.now)
    if known.row is not None and is_partner(before):
        ctx.conn.execute(delete(_APPLICATION).where(_APPLICATION.c.id == row.id))
        return None
    if known.id is not None and waiting_of(ctx.conn, known.id) is not None:
        ctx.conn.execute(delete(_APPLICATION).where(_APPLICATION.c.id == row.id))
        return ApplicationState.WAITING
    owner = attribution.owner_again(ctx, row.owner)
    contact_id = customers.save(ctx, known, _told(row, known.row), owner)
    _keep(ctx, row, contact_id)
    outbox.flush(ctx)
    came_back = known.row is not None and was_partner(before)
    if ctx.settings.partner_approval or came_back:
        return ApplicationState.WAITING
    approve(ctx, application_id, places, who=WHO)
    return ApplicationState.APPROVED


def _told(row: Row[Any], known: Row[Any] | None) -> Customer:
    """Give the person as known from the application; what the shop knows better stays."""
    typed = {"name": row.name, "phone": row.phone or None, "locale": row.locale}
    if known is not None:
        typed = {name: value for name, value in typed.items() if not getattr(known, name)}
    return Customer(ref=row.customer_ref, email=row.email, email_verified=True, **typed)


def _keep(ctx: Context, row: Row[Any], contact_id: int) -> None:
    values = {"state": _WAITING, "contact_id": contact_id, "confirmed_at": ctx.now}
    ctx.conn.execute(update(_APPLICATION).where(_APPLICATION.c.id == row.id).values(**values))
    if row.site:
        ctx.conn.execute(update(_CONTACT).where(_CONTACT.c.id == contact_id).values(site=row.site))
    if row.terms_version is not None:
        terms = row.terms_version, row.terms_locale, row.terms_digest
        partner_terms.note_accepted(ctx.conn, contact_id, *terms, at=row.created_at)


def is_waiting(conn: Connection, customer_ref: str) -> bool:
    """Say whether an application of a customer of the shop waits for an admin."""
    mine = (_APPLICATION.c.customer_ref == customer_ref, _APPLICATION.c.state == _WAITING)
    return conn.execute(select(_APPLICATION.c.id).where(*mine)).first() is not None
