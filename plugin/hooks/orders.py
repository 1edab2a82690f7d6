"""The shop's calls about orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ..cart import holders_of
from ..errors import TEXTS, Reason, Refused, WrongFact
from ..i18n import gettext
from ..models.base import SHOP
from ..services import (
    candidates,
    inbox,
    order_changes,
    order_ends,
    order_views,
    orders,
    quoting,
    receiving,
    sales,
)
from ..services.carts import CartReader, Holders
from ..services.context import Context
from ..services.placing import place, place_again, with_quote
from ..shop import Order, OrderView, Quote, ref_text, utc
from ..state import State
from .recording import Told, run


def placed(
    state: State, order: Order, *, commit: bool = False, as_fact: bool = False, source: str = SHOP
) -> Quote:
    """Record a placed order. Raises Refused, nothing stored, when a code or the promise does not hold."""
    reader = CartReader(order)
    if not reader.lines:
        return quoting.undiscounted(reader)
    order = _asked(order, reader)
    holders = holders_of(order, reader.customer)
    told: Told[Quote] = Told(
        kind="order_placed",
        key=order.ref,
        subject_ref=order.ref,
        order_ref=order.ref,
        payload=lambda: _payload(order, holders),
        work=lambda ctx: place(ctx, order, holders),
        after_bug=lambda: _after_bug(state, order, holders),
        source=source,
        as_fact=as_fact,
    )
    try:
        return run(state, told, commit=commit)
    except orders.Repeated:
        again = replace(told, work=lambda ctx: place_again(ctx, order, holders))
        return run(state, again, commit=commit)
    except Refused as refused:
        raise _with_quote(state, refused, order, holders) from refused


def _asked(order: Order, reader: CartReader) -> Order:
    """Give the order with its callables asked; `has_bought` stays one, since few codes need it."""
    customer = reader.customer
    if customer is not None and callable(customer.has_bought):
        customer = replace(customer, has_bought=lambda: reader.has_bought)
    return replace(order, lines=reader.lines, customer=customer)


def _payload(order: Order, holders: Holders) -> inbox.Json:
    return {"order": inbox.pack(order), "holders": holders.packed()}


def _with_quote(state: State, refused: Refused, order: Order, holders: Holders) -> Refused:
    """Price the cart anew where a guard of the database refused, so that the shop can show what holds now."""
    session = state.session()
    with session.no_autoflush:
        return with_quote(state.context(session.connection()), refused, order, holders)


def _after_bug(state: State, order: Order, holders: Holders) -> Quote:
    """Let the sale go on where we failed: with the promised discount, or refuse where none was promised."""
    plain = quoting.undiscounted(CartReader(order))
    if not _has_codes(state, order, holders):
        return plain
    if order.promised_discount is None:
        message = gettext(TEXTS[Reason.UNAVAILABLE])
        raise Refused(Reason.UNAVAILABLE, message, plain.refused(Reason.UNAVAILABLE, message))
    basket = CartReader(order).basket()
    if basket is None:
        return plain
    priced = sales.charged_price(basket, order.promised_discount, order.codes or ())
    return quoting.priced_quote(order.currency, priced, gettext)


def _has_codes(state: State, order: Order, holders: Holders) -> bool:
    if order.codes is not None:
        return bool(order.codes)
    session = state.session()
    with session.no_autoflush:
        return bool(candidates.applied_to(state.context(session.connection()), holders))


def changed(state: State, order: Order, *, commit: bool = False) -> Quote:
    """Record that an order was changed."""
    reader = CartReader(order)
    order = _asked(order, reader)
    told: Told[Quote] = Told(
        kind="order_changed",
        key=order.ref,
        subject_ref=order.ref,
        order_ref=order.ref,
        payload=lambda: {"order": inbox.pack(order)},
        work=lambda ctx: order_changes.change(ctx, order),
        after_bug=lambda: quoting.undiscounted(CartReader(order)),
    )
    return run(state, told, commit=commit)


def cancelled(state: State, order_ref: object, *, commit: bool = False) -> None:
    """Record that an order was cancelled."""
    ref = ref_text(order_ref, "order_ref")

    def work(ctx: Context) -> None:
        order_ends.cancel(ctx, ref)

    run(state, _about("order_cancelled", ref, work), commit=commit)


def completed(state: State, order_ref: object, at: datetime | None = None, *, commit: bool = False) -> None:
    """Record that an order was completed or delivered; waits where the order is not known yet."""
    ref = ref_text(order_ref, "order_ref")
    when = None if at is None else utc(at, "at")

    def work(ctx: Context) -> None:
        receiving.note_completed(ctx, ref, when)

    told = _about("order_completed", ref, work, more={"at": inbox.pack(when)})
    run(state, told, commit=commit)


def payment_failed(
    state: State, order_ref: object = None, cart_key: object = None, *, commit: bool = False
) -> None:
    """Record that a payment failed."""
    if order_ref is None and cart_key is None:
        raise WrongFact("payment_failed needs an order_ref or a cart_key")
    order = None if order_ref is None else ref_text(order_ref, "order_ref")
    cart = None if cart_key is None else ref_text(cart_key, "cart_key")

    def work(ctx: Context) -> None:
        order_ends.fail_payment(ctx, order, cart)

    told = _about("payment_failed", order or f"cart:{cart}", work, more={"cart_key": cart})
    run(state, told, commit=commit)


def _about(
    kind: str, ref: str, work: Callable[[Context], None], more: inbox.Json | None = None
) -> Told[None]:
    return Told(
        kind=kind,
        key=ref,
        subject_ref=ref[:64],
        order_ref=ref[:64],
        payload=lambda: {"ref": ref, **(more or {})},
        work=work,
        after_bug=lambda: None,
    )


def view(state: State, order_ref: object) -> OrderView | None:
    """Give an order as the plugin knows it, or None."""
    session = state.session()
    with session.no_autoflush:
        ctx = state.context(session.connection())
        return order_views.find_view(ctx, ref_text(order_ref, "order_ref"))
