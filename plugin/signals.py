"""Outgoing signals. The sender is the app.

They are sent at the end of a successful call, inside the shop's transaction and before its commit: receivers
may write rows through the same session, and must not touch the outside world.
"""

from __future__ import annotations

from blinker import NamedSignal, Namespace

_signals = Namespace()

coupon_applied = _signals.signal("firstline-coupon-applied")
"""A code was put into a cart: `code`, `customer_ref`, `cart_key`."""

coupon_redeemed = _signals.signal("firstline-coupon-redeemed")
"""A code was used by an order: `order_ref`, `code`, `coupon`, `customer_ref`, `contact_id`, `owner_id`,
`discount` (text, major units), `currency`, `flagged`."""

coupon_released = _signals.signal("firstline-coupon-released")
"""The use of a code was given back: `order_ref`, `code_id`, `redemption_id`."""

firstline_joined = _signals.signal("firstline-joined")
"""A contact joined a first line: `contact_id`, `customer_ref`, `partner_id`, `order_ref`."""

address_type_changed = _signals.signal("firstline-address-type-changed")
"""An address type changed: `contact_id`, `customer_ref`, `before`, `after`, `order_ref`."""

commission_posted = _signals.signal("firstline-commission-posted")
"""Commissions were posted: `kind` and `ref` of the document, `currency`, `amounts` {partner id: text}."""

commission_reversed = _signals.signal("firstline-commission-reversed")
"""Commissions were reversed: as `commission_posted`."""

payout_paid = _signals.signal("firstline-payout-paid")
"""A payout was paid: `payout_id`, `partner_id`, `currency`, `amount`."""

BY_NAME: dict[str, NamedSignal] = {
    "coupon_applied": coupon_applied,
    "coupon_redeemed": coupon_redeemed,
    "coupon_released": coupon_released,
    "firstline_joined": firstline_joined,
    "address_type_changed": address_type_changed,
    "commission_posted": commission_posted,
    "commission_reversed": commission_reversed,
    "payout_paid": payout_paid,
}
