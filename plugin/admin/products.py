"""Products: what takes part in the partner program, and where absolute coupons can be used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import Product
from ..services.listing import AnyRow, Query
from . import acts
from .edge import settings
from .nouns import Bulk, Column, Filter, Kind, Noun, State
from .program_forms import PRODUCT_EDITOR
from .show import name_of, to


def _statement() -> Query:
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

NOUN = Noun(
    name="products",
    title=_l("Products"),
    lead=_l("Rows appear by themselves from what is bought. Say here what takes part in the program."),
    icon="bank",
    statement=_statement,
    keys=(Product.ref.expression,),
    key=lambda row: str(row.Product.ref),
    columns=(
        Column(
            name="title",
            label=_l("Product"),
            value=lambda row: row.Product.title or row.Product.ref,
            href=lambda row: to("products_edit", key=row.Product.ref),
            sort=name_of(Product.title.expression),
        ),
        Column(
            name="ref", label=_l("Number"), value=lambda row: row.Product.ref, sort=Product.ref.expression
        ),
        Column(name="part", label=_l("Takes part"), kind=Kind.STATE, value=_takes_part, place="corner"),
        Column(
            name="absolute",
            label=_l("Absolute coupons"),
            kind=Kind.STATE,
            value=lambda row: _yes_no(row.Product.absolute_coupons),
        ),
        Column(
            name="created",
            label=_l("Seen since"),
            kind=Kind.DATE,
            value=lambda row: row.Product.created_at,
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
            name="in",
            label=_l("Let them take part"),
            apply=acts.switch_products(takes_part=True),
            preview=lambda n: ngettext(
                "%(num)s product takes part: partners earn on it from now on.",
                "%(num)s products take part: partners earn on them from now on.",
                n,
            ),
            done=lambda n: ngettext("%(num)s product takes part.", "%(num)s products take part.", n),
        ),
        Bulk(
            name="out",
            label=_l("Take them out"),
            danger=True,
            apply=acts.switch_products(takes_part=False),
            preview=lambda n: ngettext(
                "%(num)s product takes part no more: nobody earns on it. Paid orders stay.",
                "%(num)s products take part no more: nobody earns on them. Paid orders stay.",
                n,
            ),
            done=lambda n: ngettext(
                "%(num)s product takes part no more.", "%(num)s products take part no more.", n
            ),
        ),
        Bulk(
            name="absolute",
            label=_l("Allow absolute coupons"),
            apply=acts.switch_products(absolute_coupons=True),
            preview=lambda n: ngettext(
                "Absolute coupons can be used on %(num)s product.",
                "Absolute coupons can be used on %(num)s products.",
                n,
            ),
            done=lambda n: ngettext("%(num)s product is changed.", "%(num)s products are changed.", n),
        ),
        Bulk(
            name="percent",
            label=_l("Refuse absolute coupons"),
            apply=acts.switch_products(absolute_coupons=False),
            preview=lambda n: ngettext(
                "Absolute coupons take nothing off %(num)s product. Per cent coupons still do.",
                "Absolute coupons take nothing off %(num)s products. Per cent coupons still do.",
                n,
            ),
            done=lambda n: ngettext("%(num)s product is changed.", "%(num)s products are changed.", n),
        ),
    ),
    editor=PRODUCT_EDITOR,
    new_label=_l("Enter a product"),
    empty=_l("Here stand the products, as soon as the first one is ordered. You can enter one before."),
)
