"""The endpoints of coupons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, url_for

from ..domain.coupon import CouponTerms
from ..services import coupon_lists, coupons, slices
from ..services.context import Context
from ..services.coupon_values import values_of
from ..services.reading import Given, read_coupon
from . import answering
from .coupon_schemas import (
    EXAMPLE,
    ActiveSchema,
    CouponChangeSchema,
    CouponPageSchema,
    CouponQuerySchema,
    CouponSchema,
    CouponTermsSchema,
)
from .edge import NAME, blueprint, operation
from .once import act

READ, WRITE, TAG = "coupons:read", "coupons:write", "Coupons"
Values = Mapping[str, Any]


@operation("GET", "/coupons", scope=READ, tag=TAG)
@blueprint.arguments(CouponQuerySchema, location="query")
@blueprint.response(200, CouponPageSchema)
def list_coupons(asked: Values) -> Response:
    """List coupons, the oldest first."""
    conditions = coupon_lists.coupons_where(name=asked.get("name"), active=asked.get("active"))
    return answering.listed(CouponPageSchema(), coupon_lists.COUPONS, conditions, asked, _shown)


@operation("POST", "/coupons", scope=WRITE, tag=TAG)
@blueprint.arguments(CouponTermsSchema, example=EXAMPLE)
@blueprint.response(201, CouponSchema)
def create_coupon(given: Values) -> Response:
    """Make a coupon; it needs codes before anybody can redeem it."""

    def work(ctx: Context) -> object:
        terms, more = _read(ctx, given)
        return _one(ctx, coupons.create_coupon(ctx.conn, terms, **more, who=answering.who(), now=ctx.now))

    return act(CouponSchema(), work, status=201, location=_place)


def _place(body: Values) -> str:
    return url_for(f"{NAME}.get_coupon", coupon_id=body["id"])


@operation("GET", "/coupons/<coupon_id>", scope=READ, tag=TAG)
@blueprint.response(200, CouponSchema)
def get_coupon(coupon_id: int) -> Response:
    """Give one coupon."""
    return answering.shown(CouponSchema(), _one(answering.reading(), coupon_id))


@operation("PUT", "/coupons/<coupon_id>", scope=WRITE, tag=TAG, refuses=(409,))
@blueprint.arguments(CouponTermsSchema, example=EXAMPLE)
@blueprint.response(200, CouponSchema)
def replace_coupon(given: Values, coupon_id: int) -> Response:
    """Give a coupon these terms and no others. Orders keep the terms they were placed with."""
    return act(CouponSchema(), lambda ctx: _changed(ctx, coupon_id, given))


@operation("PATCH", "/coupons/<coupon_id>", scope=WRITE, tag=TAG, refuses=(409,))
@blueprint.arguments(CouponChangeSchema, example={"min_order": "25.00", "max_per_customer": None})
@blueprint.response(200, CouponSchema)
def change_coupon(given: Values, coupon_id: int) -> Response:
    """Change some terms of a coupon; null takes a term away. Orders keep theirs."""

    def work(ctx: Context) -> object:
        row = coupons.get_coupon(ctx.conn, coupon_id, lock=True)
        return _changed(ctx, coupon_id, {**values_of(row), **given})

    return act(CouponSchema(), work)


@operation("PUT", "/coupons/<coupon_id>/active", scope=WRITE, tag=TAG)
@blueprint.arguments(ActiveSchema, example={"active": False})
@blueprint.response(200, CouponSchema)
def switch_coupon(given: Values, coupon_id: int) -> Response:
    """Switch a coupon with all its codes on or off."""

    def work(ctx: Context) -> object:
        coupons.set_active(ctx.conn, coupon_id, given["active"], who=answering.who(), now=ctx.now)
        return _one(ctx, coupon_id)

    return act(CouponSchema(), work)


def _changed(ctx: Context, coupon_id: int, given: Values) -> object:
    terms, more = _read(ctx, given)
    coupons.change_coupon(
        ctx.conn, coupon_id, terms, **more, zone=ctx.settings.zone, who=answering.who(), now=ctx.now
    )
    return _one(ctx, coupon_id)


def _read(ctx: Context, given: Values) -> tuple[CouponTerms, dict[str, Any]]:
    """Read terms as the command line and the files of `apply` are read."""
    read = Given(values={name: value for name, value in given.items() if _says(value)}, settings=ctx.settings)
    more = {"open_to_partners": read.yes("open_to_partners"), "give_back": read.text("give_back")}
    return read_coupon(read), more


def _says(value: object) -> bool:
    return value is not None and value != []


def _one(ctx: Context, coupon_id: int) -> object:
    return _shown(slices.one(ctx.conn, coupon_lists.COUPONS, coupon_id, "coupon"))


def _shown(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of coupon_lists.COUPONS
    own = {"id": row.id, "active": row.active, "uses": row.uses, "created_at": row.created_at}
    return {**values_of(row), **own}
