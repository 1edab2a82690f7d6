"""The endpoints of orders: placed, changed, cancelled, completed; what of them is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from ..cart import told_holders
from ..domain.money import major
from ..models import DocumentState
from ..services import order_views, sharing, slices, told, told_lists
from ..services.carts import CartReader
from ..services.context import Context
from ..services.mistakes import NotThere
from . import answering, facts, quoted, shares
from .code_schemas import SharesSchema
from .edge import NAME, blueprint, operation
from .once import act
from .order_schemas import (
    CHANGE_EXAMPLE,
    EXAMPLE,
    CompletedSchema,
    DoneSchema,
    NewOrderSchema,
    NothingSchema,
    OrderChangeSchema,
    OrderPageSchema,
    OrderQuerySchema,
    OrderQuoteSchema,
    OrderSharedSchema,
    OrderViewSchema,
    PlacedSchema,
)

READ, WRITE, TAG = "orders:read", "orders:write", "Orders"
Values = Mapping[str, Any]


@operation("GET", "/orders", scope=READ, tag=TAG)
@blueprint.arguments(OrderQuerySchema, location="query")
@blueprint.response(200, OrderPageSchema)
def list_orders(asked: Values) -> Response:
    """List orders, the oldest first."""
    conditions = told_lists.orders_where(**answering.narrowing(asked))
    return answering.listed(OrderPageSchema(), told_lists.ORDERS, conditions, asked, _row)


@operation("POST", "/orders", scope=WRITE, tag=TAG)
@blueprint.arguments(NewOrderSchema, example=EXAMPLE)
@blueprint.response(201, PlacedSchema, description="The order is placed, its codes are used up.")
@blueprint.alt_response(200, schema=PlacedSchema, description="It was placed before.", success=True)
def place_order(given: Values) -> Response:
    """Place an order and use its codes up; refused where one does not hold or the promise is broken."""
    order = facts.order(given)
    buyer = CartReader(order).customer
    holders = told_holders(order.cart_key, order.visitor, buyer.ref if buyer else None)

    def work(ctx: Context) -> object:
        done = told.place(replace(ctx, as_fact=given["as_fact"]), order, holders)
        return {"ref": order.ref, "new": done.new, "quote": quoted.shown(done.quote)}

    return act(PlacedSchema(), work, status=answering.made, location=_place)


def _place(body: Values) -> str:
    return url_for(f"{NAME}.get_order", ref=body["ref"])


@operation("GET", "/orders/<firstline_ref:ref>", scope=READ, tag=TAG)
@blueprint.response(200, OrderViewSchema)
def get_order(ref: str) -> Response:
    """Give one order: its lines, its quote as pinned, who is credited."""
    ctx = answering.reading()
    found = slices.page(ctx.conn, told_lists.ORDERS, told_lists.orders_where(ref=ref), after=0, limit=1)
    if not found.rows:
        raise NotThere(f"There is no order {ref}.")
    row, view = found.rows[0], order_views.view(ctx, told.get_order(ctx, ref))
    seen = {
        "lines": [_line(line, row.currency) for line in row.sale["lines"]],
        "quote": quoted.shown(view.quote),
        "partner_invoice": view.partner_invoice,
        "address_type_before": view.address_type_before,
        "credit_back": view.credit_back,
        "shares": shares.shown(ctx, told.get_order(ctx, ref).shared),
    }
    return answering.shown(OrderViewSchema(), {**_row(row), **seen})


@operation("PUT", "/orders/<firstline_ref:ref>", scope=WRITE, tag=TAG)
@blueprint.arguments(OrderChangeSchema, example=CHANGE_EXAMPLE)
@blueprint.response(200, OrderQuoteSchema)
def change_order(given: Values, ref: str) -> Response:
    """Say what an order is now; amounts are worked out anew by the terms that were pinned."""
    order = facts.order(given, ref)

    def work(ctx: Context) -> object:
        return {"ref": ref, "quote": quoted.shown(told.change(ctx, order))}

    return act(OrderQuoteSchema(), work)


@operation("POST", "/orders/<firstline_ref:ref>/cancel", scope=WRITE, tag=TAG)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(200, DoneSchema)
def cancel_order(_given: Values, ref: str) -> Response:
    """Cancel an order: its uses go back by the policy, what was earned is reversed."""
    return act(DoneSchema(), lambda ctx: _done(ctx, ref, new=told.cancel(ctx, ref)))


@operation("POST", "/orders/<firstline_ref:ref>/payment-failed", scope=WRITE, tag=TAG)
@blueprint.arguments(NothingSchema, example={})
@blueprint.response(200, DoneSchema)
def fail_order(_given: Values, ref: str) -> Response:
    """Free what an unpaid order holds; its codes wait for its cart again, and it may be placed anew."""
    return act(DoneSchema(), lambda ctx: _done(ctx, ref, new=told.fail_payment(ctx, ref)))


@operation("POST", "/orders/<firstline_ref:ref>/complete", scope=WRITE, tag=TAG)
@blueprint.arguments(CompletedSchema, example={"at": "2026-11-20T18:00:00+01:00"})
@blueprint.response(200, DoneSchema)
def complete_order(given: Values, ref: str) -> Response:
    """Say that an order was delivered; it may come before the order and waits then."""

    def work(ctx: Context) -> object:
        done = told.complete(ctx, ref, given.get("at"))
        if done.row.outcome == "waiting":
            return {"ref": ref, "state": "waiting", "new": done.new}
        return _done(ctx, ref, new=done.new)

    return act(DoneSchema(), work)


@operation("POST", "/orders/<firstline_ref:ref>/share", scope="commissions:write", tag=TAG)
@blueprint.arguments(SharesSchema, example=shares.EXAMPLE)
@blueprint.response(200, OrderSharedSchema)
def share_order(given: Values, ref: str) -> Response:
    """Give the credit of an order to these partners; what others earned by it is reversed."""
    key = request.headers.get("Idempotency-Key") or uuid.uuid4().hex

    def work(ctx: Context) -> object:
        wanted = sharing.Wanted(
            document_id=told.get_order(ctx, ref).id,
            portions=shares.read(ctx, given),
            reason=given["reason"],
            key=f"api:{answering.key().id}:{key}"[:140],
        )
        done = sharing.share_order(ctx, wanted, who=answering.who())
        return {"ref": ref, **shares.moved(ctx, done), "shares": shares.shown(ctx, wanted.portions)}

    return act(OrderSharedSchema(), work)


def _done(ctx: Context, ref: str, *, new: bool) -> dict[str, object]:
    return {"ref": ref, "state": DocumentState(told.get_order(ctx, ref).state), "new": new}


_SAME = (
    "ref", "number", "state", "credit", "currency", "flags", "first_order", "returned", "placed_at",
    "paid_at", "completed_at",
)  # fmt: skip


def _row(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of told_lists.ORDERS
    amounts = {name: major(getattr(row, name), row.currency) for name in ("total", "paid", "given_back")}
    who = {"customer": row.customer_ref, "partner": row.partner_ref}
    return {**{name: getattr(row, name) for name in _SAME}, **amounts, **who}


def _line(line: Mapping[str, Any], currency: str) -> dict[str, object]:
    return {
        "key": line["key"],
        "product_ref": line["product"],
        "title": line.get("title", ""),
        "quantity": line["quantity"],
        "vat_rate": line["rate"],
        "total": major(line["total"], currency),
        "discount": major(line["discount"], currency),
    }
