"""Play a sale with the shop's own settings and terms, to be taken back: what happens at each step."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from ..domain.coupon import CouponTerms, Kind
from ..domain.money import major, minor
from ..models import Accrual, CommissionTerms, Contact, Document
from ..shop import Customer, Invoice, Line, Order, Refund
from . import codes, coupons, ledger, partners, placing, products, program, receiving
from .carts import Holders
from .context import Context
from .terms_rows import in_force

_ACCRUAL = Accrual.__table__
_CONTACT = Contact.__table__
_DOCUMENT = Document.__table__
_TERMS = CommissionTerms.__table__
_WHO = "try"
_GOODS = Decimal(119)
_DISCOUNT = 5
_VAT = 19
_PERCENT = Decimal(10)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the play: its name, what came of it in a sentence, and its figures in major units."""

    name: str
    said: str
    figures: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class _Cast:
    """Who and what plays, under names that nobody has."""

    mark: str
    currency: str

    @property
    def code(self) -> str:
        return f"TRY-{self.mark}"

    @property
    def order(self) -> str:
        return f"try-order-{self.mark}"

    @property
    def product(self) -> str:
        return f"try-product-{self.mark}"

    def person(self, part: str) -> str:
        return f"try-{part}-{self.mark}"


def play(ctx: Context) -> Iterator[Step]:
    """Make a partner with a code, sell, pay and take back. The caller rolls all of it back."""
    cast = _Cast(mark=secrets.token_hex(4), currency=ctx.settings.currency)
    partner_id = partners.add_partner(
        ctx.conn, ref=cast.person("partner"), name="A partner to try", who=_WHO, now=ctx.now
    )
    yield Step(
        name="partner",
        said=f"{cast.person('partner')} is a partner.",
        figures={"partner": cast.person("partner")},
    )
    yield _terms(ctx)
    yield _code(ctx, cast, partner_id)
    yield _order(ctx, cast)
    receiving.note_paid(ctx, Invoice(ref=cast.order, order_ref=cast.order, currency=cast.currency))
    yield _earned(ctx, cast, partner_id)
    receiving.note_refunded(ctx, Refund(ref=cast.order, order_ref=cast.order, currency=cast.currency))
    yield _taken_back(ctx, cast, partner_id)


def _terms(ctx: Context) -> Step:
    """Let the shop's own terms hold; a shop without any on level 1 gets some to try with."""
    general = [_TERMS.c[name].is_(None) for name in ("partner_id", "product_ref", "category", "campaign")]
    ours = or_(_TERMS.c.currency.is_(None), _TERMS.c.currency == ctx.settings.currency)
    query = select(_TERMS.c.id).where(in_force(ctx.now), _TERMS.c.level == 1, *general, ours)
    if ctx.conn.execute(query.limit(1)).first() is not None:
        said, figures = "The shop's own commission terms hold.", {"own": True}
    else:
        program.set_terms(ctx.conn, level=1, percent=_PERCENT, who=_WHO, now=ctx.now)
        said = f"The shop has no general commission terms on level 1: {_PERCENT} per cent to try with."
        figures = {"own": False}
    return Step(name="terms", said=said, figures=figures)


def _code(ctx: Context, cast: _Cast, partner_id: int) -> Step:
    terms = CouponTerms(
        name=cast.code, kind=Kind.AMOUNT, amount=minor(_DISCOUNT, cast.currency), currency=cast.currency
    )
    coupon_id = coupons.create_coupon(ctx.conn, terms, who=_WHO, now=ctx.now)
    codes.create_code(ctx.conn, cast.code, coupon_id=coupon_id, owner_id=partner_id, who=_WHO, now=ctx.now)
    products.set_product(ctx.conn, cast.product, takes_part=True, who=_WHO, now=ctx.now)
    said = f"The code {cast.code} of the partner takes {_DISCOUNT} {cast.currency} off."
    return Step(name="code", said=said, figures={"code": cast.code, "amount": Decimal(_DISCOUNT)})


def _order(ctx: Context, cast: _Cast) -> Step:
    buyer = Customer(ref=cast.person("buyer"), email=f"{cast.person('buyer')}@example.org")
    order = Order(
        ref=cast.order,
        currency=cast.currency,
        lines=(Line(key="1", product_ref=cast.product, quantity=1, unit_price=_GOODS, vat_rate=_VAT),),
        codes=(cast.code,),
        customer=buyer,
    )
    quote = placing.place(ctx, order, Holders())
    sponsor = select(_CONTACT.c.sponsor_id).where(_CONTACT.c.ref == buyer.ref)
    came = ctx.conn.execute(sponsor).scalar_one() is not None
    line = "stands in the partner's first line" if came else "has no sponsor"
    said = f"Goods of {_GOODS} less {quote.discount} are {quote.to_pay} {cast.currency}; the buyer {line}."
    figures = {"goods": _GOODS, "discount": quote.discount, "to_pay": quote.to_pay, "first_line": came}
    return Step(name="order placed", said=said, figures=figures)


def _earned(ctx: Context, cast: _Cast, partner_id: int) -> Step:
    query = (
        select(_ACCRUAL)
        .join(_DOCUMENT, _DOCUMENT.c.id == _ACCRUAL.c.document_id)
        .where(_DOCUMENT.c.ref == cast.order, _ACCRUAL.c.partner_id == partner_id)
    )
    rows = ctx.conn.execute(query.order_by(_ACCRUAL.c.seq)).all()
    said = " ".join(row.sentence for row in rows) or "Nothing is earned by the terms."
    payable = next((row.payable_at for row in rows if row.payable_at is not None), None)
    figures = {**_balance(ctx, cast, partner_id), "payable_at": payable}
    return Step(name="invoice paid", said=said, figures=figures)


def _taken_back(ctx: Context, cast: _Cast, partner_id: int) -> Step:
    figures = _balance(ctx, cast, partner_id)
    said = f"All came back: {figures['on_hold']} {cast.currency} on hold."
    return Step(name="refund", said=said, figures=figures)


def _balance(ctx: Context, cast: _Cast, partner_id: int) -> dict[str, Any]:
    nothing = {"on_hold": 0, "payable": 0}
    found = ledger.balances(ctx, partner_id).get(cast.currency, nothing)
    return {name: major(found[name], cast.currency) for name in nothing}
