"""Commission terms and products: what partners earn, and on what."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..domain.terms import Terms
from ..models import CommissionTerms, Contact, Product
from ..models.base import dialect_insert
from ..shop import ref_text
from . import audit
from .mistakes import BadTerms, NotThere

_TERMS = CommissionTerms.__table__
_PRODUCT = Product.__table__
_CONTACT = Contact.__table__
HIGHEST_LEVEL = 100
_MOST_DECIMALS = 4


def set_terms(
    conn: Connection,
    *,
    level: int,
    percent: Decimal | None = None,
    fixed: int | None = None,
    currency: str | None = None,
    partner_id: int | None = None,
    product_ref: str | None = None,
    category: str | None = None,
    who: str,
    now: datetime,
) -> int:
    """Set what one level earns at one place and give the row's id; `fixed` in minor units of `currency`.

    A per cent holds for every currency and replaces fixed amounts of its place, and the other way round.
    """
    terms = _checked(
        level=level,
        percent=percent,
        fixed=fixed,
        currency=currency if fixed is not None else None,
        partner_id=partner_id,
        product_ref=None if product_ref is None else _ref(product_ref, "product"),
        category=None if category is None else _ref(category, "category"),
    )
    _check_partner(conn, partner_id)
    place = _place(terms)
    before = _at_place(conn, terms)
    same = next((row for row in before if row.place == place), None)
    if same is not None and (same.percent, same.fixed) == (terms.percent, terms.fixed):
        return int(same.id)
    others = [row.id for row in before if row.place != place and (row.fixed is None or terms.fixed is None)]
    conn.execute(delete(_TERMS).where(_TERMS.c.id.in_(others)))
    values = {
        name: getattr(terms, name)
        for name in ("level", "percent", "fixed", "currency", "partner_id", "product_ref", "category")
    }
    statement = dialect_insert(_TERMS, conn.dialect.name).on_conflict_do_update(
        index_elements=[_TERMS.c.place],
        set_={"percent": terms.percent, "fixed": terms.fixed, "changed_at": now},
    )
    terms_id = conn.execute(
        statement.returning(_TERMS.c.id), {**values, "place": place, "changed_at": now}
    ).scalar_one()
    old = None if same is None else {"percent": same.percent, "fixed": same.fixed}
    audit.record(
        conn, who=who, act="set", noun="terms", subject=describe(terms), before=old, after=values, now=now
    )
    return int(terms_id)


def list_terms(conn: Connection) -> list[Row[Any]]:
    """Give all terms, the most general and the lowest level first; `partner_ref` names the partner."""
    query = (
        select(_TERMS, _CONTACT.c.ref.label("partner_ref"))
        .outerjoin_from(_TERMS, _CONTACT, _CONTACT.c.id == _TERMS.c.partner_id)
        .order_by(
            _TERMS.c.partner_id.is_not(None),
            _TERMS.c.product_ref.is_not(None),
            _TERMS.c.category.is_not(None),
            _CONTACT.c.ref,
            _TERMS.c.product_ref,
            _TERMS.c.category,
            _TERMS.c.level,
            _TERMS.c.currency,
        )
    )
    return list(conn.execute(query))


def remove_terms(conn: Connection, terms_id: int, *, who: str, now: datetime) -> None:
    """Remove one row of terms, or raise NotThere. What is posted or frozen already stays."""
    row = conn.execute(select(_TERMS).where(_TERMS.c.id == terms_id).with_for_update()).one_or_none()
    if row is None:
        raise NotThere(f"There are no terms with the id {terms_id}.")
    conn.execute(delete(_TERMS).where(_TERMS.c.id == terms_id))
    before = {"percent": row.percent, "fixed": row.fixed, "currency": row.currency}
    subject = describe(_read(row))
    audit.record(conn, who=who, act="remove", noun="terms", subject=subject, before=before, now=now)


def set_product(
    conn: Connection,
    ref: str,
    *,
    takes_part: bool | None,
    absolute_coupons: bool = True,
    shown_in_desk: bool = False,
    title: str | None = None,
    who: str,
    now: datetime,
) -> bool:
    """Set the switches of a product, known or new; False where nothing differs.

    `takes_part` None leaves it to FIRSTLINE_PRODUCTS_TAKE_PART; `title` None keeps the title.
    """
    ref = _ref(ref, "product")
    values: dict[str, object] = {
        "takes_part": takes_part,
        "absolute_coupons": absolute_coupons,
        "shown_in_desk": shown_in_desk,
    }
    if title is not None:
        values["title"] = title.strip()[:200]
    insert = dialect_insert(_PRODUCT, conn.dialect.name).on_conflict_do_nothing()
    new = conn.execute(
        insert.returning(_PRODUCT.c.ref), {"title": "", **values, "ref": ref, "created_at": now}
    ).scalar()
    if new is not None:
        audit.record(conn, who=who, act="create", noun="product", subject=ref, after=values, now=now)
        return True
    row = conn.execute(select(_PRODUCT).where(_PRODUCT.c.ref == ref).with_for_update()).one()
    before = {name: getattr(row, name) for name in values}
    if not audit.changed(before, values):
        return False
    conn.execute(update(_PRODUCT).where(_PRODUCT.c.ref == ref).values(**values))
    audit.record(
        conn, who=who, act="change", noun="product", subject=ref, before=before, after=values, now=now
    )
    return True


def describe(terms: Terms) -> str:
    """Name a place of terms for the log and for lists."""
    named = (("partner", terms.partner_id), ("product", terms.product_ref), ("category", terms.category))
    places = [f"{what} {name}" for what, name in named if name is not None]
    return f"{' and '.join(places) or 'general'}, level {terms.level}"


def _checked(**values: Any) -> Terms:  # noqa: ANN401 - the fields of Terms
    try:
        terms = Terms(**values)
    except ValueError as error:
        raise BadTerms(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if terms.level > HIGHEST_LEVEL:
        raise BadTerms(f"A level is at most {HIGHEST_LEVEL}.")
    if terms.percent is not None and terms.percent != round(terms.percent, _MOST_DECIMALS):
        raise BadTerms(f"A per cent has at most {_MOST_DECIMALS} decimals.")
    return terms


def _ref(value: str, what: str) -> str:
    try:
        return ref_text(value, what)
    except ValueError as error:
        raise BadTerms(str(error)) from error


def _check_partner(conn: Connection, partner_id: int | None) -> None:
    if partner_id is None:
        return
    since = conn.execute(select(_CONTACT.c.partner_since).where(_CONTACT.c.id == partner_id)).scalar()
    if since is None:
        raise NotThere(f"There is no partner with the id {partner_id}.")


def _place(terms: Terms) -> str:
    place = [terms.partner_id, terms.product_ref, terms.category, terms.level, terms.currency]
    return json.dumps(place, ensure_ascii=False, separators=(",", ":"))


def _at_place(conn: Connection, terms: Terms) -> list[Row[Any]]:
    """Give the rows that stand for the same level at the same place, in any currency."""
    same = [
        _TERMS.c[name].is_not_distinct_from(getattr(terms, name))
        for name in ("partner_id", "product_ref", "category")
    ]
    return list(conn.execute(select(_TERMS).where(_TERMS.c.level == terms.level, *same).with_for_update()))


def _read(row: Row[Any]) -> Terms:
    names = ("level", "percent", "fixed", "currency", "partner_id", "product_ref", "category")
    return Terms(**{name: getattr(row, name) for name in names})
