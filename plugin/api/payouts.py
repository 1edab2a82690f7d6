"""The endpoints of payouts and statements; runs are made and released on the pages of the staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from ..domain.money import major
from ..services import money_lists, slices, statement_lines
from . import answering
from .commissions import place_text
from .edge import blueprint, operation
from .money_schemas import (
    PayoutPageSchema,
    PayoutQuerySchema,
    PayoutViewSchema,
    RunPageSchema,
    RunSchema,
    StatementPageSchema,
    StatementQuerySchema,
    StatementViewSchema,
)
from .pages import PageQuerySchema

READ, TAG = "payouts:read", "Payouts"
Values = Mapping[str, Any]


@operation("GET", "/payout-runs", scope=READ, tag=TAG)
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, RunPageSchema)
def list_runs(asked: Values) -> Response:
    """List payout runs, the oldest first."""
    return answering.listed(RunPageSchema(), money_lists.RUNS, [], asked, _row)


@operation("GET", "/payout-runs/<run_id>", scope=READ, tag=TAG)
@blueprint.response(200, RunSchema)
def get_run(run_id: int) -> Response:
    """Give one payout run."""
    row = slices.one(answering.reading().conn, money_lists.RUNS, run_id, "payout run")
    return answering.shown(RunSchema(), _row(row))


@operation("GET", "/payouts", scope=READ, tag=TAG)
@blueprint.arguments(PayoutQuerySchema, location="query")
@blueprint.response(200, PayoutPageSchema)
def list_payouts(asked: Values) -> Response:
    """List payouts, the oldest first, all of them or what changed since your last look."""
    conditions = money_lists.payouts_where(**answering.narrowing(asked))
    return answering.listed(PayoutPageSchema(), money_lists.PAYOUTS, conditions, asked, _payout)


@operation("GET", "/payouts/<payout_id>", scope=READ, tag=TAG)
@blueprint.response(200, PayoutViewSchema)
def get_payout(payout_id: int) -> Response:
    """Give one payout with the commissions that it is for."""
    ctx = answering.reading()
    row = slices.one(ctx.conn, money_lists.PAYOUTS, payout_id, "payout")
    paid = [
        {"accrual": place_text(one.call_id, one.seq), "amount": major(one.amount, row.currency)}
        for one in money_lists.accruals_of(ctx, payout_id)
    ]
    return answering.shown(PayoutViewSchema(), {**_payout(row), "accruals": paid})


@operation("GET", "/statements", scope=READ, tag=TAG)
@blueprint.arguments(StatementQuerySchema, location="query")
@blueprint.response(200, StatementPageSchema)
def list_statements(asked: Values) -> Response:
    """List statements, the oldest first."""
    conditions = money_lists.statements_where(**answering.narrowing(asked))
    return answering.listed(StatementPageSchema(), money_lists.STATEMENTS, conditions, asked, _statement)


@operation("GET", "/statements/<statement_id>", scope=READ, tag=TAG)
@blueprint.response(200, StatementViewSchema)
def get_statement(statement_id: int) -> Response:
    """Give one statement with its lines."""
    ctx = answering.reading()
    row = slices.one(ctx.conn, money_lists.STATEMENTS, statement_id, "statement")
    lines = [
        {
            **{name: getattr(line, name) for name in ("kind", "document", "title", "level", "at")},
            "posting": place_text(line.call_id, line.seq),
            "amount": major(line.amount, row.currency),
        }
        for line in statement_lines.lines_of(ctx, statement_id)
    ]
    return answering.shown(StatementViewSchema(), {**_statement(row), "lines": lines})


def _row(row: Row[Any]) -> dict[str, object]:
    return dict(row._mapping)


def _payout(row: Row[Any]) -> dict[str, object]:
    amounts = {name: major(getattr(row, name), row.currency) for name in ("payable", "amount")}
    return {**_row(row), **amounts, "run": row.run_id, "partner": row.partner_ref}


def _statement(row: Row[Any]) -> dict[str, object]:
    amounts = {name: major(getattr(row, name), row.currency) for name in ("net", "vat", "gross")}
    return {**_row(row), **amounts, "partner": row.partner_ref, "payout": row.payout_id}
