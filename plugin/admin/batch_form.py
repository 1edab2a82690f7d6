"""The form of a batch that is to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import select
from wtforms import Form

from ..domain.codes import LONGEST
from ..domain.coupon import Treatment
from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l
from ..i18n import number
from ..models import Campaign, Code, Coupon, Reward
from ..services.code_cells import LONGEST_OCCASION
from ..services.code_wanted import MOST, Wanted
from .contact_field import ContactField
from .edge import session
from .fields import CheckField, ChoiceField, CodeField, NounForm, TextField
from .number_fields import MomentField, MoneyField, WholeField

_MOST_COUPONS = 500
_SHORTEST = 4


class _CreditField(MoneyField):
    """An amount in the currency of the coupon that is chosen."""

    def currency_of(self, form: Form) -> str:
        coupon = chosen_coupon(form)
        return (coupon.currency if coupon is not None else None) or "EUR"


class BatchForm(NounForm):
    """How many codes of which form, and what all of them have in common."""

    groups: ClassVar[Sequence[tuple[str, Sequence[str]]]] = (
        (_l("Which codes"), ("coupon_id", "count", "prefix", "length", "check_signs")),
        (_l("What they have in common"), (
            "occasion", "owner_id", "max_uses", "credit", "valid_from", "valid_until",
        )),
    )  # fmt: skip
    coupon_id = ChoiceField(_l("Coupon"))
    count = WholeField(_l("How many"), needed=True)
    prefix = CodeField(
        _l("Beginning"), longest=LONGEST, hint=_l("Such as FAIR26-. Empty: random signs only.")
    )
    length = WholeField(
        _l("Random signs"), least=_SHORTEST, default=10, hint=_l("Ten are practically impossible to guess.")
    )
    check_signs = CheckField(
        _l("With a check sign"),
        default=True,
        hint=_l("One more sign: who mistypes a code is told so at once."),
    )
    occasion = TextField(
        _l("Occasion"), longest=LONGEST_OCCASION, hint=_l("Such as a fair. Stands on cards and in the file.")
    )
    owner_id = ContactField(_l("From partner"), partners=True, hint=_l("New customers join this first line."))
    max_uses = WholeField(
        _l("Times per code"), hint=_l("1: each can be used once. Empty: as the coupon says.")
    )
    credit = _CreditField(
        _l("Store credit of each"), hint=_l("Only with store credit. Empty: the coupon's amount.")
    )
    valid_from = MomentField(_l("From day"), hint=_l("Empty: as the coupon says."))
    valid_until = MomentField(_l("Until day"), ends=True, hint=_l("This day counts too."))

    def check(self) -> bool:
        """Read everything, and tie what does not go together to its field."""
        if not self.validate():
            return False
        if self.count.data > MOST:
            self.complain("count", _("At most %(most)s codes at a time, please.", most=number(MOST)))
        size = len(self.prefix.data or "") + (self.length.data or 0) + bool(self.check_signs.data)
        if self.length.data is None:
            self.complain("length", _("Please fill this in."))
        elif size > LONGEST:
            text = _("A code has at most %(most)s characters, its beginning among them.", most=LONGEST)
            self.complain("length", text)
        begins, ends = self.valid_from.data, self.valid_until.data
        if begins and ends and begins >= ends:
            self.complain("valid_until", _("This is before the first day."))
        coupon = chosen_coupon(self)
        if self.credit.data is not None and coupon is not None and not _pays(coupon):
            self.complain("credit", _("This coupon is no store credit. Please leave this empty."))
        return not self.errors

    def wanted(self) -> Wanted:
        """Give the batch as it is wanted."""
        return Wanted(
            coupon_id=int(self.coupon_id.data),
            count=self.count.data,
            prefix=self.prefix.data or "",
            length=self.length.data,
            check_signs=self.check_signs.data,
            occasion=self.occasion.data or "",
            owner_id=self.owner_id.data,
            max_uses=self.max_uses.data,
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            credit=self.credit.data,
        )


def offer_coupons(field: ChoiceField) -> None:
    """Let a field choose among the coupons that are on, the newest first.

    Those of campaigns and rewards are left out: their codes are drawn where they are earned.
    """
    of_campaigns = select(Campaign.coupon_id)
    of_rewards = select(Code.coupon_id).join(Reward, Reward.code_id == Code.id)
    query = (
        select(Coupon.id, Coupon.name)
        .where(Coupon.active, Coupon.id.not_in(of_campaigns), Coupon.id.not_in(of_rewards))
        .order_by(Coupon.created_at.desc())
    )
    field.choices = [
        (str(coupon_id), name) for coupon_id, name in session().execute(query.limit(_MOST_COUPONS))
    ]
    if not field.choices:
        field.hint = _("There is no coupon yet. Please make one first.")


def chosen_coupon(form: Form) -> Coupon | None:
    """Give the coupon that is chosen in a form."""
    chosen = form["coupon_id"].data
    return session().get(Coupon, int(chosen)) if chosen and str(chosen).isdecimal() else None


def _pays(coupon: Coupon) -> bool:
    return coupon.treatment == Treatment.MULTI_PURPOSE.value
