"""The form of a coupon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from ..domain.coupon import CouponTerms, Kind
from ..domain.money import EXPONENTS
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import Coupon
from ..services import coupons
from .acting import Acting
from .edge import settings
from .fields import CheckField, ChoiceField, ListField, NounForm, TextField
from .nouns import Editor, Values
from .number_fields import MomentField, MoneyField, PercentField, WholeField

KINDS = (
    (Kind.AMOUNT.value, _l("an amount of money")),
    (Kind.PERCENT.value, _l("per cent")),
    (Kind.SHIPPING.value, _l("free shipping")),
)
GIVE_BACK = (
    ("", _l("as everywhere in the shop")),
    ("unpaid", _l("when nothing was paid yet")),
    ("always", _l("always")),
    ("never", _l("never")),
)


class CouponForm(NounForm):
    """The terms of a coupon."""

    name = TextField(
        _l("Name"), needed=True, longest=100, hint=_l("Stands on the cart, the order and the invoice.")
    )
    kind = ChoiceField(_l("Takes off"), choices=KINDS, default=Kind.AMOUNT.value)
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in sorted(EXPONENTS)])
    amount = MoneyField(_l("Amount"), hint=_l("With an amount of money."))
    percent = PercentField(_l("Per cent"), hint=_l("With per cent."))
    cap = MoneyField(_l("At most"), hint=_l("The most that a per cent takes off; empty: no bound."))
    min_order = MoneyField(
        _l("From an order of"), hint=_l("Goods with VAT before the coupon, without shipping.")
    )
    max_order = MoneyField(_l("Up to an order of"))
    new_customers_only = CheckField(
        _l("Only for new customers"), hint=_l("Works once per person, for the first order.")
    )
    open_to_partners = CheckField(
        _l("Open to partners"), hint=_l("Partners may make own codes on this coupon in their desk.")
    )
    stackable = CheckField(_l("May stand beside other codes"))
    valid_from = MomentField(_l("From day"), hint=_l("Empty: at once."))
    valid_until = MomentField(_l("Until day"), ends=True, hint=_l("This day counts too. Empty: no end."))
    max_uses = WholeField(_l("Times in all"), hint=_l("Empty: any number of times."))
    max_per_code = WholeField(_l("Times per code"))
    max_per_customer = WholeField(_l("Times per customer"))
    products = ListField(
        _l("Only on these products"), hint=_l("Product numbers, one a line. Empty: all products.")
    )
    categories = ListField(_l("Only on these categories"), hint=_l("One a line. Empty: all categories."))
    vat_rate = PercentField(
        _l("Fixed VAT rate of the discount"),
        hint=_l("Empty: spread over the rates in the cart, as is usual."),
    )
    priority = WholeField(_l("Priority"), least=0, hint=_l("Smaller numbers are taken off first."))
    give_back = ChoiceField(_l("A cancelled order gives the use back"), choices=GIVE_BACK)

    groups = (
        (_l("Discount"), ("name", "kind", "currency", "amount", "percent", "cap")),
        (_l("For which orders"), ("min_order", "max_order", "products", "categories")),
        (
            _l("For whom and when"),
            ("new_customers_only", "open_to_partners", "stackable", "valid_from", "valid_until"),
        ),
        (_l("How often"), ("max_uses", "max_per_code", "max_per_customer", "give_back")),
        (_l("VAT and order"), ("vat_rate", "priority")),
    )

    def validate(self) -> bool:
        """Check what depends on several fields, in words and at the field."""
        good = bool(super().validate())
        for name, text in self._problems():
            self.complain(name, text)
            good = False
        return good

    def _problems(self) -> Sequence[tuple[str, str]]:
        found = []
        if self.kind.data == Kind.AMOUNT.value and not self.amount.errors and not (self.amount.data or 0) > 0:
            found.append(("amount", _("Please give an amount above 0.")))
        if (
            self.kind.data == Kind.PERCENT.value
            and not self.percent.errors
            and not _is_percent(self.percent.data)
        ):
            found.append(("percent", _("Please give a per cent above 0 and at most 100.")))
        if self.cap.data is not None and self.cap.data <= 0:
            found.append(("cap", _("Please give an amount above 0.")))
        if self.vat_rate.data is not None and not _is_vat_rate(self.vat_rate.data):
            found.append(("vat_rate", _("A VAT rate is from 0 to below 100 per cent: give 19, not 0.19.")))
        found += [
            (name, _("Please give no amount below 0."))
            for name in ("min_order", "max_order")
            if self._below(name)
        ]
        low, high = self.min_order.data, self.max_order.data
        if low is not None and high is not None and high < low:
            found.append(("max_order", _("This is less than the order from which the coupon works.")))
        begins, ends = self.valid_from.data, self.valid_until.data
        if begins is not None and ends is not None and ends <= begins:
            found.append(("valid_until", _("The coupon would end before it begins.")))
        return found

    def _below(self, name: str) -> bool:
        value = self[name].data
        return value is not None and value < 0

    def terms(self) -> CouponTerms:
        """Give what was filled in; fields of the other kinds are left out."""
        kind = Kind(self.kind.data)
        with_money = kind is Kind.AMOUNT or any(
            self[name].data is not None for name in ("cap", "min_order", "max_order")
        )
        return CouponTerms(
            name=self.name.data,
            kind=kind,
            amount=self.amount.data if kind is Kind.AMOUNT else None,
            percent=self.percent.data if kind is Kind.PERCENT else None,
            cap=self.cap.data if kind is Kind.PERCENT else None,
            currency=self.currency.data if with_money else None,
            min_order=self.min_order.data,
            max_order=self.max_order.data,
            products=frozenset(self.products.data),
            categories=frozenset(self.categories.data),
            new_customers_only=self.new_customers_only.data,
            max_uses=self.max_uses.data,
            max_per_code=self.max_per_code.data,
            max_per_customer=self.max_per_customer.data,
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            vat_rate=self.vat_rate.data,
            priority=100 if self.priority.data is None else self.priority.data,
            stackable=self.stackable.data,
        )


def _is_percent(value: Decimal | None) -> bool:
    return value is not None and 0 < value <= 100


def _is_vat_rate(value: Decimal) -> bool:
    return value == 0 or 1 <= value < 100


def _load(session: Session, key: str) -> dict[str, object] | None:
    coupon = session.get(Coupon, int(key)) if key.isdecimal() and len(key) < 18 else None
    if coupon is None:
        return None
    return {column.key: getattr(coupon, column.key) for column in Coupon.__table__.columns}


def _prepare(session: Session, form: NounForm, row: Values) -> None:
    chosen = str(row.get("currency") or settings().currency)
    if form.currency.data in (None, ""):
        form.currency.data = chosen
    for name in ("amount", "cap", "min_order", "max_order"):
        form[name].currency = chosen
    if not row and form.priority.typed is None:
        form.priority.data = 100
    form.give_back.data = form.give_back.data or ""


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    assert isinstance(form, CouponForm)
    more = {"open_to_partners": form.open_to_partners.data, "give_back": form.give_back.data or None}
    if key is None:
        coupons.create_coupon(act.conn, form.terms(), **more, who=act.who, now=act.now)
        return _("The coupon %(name)s is made. Now it needs codes.", name=form.name.data)
    coupons.change_coupon(act.conn, int(key), form.terms(), **more, who=act.who, now=act.now)
    return _("The coupon %(name)s is changed.", name=form.name.data)


def _title(row: Mapping[str, object]) -> str:
    return _("Coupon %(name)s", name=row["name"])


def _notes(session: Session, row: Values) -> Sequence[str]:
    return [_("Orders that are already there keep the terms they were placed with.")]


EDITOR = Editor(
    form=CouponForm,
    load=_load,
    save=_save,
    title=_title,
    prepare=_prepare,
    notes=_notes,
    lead=_l("The terms stand here once; any number of codes redeem them."),
)
