"""Merge doubles: one contact goes on, the other leads to it; what is in the books stays as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, func, insert, or_, select, update

from ..domain.eligibility import is_partner
from ..models import (
    Balance,
    Code,
    CommissionTerms,
    Consent,
    Contact,
    Document,
    EndedBy,
    History,
    HistoryKind,
    Link,
    Merged,
    Payout,
    Redemption,
)
from . import (
    audit,
    consents,
    contact_notes,
    eligibility,
    merged_campaigns,
    merged_joining,
    merged_portions,
    merged_rules,
    postbacks,
    preferences,
    tagging,
    tasks,
)
from .mistakes import ClosesCircle, HasMoney, NotThere, SamePerson, WinnerBelow
from .partners import set_sponsor
from .sponsors import lock_place, move_below, upline_ids

DOUBLE = "came with a double"
"""Why somebody became the sponsor, as kept; the pages say it in words."""
_CODE = Code.__table__
_CONSENT = Consent.__table__
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_LINK = Link.__table__
_MERGED = Merged.__table__
_FILLED = ("email", "email_key", "email_folded", "name", "phone", "address", "country", "site", "locale")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a merger does, in numbers: what moves to the contact that goes on, and what stays and is shown."""

    first_line: int
    codes: int
    links: int
    consents: int
    open_orders: int
    orders: int
    redemptions: int
    terms_left: int


def preview(conn: Connection, loser_id: int, winner_id: int) -> Preview:
    """Say what a merger would do; raise what `merge` would for these two."""
    loser, winner = _two(conn, loser_id, winner_id)
    _check(conn, loser, winner)

    def count(table: Any, *where: Any) -> int:  # noqa: ANN401 - tables and conditions
        return conn.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

    return Preview(
        first_line=count(_CONTACT, _CONTACT.c.sponsor_id == loser_id),
        codes=count(_CODE, or_(_CODE.c.owner_id == loser_id, _CODE.c.holder_id == loser_id)),
        links=count(_LINK, _LINK.c.partner_id == loser_id),
        consents=count(_CONSENT, _CONSENT.c.sponsor_id == loser_id, _CONSENT.c.ended_at.is_(None)),
        open_orders=count(_DOCUMENT, _unposted(loser_id)),
        orders=count(_DOCUMENT, _DOCUMENT.c.contact_id == loser_id),
        redemptions=count(Redemption.__table__, Redemption.contact_id == loser_id),
        terms_left=count(CommissionTerms.__table__, CommissionTerms.partner_id == loser_id),
    )


def merge(conn: Connection, loser_id: int, winner_id: int, *, why: str, who: str, now: datetime) -> Preview:
    """Let one contact go on for both.

    Raises SamePerson for one that is merged already or erased, HasMoney where the other one has ever earned,
    WinnerBelow where the one that goes on stands below the other.
    """
    preview(conn, loser_id, winner_id)
    merged_rules.move(conn, loser_id, winner_id)
    lock_place(conn, loser_id, winner_id)
    found = preview(conn, loser_id, winner_id)
    loser, winner = _two(conn, loser_id, winner_id)
    above = loser.sponsor_id
    conn.execute(update(_MERGED).where(_MERGED.c.winner_id == loser_id).values(winner_id=winner_id))
    conn.execute(
        insert(_MERGED), {"loser_id": loser_id, "winner_id": winner_id, "why": why, "who": who, "at": now}
    )
    move_below(conn, loser, winner)
    _move_rights(conn, loser_id, winner_id)
    merged_joining.move(conn, loser_id, winner_id)
    merged_campaigns.move(conn, loser_id, winner_id, now=now)
    for kept in (tagging, contact_notes, tasks):
        kept.move(conn, loser_id, winner_id)
    preferences.move(conn, loser_id, winner_id, now=now)
    _end(conn, loser, winner, now)
    _go_on(conn, loser, winner, now)
    _write(conn, loser, winner, why, who, now)
    if winner.sponsor_id is None and above not in (None, winner_id):
        _take_sponsor(conn, winner_id, above, who, now)
    told = {"double": _name(loser), "why": why, **asdict(found)}
    audit.record(conn, who=who, act="merge", noun="contact", subject=_name(winner), after=told, now=now)
    return found


def _two(conn: Connection, loser_id: int, winner_id: int) -> tuple[Row[Any], Row[Any]]:
    rows = {
        row.id: row for row in conn.execute(select(_CONTACT).where(_CONTACT.c.id.in_([loser_id, winner_id])))
    }
    if loser_id not in rows or winner_id not in rows:
        raise NotThere("There is no such contact.")
    return rows[loser_id], rows[winner_id]


def _check(conn: Connection, loser: Row[Any], winner: Row[Any]) -> None:
    merged = select(_MERGED.c.loser_id).where(_MERGED.c.loser_id.in_([loser.id, winner.id]))
    gone = loser.erased_at is not None or winner.erased_at is not None
    if loser.id == winner.id or gone or conn.execute(merged).first() is not None:
        raise SamePerson("These two are one contact already, or one of them is there no more.")
    earned = select(Balance.partner_id).where(Balance.partner_id == loser.id)
    paid = select(Payout.id).where(Payout.partner_id == loser.id)
    if conn.execute(earned.limit(1)).first() is not None or conn.execute(paid.limit(1)).first() is not None:
        raise HasMoney("This contact has earned: it is the one that must go on.")
    if loser.id in upline_ids(conn, winner.id):
        raise WinnerBelow("The one that goes on stands below its double.")


def _unposted(partner_id: int) -> Any:  # noqa: ANN401 - SQL
    """Ask for orders that are credited to a partner and have earned nothing yet."""
    return and_(_DOCUMENT.c.partner_id == partner_id, _DOCUMENT.c.plan.is_(None))


def _move_rights(conn: Connection, loser_id: int, winner_id: int) -> None:
    """Let codes, links, consents and what is still to be earned belong to the one that goes on."""
    for column in (_CODE.c.owner_id, _CODE.c.holder_id):
        conn.execute(update(_CODE).where(column == loser_id).values({column: winner_id}))
    other = _LINK.alias()
    same = exists().where(
        other.c.partner_id == winner_id, other.c.path == _LINK.c.path, other.c.label == _LINK.c.label,
        other.c.is_host == _LINK.c.is_host,
    )  # fmt: skip
    # A host is one and the same for both; a link of the same page and note is told apart by its id.
    own = and_(_LINK.c.partner_id == loser_id, ~and_(same, _LINK.c.is_host))
    label = case(
        (same, func.substr(_LINK.c.label, 1, 80) + " (" + _LINK.c.tracking_id + ")"), else_=_LINK.c.label
    )
    conn.execute(update(_LINK).where(own).values(partner_id=winner_id, label=label))
    live = and_(_CONSENT.c.sponsor_id == loser_id, _CONSENT.c.ended_at.is_(None))
    conn.execute(update(_CONSENT).where(live).values(sponsor_id=winner_id))
    conn.execute(update(_DOCUMENT).where(_unposted(loser_id)).values(partner_id=winner_id))
    merged_portions.move(conn, loser_id, winner_id)
    postbacks.move(conn, loser_id, winner_id)


def _end(conn: Connection, loser: Row[Any], winner: Row[Any], now: datetime) -> None:
    """Take the double out of the tree and out of the program."""
    values: dict[str, object] = {"sponsor_id": None, "sponsor_at": None, "path": ""}
    if _is_partner(loser, now):
        values["partner_until"] = now
    if winner.ref is None and loser.ref is not None:
        values["ref"] = None
    conn.execute(update(_CONTACT).where(_CONTACT.c.id == loser.id).values(**values))
    consents.end(conn, [loser.id], by=EndedBy.SPONSOR, now=now)


def _go_on(conn: Connection, loser: Row[Any], winner: Row[Any], now: datetime) -> None:
    """Give the one that goes on what only the double had."""
    values: dict[str, object] = {
        name: getattr(loser, name)
        for name in _FILLED
        if getattr(winner, name) is None and getattr(loser, name) is not None
    }
    if winner.email is not None or loser.email is None:
        values = {name: value for name, value in values.items() if not name.startswith("email")}
    if winner.ref is None and loser.ref is not None:
        values |= {"ref": loser.ref, "guest_key": None}
    if loser.has_bought or loser.first_order_ref is not None:
        values["has_bought"] = True
    if _is_partner(loser, now) and not _is_partner(winner, now):
        values |= {"partner_since": loser.partner_since, "partner_until": loser.partner_until,
                   "partner_suspended_at": loser.partner_suspended_at}  # fmt: skip
    if values:
        conn.execute(update(_CONTACT).where(_CONTACT.c.id == winner.id).values(**values))


def _write(conn: Connection, loser: Row[Any], winner: Row[Any], why: str, who: str, now: datetime) -> None:
    blank = {
        "kind": HistoryKind.DETAILS.value,
        "how": "merge",
        "why": why,
        "by": who,
        "at": now,
    }
    rows = [
        {**blank, "contact_id": winner.id, "before": _name(loser), "after": None},
        {**blank, "contact_id": loser.id, "before": None, "after": _name(winner)},
    ]
    conn.execute(insert(History.__table__), rows)


def _take_sponsor(conn: Connection, winner_id: int, above: int, who: str, now: datetime) -> None:
    """Put the one that goes on where the double stood, if it had nobody above and no circle closes."""
    try:
        with conn.begin_nested():
            set_sponsor(conn, winner_id, above, why=DOUBLE, who=who, now=now)
    except ClosesCircle:
        return


def _is_partner(row: Row[Any], now: datetime) -> bool:
    return is_partner(eligibility.bar_of(row, now))


def _name(row: Row[Any]) -> str:
    return str(row.ref or f"#{row.id}")
