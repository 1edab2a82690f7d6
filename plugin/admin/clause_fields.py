"""The fields of what terms say beyond a plain rate: base, tiers, caps, recurring payments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from wtforms import Form

from ..domain.amounts import format_amount, parse_amount
from ..domain.clauses import Base, Caps, Clauses, Recurring, Span, Tier, Tiers
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import locale
from ..models.base import plain
from .fields import CheckField, ChoiceField, NounForm, TypedField
from .number_fields import MoneyField, PercentField, WholeField

_BASES = (
    ("net", _l("net after discount")),
    ("net_before", _l("net before discount")),
    ("gross", _l("with VAT, after discount")),
    ("gross_before", _l("with VAT, before discount")),
    ("margin", _l("margin: net less cost")),
)
_SPANS = (
    ("", _l("no tiers")),
    ("order", _l("value of the order")),
    ("month", _l("own sales of the month")),
    ("quarter", _l("own sales of the quarter")),
    ("year", _l("own sales of the year")),
    ("ever", _l("own sales of all time")),
)
_PERIODS = (
    ("ever", _l("in all")),
    ("month", _l("in a month")),
    ("quarter", _l("in a quarter")),
    ("year", _l("in a year")),
)


class TiersField(TypedField):
    """Tiers, one a line: from which sum on, an equals sign, which per cent."""

    kind = "area"
    currency = ""

    def read(self, typed: str, form: Form) -> tuple[Tier, ...]:
        """Read the lines by the customs of the reader's language."""
        return tuple(self._tier(line, form) for line in typed.splitlines() if line.strip())

    def _tier(self, line: str, form: Form) -> Tier:
        begins, _sign, rate = line.partition("=")
        try:
            currency = str(form["currency"].data or self.currency)
            begin = parse_amount(begins.strip(), locale=str(locale()), currency=currency)
            return Tier(begins=begin, percent=_percent(rate.strip(), form))
        except ValueError as error:
            raise ValueError(
                _("Please write a tier like %(example)s.", example=self._line(100000, Decimal(12)))
            ) from error

    def _line(self, begins: int, percent: Decimal) -> str:
        amount = format_amount(begins, self.currency, str(locale()))
        return f"{amount} = {_written(percent)} %"

    def write(self, value: Sequence[Tier]) -> str:
        """Put one on each line."""
        return "\n".join(self._line(tier.begins, tier.percent) for tier in value)


class RatesField(TypedField):
    """Per cents, one a line."""

    kind = "area"

    def read(self, typed: str, form: Form) -> tuple[Decimal, ...]:
        """Read the lines."""
        lines = [line.strip() for line in typed.splitlines() if line.strip()]
        return tuple(_percent(line, form) for line in lines)

    def write(self, value: Sequence[Decimal]) -> str:
        """Put one on each line."""
        return "\n".join(_written(rate) for rate in value)


def _percent(typed: str, form: Form) -> Decimal:
    return plain(PercentField.read(form["percent"], typed, form))


def _written(percent: Decimal) -> str:
    return str(format_decimal(percent, format="0.####", locale=locale()))


class ClausesForm(NounForm):
    """What terms say beyond a plain rate."""

    base = ChoiceField(_l("Per cent of"), choices=_BASES, default="net")
    shipping = CheckField(
        _l("On shipping too"), hint=_l("As an item of its own, on sales with goods that earn.")
    )
    tiers_by = ChoiceField(
        _l("Tiers by"),
        choices=_SPANS,
        hint=_l("Own sales are those posted before, net, less what came back since."),
    )
    tiers = TiersField(
        _l("Tiers"),
        hint=_l("One a line, such as 1000 = 12: from 1000 on it is 12%. Below the first it is the per cent."),
    )
    slab = CheckField(
        _l("Each part by its tier"), hint=_l("Otherwise the tier that was reached holds for the whole sale.")
    )
    cap_order = MoneyField(_l("At most on one order"))
    cap_partner = MoneyField(_l("At most for one partner"))
    cap_customer = MoneyField(_l("At most from one customer"))
    cap_period = ChoiceField(
        _l("Period of the caps"), choices=_PERIODS, default="ever", hint=_l("For partner and customer.")
    )
    payment_rates = RatesField(
        _l("Per cent of each payment"),
        hint=_l("Of recurring payments, one a line: the 1st, the 2nd and so on. The last holds on."),
    )
    max_payments = WholeField(_l("Payments that earn"), hint=_l("Of a subscription. Empty: all."))
    max_months = WholeField(_l("Months that earn"), hint=_l("From its first payment on. Empty: all."))

    clause_groups = (
        (_l("What the per cent is taken of"), ("base", "shipping")),
        (_l("Tiers"), ("tiers_by", "tiers", "slab")),
        (_l("Caps"), ("cap_order", "cap_partner", "cap_customer", "cap_period")),
        (_l("Recurring payments"), ("payment_rates", "max_payments", "max_months")),
    )

    def clauses(self) -> Clauses:
        """Give what was filled in, or raise ValueError."""
        amounts = {name: self[f"cap_{name}"].data for name in ("order", "partner", "customer")}
        capped = any(amount is not None for amount in amounts.values())
        steps, by = self.tiers.data, self.tiers_by.data
        rates = self.payment_rates.data or ()
        ends = {"payments": self.max_payments.data, "months": self.max_months.data}
        recurs = rates or any(end is not None for end in ends.values())
        return Clauses(
            base=Base(self.base.data),
            shipping=bool(self.shipping.data),
            tiers=Tiers(by=Span(by), tiers=steps, slab=bool(self.slab.data)) if by and steps else None,
            caps=Caps(**amounts, period=Span(self.cap_period.data)) if capped else None,
            recurring=Recurring(rates=tuple(rates), **ends) if recurs else None,
        )

    def check_clauses(self) -> bool:
        """Check what belongs together, in words and at the field."""
        problems = [*self._rate_problems(), *self._cap_problems()]
        for name, text in problems:
            self.complain(name, text)
        return not problems

    def _rate_problems(self) -> Iterator[tuple[str, str]]:
        by, steps = self.tiers_by.data, self.tiers.data or ()
        if not self.tiers.errors and bool(by) != bool(steps):
            name = "tiers" if by else "tiers_by"
            yield name, _("What chooses the tier, and the tiers, belong together.")
        begins = [tier.begins for tier in steps]
        if begins and (begins[0] <= 0 or sorted(set(begins)) != begins):
            yield "tiers", _("Tiers begin above 0, each higher than the one before.")
        rates = {"tiers": [tier.percent for tier in steps], "payment_rates": self.payment_rates.data or ()}
        for name, percents in rates.items():
            if any(percent > _MOST for percent in percents):
                yield name, _("Please give a per cent from 0 to 100.")

    def _cap_problems(self) -> Iterator[tuple[str, str]]:
        for name in ("cap_order", "cap_partner", "cap_customer"):
            if (self[name].data or 0) < 0:
                yield name, _("Please give an amount, not below 0.")
        counted = self.cap_partner.data is not None or self.cap_customer.data is not None
        if self.cap_period.data != "ever" and not counted:
            yield "cap_period", _("A period goes with a cap per partner or per customer.")


_MOST = Decimal(100)


def clause_values(clauses: Clauses) -> Mapping[str, Any]:
    """Give the values of the fields for clauses that are set."""
    tiers, caps, recurring = clauses.tiers, clauses.caps, clauses.recurring
    return {
        "base": clauses.base.value,
        "shipping": clauses.shipping,
        "tiers_by": "" if tiers is None else tiers.by.value,
        "tiers": None if tiers is None else tiers.tiers,
        "slab": tiers is not None and tiers.slab,
        "cap_order": None if caps is None else caps.order,
        "cap_partner": None if caps is None else caps.partner,
        "cap_customer": None if caps is None else caps.customer,
        "cap_period": "ever" if caps is None else caps.period.value,
        "payment_rates": None if recurring is None or not recurring.rates else recurring.rates,
        "max_payments": None if recurring is None else recurring.payments,
        "max_months": None if recurring is None else recurring.months,
    }
