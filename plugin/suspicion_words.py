"""Suspicions in words: signals, what follows from them, and the evidence in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .domain.suspicion import NEW_DAYS, PAST_DAYS, About, Action, Signal, SuspicionState
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .i18n import number, percent
from .models import Suspicion

SIGNALS: Mapping[str, str] = {
    Signal.ACCOUNT.value: _l("merged contacts: one and the same"),
    Signal.MAIL.value: _l("same mailbox"),
    Signal.PHONE.value: _l("same phone number"),
    Signal.NAME.value: _l("same name and address"),
    Signal.BANK.value: _l("same account for payments"),
    Signal.TAX.value: _l("same tax number"),
    Signal.HOME.value: _l("same address"),
    Signal.DOMAIN.value: _l("same mail host of their own"),
    Signal.DOUBLE.value: _l("two partners may be one"),
    Signal.PACE.value: _l("orders of new customers come back"),
    Signal.CROWD.value: _l("many accounts at one address"),
}
ACTIONS: Mapping[str, str] = {
    Action.ALLOW.value: _l("allow"),
    Action.FLAG.value: _l("show"),
    Action.HOLD.value: _l("hold"),
    Action.REJECT.value: _l("reject"),
}
ABOUT: Mapping[str, str] = {
    About.ORDER.value: _l("Order"),
    About.KICKBACK.value: _l("Reward for a friend's order"),
    About.DOUBLE.value: _l("Two partners"),
    About.PACE.value: _l("Orders that come back"),
    About.CROWD.value: _l("One address"),
}
STATES: Mapping[str, tuple[str, str]] = {
    SuspicionState.OPEN.value: ("wait", _l("to be decided")),
    SuspicionState.RELEASED.value: ("ok", _l("cleared")),
    SuspicionState.CONFIRMED.value: ("bad", _l("confirmed")),
}


def signals_text(signals: Sequence[str]) -> str:
    """List signals in words."""
    return ", ".join(str(SIGNALS.get(signal, signal)) for signal in signals)


def evidence(row: Suspicion, other: str) -> str:
    """Say what was seen; `other` is the name of the buyer, or of the other partner."""
    figures = row.figures
    if row.about == About.PACE.value:
        return _(
            "%(lost)s of %(customers)s orders of new customers came back within %(days)s days (%(share)s); "
            "in the %(before)s days before it were %(past)s.",
            lost=number(figures["lost"]),
            customers=number(figures["customers"]),
            days=number(NEW_DAYS),
            share=percent(figures["share"]),
            before=number(PAST_DAYS),
            past=percent(figures["past"]),
        )
    if row.about == About.CROWD.value:
        return _(
            "%(customers)s accounts at one address bought through the partner within %(days)s days.",
            customers=number(figures["customers"]),
            days=number(PAST_DAYS),
        )
    said = signals_text(row.signals)
    if row.about == About.DOUBLE.value:
        return _("The partner and %(other)s, a partner before: %(signals)s.", other=other, signals=said)
    if row.about == About.KICKBACK.value:
        return _("The friend %(other)s and who passed the code on: %(signals)s.", other=other, signals=said)
    return _("The buyer %(other)s and the partner: %(signals)s.", other=other, signals=said)


def effect(row: Suspicion) -> str:
    """Say what the suspicion does now to what is earned or paid."""
    if row.state == SuspicionState.RELEASED.value:
        return _("Nothing is held.")
    if row.about == About.KICKBACK.value:
        return _effect_on_reward(row)
    of_order = row.about == About.ORDER.value
    if row.state == SuspicionState.CONFIRMED.value:
        return _("The commission is reversed.") if of_order else _("Payouts to the partner are blocked.")
    if row.action == Action.REJECT.value:
        return _("The commission is reversed until it is released.")
    if row.action == Action.HOLD.value:
        return _("The commission is on hold.") if of_order else _("Payouts to the partner are blocked.")
    return _("It is only shown; nothing is held.")


def _effect_on_reward(row: Suspicion) -> str:
    if row.state == SuspicionState.CONFIRMED.value:
        return _("The reward is withdrawn.")
    if row.action == Action.REJECT.value:
        return _("The reward is withdrawn until it is released.")
    if row.action == Action.HOLD.value:
        return _("The reward waits for the decision.")
    return _("It is only shown; nothing is held.")
