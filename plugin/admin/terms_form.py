"""The form of commission terms, and of what they would have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.clauses import read_clauses
from ..domain.money import EXPONENTS
from ..domain.terms import Terms
from ..i18n import day_text, local
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..models import CommissionTerms
from ..services import program
from ..services.program import TermsValues
from ..services.terms_rows import PLACE, in_force, planned, read
from .acting import Acting
from .clause_fields import ClausesForm, clause_values
from .contact_field import ContactField
from .edge import now, settings
from .fields import ChoiceField, NounForm, TextField
from .nouns import Editor, Values, Way
from .number_fields import MomentField, MoneyField, PercentField, WholeField
from .show import to

_TERMS = CommissionTerms.__table__
Groups = Sequence[tuple[str, Sequence[str]]]


def terms_of(row: CommissionTerms) -> Terms:
    """Read the terms of a row."""
    return read(row)


RATES = (("percent", _l("a per cent")), ("fixed", _l("an amount per unit")))


class TermsForm(ClausesForm):
    """What a partner earns on one level."""

    level = WholeField(
        _l("Level"),
        needed=True,
        most=program.HIGHEST_LEVEL,
        hint=_l("1 is the partner credited with the order, 2 that partner's sponsor, and so on."),
    )
    kind = ChoiceField(_l("The commission is"), choices=RATES, default="percent")
    percent = PercentField(
        _l("Per cent"), hint=_l("Of the line after discount, without VAT, or of the base below.")
    )
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
    campaign = TextField(
        _l("Only in this campaign"),
        longest=64,
        hint=_l("Sales with a coupon that has this label. Stands alone."),
    )

    groups: ClassVar[Groups] = (
        (_l("How much"), ("level", "kind", "percent", "fixed", "currency")),
        (_l("Where it holds"), ("partner_id", "product_ref", "category", "campaign")),
        (_l("From when"), ("begins", "months")),
        *ClausesForm.clause_groups,
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
        return all([self._stands_somewhere(), self.check_clauses(), self._fits(), good])

    def _fits(self) -> bool:
        """Check what does not go with a fixed amount, a product or a margin."""
        narrowed = "product_ref" in self and (self.product_ref.data or self.category.data)
        if self.kind.data == "fixed" and (
            self.base.data != "net" or self.shipping.data or self.tiers_by.data or self.payment_rates.data
        ):
            self.complain("kind", _("An amount per unit has no base, no tiers and no rates per payment."))
            return False
        if self.shipping.data and (narrowed or self.base.data == "margin"):
            self.complain("shipping", _("Shipping belongs to no product or category and has no margin."))
            return False
        if self.tiers_by.data and self.payment_rates.data:
            self.complain("payment_rates", _("Tiers and rates per payment do not go together."))
            return False
        return True

    def _stands_somewhere(self) -> bool:
        """Check what the terms stand for, where that is asked."""
        if "category" not in self:
            return True
        narrowed = self.partner_id.data or self.product_ref.data
        if self.category.data and narrowed:
            self.complain("category", _("Terms for a category hold for all partners and products of it."))
            return False
        if self.campaign.data and (narrowed or self.category.data):
            self.complain("campaign", _("Terms for a campaign hold for all partners and products in it."))
            return False
        return True

    def values(self, place: TermsValues | None = None) -> TermsValues:
        """Give what was filled in; `place` says where the terms stand, where that is not asked."""
        by_percent = self.kind.data == "percent"
        return {
            **(place or self._place()),
            "percent": self.percent.data if by_percent else None,
            "fixed": None if by_percent else self.fixed.data,
            "currency": self.currency.data,
            "clauses": self.clauses(),
        }

    def _place(self) -> TermsValues:
        return {
            "level": self.level.data,
            "partner_id": self.partner_id.data,
            "product_ref": self.product_ref.data,
            "category": self.category.data,
            "campaign": self.campaign.data,
        }


class DatedTermsForm(TermsForm):
    """Terms with the moment from which they hold."""

    begins = MomentField(
        _l("Holds from"), hint=_l("Empty: from now on. What holds until then stays in the history.")
    )

    def validate(self) -> bool:
        """Refuse a day that has passed; today means now."""
        good = super().validate()
        moment = self.begins.data
        if moment is None or moment > now():
            return good
        if local(moment).date() != local(now()).date():
            self.complain("begins", _("This day has passed. Sales that are credited keep their terms."))
            return False
        self.begins.data = None
        return good


def _is_share(value: object) -> bool:
    return value is not None and 0 <= value <= 100  # type: ignore[operator]  # a Decimal of the field


def _load(session: Session, key: str) -> dict[str, object] | None:
    terms = session.get(CommissionTerms, int(key)) if key.isdecimal() and len(key) < 18 else None
    if terms is None or not _stands(session, terms.id):
        return None
    return {
        **{name: getattr(terms, name) for name in (*PLACE, "percent", "fixed", "currency")},
        **clause_values(read_clauses(terms.clauses)),
        "id": terms.id,
        "kind": "fixed" if terms.percent is None else "percent",
        "begins": terms.valid_from if _is_planned(terms) else None,
    }


def _stands(session: Session, terms_id: int) -> bool:
    """Say whether terms are in force or planned; what was replaced or ended is history."""
    holds = or_(in_force(now()), planned(now()))
    return session.execute(select(_TERMS.c.id).where(_TERMS.c.id == terms_id, holds)).first() is not None


def _is_planned(terms: CommissionTerms) -> bool:
    return terms.valid_from is not None and terms.valid_from > now()


def prepare(session: Session, form: NounForm, row: Values) -> None:
    """Fill in the currency; of existing terms one cannot change where they stand."""
    if row:
        # What the terms stand for is their name: other terms are other rows.
        for name in PLACE:
            del form[name]
    currency = str(row.get("currency") or settings().currency)
    form.currency.data = form.currency.data or currency
    for name in ("fixed", "tiers", "cap_order", "cap_partner", "cap_customer"):
        form[name].currency = currency


def _save(act: Acting, form: NounForm, key: str | None) -> str:
    assert isinstance(form, DatedTermsForm)
    begins = form.begins.data
    values = form.values(None if key is None else _place_of(act, int(key), begins))
    program.set_terms(act.conn, **values, begins=begins, who=act.who, now=act.now)
    if begins is None:
        return _("The terms are saved. They hold for orders that are paid from now on.")
    return _(
        "The terms are saved. They hold for orders that are paid from %(day)s on.",
        day=day_text(local(begins).date()),
    )


def _place_of(act: Acting, terms_id: int, begins: datetime | None) -> TermsValues:
    """Give what existing terms stand for; a plan that gets another date is taken back."""
    row = act.conn.execute(select(_TERMS).where(_TERMS.c.id == terms_id)).one()
    if row.valid_from is not None and row.valid_from > act.now and row.valid_from != begins:
        program.remove_terms(act.conn, terms_id, who=act.who, now=act.now)
    return {
        "level": row.level,
        "partner_id": row.partner_id,
        "product_ref": row.product_ref,
        "category": row.category,
        "campaign": row.campaign,
    }


def _title(row: Mapping[str, object]) -> str:
    return _("Terms of level %(level)s", level=row["level"])


def _ways(row: Values) -> Sequence[Way]:
    run = Way(icon="chart", text=_("Dry run"), href=to("terms_dry_run", terms=row["id"]))
    if row["begins"] is not None:
        return (run,)
    return run, Way(icon="chart", text=_("Dry run of their end"), href=to("terms_dry_run", ending=row["id"]))


TERMS_EDITOR = Editor(
    form=DatedTermsForm,
    load=_load,
    save=_save,
    prepare=prepare,
    title=_title,
    ways=_ways,
    from_address=("partner_id", "product_ref"),
)
