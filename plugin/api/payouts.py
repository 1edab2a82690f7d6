"""The endpoints of payouts and statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from sqlalchemy import Row

from ..domain.money import major
from ..services import money_lists, payout_changes, payout_release, slices, statement_lines
from ..services.context import Context
from . import answering
from .commissions import place_text
from .edge import blueprint, operation
from .money_schemas import (
    PayoutPageSchema,
    PayoutQuerySchema,
    PayoutViewSchema,
    StatementPageSchema,
    StatementQuerySchema,
    StatementViewSchema,
)
from .once import act
from .order_schemas import NothingSchema
from .payout_runs import READ, RELEASE, TAG, WRITE, actor, minor_of
from .run_schemas import FailedSchema, PayoutChangeSchema

Values = Mapping[str, Any]


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
    return answering.shown(PayoutViewSchema(), _one(answering.reading(), payout_id))


@operation("PATCH", "/payouts/<payout_id>", scope=WRITE, tag=TAG)
@blueprint.arguments(PayoutChangeSchema, example={"amount": "1.50"})
@blueprint.response(200, PayoutViewSchema)
def change_payout(given: Values, payout_id: int) -> Response:
    """Change what a payout pays while its run waits for release; the rest stays payable."""

    def work(ctx: Context) -> object:
        row = slices.one(ctx.conn, money_lists.PAYOUTS, payout_id, "payout")
        wanted = minor_of(given["amount"], row.currency)
        payout_changes.set_amounts(ctx, row.run_id, {payout_id: wanted}, actor())
        return _one(ctx, payout_id)

    return act(PayoutViewSchema(), work)


@operation("POST", "/payouts/<payout_id>/paid", scope=RELEASE, tag=TAG)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(200, PayoutViewSchema)
def mark_payout(_given: Values, payout_id: int) -> Response:
    """Note that a payout has arrived."""

    def work(ctx: Context) -> object:
        slices.one(ctx.conn, money_lists.PAYOUTS, payout_id, "payout")
        payout_release.mark_paid(ctx, [payout_id], actor())
        return _one(ctx, payout_id)

    return act(PayoutViewSchema(), work)


@operation("POST", "/payouts/<payout_id>/failed", scope=RELEASE, tag=TAG)
@blueprint.arguments(FailedSchema, example={"why": "The account is closed."})
@blueprint.response(200, PayoutViewSchema)
def fail_payout(given: Values, payout_id: int) -> Response:
    """Take a payout back that did not arrive: its amount is payable again, by a posting of its own."""

    def work(ctx: Context) -> object:
        payout_release.fail(ctx, payout_id, actor(), why=given["why"])
        return _one(ctx, payout_id)

    return act(PayoutViewSchema(), work)


def _one(ctx: Context, payout_id: int) -> dict[str, object]:
    row = slices.one(ctx.conn, money_lists.PAYOUTS, payout_id, "payout")
    paid = [
        {"accrual": place_text(one.call_id, one.seq), "amount": major(one.amount, row.currency)}
        for one in money_lists.accruals_of(ctx, payout_id)
    ]
    return {**_payout(row), "accruals": paid}


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
