"""Credit of one order that an admin gives to other partners, or shares among several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from ..domain.portions import Portion, numbered
from ..models import Contact, Document
from . import (
    audit,
    code_portions,
    documents,
    earnings,
    eligibility,
    inbox,
    outbox,
    parts,
    plans,
    recording,
    returns,
)
from .context import Context
from .deals import seats_of
from .documents import Paper
from .mistakes import BadPortions, NotThere
from .recording import Moved

_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
KIND = "credit_shared"
BY_ADMIN = "admin"
"""How an order came to its partners, where an admin has said whose it is."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whose the credit of an order shall be, the main partner first; the same `key` is done once."""

    document_id: int
    portions: tuple[Portion, ...]
    reason: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What became of it: what each partner gets and, below 0, loses; `barred` get nothing, and why."""

    new: bool
    moved: tuple[Moved, ...]
    barred: tuple[tuple[int, str], ...]
    frozen: bool
    """Whether anything was earned by then: without it nothing is posted yet."""


def share_order(ctx: Context, wanted: Wanted, *, who: str) -> Shared:
    """Give the credit of an order to these partners, and post what that changes, once.

    Who keeps a portion keeps seats and terms; what others had is reversed, and what new ones have earned by
    now is posted with the hold of the payment. Raises BadPortions, NotThere.
    """
    paper = _locked(ctx, wanted.document_id)
    code_portions.check(ctx.conn, wanted.portions, wanted.reason)
    ctx = replace(ctx, source=paper.source, told_by=inbox.ADMIN)
    packed = _packed(wanted, paper, who)
    known = inbox.find(ctx, KIND, wanted.key)
    if known is None:
        _refuse_same(paper, wanted.portions)
    call = inbox.record(ctx, KIND, wanted.key, packed, subject_ref=paper.ref, document_id=paper.id)
    if known is None:
        _share(ctx, paper, wanted.portions, call.id)
        _log(ctx, paper, packed, who)
        outbox.flush(ctx)
    elif known.payload["portions"] != packed["portions"]:
        raise BadPortions("key_used", "Something else was done under this key; use another one.")
    return Shared(
        new=known is None,
        moved=recording.moved_by(ctx, call.id),
        barred=_barred(ctx, paper),
        frozen=paper.plan is not None,
    )


def _locked(ctx: Context, document_id: int) -> Paper:
    """Give the order that a document is or belongs to: its parts share its credit."""
    query = select(_DOCUMENT.c.id, _DOCUMENT.c.order_id).where(_DOCUMENT.c.id == document_id)
    row = ctx.conn.execute(query).one_or_none()
    if row is None:
        raise NotThere("There is no such order or invoice.")
    return documents.get(ctx, row.order_id or row.id)


def _packed(wanted: Wanted, paper: Paper, who: str) -> inbox.Json:
    return {
        "portions": [[one.partner_id, one.weight] for one in wanted.portions],
        "before": [[one.partner_id, one.weight] for one in paper.shared],
        "reason": wanted.reason.strip(),
        "who": who,
    }


def _refuse_same(paper: Paper, wanted: Sequence[Portion]) -> None:
    if [(one.partner_id, one.weight) for one in paper.shared] == [
        (one.partner_id, one.weight) for one in wanted
    ]:
        raise BadPortions("unchanged", "The credit is shared so already.")


def _share(ctx: Context, paper: Paper, wanted: Sequence[Portion], call_id: int) -> None:
    if paper.plan is None:
        portions = numbered(wanted, (), -1)
    else:
        portions = numbered(wanted, paper.shared, _last_number(paper))
    paper.change(
        partner_id=portions[0].partner_id,
        portions=documents.pack_portions(portions),
        credit=paper.credit if _is_main(paper, portions) else BY_ADMIN,
    )
    papers = [paper]
    if paper.plan is not None:
        told = returns.unsplit(paper)
        plans.reseat(ctx, paper)
        paper.change(plan={**paper.plan, "numbers": max(portion.number for portion in portions)})
        if told is not None:
            returns.split(paper, told)
        papers = parts.around(ctx, paper)
        parts.divide(papers)
        earnings.earn(ctx, papers, call_id, paid_at=_paid_at(papers))
    for one in papers:
        one.save(ctx)


def _is_main(paper: Paper, portions: Sequence[Portion]) -> bool:
    """Say whether an order stays with the partner whose own code it came by."""
    return bool(paper.credit == "own code" and paper.partner_id == portions[0].partner_id)


def _last_number(paper: Paper) -> int:
    """Give the highest number that any portion of an order has or had."""
    last = int(paper.plan.get("numbers", 0))
    return max([last, *(portion.number for portion in paper.shared)])


def _paid_at(papers: Sequence[Paper]) -> datetime | None:
    """Give from when the hold counts: the last payment that made a document paid in full."""
    moments = [paper.paid_at for paper in papers if paper.paid_at is not None]
    return max(moments, default=None)


def _barred(ctx: Context, paper: Paper) -> tuple[tuple[int, str], ...]:
    """Give who has a portion and gets nothing for it: as it was fixed, or as it stands now."""
    if paper.plan is not None:
        seats = [seat for seat in seats_of(paper.plan) if seat.level == 1]
        return tuple((seat.partner_id, seat.barred) for seat in seats if seat.barred is not None)
    return barred_now(ctx, paper.shared, buyer_id=paper.contact_id)


def barred_now(
    ctx: Context, portions: Sequence[Portion], *, buyer_id: int | None = None
) -> tuple[tuple[int, str], ...]:
    """Give who would get nothing for a portion at this moment, by the one rule of eligibility."""
    ids = [portion.partner_id for portion in portions]
    query = select(_CONTACT.c.id, *eligibility.columns()).where(_CONTACT.c.id.in_(ids))
    bars = {row.id: eligibility.bar_of(row, ctx.now) for row in ctx.conn.execute(query)}
    found = {one: "own order" if one == buyer_id else bars[one] for one in ids}
    return tuple((one, str(why)) for one, why in found.items() if why is not None)


def _log(ctx: Context, paper: Paper, packed: inbox.Json, who: str) -> None:
    audit.record(
        ctx.conn,
        who=who,
        act="share",
        noun="order",
        subject=str(paper.number or paper.ref),
        before={"portions": packed["before"], "reason": None},
        after={"portions": packed["portions"], "reason": packed["reason"]},
        now=ctx.now,
    )
