"""All nouns of the admin pages by their names."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    accruals,
    api_keys,
    audit,
    batches,
    calls,
    codes,
    contacts,
    coupons,
    imports,
    landing_pages,
    orders,
    partners,
    payouts,
    postings,
    products,
    redemptions,
    statements,
    terms,
    touches,
)
from .nouns import Noun

NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for noun in (
        partners.NOUN,
        contacts.NOUN,
        coupons.NOUN,
        codes.NOUN,
        batches.NOUN,
        imports.NOUN,
        redemptions.NOUN,
        orders.NOUN,
        accruals.NOUN,
        payouts.RUNS,
        payouts.NOUN,
        statements.NOUN,
        postings.NOUN,
        products.NOUN,
        landing_pages.NOUN,
        touches.NOUN,
        terms.NOUN,
        calls.NOUN,
        audit.NOUN,
        api_keys.NOUN,
    )
}
