"""Statements are issued, numbered without a gap and frozen; voided by an objection; issued anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, true, update

from ..domain.statement import WhyNot, number_text, totals
from ..models import Contact, Statement, StatementPosting, StatementRange
from ..models.base import insert_for_id, insert_once
from . import audit, outbox, statement_lines, statement_settings, tax_data
from .context import Context
from .mistakes import Mistake, NotThere
from .payout_runs import Actor
from .statement_lines import Line, Place
from .statement_settings import Issuer

_STATEMENT = Statement.__table__
_LINK = StatementPosting.__table__
_RANGE = StatementRange.__table__
_CONTACT = Contact.__table__
_AT_ONCE = 1000
_A_MOMENT = timedelta(microseconds=1)
LONGEST_OBJECTION = 300
ISSUED = "statement_issued"
"""The topic under which a statement is put into the outbox."""


class StatementRefused(Mistake):
    """A statement that cannot be issued or voided; `problem` names the reason for programs."""

    def __init__(self, problem: str, text: str) -> None:
        self.problem = problem
        super().__init__(text)


@dataclass(frozen=True, kw_only=True)
class Open:
    """What stands on no statement yet, in minor units; `why_not` says why none can be made of it."""

    partner_id: int
    currency: str
    amount: int
    why_not: WhyNot | None


@dataclass(frozen=True, kw_only=True)
class Period:
    """A half-open period; `replaces` and `payout` are ids of what a statement is made for, if anything."""

    begins: datetime
    ends: datetime
    payout: int | None = None
    replaces: int | None = None


def month_of(ctx: Context, month: date) -> Period:
    """Give a calendar month in the shop's time zone."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    zone = ctx.settings.zone
    return Period(
        begins=datetime.combine(first, time(), zone), ends=datetime.combine(following, time(), zone)
    )


def preview(ctx: Context, period: Period, *, partner_id: int | None = None) -> list[Open]:
    """Give who would get a statement, and who not for which reason."""
    found = statement_lines.places(ctx, before=period.ends, partner_id=partner_id)
    reasons: dict[int, WhyNot] = {}
    ids = sorted({place[0] for place, _amount in found})
    for at in range(0, len(ids), _AT_ONCE):
        reasons |= tax_data.incomplete(ctx.conn, ids[at : at + _AT_ONCE])
    return [
        Open(partner_id=place[0], currency=place[1], amount=amount, why_not=reasons.get(place[0]))
        for place, amount in found
    ]


def issue_month(
    ctx: Context, month: date, actor: Actor, *, partner_id: int | None = None
) -> tuple[list[int], list[Open]]:
    """Issue all statements of a month that is over; give their ids, and who was skipped.

    What was posted before and stands on none yet comes along.
    """
    period = month_of(ctx, month)
    if period.ends > ctx.now:
        raise StatementRefused("not_over", f"{month:%Y-%m} is not over yet; issue it afterwards.")
    issuer = _ready(ctx)
    ids, skipped = [], []
    for one in preview(ctx, period, partner_id=partner_id):
        if one.why_not is not None:
            skipped.append(one)
            continue
        place = one.partner_id, one.currency
        lines = statement_lines.open_lines(ctx, place, before=period.ends)
        ids.append(_issue(ctx, place, lines, period, actor, issuer))
    return ids, skipped


def issue_for_payout(ctx: Context, payout: Row[Any], actor: Actor) -> int | None:
    """Issue the statement of a payout that is being released; None where none can be made or is due."""
    issuer = statement_settings.lock(ctx.conn, ctx.now)
    kept = tax_data.find(ctx.conn, payout.partner_id)
    if not issuer.is_complete or tax_data.why_not(kept, home=issuer.country) is not None:
        return None
    place, ends = (payout.partner_id, payout.currency), ctx.now + _A_MOMENT
    lines = statement_lines.open_lines(ctx, place, before=ends)
    period = Period(begins=ctx.now, ends=ends, payout=payout.id)
    return _issue(ctx, place, lines, period, actor, issuer) if lines else None


def _ready(ctx: Context) -> Issuer:
    issuer = statement_settings.lock(ctx.conn, ctx.now)
    if not issuer.is_complete:
        raise StatementRefused(
            "no_issuer",
            "Say first who the shop is: see the settings of statements (name, address, tax number).",
        )
    return issuer


def _issue(
    ctx: Context, place: Place, lines: Sequence[Line], period: Period, actor: Actor, issuer: Issuer
) -> int:
    kept = tax_data.find(ctx.conn, place[0])
    if kept is None or kept.agreed_at is None:
        raise StatementRefused("no_tax_data", "The partner's tax data or agreement is missing.")
    sums = totals(sum(line.amount for line in lines), kept.tax.status, issuer.vat_rate)
    begins = min([period.begins, *(line.at for line in lines)])
    year = ctx.now.astimezone(ctx.settings.zone).year
    at = _next(ctx, year)
    row: dict[str, object] = {
        "number": number_text(issuer.number_prefix, year, at),
        "year": year,
        "place": at,
        "partner_id": place[0],
        "currency": place[1],
        "kind": sums.kind.value,
        "begins": begins,
        "ends": period.ends,
        "net": sums.net,
        "vat": sums.vat,
        "gross": sums.gross,
        "data": {
            "locale": _locale(ctx, place[0]),
            "shop": issuer.party.data,
            "partner": {"kind": kept.tax.kind.value, **kept.tax.party.data},
            "status": kept.tax.status.value,
            "rate": str(sums.rate),
            "agreement": {"version": kept.agreement_version, "at": kept.agreed_at.isoformat()},
            "lines": [line.data for line in lines],
            "account": _account(ctx, place, begins, period.ends),
        },
        "payout_id": period.payout,
        "replaces_id": period.replaces,
        "issued_by": actor.name[:100],
        "issued_at": ctx.now,
        "objection": "",
    }
    statement_id = _store(ctx, row, lines)
    said = {"gross": sums.gross, "currency": place[1]}
    _log(ctx, str(row["number"]), "issue statement", actor.name, said)
    outbox.put(ctx.conn, ISSUED, {"statement_id": statement_id, "partner_id": place[0]}, now=ctx.now)
    return statement_id


def _store(ctx: Context, row: dict[str, object], lines: Sequence[Line]) -> int:
    new = ctx.conn.execute(insert_for_id(_STATEMENT, ctx.conn.dialect.name), row).scalar()
    if new is None:
        taken = f"The number {row['number']} is taken; change the prefix of statements."
        raise StatementRefused("number_taken", taken)
    keys = [{"statement_id": new, "call_id": line.call_id, "seq": line.seq, "live": True} for line in lines]
    ctx.conn.execute(insert(_LINK), keys)
    return int(new)


def _next(ctx: Context, year: int) -> int:
    """Take the next number of a year; others wait until this transaction ends, and none is lost with it."""
    ctx.conn.execute(insert_once(_RANGE, ctx.conn.dialect.name), {"year": year, "last": 0})
    more = update(_RANGE).where(_RANGE.c.year == year).values(last=_RANGE.c.last + 1)
    return int(ctx.conn.execute(more.returning(_RANGE.c.last)).scalar_one())


def _locale(ctx: Context, partner_id: int) -> str | None:
    found: str | None = ctx.conn.execute(
        select(_CONTACT.c.locale).where(_CONTACT.c.id == partner_id)
    ).scalar()
    return found


def _account(ctx: Context, place: Place, begins: datetime, ends: datetime) -> dict[str, object]:
    found = statement_lines.account(ctx, place, begins, ends)
    paid = [{"payout": payout, "at": at.isoformat(), "amount": amount} for payout, at, amount in found.paid]
    return {"opening": found.opening, "closing": found.closing, "paid": paid}


def void(ctx: Context, statement_id: int, *, why: str, who: str, partner_id: int | None = None) -> None:
    """Record the objection that ends a statement's effect; it stays readable. Raises StatementRefused.

    `partner_id` says whose it must be.
    """
    if not why.strip():
        raise StatementRefused("why", "Say what is wrong with the statement.")
    statement_settings.lock(ctx.conn, ctx.now)
    row = get(ctx, statement_id)
    if partner_id is not None and row.partner_id != partner_id:
        raise NotThere(f"There is no statement with the id {statement_id}.")
    values = {"objection": why.strip()[:LONGEST_OBJECTION], "voided_by": who[:100], "voided_at": ctx.now}
    mine = (_STATEMENT.c.id == statement_id, _STATEMENT.c.voided_at.is_(None))
    if ctx.conn.execute(update(_STATEMENT).where(*mine).values(**values)).rowcount != 1:
        raise StatementRefused("void", f"The statement {row.number} has no effect any more already.")
    links = (_LINK.c.statement_id == statement_id, _LINK.c.live == true())
    ctx.conn.execute(update(_LINK).where(*links).values(live=False))
    _log(ctx, row.number, "object to statement", who, {"why": values["objection"]})


def reissue(ctx: Context, statement_id: int, actor: Actor) -> int:
    """Issue anew what a voided statement was about, with a number of its own that names the old one."""
    issuer = _ready(ctx)
    row = get(ctx, statement_id)
    if row.voided_at is None:
        raise StatementRefused("not_void", f"Nobody has objected to the statement {row.number}.")
    if ctx.conn.execute(select(_STATEMENT.c.id).where(_STATEMENT.c.replaces_id == statement_id)).first():
        raise StatementRefused("replaced", f"The statement {row.number} was issued anew already.")
    if tax_data.why_not(tax_data.find(ctx.conn, row.partner_id), home=issuer.country) is not None:
        raise StatementRefused("no_tax_data", "The partner's tax data or agreement is missing.")
    period = Period(begins=row.begins, ends=row.ends, payout=row.payout_id, replaces=statement_id)
    lines = statement_lines.lines_of(ctx, statement_id)
    return _issue(ctx, (row.partner_id, row.currency), lines, period, actor, issuer)


def get(ctx: Context, statement_id: int) -> Row[Any]:
    """Give a statement's row or raise NotThere."""
    row = ctx.conn.execute(select(_STATEMENT).where(_STATEMENT.c.id == statement_id)).one_or_none()
    if row is None:
        raise NotThere(f"There is no statement with the id {statement_id}.")
    return row


def _log(ctx: Context, number: str, act: str, who: str, after: dict[str, object]) -> None:
    audit.record(ctx.conn, who=who, act=act, noun="statement", subject=number, after=after, now=ctx.now)
