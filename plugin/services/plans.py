"""Who earns on a sale and by which terms: found once, then frozen with the document."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, bindparam, case, literal, or_, select, union_all

from ..domain.commission import Link, SaleLine, Seat, Share, plan, seats
from ..domain.eligibility import bar, was_partner
from ..domain.terms import Terms, TermsBook
from ..models import CommissionTerms, Contact, Product
from . import eligibility
from .context import Context
from .documents import Paper
from .inbox import Json

_CONTACT = Contact.__table__
_TERMS = CommissionTerms.__table__
_PRODUCT = Product.__table__
_DEEPEST = 500


def frozen_shares(ctx: Context, paper: Paper) -> tuple[list[SaleLine], tuple[Share, ...]]:
    """Give the lines of a document and the shares by the seats and terms frozen with it."""
    frozen = paper.plan
    absent = set(frozen["absent"])
    lines = [replace(line, takes_part=line.product_ref not in absent) for line in paper.lines]
    seating = [Seat(level=level, partner_id=partner, barred=why) for level, partner, why in frozen["seats"]]
    book = TermsBook([_unpack_terms(packed) for packed in frozen["terms"]], currency=paper.currency)
    shares = plan(
        lines,
        paper.grosses,
        seating,
        book,
        prices_include_vat=paper.sale["include_vat"],
        levels_cap=Decimal(frozen["cap"]),
    )
    return lines, shares


def freeze(ctx: Context, paper: Paper) -> Json:
    """Fix who earns and by which terms, for all that will ever be posted of this document."""
    rows = _terms_rows(ctx, paper) if paper.partner_id is not None else []
    products = {row.name: row.number for row in rows if row.what == "product"}
    found = [_terms(row) for row in rows if row.what == "terms"]
    default = ctx.settings.products_take_part
    refs = {line.product_ref for line in paper.lines}
    absent = sorted(ref for ref in refs if not _takes_part(products.get(ref), default=default))
    levels = max((terms.level for terms in found), default=0)
    chain = _chain(ctx, paper.partner_id) if levels else []
    seating = seats(chain, levels=levels, buyer_id=paper.contact_id, own_first=paper.credit == "own code")
    seated = {seat.partner_id for seat in seating}
    return {
        "seats": [[seat.level, seat.partner_id, seat.barred] for seat in seating],
        "terms": [
            _pack_terms(terms) for terms in found if terms.partner_id is None or terms.partner_id in seated
        ],
        "absent": absent,
        "products": sorted(refs),
        "cap": str(ctx.settings.levels_cap),
    }


def thaw_for_new_lines(ctx: Context, paper: Paper) -> None:
    """After a change of an order: products that are new to it get today's terms, all others keep theirs."""
    old = paper.plan
    if old is None:
        return
    fresh = freeze(ctx, paper)
    known = set(old["products"])
    added = [
        packed for packed in fresh["terms"] if packed.get("product_ref", "") in set(fresh["products"]) - known
    ]
    paper.change(
        plan={
            **old,
            "terms": [*old["terms"], *added],
            "absent": sorted({*old["absent"], *(set(fresh["absent"]) - known)}),
            "products": sorted(known | set(fresh["products"])),
        }
    )


def _takes_part(switch: int | None, *, default: bool) -> bool:
    return default if switch is None or switch < 0 else bool(switch)


_FREEZE = union_all(
    select(
        literal("terms").label("what"),
        _TERMS.c.id.label("number"),
        _TERMS.c.product_ref.label("name"),
        _TERMS.c.level,
        _TERMS.c.percent,
        _TERMS.c.fixed,
        _TERMS.c.currency,
        _TERMS.c.partner_id,
        _TERMS.c.category,
    ).where(
        or_(_TERMS.c.product_ref.is_(None), _TERMS.c.product_ref.in_(bindparam("refs", expanding=True))),
        or_(_TERMS.c.currency.is_(None), _TERMS.c.currency == bindparam("currency")),
    ),
    select(
        literal("product"),
        case((_PRODUCT.c.takes_part.is_(None), -1), (_PRODUCT.c.takes_part, 1), else_=0),
        _PRODUCT.c.ref,
        *[literal(None, type_=_TERMS.c[name].type) for name in ("level", "percent", "fixed", "currency")],
        *[literal(None, type_=_TERMS.c[name].type) for name in ("partner_id", "category")],
    ).where(_PRODUCT.c.ref.in_(bindparam("refs", expanding=True))),
)


def _terms_rows(ctx: Context, paper: Paper) -> list[Row[Any]]:
    refs = sorted({line.product_ref for line in paper.lines})
    return list(ctx.conn.execute(_FREEZE, {"refs": refs, "currency": paper.currency}))


def _terms(row: Row[Any]) -> Terms:
    return Terms(
        id=row.number,
        level=row.level,
        percent=row.percent,
        fixed=row.fixed,
        currency=row.currency,
        partner_id=row.partner_id,
        product_ref=row.name,
        category=row.category,
    )


_TERMS_FIELDS = ("id", "level", "fixed", "currency", "partner_id", "product_ref", "category")


def _pack_terms(terms: Terms) -> Json:
    packed: Json = {name: getattr(terms, name) for name in _TERMS_FIELDS}
    packed["percent"] = None if terms.percent is None else str(terms.percent)
    return {name: value for name, value in packed.items() if value is not None}


def _unpack_terms(packed: Json) -> Terms:
    percent = packed.get("percent")
    return Terms(**{**packed, "percent": None if percent is None else Decimal(percent)})


_CHAIN_COLUMNS = ("id", "sponsor_id", *eligibility.NAMES, "parent_commission_until")


def _walk() -> Any:  # noqa: ANN401 - a compiled query
    columns = [_CONTACT.c[name] for name in _CHAIN_COLUMNS]
    start = select(*columns, literal(0).label("height")).where(_CONTACT.c.id == bindparam("first"))
    up = start.cte("up", recursive=True)
    above = select(*columns, up.c.height + 1).where(_CONTACT.c.id == up.c.sponsor_id, up.c.height < _DEEPEST)
    walk = up.union_all(above)
    return select(walk).order_by(walk.c.height)


_CHAIN = _walk()


def _chain(ctx: Context, partner_id: int) -> list[Link]:
    """Give the credited partner and everybody above, with what bars them."""
    links: list[Link] = []
    ends_at: datetime | None = None
    for row in ctx.conn.execute(_CHAIN, {"first": partner_id}):
        found = bar(eligibility.partnership(row, commission_until=ends_at), ctx.now)
        seated = was_partner(found)
        links.append(
            Link(contact_id=row.id, is_partner=seated, barred=found.value if found and seated else None)
        )
        if seated:
            ends_at = row.parent_commission_until
    return links
