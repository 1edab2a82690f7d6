"""Check statements: they say what was posted, and their numbers have no gap."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import and_, func, select

from ..models import AccountKind, Posting, Statement, StatementPosting, StatementRange
from .checking import Checked, Comparison
from .context import Context

_STATEMENT = Statement.__table__
_LINK = StatementPosting.__table__
_POSTING = Posting.__table__
_RANGE = StatementRange.__table__


def check_statements(ctx: Context) -> list[Checked]:
    """Compare statements with their postings, and their numbers with the range."""
    return [_posted(ctx), _numbered(ctx)]


def _posted(ctx: Context) -> Checked:
    same = and_(_POSTING.c.call_id == _LINK.c.call_id, _POSTING.c.seq == _LINK.c.seq)
    query = select(_LINK.c.statement_id, _POSTING.c.destination, _POSTING.c.amount).join(_POSTING, same)
    sums: dict[int, int] = defaultdict(int)
    for statement_id, destination, amount in ctx.conn.execute(query):
        sums[statement_id] += amount if destination == AccountKind.PAYABLE.value else -amount
    comparison = Comparison("statements = their postings")
    columns = (_STATEMENT.c.id, _STATEMENT.c.number, _STATEMENT.c.currency, _STATEMENT.c.gross)
    for row in ctx.conn.execute(select(*columns).order_by(_STATEMENT.c.id)):
        subject = f"statement {row.number}"
        comparison.amount(subject, row.currency, computed=sums.get(row.id, 0), kept=row.gross)
    return comparison.done()


def _numbered(ctx: Context) -> Checked:
    years = select(_STATEMENT.c.year, func.count(), func.max(_STATEMENT.c.place)).group_by(_STATEMENT.c.year)
    found = {year: (int(count), int(last)) for year, count, last in ctx.conn.execute(years)}
    comparison = Comparison("statements = numbers given")
    for year, last in ctx.conn.execute(select(_RANGE.c.year, _RANGE.c.last).order_by(_RANGE.c.year)):
        count, highest = found.get(year, (0, 0))
        comparison.count(f"statements of {year}", computed=count, kept=last)
        comparison.count(f"last number of {year}", computed=highest, kept=last)
    return comparison.done()
