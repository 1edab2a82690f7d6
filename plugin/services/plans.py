"""Who earns on a sale and by which terms: found once, then frozen with the document."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, case, literal, or_, select, union_all

from ..domain.clauses import read_clauses
from ..domain.eligibility import bar, was_partner
from ..domain.seats import Link, Seat, seats
from ..domain.terms import Place, Terms
from ..models import CommissionTerms, Contact, Product
from . import campaign_referrals, cap_claims, eligibility
from .context import Context
from .crediting import complete
from .deals import pack_seat, pack_terms, seats_of, unpack_terms
from .documents import Paper
from .inbox import Json
from .terms_rows import in_force

_CONTACT = Contact.__table__
_TERMS = CommissionTerms.__table__
_PRODUCT = Product.__table__
_DEEPEST = 500


def freeze(ctx: Context, paper: Paper) -> Json:
    """Fix who earns and by which terms, for all that will ever be posted of this document."""
    return complete(ctx, paper, _plan(ctx, paper))


def _plan(ctx: Context, paper: Paper, at: datetime | None = None) -> Json:
    rows = _terms_rows(ctx, paper, at or ctx.now) if paper.partner_id is not None else []
    settings = ctx.settings_at(at or ctx.now)
    products = {row.name: row.number for row in rows if row.what == "product"}
    found = [_terms(row) for row in rows if row.what == "terms"]
    default = settings.products_take_part
    refs = {line.product_ref for line in paper.lines}
    absent = sorted(ref for ref in refs if not _takes_part(products.get(ref), default=default))
    levels = max((terms.level for terms in found), default=0)
    above = chains(ctx, [one.partner_id for one in paper.shared]) if levels else {}
    seating = _seating(paper, above, levels)
    seated = {seat.partner_id for seat in seating}
    give_away = settings.give_away_cap
    return {
        "seats": [pack_seat(seat) for seat in seating],
        "terms": [
            pack_terms(terms) for terms in found if terms.partner_id is None or terms.partner_id in seated
        ],
        "absent": absent,
        "products": sorted(refs),
        "campaigns": _campaigns(paper),
        "cap": str(settings.levels_cap),
        "currencies": {
            str(link.contact_id): link.currency
            for chain in above.values()
            for link in chain
            if link.contact_id in seated and link.currency not in {None, paper.currency}
        },
        **({} if give_away is None else _given_away(ctx, paper, give_away)),
    }


def _given_away(ctx: Context, paper: Paper, cap: Decimal) -> Json:
    """Give the cap over all that a sale gives away, with what of it is a kickback."""
    kickback = campaign_referrals.promised(ctx, paper)
    return {"give_away": str(cap), **({"kickback": kickback} if kickback else {})}


def _seating(paper: Paper, above: Mapping[int, Sequence[Link]], levels: int) -> list[Seat]:
    """Seat the chain above everybody who shares the credit, level by level."""
    found: list[Seat] = []
    for place, portion in enumerate(paper.shared):
        found += seats(
            above.get(portion.partner_id, ()),
            levels=levels,
            buyer_id=paper.contact_id,
            own_first=paper.credit == "own code" and place == 0,
            portion=None if paper.portions is None else portion,
        )
    return sorted(found, key=lambda seat: seat.level)


def reseat(ctx: Context, paper: Paper) -> None:
    """After the credit was shared anew: whose portion stays keeps seats and terms, others get their own.

    Terms are those of the moment in which the sale was credited; seats are those of now. What caps leave is
    found anew.
    """
    old: Json = paper.plan
    fresh = _plan(ctx, paper, paper.credited_at)
    weights = {portion.number: portion.weight for portion in paper.shared}
    frozen = {seat.portion for seat in seats_of(old)}
    stays = [replace(seat, weight=weights[seat.portion]) for seat in seats_of(old) if seat.portion in weights]
    comes = [seat for seat in seats_of(fresh) if seat.portion not in frozen]
    seated = {seat.partner_id for seat in comes}
    known = {unpack_terms(packed).place for packed in old["terms"]}
    added = [packed for packed in fresh["terms"] if _is_new(packed, known, seated, whole=not frozen)]
    merged = {
        **old,
        "seats": [pack_seat(seat) for seat in sorted([*stays, *comes], key=lambda seat: seat.level)],
        "terms": [*old["terms"], *added],
        "absent": old["absent"] if frozen else fresh["absent"],
        "currencies": {**fresh["currencies"], **old.get("currencies", {})},
    }
    cap_claims.forget(ctx, paper)
    paper.change(plan=complete(ctx, paper, {name: merged[name] for name in merged if name not in _RECKONED}))
    paper.change(looked_at=None)


_RECKONED = ("limits", "part_limits", "rooms", "claims")


def _is_new(packed: Json, known: Collection[Place], seated: Collection[int], *, whole: bool) -> bool:
    """Say whether terms are added for somebody who comes in; where nobody had a seat before, all are."""
    place = unpack_terms(packed).place
    return place not in known and (whole or packed.get("partner_id") in seated)


def thaw_for_new_lines(ctx: Context, paper: Paper) -> None:
    """After a change of an order: products that are new to it get today's terms, all others keep theirs.

    What caps leave is found anew for the whole order.
    """
    old = paper.plan
    if old is None:
        return
    fresh = _plan(ctx, paper)
    known = set(old["products"])
    added = [
        packed for packed in fresh["terms"] if packed.get("product_ref", "") in set(fresh["products"]) - known
    ]
    merged = {
        **old,
        "terms": [*old["terms"], *added],
        "absent": sorted({*old["absent"], *(set(fresh["absent"]) - known)}),
        "products": sorted(known | set(fresh["products"])),
    }
    if "give_away" in old and "give_away" in fresh:
        merged["kickback"] = fresh.get("kickback", 0)
    paper.change(plan=complete(ctx, paper, merged))


def _campaigns(paper: Paper) -> list[str]:
    """Give the campaigns that the coupons of a sale name, in the order in which they were applied."""
    named = (terms.get("campaign") for _id, _code, terms in paper.sale["coupons"])
    return list(dict.fromkeys(label for label in named if label))


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
        _TERMS.c.campaign,
        _TERMS.c.clauses,
    ).where(
        in_force(bindparam("at")),
        or_(_TERMS.c.product_ref.is_(None), _TERMS.c.product_ref.in_(bindparam("refs", expanding=True))),
        or_(_TERMS.c.campaign.is_(None), _TERMS.c.campaign.in_(bindparam("campaigns", expanding=True))),
        or_(_TERMS.c.currency.is_(None), _TERMS.c.currency == bindparam("currency")),
    ),
    select(
        literal("product"),
        case((_PRODUCT.c.takes_part.is_(None), -1), (_PRODUCT.c.takes_part, 1), else_=0),
        _PRODUCT.c.ref,
        *[literal(None, type_=_TERMS.c[name].type) for name in ("level", "percent", "fixed", "currency")],
        *[
            literal(None, type_=_TERMS.c[name].type)
            for name in ("partner_id", "category", "campaign", "clauses")
        ],
    ).where(_PRODUCT.c.ref.in_(bindparam("refs", expanding=True))),
)


def _terms_rows(ctx: Context, paper: Paper, at: datetime) -> list[Row[Any]]:
    refs = sorted({line.product_ref for line in paper.lines})
    asked = {"refs": refs, "campaigns": _campaigns(paper), "currency": paper.currency, "at": at}
    return list(ctx.conn.execute(_FREEZE, asked))


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
        campaign=row.campaign,
        clauses=read_clauses(row.clauses),
    )


_CHAIN_COLUMNS = ("id", "sponsor_id", *eligibility.NAMES, "parent_commission_until", "payout_currency")


def _walk() -> Any:  # noqa: ANN401 - a compiled query
    columns = [_CONTACT.c[name] for name in _CHAIN_COLUMNS]
    firsts = _CONTACT.c.id.in_(bindparam("firsts", expanding=True))
    start = select(_CONTACT.c.id.label("first"), *columns, literal(0).label("height")).where(firsts)
    up = start.cte("up", recursive=True)
    above = select(up.c.first, *columns, up.c.height + 1).where(
        _CONTACT.c.id == up.c.sponsor_id, up.c.height < _DEEPEST
    )
    walk = up.union_all(above)
    return select(walk).order_by(walk.c.first, walk.c.height)


_CHAIN = _walk()


def chains(ctx: Context, partner_ids: Iterable[int]) -> dict[int, list[Link]]:
    """Give each credited partner and everybody above, with what bars them, in one statement."""
    rows = ctx.conn.execute(_CHAIN, {"firsts": sorted(set(partner_ids))})
    return {first: _links(ctx, list(found)) for first, found in groupby(rows, lambda row: int(row.first))}


def _links(ctx: Context, rows: Sequence[Row[Any]]) -> list[Link]:
    links: list[Link] = []
    ends_at: datetime | None = None
    for row in rows:
        found = bar(eligibility.partnership(row, commission_until=ends_at), ctx.now)
        seated = was_partner(found)
        barred = found.value if found and seated else None
        links.append(Link(contact_id=row.id, is_partner=seated, barred=barred, currency=row.payout_currency))
        if seated:
            ends_at = row.parent_commission_until
    return links
