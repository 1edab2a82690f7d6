"""Orders of shops that are no Flask apps as the facts that every shop tells, under names that are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..domain.codes import canonical
from ..domain.foreign import Goods, Person, Sold
from ..domain.tracking import Carried
from ..shop import Customer, Line, Order
from . import candidates, links
from .carts import Holders
from .context import Context


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """An order as we tell it: which of its codes are not ours, and by which link it came.

    `outside` are products, as (ref, title), that are no goods and take no part in the program by themselves.
    """

    order: Order
    lines: tuple[Line, ...]
    outside: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    holders: Holders


def named(source: str, id_: str) -> str:
    """Give an id of a shop as a ref of ours, which no other shop has."""
    return f"{source}:{id_}"


def customer(source: str, person: Person) -> Customer:
    """Give who buys; a guest is known by the e-mail address alone."""
    return Customer(
        ref=None if person.id is None else named(source, person.id),
        email=person.email,
        name=person.name,
        phone=person.phone,
        address=person.address,
        country=person.country,
        locale=person.locale,
    )


def read(ctx: Context, source: str, ref: str, sold: Sold) -> Foreign:
    """Give an order as a fact: codes that are ours with what they took off, the rest as the shop's own."""
    ours = candidates.by_keys(ctx, [canonical(used.code) for used in sold.codes], Holders())
    mine = [used for used in sold.codes if canonical(used.code) in ours]
    theirs = [used for used in sold.codes if canonical(used.code) not in ours]
    lines = tuple(_line(source, goods) for goods in sold.lines)
    own = sold.discount + sum((used.discount for used in theirs if not used.of_shipping), Decimal(0))
    cheaper = sum((used.discount for used in theirs if used.of_shipping), Decimal(0))
    order = Order(
        ref=ref,
        number=sold.number,
        currency=sold.currency,
        lines=lines,
        customer=customer(source, sold.person),
        codes=tuple(used.code for used in mine),
        promised_discount=sum((used.discount for used in mine), Decimal(0)) if mine else None,
        total=sold.total,
        placed_at=sold.placed_at,
        discount=own,
        shipping=max(Decimal(0), sold.shipping - cheaper),
        shipping_vat_rate=sold.shipping_vat_rate,
        prices_include_vat=sold.prices_include_vat,
    )
    outside = tuple((named(source, goods.product), goods.title) for goods in sold.lines if not goods.earns)
    unknown = tuple(used.code for used in theirs)
    return Foreign(order=order, lines=lines, outside=outside, unknown=unknown, holders=_holders(ctx, sold))


def _line(source: str, goods: Goods) -> Line:
    return Line(
        key=goods.key,
        product_ref=named(source, goods.product),
        quantity=goods.quantity,
        unit_price=goods.unit_price,
        title=goods.title,
        vat_rate=goods.vat_rate,
        coupon_allowed=goods.earns,
    )


def _holders(ctx: Context, sold: Sold) -> Holders:
    """Give by which partner's link the order came, as it says itself; the first that is one."""
    for hint in sold.came_by:
        way = links.by_tracking_id(ctx.conn, hint, now=ctx.now)
        if way is not None:
            return Holders(carried=Carried(link_id=way.link_id, at=ctx.now))
    return Holders()
