"""The endpoints of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, url_for

from ..addresses import SUBJECTS
from ..domain.codes import in_address
from ..domain.money import major, minor_exact
from ..services import code_checks, code_portions, codes, coupon_lists, coupons
from ..services.candidates import portions_of
from ..services.context import Context
from ..services.mistakes import Mistake
from ..shop import Customer
from . import answering, shares
from .code_schemas import (
    CheckQuerySchema,
    CheckSchema,
    CodeChangeSchema,
    CodePageSchema,
    CodeQuerySchema,
    CodeSchema,
    NewCodeSchema,
    SharesSchema,
)
from .coupon_schemas import ActiveSchema
from .edge import NAME, blueprint, operation
from .named import contact_id, naming
from .once import act

READ, WRITE, TAG = "codes:read", "codes:write", "Codes"
Values = Mapping[str, Any]


@operation("GET", "/codes", scope=READ, tag=TAG)
@blueprint.arguments(CodeQuerySchema, location="query")
@blueprint.response(200, CodePageSchema)
def list_codes(asked: Values) -> Response:
    """List codes, the oldest first."""
    conditions = coupon_lists.codes_where(**answering.narrowing(asked))
    ctx = answering.reading()
    return answering.listed(
        CodePageSchema(), coupon_lists.CODES, conditions, asked, lambda row: _shown(ctx, row)
    )


@operation("POST", "/codes", scope=WRITE, tag=TAG)
@blueprint.arguments(NewCodeSchema, example={"code": "VonMeier", "coupon": 1, "owner": "2001"})
@blueprint.response(201, CodeSchema)
def create_code(given: Values) -> Response:
    """Make one code. One that people would mistake for another is refused."""

    def work(ctx: Context) -> object:
        with naming():
            owner, holder = contact_id(ctx, given.get("owner")), contact_id(ctx, given.get("holder"))
            coupon = coupons.get_coupon(ctx.conn, given["coupon"])
        codes.create_code(
            ctx.conn,
            given["code"],
            coupon_id=coupon.id,
            owner_id=owner,
            holder_id=holder,
            max_uses=given.get("max"),
            credit=_credit(given.get("credit"), coupon.currency),
            valid_from=given.get("valid_from"),
            valid_until=given.get("valid_until"),
            who=answering.who(),
            now=ctx.now,
        )
        return _one(ctx, given["code"])

    return act(CodeSchema(), work, status=201, location=_place)


def _credit(given: str | None, currency: str | None) -> int | None:
    if given is None:
        return None
    if currency is None:
        raise Mistake("credit: this coupon has no currency; only store credit has an amount of its own")
    try:
        return minor_exact(given, currency)
    except ValueError as error:
        raise Mistake(f"credit: {error}") from error


def _place(body: Values) -> str:
    return url_for(f"{NAME}.get_code", code=in_address(body["code"], taken=SUBJECTS))


@operation("GET", "/codes/<firstline_code:code>", scope=READ, tag=TAG)
@blueprint.response(200, CodeSchema)
def get_code(code: str) -> Response:
    """Give one code by its text, in any spelling."""
    return answering.shown(CodeSchema(), _one(answering.reading(), code))


@operation("PATCH", "/codes/<firstline_code:code>", scope=WRITE, tag=TAG, refuses=(409,))
@blueprint.arguments(CodeChangeSchema, example={"max": 100})
@blueprint.response(200, CodeSchema)
def change_code(given: Values, code: str) -> Response:
    """Change whose a code is, how often and when it can be used."""

    def work(ctx: Context) -> object:
        row = coupon_lists.one_code(ctx.conn, code)
        with naming():
            owner = contact_id(ctx, given["owner"]) if "owner" in given else row.owner_id
            holder = contact_id(ctx, given["holder"]) if "holder" in given else row.holder_id
        codes.change_code(
            ctx.conn,
            row.id,
            owner_id=owner,
            holder_id=holder,
            max_uses=given.get("max", row.max_uses),
            dates=(given.get("valid_from", row.valid_from), given.get("valid_until", row.valid_until)),
            who=answering.who(),
            now=ctx.now,
        )
        return _one(ctx, code)

    return act(CodeSchema(), work)


@operation("PUT", "/codes/<firstline_code:code>/active", scope=WRITE, tag=TAG)
@blueprint.arguments(ActiveSchema, example={"active": False})
@blueprint.response(200, CodeSchema)
def switch_code(given: Values, code: str) -> Response:
    """Switch a code on or off; one that is off stays taken."""

    def work(ctx: Context) -> object:
        row = coupon_lists.one_code(ctx.conn, code)
        codes.set_code_active(ctx.conn, row.id, given["active"], who=answering.who(), now=ctx.now)
        return _one(ctx, code)

    return act(CodeSchema(), work)


@operation("PUT", "/codes/<firstline_code:code>/shares", scope=WRITE, tag=TAG)
@blueprint.arguments(SharesSchema, example=shares.EXAMPLE)
@blueprint.response(200, CodeSchema)
def share_code(given: Values, code: str) -> Response:
    """Let partners share what a code brings from now on; one of them with 100 ends that."""

    def work(ctx: Context) -> object:
        row, wanted = coupon_lists.one_code(ctx.conn, code), shares.read(ctx, given)
        code_portions.share_code(
            ctx.conn, row.id, wanted, reason=given["reason"], who=answering.who(), now=ctx.now
        )
        return _one(ctx, code)

    return act(CodeSchema(), work)


@operation("GET", "/codes/<firstline_code:code>/check", scope=READ, tag=TAG, refuses=(422,))
@blueprint.arguments(CheckQuerySchema, location="query")
@blueprint.response(200, CheckSchema)
def check_code(asked: Values, code: str) -> Response:
    """Say whether a code can be used now, exactly why not, and whether it can still be made."""
    wanted = coupon_lists.spelled_or_not_there(code)
    customer = None
    if asked.get("customer") or asked.get("email"):
        customer = Customer(ref=asked.get("customer"), email=asked.get("email"))
    found = code_checks.check_code(
        answering.reading(), wanted, customer=customer, currency=asked.get("currency")
    )
    return answering.shown(CheckSchema(), found)


def _one(ctx: Context, code: str) -> object:
    return _shown(ctx, coupon_lists.one_code(ctx.conn, code))


def _shown(ctx: Context, row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of coupon_lists.CODES
    same = ("id", "uses", "valid_from", "valid_until", "currency", "link_only", "active", "created_at")
    return {
        **{name: getattr(row, name) for name in same},
        "code": row.display,
        "coupon": row.coupon_id,
        "batch": row.batch_id,
        "owner": row.owner_ref,
        "shares": shares.shown(ctx, portions_of(row.owner_id, row.portions)),
        "holder": row.holder_ref,
        "max": row.max_uses,
        "credit": None if row.credit is None else major(row.credit, row.currency),
        "credit_left": None if row.credit_left is None else major(row.credit_left, row.currency),
    }
