"""Check the money: documents, payments, postings, accruals and balances."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select

from ..domain.commission import place_of
from ..models import AccountKind, Accrual, Balance, Call, Contact, Document, Outcome, Posting, PostingKind
from . import documents, earnings, exchange, parts
from .checking import Checked, Comparison
from .checking_disputes import check_disputes
from .checking_payouts import check_payouts
from .checking_rates import check_rates
from .checking_statements import check_statements
from .checking_suspicions import check_suspicions
from .checking_terms import OwnSales, check_claims
from .context import Context
from .documents import Paper

_DOCUMENT = Document.__table__
_POSTING = Posting.__table__
_ACCRUAL = Accrual.__table__
_BALANCE = Balance.__table__
_CALL = Call.__table__
_CONTACT = Contact.__table__
_CHUNK = 500
_ACCRUED = (PostingKind.COMMISSION.value, PostingKind.MANUAL.value)
_EXPENSE = AccountKind.EXPENSE.value
_KINDS = (AccountKind.ON_HOLD.value, AccountKind.PAYABLE.value, AccountKind.PAID.value)
Place = tuple[int, str]
"""A document and "level|line", of a shared credit "level.portion|line"."""
Account = tuple[int, str, str]
"""Partner, kind and currency."""


def check_books(ctx: Context) -> list[Checked]:
    """Compare all that concerns money."""
    payments, earned, posted = (
        Comparison("payments = what documents count as paid"),
        Comparison("invoices x terms = commissions kept"),
        Comparison("commissions kept = postings"),
    )
    own_sales = OwnSales()
    for rows in _chunks(ctx):
        ids = [row.id for row in rows]
        brought, sums, waits = _brought(ctx, ids), _posted(ctx, ids), exchange.waiting_of(ctx, ids)
        for row in rows:
            paper, name = Paper(row), f"{row.kind} {row.ref}"
            payments.amount(name, row.currency, computed=brought.get(row.id, 0), kept=row.paid)
            together = Counter(row.kept) + Counter(waits.get(row.id, {}))
            _compare(earned, name, row.currency, _expected(ctx, paper), together)
            _compare(posted, name, row.currency, row.kept, sums.get(row.id, {}))
            own_sales.add(paper, name)
    counted = [own_sales.done(), check_claims(ctx)]
    return [_parts(ctx), payments.done(), earned.done(), posted.done(), *counted, *_ledger(ctx)]


def _ledger(ctx: Context) -> list[Checked]:
    names = {row.id: row.ref for row in ctx.conn.execute(select(_CONTACT.c.id, _CONTACT.c.ref))}
    ledger = [_reversals(ctx), _accruals(ctx), check_rates(ctx), _holds(ctx, names), _balances(ctx, names)]
    held = [check_disputes(ctx), check_suspicions(ctx)]
    return [*ledger, *held, *check_payouts(ctx, names), *check_statements(ctx)]


def _parts(ctx: Context) -> Checked:
    """Divide every order anew that invoices stand for parts of, by what was told of it."""
    comparison = Comparison("orders = their rest and their invoices")
    of_orders = select(_DOCUMENT).where(_DOCUMENT.c.order_id.is_not(None)).order_by(_DOCUMENT.c.order_id)
    for order_id, found in groupby(ctx.conn.execute(of_orders).all(), lambda row: int(row.order_id)):
        order, rows = ctx.conn.execute(select(_DOCUMENT).where(_DOCUMENT.c.id == order_id)).one(), list(found)
        kept, computed = ([Paper(order), *documents.by_ref(rows)] for _ in range(2))
        parts.divide(computed)
        for was, now in zip(kept, computed, strict=True):
            name, currency = f"{was.kind} {was.ref}", was.currency
            comparison.amount(name, currency, computed=now.total, kept=was.total)
            for told in ("returned", "given_back", "sale"):
                comparison.states(
                    f"{name}, {told}", computed=str(getattr(now, told)), kept=str(getattr(was, told))
                )
    return comparison.done()


def _chunks(ctx: Context) -> Iterator[Sequence[Row[Any]]]:
    last = 0
    query = select(_DOCUMENT).order_by(_DOCUMENT.c.id).limit(_CHUNK)
    while rows := ctx.conn.execute(query.where(_DOCUMENT.c.id > last)).all():
        yield rows
        last = rows[-1].id


def _expected(ctx: Context, paper: Paper) -> Mapping[str, int]:
    """Give what is earned; a document that was paid without its terms being frozen stands out."""
    if paper.paid > 0 and paper.plan is None:
        return {"paid, but nothing was worked out": 1}
    return earnings.expected(ctx, paper)


def _compare(
    comparison: Comparison, name: str, currency: str, computed: Mapping[str, int], kept: Mapping[str, int]
) -> None:
    for place in sorted({*computed, *kept}):
        level, _, line = place.partition("|")
        subject = f"{name}, line {line}, level {level}" if line else f"{name}: {place}"
        comparison.amount(subject, currency, computed=computed.get(place, 0), kept=kept.get(place, 0))


def _brought(ctx: Context, ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(_CALL.c.document_id, func.sum(_CALL.c.amount))
        .where(
            _CALL.c.document_id.in_(ids),
            _CALL.c.kind == "invoice_paid",
            _CALL.c.outcome == Outcome.DONE.value,
        )
        .group_by(_CALL.c.document_id)
    )
    return {document_id: int(amount or 0) for document_id, amount in ctx.conn.execute(query)}


def _posted(ctx: Context, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    where = (_POSTING.c.level, _POSTING.c.line_key, _POSTING.c.portion)
    keys = (_POSTING.c.document_id, *where, _POSTING.c.kind)
    query = (
        select(*keys, func.sum(_POSTING.c.amount))
        .where(
            _POSTING.c.document_id.in_(ids),
            _POSTING.c.level.is_not(None),
            _POSTING.c.original_amount.is_(None),
            _POSTING.c.kind.in_((PostingKind.COMMISSION.value, PostingKind.REVERSAL.value)),
        )
        .group_by(*keys)
    )
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for document_id, level, line, portion, kind, amount in ctx.conn.execute(query):
        sign = 1 if kind == PostingKind.COMMISSION.value else -1
        found[document_id][place_of(level, line, portion)] += sign * int(amount)
    for document_id, level, line, portion, amount in ctx.conn.execute(_converted_of(ids)):
        found[document_id][place_of(level, line, portion)] += int(amount)
    return found


def _converted_of(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """Give what is kept of converted commissions, in the currency of the sale."""
    keys = (_ACCRUAL.c.document_id, _ACCRUAL.c.level, _ACCRUAL.c.line_key, _ACCRUAL.c.portion)
    left = func.sum(_ACCRUAL.c.original_amount - _ACCRUAL.c.original_reversed)
    mine = (_ACCRUAL.c.document_id.in_(ids), _ACCRUAL.c.original_amount.is_not(None))
    return select(*keys, left).where(*mine).group_by(*keys)


def _reversals(ctx: Context) -> Checked:
    """Compare what an accrual says is reversed with the reversals that name it."""
    reversals = (
        select(
            _POSTING.c.reverses_call_id.label("call_id"),
            _POSTING.c.reverses_seq.label("seq"),
            func.sum(_POSTING.c.amount).label("amount"),
        )
        .where(_POSTING.c.kind == PostingKind.REVERSAL.value)
        .group_by(_POSTING.c.reverses_call_id, _POSTING.c.reverses_seq)
        .subquery()
    )
    named = and_(reversals.c.call_id == _ACCRUAL.c.call_id, reversals.c.seq == _ACCRUAL.c.seq)
    query = select(
        _ACCRUAL.c.call_id, _ACCRUAL.c.seq, _ACCRUAL.c.currency, _ACCRUAL.c.reversed, reversals.c.amount
    ).outerjoin_from(_ACCRUAL, reversals, named)
    comparison = Comparison("reversals = what accruals count as reversed")
    for row in ctx.conn.execute(query):
        comparison.amount(
            f"accrual {row.call_id}/{row.seq}",
            row.currency,
            computed=int(row.amount or 0),
            kept=abs(row.reversed),
        )
    return comparison.done()


def _accruals(ctx: Context) -> Checked:
    """Compare every commission posting with its accrual, in both directions."""
    same = and_(_ACCRUAL.c.call_id == _POSTING.c.call_id, _ACCRUAL.c.seq == _POSTING.c.seq)
    copied = [
        _ACCRUAL.c[name].is_not_distinct_from(_POSTING.c[name])
        for name in ("partner_id", "currency", "document_id", "line_key", "level", "portion")
    ]
    amount = case((_POSTING.c.destination == _EXPENSE, -_POSTING.c.amount), else_=_POSTING.c.amount)
    query = (
        select(
            _POSTING.c.call_id,
            _POSTING.c.seq,
            _POSTING.c.currency,
            amount.label("amount"),
            _ACCRUAL.c.amount.label("accrued"),
            and_(*copied).label("alike"),
        )
        .outerjoin_from(_POSTING, _ACCRUAL, same)
        .where(or_(_POSTING.c.kind.in_(_ACCRUED), _ACCRUAL.c.call_id.is_not(None)))
    )
    comparison = Comparison("commission postings = accruals")
    for row in ctx.conn.execute(query):
        kept = int(row.accrued or 0) if row.alike else 0
        comparison.amount(f"posting {row.call_id}/{row.seq}", row.currency, computed=row.amount, kept=kept)
    return comparison.done()


def _holds(ctx: Context, names: Mapping[int, str | None]) -> Checked:
    """Compare accruals that are still on hold with the balances on hold."""
    left = func.sum(_ACCRUAL.c.amount - _ACCRUAL.c.reversed)
    query = (
        select(_ACCRUAL.c.partner_id, _ACCRUAL.c.currency, left)
        .where(_ACCRUAL.c.released_at.is_(None))
        .group_by(_ACCRUAL.c.partner_id, _ACCRUAL.c.currency)
    )
    on_hold = AccountKind.ON_HOLD.value
    computed = {(partner, on_hold, currency): int(s) for partner, currency, s in ctx.conn.execute(query)}
    kept = {account: amount for account, amount in _kept(ctx).items() if account[1] == on_hold}
    return _accounts("accruals on hold = balances on hold", names, computed, kept)


def _balances(ctx: Context, names: Mapping[int, str | None]) -> Checked:
    """Compare the sums of postings with the balances of every account."""
    computed: dict[Account, int] = defaultdict(int)
    for side, sign in ((_POSTING.c.destination, 1), (_POSTING.c.origin, -1)):
        keys = (_POSTING.c.partner_id, side, _POSTING.c.currency)
        query = select(*keys, func.sum(_POSTING.c.amount)).where(side.in_(_KINDS)).group_by(*keys)
        for partner_id, kind, currency, amount in ctx.conn.execute(query):
            computed[partner_id, kind, currency] += sign * int(amount)
    return _accounts("postings = balances", names, computed, _kept(ctx))


def _kept(ctx: Context) -> dict[Account, int]:
    keys = (_BALANCE.c.partner_id, _BALANCE.c.kind, _BALANCE.c.currency)
    query = select(*keys, func.sum(_BALANCE.c.amount)).group_by(*keys)
    return {(partner, kind, currency): int(s) for partner, kind, currency, s in ctx.conn.execute(query)}


def _accounts(
    name: str, names: Mapping[int, str | None], computed: Mapping[Account, int], kept: Mapping[Account, int]
) -> Checked:
    comparison = Comparison(name)
    for account in sorted({*computed, *kept}):
        partner_id, kind, currency = account
        subject = f"partner {names.get(partner_id) or f'#{partner_id}'}, {kind.replace('_', ' ')}"
        comparison.amount(subject, currency, computed=computed.get(account, 0), kept=kept.get(account, 0))
    return comparison.done()
