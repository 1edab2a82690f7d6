"""All nouns of the admin pages by their names."""

from __future__ import annotations

from collections.abc import Mapping

from . import audit, calls, codes, contacts, coupons, ledger, orders, partners, program, redemptions
from .nouns import Noun

NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for noun in (
        partners.NOUN, contacts.NOUN, coupons.NOUN, codes.NOUN, redemptions.NOUN, orders.NOUN, ledger.ACCRUALS,
        ledger.POSTINGS, program.PRODUCTS, program.TERMS, calls.NOUN, audit.NOUN,
    )
}  # fmt: skip
