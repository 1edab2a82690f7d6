"""Codes of a coupon as another shop is to have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from ..domain import woo_coupons
from ..domain.coupon import Treatment
from ..models import Code
from .candidates import terms_of
from .coupons import get_coupon_by_name
from .mistakes import BadTerms

_CODE = Code.__table__


@dataclass(frozen=True, kw_only=True)
class ToPush:
    """Codes as the shop's API takes them, and the terms that it has no word for."""

    codes: tuple[dict[str, Any], ...]
    not_said: tuple[str, ...]


def to_push(conn: Connection, source: Row[Any], coupon_name: str) -> ToPush:
    """Give the codes of a coupon that are on. Raises Mistake where the shop cannot have them."""
    coupon = get_coupon_by_name(conn, coupon_name)
    terms = terms_of(coupon)
    if source.platform != "woocommerce":
        raise BadTerms(
            "Codes are carried to WooCommerce only; make them in this shop under the same spelling."
        )
    if terms.treatment is Treatment.MULTI_PURPOSE:
        raise BadTerms("Store credit is paid with here; no other shop can have its codes.")
    if terms.currency is not None and terms.currency != source.currency:
        raise BadTerms(f"The coupon is in {terms.currency}, the shop in {source.currency}.")
    query = select(_CODE).where(_CODE.c.coupon_id == coupon.id, _CODE.c.active).order_by(_CODE.c.id)
    codes = tuple(
        woo_coupons.written(row.display, terms, source.name, most=row.max_uses, until=row.valid_until)
        for row in conn.execute(query)
    )
    return ToPush(codes=codes, not_said=woo_coupons.not_said(terms, source.name))
