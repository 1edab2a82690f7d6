"""Factories: a partner, coupon, code, terms or product in one line.

`at` is an app (a unit of our own, committed at once) or a connection (the caller commits; its rows are dated
`clock.NOON`). Amounts are in major units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from flask import Flask
from sqlalchemy import Connection

from ..config import GiveBack
from ..domain.clauses import PLAIN, Clauses
from ..domain.coupon import CouponTerms, Kind, Treatment
from ..domain.money import Number, minor_exact
from ..services import address_book, codes, coupons, partners, products, program
from ..services.unit import begin_writing
from ..state import state_of
from .clock import NOON

WHO = "tests"
At = Flask | Connection


@dataclass(frozen=True, kw_only=True)
class _Place:
    conn: Connection
    now: datetime


@contextmanager
def _opened(at: At) -> Iterator[_Place]:
    if isinstance(at, Connection):
        begin_writing(at)
        yield _Place(conn=at, now=min(NOON, datetime.now(UTC)))
        return
    with at.app_context():
        state = state_of(at)
        with state.own_unit() as session:
            yield _Place(conn=session.connection(), now=state.now())


def make_partner(
    at: At, ref: object, *, sponsor: object = None, email: str | None = None, name: str | None = None
) -> int:
    """Make a partner, below a sponsor who is there already, and give the contact's id."""
    above = None if sponsor is None else str(sponsor)
    with _opened(at) as place:
        return partners.add_partner(
            place.conn, ref=str(ref), email=email, name=name, sponsor_ref=above, who=WHO, now=place.now
        )


def suspend_partner(at: At, ref: object) -> None:
    """Let a partner earn nothing from now on."""
    with _opened(at) as place:
        contact_id = address_book.get_contact_id(place.conn, str(ref))
        partners.suspend(place.conn, contact_id, why="test", who=WHO, now=place.now)


def set_sponsor(at: At, ref: object, sponsor: object) -> None:
    """Name a contact's sponsor, as an admin does."""
    with _opened(at) as place:
        contact_id = address_book.get_contact_id(place.conn, str(ref))
        sponsor_id = address_book.get_contact_id(place.conn, str(sponsor))
        partners.set_sponsor(place.conn, contact_id, sponsor_id, why="test", who=WHO, now=place.now)


def coupon_terms(  # noqa: PLR0913 - the terms of a coupon
    name: str,
    *,
    amount: Number | None = None,
    percent: Number | None = None,
    free_shipping: bool = False,
    cap: Number | None = None,
    currency: str = "EUR",
    min_order: Number | None = None,
    max_order: Number | None = None,
    products: Iterable[str] = (),
    categories: Iterable[str] = (),
    new_customers_only: bool = False,
    max_uses: int | None = None,
    max_per_code: int | None = None,
    max_per_customer: int | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    vat_rate: Number | None = None,
    priority: int = 100,
    stackable: bool = False,
    treatment: Treatment | str = Treatment.PRICE_CUT,
    campaign: str | None = None,
) -> CouponTerms:
    """Give terms from amounts in major units; without any kind, 5.00 off."""
    if amount is None and percent is None and not free_shipping:
        amount = 5

    def units(value: Number | None) -> int | None:
        return None if value is None else minor_exact(value, currency)

    needs_currency = any(value is not None for value in (amount, cap, min_order, max_order))
    return CouponTerms(
        name=name,
        kind=Kind.SHIPPING if free_shipping else Kind.PERCENT if percent is not None else Kind.AMOUNT,
        amount=units(amount),
        percent=None if percent is None else Decimal(str(percent)),
        cap=units(cap),
        currency=currency if needs_currency else None,
        min_order=units(min_order),
        max_order=units(max_order),
        products=frozenset(products),
        categories=frozenset(categories),
        new_customers_only=new_customers_only,
        max_uses=max_uses,
        max_per_code=max_per_code,
        max_per_customer=max_per_customer,
        valid_from=valid_from,
        valid_until=valid_until,
        vat_rate=None if vat_rate is None else Decimal(str(vat_rate)),
        priority=priority,
        stackable=stackable,
        treatment=Treatment(treatment),
        campaign=campaign,
    )


def make_coupon(
    at: At,
    name: str,
    *,
    open_to_partners: bool = False,
    give_back: GiveBack | str | None = None,
    **terms: object,
) -> int:
    """Make a coupon (`terms` as `coupon_terms` takes them; 5.00 EUR off by default) and give its id."""
    with _opened(at) as place:
        return coupons.create_coupon(
            place.conn,
            coupon_terms(name, **terms),  # type: ignore[arg-type]  # named and typed there
            open_to_partners=open_to_partners,
            give_back=give_back,
            who=WHO,
            now=place.now,
        )


def make_code(
    at: At,
    code: str,
    *,
    owner: object = None,
    holder: object = None,
    coupon: str | None = None,
    max_uses: int | None = None,
    **terms: object,
) -> int:
    """Make a code and give its id: on the coupon of that name, else on one of its own with these terms."""
    with _opened(at) as place:
        conn = place.conn
        if coupon is None:
            coupon_id = make_coupon(conn, f"Coupon {code}", **terms)  # type: ignore[arg-type]
        else:
            coupon_id = coupons.get_coupon_by_name(conn, coupon).id
        owner_id, holder_id = (
            None if ref is None else address_book.get_contact_id(conn, str(ref)) for ref in (owner, holder)
        )
        return codes.create_code(
            conn, code, coupon_id=coupon_id, owner_id=owner_id, holder_id=holder_id, max_uses=max_uses,
            who=WHO, now=place.now,
        )  # fmt: skip


def switch_code(at: At, code: str, *, active: bool) -> None:
    """Switch a code on or off."""
    with _opened(at) as place:
        row = codes.find_code(place.conn, code)
        if row is None:
            raise LookupError(f"there is no code {code}")
        codes.set_code_active(place.conn, row.id, active, who=WHO, now=place.now)


def make_terms(
    at: At,
    *percents: Number,
    level: int = 1,
    fixed: Number | None = None,
    currency: str = "EUR",
    partner: object = None,
    product: str | None = None,
    category: str | None = None,
    campaign: str | None = None,
    begins: datetime | None = None,
    clauses: Clauses = PLAIN,
) -> None:
    """Set commission terms: per cents from `level` upwards, or a fixed amount per unit at that level.

    They hold from `begins` on, by default from now.
    """
    with _opened(at) as place:
        partner_id = None if partner is None else address_book.get_contact_id(place.conn, str(partner))
        rates = [(level + n, Decimal(str(percent)), None) for n, percent in enumerate(percents)]
        amounts = [] if fixed is None else [(level, None, minor_exact(fixed, currency))]
        for number, rate, amount in (*rates, *amounts):
            program.set_terms(
                place.conn,
                level=number,
                percent=rate,
                fixed=amount,
                currency=currency,
                partner_id=partner_id,
                product_ref=product,
                category=category,
                campaign=campaign,
                begins=begins,
                clauses=clauses,
                who=WHO,
                now=place.now,
            )


def make_product(
    at: At,
    ref: object,
    *,
    title: str = "",
    takes_part: bool | None = None,
    absolute_coupons: bool = True,
    shown_in_desk: bool = False,
) -> None:
    """Give a product a row with its switches, or change them."""
    with _opened(at) as place:
        products.set_product(
            place.conn,
            str(ref),
            takes_part=takes_part,
            absolute_coupons=absolute_coupons,
            shown_in_desk=shown_in_desk,
            title=title or None,
            who=WHO,
            now=place.now,
        )
