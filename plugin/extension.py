"""`Firstline`: mounts the plugin into an app and takes the shop's calls. The composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from blinker import Signal
from flask import Blueprint, Flask

from . import addresses, api, assets, came, cart, checkout, cli, desk, i18n, visitor
from . import admin as admin_pages
from .config import read_settings
from .domain.money import Number
from .errors import ConfigError
from .hooks import commits, customers, orders, payments, shares, webhooks
from .hooks.connect import TARGETS, Bridge, Convert, bridge
from .hooks.replay import replay
from .models import CameBy
from .shop import (
    REQUIRED_ANSWERS,
    Balance,
    Cart,
    ContactView,
    Customer,
    Invoice,
    Order,
    OrderView,
    Quote,
    Refund,
    Share,
    Shop,
)
from .state import EXTENSION, State, current_state

MOUNTS = ("checkout", "desk", "admin", "api", "hooks")


class Firstline:
    """A partner program for a shop. One instance may serve several apps of a process."""

    webhooks: Blueprint = webhooks.blueprint
    """Where shops that are no Flask apps tell; for a host's own CSRF protection: `csrf.exempt(...)`."""

    def init_app(
        self,
        app: Flask,
        *,
        shop: Shop,
        session: Any = None,  # noqa: ANN401 - any scoped session
        admin: object = None,
        mount: Sequence[str] = MOUNTS,
    ) -> None:
        """Mount into an app, after SQLAlchemy, Babel, CSRFProtect and Admin.

        `session` is for shops without Flask-SQLAlchemy; `mount=()` for an app that only reports facts.
        Raises ConfigError with what to mend.
        """
        _check_shop(shop)
        unknown = sorted(set(mount) - set(MOUNTS))
        if unknown:
            raise ConfigError(f"mount names {', '.join(unknown)}; possible are {', '.join(MOUNTS)}.")
        if EXTENSION in app.extensions:
            raise ConfigError("Flask-Firstline is mounted in this app already; call init_app once per app.")
        settings = read_settings(app.config)
        state = State(app=app, settings=settings, shop=shop, session_given=session)
        app.extensions[EXTENSION] = state
        addresses.install(app)
        i18n.install(app, settings)
        commits.install(app)
        visitor.install(app, domain=settings.cookie_domain)
        _install_templates(app)
        cli.register(app)
        app.teardown_appcontext(lambda _error: state.close_own_session())
        for blueprint in _blueprints(state, admin, mount):
            app.register_blueprint(blueprint, url_prefix=settings.url_prefix + (blueprint.url_prefix or ""))
        if "hooks" in mount:
            webhooks.install(app)
        if "api" in mount:
            api.mount(app, settings.url_prefix)

    # The coupon field -------------------------------------------------------------------------------------

    def quote(self, cart_: Cart | None) -> Quote:
        """Price a cart with the codes applied to it; read only, cached per request."""
        return cart.quote_anywhere(cart_)

    def apply_coupon(
        self, cart_: Cart, code: str, client: str | None = None, *, by_link: bool = False
    ) -> Quote:
        """Put a code into a cart; never raises for a code. `client` is the remote address.

        `by_link` says that the code came by a link of the shop's own, not that somebody typed it.
        """
        came_by = CameBy.LINK if by_link else CameBy.TYPED
        return cart.apply_coupon(current_state(), cart_, code, client, came_by=came_by)

    def remove_coupon(self, cart_: Cart, code: str | None = None) -> Quote:
        """Take a code out of a cart; None takes out all."""
        return cart.remove_coupon(current_state(), cart_, code)

    def reserve(self, cart_: Cart, promised_discount: Number | None = None) -> Quote:
        """Hold limited codes and the person's claim for this cart; raises Refused."""
        return cart.reserve(current_state(), cart_, promised_discount)

    def visitor(self) -> str | None:
        """Give the token of this request's visitor, for shops that place orders outside a request."""
        return visitor.current_visitor() or came.visitor()

    # Customers --------------------------------------------------------------------------------------------

    def customer_registered(
        self, customer: Customer, code: str | None = None, *, commit: bool = False
    ) -> ContactView:
        """Record a new customer; with a code it joins the owner's first line at once."""
        return customers.registered(current_state(), customer, code, commit=commit)

    def customer_changed(self, customer: Customer, *, commit: bool = False) -> ContactView:
        """Record changed details of a customer."""
        return customers.changed(current_state(), customer, commit=commit)

    def customer_erased(self, customer_ref: object, *, commit: bool = False) -> None:
        """Forget a person; the books stay."""
        customers.erased(current_state(), customer_ref, commit=commit)

    def contact(self, who: Customer | object) -> ContactView | None:
        """Give the contact of a customer or ref, or None."""
        return customers.contact(current_state(), who)

    def balance(self, who: Customer | object) -> dict[str, Balance]:
        """Give a partner's balances per currency."""
        return customers.balance(current_state(), who)

    # Orders -----------------------------------------------------------------------------------------------

    def order_placed(self, order: Order, *, commit: bool = False) -> Quote:
        """Record a placed order; raises Refused, nothing stored, when a code or the promise fails."""
        return orders.placed(current_state(), order, commit=commit)

    def order_changed(self, order: Order, *, commit: bool = False) -> Quote:
        """Record that an order was changed."""
        return orders.changed(current_state(), order, commit=commit)

    def order_cancelled(self, order_ref: object, *, commit: bool = False) -> None:
        """Record that an order was cancelled."""
        orders.cancelled(current_state(), order_ref, commit=commit)

    def order_completed(self, order_ref: object, at: datetime | None = None, *, commit: bool = False) -> None:
        """Record that an order was completed or delivered."""
        orders.completed(current_state(), order_ref, at, commit=commit)

    def payment_failed(
        self, order_ref: object = None, cart_key: object = None, *, commit: bool = False
    ) -> None:
        """Record that a payment failed: what was held is free, the codes are back in the cart."""
        orders.payment_failed(current_state(), order_ref, cart_key, commit=commit)

    def order(self, order_ref: object) -> OrderView | None:
        """Give an order as the plugin knows it, or None."""
        return orders.view(current_state(), order_ref)

    def share(self, order_ref: object) -> Share | None:
        """Give what an order's buyer can pass on; None while no campaign is for it."""
        return shares.fetched(current_state(), order_ref)

    # Money ------------------------------------------------------------------------------------------------

    def invoice_paid(self, invoice: Invoice, *, commit: bool = False) -> None:
        """Record that an invoice was paid, wholly or in part."""
        payments.paid(current_state(), invoice, commit=commit)

    def invoice_refunded(self, refund: Refund, *, commit: bool = False) -> None:
        """Record goods or money that went back."""
        payments.refunded(current_state(), refund, commit=commit)

    # Anything else ----------------------------------------------------------------------------------------

    def event(
        self,
        name: str,
        who: Customer | object,
        data: Mapping[str, object] | None = None,
        ref: object = None,
        *,
        commit: bool = False,
    ) -> None:
        """Record any further fact for the rules."""
        customers.event(current_state(), name, who, {} if data is None else data, ref, commit=commit)

    def connect(
        self,
        signal: Signal,
        to: str = "order_placed",
        convert: Convert | None = None,
        commits: bool = False,
        refuse: bool = False,
    ) -> None:
        """Bridge a shop's own signal to a call; `commits` says that it is sent after the shop's commit."""
        if to not in TARGETS:
            raise ConfigError(f"connect(to={to!r}) is no call; possible are {', '.join(TARGETS)}.")
        bridge(signal, Bridge(to=to, call=_call(to, commit=commits), convert=convert, refuse=refuse))


_CALLS: Mapping[str, Callable[..., object]] = {
    "customer_registered": customers.registered,
    "customer_changed": customers.changed,
    "customer_erased": customers.erased,
    "order_placed": orders.placed,
    "order_changed": orders.changed,
    "order_cancelled": orders.cancelled,
    "order_completed": orders.completed,
    "payment_failed": orders.payment_failed,
    "invoice_paid": payments.paid,
    "invoice_refunded": payments.refunded,
}


def _call(to: str, *, commit: bool) -> Callable[[State, Any], object]:
    if to == "order_placed" and commit:
        return lambda state, fact: orders.placed(state, fact, commit=True, as_fact=True)
    return lambda state, fact: _CALLS[to](state, fact, commit=commit)


def _check_shop(shop: object) -> None:
    missing = [name for name in REQUIRED_ANSWERS if not callable(getattr(shop, name, None))]
    if missing:
        raise ConfigError(
            f"{type(shop).__name__} does not answer {', '.join(missing)}; "
            "give init_app(app, shop=...) an object with these methods (flask_firstline.Shop)."
        )


def _install_templates(app: Flask) -> None:
    app.jinja_env.globals["firstline_quote"] = cart.quote_for_template
    assets.install(app)
    checkout.install(app)


def _blueprints(state: State, admin: object, mount: Sequence[str]) -> list[Blueprint]:
    ours = {"checkout": checkout.blueprint, "desk": desk.blueprint, "admin": admin_pages.blueprint}
    ours["hooks"] = webhooks.blueprint
    if "admin" in mount:
        admin_pages.install(state.app, admin, lambda call_id: [done.error for done in replay(state, call_id)])
    fronts = [desk.front_blueprint] if "desk" in mount else []
    return [assets.blueprint, *fronts, *(blueprint for name, blueprint in ours.items() if name in mount)]
