"""Why an order or invoice earned what it earned: every decision with the evidence of that time.

Reads only; gives facts, not sentences. Amounts in minor units of the document's currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ..models import Accrual, Call, Code, Contact, Document, DocumentKind, History, HistoryKind, TouchSource
from . import inbox, sharing, why_coupon, why_earnings
from .context import Context
from .documents import Paper
from .why_coupon import CouponTrace, PricedLine
from .why_earnings import Earned


@dataclass(frozen=True, kw_only=True)
class Person:
    """A contact by id and name."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One recorded payment or refund: its ref, what it brought, what exceeded the order."""

    kind: str
    ref: str
    amount: int | None
    surplus: int | None
    at: datetime


class Place(StrEnum):
    """Where a partner can come from, in the order in which it is asked."""

    ADMIN = "admin"
    SPONSOR = "sponsor"
    CODE = "code"
    LINK = "link"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One question of the attribution. `asked` is False after the answer was found."""

    place: Place
    hit: bool
    asked: bool = True
    partner: Person | None = None
    code: str | None = None
    how: str = ""
    by: str = ""
    at: datetime | None = None
    entry: int | None = None


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What the order did to its contact: kind is sponsor or address_type."""

    kind: str
    before: str | None
    after: str | None
    partner: Person | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ShareAct:
    """An admin's act by which the credit came to who has it: who it was before and after, and why."""

    before: tuple[tuple[Person, int], ...]
    after: tuple[tuple[Person, int], ...]
    reason: str
    who: str
    at: datetime
    call_id: int


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Which partner is credited, and by what.

    `credit` is sponsor, code, own code, link, host, admin or empty. Where several share it, `portions` says
    who has how much, in hundredths of a per cent.
    """

    credit: str
    partner: Person | None
    code: str | None
    sources: tuple[Source, ...]
    consequences: tuple[Consequence, ...]
    problem: str = ""
    """Why the owner of the code did not become the sponsor."""
    portions: tuple[tuple[Person, int], ...] = ()
    acts: tuple[ShareAct, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Why:
    """All that can be said of one order or invoice."""

    document: Document
    buyer: Person | None
    partner: Person | None
    payments: tuple[Payment, ...]
    invoices: tuple[Document, ...]
    order: Document | None
    attribution: Attribution
    coupons: tuple[CouponTrace, ...]
    lines: tuple[PricedLine, ...]
    earned: Earned
    by_hand: tuple[Accrual, ...] = ()
    """What was posted by hand and belongs to it."""

    @property
    def discount(self) -> int:
        """What all codes took off the lines and the shipping."""
        return sum(coupon.discount for coupon in self.coupons)


_BY_LINK = tuple(source.value for source in TouchSource)


def explain(ctx: Context, session: Session, document_id: int) -> Why | None:
    """Explain a document, or None where there is none."""
    document = session.get(Document, document_id)
    if document is None:
        return None
    table = Document.__table__
    paper = Paper(ctx.conn.execute(select(table).where(table.c.id == document_id)).one())
    lines = why_coupon.lines(document)
    return Why(
        document=document,
        buyer=_person(document.contact),
        partner=_person(document.partner),
        payments=tuple(_payments(session, document)),
        invoices=tuple(session.scalars(select(Document).where(Document.order_id == document_id))),
        order=session.get(Document, document.order_id) if document.order_id is not None else None,
        attribution=_attribution(session, document),
        coupons=tuple(why_coupon.coupons(session, document, ctx.settings.zone)),
        lines=lines,
        earned=why_earnings.earned(ctx, session, paper, {line.key: line.title for line in lines}),
        by_hand=tuple(session.scalars(_by_hand(document_id))),
    )


def _by_hand(document_id: int) -> Select[Accrual]:
    mine = (Accrual.document_id == document_id, Accrual.level.is_(None))
    return select(Accrual).where(*mine).order_by(Accrual.call_id)


def _person(contact: Contact | None) -> Person | None:
    if contact is None:
        return None
    return Person(id=contact.id, name=contact.name or contact.email or contact.ref or f"#{contact.id}")


def _payments(session: Session, document: Document) -> list[Payment]:
    about = Call.document_id == document.id
    if document.kind == DocumentKind.ORDER.value:
        about = or_(about, Call.order_ref == document.ref)
    told_by = Call.source.in_((document.source, inbox.ADMIN))
    query = (
        select(Call)
        .where(about, told_by, Call.kind.in_(("invoice_paid", "invoice_refunded")))
        .order_by(Call.id)
    )
    return [
        Payment(
            kind=call.kind,
            ref=call.subject_ref or call.key,
            amount=call.amount,
            surplus=call.surplus,
            at=call.at,
        )
        for call in session.scalars(query)
    ]


def _attribution(session: Session, document: Document) -> Attribution:
    entries = _entries(session, document)
    joined = [entry for entry in entries if entry.kind == HistoryKind.SPONSOR.value]
    last = joined[-1] if joined else None
    owner, code = _owner(session, document)
    hit = _place_of(document, last)
    touched = [
        entry for entry in entries if entry.kind == HistoryKind.TOUCH.value and _by_this(entry, document)
    ]
    return Attribution(
        credit=document.credit,
        partner=_person(document.partner),
        code=code.display if code is not None else None,
        sources=(
            *_sources(session, document, joined, hit, owner, code),
            _source(session, Place.LINK, _clicked(entries, document), hit, _asked(hit)),
        ),
        consequences=tuple(_consequences(session, entries, document)),
        problem=touched[-1].why if touched else "",
        portions=_portions(session, document.portions or ()),
        acts=tuple(_share_acts(session, document)),
    )


def _portions(session: Session, packed: Sequence[Sequence[int]]) -> tuple[tuple[Person, int], ...]:
    people = [(_person(session.get(Contact, one[0])), one[1]) for one in packed]
    return tuple((person, weight) for person, weight in people if person is not None)


def _share_acts(session: Session, document: Document) -> Iterator[ShareAct]:
    query = (
        select(Call)
        .where(Call.kind == sharing.KIND, Call.document_id == (document.order_id or document.id))
        .order_by(Call.id)
    )
    for call in session.scalars(query):
        yield ShareAct(
            before=_portions(session, call.payload["before"]),
            after=_portions(session, call.payload["portions"]),
            reason=call.payload["reason"],
            who=call.payload["who"],
            at=call.at,
            call_id=call.id,
        )


def _entries(session: Session, document: Document) -> Sequence[History]:
    """Give what had happened to the buyer by the time of the document, and through it."""
    if document.contact_id is None:
        return ()
    by_then = or_(History.at <= document.placed_at, History.order_ref == document.ref)
    query = select(History).where(History.contact_id == document.contact_id, by_then).order_by(History.id)
    return session.scalars(query).all()


def _by_this(entry: History, document: Document) -> bool:
    return entry.order_ref == document.ref


def _owner(session: Session, document: Document) -> tuple[Contact | None, Code | None]:
    found = document.sale.get("owner") if document.sale else None
    if not found or found[1] is None:
        return None, None
    return session.get(Contact, found[0]), session.get(Code, found[1])


def _place_of(document: Document, last: History | None) -> Place | None:
    """Say which question decided."""
    if document.partner_id is None:
        return None
    if document.credit == sharing.BY_ADMIN:
        return Place.ADMIN
    if document.credit in _BY_LINK or (
        last is not None and last.how in _BY_LINK and _by_this(last, document)
    ):
        return Place.LINK
    if document.credit != "sponsor" or (last is not None and last.how == "code" and _by_this(last, document)):
        return Place.CODE
    return Place.ADMIN if last is not None and last.how == "admin" else Place.SPONSOR


def _sources(
    session: Session,
    document: Document,
    joined: Sequence[History],
    hit: Place | None,
    owner: Contact | None,
    code: Code | None,
) -> list[Source]:
    before = [entry for entry in joined if not _by_this(entry, document)]
    by_admin = [entry for entry in before if entry.how == "admin"]
    had = before[-1] if before else None
    asked = _asked(hit)
    shared = document.credit == sharing.BY_ADMIN
    return [
        Source(place=Place.ADMIN, hit=True, partner=_person(document.partner), how=sharing.BY_ADMIN)
        if shared
        else _source(session, Place.ADMIN, by_admin[-1] if by_admin else None, hit, asked),
        _source(session, Place.SPONSOR, had, hit, asked),
        Source(
            place=Place.CODE,
            hit=hit is Place.CODE,
            asked=asked[Place.CODE],
            partner=_person(owner),
            code=code.display if code is not None else None,
            at=code.created_at if code is not None else None,
            entry=code.id if code is not None else None,
        ),
    ]


def _asked(hit: Place | None) -> dict[Place, bool]:
    """Say what was asked: all up to the place that answered."""
    order = list(Place)
    return {place: hit is None or order.index(place) <= order.index(hit) for place in order}


def _clicked(entries: Sequence[History], document: Document) -> History | None:
    """Give the touch by which the order came through a link or a host."""
    by_link = (entry for entry in entries if entry.how in _BY_LINK and _by_this(entry, document))
    return next((entry for entry in by_link if entry.kind == HistoryKind.TOUCH.value), None)


def _source(
    session: Session, place: Place, entry: History | None, hit: Place | None, asked: dict[Place, bool]
) -> Source:
    if entry is None:
        return Source(place=place, hit=hit is place, asked=asked[place])
    partner = session.get(Contact, entry.partner_id) if entry.partner_id is not None else None
    code = session.get(Code, entry.code_id) if entry.code_id is not None else None
    return Source(
        place=place,
        hit=hit is place,
        asked=asked[place],
        partner=_person(partner),
        code=code.display if code is not None else None,
        how=entry.how,
        by=(entry.after or "") if entry.how in _BY_LINK else "",
        at=entry.at,
        entry=entry.id,
    )


def _consequences(session: Session, entries: Sequence[History], document: Document) -> list[Consequence]:
    told = (HistoryKind.SPONSOR.value, HistoryKind.ADDRESS_TYPE.value)
    return [
        Consequence(
            kind=entry.kind,
            before=entry.before,
            after=entry.after,
            partner=_person(session.get(Contact, entry.partner_id)) if entry.partner_id is not None else None,
            at=entry.at,
        )
        for entry in entries
        if entry.kind in told and _by_this(entry, document)
    ]
