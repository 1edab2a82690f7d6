"""The form of a coupon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..domain import treatment_questions
from ..domain.coupon import CouponTerms, Kind, OrderValue, Treatment
from ..domain.money import EXPONENTS
from ..domain.treatment import NAMES
from ..domain.window import Period
from ..i18n import lazy_gettext as _l
from .coupon_problems import AMOUNTS, problems
from .fields import CheckField, ChoiceField, HiddenField, ListField, NounForm, TextField
from .number_fields import ClockField, DaysField, MomentField, MoneyField, PercentField, WholeField

KINDS = (
    (Kind.AMOUNT.value, _l("an amount of money")),
    (Kind.PERCENT.value, _l("per cent")),
    (Kind.SHIPPING.value, _l("free shipping")),
)
TREATMENTS = tuple((kind.value, _l(text)) for kind, text in NAMES.items())
ORDER_VALUES = (
    (OrderValue.BEFORE.value, _l("before coupons")),
    (OrderValue.AFTER.value, _l("after coupons")),
)
PERIODS = (
    ("", _l("no period")),
    (Period.DAY.value, _l("a day")),
    (Period.WEEK.value, _l("a week")),
    (Period.MONTH.value, _l("a month")),
    (Period.YEAR.value, _l("a year")),
)
GIVE_BACK = (
    ("", _l("as everywhere in the shop")),
    ("unpaid", _l("when nothing was paid yet")),
    ("always", _l("always")),
    ("never", _l("never")),
)


_LISTS = ("products", "categories", "not_products", "not_categories", "days")


class AnswersField(HiddenField):
    """What was answered where the kind for VAT was asked for, as `paid:no,accepted:price`."""

    def process_data(self, value: object) -> None:
        """Take answers, or their text from an address."""
        self.data = parsed_answers(value) if isinstance(value, str) else value

    def read(self, typed: str, form: object) -> dict[str, str] | None:  # type: ignore[override]  # not a text
        """Keep what counts; None where a question is open."""
        return parsed_answers(typed)

    def write(self, value: Mapping[str, str]) -> str:
        """Write them as an address holds them."""
        return written_answers(value)


def parsed_answers(text: str) -> dict[str, str] | None:
    """Read answers that were written; None where a question is open."""
    pairs = (pair.partition(":") for pair in text.split(","))
    answers = treatment_questions.cleaned({name: value for name, _colon, value in pairs})
    return answers if treatment_questions.verdict(answers) is not None else None


def written_answers(answers: Mapping[str, str]) -> str:
    """Write answers for an address or a hidden field."""
    return ",".join(f"{name}:{value}" for name, value in answers.items())


class CouponForm(NounForm):
    """The terms of a coupon."""

    name = TextField(
        _l("Name"), needed=True, longest=100, hint=_l("Stands on the cart, the order and the invoice.")
    )
    kind = ChoiceField(_l("Takes off"), choices=KINDS, default=Kind.AMOUNT.value)
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in sorted(EXPONENTS)])
    amount = MoneyField(
        _l("Amount"), hint=_l("With an amount of money. Of store credit: what each code is worth.")
    )
    percent = PercentField(_l("Per cent"), hint=_l("With per cent."))
    cap = MoneyField(_l("At most"), hint=_l("The most that a per cent takes off; empty: no bound."))
    treatment = ChoiceField(
        _l("Kind for VAT"),
        choices=TREATMENTS,
        default=Treatment.PRICE_CUT.value,
        hint=_l("Nearly always a price cut."),
    )
    treatment_answers = AnswersField("")
    vat_rate = PercentField(
        _l("Fixed VAT rate of the discount"),
        hint=_l("Empty: spread over the rates in the cart, as is usual. A single-purpose voucher needs it."),
    )
    min_order = MoneyField(_l("From an order of"), hint=_l("Goods with VAT, without shipping."))
    max_order = MoneyField(_l("Up to an order of"), hint=_l("Empty: no bound."))
    order_value = ChoiceField(
        _l("Compare the goods"),
        choices=ORDER_VALUES,
        default=OrderValue.BEFORE.value,
        hint=_l("As they cost before all coupons, or as they cost with them."),
    )
    minimum_again = CheckField(
        _l("Also when the order is changed"),
        hint=_l("An order that is changed to less than the minimum loses the discount."),
    )
    products = ListField(
        _l("Only on these products"), hint=_l("Product numbers, one a line. Empty: all products.")
    )
    categories = ListField(_l("Only on these categories"), hint=_l("One a line. Empty: all categories."))
    not_products = ListField(_l("Not on these products"), hint=_l("Product numbers, one a line."))
    not_categories = ListField(_l("Not on these categories"), hint=_l("One a line."))
    new_customers_only = CheckField(
        _l("Only for new customers"), hint=_l("Works once per person, for the first order.")
    )
    open_to_partners = CheckField(
        _l("Open to partners"), hint=_l("Partners may make own codes on this coupon in their desk.")
    )
    link_only = CheckField(
        _l("Only by link"), hint=_l("Codes count when they came by their link, not when they were typed.")
    )
    valid_from = MomentField(_l("From day"), hint=_l("Empty: at once."))
    valid_until = MomentField(
        _l("Until day"),
        ends=True,
        hint=_l("This day counts too. The same day in both: on one date. Empty: no end."),
    )
    days = DaysField(_l("Only on these weekdays"), hint=_l("None ticked: on all."))
    opens = ClockField(_l("From hour"), hint=_l("Empty: from midnight."))
    closes = ClockField(
        _l("Until hour"), ends=True, hint=_l("Earlier than the hour from which it works: on the next day.")
    )
    max_uses = WholeField(_l("Times in all"), hint=_l("Empty: any number of times."))
    max_per_code = WholeField(_l("Times per code"), hint=_l("1: every code works once."))
    max_per_customer = WholeField(_l("Times per customer"), hint=_l("Guests are known by their e-mail."))
    period = ChoiceField(
        _l("Period"), choices=PERIODS, hint=_l("By the calendar: a day, a week from Monday, a month, a year.")
    )
    max_in_period = WholeField(_l("Times in each period"), hint=_l("All codes together."))
    max_per_customer_in_period = WholeField(
        _l("Times per customer in each period"), hint=_l("Begins anew with every period.")
    )
    budget = MoneyField(_l("Budget of discounts"), hint=_l("The most that all discounts may come to."))
    order_budget = MoneyField(
        _l("Budget of orders"), hint=_l("The most that the goods of all its orders may come to.")
    )
    give_back = ChoiceField(
        _l("A cancelled order gives the use back"),
        choices=GIVE_BACK,
        hint=_l("Then the code can be used again."),
    )
    stackable = CheckField(
        _l("May stand beside other codes"), hint=_l("Of coupons that have this ticked as well.")
    )
    stack_group = TextField(
        _l("Group"), longest=40, hint=_l("Of the coupons of one group only one stands on an order.")
    )
    most_codes = WholeField(
        _l("Codes on an order at most"), hint=_l("With a code of this coupon among them.")
    )
    campaign = TextField(
        _l("Campaign"),
        longest=64,
        hint=_l("A label. Commission terms may hold for the sales of a campaign only."),
    )
    priority = WholeField(_l("Priority"), least=0, hint=_l("Smaller numbers are taken off first."))

    groups = (
        (_l("Discount"), ("name", "kind", "currency", "amount", "percent", "cap")),
        (_l("VAT"), ("treatment", "vat_rate", "treatment_answers")),
        (
            _l("For which orders"),
            (
                "min_order", "max_order", "order_value", "minimum_again", "products", "categories",
                "not_products", "not_categories",
            ),
        ),
        (_l("For whom"), ("new_customers_only", "open_to_partners", "link_only")),
        (_l("When"), ("valid_from", "valid_until", "opens", "closes", "days")),
        (
            _l("How often"),
            (
                "max_uses", "max_per_code", "max_per_customer", "period", "max_in_period",
                "max_per_customer_in_period", "budget", "order_budget", "give_back",
            ),
        ),
        (_l("Beside other codes"), ("stackable", "stack_group", "most_codes", "priority")),
        (_l("For the partners"), ("campaign",)),
    )  # fmt: skip
    leads: Mapping[str, str] = {  # type: ignore[misc]  # constant like `groups`
        "name": _l("What a code takes off. Only the fields of what you choose count."),
        "treatment": _l("What stands on the invoice, and when VAT is due."),
        "min_order": _l("What has to be in the cart. Nothing filled in: any order."),
        "new_customers_only": _l("Who may use it, and how it comes to them."),
        "valid_from": _l("Days and hours of the shop's time zone. Nothing filled in: always."),
        "max_uses": _l("When it is used up. Nothing filled in: never."),
        "stackable": _l("Alone on an order, or together with others. Store credit goes with everything."),
    }

    def validate(self) -> bool:
        """Check what depends on several fields, in words and at the field."""
        good = bool(super().validate())
        for name, text in problems(self):
            self.complain(name, text)
            good = False
        return good

    def terms(self) -> CouponTerms:
        """Give what was filled in; fields of the other kinds are left out."""
        kind = Kind(self.kind.data)
        amounts: dict[str, Any] = {name: self[name].data for name in AMOUNTS}
        amounts["amount"] = self.amount.data if kind is Kind.AMOUNT else None
        amounts["cap"] = self.cap.data if kind is Kind.PERCENT else None
        with_money = any(amount is not None for amount in amounts.values())
        lists: dict[str, Any] = {name: frozenset(self[name].data) for name in _LISTS}
        plain = (
            "name", "minimum_again", "new_customers_only", "link_only", "valid_from", "valid_until", "opens",
            "closes", "max_uses", "max_per_code", "max_per_customer", "max_in_period",
            "max_per_customer_in_period", "vat_rate", "stackable", "stack_group", "most_codes",
            "campaign",
        )  # fmt: skip
        return CouponTerms(
            kind=kind,
            treatment=Treatment(self.treatment.data),
            percent=self.percent.data if kind is Kind.PERCENT else None,
            currency=self.currency.data if with_money else None,
            order_value=OrderValue(self.order_value.data),
            period=Period(self.period.data) if self.period.data else None,
            priority=100 if self.priority.data is None else self.priority.data,
            **amounts,
            **lists,
            **{name: self[name].data for name in plain},
        )
