"""What is found out once, when a sale is credited: tiers reached, payments counted, what caps leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from ..domain.clauses import Span
from ..domain.commission import Hit
from ..domain.figures import Payment, Standing, figures, offsets
from ..models import Contact, Document, Subscription
from ..models.base import dialect_insert
from . import cap_claims
from .context import Context
from .deals import deal_of, pack_figure
from .documents import Paper
from .inbox import Json

_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_SUBSCRIPTION = Subscription.__table__
_PERIODS = (Span.MONTH, Span.QUARTER, Span.YEAR, Span.EVER)


def complete(ctx: Context, paper: Paper, plan: Json) -> Json:
    """Add to a new plan what its tiers, recurring payments and caps need; plain terms need nothing.

    Figures that the plan has already stay as they are.
    """
    if paper.sale.get("recurring") is not None and "payments" not in plan and plan["seats"]:
        plan = {**plan, "payments": _count_payments(ctx, paper)}
    if "give_away" not in plan and not any("clauses" in terms for terms in plan["terms"]):
        return plan
    deal = deal_of(paper, plan)
    found = deal.hits()
    _lock(ctx, found)
    made = figures(
        found,
        offsets(deal.lines, deal.grosses, prices_include_vat=deal.include_vat),
        _standing(ctx, paper, plan, found),
    )
    made = {**made, **deal.frozen.figures}
    deal = deal.with_frozen(figures=made, limits={})
    if made:
        plan = {**plan, "figures": {place: pack_figure(figure) for place, figure in made.items()}}
    return cap_claims.cap(ctx, paper, plan, deal)


def _lock(ctx: Context, found: Sequence[Hit]) -> None:
    """Let one sale after the other be credited to partners whose earlier sales count for it."""
    partners = {
        hit.seat.partner_id
        for hit in found
        if _period_tier(hit) or (hit.terms.clauses.caps is not None and hit.terms.clauses.caps.counted)
    }
    if partners:
        query = select(_CONTACT.c.id).where(_CONTACT.c.id.in_(sorted(partners))).order_by(_CONTACT.c.id)
        ctx.conn.execute(query.with_for_update(key_share=True)).all()


def _period_tier(hit: Hit) -> bool:
    tiers = hit.terms.clauses.tiers
    return tiers is not None and tiers.by is not Span.ORDER


def _standing(ctx: Context, paper: Paper, plan: Json, found: Sequence[Hit]) -> Standing:
    asked = {
        (hit.seat.partner_id, hit.terms.clauses.tiers.by)
        for hit in found
        if hit.terms.clauses.tiers is not None and _period_tier(hit)
    }
    at = cap_claims.moment(ctx, paper)
    return Standing(
        at=at,
        sellers={portion.partner_id: portion.weight for portion in paper.shared},
        sums=_sums(ctx, paper, asked, at) if asked else {},
        payments=payments_of(plan),
    )


def payments_of(plan: Json) -> dict[str, Payment]:
    """Give the payments of subscriptions that a plan has counted, by product, "" for all."""
    return {
        product: Payment(number=number, first_at=datetime.fromisoformat(first_at))
        for product, (number, first_at) in plan.get("payments", {}).items()
    }


def _sums(
    ctx: Context, paper: Paper, asked: Iterable[tuple[int, Span]], at: datetime
) -> dict[tuple[int, Span], int]:
    """Add up the own sales of partners in each period before this one, in one statement."""
    asked = set(asked)
    begins = {span: span.begin(at) for span in _PERIODS}
    earliest = [begins[span] for _partner, span in asked]
    since = () if None in earliest else (min(begin for begin in earliest if begin is not None),)
    partners = sorted({partner for partner, _span in asked})
    counted = [
        _DOCUMENT.c.currency == paper.currency,
        _DOCUMENT.c.credited_at.is_not(None),
        _not_of(paper),
        *(_DOCUMENT.c.credited_at >= begin for begin in since),
    ]
    own = own_sales_of(partners, counted, ctx.conn.dialect.name).subquery("own")
    sums = [
        func.coalesce(
            func.sum(own.c.sold if begin is None else case((own.c.at >= begin, own.c.sold), else_=0)), 0
        ).label(span.value)
        for span, begin in begins.items()
    ]
    query = select(own.c.partner_id, *sums).group_by(own.c.partner_id)
    rows = {row.partner_id: row for row in ctx.conn.execute(query)}
    return {
        (partner, span): int(getattr(rows[partner], span.value)) if partner in rows else 0
        for partner, span in asked
    }


def own_sales_of(
    partners: Sequence[int] | None, counted: Sequence[ColumnElement[bool]], dialect: str
) -> CompoundSelect[Any]:
    """Ask for the own sales of partners (None: all), those by portions too, as rows of columns.

    They are partner, amount, currency and moment.
    """
    values, partner_id, sold = _portion_columns(dialect)
    more = (_DOCUMENT.c.currency, _DOCUMENT.c.credited_at.label("at"))
    own = select(_DOCUMENT.c.partner_id, _DOCUMENT.c.own_sales.label("sold"), *more).where(*counted)
    shared = (
        select(partner_id.label("partner_id"), sold.label("sold"), *more)
        .select_from(_DOCUMENT.join(values, literal(value=True)))
        .where(_DOCUMENT.c.portions.is_not(None), sold > 0, *counted)
    )
    if partners is None:
        return union_all(own.where(_DOCUMENT.c.partner_id.is_not(None)), shared)
    mine = _DOCUMENT.c.partner_id.in_(partners)
    return union_all(own.where(mine), shared.where(partner_id.in_(partners)))


def _portion_columns(dialect: str) -> tuple[FromClause, ColumnElement[int], ColumnElement[int]]:
    """Give the portions of a document as rows, with the columns of partner and own sales."""
    packed = type_coerce(_DOCUMENT.c.portions, Text)
    if dialect == "postgresql":
        values = func.json_array_elements(cast(packed, JSON)).table_valued(column("value", JSON)).lateral()
        first, last = (cast(values.c.value.op("->>")(place), BigInteger) for place in (0, 3))
        return values, first, last
    values = func.json_each(packed).table_valued("value")
    texts = [func.json_extract(values.c.value, f"$[{place}]") for place in (0, 3)]
    return values, type_coerce(texts[0], BigInteger), type_coerce(texts[1], BigInteger)


def _not_of(paper: Paper) -> Any:  # noqa: ANN401 - a condition
    return and_(
        _DOCUMENT.c.id != paper.id, or_(_DOCUMENT.c.order_id.is_(None), _DOCUMENT.c.order_id != paper.id)
    )


def _count_payments(ctx: Context, paper: Paper) -> dict[str, list[object]]:
    """Count this payment of a subscription, or of the customer's subscriptions to each product."""
    recurring = paper.sale["recurring"]
    if recurring["ref"] is not None:
        keys = {"": f"ref {ctx.source} {recurring['ref']}"}
    else:
        who = paper.contact_id if paper.contact_id is not None else f"document {paper.id}"
        keys = {ref: f"customer {who} {ref}" for ref in sorted({line.product_ref for line in paper.lines})}
    statement = dialect_insert(_SUBSCRIPTION, ctx.conn.dialect.name)
    upsert = statement.on_conflict_do_update(
        index_elements=[_SUBSCRIPTION.c.key], set_={"payments": _SUBSCRIPTION.c.payments + 1}
    ).returning(_SUBSCRIPTION.c.key, _SUBSCRIPTION.c.payments, _SUBSCRIPTION.c.first_at)
    rows = [{"key": key, "payments": 1, "first_at": ctx.now} for key in sorted(keys.values())]
    counted = {row.key: row for row in ctx.conn.execute(upsert, rows)}
    return {
        product: [counted[key].payments, counted[key].first_at.isoformat()] for product, key in keys.items()
    }
