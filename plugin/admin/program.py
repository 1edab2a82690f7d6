"""What takes part and what it earns: products and commission terms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import CommissionTerms, Contact, Product
from ..services.listing import AnyRow, Query
from . import acts
from .edge import settings
from .nouns import Bulk, Column, Filter, Kind, Noun, State
from .program_forms import PRODUCT_EDITOR, TERMS_EDITOR
from .show import contact_link, contact_name, name_of, rate_text, step_name, to


def _products() -> Query:
    return select(Product)


def _takes_part(row: AnyRow) -> State:
    own: bool | None = row.Product.takes_part
    if own is None:
        by_default = settings().products_take_part
        return State("ok", str(_l("yes, as usual"))) if by_default else State("off", str(_l("no, as usual")))
    return State("ok", str(_l("yes"))) if own else State("off", str(_l("no")))


def _yes_no(value: bool) -> State:
    return State("ok", str(_l("yes"))) if value else State("off", str(_l("no")))


def _by_part(choice: str, now: datetime) -> ColumnElement[bool]:
    part = func.coalesce(Product.takes_part, settings().products_take_part)
    return part.is_(choice == "yes")


def _by_absolute(choice: str, now: datetime) -> ColumnElement[bool]:
    return Product.absolute_coupons.is_(choice == "yes")


_YES_NO = (("yes", _l("yes")), ("no", _l("no")))

PRODUCTS = Noun(
    name="products",
    title=_l("Products"),
    lead=_l("Rows appear by themselves from what is bought. Here you say what takes part in the partner program."),
    icon="bank",
    statement=_products,
    keys=(Product.ref.expression,),
    key=lambda row: str(row.Product.ref),
    columns=(
        Column(
            name="title", label=_l("Product"), value=lambda row: row.Product.title or row.Product.ref,
            href=lambda row: to("products_edit", key=row.Product.ref), sort=name_of(Product.title.expression),
        ),
        Column(name="ref", label=_l("Number"), value=lambda row: row.Product.ref, sort=Product.ref.expression),
        Column(name="part", label=_l("Takes part"), kind=Kind.STATE, value=_takes_part, place="corner"),
        Column(
            name="absolute", label=_l("Absolute coupons"), kind=Kind.STATE,
            value=lambda row: _yes_no(row.Product.absolute_coupons),
        ),
        Column(
            name="created", label=_l("Seen since"), kind=Kind.DATE, value=lambda row: row.Product.created_at,
            sort=Product.created_at.expression,
        ),
    ),
    sort="title",
    search=lambda text: or_(Product.title.icontains(text, autoescape=True), Product.ref == text),
    search_hint=_l("Title or number"),
    filters=(
        Filter(name="part", label=_l("Takes part"), where=_by_part, choices=_YES_NO),
        Filter(name="absolute", label=_l("Absolute coupons"), where=_by_absolute, choices=_YES_NO),
    ),
    bulk=(
        Bulk(
            name="in", label=_l("Let them take part"), apply=acts.switch_products(takes_part=True),
            preview=lambda n: ngettext(
                "%(num)s product takes part: partners earn on it from now on.",
                "%(num)s products take part: partners earn on them from now on.", n,
            ),
            done=lambda n: ngettext("%(num)s product takes part.", "%(num)s products take part.", n),
        ),
        Bulk(
            name="out", label=_l("Take them out"), danger=True, apply=acts.switch_products(takes_part=False),
            preview=lambda n: ngettext(
                "%(num)s product takes part no more: nobody earns on it. Orders that are already there keep what "
                "was agreed.",
                "%(num)s products take part no more: nobody earns on them. Orders that are already there keep "
                "what was agreed.", n,
            ),
            done=lambda n: ngettext("%(num)s product takes part no more.", "%(num)s products take part no more.", n),
        ),
        Bulk(
            name="absolute", label=_l("Allow absolute coupons"), apply=acts.switch_products(absolute_coupons=True),
            preview=lambda n: ngettext(
                "Absolute coupons can be used on %(num)s product.",
                "Absolute coupons can be used on %(num)s products.", n,
            ),
            done=lambda n: ngettext("%(num)s product is changed.", "%(num)s products are changed.", n),
        ),
        Bulk(
            name="percent", label=_l("Refuse absolute coupons"), apply=acts.switch_products(absolute_coupons=False),
            preview=lambda n: ngettext(
                "Absolute coupons take nothing off %(num)s product. Per cent coupons still do.",
                "Absolute coupons take nothing off %(num)s products. Per cent coupons still do.", n,
            ),
            done=lambda n: ngettext("%(num)s product is changed.", "%(num)s products are changed.", n),
        ),
    ),
    editor=PRODUCT_EDITOR,
    new_label=_l("Enter a product"),
    empty=_l("Here stand the products, as soon as the first one is in a cart. You can also enter one beforehand."),
)  # fmt: skip

_PARTNER = aliased(Contact, name="Partner")


def _terms() -> Query:
    return (
        select(CommissionTerms, _PARTNER, Product)
        .join(_PARTNER, _PARTNER.id == CommissionTerms.partner_id, isouter=True)
        .join(Product, Product.ref == CommissionTerms.product_ref, isouter=True)
    )


def _step(row: AnyRow) -> str:
    terms: CommissionTerms = row.CommissionTerms
    if terms.partner_id is not None:
        return step_name("partner" if terms.product_ref is None else "partner and product")
    if terms.product_ref is not None:
        return step_name("product")
    return step_name("general" if terms.category is None else "category")


def _what(row: AnyRow) -> str:
    terms: CommissionTerms = row.CommissionTerms
    if terms.product_ref is not None:
        return row.Product.title if row.Product is not None and row.Product.title else terms.product_ref
    return terms.category or str(_l("all products"))


def _by_step(choice: str, now: datetime) -> ColumnElement[bool]:
    has_partner, has_product = (
        CommissionTerms.partner_id.is_not(None),
        CommissionTerms.product_ref.is_not(None),
    )
    return {
        "partner": has_partner,
        "product": has_product,
        "category": CommissionTerms.category.is_not(None),
        "general": ~or_(has_partner, has_product, CommissionTerms.category.is_not(None)),
    }[choice]


TERMS = Noun(
    name="terms",
    title=_l("Commission terms"),
    short=_l("Terms"),
    lead=_l(
        "Who earns how much, per level. The most specific terms win: partner and product, partner card, product, "
        "category, in general."
    ),
    icon="chart",
    statement=_terms,
    keys=(CommissionTerms.id.expression,),
    key=lambda row: str(row.CommissionTerms.id),
    columns=(
        Column(name="step", label=_l("Where"), value=_step, href=lambda row: to("terms_edit", key=row.CommissionTerms.id)),
        Column(
            name="partner", label=_l("Who earns"),
            value=lambda row: contact_name(row.Partner) or _l("every partner"),
            href=lambda row: contact_link(row.Partner), sort=name_of(_PARTNER.name.expression),
        ),
        Column(name="what", label=_l("On what"), value=_what),
        Column(
            name="level", label=_l("Level"), kind=Kind.COUNT, value=lambda row: row.CommissionTerms.level,
            sort=CommissionTerms.level.expression,
        ),
        Column(
            name="changed", label=_l("Changed"), kind=Kind.DATE, value=lambda row: row.CommissionTerms.changed_at,
            sort=CommissionTerms.changed_at.expression,
        ),
        Column(
            name="rate", label=_l("Commission"), place="corner",
            value=lambda row: rate_text(
                row.CommissionTerms.percent, row.CommissionTerms.fixed, row.CommissionTerms.currency
            ),
        ),
    ),
    sort="level",
    search=lambda text: or_(
        _PARTNER.name.icontains(text, autoescape=True), CommissionTerms.product_ref == text,
        Product.title.icontains(text, autoescape=True), CommissionTerms.category == text,
    ),
    search_hint=_l("Partner, product or category"),
    filters=(
        Filter(
            name="step", label=_l("Where"), where=_by_step,
            choices=(
                ("partner", _l("for a partner")), ("product", _l("for a product")), ("category", _l("for a category")),
                ("general", _l("In general")),
            ),
        ),
    ),
    bulk=(
        Bulk(
            name="remove", label=_l("Remove"), danger=True, apply=acts.remove_terms,
            preview=lambda n: ngettext(
                "%(num)s term is removed. Sales from now on go by the next less specific terms; what is posted stays.",
                "%(num)s terms are removed. Sales from now on go by the next less specific terms; what is posted "
                "stays.", n,
            ),
            done=lambda n: ngettext("%(num)s term is removed.", "%(num)s terms are removed.", n),
        ),
    ),
    editor=TERMS_EDITOR,
    new_label=_l("New terms"),
    empty=_l("Here stand the commission terms. Without any, nobody earns: begin with a per cent for level 1."),
)  # fmt: skip
