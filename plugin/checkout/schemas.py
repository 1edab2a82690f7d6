"""Our JSON answer to a code: the quote with amounts as text, and only public reasons."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from marshmallow import Schema, fields

from ..shop import Quote


class _Amount(fields.Field[Decimal]):
    """An amount in major units, as text that loses no cent."""

    def _serialize(
        self, value: Decimal | None, attr: str | None, obj: object, **kwargs: object
    ) -> str | None:
        return None if value is None else f"{value:f}"


class _ByRate(fields.Field[Mapping[Decimal | None, Decimal]]):
    """Amounts per VAT rate; lines without a rate stand under "none"."""

    def _serialize(
        self, value: Mapping[Decimal | None, Decimal] | None, attr: str | None, obj: object, **kwargs: object
    ) -> dict[str, str]:
        return {
            "none" if rate is None else f"{rate:f}": f"{amount:f}" for rate, amount in (value or {}).items()
        }


class ItemSchema(Schema):
    """What one code takes off."""

    code = fields.String()
    label = fields.String()
    net = _Amount()
    vat = _ByRate()
    gross = _Amount()
    treatment = fields.String()
    text = fields.String()


class CreditSchema(Schema):
    """What one code of store credit pays."""

    code = fields.String()
    label = fields.String()
    amount = _Amount()
    text = fields.String()


class QuoteSchema(Schema):
    """A priced cart."""

    ok = fields.Boolean()
    pending = fields.Boolean()
    currency = fields.String()
    codes = fields.List(fields.String())
    items = fields.List(fields.Nested(ItemSchema))
    discount = _Amount()
    allocation = fields.Dict(keys=fields.String(), values=_Amount())
    by_rate = _ByRate()
    shipping_discount = _Amount()
    vat = _ByRate()
    total = _Amount()
    credit = _Amount()
    credits = fields.List(fields.Nested(CreditSchema))
    to_pay = _Amount()
    reason = fields.Method("public_reason")
    message = fields.String()

    def public_reason(self, quote: Quote) -> str | None:
        """Give the reason that may be shown: it does not reveal which codes exist."""
        return quote.reason.public.value if quote.reason else None
