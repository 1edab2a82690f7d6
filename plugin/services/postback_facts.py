"""What postbacks tell: the postings of a call as each partner's own sales, commissions and payouts.

Nothing of it names a customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, or_, select

from ..domain.money import major
from ..domain.postback import Told
from ..models import AccountKind, Accrual, Contact, Payout, PayoutRun, Posting, PostingKind, WebhookEndpoint
from . import eligibility, outbox, webhook_calls
from .context import Context
from .postback_origins import Origins

POSTED = "posted"
"""The topic of postings that no other row of the outbox tells of."""
_ENDPOINT = WebhookEndpoint.__table__
_CONTACT = Contact.__table__
_POSTING = Posting.__table__
_ACCRUAL = Accrual.__table__
_PAYOUT = Payout.__table__
_RUN = PayoutRun.__table__
_BY_KIND = {
    PostingKind.PAYOUT.value: Told.PAID,
    PostingKind.PAYOUT_BACK.value: Told.RETURNED,
    PostingKind.HOLD_BACK.value: Told.HELD,
}
_BY_DESTINATION = {
    AccountKind.EXPENSE.value: Told.REVERSED,
    AccountKind.ON_HOLD.value: Told.PENDING,
    AccountKind.PAYABLE.value: Told.PAYABLE,
}
Json = Mapping[str, Any]


def note(ctx: Context, call_id: int) -> None:
    """Let the worker tell of what a call has posted."""
    outbox.put(ctx.conn, POSTED, {"call_id": call_id}, now=ctx.now)


def follow(ctx: Context, payload: Json) -> None:
    """Write down what the postbacks of partners tell of the postings of a call, once each."""
    if "call_id" not in payload or not ctx.settings.postbacks:
        return
    call_id = int(payload["call_id"])
    hearing = _hearing(ctx, call_id)
    if not hearing:
        return
    groups = _groups(_postings(ctx, call_id, hearing))
    origins = Origins(ctx, {(rows[0].partner_id, rows[0].document_id) for rows in groups})
    payouts = _payouts(ctx, call_id) if any(_told(rows[0]) in _OF_PAYOUT for rows in groups) else {}
    for rows in groups:
        _tell(ctx, hearing[rows[0].partner_id], rows, origins, payouts)


_OF_PAYOUT = (Told.PAID, Told.RETURNED)


def _hearing(ctx: Context, call_id: int) -> dict[int, list[Row[Any]]]:
    """Give the postbacks that are on of the partners about whom a call has posted."""
    posted = select(_POSTING.c.partner_id).where(_POSTING.c.call_id == call_id)
    query = (
        select(_ENDPOINT.c.id, _ENDPOINT.c.partner_id, _ENDPOINT.c.events, *eligibility.columns())
        .join(_CONTACT, _CONTACT.c.id == _ENDPOINT.c.partner_id)
        .where(_ENDPOINT.c.partner_id.in_(posted), _ENDPOINT.c.active, _ENDPOINT.c.removed_at.is_(None))
        .order_by(_ENDPOINT.c.id)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in ctx.conn.execute(query):
        if eligibility.bar_of(row, ctx.now) is None:
            found[row.partner_id].append(row)
    return dict(found)


def _postings(ctx: Context, call_id: int, partners: Iterable[int]) -> Sequence[Row[Any]]:
    own = and_(_ACCRUAL.c.call_id == _POSTING.c.call_id, _ACCRUAL.c.seq == _POSTING.c.seq)
    query = (
        select(_POSTING, _ACCRUAL.c.payable_at)
        .join(_ACCRUAL, own, isouter=True)
        .where(_POSTING.c.call_id == call_id, _POSTING.c.partner_id.in_(list(partners)))
        .order_by(_POSTING.c.seq)
    )
    return ctx.conn.execute(query).all()


def _told(row: Row[Any]) -> Told:
    return _BY_KIND.get(row.kind) or _BY_DESTINATION[row.destination]


def _groups(rows: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    """Put together what is one fact to its partner: of one order, of one kind, in one currency."""
    found: dict[tuple[Any, ...], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.partner_id, _told(row), row.document_id, row.currency].append(row)
    return list(found.values())


def _payouts(ctx: Context, call_id: int) -> dict[tuple[int, str], int]:
    """Give the numbers of the payouts that a call has posted, or taken back."""
    query = select(_PAYOUT.c.id, _PAYOUT.c.partner_id, _PAYOUT.c.currency).join(
        _RUN, _RUN.c.id == _PAYOUT.c.run_id
    )
    mine = or_(_RUN.c.call_id == call_id, _PAYOUT.c.failed_call_id == call_id)
    return {(row.partner_id, row.currency): row.id for row in ctx.conn.execute(query.where(mine))}


def _tell(
    ctx: Context,
    hearing: Sequence[Row[Any]],
    rows: Sequence[Row[Any]],
    origins: Origins,
    payouts: Mapping[tuple[int, str], int],
) -> None:
    first = rows[0]
    told = _told(first)
    paid = payouts.get((first.partner_id, first.currency), "") if told in _OF_PAYOUT else ""
    data = {**_amounts(rows), "payout": paid, **origins.of(first.partner_id, first.document_id)}
    for endpoint in hearing:
        if told.value in endpoint.events:
            once = f"postback {endpoint.id} {first.call_id}-{first.seq}"
            webhook_calls.call(ctx, endpoint.id, told.value, data, key=once)
        if _is_sale(first) and Told.SALE.value in endpoint.events:
            once = f"postback {endpoint.id} sale {first.document_id}"
            webhook_calls.call(ctx, endpoint.id, Told.SALE.value, data, key=once)


def _is_sale(row: Row[Any]) -> bool:
    """Say whether a posting is what the seller earns; partners above have sold nothing."""
    return bool(row.kind == PostingKind.COMMISSION.value and row.level == 1)


def _amounts(rows: Sequence[Row[Any]]) -> dict[str, object]:
    first = rows[0]
    due = max((row.payable_at for row in rows if row.payable_at is not None), default=None)
    return {
        "amount": str(major(sum(row.amount for row in rows), first.currency)),
        "currency": first.currency,
        "level": first.level if len({row.level for row in rows} - {None}) == 1 else "",
        "postings": [
            {
                "id": f"{row.call_id}-{row.seq}",
                "amount": str(major(row.amount, row.currency)),
                "level": row.level,
            }
            for row in rows
        ],
        **({} if due is None else {"payable_at": due.isoformat()}),
    }
