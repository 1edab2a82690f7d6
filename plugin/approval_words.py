"""What can need approval, in words."""

from __future__ import annotations

from collections.abc import Mapping

from .i18n import lazy_gettext as _l
from .models import ApprovalKind

KINDS: Mapping[str, str] = {
    ApprovalKind.TERMS.value: _l("Commission terms and partner terms"),
    ApprovalKind.RATES.value: _l("Rates between currencies"),
    ApprovalKind.BANK.value: _l("Bank account and care of payouts"),
    ApprovalKind.PAYOUT.value: _l("Release of a payout run"),
    ApprovalKind.COUPON.value: _l("Coupons and codes"),
}
