"""Coupons: the terms that codes redeem."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from ..i18n import last_day, ngettext
from ..i18n import lazy_gettext as _l
from ..models import Code, Coupon
from ..services.listing import AnyRow, Query
from . import acts
from .common_filters import made_between
from .coupon_editing import EDITOR, sentence
from .coupon_form import KINDS, TREATMENTS
from .edge import now
from .nouns import Bulk, Column, Filter, Kind, Noun
from .show import discount_text, money_or_none, name_of, to
from .states import coupon_is, coupon_state

_CODES = (
    select(func.count())
    .select_from(Code)
    .where(Code.coupon_id == Coupon.id)
    .correlate(Coupon)
    .scalar_subquery()
)


def _statement() -> Query:
    return select(Coupon, _CODES.label("codes"))


def _what_it_does(row: AnyRow) -> str:
    coupon: Coupon = row.Coupon
    said = sentence(coupon)
    opened = _l("open to partners")
    return f"{said}, {opened}" if coupon.open_to_partners else said


def _treatment(row: AnyRow) -> str:
    return str(dict(TREATMENTS)[row.Coupon.treatment])


def _used(row: AnyRow) -> object:
    return row.Coupon.used if row.Coupon.max_uses is not None else None


def _by_audience(choice: str, now: datetime) -> ColumnElement[bool]:
    columns = {
        "new": Coupon.new_customers_only,
        "partners": Coupon.open_to_partners,
        "link": Coupon.link_only,
    }
    return columns[choice].is_(True)


NOUN = Noun(
    name="coupons",
    title=_l("Coupons"),
    lead=_l("The terms: how much, from which order, for whom, how often. Codes redeem them."),
    icon="gift",
    statement=_statement,
    keys=(Coupon.id.expression,),
    key=lambda row: str(row.Coupon.id),
    columns=(
        Column(
            name="name",
            label=_l("Coupon"),
            value=lambda row: row.Coupon.name,
            sort=name_of(Coupon.name.expression),
            href=lambda row: to("coupons_edit", key=row.Coupon.id),
            sub=_what_it_does,
        ),
        Column(name="discount", label=_l("Discount"), value=lambda row: discount_text(row.Coupon)),
        Column(name="treatment", label=_l("Kind for VAT"), value=_treatment),
        Column(
            name="minimum",
            label=_l("From"),
            kind=Kind.MONEY,
            value=lambda row: money_or_none(row.Coupon.min_order, row.Coupon.currency),
        ),
        Column(
            name="codes",
            label=_l("Codes"),
            kind=Kind.COUNT,
            value=lambda row: row.codes,
            href=lambda row: to("codes", coupon=row.Coupon.id),
        ),
        Column(name="limit", label=_l("At most"), kind=Kind.COUNT, value=lambda row: row.Coupon.max_uses),
        Column(name="used", label=_l("Used"), kind=Kind.COUNT, value=_used),
        Column(
            name="until",
            label=_l("Until"),
            kind=Kind.DATE,
            value=lambda row: last_day(row.Coupon.valid_until) if row.Coupon.valid_until else None,
        ),
        Column(
            name="created",
            label=_l("Made"),
            kind=Kind.DATE,
            value=lambda row: row.Coupon.created_at,
            sort=Coupon.created_at.expression,
        ),
        Column(
            name="state",
            label=_l("State"),
            kind=Kind.STATE,
            value=lambda row: coupon_state(row.Coupon, now()),
            place="corner",
        ),
    ),
    sort="-created",
    search=lambda text: Coupon.name.icontains(text, autoescape=True),
    search_hint=_l("Name"),
    filters=(
        Filter(
            name="state",
            label=_l("State"),
            where=coupon_is,
            choices=(
                ("on", _l("on")),
                ("later", _l("begins later")),
                ("ended", _l("ended")),
                ("used_up", _l("used up")),
                ("off", _l("off")),
            ),
        ),
        Filter(
            name="for",
            label=_l("For whom"),
            where=_by_audience,
            choices=(
                ("new", _l("new customers only")),
                ("partners", _l("open to partners")),
                ("link", _l("by link only")),
            ),
        ),
        Filter(
            name="takes",
            label=_l("Takes off"),
            where=lambda choice, now: Coupon.kind == choice,
            choices=KINDS,
        ),
        Filter(
            name="vat",
            label=_l("Kind for VAT"),
            where=lambda choice, now: Coupon.treatment == choice,
            choices=TREATMENTS,
        ),
        *made_between(Coupon.created_at),
    ),
    bulk=(
        Bulk(
            name="off",
            label=_l("Switch off"),
            danger=True,
            apply=acts.switch_coupons(False),
            preview=lambda n: ngettext(
                "%(num)s coupon is switched off. None of its codes can be redeemed. Orders stay.",
                "%(num)s coupons are switched off. None of their codes can be redeemed. Orders stay.",
                n,
            ),
            done=lambda n: ngettext(
                "%(num)s coupon is switched off.", "%(num)s coupons are switched off.", n
            ),
        ),
        Bulk(
            name="on",
            label=_l("Switch on"),
            apply=acts.switch_coupons(True),
            preview=lambda n: ngettext(
                "%(num)s coupon is switched on. Its codes can be redeemed again.",
                "%(num)s coupons are switched on. Their codes can be redeemed again.",
                n,
            ),
            done=lambda n: ngettext("%(num)s coupon is switched on.", "%(num)s coupons are switched on.", n),
        ),
    ),
    editor=EDITOR,
    new_label=_l("New coupon"),
    tool="firstline/admin/coupons_tool.html",
    empty=_l("Here stand the coupons. A coupon says once what its codes give, and to whom."),
)
