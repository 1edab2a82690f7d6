"""Codes looked at: why one is refused for a cart, and which may have leaked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.leak import Kind, Sign
from ..domain.money import major
from ..errors import TEXTS
from ..models import Contact, Document, DocumentKind
from ..services import lookup, radar
from ..services.described_carts import cart_of, customer_of
from ..services.mistakes import Mistake, NotThere
from ..services.why_cart import CartTrace, Wanted, explain
from ..shop import Cart, Customer, Line, read_amount
from ..state import State, current_state
from .codes import code as group
from .group import Answer, answering, table


@group.command("why")
@click.argument("code")
@click.option("--customer", help="The shop's id of the buyer, or an e-mail; by default a guest.")
@click.option("--order", "order_ref", help="Take lines and buyer of this order.")
@click.option("--line", "lines", multiple=True, help="REF:QUANTITY:PRICE[:VAT[:CATEGORY,CATEGORY]].")
@click.option("--shipping", default="0", help="Shipping, with VAT.")
@click.option("--currency", help="By default FIRSTLINE_CURRENCY.")
@click.option("--with", "beside", multiple=True, help="Another code in the cart; may be repeated.")
@click.option("--link", is_flag=True, help="The code came by its link.")
@answering
def why(
    code: str,
    customer: str | None,
    order_ref: str | None,
    lines: tuple[str, ...],
    shipping: str,
    currency: str | None,
    beside: tuple[str, ...],
    link: bool,
) -> Answer:
    """Say why CODE holds or is refused for a cart: every check in its order. Exit code 1 where it is refused.

    Nothing is stored, and no try is counted.
    """
    state = current_state()
    with Session(state.engine()) as session:
        cart = _cart(state, session, order_ref, currency, lines, shipping)
        if customer is not None:
            cart = replace(cart, customer=_customer(session, customer))
        wanted = Wanted(code=code, cart=cart, beside=beside, by_link=link, order_ref=order_ref)
        return _answer(explain(state.context(session.connection()), wanted), cart.currency)


def _cart(
    state: State,
    session: Session,
    order_ref: str | None,
    currency: str | None,
    lines: tuple[str, ...],
    shipping: str,
) -> Cart:
    if order_ref is not None:
        query = select(Document).where(Document.ref == order_ref, Document.kind == DocumentKind.ORDER.value)
        document = session.scalars(query).first()
        if document is None:
            raise NotThere(f"There is no order with the ref {order_ref!r}.")
        return cart_of(document)
    return Cart(
        currency=currency or state.settings.currency,
        lines=[_line(n, text) for n, text in enumerate(lines, 1)] or None,
        shipping=read_amount(shipping, "shipping", positive=True),
    )


def _line(n: int, text: str) -> Line:
    parts = text.split(":")
    if not 3 <= len(parts) <= 5:  # noqa: PLR2004 - the parts of a line
        raise Mistake(f"{text!r} is no line; give REF:QUANTITY:PRICE[:VAT[:CATEGORY,CATEGORY]].")
    ref, quantity, price, rate, categories = (*parts, "", "")[:5]
    return Line(
        key=str(n),
        product_ref=ref,
        quantity=quantity,
        unit_price=price,
        vat_rate=rate or None,
        categories=[name for name in categories.split(",") if name],
    )


def _customer(session: Session, text: str) -> Customer:
    found: list[Contact] = list(lookup.contacts(session, text))
    if len(found) > 1:
        raise Mistake(f"Several contacts are called {text!r}; give the shop's id or the e-mail.")
    if found:
        return customer_of(found[0]) or Customer()
    return Customer(email=text) if "@" in text else Customer(ref=text)


def _answer(found: CartTrace, currency: str) -> Answer:
    rows = [("ok" if proof.ok else "NO", proof.name, _figures(proof.data)) for proof in found.proofs]
    data = {
        "code": found.code,
        "coupon": found.coupon or None,
        "holds": found.holds,
        "reason": found.reason,
        "refused_by": found.refused_by or None,
        "checks": [
            {"name": proof.name, "ok": proof.ok, "data": {n: _plain(v) for n, v in proof.data.items()}}
            for proof in found.proofs
        ],
        "beside": list(found.beside),
        "left_out": list(found.left_out),
        "gives": major(found.gives, currency),
        "total": None if found.priced is None else major(found.priced.total, currency),
        "to_pay": None if found.priced is None else major(found.priced.to_pay, currency),
        "currency": currency,
    }
    return Answer(
        text="\n".join([table(("", "check", "figures"), rows, empty=""), "", _verdict(found, currency)]),
        data=data,
        ok=found.holds,
    )


def _verdict(found: CartTrace, currency: str) -> str:
    gives = f"{major(found.gives, currency)} {currency}"
    if found.reason is None:
        return f"{found.code} holds: it gives {gives}."
    if found.reason.public is not found.reason:
        told = f'the buyer is told: "{TEXTS[found.reason.public]}"'
    else:
        told = "the buyer is told why"
    would = f" If it held it would give {gives}." if found.gives else ""
    return f"{found.code} is refused ({found.reason}) by the check {found.refused_by!r}; {told}.{would}"


def _figures(data: object) -> str:
    given = data if isinstance(data, dict) else {}
    return ", ".join(
        f"{name} {_plain(value)}" for name, value in given.items() if value not in (None, "", [])
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value


@group.command("radar")
@answering
def leak_radar() -> Answer:
    """List the codes that are used as if they had leaked, the clearest first."""
    state = current_state()
    with Session(state.engine()) as session:
        found = radar.suspects(session.connection(), now=state.now(), zone=state.settings.zone)
    rows = [(one.code, one.coupon, one.owner, _sign(sign)) for one in found for sign in one.signs]
    return Answer(
        text=table(("code", "coupon", "partner", "why"), rows, empty="No code looks as if it had leaked."),
        data=[_suspect(one) for one in found],
    )


def _sign(sign: Sign) -> str:
    if sign.kind is Kind.BURST:
        before = f"{sign.past} on the {sign.days} days before, up to {sign.allowed} are usual"
        return f"{sign.uses} uses on {sign.day} ({before})"
    before = "no earlier time" if sign.past is None else f"before {sign.past} per cent"
    return f"{sign.uses} of {sign.out_of} uses ({sign.share} per cent) by strangers, {before}"


def _suspect(one: radar.Suspect) -> dict[str, object]:
    return {
        "id": one.id,
        "code": one.code,
        "coupon": one.coupon,
        "owner": one.owner or None,
        "signs": [
            {
                "kind": sign.kind,
                "uses": sign.uses,
                "day": None if sign.day is None else sign.day.isoformat(),
                "days": sign.days,
                "allowed": sign.allowed,
                "out_of": sign.out_of,
                "share": sign.share,
                "past": sign.past,
            }
            for sign in one.signs
        ],
    }
