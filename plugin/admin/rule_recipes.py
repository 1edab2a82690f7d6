"""Rules that are ready to use: each is put into the form, to be looked at and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..i18n import gettext as _
from ..i18n import lazy_gettext as _l

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A rule under a title; `written` is made when it is asked for, in the language of the page."""

    title: str
    written: Callable[[], Json]


def _test(field: str, operator: str, value: object) -> Json:
    return {"field": field, "operator": operator, "value": value}


def _mail(to: str, subject: str, text: str) -> Json:
    return {"do": "mail", "to": to, "subject": subject, "text": text}


def _reward(to: str, label: str, amount: str, currency: str = "USD", **more: object) -> Json:
    mail = {
        "subject": _("%(worth)s for you", worth="{reward.worth}"),
        "text": _("Thank you. Your code is %(code)s.", code="{reward.code}"),
    }
    return {"do": "reward", "to": to, "label": label, "amount": amount, "currency": currency, **more, **mail}


def _rule(on: str, actions: list[Json], condition: Json | None = None, **trigger: object) -> Json:
    found: Json = {"trigger": {"on": on, "who": "friend", **trigger}, "actions": actions}
    return found if condition is None else {**found, "condition": condition}


def _five_leads() -> Json:
    every = {"all": [_test("count.sharer", "every", "5")]}
    gift = _reward("sharer", _("Gift card"), "20.00", credit=True)
    return _rule("event", [gift], every, name="lead_qualified")


def _first_sign_up() -> Json:
    first = {"all": [_test("count.friend", "is", "1")]}
    return _rule("signed_up", [_reward("friend", _("Welcome"), "100.00", credit=True)], first)


def _closed_won() -> Json:
    won = {"all": [_test("event.data.stage", "is", "closed-won")]}
    return _rule("event", [_reward("sharer", _("Thank you"), "500.00", credit=True)], won, name="deal")


def _demo_done() -> Json:
    said = _mail(
        "sharer",
        _("A friend of yours has seen the demo"),
        _("The demo that you made possible is done. Thank you."),
    )
    return _rule("event", [said], name="demo_done")


def _affiliate_sale() -> Json:
    to_partner = _mail(
        "partner",
        _("A sale through you"),
        _("Congratulations: you earn %(amount)s on a sale.", amount="{event.commission} {event.currency}"),
    )
    to_customer = _mail("customer", _("Thank you"), _("Thank you for your purchase."))
    work = [
        {"do": "tag", "to": "customer", "tag": _("came by a partner")},
        {"do": "note", "to": "partner", "text": _("Earned %(amount)s.", amount="{event.commission}")},
        {"do": "task", "to": "partner", "title": _("Thank the partner in person"), "due_days": "7"},
    ]
    return _rule("sale", [to_partner, to_customer, *work], who="anyone", kinds=["single"])


def _five_who_stayed() -> Json:
    active = _test("friend.data.subscription", "is", "active")
    stayed = {"friends": active, "days": 183, "operator": "at_least", "value": 5}
    once = {"all": [stayed, _test("count.sharer", "is", "1")]}
    gift = _reward("sharer", _("Five friends who stayed"), "100.00", credit=True)
    return _rule("field_changed", [gift], once, name="subscription")


def _came_back() -> Json:
    return _rule("returned", [{"do": "cancel_reward", "to": "sharer"}])


RECIPES: Mapping[str, Recipe] = {
    "five_leads": Recipe(title=_l("A gift card for every five qualified leads"), written=_five_leads),
    "first_sign_up": Recipe(title=_l("Credit for a friend who signs up"), written=_first_sign_up),
    "closed_won": Recipe(title=_l("Credit for the sharer when a deal is won"), written=_closed_won),
    "demo_done": Recipe(title=_l("A mail when a demo is done"), written=_demo_done),
    "affiliate_sale": Recipe(
        title=_l("Congratulations and thanks on an affiliate sale"), written=_affiliate_sale
    ),
    "five_who_stayed": Recipe(title=_l("Five friends who stayed for half a year"), written=_five_who_stayed),
    "came_back": Recipe(title=_l("Take rewards back when a purchase comes back"), written=_came_back),
}
