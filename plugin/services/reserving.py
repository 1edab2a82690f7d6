"""Codes held for a cart before its order is placed: reserved, given back, tied to the cart."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..domain.money import major
from ..errors import TEXTS, Reason, Refused
from ..shop import Quote
from . import applied, candidates, giving_back, quoting, redemption
from .candidates import Candidate
from .carts import CartReader, Holders
from .context import Context


def reserve(ctx: Context, reader: CartReader, holders: Holders, promised: int | None) -> Quote:
    """Hold the codes that wait in a cart; `promised` is the discount in minor units. Raises Refused."""
    return _reserved(ctx, reader, holders, candidates.applied_to(ctx, holders, to_use=True), promised)


def reserve_codes(
    ctx: Context, reader: CartReader, holders: Holders, codes: Sequence[str], promised: int | None
) -> Quote:
    """Hold these codes for a cart and no others; what else waited in it is free. Raises Refused."""
    wanted, unknown = candidates.named(ctx, codes, holders, to_use=True)
    if unknown:
        quote = quoting.to_quote(ctx, quoting.evaluate(ctx, reader, wanted))
        raise Refused(Reason.UNKNOWN, ctx.translate(TEXTS[Reason.UNKNOWN]), quote, quote.codes)
    ids = {candidate.code_id for candidate in wanted}
    drop(ctx, holders, [c for c in candidates.applied_to(ctx, holders) if c.code_id not in ids])
    return _reserved(ctx, reader, holders, wanted, promised)


def _reserved(
    ctx: Context, reader: CartReader, holders: Holders, waiting: Sequence[Candidate], promised: int | None
) -> Quote:
    found = quoting.evaluate(ctx, reader, waiting, placing=True)
    result = quoting.to_quote(ctx, found)
    if found.refused:
        raise Refused(result.reason or Reason.CHANGED, result.message, result, result.codes)
    if promised is not None and result.discount < major(promised, reader.currency):
        message = ctx.translate(TEXTS[Reason.CHANGED])
        raise Refused(Reason.CHANGED, message, result.refused(Reason.CHANGED, message), result.codes)
    purpose = redemption.Purpose(
        order_ref=None,
        contact_id=found.known.id,
        known=found.known,
        holders=holders,
        pins=quoting.pins(reader, found.held),
    )
    redemption.use(ctx, found.held, found.priced, purpose)
    applied.keep(ctx, holders, {candidate.code_id: candidate.came_by for candidate in found.held})
    return result


def drop(ctx: Context, holders: Holders, gone: Collection[Candidate]) -> None:
    """Take codes out of a cart; what is reserved for them is free."""
    if not gone:
        return
    ids = {candidate.code_id for candidate in gone}
    applied.forget(ctx, holders, sorted(ids))
    if holders.claim_key is not None:
        held = redemption.of_cart(ctx, holders.claim_key)
        giving_back.give_back(ctx, [row for row in held if row.code_id in ids])
