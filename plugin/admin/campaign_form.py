"""The form of a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from wtforms import Form

from ..domain.campaign import MOST_DAYS, MOST_STEPS, CampaignTerms, Worth
from ..domain.money import EXPONENTS
from ..domain.tracking import LONGEST_PATH
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..services import campaigns
from ..services.mistakes import BadLink
from .edge import session
from .fields import CheckField, ChoiceField, ListField, NounForm, TextField
from .number_fields import MomentField, MoneyField, PercentField, WholeField

_LONGEST_NAME = 60


class LadderField(ListField):
    """What is given for the first, second, ... way of sharing: amounts or per cents, one a line."""

    def read(self, typed: str, form: Form) -> list[Worth]:  # type: ignore[override]  # of worths, not of texts
        """Read each line by the customs of the reader's language."""
        lines = [line.strip() for line in typed.splitlines() if line.strip()]
        if len(lines) > MOST_STEPS:
            raise ValueError(_("At most %(count)s steps, please.", count=MOST_STEPS))
        return [self._worth(line, form) for line in lines]

    def _worth(self, line: str, form: Form) -> Worth:
        if line.endswith("%"):
            per_cent: Decimal = form["kickback_percent"].read(line, form)
            if not 0 < per_cent <= 100:
                raise ValueError(_("Please give a per cent above 0 and at most 100."))
            return Worth(percent=per_cent)
        amount: int = form["kickback_amount"].read(line, form)
        if amount <= 0:
            raise ValueError(_("Please give an amount above 0."))
        return Worth(amount=amount)

    def write(self, value: tuple[Worth, ...]) -> str:  # type: ignore[override]  # of worths, not of texts
        """Put one on each line."""
        return "\n".join(self._text(step) for step in value)

    def _text(self, step: Worth) -> str:
        if step.percent is not None:
            return f"{self.percents.write(step.percent)} %"
        return str(self.amounts.write(step.amount or 0))

    amounts: MoneyField
    percents: PercentField


class LandingField(TextField):
    """The path of a page of the shop itself."""

    def read(self, typed: str, form: Form) -> str:
        """Refuse what leads elsewhere."""
        try:
            return campaigns.checked_landing(session().connection(), super().read(typed, form))
        except BadLink as mistake:
            raise ValueError(_("Please give the path of a page of this shop, such as /balm.")) from mistake


class CampaignForm(NounForm):
    """The terms of a campaign."""

    name = TextField(
        _l("Name"),
        needed=True,
        longest=_LONGEST_NAME,
        hint=_l("Stands on carts and invoices with its codes."),
    )
    currency = ChoiceField(_l("Currency"), choices=[(code, code) for code in sorted(EXPONENTS)])
    discount_amount = MoneyField(_l("Amount"), hint=_l("Either an amount or a per cent."))
    discount_percent = PercentField(_l("Per cent"))
    new_customers_only = CheckField(
        _l("Only for new customers"), default=True, hint=_l("Works once per person, for the first order.")
    )
    min_order = MoneyField(_l("From an order of"), hint=_l("Goods with VAT, without shipping."))
    kickback_amount = MoneyField(
        _l("Amount for each redemption"),
        hint=_l("A coupon code for the next order. Either an amount, a per cent, or none."),
    )
    kickback_percent = PercentField(_l("Per cent for each redemption"))
    share_steps = LadderField(
        _l("For ways of sharing that are proven"),
        hint=_l(
            "One a line: for the first way by which somebody came, the second, and so on. Amounts, or per "
            "cents with their sign. Empty: nothing."
        ),
    )
    kickback_days = WholeField(
        _l("Days for which a kickback can be used"), most=3650, hint=_l("Empty: without an end.")
    )
    hold_days = WholeField(
        _l("Days in which a friend may return"),
        least=0,
        most=MOST_DAYS,
        default=30,
        hint=_l("So long a kickback waits. It is taken back when the order is returned."),
    )
    products = ListField(
        _l("Orders with these products"), hint=_l("Product numbers, one a line. Empty: all orders.")
    )
    categories = ListField(_l("Orders with these categories"), hint=_l("One a line. Empty: all orders."))
    for_products = ListField(
        _l("Codes for these products"), hint=_l("Product numbers, one a line. Empty: all products.")
    )
    for_categories = ListField(
        _l("Codes for these categories"), hint=_l("One a line. Empty: all categories.")
    )
    landing = LandingField(
        _l("Friends land on"),
        longest=LONGEST_PATH,
        hint=_l("The path of a page of the shop, such as that of a product. Empty: its start."),
    )
    starts_at = MomentField(_l("From day"), hint=_l("Empty: at once."))
    ends_at = MomentField(_l("Until day"), ends=True, hint=_l("This day counts too. Empty: no end."))
    max_redemptions = WholeField(_l("Redemptions at most"), hint=_l("Empty: any number."))
    remind_after_days = WholeField(
        _l("Remind after days"),
        most=MOST_DAYS,
        hint=_l("A mail to who has not shared yet. Empty: none. Its reader can end such mails."),
    )

    groups = (
        (_l("What a friend saves"), (
            "name", "currency", "discount_amount", "discount_percent", "new_customers_only", "min_order",
        )),
        (_l("What the sharer gets"), (
            "kickback_amount", "kickback_percent", "share_steps", "kickback_days", "hold_days",
        )),
        (_l("For which orders and products"), (
            "products", "categories", "for_products", "for_categories", "landing",
        )),
        (_l("When and how often"), ("starts_at", "ends_at", "max_redemptions", "remind_after_days")),
    )  # fmt: skip
    leads: Mapping[str, str] = {  # type: ignore[misc]  # constant like `groups`
        "name": _l("Every order yields a code that its buyer may pass on."),
        "kickback_amount": _l("For each redemption, for sharing, or both."),
        "products": _l("Which orders yield a code, and what the codes are good for."),
        "starts_at": _l("Days of the shop's time zone."),
    }

    def validate(self) -> bool:
        """Check what depends on several fields, in words and at the field."""
        good = bool(super().validate())
        for name, text in self._problems():
            self.complain(name, text)
            good = False
        return good

    def _problems(self) -> list[tuple[str, str]]:
        found = []
        if not self._has("discount_amount") and not self._has("discount_percent"):
            found.append(("discount_amount", _("Please give an amount or a per cent.")))
        for what in ("discount", "kickback"):
            amount, per_cent = self[f"{what}_amount"], self[f"{what}_percent"]
            if self._has(amount.name) and self._has(per_cent.name):
                found.append((per_cent.name, _("Please give an amount or a per cent, not both.")))
            if amount.data is not None and amount.data <= 0:
                found.append((amount.name, _("Please give an amount above 0.")))
            if per_cent.data is not None and not 0 < per_cent.data <= 100:
                found.append((per_cent.name, _("Please give a per cent above 0 and at most 100.")))
        if not self._has("kickback_amount", "kickback_percent", "share_steps"):
            found.append(
                ("kickback_amount", _("Please give a kickback for redemptions, for sharing, or both."))
            )
        if self.starts_at.data and self.ends_at.data and self.starts_at.data >= self.ends_at.data:
            found.append(("ends_at", _("The end is before the beginning.")))
        return found

    def _has(self, *names: str) -> bool:
        """Say whether one of these holds something, or has an error of its own to be mended first."""
        return any(self[name].data not in (None, []) or self[name].errors for name in names)

    def terms(self, now: datetime) -> CampaignTerms:
        """Give what was filled in."""
        lists: dict[str, Any] = {
            name: frozenset(self[name].data)
            for name in ("products", "categories", "for_products", "for_categories")
        }
        plain = ("name", "min_order", "max_redemptions", "kickback_days", "remind_after_days", "ends_at")
        return CampaignTerms(
            discount=Worth(amount=self.discount_amount.data, percent=self.discount_percent.data),
            kickback=self._kickback(),
            share_steps=tuple(self.share_steps.data),
            currency=self.currency.data,
            starts_at=self.starts_at.data or now,
            hold_days=30 if self.hold_days.data is None else self.hold_days.data,
            new_customers_only=self.new_customers_only.data,
            landing=self.landing.data or "",
            **{name: self[name].data for name in plain},
            **lists,
        )

    def _kickback(self) -> Worth | None:
        worth = Worth(amount=self.kickback_amount.data, percent=self.kickback_percent.data)
        return None if worth == Worth() else worth
