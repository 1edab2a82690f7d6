"""Why a commission is there, in the reader's language; the stored sentence speaks English only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from .i18n import day_text, money
from .i18n import gettext as _
from .posting_words import rate_number
from .terms_words import rate_text, step_name, trace_lines


def why(accrual: Any) -> str:  # noqa: ANN401 - a row, or the model
    """Say from the trace why somebody gets this much."""
    trace = accrual.trace
    if accrual.level is None:
        return by_hand_text(trace["by_hand"], trace["reason"])
    currency = accrual.original_currency or accrual.currency
    said = [_by_terms(trace, currency)]
    if trace.get("cut"):
        said.append(_("cut by %(amount)s to the cap over all levels", amount=money(trace["cut"], currency)))
    said += trace_lines(trace, currency)
    original = accrual.amount if accrual.original_amount is None else accrual.original_amount
    if original != trace.get("full", original):
        said.append(_("for a part of the payment"))
    if accrual.original_amount is not None:
        said.append(rate_said(trace["by_rate"], accrual.original_amount, currency))
    return ", ".join(said)


def _by_terms(trace: Mapping[str, Any], currency: str) -> str:
    percent = trace.get("percent")
    rate = rate_text(None if percent is None else Decimal(percent), trace.get("fixed"), currency)
    base = money(int(trace["base"]), currency)
    of_net = _("%(rate)s of %(base)s net", rate=rate, base=base)
    said = _("%(rate)s of %(base)s", rate=rate, base=base) if trace.get("basis") else of_net
    return f"{rate if percent is None else said} ({step_name(trace['step'])})"


def rate_said(packed: Mapping[str, str], original: int, currency: str) -> str:
    """Say by which rate a commission was converted."""
    return _(
        "%(amount)s at %(rate)s of %(day)s%(source)s",
        amount=money(original, currency),
        rate=rate_number(packed["rate"]),
        day=day_text(date.fromisoformat(packed["day"])),
        source=f" ({packed['source']})" if packed["source"] else "",
    )


def by_hand_text(kind: str, reason: str) -> str:
    """Say what a posting by hand is for, and why."""
    if kind == "sale":
        return _("Manual sale: %(reason)s", reason=reason)
    return _("Correction: %(reason)s", reason=reason)
