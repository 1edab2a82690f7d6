"""The endpoints of batches of codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, url_for
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ..csv_file import csv_response
from ..services import code_drawing, coupon_lists, slices
from ..services.code_portions import owner_cell
from ..services.code_wanted import Wanted
from ..services.context import Context
from ..state import current_state
from . import answering
from .code_schemas import BatchPageSchema, BatchQuerySchema, BatchSchema, NewBatchSchema
from .edge import NAME, blueprint, operation
from .named import contact_id, naming
from .once import act

READ, WRITE, TAG = "codes:read", "codes:write", "Batches"
AT_ONCE = 1_000
"""Codes that are drawn while the caller waits."""
COLUMNS = ("code", "owner", "holder", "max", "uses", "active")
Values = Mapping[str, Any]


@operation("GET", "/batches", scope=READ, tag=TAG)
@blueprint.arguments(BatchQuerySchema, location="query")
@blueprint.response(200, BatchPageSchema)
def list_batches(asked: Values) -> Response:
    """List batches, the oldest first."""
    conditions = coupon_lists.batches_where(coupon=asked.get("coupon"))
    return answering.listed(BatchPageSchema(), coupon_lists.BATCHES, conditions, asked, _shown)


@operation("POST", "/batches", scope=WRITE, tag=TAG)
@blueprint.arguments(NewBatchSchema, example={"coupon": 1, "count": 100, "occasion": "Fair"})
@blueprint.response(201, BatchSchema, description="All codes are there.")
@blueprint.alt_response(202, schema=BatchSchema, description="The worker draws them.", success=True)
def create_batch(given: Values) -> Response:
    """Draw codes that nobody can guess: up to 1,000 at once, more by the worker."""

    def work(ctx: Context) -> object:
        with naming():
            wanted = Wanted(
                coupon_id=given["coupon"],
                count=given["count"],
                prefix=given["prefix"],
                length=given["length"],
                check_signs=given["check_signs"],
                owner_id=contact_id(ctx, given.get("owner")),
                max_uses=given.get("max"),
                valid_from=given.get("valid_from"),
                valid_until=given.get("valid_until"),
                occasion=given["occasion"],
                how="api",
            )
            make = code_drawing.generate_codes if wanted.count <= AT_ONCE else code_drawing.generate_later
            batch_id = make(ctx.conn, wanted, keys=ctx.keys, who=answering.who(), now=ctx.now)
        return _one(ctx, batch_id)

    return act(BatchSchema(), work, status=_status, location=_place)


def _status(body: Values) -> int:
    return 201 if body["state"] == "done" else 202


def _place(body: Values) -> str:
    return url_for(f"{NAME}.get_batch", batch_id=body["id"])


@operation("GET", "/batches/<batch_id>", scope=READ, tag=TAG)
@blueprint.response(200, BatchSchema)
def get_batch(batch_id: int) -> Response:
    """Give one batch and how many of its codes are there."""
    return answering.shown(BatchSchema(), _one(answering.reading(), batch_id))


@operation("GET", "/batches/<batch_id>/codes.csv", scope=READ, tag=TAG)
@blueprint.response(
    200,
    {"type": "string"},
    content_type="text/csv",
    description="One line a code.",
    example="code,owner,holder,max,uses,active\r\nGGWC3YBAPK,2001,,1,0,yes\r\n",
)
def export_batch(batch_id: int) -> Response:
    """Give the codes of a batch as CSV, in the columns that the import reads."""
    slices.one(answering.reading().conn, coupon_lists.BATCHES, batch_id, "batch")
    return csv_response(f"codes-{batch_id}", COLUMNS, _lines(current_state().engine(), batch_id))


def _lines(engine: Engine, batch_id: int) -> Iterator[tuple[object, ...]]:
    """Read in a session of its own: the request's has ended when the file is sent."""
    with Session(engine) as session:
        conditions = coupon_lists.codes_where(batch=batch_id)
        for row in slices.every(session.connection(), coupon_lists.CODES, conditions):
            active = "yes" if row.active else "no"
            owner = owner_cell(session.connection(), row, row.owner_ref)
            yield row.display, owner, row.holder_ref, row.max_uses, row.uses, active


def _one(ctx: Context, batch_id: int) -> object:
    return _shown(slices.one(ctx.conn, coupon_lists.BATCHES, batch_id, "batch"))


def _shown(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of coupon_lists.BATCHES
    same = (
        "id", "how", "count", "made", "prefix", "length", "check_signs", "occasion", "made_by", "created_at",
    )  # fmt: skip
    state = "done" if row.made >= row.count else "waiting"
    return {**{name: getattr(row, name) for name in same}, "coupon": row.coupon_id, "state": state}
