"""The codes of rewards and of promoters: drawn at random, on coupons that are made when they are needed."""

from __future__ import annotations

from sqlalchemy import update

from ..domain.codes import generate
from ..domain.reward import RewardTerms
from ..models import Code
from . import audit, codes, coupons
from .context import Context
from .mistakes import CodeRefused, Mistake, NameTaken

WHO = "campaigns"
"""Who is named in the log for what the worker does."""
_CODE = Code.__table__
_TRIES = 8
_SIGNS = 10


def make(ctx: Context, terms: RewardTerms, holder_id: int) -> int:
    """Make a code for one person, good once, and give its id."""
    return draw(
        ctx,
        _coupon(ctx, terms),
        holder_id=holder_id,
        credit=terms.amount if terms.coupon().pays else None,
        terms=terms,
    )


def draw(
    ctx: Context,
    coupon_id: int,
    *,
    owner_id: int | None = None,
    holder_id: int | None = None,
    credit: int | None = None,
    terms: RewardTerms | None = None,
) -> int:
    """Make a code of random signs: one of a reward where its terms are given, else one to be shared."""
    for _ in range(_TRIES):
        try:
            return codes.create_code(
                ctx.conn,
                generate(1, length=_SIGNS)[0],
                coupon_id=coupon_id,
                owner_id=owner_id,
                holder_id=holder_id,
                max_uses=None if terms is None or credit is not None else 1,
                credit=credit,
                valid_until=None if terms is None else terms.until(ctx.now),
                who=WHO,
                now=ctx.now,
            )
        except CodeRefused:
            continue
    raise Mistake("No code could be drawn; try again.")


def _coupon(ctx: Context, terms: RewardTerms) -> int:
    """Give the coupon of these terms; the first reward makes it."""
    wanted = terms.coupon()
    found = coupons.find_coupon(ctx.conn, wanted.name)
    if found is not None:
        return int(found.id)
    try:
        return coupons.create_coupon(ctx.conn, wanted, who=WHO, now=ctx.now)
    except NameTaken:
        return int(coupons.get_coupon_by_name(ctx.conn, wanted.name).id)


def end(ctx: Context, code_id: int) -> None:
    """Let a code be used no more, in one statement: a lock before it would wait for who is redeeming it."""
    off = update(_CODE).where(_CODE.c.id == code_id, _CODE.c.active).values(active=False)
    if ctx.conn.execute(off).rowcount == 1:
        name = str(codes.get_code(ctx.conn, code_id).display)
        audit.record(ctx.conn, who=WHO, act="switch off", noun="code", subject=name, now=ctx.now)
