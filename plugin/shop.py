"""The contract with the shop: what it answers, the facts it hands over, and what it gets back.

Facts are frozen values, never the shop's rows. Amounts are in major units (5 = 5.00 EUR), given as Decimal,
int, float or str and read as `Decimal(str(x))`; refs become strings of at most 64 characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Protocol, TypeVar, runtime_checkable

from .domain.money import Number, currency_code, decimal, rate
from .errors import Reason, WrongFact

REF_LENGTH = 64

Given = TypeVar("Given")
Made = TypeVar("Made")


def ref_text(value: object, what: str) -> str:
    """Turn a ref (int, UUID, str) into text of 1 to 64 characters, or raise WrongFact."""
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    if not text:
        raise WrongFact(f"{what} is missing; give the shop's own id as text or number")
    if len(text) > REF_LENGTH:
        raise WrongFact(f"{what} has {len(text)} characters; at most {REF_LENGTH} are possible")
    if not text.isprintable():
        raise WrongFact(f"{what} has control characters; give the shop's own id")
    return text


def plain_text(value: object) -> str:
    """Give a text that every database can keep: without NUL and without halves of characters."""
    return str(value).replace("\x00", "").encode(errors="replace").decode()


class _Fact:
    """Base of the facts: sets normalised values while a frozen dataclass is made."""

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _refs(self, *names: str, needed: bool = False) -> None:
        for name in names:
            value = getattr(self, name)
            if value is not None or needed:
                self._set(**{name: ref_text(value, f"{type(self).__name__}.{name}")})

    def _amounts(self, *names: str, positive: bool = False, needed: bool = False) -> None:
        for name in names:
            value, what = getattr(self, name), f"{type(self).__name__}.{name}"
            if value is None and needed:
                raise WrongFact(f"{what} is missing; give a number")
            if value is not None:
                self._set(**{name: read_amount(value, what, positive=positive)})

    def _rates(self, *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if value is not None:
                self._set(**{name: _named(f"{type(self).__name__}.{name}", rate, value)})

    def _times(self, *names: str) -> None:
        for name in names:
            value = getattr(self, name)
            if value is not None:
                self._set(**{name: utc(value, f"{type(self).__name__}.{name}")})

    def _currency(self, value: object) -> None:
        what = f"{type(self).__name__}.currency"
        if not isinstance(value, str):
            raise WrongFact(f"{what} is {value!r}; give a code such as EUR")
        self._set(currency=_named(what, currency_code, value))

    def _customers(self, value: object) -> None:
        if value is not None and not isinstance(value, Customer):
            kind = type(value).__name__
            raise WrongFact(f"{type(self).__name__}.customer is {kind}; give a flask_firstline.Customer")


def _named(what: str, read: Callable[[Given], Made], value: Given) -> Made:
    try:
        return read(value)
    except ValueError as error:
        raise WrongFact(f"{what}: {error}") from error


def read_amount(value: Number, what: str, *, positive: bool = False) -> Decimal:
    """Read an amount in major units as the shop has it, or raise WrongFact with its name."""
    number = _named(what, decimal, value)
    if positive and number < 0:
        raise WrongFact(f"{what} is {value}; it cannot be below 0")
    return number


def utc(value: datetime, what: str) -> datetime:
    """Read a time as aware and in UTC, a naive one as UTC, or raise WrongFact."""
    if not isinstance(value, datetime):
        raise WrongFact(f"{what} is {value!r}; give a datetime")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Customer(_Fact):
    """A person of the shop. `ref=None` is a guest; `has_bought` means before the order at hand."""

    ref: str | None = None
    email: str | None = None
    email_verified: bool | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    country: str | None = None
    locale: str | None = None
    has_bought: bool | None | Callable[[], bool | None] = None
    data: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Normalise; empty texts count as not given."""
        self._refs("ref")
        for name, longest in _TEXTS.items():
            value = getattr(self, name)
            text = None if value is None else plain_text(value).strip() or None
            if text is not None and len(text) > longest:
                raise WrongFact(f"Customer.{name} has {len(text)} characters; at most {longest} are possible")
            self._set(**{name: text})
        if not isinstance(self.data, Mapping):
            raise WrongFact(f"Customer.data is {type(self.data).__name__}; give a mapping")


_TEXTS: Mapping[str, int] = {
    "email": 254, "name": 200, "phone": 64, "address": 500, "country": 64, "locale": 35,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, init=False)
class Line(_Fact):
    """A line of goods with its price before our discount. `cost` is per unit, net."""

    key: str
    product_ref: str
    quantity: Decimal
    unit_price: Decimal
    title: str = ""
    vat_rate: Decimal | None = None
    coupon_allowed: bool = True
    categories: tuple[str, ...] = ()
    cost: Decimal | None = None

    def __init__(  # noqa: PLR0913 - the fields of the contract
        self,
        *,
        key: object,
        product_ref: object,
        quantity: Number,
        unit_price: Number,
        title: str = "",
        vat_rate: Number | None = None,
        coupon_allowed: bool = True,
        categories: Iterable[object] = (),
        cost: Number | None = None,
    ) -> None:
        """Normalise; quantities below 0 are refused, prices below 0 are possible (a shop's own rebate)."""
        self._set(key=key, product_ref=product_ref, quantity=quantity, unit_price=unit_price, cost=cost)
        self._set(title=plain_text(title or "")[:200], vat_rate=vat_rate, coupon_allowed=bool(coupon_allowed))
        self._refs("key", "product_ref", needed=True)
        self._amounts("quantity", positive=True, needed=True)
        self._amounts("unit_price", needed=True)
        self._amounts("cost")
        read_amount(self.quantity * self.unit_price, "Line.quantity x Line.unit_price")
        if _decimals(self.unit_price) > 6:
            self._set(unit_price=round(self.unit_price, 6))
        self._rates("vat_rate")
        texts = (categories,) if isinstance(categories, str) else categories
        self._set(categories=tuple(ref_text(item, "Line.categories") for item in texts))


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


Lines = Sequence[Line] | Callable[[], Sequence[Line] | None] | None
MaybeCustomer = Customer | None | Callable[[], Customer | None]


def checked_lines(lines: Iterable[Line] | None) -> tuple[Line, ...] | None:
    """Give the lines as a tuple, or raise where two have one key. None stays None."""
    if lines is None:
        return None
    if not isinstance(lines, Iterable):
        raise WrongFact(f"lines is {lines!r}; give a list of flask_firstline.Line values")
    found = tuple(lines)
    for line in found:
        _is_line(line)
    keys = [line.key for line in found]
    doubled = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
    if doubled is not None:
        raise WrongFact(f"two lines have the key {doubled!r}; keys of one cart are different")
    return found


def _is_line(line: object) -> None:
    if not isinstance(line, Line):
        raise WrongFact(f"lines holds {type(line).__name__}; give flask_firstline.Line values")


class _Priced(_Fact):
    """What carts and orders share."""

    lines: Lines
    currency: str
    customer: MaybeCustomer

    def _check_prices(self) -> None:
        self._currency(self.currency)
        if self.lines is not None and not callable(self.lines):
            self._set(lines=checked_lines(self.lines))
        if not callable(self.customer):
            self._customers(self.customer)
        self._amounts("discount", "shipping", positive=True)
        self._rates("shipping_vat_rate")
        self._refs("visitor")


@dataclass(frozen=True, kw_only=True)
class Cart(_Priced):
    """A shopper's cart. `key=None` is the visitor's; `lines=None` means not known yet.

    `lines`, `customer` and `Customer.has_bought` may be callables, called at most once and only when needed.
    """

    key: str | None = None
    currency: str
    lines: Lines
    discount: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    shipping_vat_rate: Decimal | None = None
    prices_include_vat: bool = True
    customer: MaybeCustomer = None
    visitor: str | None = None

    def __post_init__(self) -> None:
        """Normalise what is not a callable."""
        self._refs("key")
        self._check_prices()


@dataclass(frozen=True, kw_only=True)
class Order(_Priced):
    """An order as placed. `codes=None` means those applied to the cart."""

    ref: str
    currency: str
    lines: Lines
    number: str | None = None
    cart_key: str | None = None
    codes: tuple[str, ...] | None = None
    promised_discount: Decimal | None = None
    total: Decimal | None = None
    placed_at: datetime | None = None
    discount: Decimal = Decimal(0)
    shipping: Decimal = Decimal(0)
    shipping_vat_rate: Decimal | None = None
    prices_include_vat: bool = True
    customer: MaybeCustomer = None
    visitor: str | None = None

    def __post_init__(self) -> None:
        """Normalise what is not a callable."""
        self._refs("ref", needed=True)
        self._refs("number", "cart_key")
        self._check_prices()
        self._amounts("promised_discount", "total", positive=True)
        self._times("placed_at")
        if self.codes is not None:
            self._set(codes=_texts(self.codes))

    @classmethod
    def from_cart(cls, cart: Cart, *, ref: object, **more: object) -> Order:
        """Copy a cart into an order; its key becomes `cart_key`."""
        copied = {item.name: getattr(cart, item.name) for item in fields(cart) if item.name != "key"}
        return cls(**{**copied, "ref": ref, "cart_key": cart.key, **more})  # type: ignore[arg-type]


def _texts(values: object) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        return (str(values),)
    return tuple(str(value) for value in values)


@dataclass(frozen=True, kw_only=True)
class Invoice(_Fact):
    """A payment that came in for an invoice. Lines of an invoice without an order are final prices."""

    ref: str
    currency: str
    payment_ref: str | None = None
    number: str | None = None
    order_ref: str | None = None
    customer: Customer | None = None
    lines: tuple[Line, ...] | None = None
    amount: Decimal | None = None
    total: Decimal | None = None
    paid_at: datetime | None = None
    recurring: bool = False
    subscription_ref: str | None = None

    def __post_init__(self) -> None:
        """Normalise; an amount must be above 0."""
        self._refs("ref", needed=True)
        self._refs("payment_ref", "number", "order_ref", "subscription_ref")
        self._currency(self.currency)
        self._amounts("amount", "total", positive=True)
        self._times("paid_at")
        self._set(lines=checked_lines(self.lines))
        self._customers(self.customer)
        if self.amount is not None and self.amount == 0:
            raise WrongFact("Invoice.amount is 0; give what was paid, or None for all that is open")


@dataclass(frozen=True, kw_only=True, init=False)
class RefundLine(_Fact):
    """What comes back of one line."""

    key: str
    quantity: Decimal

    def __init__(self, *, key: object, quantity: Number) -> None:
        """Normalise; the quantity must be above 0."""
        self._set(key=key, quantity=quantity)
        self._refs("key", needed=True)
        self._amounts("quantity", positive=True, needed=True)
        if self.quantity == 0:
            raise WrongFact(f"Refund line {self.key!r} has the quantity 0; give what comes back")


class _KeyAndQuantity(Protocol):
    @property
    def key(self) -> object: ...
    @property
    def quantity(self) -> object: ...


@dataclass(frozen=True, kw_only=True)
class Refund(_Fact):
    """Goods or money that go back. Neither amount nor lines: everything of the order, or of the invoice."""

    ref: str
    currency: str
    invoice_ref: str | None = None
    order_ref: str | None = None
    amount: Decimal | None = None
    lines: tuple[RefundLine, ...] = ()
    reason: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        """Normalise; one of the two refs is required, an amount must be above 0."""
        self._refs("ref", needed=True)
        self._refs("invoice_ref", "order_ref")
        self._currency(self.currency)
        self._amounts("amount", positive=True)
        self._times("at")
        self._set(
            lines=tuple(_refund_line(line) for line in self.lines or ()), reason=plain_text(self.reason or "")
        )
        if self.invoice_ref is None and self.order_ref is None:
            raise WrongFact("Refund needs an invoice_ref or an order_ref")
        if self.amount is not None and self.amount == 0 and not self.lines:
            raise WrongFact("Refund.amount is 0; give what went back, or None for everything")


def _refund_line(line: object) -> RefundLine:
    if isinstance(line, RefundLine):
        return line
    if isinstance(line, Mapping):
        return RefundLine(key=line.get("key"), quantity=line.get("quantity"))  # type: ignore[arg-type]
    if not hasattr(line, "key") or not hasattr(line, "quantity"):
        raise WrongFact(f"Refund.lines holds {type(line).__name__}; give Line values with key and quantity")
    return RefundLine(key=line.key, quantity=line.quantity)


@dataclass(frozen=True, kw_only=True)
class CouponItem:
    """What one code takes off, for a line of its own in cart, order and invoice. Major units.

    `treatment` is what it is for VAT: price_cut, single_purpose or goodwill; `text` is the sentence that
    follows from it on the invoice, in the buyer's language.
    """

    code: str
    label: str
    net: Decimal
    vat: Mapping[Decimal, Decimal]
    gross: Decimal
    treatment: str = "price_cut"
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CreditItem:
    """What one code of store credit pays, for a line below the total. Major units."""

    code: str
    label: str
    amount: Decimal
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The priced cart, in major units. `reason` and `message` say why a code is left out.

    `credits` are the codes of store credit that make up `credit`.
    """

    currency: str
    ok: bool = True
    pending: bool = False
    codes: tuple[str, ...] = ()
    items: tuple[CouponItem, ...] = ()
    discount: Decimal = Decimal(0)
    allocation: Mapping[str, Decimal] = field(default_factory=dict)
    by_rate: Mapping[Decimal | None, Decimal] = field(default_factory=dict)
    shipping_discount: Decimal = Decimal(0)
    vat: Mapping[Decimal, Decimal] = field(default_factory=dict)
    total: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    credits: tuple[CreditItem, ...] = ()
    to_pay: Decimal = Decimal(0)
    reason: Reason | None = None
    message: str = ""

    def refused(self, reason: Reason, message: str) -> Quote:
        """Give the same quote saying that a code was refused."""
        return replace(self, ok=False, reason=reason, message=message)


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """An order as the plugin knows it; `partner_invoice` is the star.

    `credit_back` is what of the store credit that it used has gone back to its codes. Major units.
    """

    ref: str
    quote: Quote
    partner_ref: str | None
    partner_invoice: bool
    address_type_before: str | None
    credit_back: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ContactView:
    """A contact as the shop may see it; `refusal` says why a code did not attach."""

    ref: str | None
    address_type: str
    sponsor_ref: str | None
    partner: bool
    email: str | None
    name: str | None
    tags: tuple[str, ...] = ()
    refusal: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a partner has earned in one currency, in major units; `payable` may be below 0."""

    on_hold: Decimal
    payable: Decimal
    paid: Decimal


@dataclass(frozen=True, kw_only=True)
class Share:
    """What an order's buyer can pass on to friends."""

    code: str
    link: str
    html: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Admin:
    """Who acts on the admin pages. Roles: viewer, support, marketing, finance, owner."""

    id: str
    name: str
    roles: tuple[str, ...] = ("owner",)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product of the shop, for lists to pick from."""

    ref: str
    title: str
    url: str | None = None
    image_url: str | None = None
    categories: tuple[str, ...] = ()


class Shop(Protocol):
    """What every shop answers. Further abilities are the protocols below, found by isinstance."""

    def current_customer(self) -> Customer | None:
        """Give the signed-in customer of this request, or None."""

    def current_cart(self) -> Cart | None:
        """Give the cart of this request, or None."""

    def is_admin(self) -> bool:
        """Say whether the signed-in person may see the admin pages."""


REQUIRED_ANSWERS = ("current_customer", "current_cart", "is_admin")


@runtime_checkable
class KnowsAdmins(Protocol):
    """The shop says who acts, with roles."""

    def admin_identity(self) -> Admin | None:
        """Give the admin of this request, or None."""


@runtime_checkable
class RedirectsToLogin(Protocol):
    """The shop has a log-in page."""

    def login_redirect(self, next: str) -> object:  # noqa: A002 - the contract's name
        """Give a response that leads to the log-in and then to `next`."""


@runtime_checkable
class Notifies(Protocol):
    """The shop shows short notices."""

    def notify(self, ok: bool, text: str) -> None:
        """Show a notice on the next page."""


@runtime_checkable
class ProtectsForms(Protocol):
    """The shop protects its forms against forgery."""

    def csrf_field(self) -> str:
        """Give the hidden field, as safe markup."""


@runtime_checkable
class LaysOut(Protocol):
    """The shop lends its layout."""

    def layout(self, area: str) -> tuple[str, str, Mapping[str, object]] | None:
        """Give template, block and context for "shop", "desk" or "admin", or None for our own."""


@runtime_checkable
class LeadsOut(Protocol):
    """The shop says where the way out of our pages leads; without it to its start."""

    def way_out(self, area: str) -> tuple[str, str] | None:
        """Give text and address of the way out of "desk" or "admin", or None for the start of the shop."""


@runtime_checkable
class LabelsCustomers(Protocol):
    """The shop names its customers."""

    def customer_label(self, ref: str) -> str | None:
        """Give a name for lists."""


@runtime_checkable
class LinksOrders(Protocol):
    """The shop has a page per order."""

    def order_url(self, ref: str) -> str | None:
        """Give the address of the order's page in the shop's admin."""


@runtime_checkable
class AsksConsent(Protocol):
    """The shop asks its visitors whether they may be known again; without it nobody has agreed."""

    def tracking_consent(self) -> bool:
        """Say whether the visitor of this request has agreed."""


@runtime_checkable
class SendsMail(Protocol):
    """The shop sends mail."""

    def send_mail(self, message: EmailMessage) -> None:
        """Send one mail."""


@runtime_checkable
class SendsSms(Protocol):
    """The shop sends short messages."""

    def send_sms(self, to: str, text: str) -> None:
        """Send one short message."""


@runtime_checkable
class KnowsOrders(Protocol):
    """The shop can tell again what happened."""

    def orders_since(self, t: datetime) -> Iterable[Order | Invoice | Refund]:
        """Give all facts since then, for what got lost."""


@runtime_checkable
class KnowsProducts(Protocol):
    """The shop can be searched for products."""

    def products(self, query: str, limit: int) -> Sequence[Product]:
        """Give products that match."""
