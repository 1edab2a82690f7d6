"""Commission terms: what partners earn, from when on, and what they earned before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Required, TypedDict, Unpack

from sqlalchemy import Connection, Row, Select, delete, insert, select

from ..domain.clauses import PLAIN, Clauses, pack_clauses
from ..domain.terms import Terms
from ..models import CommissionTerms, Contact
from ..shop import ref_text
from . import audit
from .clause_words import clause_words
from .mistakes import BadTerms, NotThere
from .terms_rows import VALUES, in_force, place_text, read

_TERMS = CommissionTerms.__table__
_CONTACT = Contact.__table__
HIGHEST_LEVEL = 100
_MOST_DECIMALS = 4


class TermsValues(TypedDict, total=False):
    """What terms are made of: the fields of `Terms` but its id."""

    level: Required[int]
    percent: Decimal | None
    fixed: int | None
    currency: str | None
    partner_id: int | None
    product_ref: str | None
    category: str | None
    campaign: str | None
    clauses: Clauses


def set_terms(
    conn: Connection,
    *,
    begins: datetime | None = None,
    who: str,
    now: datetime,
    **values: Unpack[TermsValues],
) -> int:
    """Set what one level earns at one place from `begins` on, by default now, and give the row's id."""
    return write_terms(conn, check_terms(conn, **values), begins=begins, who=who, now=now)


def check_terms(conn: Connection, **values: Unpack[TermsValues]) -> Terms:
    """Give terms that can work and are for somebody, or raise BadTerms or NotThere.

    `fixed` is in minor units of `currency`, which a per cent leaves out unless it has tiers or caps.
    """
    if values.get("fixed") is None and not values.get("clauses", PLAIN).with_amounts:
        values["currency"] = None
    values["product_ref"] = _ref(values.get("product_ref"), "product")
    values["category"] = _ref(values.get("category"), "category")
    values["campaign"] = _ref(values.get("campaign"), "campaign")
    terms = _checked(values)
    _check_partner(conn, terms.partner_id)
    return terms


def write_terms(conn: Connection, terms: Terms, *, begins: datetime | None, who: str, now: datetime) -> int:
    """Write terms that hold from `begins` on, by default from now, and give the row's id.

    A per cent holds for every currency and replaces fixed amounts of its place, and the other way round. What
    held before stays as it is, as history; where the same holds already nothing is written.
    """
    begins = begins or now
    before = _at_place(conn, terms, begins)
    same = next((row for row in before if _says(row) == _says(terms)), None)
    if same is not None:
        return int(same.id)
    return _write(conn, terms, before, begins=begins, who=who, now=now)


def _says(row: Row[Any] | Terms) -> tuple[object, ...]:
    """Give what terms say, apart from where they stand."""
    clauses = pack_clauses(row.clauses) if isinstance(row, Terms) else row.clauses or None
    return row.currency, row.percent, row.fixed, clauses


def _write(
    conn: Connection, terms: Terms, before: Sequence[Row[Any]], *, begins: datetime, who: str, now: datetime
) -> int:
    values = _logged(terms)
    terms_id = _insert(conn, terms, begins=begins, now=now)
    old = next((row for row in before if _replaces(terms, row)), None)
    audit.record(
        conn,
        who=who,
        act="set",
        noun="terms",
        subject=describe(terms),
        before=None if old is None else _logged(read(old)),
        after=values if begins == now else {**values, "valid_from": begins},
        now=now,
    )
    return terms_id


def _logged(terms: Terms) -> dict[str, object]:
    """Give terms as the log of acts tells them."""
    values: dict[str, object] = {name: getattr(terms, name) for name in VALUES}
    if terms.clauses != PLAIN:
        values["clauses"] = clause_words(terms.clauses, terms.currency)
    return values


def _insert(conn: Connection, terms: Terms, *, begins: datetime, now: datetime, ended: bool = False) -> int:
    values: dict[str, object] = {name: getattr(terms, name) for name in VALUES}
    values |= {"place": place_text(terms.place), "valid_from": begins, "ended": ended, "changed_at": now}
    values["clauses"] = pack_clauses(terms.clauses)
    return int(conn.execute(insert(_TERMS).values(**values).returning(_TERMS.c.id)).scalar_one())


def list_terms(conn: Connection, *, at: datetime) -> list[Row[Any]]:
    """Give the terms in force at a moment, the most general and the lowest level first.

    `partner_ref` names the partner.
    """
    return list(conn.execute(_listed().where(in_force(at))))


def list_history(conn: Connection) -> list[Row[Any]]:
    """Give all terms that ever held or are planned, and where they ended, as `list_terms` does."""
    return list(conn.execute(_listed()))


def _listed() -> Select[Any]:
    return (
        select(_TERMS, _CONTACT.c.ref.label("partner_ref"))
        .outerjoin_from(_TERMS, _CONTACT, _CONTACT.c.id == _TERMS.c.partner_id)
        .order_by(
            _TERMS.c.partner_id.is_not(None),
            _TERMS.c.product_ref.is_not(None),
            _TERMS.c.category.is_not(None),
            _TERMS.c.campaign.is_not(None),
            _CONTACT.c.ref,
            _TERMS.c.product_ref,
            _TERMS.c.category,
            _TERMS.c.campaign,
            _TERMS.c.level,
            _TERMS.c.currency,
            _TERMS.c.valid_from,
            _TERMS.c.id,
        )
    )


def remove_terms(
    conn: Connection, terms_id: int, *, begins: datetime | None = None, who: str, now: datetime
) -> None:
    """Let one row of terms end, by default now, or raise NotThere. What is posted or frozen already stays.

    Terms that have not begun are taken back: what holds before them holds on.
    """
    row = conn.execute(select(_TERMS).where(_TERMS.c.id == terms_id).with_for_update()).one_or_none()
    if row is None or not _end(conn, row, begins or now, now):
        raise NotThere(f"There are no terms with the id {terms_id}.")
    before = {"percent": row.percent, "fixed": row.fixed, "currency": row.currency}
    subject = describe(read(row))
    audit.record(conn, who=who, act="remove", noun="terms", subject=subject, before=before, now=now)


def _end(conn: Connection, row: Row[Any], at: datetime, now: datetime) -> bool:
    """Take a plan back or write that a row holds no more; False where it does not hold at that moment."""
    if row.valid_from is not None and row.valid_from > now:
        return bool(conn.execute(delete(_TERMS).where(_TERMS.c.id == row.id)).rowcount)
    holds = select(_TERMS.c.id).where(_TERMS.c.id == row.id, in_force(at))
    if conn.execute(holds).scalar() is None:
        return False
    _insert(conn, read(row), begins=at, now=now, ended=True)
    return True


def _replaces(one: Row[Any] | Terms, other: Row[Any] | Terms) -> bool:
    """Say whether rows of one place stand for the same sales: a currency alone leaves the others be."""
    return one.currency is None or other.currency is None or bool(one.currency == other.currency)


def describe(terms: Terms) -> str:
    """Name a place of terms for the log and for lists."""
    named = (
        ("partner", terms.partner_id),
        ("product", terms.product_ref),
        ("category", terms.category),
        ("campaign", terms.campaign),
    )
    places = [f"{what} {name}" for what, name in named if name is not None]
    return f"{' and '.join(places) or 'general'}, level {terms.level}"


def _checked(values: TermsValues) -> Terms:
    try:
        terms = Terms(**values)
    except ValueError as error:
        raise BadTerms(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if terms.level > HIGHEST_LEVEL:
        raise BadTerms(f"A level is at most {HIGHEST_LEVEL}.")
    if terms.percent is not None and terms.percent != round(terms.percent, _MOST_DECIMALS):
        raise BadTerms(f"A per cent has at most {_MOST_DECIMALS} decimals.")
    return terms


def _ref(value: str | None, what: str) -> str | None:
    try:
        return None if value is None else ref_text(value, what)
    except ValueError as error:
        raise BadTerms(str(error)) from error


def _check_partner(conn: Connection, partner_id: int | None) -> None:
    if partner_id is None:
        return
    since = conn.execute(select(_CONTACT.c.partner_since).where(_CONTACT.c.id == partner_id)).scalar()
    if since is None:
        raise NotThere(f"There is no partner with the id {partner_id}.")


def _at_place(conn: Connection, terms: Terms, at: datetime) -> list[Row[Any]]:
    """Give the rows in force for the same level at the same place, in any currency."""
    query = select(_TERMS).where(_TERMS.c.place == place_text(terms.place), in_force(at))
    return list(conn.execute(query))
