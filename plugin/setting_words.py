"""The settings of the program in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from .config import AttributionClick, FlipOn, GiveBack, HoldFrom, OrderCredit, OwnCode
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .i18n import number, percent

NAMES: Mapping[str, str] = {
    "hold_days": _l("Days before a commission can be paid out"),
    "hold_from": _l("The hold counts from"),
    "flip_on": _l("A prospect becomes a customer when the order is"),
    "order_credit": _l("An order is credited to"),
    "attribution_days": _l("Days in which a click counts"),
    "attribution_click": _l("Click that counts of several"),
    "levels_cap": _l("Per cent that all levels together may earn"),
    "give_away_cap": _l("Per cent that discount and all levels may come to"),
    "products_take_part": _l("Products take part without a word"),
    "own_code": _l("Who uses the own code"),
    "give_back": _l("A cancelled order gives the use back"),
    "reserve_minutes": _l("Minutes for which a cart holds its codes"),
    "payout_minimum": _l("Smallest payout"),
    "partner_approval": _l("An admin approves new partners"),
}
SINCE: Mapping[str, str] = {
    "hold_days": _l("Payments from then on wait so long. What is on hold already keeps its day."),
    "hold_from": _l("It holds for payments from then on. What is on hold already keeps its day."),
    "flip_on": _l("Orders placed before then go by what held when they were placed."),
    "order_credit": _l("Orders placed before then stay credited as they are."),
    "levels_cap": _l("Orders that have earned before then keep their cap."),
    "give_away_cap": _l("Orders that have earned before then keep their cap."),
    "products_take_part": _l("Orders that have earned before then keep what took part."),
    "payout_minimum": _l("Payout runs made from then on go by it."),
}
"""What a change leaves as it was."""
CHOICES: Mapping[str, Mapping[str, str]] = {
    "hold_from": {HoldFrom.PAID.value: _l("payment"), HoldFrom.COMPLETED.value: _l("completion")},
    "flip_on": {
        FlipOn.PLACED.value: _l("placed"),
        FlipOn.PAID.value: _l("paid"),
        FlipOn.COMPLETED.value: _l("completed"),
    },
    "order_credit": {
        OrderCredit.SPONSOR.value: _l("the buyer's sponsor"),
        OrderCredit.CODE.value: _l("the owner of its code"),
    },
    "attribution_click": {
        AttributionClick.LAST.value: _l("the last one"),
        AttributionClick.FIRST.value: _l("the first one"),
    },
    "own_code": {OwnCode.REFUSE.value: _l("is refused"), OwnCode.ALLOW.value: _l("is allowed to")},
    "give_back": {
        GiveBack.UNPAID.value: _l("while it is unpaid"),
        GiveBack.ALWAYS.value: _l("always"),
        GiveBack.NEVER.value: _l("never"),
    },
    "products_take_part": {"yes": _l("yes"), "no": _l("no")},
    "partner_approval": {"yes": _l("yes"), "no": _l("no")},
}


def shown(key: str, value: object) -> str:
    """Write the value of a setting."""
    if key in CHOICES:
        return str(CHOICES[key][typed(key, value)])
    if value is None:
        return _("no cap")
    if isinstance(value, Mapping):
        return ", ".join(f"{code} {number(amount)}" for code, amount in sorted(value.items())) or _("none")
    if isinstance(value, Decimal):
        return percent(value)
    return number(value) if isinstance(value, int) else str(value)


def typed(key: str, value: object) -> str:
    """Write a value as it is typed into the form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{code}={amount}" for code, amount in sorted(value.items()))
    return str(value)
