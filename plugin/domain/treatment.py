"""The kinds that a coupon is for VAT: their names, what follows from them, what stands on the invoice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from .coupon import CouponTerms, Kind, Treatment
from .tongue import marked

NAMES: Mapping[Treatment, str] = {
    Treatment.PRICE_CUT: marked("Price cut"),
    Treatment.SINGLE_PURPOSE: marked("Single-purpose voucher"),
    Treatment.MULTI_PURPOSE: marked("Store credit (multi-purpose voucher)"),
    Treatment.GOODWILL: marked("Goodwill"),
}
INVOICE_TEXTS: Mapping[Treatment, str] = {
    Treatment.PRICE_CUT: marked("Reduces the price; VAT is computed on the reduced price."),
    Treatment.SINGLE_PURPOSE: marked("VAT was charged when the voucher was sold."),
    Treatment.MULTI_PURPOSE: marked("Paid with store credit; VAT is unaffected."),
    Treatment.GOODWILL: marked("Goodwill; reduces the price, VAT is computed on the reduced price."),
}
"""What follows the discount line on the invoice."""
CONSEQUENCES: Mapping[Treatment, tuple[str, ...]] = {
    Treatment.PRICE_CUT: (
        marked("Giving out codes is no sale: nothing is booked and no VAT is due."),
        marked("When a code is redeemed the price goes down, and the VAT of each rate with it."),
    ),
    Treatment.SINGLE_PURPOSE: (
        marked("Selling it is the sale of the goods: VAT is due then, at the rate you give on the coupon."),
        marked("When it is redeemed, what it covers goes off with its VAT: it is not taxed twice."),
        marked("It works on goods of that rate only."),
    ),
    Treatment.MULTI_PURPOSE: (
        marked("Selling it is no sale of goods: no VAT is due yet."),
        marked("When it is redeemed it pays like money: price, VAT and commissions stay as they are."),
        marked("What is left stays on the code for the next order."),
    ),
    Treatment.GOODWILL: (
        marked("Giving it is no sale: nothing is booked and no VAT is due."),
        marked("When it is redeemed the price goes down, and the VAT of each rate with it."),
    ),
}


def mix_problem(terms: CouponTerms, *, open_to_partners: bool) -> str | None:
    """Say what does not go with the kind that a coupon is for VAT."""
    in_part = terms.kind is Kind.PERCENT and (terms.percent != Decimal(100) or terms.cap is not None)
    if terms.treatment is Treatment.SINGLE_PURPOSE and in_part:
        return marked("A single-purpose voucher pays in full: give an amount, or 100 per cent.")
    sold = terms.treatment in {Treatment.SINGLE_PURPOSE, Treatment.MULTI_PURPOSE}
    if sold and open_to_partners:
        return marked("What is sold cannot be open to partners: with own codes they would give it away.")
    return None
