"""The forms of products and of commission terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.money import EXPONENTS
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import CommissionTerms, Product
from ..services import program
from . import product_ways
from .acting import Acting
from .acts import set_product
from .contact_field import ContactField
from .edge import settings
from .fields import CheckField, ChoiceField, NounForm, TextField
from .nouns import Editor, Values
from .number_fields import MoneyField, PercentField, WholeField

TAKES_PART = (("", _l("as usual in the shop")), ("yes", _l("yes")), ("no", _l("no")))
_SWITCH = {"": None, "yes": True, "no": False}


class ProductForm(NounForm):
    """The switches of a product."""

    ref = TextField(
        _l("Product number"), needed=True, longest=64, hint=_l("As the shop names it in its orders.")
    )
    title = TextField(_l("Title"))
    takes_part = ChoiceField(_l("Takes part in the partner program"), choices=TAKES_PART)
    absolute_coupons = CheckField(
        _l("Absolute coupons may be used"), default=True, hint=_l("Per cent coupons are not concerned.")
    )
    shown_in_desk = CheckField(
        _l("Shown in the partners' desk"), hint=_l("With its landing pages, for partners to link to.")
    )


def _load_product(session: Session, key: str) -> dict[str, object] | None:
    product = session.get(Product, key)
    if product is None:
        return None
    part = "" if product.takes_part is None else "yes" if product.takes_part else "no"
    return {
        "ref": product.ref,
        "title": product.title,
        "takes_part": part,
        "absolute_coupons": product.absolute_coupons,
        "shown_in_desk": product.shown_in_desk,
    }


def _prepare_product(session: Session, form: NounForm, row: Values) -> None:
    if row:
        del form.ref
    form.takes_part.data = form.takes_part.data or ""


def _save_product(act: Acting, form: NounForm, key: str | None) -> str:
    ref = key if key is not None else form.ref.data
    set_product(
        act,
        ref,
        title=form.title.data or "",
        takes_part=_SWITCH[form.takes_part.data],
        absolute_coupons=form.absolute_coupons.data,
        shown_in_desk=form.shown_in_desk.data,
    )
    return _("The product %(title)s is saved.", title=form.title.data or ref)


PRODUCT_EDITOR = Editor(
    form=ProductForm,
    load=_load_product,
    save=_save_product,
    prepare=_prepare_product,
    title=lambda row: _("Product %(title)s", title=row["title"] or row["ref"]),
    ways=product_ways.ways,
    notes=product_ways.notes,
)

RATES = (("percent", _l("a per cent of the net amount")), ("fixed", _l("an amount per unit")))


class TermsForm(NounForm):
    """What a partner earns on one level."""

    level = WholeField(
        _l("Level"),
        needed=True,
        most=program.HIGHEST_LEVEL,
        hint=_l("1 is the partner credited with the order, 2 that partner's sponsor, and so on."),
    )
    kind = ChoiceField(_l("The commission is"), choices=RATES, default="percent")
    percent = PercentField(_l("Per cent"), hint=_l("Of the line after discount, without VAT."))
    fixed = MoneyField(_l("Amount per unit"))
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in sorted(EXPONENTS)])
    partner_id = ContactField(
        _l("Only for this partner"),
        partners=True,
        hint=_l("Customer number, e-mail or whole name. Empty: every partner."),
    )
    product_ref = TextField(
        _l("Only on this product"), longest=64, hint=_l("Product number. Empty: all products.")
    )
    category = TextField(
        _l("Only on this category"), longest=64, hint=_l("Stands alone, without partner and product.")
    )

    groups = (
        (_l("How much"), ("level", "kind", "percent", "fixed", "currency")),
        (_l("Where it holds"), ("partner_id", "product_ref", "category")),
    )

    def validate(self) -> bool:
        """Check what depends on several fields."""
        good = bool(super().validate())
        if self.kind.data == "percent" and not self.percent.errors and not _is_share(self.percent.data):
            self.complain("percent", _("Please give a per cent from 0 to 100."))
            good = False
        if (
            self.kind.data == "fixed"
            and not self.fixed.errors
            and (self.fixed.data is None or self.fixed.data < 0)
        ):
            self.complain("fixed", _("Please give an amount, not below 0."))
            good = False
        if "category" in self and self.category.data and (self.partner_id.data or self.product_ref.data):
            self.complain("category", _("Terms for a category hold for all partners and products of it."))
            good = False
        return good


def _is_share(value: object) -> bool:
    return value is not None and 0 <= value <= 100  # type: ignore[operator]  # a Decimal of the field


_PLACE = ("level", "percent", "fixed", "currency", "partner_id", "product_ref", "category")


def _load_terms(session: Session, key: str) -> dict[str, object] | None:
    terms = session.get(CommissionTerms, int(key)) if key.isdecimal() and len(key) < 18 else None
    if terms is None:
        return None
    return {
        **{name: getattr(terms, name) for name in _PLACE},
        "kind": "fixed" if terms.percent is None else "percent",
    }


def _prepare_terms(session: Session, form: NounForm, row: Values) -> None:
    if row:
        # What the terms stand for is their name: other terms are other rows.
        for name in ("level", "partner_id", "product_ref", "category"):
            del form[name]
    currency = str(row.get("currency") or settings().currency)
    form.currency.data = form.currency.data or currency
    form.fixed.currency = currency


def _save_terms(act: Acting, form: NounForm, key: str | None) -> str:
    by_percent = form.kind.data == "percent"
    values: dict[str, Any] = {
        "percent": form.percent.data if by_percent else None,
        "fixed": None if by_percent else form.fixed.data,
        "currency": None if by_percent else form.currency.data,
    }
    names = ("level", "partner_id", "product_ref", "category")
    values |= {name: form[name].data for name in names} if key is None else _place_of(act, int(key))
    program.set_terms(act.conn, **values, who=act.who, now=act.now)
    return _("The terms are saved. They hold for orders that are paid from now on.")


def _place_of(act: Acting, terms_id: int) -> dict[str, object]:
    """Give what existing terms stand for."""
    table = CommissionTerms.__table__
    row = act.conn.execute(select(table).where(table.c.id == terms_id)).one()
    return {name: getattr(row, name) for name in ("level", "partner_id", "product_ref", "category")}


def _title_terms(row: Mapping[str, object]) -> str:
    return _("Terms of level %(level)s", level=row["level"])


TERMS_EDITOR = Editor(
    form=TermsForm,
    load=_load_terms,
    save=_save_terms,
    prepare=_prepare_terms,
    title=_title_terms,
    from_address=("partner_id", "product_ref"),
)
