"""Post what partners earn: commissions, reversals, and the moves from on hold to payable."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, case, insert, literal, or_, select, union_all, update

from ..config import HoldFrom
from ..domain.commission import Link, SaleLine, Seat, Share, kept, plan, seats
from ..domain.money import major
from ..domain.terms import Terms, TermsBook
from ..models import AccountKind, Accrual, Balance, CommissionTerms, Contact, Posting, PostingKind, Product
from ..models.base import Insert, dialect_insert
from . import contacts, inbox
from .context import Context
from .documents import Paper
from .inbox import Json

_CONTACT = Contact.__table__
_TERMS = CommissionTerms.__table__
_PRODUCT = Product.__table__
_ACCRUAL = Accrual.__table__
_BALANCE = Balance.__table__
_DEEPEST = 500
_POST = insert(Posting.__table__)
_ACCRUE = insert(_ACCRUAL)
_REVERSED = (
    update(_ACCRUAL)
    .where(_ACCRUAL.c.call_id == bindparam("of_call"), _ACCRUAL.c.seq == bindparam("of_seq"))
    .values(reversed=_ACCRUAL.c.reversed + bindparam("back"))
)
_RELEASED = (
    update(_ACCRUAL)
    .where(
        _ACCRUAL.c.call_id == bindparam("of_call"),
        _ACCRUAL.c.seq == bindparam("of_seq"),
        _ACCRUAL.c.released_at.is_(None),
    )
    .values(released_at=bindparam("released"))
)
_OPEN_OF = (
    select(_ACCRUAL)
    .where(_ACCRUAL.c.document_id == bindparam("of_document"), _ACCRUAL.c.reversed < _ACCRUAL.c.amount)
    .order_by(_ACCRUAL.c.call_id, _ACCRUAL.c.seq)
    .with_for_update()
)
_ADD = (
    update(_BALANCE)
    .where(
        _BALANCE.c.partner_id == bindparam("of_partner"),
        _BALANCE.c.kind == bindparam("of_kind"),
        _BALANCE.c.currency == bindparam("of_currency"),
        _BALANCE.c.shard == 0,
    )
    .values(amount=_BALANCE.c.amount + bindparam("more"))
)
Account = tuple[int, str, str]
"""Partner, kind and currency."""


def earn(ctx: Context, paper: Paper, call_id: int, *, paid_at: datetime | None = None) -> None:
    """Post the difference between what is earned now and what was posted; `paper` is saved by the caller.

    The hold counts from `paid_at`, where the payment was not made just now.
    """
    if not paper.is_paid and not paper.kept:
        return
    if paper.plan is None:
        paper.change(plan=_freeze(ctx, paper))
    lines, shares = frozen_shares(ctx, paper)
    part = kept(lines, paper.grosses, paper.progress)
    wanted = {_place(share): part.of(share.amount, share.line_key) for share in shares}
    posted: dict[str, int] = paper.kept
    by_place = {_place(share): share for share in shares}
    more = {place: amount - posted.get(place, 0) for place, amount in wanted.items()}
    more |= {place: -amount for place, amount in posted.items() if place not in wanted}
    book = _Book(ctx, paper, call_id)
    earned = [(by_place[place], amount) for place, amount in more.items() if amount > 0]
    book.commissions(earned, _payable_at(ctx, paper, paid_at))
    book.reversals({place: -amount for place, amount in more.items() if amount < 0})
    book.write()
    paper.change(kept={place: amount for place, amount in wanted.items() if amount})


def _place(share: Share) -> str:
    return f"{share.level}|{share.line_key}"


def expected(ctx: Context, paper: Paper) -> dict[str, int]:
    """Give what should be posted per "level|line", recomputed from the frozen terms."""
    if paper.plan is None:
        return {}
    lines, shares = frozen_shares(ctx, paper)
    part = kept(lines, paper.grosses, paper.progress)
    found = {_place(share): part.of(share.amount, share.line_key) for share in shares}
    return {place: amount for place, amount in found.items() if amount}


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


def _freeze(ctx: Context, paper: Paper) -> Json:
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
    fresh = _freeze(ctx, paper)
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


_CHAIN_COLUMNS = (
    "id",
    "sponsor_id",
    "partner_since",
    "partner_until",
    "partner_suspended_at",
    "parent_commission_until",
)


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
    ended: str | None = None
    for row in ctx.conn.execute(_CHAIN, {"first": partner_id}):
        was_partner = row.partner_since is not None and row.partner_since <= ctx.now
        barred = ended if was_partner else None
        if was_partner and row.partner_suspended_at is not None:
            barred = "suspended"
        if was_partner and not contacts.is_partner(row.partner_since, row.partner_until, ctx.now):
            barred = "has left"
        links.append(Link(contact_id=row.id, is_partner=was_partner, barred=barred))
        if was_partner:
            until = row.parent_commission_until
            ended = "commission of the partner above has ended" if until and until <= ctx.now else None
    return links


@dataclass(frozen=True, kw_only=True)
class _Reversal:
    """A part of one accrual that goes back."""

    accrual: Row[Any]
    amount: int


class _Book:
    """Collects the postings of one call on one document and writes them, balances last."""

    def __init__(self, ctx: Context, paper: Paper, call_id: int) -> None:
        self._ctx, self._paper, self._call_id = ctx, paper, call_id
        self._postings: list[dict[str, object]] = []
        self._accruals: list[dict[str, object]] = []
        self._reversed: list[_Reversal] = []
        self._moves: dict[Account, int] = defaultdict(int)

    def commissions(self, earned: Sequence[tuple[Share, int]], payable_at: datetime | None) -> None:
        """Add commissions per line and level."""
        for share, amount in earned:
            posting = self._posting(PostingKind.COMMISSION, share.partner_id, amount)
            posting |= {"origin": AccountKind.EXPENSE.value, "destination": AccountKind.ON_HOLD.value}
            posting |= {"line_key": share.line_key, "level": share.level}
            self._postings.append(posting)
            self._accruals.append(self._accrual(posting, share, amount, payable_at))
            self._moves[share.partner_id, AccountKind.ON_HOLD.value, self._paper.currency] += amount
        if earned:
            self._tell("commission_posted", ((share.partner_id, amount) for share, amount in earned))

    def reversals(self, back: Mapping[str, int]) -> None:
        """Take back per "level|line", the newest postings first."""
        if not back:
            return
        found = _newest_first(self._ctx, self._paper, back)
        for part in found:
            self._reverse(part)
        self._tell("commission_reversed", ((part.accrual.partner_id, part.amount) for part in found))

    def write(self) -> None:
        """Send the statements."""
        ctx = self._ctx
        if self._postings:
            ctx.conn.execute(_POST, self._postings)
        if self._accruals:
            ctx.conn.execute(_ACCRUE, self._accruals)
        if self._reversed:
            parts = [
                {"of_call": part.accrual.call_id, "of_seq": part.accrual.seq, "back": part.amount}
                for part in self._reversed
            ]
            ctx.conn.execute(_REVERSED, parts)
        move_balances(ctx, self._moves)

    def _reverse(self, part: _Reversal) -> None:
        accrual = part.accrual
        account = AccountKind.ON_HOLD if accrual.released_at is None else AccountKind.PAYABLE
        posting = self._posting(PostingKind.REVERSAL, accrual.partner_id, part.amount)
        posting |= {"origin": account.value, "destination": AccountKind.EXPENSE.value}
        posting |= {"line_key": accrual.line_key, "level": accrual.level}
        posting |= {"reverses_call_id": accrual.call_id, "reverses_seq": accrual.seq}
        self._postings.append(posting)
        self._reversed.append(part)
        self._moves[accrual.partner_id, account.value, self._paper.currency] -= part.amount

    def _posting(self, kind: PostingKind, partner_id: int, amount: int) -> dict[str, object]:
        return {
            "call_id": self._call_id,
            "seq": self._ctx.next_seq(self._call_id),
            "kind": kind.value,
            "partner_id": partner_id,
            "amount": amount,
            "currency": self._paper.currency,
            "document_id": self._paper.id,
            "reverses_call_id": None,
            "reverses_seq": None,
            "at": self._ctx.now,
        }

    def _accrual(
        self, posting: Mapping[str, object], share: Share, amount: int, payable_at: datetime | None
    ) -> dict[str, object]:
        copied = (
            "call_id",
            "seq",
            "partner_id",
            "document_id",
            "line_key",
            "level",
            "amount",
            "currency",
            "at",
        )
        return {
            **{name: posting[name] for name in copied},
            "reversed": 0,
            "payable_at": payable_at,
            "trace": trace_of(share),
            "sentence": sentence(share, amount, self._paper.currency),
        }

    def _tell(self, name: str, amounts: Iterable[tuple[int, int]]) -> None:
        sums: dict[int, int] = defaultdict(int)
        for partner_id, amount in amounts:
            sums[partner_id] += amount
        self._ctx.tell(
            name,
            kind=self._paper.kind,
            ref=self._paper.ref,
            currency=self._paper.currency,
            amounts={
                str(partner_id): str(major(amount, self._paper.currency))
                for partner_id, amount in sums.items()
            },
        )


def trace_of(share: Share) -> Json:
    """Give the machine's trace of a share."""
    return {
        "base": share.base,
        "full": share.amount,
        "cut": share.cut,
        "step": share.step.value,
        "percent": None if share.percent is None else str(share.percent),
        "fixed": share.fixed,
        "terms": share.terms_id,
    }


def sentence(share: Share, amount: int, currency: str) -> str:
    """Say in one sentence why a partner gets this much."""
    rate = (
        f"{share.percent} % of {major(share.base, currency)} {currency}"
        if share.percent is not None
        else f"{major(share.fixed or 0, currency)} {currency} for each unit"
    )
    full = major(share.amount + share.cut, currency)
    said = f"Level {share.level}: {rate} ({share.step} terms) is {full} {currency}"
    if share.cut:
        said += f", cut by {major(share.cut, currency)} to stay within the cap over all levels"
    if amount != share.amount:
        said += f"; {major(amount, currency)} of it with this payment"
    return said + "."


def _payable_at(ctx: Context, paper: Paper, paid_at: datetime | None) -> datetime | None:
    hold = timedelta(days=ctx.settings.hold_days)
    if ctx.settings.hold_from is HoldFrom.PAID:
        return (paid_at or ctx.now) + hold
    return None if paper.completed_at is None else paper.completed_at + hold


def _newest_first(ctx: Context, paper: Paper, back: Mapping[str, int]) -> list[_Reversal]:
    left, found = dict(back), []
    # Locked oldest first, as the moves to payable do: in another order both could wait for each other.
    for row in reversed(ctx.conn.execute(_OPEN_OF, {"of_document": paper.id}).all()):
        place = f"{row.level}|{row.line_key}"
        amount = min(left.get(place, 0), row.amount - row.reversed)
        if amount > 0:
            left[place] -= amount
            found.append(_Reversal(accrual=row, amount=amount))
    if any(left.values()):
        raise RuntimeError(f"{paper.kind} {paper.ref}: more is to be reversed than was posted: {left}")
    return found


@cache
def _upsert(dialect: str) -> Insert:
    statement = dialect_insert(_BALANCE, dialect)
    return statement.on_conflict_do_update(
        index_elements=list(_BALANCE.primary_key.columns),
        set_={"amount": _BALANCE.c.amount + statement.excluded.amount},
    )


@cache
def _missing(dialect: str) -> Insert:
    return dialect_insert(_BALANCE, dialect).on_conflict_do_nothing()


def move_balances(ctx: Context, moves: Mapping[Account, int]) -> None:
    """Change balances in the order of the accounts, so that parallel calls cannot lock each other out."""
    accounts = sorted(account for account, amount in moves.items() if amount)
    if not accounts:
        return
    rows = [_balance_row(account, moves[account]) for account in accounts]
    if all(moves[account] > 0 for account in accounts):
        ctx.conn.execute(_upsert(ctx.conn.dialect.name), rows)
        return
    if any(moves[account] > 0 for account in accounts):
        ctx.conn.execute(_missing(ctx.conn.dialect.name), [{**row, "amount": 0} for row in rows])
    names = ("of_partner", "of_kind", "of_currency")
    ctx.conn.execute(
        _ADD, [{**dict(zip(names, account, strict=True)), "more": moves[account]} for account in accounts]
    )


def _balance_row(account: Account, amount: int) -> dict[str, object]:
    partner_id, kind, currency = account
    return {"partner_id": partner_id, "kind": kind, "currency": currency, "shard": 0, "amount": amount}


def start_hold(ctx: Context, paper: Paper, completed: datetime) -> None:
    """Let the hold of a document's accruals begin, where it counts from completion."""
    if ctx.settings.hold_from is not HoldFrom.COMPLETED:
        return
    due = completed + timedelta(days=ctx.settings.hold_days)
    ctx.conn.execute(
        update(_ACCRUAL)
        .where(_ACCRUAL.c.document_id == paper.id, _ACCRUAL.c.payable_at.is_(None))
        .values(payable_at=due)
    )


def release_due(ctx: Context, *, partner_id: int | None = None, limit: int = 500) -> int:
    """Move accruals whose hold is over from on hold to payable by postings of their own; give the number."""
    query = select(_ACCRUAL).where(_ACCRUAL.c.released_at.is_(None), _ACCRUAL.c.payable_at <= ctx.now)
    if partner_id is not None:
        query = query.where(_ACCRUAL.c.partner_id == partner_id)
    query = query.order_by(_ACCRUAL.c.partner_id, _ACCRUAL.c.call_id, _ACCRUAL.c.seq).limit(limit)
    rows = list(ctx.conn.execute(query.with_for_update(skip_locked=partner_id is None)))
    if rows:
        call = inbox.record(ctx, "release", uuid.uuid4().hex, {"accruals": len(rows)})
        _release(ctx, call.id, rows)
    return len(rows)


def _release(ctx: Context, call_id: int, rows: Sequence[Row[Any]]) -> None:
    moves: dict[Account, int] = defaultdict(int)
    postings: list[dict[str, object]] = []
    for row in rows:
        amount = row.amount - row.reversed
        if not amount:
            continue
        moves[row.partner_id, AccountKind.ON_HOLD.value, row.currency] -= amount
        moves[row.partner_id, AccountKind.PAYABLE.value, row.currency] += amount
        postings.append(
            {
                "call_id": call_id,
                "seq": len(postings) + 1,
                "kind": PostingKind.RELEASE.value,
                "partner_id": row.partner_id,
                "origin": AccountKind.ON_HOLD.value,
                "destination": AccountKind.PAYABLE.value,
                "amount": amount,
                "currency": row.currency,
                "document_id": row.document_id,
                "line_key": row.line_key,
                "level": row.level,
                "at": ctx.now,
            }
        )
    if postings:
        ctx.conn.execute(_POST, postings)
    ctx.conn.execute(
        _RELEASED, [{"of_call": row.call_id, "of_seq": row.seq, "released": ctx.now} for row in rows]
    )
    move_balances(ctx, moves)


def balances(ctx: Context, partner_id: int) -> dict[str, dict[str, int]]:
    """Give a partner's balances per currency and account, in minor units."""
    query = select(_BALANCE).where(_BALANCE.c.partner_id == partner_id)
    found: dict[str, dict[str, int]] = {}
    for row in ctx.conn.execute(query):
        account = found.setdefault(row.currency, {"on_hold": 0, "payable": 0, "paid": 0})
        account[row.kind] += row.amount
    return found


def has_due(ctx: Context, partner_id: int) -> bool:
    """Say whether a hold of this partner is over and not yet moved."""
    query = select(literal(1)).where(
        _ACCRUAL.c.partner_id == partner_id,
        _ACCRUAL.c.released_at.is_(None),
        _ACCRUAL.c.payable_at <= ctx.now,
    )
    return ctx.conn.execute(query.limit(1)).first() is not None
