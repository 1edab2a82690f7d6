"""The endpoints of payout runs: previewed, released, their files; a key is an identity of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, url_for
from sqlalchemy import select

from ..domain.money import currency_code, major, minor_exact
from ..domain.payout import Method
from ..models import Payout
from ..services import (
    money_lists,
    payout_changes,
    payout_files,
    payout_release,
    payouts,
    run_summaries,
)
from ..services.context import Context
from ..services.mistakes import Mistake
from ..services.payout_runs import Actor
from . import answering
from .edge import NAME, blueprint, operation
from .named import contact_id, naming
from .once import act
from .order_schemas import NothingSchema
from .run_schemas import (
    NewRunSchema,
    PayoutsPaidSchema,
    PaypalFileSchema,
    ReleaseSchema,
    RunPageSchema,
    RunQuerySchema,
    RunViewSchema,
)

READ, WRITE, RELEASE, TAG = "payouts:read", "payouts:write", "payouts:release", "Payouts"
Values = Mapping[str, Any]


def actor() -> Actor:
    """Give who acts: the key, by which two pairs of eyes are told apart."""
    return Actor(name=answering.who(), id=f"api:{answering.key().id}")


@operation("GET", "/payout-runs", scope=READ, tag=TAG)
@blueprint.arguments(RunQuerySchema, location="query")
@blueprint.response(200, RunPageSchema)
def list_runs(asked: Values) -> Response:
    """List payout runs, the oldest first."""
    conditions = money_lists.runs_where(**answering.narrowing(asked))
    return answering.listed(
        RunPageSchema(), money_lists.RUNS, conditions, asked, lambda row: dict(row._mapping)
    )


@operation("POST", "/payout-runs", scope=WRITE, tag=TAG)
@blueprint.arguments(NewRunSchema, example={})
@blueprint.response(201, RunViewSchema, description="The preview of the run.")
def make_run(given: Values) -> Response:
    """Make a run of all that is payable now, or of one partner, to look at; nothing is paid yet."""

    def work(ctx: Context) -> object:
        return _shown(ctx, _single(ctx, given) if "partner" in given else _of_all(ctx, given))

    return act(RunViewSchema(), work, status=201, location=_place)


def _of_all(ctx: Context, given: Values) -> int:
    if given:
        raise Mistake(f"{', '.join(given)} belong to `partner`: a run of all pays what is payable.")
    return payouts.make_run(ctx, actor())


def _single(ctx: Context, given: Values) -> int:
    with naming():
        partner_id = contact_id(ctx, given["partner"]) or 0
    currency = currency_code(given.get("currency") or ctx.settings.currency)
    return payouts.make_single(
        ctx,
        partner_id,
        actor(),
        currency=currency,
        method=Method(given["method"]) if "method" in given else None,
        amount=minor_of(given["amount"], currency) if "amount" in given else None,
    )


def minor_of(amount: str, currency: str) -> int:
    """Read an amount in a currency. Raises Mistake."""
    try:
        return minor_exact(amount, currency)
    except ValueError as error:
        raise Mistake(f"{amount} {currency}: {error}") from error


def _place(body: Values) -> str:
    return url_for(f"{NAME}.get_run", run_id=body["id"])


@operation("GET", "/payout-runs/<run_id>", scope=READ, tag=TAG)
@blueprint.response(200, RunViewSchema)
def get_run(run_id: int) -> Response:
    """Give one payout run: what it comes to, whom it skips and why, whether it is up to date."""
    return answering.shown(RunViewSchema(), _shown(answering.reading(), run_id))


@operation("POST", "/payout-runs/<run_id>/refresh", scope=WRITE, tag=TAG)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(200, RunViewSchema)
def refresh_run(_given: Values, run_id: int) -> Response:
    """Bring a run up to date: lower what is payable no more, leave out who cannot be paid."""

    def work(ctx: Context) -> object:
        payout_changes.bring_up_to_date(ctx, run_id, actor())
        return _shown(ctx, run_id)

    return act(RunViewSchema(), work)


@operation("POST", "/payout-runs/<run_id>/discard", scope=WRITE, tag=TAG)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(200, RunViewSchema)
def discard_run(_given: Values, run_id: int) -> Response:
    """Throw a run away that was not released; nothing was paid by it."""

    def work(ctx: Context) -> object:
        payout_changes.discard(ctx, run_id, actor())
        return _shown(ctx, run_id)

    return act(RunViewSchema(), work)


@operation("POST", "/payout-runs/<run_id>/release", scope=RELEASE, tag=TAG)
@blueprint.arguments(ReleaseSchema, example={"count": 2, "sums": [{"currency": "EUR", "amount": "3.12"}]})
@blueprint.response(200, RunViewSchema)
def release_run(given: Values, run_id: int) -> Response:
    """Pay a run whose number and sums are those that were seen; with four eyes, not by who made it."""

    def work(ctx: Context) -> object:
        sums = {one["currency"]: minor_of(one["amount"], one["currency"]) for one in given["sums"]}
        payout_release.release(ctx, run_id, actor(), count=given["count"], sums=sums)
        return _shown(ctx, run_id)

    return act(RunViewSchema(), work)


@operation("POST", "/payout-runs/<run_id>/sepa.xml", scope=RELEASE, tag=TAG, repeatable=True)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(
    200,
    {"type": "string"},
    content_type="application/xml",
    description="A credit transfer (pain.001.001.09) with the accounts of the partners.",
    example='<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>...',
)
def take_sepa(_given: Values, run_id: int) -> Response:
    """Take the bank's file of a released run, the same each time; that it was taken is noted."""
    return _file(run_id, Method.SEPA, "EUR")


@operation("POST", "/payout-runs/<run_id>/paypal.csv", scope=RELEASE, tag=TAG, repeatable=True)
@blueprint.arguments(PaypalFileSchema, example={"currency": "EUR"})
@blueprint.response(
    200,
    {"type": "string"},
    content_type="text/csv",
    description="One line a payout.",
    example="hans@example.org,2.08,EUR,PAYOUT-2,Commission payout 2\r\n",
)
def take_paypal(given: Values, run_id: int) -> Response:
    """Take the file of a released run for PayPal's mass payments, the same each time; it is noted."""
    return _file(run_id, Method.PAYPAL, given["currency"])


def _file(run_id: int, kind: Method, currency: str) -> Response:
    made = answering.in_unit(
        lambda ctx: payout_files.write_file(ctx, run_id, kind, actor(), currency=currency)
    )
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, 200, headers, mimetype=made.mimetype)


@operation("POST", "/payout-runs/<run_id>/paid", scope=RELEASE, tag=TAG)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(200, PayoutsPaidSchema)
def pay_run(_given: Values, run_id: int) -> Response:
    """Note that all payouts of a released run have arrived."""

    def work(ctx: Context) -> object:
        run_summaries.summarize(ctx, run_id)
        ids = ctx.conn.scalars(select(Payout.id).where(Payout.run_id == run_id)).all()
        return {"changed": payout_release.mark_paid(ctx, ids, actor())}

    return act(PayoutsPaidSchema(), work)


def _shown(ctx: Context, run_id: int) -> dict[str, object]:
    found = run_summaries.summarize(ctx, run_id)
    skips = [
        {
            **{name: getattr(row, name) for name in ("currency", "reason", "until", "note")},
            "partner": row.partner_ref,
            "amount": major(row.amount, row.currency),
        }
        for row in found.skips
    ]
    return {
        **found.run._mapping,
        "count": found.count,
        "sums": [
            {"currency": currency, "amount": major(amount, currency)}
            for currency, amount in found.sums.items()
        ],
        "outdated": found.outdated,
        "skips": skips,
    }
