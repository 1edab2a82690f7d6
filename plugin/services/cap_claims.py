"""What caps leave of a sale, and what it takes of them: claims that returns give back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import and_, bindparam, case, func, or_, select, update

from ..domain import caps
from ..domain.caps import Given, Key, by_terms, give_away_room
from ..domain.clauses import Caps
from ..domain.commission import Share
from ..domain.part_caps import Rooms, limits_of_parts
from ..models import CapClaim
from ..models.base import dialect_insert
from .context import Context
from .deals import Deal, deal_of, pack_limits, unpack_limits
from .documents import Paper
from .inbox import Json
from .terms_rows import place_text

_CLAIM = CapClaim.__table__
_CHANGE_CLAIM = (
    update(_CLAIM)
    .where(
        _CLAIM.c.document_id == bindparam("of_document"),
        _CLAIM.c.partner_id == bindparam("of_partner"),
        _CLAIM.c.place == bindparam("of_place"),
    )
    .values(amount=bindparam("left"))
)


def moment(ctx: Context, paper: Paper) -> datetime:
    """Give when a document was credited, in the shop's zone; one that was not is credited now."""
    at: datetime = paper.credited_at or ctx.now
    return at.astimezone(ctx.settings.zone)


def cap(ctx: Context, paper: Paper, plan: Json, deal: Deal) -> Json:
    """Add to a plan what caps leave of its shares, and claim that of the caps that count."""
    shares = deal.shares()
    capped = by_terms(shares)
    share = plan.get("give_away")
    room = give_away_room(
        deal.lines,
        deal.grosses,
        None if share is None else Decimal(share),
        prices_include_vat=deal.include_vat,
        kickback=plan.get("kickback", 0),
    )
    if not capped and room is None:
        return plan
    at = moment(ctx, paper)
    given = _given(ctx, paper, capped, at)
    cut = caps.limits(shares, given, room)
    plan = {**plan, "limits": pack_limits(cut), "rooms": _pack_rooms(caps.rooms(shares, given), room)}
    claims = _claims(deal.with_frozen(limits=cut).shares())
    return plan if not claims else {**plan, "claims": _claim(ctx, paper, claims, at)}


def _pack_rooms(by_key: Mapping[Key, tuple[int, str]], room: int | None) -> Json:
    packed = [[list(place), partner_id, *left] for (place, partner_id), left in by_key.items()]
    return {"terms": packed, "all": room}


def rooms_of(plan: Json) -> Rooms | None:
    """Read what caps have left of a whole sale; None where it has no caps."""
    if "rooms" not in plan:
        return None
    by_key: dict[Key, tuple[int, str]] = {}
    for (level, *where), partner_id, left, by in plan["rooms"]["terms"]:
        partner, product, category, campaign = where
        by_key[(level, partner, product, category, campaign), partner_id] = left, by
    return Rooms(by_key=by_key, give_away=plan["rooms"]["all"])


def divide(papers: Sequence[Paper]) -> None:
    """Let the parts of an order together stay within its caps, which each by itself could pass by a cent."""
    plan = papers[0].plan
    rooms = None if plan is None else rooms_of(plan)
    if rooms is None:
        return
    whole = {name: value for name, value in plan.items() if name != "part_limits"}
    deals = [deal_of(paper, whole).with_frozen(limits={}) for paper in papers]
    found = limits_of_parts([deal.shares() for deal in deals], unpack_limits(whole.get("limits", {})), rooms)
    for paper, limits in zip(papers, found, strict=True):
        own = {**whole, "part_limits": pack_limits(limits)} if limits else whole
        paper.set(plan=own)


def _claims(shares: Sequence[Share]) -> dict[Key, int]:
    """Give what the terms with caps per partner or customer give each partner on a sale."""
    return {
        key: sum(share.amount for share in of_key)
        for key, of_key in by_terms(shares).items()
        if _counted(of_key[0].terms.clauses.caps)
    }


def _counted(said: Caps | None) -> bool:
    return said is not None and said.counted


def _given(
    ctx: Context, paper: Paper, capped: Mapping[Key, Sequence[Share]], at: datetime
) -> dict[Key, Given]:
    """Add up what terms with caps have given in their periods, in one statement."""
    asked = {
        (key[1], place_text(shares[0].terms.place)): (key, shares[0].terms.clauses.caps)
        for key, shares in capped.items()
    }
    counted = {name: said for name, (_key, said) in asked.items() if said is not None and said.counted}
    if not counted:
        return {}
    of_customer = case((_CLAIM.c.contact_id == paper.contact_id, _CLAIM.c.amount), else_=0)
    places = []
    for (partner_id, place), said in counted.items():
        begin = said.period.begin(at)
        since = () if begin is None else (_CLAIM.c.at >= begin,)
        places.append(and_(_CLAIM.c.partner_id == partner_id, _CLAIM.c.place == place, *since))
    query = (
        select(
            _CLAIM.c.partner_id,
            _CLAIM.c.place,
            func.sum(_CLAIM.c.amount).label("partner"),
            func.sum(of_customer).label("customer"),
        )
        .where(or_(*places), _CLAIM.c.currency == paper.currency, _CLAIM.c.document_id != paper.id)
        .group_by(_CLAIM.c.partner_id, _CLAIM.c.place)
    )
    return {
        asked[row.partner_id, row.place][0]: Given(partner=int(row.partner), customer=int(row.customer))
        for row in ctx.conn.execute(query)
    }


def _claim(ctx: Context, paper: Paper, claims: Mapping[Key, int], at: datetime) -> list[list[object]]:
    """Write what a sale takes of caps."""
    rows = [
        {
            "document_id": paper.id,
            "partner_id": partner_id,
            "place": place_text(place),
            "contact_id": paper.contact_id,
            "currency": paper.currency,
            "amount": amount,
            "at": at,
        }
        for (place, partner_id), amount in claims.items()
    ]
    statement = dialect_insert(_CLAIM, ctx.conn.dialect.name)
    statement = statement.on_conflict_do_update(
        index_elements=list(_CLAIM.primary_key.columns), set_={"amount": statement.excluded.amount}
    )
    ctx.conn.execute(statement, rows)
    return [[row["place"], row["partner_id"], row["amount"]] for row in rows]


def forget(ctx: Context, paper: Paper) -> None:
    """Give back to caps all that a sale has taken, before it is reckoned anew."""
    claims = paper.plan.get("claims", ())
    if claims:
        ctx.conn.execute(
            _CHANGE_CLAIM,
            [
                {"of_document": paper.id, "of_partner": partner_id, "of_place": place, "left": 0}
                for place, partner_id, _amount in claims
            ],
        )


def release(ctx: Context, papers: Sequence[Paper]) -> None:
    """Give back to caps what an order can earn no more, since goods or money went back."""
    root = papers[0]
    if root.plan is None or not root.plan.get("claims"):
        return
    left = claims_left(papers)
    claims = [
        [place, partner_id, left.get((place, partner_id), 0)] for place, partner_id, _ in root.plan["claims"]
    ]
    if claims == root.plan["claims"]:
        return
    root.change(plan={**root.plan, "claims": claims})
    ctx.conn.execute(
        _CHANGE_CLAIM,
        [
            {"of_document": root.id, "of_partner": partner_id, "of_place": place, "left": amount}
            for place, partner_id, amount in claims
        ],
    )


def claims_left(papers: Sequence[Paper]) -> dict[tuple[str, int], int]:
    """Give what the terms with counted caps can give at most on an order, by place and partner."""
    found: dict[tuple[str, int], int] = {}
    for paper in papers:
        deal = deal_of(paper, paper.plan)
        progress = paper.progress
        part = deal.kept(replace(progress, paid=max(progress.paid, progress.total)))
        for share in deal.shares():
            if _counted(share.terms.clauses.caps):
                key = place_text(share.terms.place), share.partner_id
                found[key] = found.get(key, 0) + part.of(share.amount, share.line_key)
    return found
