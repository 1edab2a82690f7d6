"""All nouns of the admin pages by their names."""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    accruals,
    api_keys,
    applications,
    audit,
    batches,
    books,
    calls,
    codes,
    contacts,
    counter_hosts,
    coupons,
    disputes,
    imports,
    landing_pages,
    links,
    mailings,
    materials,
    orders,
    partner_terms,
    partners,
    payouts,
    postings,
    products,
    rates,
    redemptions,
    sponsor_changes,
    statements,
    tasks,
    terms,
    touches,
)
from .nouns import Noun

NOUNS: Mapping[str, Noun] = {
    noun.name: noun
    for noun in (
        partners.NOUN,
        applications.NOUN,
        contacts.NOUN,
        sponsor_changes.NOUN,
        mailings.NOUN,
        tasks.NOUN,
        coupons.NOUN,
        codes.NOUN,
        batches.NOUN,
        imports.NOUN,
        redemptions.NOUN,
        orders.NOUN,
        accruals.NOUN,
        disputes.NOUN,
        payouts.RUNS,
        payouts.NOUN,
        statements.NOUN,
        postings.NOUN,
        books.SEALS,
        products.NOUN,
        landing_pages.NOUN,
        materials.NOUN,
        counter_hosts.NOUN,
        links.NOUN,
        touches.NOUN,
        terms.NOUN,
        terms.HISTORY,
        partner_terms.NOUN,
        rates.NOUN,
        rates.WAITING,
        calls.NOUN,
        audit.NOUN,
        api_keys.NOUN,
    )
}
