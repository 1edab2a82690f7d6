"""Commission terms: who earns how much on what, per level."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import CommissionTerms, Contact, Product
from ..services.listing import AnyRow, Query
from . import acts
from .nouns import Bulk, Column, Filter, Kind, Noun
from .program_forms import TERMS_EDITOR
from .show import contact_link, contact_name, name_of, rate_text, step_name, to

_PARTNER = aliased(Contact, name="Partner")


def _statement() -> Query:
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


NOUN = Noun(
    name="terms",
    title=_l("Commission terms"),
    short=_l("Terms"),
    lead=_l("Who earns how much, per level. The most specific terms win: partner before product."),
    icon="chart",
    statement=_statement,
    keys=(CommissionTerms.id.expression,),
    key=lambda row: str(row.CommissionTerms.id),
    columns=(
        Column(
            name="step",
            label=_l("Where"),
            value=_step,
            href=lambda row: to("terms_edit", key=row.CommissionTerms.id),
        ),
        Column(
            name="partner",
            label=_l("Who earns"),
            value=lambda row: contact_name(row.Partner) or _l("every partner"),
            href=lambda row: contact_link(row.Partner),
            sort=name_of(_PARTNER.name.expression),
        ),
        Column(name="what", label=_l("On what"), value=_what),
        Column(
            name="level",
            label=_l("Level"),
            kind=Kind.COUNT,
            value=lambda row: row.CommissionTerms.level,
            sort=CommissionTerms.level.expression,
        ),
        Column(
            name="changed",
            label=_l("Changed"),
            kind=Kind.DATE,
            value=lambda row: row.CommissionTerms.changed_at,
            sort=CommissionTerms.changed_at.expression,
        ),
        Column(
            name="rate",
            label=_l("Commission"),
            place="corner",
            value=lambda row: rate_text(
                row.CommissionTerms.percent, row.CommissionTerms.fixed, row.CommissionTerms.currency
            ),
        ),
    ),
    sort="level",
    search=lambda text: or_(
        _PARTNER.name.icontains(text, autoescape=True),
        CommissionTerms.product_ref == text,
        Product.title.icontains(text, autoescape=True),
        CommissionTerms.category == text,
    ),
    search_hint=_l("Partner, product or category"),
    filters=(
        Filter(
            name="step",
            label=_l("Where"),
            where=_by_step,
            choices=(
                ("partner", _l("for a partner")),
                ("product", _l("for a product")),
                ("category", _l("for a category")),
                ("general", _l("In general")),
            ),
        ),
    ),
    bulk=(
        Bulk(
            name="remove",
            label=_l("Remove"),
            danger=True,
            apply=acts.remove_terms,
            preview=lambda n: ngettext(
                "%(num)s row is removed. Sales go by the next less specific terms. What is posted stays.",
                "%(num)s rows are removed. Sales go by the next less specific terms. What is posted stays.",
                n,
            ),
            done=lambda n: ngettext("%(num)s row is removed.", "%(num)s rows are removed.", n),
        ),
    ),
    editor=TERMS_EDITOR,
    new_label=_l("New terms"),
    empty=_l("Here stand the commission terms. Without any, nobody earns: begin with level 1."),
)
