"""A cart as an admin describes it: buyer, lines, other codes; what is wrong is told at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from werkzeug.datastructures import MultiDict

from ..domain.amounts import format_amount, parse_amount
from ..domain.money import exponent, major
from ..errors import WrongFact
from ..i18n import gettext as _
from ..i18n import locale
from ..models import Contact, Document
from ..services import lookup
from ..services.described_carts import cart_of, customer_of
from ..services.why_cart import Wanted
from ..shop import Cart, Customer, Line
from .edge import session, settings

LONGEST = 100
MOST_LINES = 50
_SPARE = 2
_LEAST_LINES = 3
FIELDS = ("product", "quantity", "price", "rate", "categories")


@dataclass(frozen=True)
class TypedLine:
    """A line as typed, and what is wrong with one of its fields."""

    product: str = ""
    quantity: str = ""
    price: str = ""
    rate: str = ""
    categories: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(getattr(self, name) for name in FIELDS)


@dataclass(frozen=True, kw_only=True)
class Described:
    """All that was typed; `wanted` is None while something is missing or wrong."""

    code: str = ""
    customer: str = ""
    order: str = ""
    beside: str = ""
    shipping: str = ""
    holder: str = ""
    by_link: bool = False
    lines: tuple[TypedLine, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    contact: Contact | None = None
    document: Document | None = None
    """The order that the cart is copied from."""
    wanted: Wanted | None = None

    @property
    def rows(self) -> Sequence[TypedLine]:
        """The lines with room for more."""
        spare = max(_SPARE, _LEAST_LINES - len(self.lines))
        return (*self.lines, *(TypedLine() for _n in range(min(spare, MOST_LINES - len(self.lines)))))

    @property
    def faulty(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.wrong) or any(line.wrong for line in self.lines)


def read(given: MultiDict[str, str]) -> Described:
    """Read what was typed; without a code there is nothing to judge yet."""
    typed = Described(
        code=_text(given, "code"),
        customer=_text(given, "customer"),
        order=_text(given, "order"),
        beside=_text(given, "beside"),
        shipping=_text(given, "shipping"),
        holder=_text(given, "holder"),
        by_link=given.get("link") == "yes",
        lines=_lines(given),
    )
    if not typed.code:
        return typed
    return _judgeable(typed)


def _text(given: MultiDict[str, str], name: str) -> str:
    return given.get(name, "").strip()[:LONGEST].replace("\0", "")


def _lines(given: MultiDict[str, str]) -> tuple[TypedLine, ...]:
    columns = [given.getlist(name)[:MOST_LINES] for name in FIELDS]
    count = max(len(values) for values in columns)
    rows = (_line_of([_at(values, n) for values in columns]) for n in range(count))
    return tuple(row for row in rows if not row.empty)


def _line_of(cells: Sequence[str]) -> TypedLine:
    product, quantity, price, rate, categories = cells
    return TypedLine(product, quantity, price, rate, categories)


def _at(values: Sequence[str], n: int) -> str:
    return values[n].strip()[:LONGEST].replace("\0", "") if n < len(values) else ""


def _judgeable(typed: Described) -> Described:
    wrong: dict[str, str] = {}
    document = _document(typed, wrong)
    customer, contact = _customer(typed, wrong)
    currency = document.currency if document is not None else settings().currency
    lines = tuple(_checked(line, currency) for line in typed.lines)
    shipping = _amount(typed.shipping, currency, "shipping", wrong) if typed.shipping else None
    if document is not None and not typed.customer:
        contact = document.contact
    typed = replace(typed, lines=lines, wrong=wrong, contact=contact, document=document)
    if typed.faulty:
        return typed
    try:
        cart = _cart(typed, customer, shipping, currency)
    except WrongFact as error:
        return replace(typed, wrong={"": str(error)})
    return replace(typed, wanted=_wanted(typed, cart))


def _cart(typed: Described, customer: Customer | None, shipping: Decimal | None, currency: str) -> Cart:
    """Give the cart: that of the order, with what was typed in its place."""
    begun = Cart(currency=currency, lines=None) if typed.document is None else cart_of(typed.document)
    changes: dict[str, object] = {}
    if typed.lines:
        changes["lines"] = [_line(n, line, currency) for n, line in enumerate(typed.lines, 1)]
    if shipping is not None:
        changes["shipping"] = shipping
    if typed.customer:
        changes["customer"] = customer
    return replace(begun, **changes)  # type: ignore[arg-type]  # fields of a cart


def _wanted(typed: Described, cart: Cart) -> Wanted:
    return Wanted(
        code=typed.code,
        cart=cart,
        beside=tuple(part.strip() for part in typed.beside.split(",") if part.strip()),
        by_link=typed.by_link,
        holder=typed.holder,
        order_ref=typed.document.ref if typed.document is not None else None,
    )


def _document(typed: Described, wrong: dict[str, str]) -> Document | None:
    if not typed.order:
        return None
    found = [one for one in lookup.documents(session(), typed.order) if one.sale]
    if not found:
        wrong["order"] = _("No order is called %(name)s.", name=typed.order)
    return found[0] if found else None


def _customer(typed: Described, wrong: dict[str, str]) -> tuple[Customer | None, Contact | None]:
    """Find who is meant; somebody who is not known yet is judged as new."""
    if not typed.customer:
        return None, None
    found = lookup.contacts(session(), typed.customer)
    if len(found) > 1:
        wrong["customer"] = _(
            "Several contacts are called so. Please give the customer number or the e-mail."
        )
        return None, None
    if found:
        return customer_of(found[0]), found[0]
    if "@" in typed.customer:
        return Customer(email=typed.customer), None
    return Customer(ref=typed.customer[:64]), None


def _checked(line: TypedLine, currency: str) -> TypedLine:
    wrong: dict[str, str] = {}
    if not line.product:
        wrong["product"] = _("Please fill this in.")
    if line.quantity and _number(line.quantity) is None:
        wrong["quantity"] = _("Please give a number.")
    _amount(line.price, currency, "price", wrong)
    rate = _number(line.rate.rstrip(" %")) if line.rate else Decimal(0)
    if rate is None or not 0 <= rate < 100 or 0 < rate < 1:
        wrong["rate"] = _("Please give per cent, such as 19.")
    return replace(line, wrong=wrong)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _amount(text: str, currency: str, name: str, wrong: dict[str, str]) -> Decimal:
    try:
        return major(parse_amount(text, locale=str(locale()), currency=currency), currency)
    except ValueError:
        example = format_amount(125 * 10 ** max(exponent(currency) - 1, 0), currency, str(locale()))
        wrong[name] = _("This is no amount. Please write it like %(example)s.", example=example)
        return Decimal(0)


def _line(n: int, line: TypedLine, currency: str) -> Line:
    return Line(
        key=str(n),
        product_ref=line.product,
        title=line.product,
        quantity=_number(line.quantity or "1") or Decimal(0),
        unit_price=major(parse_amount(line.price, locale=str(locale()), currency=currency), currency),
        vat_rate=_number(line.rate.rstrip(" %")) if line.rate else None,
        categories=tuple(part.strip() for part in line.categories.split(",") if part.strip()),
    )
