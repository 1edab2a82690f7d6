"""Commission terms: who earns how much on what, per level."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import ngettext
from ..models import CommissionTerms, Contact, Product
from ..services.listing import AnyRow, Query
from ..services.terms_rows import in_force, planned
from ..terms_words import clause_lines, rate_text, step_name
from . import acts
from .edge import now
from .nouns import Bulk, Column, Filter, Kind, Noun, State
from .show import contact_link, contact_name, name_of, to
from .terms_form import TERMS_EDITOR, terms_of

_PARTNER = aliased(Contact, name="Partner")
_BEGINS = func.coalesce(CommissionTerms.valid_from, CommissionTerms.changed_at)


def _every() -> Query:
    return (
        select(CommissionTerms, _PARTNER, Product)
        .join(_PARTNER, _PARTNER.id == CommissionTerms.partner_id, isouter=True)
        .join(Product, Product.ref == CommissionTerms.product_ref, isouter=True)
    )


def _statement() -> Query:
    return _every().where(or_(in_force(now()), planned(now())))


def _step(row: AnyRow) -> str:
    return step_name(terms_of(row.CommissionTerms).step.value)


def _what(row: AnyRow) -> str:
    terms: CommissionTerms = row.CommissionTerms
    if terms.product_ref is not None:
        return row.Product.title if row.Product is not None and row.Product.title else terms.product_ref
    if terms.campaign is not None:
        return str(_("sales of the campaign %(campaign)s", campaign=terms.campaign))
    return terms.category or str(_l("all products"))


def _clauses(row: AnyRow) -> str:
    terms = terms_of(row.CommissionTerms)
    return "; ".join(clause_lines(terms.clauses, terms.currency or ""))


def _state(row: AnyRow) -> State:
    terms: CommissionTerms = row.CommissionTerms
    if terms.valid_from is not None and terms.valid_from > now():
        if terms.ended:
            return State("wait", _("ends"))
        return State("wait", _("planned"))
    return State("ok", _("in force"))


def _act(row: AnyRow) -> State:
    return State("off", _("ended")) if row.CommissionTerms.ended else State("ok", _("set"))


def _by_when(choice: str, at: datetime) -> ColumnElement[bool]:
    return in_force(at) if choice == "now" else planned(at)


def _by_step(choice: str, at: datetime) -> ColumnElement[bool]:
    has_partner, has_product = (
        CommissionTerms.partner_id.is_not(None),
        CommissionTerms.product_ref.is_not(None),
    )
    return {
        "partner": has_partner,
        "product": has_product,
        "category": CommissionTerms.category.is_not(None),
        "campaign": CommissionTerms.campaign.is_not(None),
        "general": ~or_(
            has_partner,
            has_product,
            CommissionTerms.category.is_not(None),
            CommissionTerms.campaign.is_not(None),
        ),
    }[choice]


NOUN = Noun(
    name="terms",
    title=_l("Commission terms"),
    short=_l("Terms"),
    lead=_l("Who earns how much, per level. The most specific terms win: partner before product."),
    tool="firstline/admin/terms_tool.html",
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
            name="from",
            label=_l("From"),
            kind=Kind.DATE,
            value=lambda row: row.CommissionTerms.valid_from,
            sort=_BEGINS,
        ),
        Column(name="state", label=_l("State"), kind=Kind.STATE, value=_state),
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
            sub=_clauses,
        ),
    ),
    sort="level",
    search=lambda text: or_(
        _PARTNER.name.icontains(text, autoescape=True),
        CommissionTerms.product_ref == text,
        Product.title.icontains(text, autoescape=True),
        CommissionTerms.category == text,
        CommissionTerms.campaign == text,
    ),
    search_hint=_l("Partner, product, category or campaign"),
    filters=(
        Filter(
            name="when",
            label=_l("When"),
            where=_by_when,
            choices=(("now", _l("in force")), ("planned", _l("planned"))),
        ),
        Filter(
            name="step",
            label=_l("Where"),
            where=_by_step,
            choices=(
                ("partner", _l("for a partner")),
                ("product", _l("for a product")),
                ("category", _l("for a category")),
                ("campaign", _l("for a campaign")),
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

_HISTORIC = {
    "step": Column(name="step", label=_l("Where"), value=_step),
    "state": Column(name="state", label=_l("What was done"), kind=Kind.STATE, value=_act),
}
HISTORY = replace(
    NOUN,
    name="terms_history",
    title=_l("History of the commission terms"),
    short=_l("History of terms"),
    lead=_l("All terms that ever held or are planned. Rows are added; what has begun is never changed."),
    icon="clock",
    statement=_every,
    sort="-changed",
    columns=tuple(_HISTORIC.get(column.name, column) for column in NOUN.columns),
    filters=tuple(one for one in NOUN.filters if one.name == "step"),
    bulk=(),
    editor=None,
    new_label="",
    tool="",
    empty=_l("No terms were ever set."),
)
