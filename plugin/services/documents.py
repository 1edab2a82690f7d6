"""Orders and invoices as kept: read them, change them in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, select, update

from ..domain.basket import Basket
from ..domain.commission import Progress, SaleLine, line_grosses
from ..domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from ..domain.portions import Portion
from ..domain.quote import Priced
from ..domain.suspicion import Suspected
from ..models import Call, Document, DocumentKind, Outcome, Product
from ..models.base import insert_for_id
from ..shop import CouponItem, CreditItem, Quote
from .context import Context
from .inbox import Json

_DOCUMENT = Document.__table__
_PRODUCT = Product.__table__
_CALL = Call.__table__
_REFUND_WAITS = (
    exists()
    .where(
        _CALL.c.kind == "invoice_refunded",
        _CALL.c.subject_ref == bindparam("invoice_ref"),
        _CALL.c.outcome == Outcome.WAITING.value,
        _CALL.c.order_ref.is_(None),
    )
    .label("refund_waits")
)
_BY_REF = and_(
    _DOCUMENT.c.source == bindparam("of_source"),
    _DOCUMENT.c.kind == bindparam("of_kind"),
    _DOCUMENT.c.ref == bindparam("of_ref"),
)
_FIND = select(_DOCUMENT).where(_BY_REF)
_FIND_LOCKED = _FIND.with_for_update(key_share=True)
_FIND_FOR_PAYMENT = (
    select(_DOCUMENT, _REFUND_WAITS).where(_BY_REF).with_for_update(of=_DOCUMENT, key_share=True)
)
_INVOICES_OF = (
    select(_DOCUMENT)
    .where(_DOCUMENT.c.order_id == bindparam("of_order"))
    .order_by(_DOCUMENT.c.id)
    .with_for_update(key_share=True)
)
_CHANGE = update(_DOCUMENT).where(_DOCUMENT.c.id == bindparam("of_id"))


class Paper:
    """A document under work: columns read from its row or from what this call has changed."""

    def __init__(self, row: Row[Any]) -> None:
        self._row = row
        self._changes: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - columns of the row
        changes = self.__dict__["_changes"]
        return changes[name] if name in changes else getattr(self.__dict__["_row"], name)

    def change(self, **values: object) -> None:
        """Change columns; `save` writes them."""
        self._changes.update(values)

    def set(self, **values: object) -> None:
        """Change those columns that hold something else."""
        self.change(**{name: value for name, value in values.items() if getattr(self, name) != value})

    def freeze(self, plan: Json, at: datetime) -> None:
        """Fix the seats and terms by which it will ever earn."""
        self.change(plan=plan, credited_at=at, looked_at=None)

    def save(self, ctx: Context) -> None:
        """Write all changes in one statement."""
        if self._changes:
            ctx.conn.execute(_CHANGE, {"of_id": self.id, **self._changes})

    @property
    def lines(self) -> list[SaleLine]:
        """The lines as sold."""
        return [sale_line(packed) for packed in self.sale["lines"]]

    @property
    def grosses(self) -> tuple[int, ...]:
        """Each line's gross, in minor units."""
        return line_grosses(
            self.lines, prices_include_vat=self.sale["include_vat"], goods_gross=self.sale["goods_gross"]
        )

    @property
    def progress(self) -> Progress:
        """How far the document has come."""
        return Progress(
            total=self.total,
            paid=self.paid + self.covered,
            given_back=self.given_back,
            returned={key: Fraction(quantity) for key, quantity in self.returned.items()},
        )

    @property
    def shared(self) -> tuple[Portion, ...]:
        """Whose the credit is: of several partners, or wholly of the one who is credited."""
        return portions_of(self.partner_id, self.portions)

    def suspected(self, partner_id: int) -> Suspected | None:
        """Say whether what a partner earns by it is held or rejected for a suspicion."""
        found = (self.suspects or {}).get(str(partner_id))
        return None if found is None else Suspected(found)

    def holds_back(self, partner_id: int) -> bool:
        """Say whether what a partner earns by it stays on hold, for a dispute or a suspicion."""
        return self.disputed_at is not None or self.suspected(partner_id) is Suspected.HELD

    @property
    def covered(self) -> int:
        """What money covers of an invoice that was paid for its order as a whole, in minor units."""
        return int(self.sale.get("covered", 0))

    @property
    def is_paid(self) -> bool:
        """Whether anything was paid of this document, or nothing was to be paid."""
        return self.paid > 0 or self.covered > 0 or self.paid_at is not None

    @property
    def is_split(self) -> bool:
        """Whether invoices with lines of their own stand for parts of this order."""
        return "ordered" in self.sale

    @property
    def was_paid(self) -> bool:
        """Whether anything was paid of an order, also by an invoice that stands for a part of it."""
        return self.is_paid or self.is_split


def portions_of(partner_id: int | None, packed: Sequence[Sequence[int]] | None) -> tuple[Portion, ...]:
    """Give whose the credit of a document is, by its columns."""
    if packed is not None:
        return tuple(unpack_portion(one) for one in packed)
    return () if partner_id is None else (Portion(partner_id=partner_id),)


def unpack_portion(packed: Sequence[int]) -> Portion:
    """Read a portion as it is kept with a document."""
    partner_id, weight, number, *_own_sales = packed
    return Portion(partner_id=partner_id, weight=weight, number=number)


def pack_portions(portions: Sequence[Portion]) -> list[list[int]] | None:
    """Give what a document keeps: partner, weight, number, own sales of all but the first; None of one."""
    if len(portions) == 1 and portions[0].number == 0:
        return None
    return [[one.partner_id, one.weight, one.number, 0] for one in portions]


def find(ctx: Context, kind: DocumentKind, ref: str, *, lock: bool = True) -> Paper | None:
    """Give an order or invoice, locked for this call, or None."""
    values = {"of_source": ctx.source, "of_kind": kind.value, "of_ref": ref}
    row = ctx.conn.execute(_FIND_LOCKED if lock else _FIND, values).one_or_none()
    return None if row is None else Paper(row)


def find_for_payment(ctx: Context, kind: DocumentKind, ref: str, invoice_ref: str) -> Paper | None:
    """Give an order or invoice as `find` does, with `refund_waits`: a refund of the invoice came first."""
    values = {"of_source": ctx.source, "of_kind": kind.value, "of_ref": ref, "invoice_ref": invoice_ref}
    row = ctx.conn.execute(_FIND_FOR_PAYMENT, values).one_or_none()
    return None if row is None else Paper(row)


def get(ctx: Context, document_id: int) -> Paper:
    """Give a document by its id, locked for this call."""
    query = select(_DOCUMENT).where(_DOCUMENT.c.id == document_id).with_for_update(key_share=True)
    return Paper(ctx.conn.execute(query).one())


def invoices_of(ctx: Context, order_id: int) -> list[Paper]:
    """Give the invoices with lines of their own that stand for parts of an order, by their refs."""
    return by_ref(ctx.conn.execute(_INVOICES_OF, {"of_order": order_id}))


def by_ref(rows: Iterable[Row[Any]]) -> list[Paper]:
    """Give the papers of rows in the order of their refs, the same whatever the database sorts by."""
    return sorted(map(Paper, rows), key=lambda paper: str(paper.ref))


def insert_document(ctx: Context, values: Mapping[str, object]) -> int | None:
    """Insert a document; None where there is one with its ref."""
    blank: dict[str, object] = {
        "source": ctx.source,
        "state": "open",
        "paid": 0,
        "given_back": 0,
        "returned": {},
        "kept": {},
        "flags": [],
        "first_order": False,
        "credit": "",
    }
    statement = insert_for_id(_DOCUMENT, ctx.conn.dialect.name)
    return ctx.conn.execute(statement, {**blank, **values}).scalar()


def takes_part(ctx: Context, paper: Paper) -> bool:
    """Say whether any line of a document takes part in the partner program."""
    refs = {line["product"] for line in paper.sale["lines"]}
    query = select(_PRODUCT.c.ref, _PRODUCT.c.takes_part).where(_PRODUCT.c.ref.in_(refs))
    switches = {row.ref: row.takes_part for row in ctx.conn.execute(query)}
    default = ctx.settings.products_take_part
    return any(default if switches.get(ref) is None else switches[ref] for ref in refs)


def pack_sale(basket: Basket, priced: Priced, coupons: Sequence[tuple[int, str, CouponTerms]]) -> Json:
    """Give what the arithmetic needs of a sale. `coupons` are (code id, code, pinned terms)."""
    shipping_left = basket.shipping_gross if not priced.shipping_discount else 0
    return {
        "include_vat": basket.prices_include_vat,
        "shipping": basket.shipping,
        "shipping_rate": _text(basket.shipping_vat_rate),
        "shipping_free": bool(priced.shipping_discount),
        "goods_gross": priced.total - shipping_left,
        "lines": [
            {
                "key": line.key,
                "product": line.product_ref,
                "quantity": str(line.quantity),
                "total": line.total,
                "discount": off,
                "rate": _text(line.vat_rate),
                "categories": list(line.categories),
                "coupon": line.coupon_allowed,
                "absolute": line.absolute_allowed,
                **({} if line.cost is None else {"cost": str(line.cost)}),
            }
            for line, off in zip(basket.lines, priced.line_discounts, strict=True)
        ],
        "coupons": [[code_id, code, pack_terms(terms)] for code_id, code, terms in coupons],
    }


def sale_line(packed: Json) -> SaleLine:
    """Read one line of a kept sale."""
    return SaleLine(
        key=packed["key"],
        product_ref=packed["product"],
        quantity=Decimal(packed["quantity"]),
        total=packed["total"],
        discount=packed["discount"],
        vat_rate=_number(packed["rate"]),
        categories=tuple(packed["categories"]),
        cost=_number(packed.get("cost")),
    )


_TERMS_TEXTS = ("percent", "vat_rate")
_TERMS_PLAIN = (
    "name", "amount", "cap", "currency", "min_order", "max_order", "priority", "stackable", "stack_group",
    "most_codes", "campaign",
)  # fmt: skip
_TERMS_SETS = ("products", "categories", "not_products", "not_categories")


def pack_terms(terms: CouponTerms) -> Json:
    """Pin what prices a coupon: limits and dates are not judged again."""
    packed: Json = {name: getattr(terms, name) for name in _TERMS_PLAIN}
    packed |= {name: _text(getattr(terms, name)) for name in _TERMS_TEXTS}
    packed |= {name: getattr(terms, name) for name in ("new_customers_only", "minimum_again")}
    packed["kind"] = terms.kind.value
    packed |= {name: sorted(getattr(terms, name)) for name in _TERMS_SETS}
    packed |= {"treatment": terms.treatment.value, "order_value": terms.order_value.value}
    return {name: value for name, value in packed.items() if value not in (None, [], False)}


def unpack_terms(packed: Json) -> CouponTerms:
    """Read pinned terms."""
    values = dict(packed)
    for name in _TERMS_TEXTS:
        values[name] = _number(values.get(name))
    for name in _TERMS_SETS:
        values[name] = frozenset(values.get(name, ()))
    for name, read in _TERMS_CHOICES.items():
        if name in values:
            values[name] = read(values[name])
    return CouponTerms(**values)


_TERMS_CHOICES: Mapping[str, Callable[[str], StrEnum]] = {
    "kind": Kind,
    "treatment": Treatment,
    "order_value": OrderValue,
}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def pack_quote(quote: Quote) -> Json:
    """Turn a quote into JSON."""
    return {
        "currency": quote.currency,
        "codes": list(quote.codes),
        "items": [
            [
                item.code,
                item.label,
                str(item.net),
                _rates(item.vat),
                str(item.gross),
                item.treatment,
                item.text,
            ]  # fmt: skip
            for item in quote.items
        ],
        "discount": str(quote.discount),
        "allocation": {key: str(amount) for key, amount in quote.allocation.items()},
        "by_rate": _rates(quote.by_rate),
        "shipping_discount": str(quote.shipping_discount),
        "vat": _rates(quote.vat),
        "total": str(quote.total),
        "credit": str(quote.credit),
        "credits": [[credit.code, credit.label, str(credit.amount), credit.text] for credit in quote.credits],
        "to_pay": str(quote.to_pay),
    }


def unpack_quote(packed: Json) -> Quote:
    """Read a pinned quote."""
    vat = _unrate(packed["vat"])
    return Quote(
        currency=packed["currency"],
        codes=tuple(packed["codes"]),
        items=tuple(
            CouponItem(
                code=code,
                label=label,
                net=Decimal(net),
                vat=_known(_unrate(rates)),
                gross=Decimal(gross),
                treatment=treatment,
                text=text,
            )
            for code, label, net, rates, gross, treatment, text in map(_whole_item, packed["items"])
        ),
        discount=Decimal(packed["discount"]),
        allocation={key: Decimal(amount) for key, amount in packed["allocation"].items()},
        by_rate=_unrate(packed["by_rate"]),
        shipping_discount=Decimal(packed["shipping_discount"]),
        vat=_known(vat),
        total=Decimal(packed["total"]),
        credit=Decimal(packed["credit"]),
        credits=tuple(
            CreditItem(code=code, label=label, amount=Decimal(amount), text=text)
            for code, label, amount, text in packed.get("credits", ())
        ),
        to_pay=Decimal(packed["to_pay"]),
    )


def _whole_item(item: list[Any]) -> list[Any]:
    """Add what orders from before there were treatments lack."""
    return [*item, Treatment.PRICE_CUT.value, ""] if len(item) == 5 else item


def _rates(amounts: Mapping[Decimal, Decimal] | Mapping[Decimal | None, Decimal]) -> list[list[str | None]]:
    return [[_text(rate), str(amount)] for rate, amount in amounts.items()]


def _unrate(packed: Sequence[Sequence[str | None]]) -> dict[Decimal | None, Decimal]:
    return {_number(rate): Decimal(amount or 0) for rate, amount in packed}


def _known(amounts: Mapping[Decimal | None, Decimal]) -> dict[Decimal, Decimal]:
    return {rate: amount for rate, amount in amounts.items() if rate is not None}
